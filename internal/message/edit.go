package message

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"
	"time"
)

// ErrBadField says that a name or value cannot stand in a header.
var ErrBadField = errors.New("message: bad header field")

// FormatField gives "Name: value" with a line end, folded at white space to lines
// of at most 78 characters where that is possible (RFC 5322 §2.1.1). A value that
// already holds well-formed folds is kept as it is; a line break that would begin a
// new field gives [ErrBadField], as do NUL and a bad name.
func FormatField(name, value string) ([]byte, error) {
	if got, colon := fieldName([]byte(name + ":")); got == nil || len(got) != len(name) || colon != len(name) {
		return nil, fmt.Errorf("%w: name %q", ErrBadField, clip(name, 64))
	}
	if strings.ContainsRune(value, 0) {
		return nil, fmt.Errorf("%w: NUL in %s", ErrBadField, name)
	}
	folded := strings.Contains(value, "\n")
	if folded {
		value = strings.ReplaceAll(value, "\r\n", "\n")
		for _, line := range strings.Split(value, "\n")[1:] {
			if strings.Trim(line, " \t") == "" || line[0] != ' ' && line[0] != '\t' {
				return nil, fmt.Errorf("%w: line break in %s", ErrBadField, name)
			}
		}
		value = strings.ReplaceAll(value, "\n", "\r\n")
	}
	if strings.Count(value, "\r") != strings.Count(value, "\r\n") {
		return nil, fmt.Errorf("%w: bare CR in %s", ErrBadField, name)
	}
	if folded {
		return []byte(name + ": " + value + "\r\n"), nil
	}
	return foldLine(name + ": " + value), nil
}

// foldLine breaks a line before white space so that lines keep to 78 characters.
func foldLine(line string) []byte {
	out := make([]byte, 0, len(line)+len(line)/39+2)
	first := strings.IndexByte(line, ':') + 2
	for len(line) > 78 {
		cut := strings.LastIndexByte(line[:79], ' ')
		if cut < max(first, 1) {
			next := strings.IndexByte(line[min(78, len(line)):], ' ')
			if next < 0 {
				break
			}
			cut = 78 + next
		}
		if strings.Trim(line[cut:], " \t") == "" {
			break // a line of white space only would end the header for some
		}
		out = append(append(out, line[:cut]...), "\r\n"...)
		line, first = line[cut:], 1
	}
	return append(append(out, line...), "\r\n"...)
}

// Prepend gives the message with fields put before the first one, as trace fields
// must be (RFC 5321 §4.4). Each field is whole, with its line end, as
// [FormatField] gives it.
func Prepend(raw []byte, fields ...[]byte) []byte {
	n := len(raw)
	for _, f := range fields {
		n += len(f)
	}
	out := make([]byte, 0, n)
	for _, f := range fields {
		out = append(out, f...)
	}
	return append(out, raw...)
}

// RemoveFields gives the message without the fields of these names; everything
// else stays byte for byte. raw itself is returned if there is none of them.
func RemoveFields(raw []byte, names ...string) []byte {
	return filterFields(raw, func(f Field) bool {
		for _, n := range names {
			if f.Is(n) {
				return false
			}
		}
		return true
	})
}

// KeepFields gives the fields of these names alone, byte for byte and in their
// order; nil if there is none.
func KeepFields(raw []byte, names ...string) []byte {
	h := HeaderOf(raw)
	var out []byte
	for f := range h.Fields() {
		if f.Name != nil && slices.ContainsFunc(names, f.Is) {
			out = append(out, f.Raw...)
		}
	}
	return out
}

// RemoveAuthResults removes the Authentication-Results fields that claim to be from
// authserv, and those that cannot be read: nobody else may speak in our name (RFC
// 8601 §5).
func RemoveAuthResults(raw []byte, authserv string) []byte {
	return filterFields(raw, func(f Field) bool {
		if !f.Is("Authentication-Results") {
			return true
		}
		id, _ := parseParameterized(f.Value)
		return id != "" && !strings.EqualFold(strings.TrimSuffix(id, "."), strings.TrimSuffix(authserv, "."))
	})
}

func filterFields(raw []byte, keep func(Field) bool) []byte {
	h := HeaderOf(raw)
	var out []byte
	copied := 0
	for f := range h.Fields() {
		if f.Name == nil || keep(f) {
			continue
		}
		if out == nil {
			out = make([]byte, 0, len(raw))
		}
		out = append(out, raw[copied:f.Start]...)
		copied = f.Start + len(f.Raw)
	}
	if out == nil {
		return raw
	}
	return append(out, raw[copied:]...)
}

