package imapserver

import (
	"context"
	"errors"
	"io"

	"postroom/internal/imapserver/section"
	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// summaryOf decodes the stored summary, once.
func (c *conn) summaryOf(f *fetched) *message.Summary {
	if f.summary == nil {
		f.summary = new(message.Summary)
		if err := f.summary.UnmarshalBinary(f.item.Summary); err != nil {
			c.server.opts.Logger.Error("imap: summary", "mailbox", c.selected.ref.String(), "uid", f.meta.UID, "error", err)
		}
	}
	return f.summary
}

// writeSummary writes an envelope or a structure, as it was written before if
// it was. What is not in the summary is not kept.
func (c *conn) writeSummary(ctx context.Context, w *imapwire.FetchWriter, kind imapwire.FetchKind, f *fetched) {
	format := section.Format{Account: c.selected.ref.Account, Email: f.meta.Email, Item: kind, Names: c.enc.Names()}
	text := c.server.formats.Known(format)
	if text == nil {
		s := c.summaryOf(f)
		kept := s.Envelope != nil && s.Structure != nil
		if kind != imapwire.FetchEnvelope && s.Structure == nil {
			s.Structure = c.readStructure(ctx, f)
		}
		text = c.enc.Format(func(w *imapwire.FetchWriter) { section.WriteSummary(w, kind, s) })
		if kept {
			c.server.formats.Keep(format, text)
		}
	}
	w.Formatted(text)
}

// readStructure is the body structure of a message of very many parts, from
// the message itself.
func (c *conn) readStructure(ctx context.Context, f *fetched) *message.BodyStructure {
	unknown := &message.BodyStructure{Type: "application", Subtype: "octet-stream", Encoding: "8bit", Size: int(f.item.Size)}
	if f.body.Content == nil {
		content, err := c.selected.mailbox.Open(ctx, f.meta.UID)
		if err != nil {
			return unknown
		}
		defer content.Close()
		f.body.Content = content
		defer func() { f.body.Content = nil }()
	}
	part, raw, err := f.body.Part()
	if err != nil {
		return unknown
	}
	return part.Structure(raw)
}

// writeContent answers the items that need the bytes of the message.
func (c *conn) writeContent(p *fetchPlan, w *imapwire.FetchWriter, it *imapwire.FetchItem, body *section.Message) {
	if section.Whole(it) {
		offset, count := section.Span(it.Partial, body.Content.Size())
		w.Section(it, count, io.NewSectionReader(body.Content, offset, count))
		return
	}
	data, found, err := section.Of(it, body)
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
		offset, count := section.Span(it.Partial, int64(len(data)))
		w.SectionBytes(it, data[offset:offset+count])
	}
}
