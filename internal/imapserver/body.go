package imapserver

import (
	"context"
	"errors"
	"io"

	"postroom/internal/imapserver/search"
	"postroom/internal/imapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// opened is a message while its data items are written: its bytes and its
// structure are read at most once, and only if an item needs them.
type opened struct {
	content store.Content
	raw     []byte
	index   *message.Part
}

// bytes reads the whole message.
func (o *opened) bytes() ([]byte, error) {
	if o.raw == nil && o.content != nil {
		raw := make([]byte, o.content.Size())
		if _, err := o.content.ReadAt(raw, 0); err != nil && err != io.EOF {
			return nil, err
		}
		o.raw = raw
	}
	return o.raw, nil
}

func (o *opened) part() (*message.Part, []byte, error) {
	raw, err := o.bytes()
	if err != nil {
		return nil, nil, err
	}
	if o.index == nil {
		o.index = message.Index(raw)
	}
	return o.index, raw, nil
}

// header reads just the header block.
func (o *opened) header() ([]byte, error) {
	if o.raw != nil {
		return message.HeaderOf(o.raw), nil
	}
	return search.ReadHeader(o.content)
}

// structureOf is the body structure: from the summary, or for a message of
// very many parts from the message itself.
func (c *conn) structureOf(ctx context.Context, f *fetched) *message.BodyStructure {
	if f.summary.Structure != nil {
		return f.summary.Structure
	}
	unknown := &message.BodyStructure{Type: "application", Subtype: "octet-stream", Encoding: "8bit", Size: int(f.item.Size)}
	if f.body.content == nil {
		content, err := c.selected.mailbox.Open(ctx, f.meta.UID)
		if err != nil {
			return unknown
		}
		defer content.Close()
		f.body.content = content
		defer func() { f.body.content = nil }()
	}
	part, raw, err := f.body.part()
	if err != nil {
		return unknown
	}
	f.summary.Structure = part.Structure(raw)
	return f.summary.Structure
}

// writeContent answers the items that need the bytes of the message.
func (c *conn) writeContent(p *fetchPlan, w *imapwire.FetchWriter, it *imapwire.FetchItem, body *opened) {
	if whole(it) {
		offset, count := span(it.Partial, body.content.Size())
		w.Section(it, count, io.NewSectionReader(body.content, offset, count))
		return
	}
	data, found, err := sectionOf(it, body)
	switch {
	case errors.Is(err, message.ErrUnknownEncoding):
		p.unknownCTE = true
	case err != nil:
		c.server.opts.Logger.Error("imap: message", "mailbox", c.selected.ref.String(), "error", err)
	}
	switch {
	case err != nil || !found:
		w.NoSection(it)
	case it.Kind == imapwire.FetchBinarySize:
		w.BinarySize(it, uint64(len(data)))
	default:
		offset, count := span(it.Partial, int64(len(data)))
		w.SectionBytes(it, data[offset:offset+count])
	}
}

// whole reports whether the item is the whole message, byte for byte.
func whole(it *imapwire.FetchItem) bool {
	return it.Kind == imapwire.FetchRFC822 ||
		it.Kind == imapwire.FetchSection && len(it.Section.Path) == 0 && it.Section.Text == imapwire.SectionAll
}

// span is the part <offset.count> of size octets.
func span(p *imapwire.Partial, size int64) (offset, count int64) {
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

// sectionOf finds the bytes of a section. Header sections of the message read
// no more than its header.
func sectionOf(it *imapwire.FetchItem, body *opened) (data []byte, found bool, err error) {
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
	part, raw, err := body.part()
	if err != nil {
		return nil, false, err
	}
	data, found = part.Section(raw, section)
	return data, found, nil
}

// decoded is the body of a part without its transfer encoding (RFC 3516).
func decoded(path []int, body *opened) ([]byte, bool, error) {
	part, raw, err := body.part()
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

// envelope and structure hand the words of package message to imapwire.
func envelope(e *message.Envelope) *imapwire.Envelope {
	if e == nil {
		e = &message.Envelope{}
	}
	return &imapwire.Envelope{
		Date: e.Date, Subject: e.Subject, InReplyTo: e.InReplyTo, MessageID: e.MessageID, Blank: texts(e.Blank),
		From: addresses(e.From), Sender: addresses(e.Sender), ReplyTo: addresses(e.ReplyTo),
		To: addresses(e.To), Cc: addresses(e.Cc), Bcc: addresses(e.Bcc),
	}
}

func texts(of message.EnvelopeTexts) (out imapwire.EnvelopeTexts) {
	for _, pair := range [...]struct {
		of  message.EnvelopeTexts
		out imapwire.EnvelopeTexts
	}{{message.DateText, imapwire.DateText}, {message.SubjectText, imapwire.SubjectText},
		{message.InReplyToText, imapwire.InReplyToText}, {message.MessageIDText, imapwire.MessageIDText}} {
		if of&pair.of != 0 {
			out |= pair.out
		}
	}
	return out
}

// missingHost and missingMailbox stand for the half of an address that is not
// there: NIL would begin or end a group (RFC 9051 §7.5.2).
const (
	missingHost    = ".MISSING-HOST-NAME."
	missingMailbox = ".MISSING-MAILBOX."
)

func addresses(list []message.Address) []imapwire.Address {
	out := make([]imapwire.Address, len(list))
	for i, a := range list {
		out[i] = imapwire.Address{Name: a.Name, Route: a.Route, Mailbox: a.Mailbox, Host: a.Host}
		if a.Kind == message.Mailbox && a.Host == "" {
			out[i].Host = missingHost
		}
		if a.Kind == message.Mailbox && a.Mailbox == "" {
			out[i].Mailbox = missingMailbox
		}
	}
	return out
}

func structure(b *message.BodyStructure) *imapwire.BodyStructure {
	if b == nil {
		return nil
	}
	out := &imapwire.BodyStructure{
		Type: b.Type, Subtype: b.Subtype, Params: params(b.Params), ID: b.ID, Description: b.Description,
		Encoding: b.Encoding, Size: uint64(b.Size), Lines: uint64(b.Lines), MD5: b.MD5,
		Disposition: b.Disposition, DispositionParams: params(b.DispositionParams), Language: b.Language, Location: b.Location,
	}
	if b.Message != nil {
		out.Envelope, out.Message = envelope(b.Envelope), structure(b.Message)
	}
	for _, child := range b.Children {
		out.Children = append(out.Children, structure(child))
	}
	return out
}

func params(list []message.Param) []imapwire.Param {
	out := make([]imapwire.Param, len(list))
	for i, p := range list {
		out[i] = imapwire.Param{Name: p.Name, Value: p.Value}
	}
	return out
}
