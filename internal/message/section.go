package message

import "strings"

// SectionText says which text of a part a [Section] means.
type SectionText uint8

const (
	// SectionWhole is the whole message (no path) or the body of a part.
	SectionWhole SectionText = iota
	// SectionHeader is HEADER: all of a message's header.
	SectionHeader
	// SectionFields is HEADER.FIELDS (names).
	SectionFields
	// SectionFieldsNot is HEADER.FIELDS.NOT (names).
	SectionFieldsNot
	// SectionBody is TEXT: a message without its header.
	SectionBody
	// SectionMIME is MIME: the header of a part.
	SectionMIME
)

// Section names a piece of a message as FETCH BODY[...] does (RFC 9051 §6.4.5.1).
type Section struct {
	Path   []int
	Text   SectionText
	Fields []string // of SectionFields and SectionFieldsNot
}

// Find gives the part at a section path: the root for none, nil when there is no
// such part. Part 1 of a message that is no multipart is its body.
func (p *Part) Find(path []int) *Part {
	message := true // p stands for a message, not for a part of one
	for _, n := range path {
		if !message && p.Message != nil {
			p, message = p.Message, true
		}
		switch {
		case p.IsMultipart():
			if n < 1 || n > len(p.Children) {
				return nil
			}
			p = p.Children[n-1]
		case !message || n != 1:
			return nil
		}
		message = false
	}
	return p
}

// Section gives the bytes of a section of the message p is the root of; ok is
// false when the message has no such section. Without field names the result is
// a slice of raw, not a copy.
func (p *Part) Section(raw []byte, s Section) (data []byte, ok bool) {
	part := p.Find(s.Path)
	if part == nil {
		return nil, false
	}
	switch s.Text {
	case SectionWhole:
		if len(s.Path) == 0 {
			return raw[part.HeaderStart:part.BodyEnd], true
		}
		return part.Body(raw), true
	case SectionMIME:
		return part.Header(raw), len(s.Path) > 0
	}
	if len(s.Path) > 0 {
		// HEADER and TEXT below the root speak of an embedded message.
		if part = part.Message; part == nil {
			return nil, false
		}
	}
	switch s.Text {
	case SectionHeader:
		return part.Header(raw), true
	case SectionFields, SectionFieldsNot:
		return part.Header(raw).pick(s.Fields, s.Text == SectionFields), true
	case SectionBody:
		return part.Body(raw), true
	}
	return nil, false
}

// pick copies the fields that are (or are not) named, and the blank line.
func (h Header) pick(names []string, named bool) []byte {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[strings.ToLower(n)] = true
	}
	var out []byte
	var buf []byte
	for f := range h.Fields() {
		buf = buf[:0]
		for _, c := range f.Name {
			buf = append(buf, lower(c))
		}
		match := len(buf) > 0 && set[string(buf)]
		if match == named {
			out = append(out, f.Raw...)
		}
	}
	if n := len(out); n > 0 && out[n-1] != '\n' {
		out = append(out, "\r\n"...)
	}
	if !h.ended() {
		return out
	}
	return append(out, "\r\n"...)
}

// ended reports whether a blank line ends the header. A message without body
// need not have one, and then no section of it has (RFC 9051 §6.4.5.1).
func (h Header) ended() bool {
	line := strings.TrimSuffix(strings.TrimSuffix(string(h[max(0, len(h)-4):]), "\n"), "\r")
	return len(h) > 0 && h[len(h)-1] == '\n' && (line == "" || line[len(line)-1] == '\n')
}
