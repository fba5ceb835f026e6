// Package utf7 is the modified UTF-7 in which IMAP4rev1 writes mailbox names (RFC
// 3501 §5.1.3).
package utf7

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrMalformed says that a mailbox name is not valid in its wire form.
var ErrMalformed = errors.New("imapwire: malformed mailbox name")

// alphabet is base64 with "," for "/" and no padding (RFC 3501 §5.1.3).
var alphabet = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding).Strict()

func isDirect(c byte) bool { return c >= 0x20 && c < 0x7f }

// Encode returns the modified UTF-7 of a UTF-8 text.
func Encode(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = isDirect(s[i]) && s[i] != '&'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '&' {
			b.WriteString("&-")
			i++
			continue
		}
		if isDirect(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		start := i
		for i < len(s) && !isDirect(s[i]) {
			i++
		}
		units := utf16.Encode([]rune(s[start:i]))
		raw := make([]byte, 0, 2*len(units))
		for _, u := range units {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteByte('&')
		b.WriteString(alphabet.EncodeToString(raw))
		b.WriteByte('-')
	}
	return b.String()
}

// Decode returns the UTF-8 of a modified UTF-7 text. Only the one correct
// encoding of each text is accepted, so that two names never mean the same
// mailbox. The error is ErrMalformed.
func Decode(s string) (string, error) {
	if strings.IndexByte(s, '&') < 0 {
		for i := 0; i < len(s); i++ {
			if !isDirect(s[i]) {
				return "", ErrMalformed
			}
		}
		return s, nil
	}
	var b strings.Builder
	shifted := false // the part before was a shift
	for i := 0; i < len(s); {
		c := s[i]
		if !isDirect(c) {
			return "", ErrMalformed
		}
		i++
		if c != '&' {
			b.WriteByte(c)
			shifted = false
			continue
		}
		end := strings.IndexByte(s[i:], '-')
		if end < 0 {
			return "", ErrMalformed
		}
		part := s[i : i+end]
		i += end + 1
		if part == "" {
			b.WriteByte('&')
			shifted = false
			continue
		}
		if shifted || !decodeShift(&b, part) {
			return "", ErrMalformed
		}
		shifted = true
	}
	return b.String(), nil
}

// decodeShift appends the text of one base64 part.
func decodeShift(b *strings.Builder, part string) bool {
	if strings.ContainsAny(part, "\r\n") {
		return false
	}
	raw, err := alphabet.DecodeString(part)
	if err != nil || len(raw)%2 != 0 || len(raw) == 0 {
		return false
	}
	for i := 0; i < len(raw); i += 2 {
		r := rune(raw[i])<<8 | rune(raw[i+1])
		if utf16.IsSurrogate(r) {
			if i+3 >= len(raw) {
				return false
			}
			i += 2
			r = utf16.DecodeRune(r, rune(raw[i])<<8|rune(raw[i+1]))
			if r == utf8.RuneError {
				return false
			}
		}
		if r < 0x80 && isDirect(byte(r)) {
			return false
		}
		b.WriteRune(r)
	}
	return true
}