// SetField gives the message with exactly one field of this name: the first one is
// replaced where it stands and the others are removed; if there is none, it is put
// at the end of the header. Everything else stays byte for byte.
func SetField(raw []byte, name, value string) ([]byte, error) {
	field, err := FormatField(name, value)
	if err != nil {
		return nil, err
	}
	h := HeaderOf(raw)
	out := make([]byte, 0, len(raw)+len(field))
	copied, placed := 0, false
	for f := range h.Fields() {
		if !f.Is(name) {
			continue
		}
		out = append(out, raw[copied:f.Start]...)
		if !placed {
			out, placed = append(out, field...), true
		}
		copied = f.Start + len(f.Raw)
	}
	if placed {
		return append(out, raw[copied:]...), nil
	}
	return appendField(raw, field), nil
}

// AddField gives the message with a field put at the end of the header, others of
// its name untouched.
func AddField(raw []byte, name, value string) ([]byte, error) {
	field, err := FormatField(name, value)
	if err != nil {
		return nil, err
	}
	return appendField(raw, field), nil
}

func appendField(raw, field []byte) []byte {
	pos := 0 // the blank line, or the end of a message that has none
	for f := range HeaderOf(raw).Fields() {
		pos = f.Start + len(f.Raw)
	}
	out := make([]byte, 0, len(raw)+len(field)+4)
	out = append(out, raw[:pos]...)
	if pos > 0 && raw[pos-1] != '\n' {
		out = append(out, "\r\n"...)
	}
	out = append(out, field...)
	if pos == len(raw) {
		return append(out, "\r\n"...)
	}
	return append(out, raw[pos:]...)
}

// NormalizeCRLF gives the message with every line end as CRLF: bare LF and bare CR
// become one. raw itself is returned if nothing is to be done.
func NormalizeCRLF(raw []byte) []byte {
	crlf := bytes.Count(raw, []byte("\r\n"))
	lf, cr := bytes.Count(raw, []byte{'\n'})-crlf, bytes.Count(raw, []byte{'\r'})-crlf
	if lf == 0 && cr == 0 {
		return raw
	}
	out := make([]byte, 0, len(raw)+lf+cr)
	for i, c := range raw {
		switch {
		case c == '\n' && i > 0 && raw[i-1] == '\r':
			out = append(out, c)
		case c == '\n':
			out = append(out, "\r\n"...)
		case c == '\r' && (i+1 == len(raw) || raw[i+1] != '\n'):
			out = append(out, "\r\n"...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// BlindFields are the fields that name recipients whom the others do not see (RFC
// 5322 §3.6.3).
var BlindFields = []string{"Bcc", "Resent-Bcc"}

// CompleteSubmission makes a submitted message fit to go out (RFC 6409 §8): Bcc
// and Return-Path go, a missing Date or Message-ID is put at the end of the header.
// messageID is without angle brackets.
func CompleteSubmission(raw []byte, now time.Time, messageID string) ([]byte, error) {
	raw = RemoveFields(raw, append([]string{"Return-Path"}, BlindFields...)...)
	h := HeaderOf(raw)
	var err error
	if h.Count("Date") == 0 {
		if raw, err = AddField(raw, "Date", FormatDate(now)); err != nil {
			return nil, err
		}
	}
	if h.Count("Message-ID") == 0 {
		return AddField(raw, "Message-ID", "<"+messageID+">")
	}
	return raw, nil
}

// FormatDate writes a date as RFC 5322 §3.3 wants it.
func FormatDate(t time.Time) string { return t.Format("Mon, 02 Jan 2006 15:04:05 -0700") }

// FormatAddress writes an address with its display name, encoded if needed, for a
// header field. address is as addr-spec, without brackets.
func FormatAddress(name, address string) string {
	name = strings.TrimSpace(oneLine(name))
	switch {
	case name == "":
		return "<" + address + ">"
	case !isASCII(name):
		return mime.BEncoding.Encode("utf-8", name) + " <" + address + ">"
	}
	for i := 0; i < len(name); i++ {
		if !isAtomByte(name[i]) && name[i] != ' ' || strings.Contains(name, "=?") {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `" <` + address + ">"
		}
	}
	return name + " <" + address + ">"
}

// FormatText encodes unstructured text (a Subject) for a header field.
func FormatText(text string) string {
	text = oneLine(text)
	if strings.Contains(text, "=?") {
		return encodeWords(text)
	}
	return mime.QEncoding.Encode("utf-8", text)
}

// encodeWords encodes all of a text, even if it is ASCII.
func encodeWords(text string) string {
	var words []string
	for text != "" {
		part := clip(text, 45) // 75 characters a word, RFC 2047 §2
		text = text[len(part):]
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(part))+"?=")
	}
	return strings.Join(words, " ")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
