package message

import (
	"bytes"
	"iter"
	"strings"
)

// Header is the header block of a message or part, as found, with the blank line
// that ends it (if there is one). Nothing is copied: asking scans.
type Header []byte

// Field is one header field as found.
type Field struct {
	// Name is the field name as written, without the white space some
	// programs put before the colon. It is empty for a line that is no field.
	Name []byte
	// Raw is the whole field with its continuation lines and line ends.
	Raw []byte
	// Value is what follows the colon, still folded, without the last line end.
	Value []byte
	// Start is the offset of Raw in the header.
	Start int
}

// Is reports whether the field has this name; case does not matter.
func (f Field) Is(name string) bool { return equalFold(f.Name, name) }

// Text gives the value unfolded and trimmed, otherwise as found: encoded words
// stay encoded, 8-bit bytes stay as they are. At most 8 KiB are returned.
func (f Field) Text() string { return clip(unfold(f.Value), maxText) }

// HeaderOf gives the header block of a message: everything up to and with the
// first empty line.
func HeaderOf(raw []byte) Header {
	for pos := 0; pos < len(raw); {
		end, next := lineAt(raw, pos)
		if end == pos {
			return Header(raw[:next])
		}
		pos = next
	}
	return Header(raw)
}

// Fields gives all fields in order, lines that are no field included (with an
// empty name), the blank line that ends the header excluded.
func (h Header) Fields() iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for pos := 0; pos < len(h); {
			f, next := fieldAt(h, pos)
			if next == pos || !yield(f) {
				return
			}
			pos = next
		}
	}
}

// Lookup gives the first field of this name.
func (h Header) Lookup(name string) (Field, bool) {
	for f := range h.Fields() {
		if f.Is(name) {
			return f, true
		}
	}
	return Field{}, false
}

// Get gives the unfolded, undecoded text of the first field of this name, or "".
func (h Header) Get(name string) string {
	f, _ := h.Lookup(name)
	return f.Text()
}

// Decoded gives the text of the first field of this name with encoded words
// decoded (RFC 2047), or "". The result is valid UTF-8 on one line.
func (h Header) Decoded(name string) string { return DecodeWords(h.Get(name)) }

// Count gives the number of fields of this name.
func (h Header) Count(name string) int {
	n := 0
	for f := range h.Fields() {
		if f.Is(name) {
			n++
		}
	}
	return n
}

// Addresses gives the addresses of all fields of this name, leniently read.
func (h Header) Addresses(name string) []Address {
	var list []Address
	for f := range h.Fields() {
		if f.Is(name) && len(list) < MaxAddresses {
			list = appendAddresses(list, f.Value)
		}
	}
	return list
}

// MessageIDs gives the message identifiers of all fields of this name, in order
// and without angle brackets; see [ParseMessageIDs].
func (h Header) MessageIDs(name string) []string {
	var ids []string
	for f := range h.Fields() {
		if f.Is(name) && len(ids) < MaxReferences {
			ids = append(ids, ParseMessageIDs(string(clipBytes(f.Value, maxValue)))...)
		}
	}
	return keepEnds(ids, MaxReferences)
}

// fieldAt reads the field that begins at pos; next == pos at the end of the
// header.
func fieldAt(h []byte, pos int) (f Field, next int) {
	end, next := lineAt(h, pos)
	if end == pos {
		return Field{}, pos
	}
	first := h[pos:end]
	for next < len(h) && (h[next] == ' ' || h[next] == '\t') {
		end, next = lineAt(h, next)
	}
	f = Field{Raw: h[pos:next], Start: pos}
	name, colon := fieldName(first)
	if name == nil {
		f.Value = h[pos:end]
		return f, next
	}
	f.Name, f.Value = name, h[pos+colon+1:end]
	return f, next
}

// fieldName gives the name at the start of a line and the offset of its colon,
// or nil when the line does not begin a field.
func fieldName(line []byte) (name []byte, colon int) {
	n := 0
	for n < len(line) && line[n] > ' ' && line[n] < 0x7f && line[n] != ':' {
		n++
	}
	if n == 0 {
		return nil, 0
	}
	colon = n
	for colon < len(line) && (line[colon] == ' ' || line[colon] == '\t') {
		colon++ // obsolete: RFC 5322 §4.5.3
	}
	if colon == len(line) || line[colon] != ':' {
		return nil, 0
	}
	return line[:n], colon
}

// lineAt gives the end of the line that begins at pos (without CRLF or LF) and
// the start of the next one.
func lineAt(b []byte, pos int) (end, next int) {
	i := bytes.IndexByte(b[pos:], '\n')
	if i < 0 {
		return len(b), len(b)
	}
	end, next = pos+i, pos+i+1
	if end > pos && b[end-1] == '\r' {
		end--
	}
	return end, next
}

// unfold makes one line of a folded value: line breaks go, the white space that
// follows them stays (RFC 5322 §2.2.3), NUL becomes a space.
func unfold(v []byte) string {
	v = clipBytes(v, maxValue)
	if bytes.IndexByte(v, '\n') < 0 && bytes.IndexByte(v, '\r') < 0 && bytes.IndexByte(v, 0) < 0 {
		return string(bytes.Trim(v, " \t"))
	}
	out := make([]byte, 0, len(v))
	for i, c := range v {
		switch {
		case c == '\n':
		case c == '\r' && i+1 < len(v) && v[i+1] == '\n':
		case c == 0 || c == '\r':
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return string(bytes.Trim(out, " \t"))
}

func equalFold(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func clipBytes(b []byte, max int) []byte {
	if len(b) > max {
		return b[:max]
	}
	return b
}

// clip cuts s to at most max bytes without splitting a UTF-8 sequence.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && s[max]&0xc0 == 0x80 {
		max--
	}
	return strings.Clone(s[:max])
}

// keepEnds cuts a list to max entries, keeping the first (the root of a thread)
// and the last ones (the nearest parents).
func keepEnds(ids []string, max int) []string {
	if len(ids) <= max {
		return ids
	}
	return append(ids[:1:1], ids[len(ids)-max+1:]...)
}
