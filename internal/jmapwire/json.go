package jmapwire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth bounds the nesting of arrays and objects in a request.
const MaxDepth = 100

var (
	errSyntax    = errors.New("not JSON")
	errUTF8      = errors.New("not UTF-8")
	errDepth     = errors.New("nested too deeply")
	errTwice     = errors.New("a name is there twice in one object")
	errSurrogate = errors.New("half a surrogate pair")
)

// Check answers why bytes are no I-JSON message (RFC 7493): they must be UTF-8
// without half surrogate pairs, and no object may have a name twice. Nesting is
// bounded by MaxDepth.
func Check(b []byte) error {
	if !utf8.Valid(b) {
		return errUTF8
	}
	if !json.Valid(b) {
		return errSyntax
	}
	var names []map[string]struct{} // of the objects around, nil for an array
	key := false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if len(names) == MaxDepth {
				return errDepth
			}
			key = b[i] == '{'
			names = append(names, nil)
			if key {
				names[len(names)-1] = map[string]struct{}{}
			}
		case '}', ']':
			names, key = names[:len(names)-1], false
		case ',':
			key = names[len(names)-1] != nil
		case '"':
			end := stringEnd(b, i)
			text, err := unquote(b[i:end])
			if err != nil {
				return err
			}
			if key {
				top := names[len(names)-1]
				if _, is := top[string(text)]; is {
					return errTwice
				}
				top[string(text)] = struct{}{}
				key = false
			}
			i = end - 1
		}
	}
	return nil
}

// stringEnd is the offset behind the string that begins at i.
func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// unquote gives the text of a valid JSON string; it is a slice of it where
// nothing is escaped.
func unquote(b []byte) ([]byte, error) {
	inner := b[1 : len(b)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner, nil
	}
	for i := 0; i < len(inner); i++ {
		if inner[i] != '\\' {
			continue
		}
		i++
		if inner[i] != 'u' {
			continue
		}
		r := hex4(inner[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if len(inner) < i+7 || inner[i+1] != '\\' || inner[i+2] != 'u' || utf16.DecodeRune(r, hex4(inner[i+3:])) == utf8.RuneError {
			return nil, errSurrogate
		}
		i += 6
	}
	var s string
	err := json.Unmarshal(b, &s)
	return []byte(s), err
}

func hex4(b []byte) rune {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n)
}
