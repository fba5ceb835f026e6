// Package section finds the parts of messages that FETCH asks for (RFC 9051
// §6.4.5), and gives structures the words of imapwire.
package section

import (
	"io"

	"postroom/internal/imapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// Message is a message while its data items are written: its bytes and its
// structure are read at most once, and only if an item needs them.
type Message struct {
	Content store.Content // nil while the message is not open
	raw     []byte
	index   *message.Part
}

// bytes reads the whole message.
func (m *Message) bytes() ([]byte, error) {
	if m.raw == nil && m.Content != nil {
		raw := make([]byte, m.Content.Size())
		if _, err := m.Content.ReadAt(raw, 0); err != nil && err != io.EOF {
			return nil, err
		}
		m.raw = raw
	}
	return m.raw, nil
}

// Part is the structure of the message, and its bytes.
func (m *Message) Part() (*message.Part, []byte, error) {
	raw, err := m.bytes()
	if err != nil {
		return nil, nil, err
	}
	if m.index == nil {
		m.index = message.Index(raw)
	}
	return m.index, raw, nil
}

// header reads just the header block.
func (m *Message) header() ([]byte, error) {
	if m.raw != nil {
		return message.HeaderOf(m.raw), nil
	}
	return store.ReadHeader(m.Content)
}

// Whole reports whether the item is the whole message, byte for byte.
func Whole(it *imapwire.FetchItem) bool {
	return it.Kind == imapwire.FetchRFC822 ||
		it.Kind == imapwire.FetchSection && len(it.Section.Path) == 0 && it.Section.Text == imapwire.SectionAll
}

// Span is the part <offset.count> of size octets.
func Span(p *imapwire.Partial, size int64) (offset, count int64) {
	if p == nil {
		return 0, size
	}
	if p.Offset >= uint64(size) {
		return size, 0
	}
	offset = int64(p.Offset)
	return offset, int64(min(p.Count, uint64(size-offset)))
}

var sectionTexts = map[imapwire.SectionText]message.SectionText{
	imapwire.SectionAll: message.SectionWhole, imapwire.SectionHeader: message.SectionHeader,
	imapwire.SectionHeaderFields: message.SectionFields, imapwire.SectionHeaderFieldsNot: message.SectionFieldsNot,
	imapwire.SectionBodyText: message.SectionBody, imapwire.SectionMIME: message.SectionMIME,
}

// Of finds the bytes that an item asks for, as they are before its span is cut
// out; found is false when there is no such section. Header sections of the message read
// no more than its header.
func Of(it *imapwire.FetchItem, body *Message) (data []byte, found bool, err error) {
	section := message.Section{Text: sectionTexts[it.Section.Text], Fields: it.Section.Fields}
	for _, n := range it.Section.Path {
		section.Path = append(section.Path, int(min(n, 1<<30)))
	}
	switch it.Kind {
	case imapwire.FetchRFC822Header:
		section.Text = message.SectionHeader
	case imapwire.FetchRFC822Text:
		section.Text = message.SectionBody
	case imapwire.FetchBinary, imapwire.FetchBinarySize:
		return decoded(section.Path, body)
	}
	headerOnly := len(section.Path) == 0 && section.Text != message.SectionBody && section.Text != message.SectionWhole
	if headerOnly {
		header, err := body.header()
		if err != nil {
			return nil, false, err
		}
		data, found = message.Index(header).Section(header, section)
		return data, found, nil
	}
	part, raw, err := body.Part()
	if err != nil {
		return nil, false, err
	}
	data, found = part.Section(raw, section)
	return data, found, nil
}

// decoded is the body of a part without its transfer encoding (RFC 3516).
func decoded(path []int, body *Message) ([]byte, bool, error) {
	part, raw, err := body.Part()
	if err != nil {
		return nil, false, err
	}
	if len(path) == 0 {
		return raw, true, nil
	}
	p := part.Find(path)
	if p == nil {
		return nil, false, nil
	}
	data, err := p.Decode(raw)
	return data, err == nil, err
}
