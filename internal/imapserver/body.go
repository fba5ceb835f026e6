package imapserver

import (
	"context"
	"errors"
	"io"

	"postroom/internal/imapserver/section"
	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// structureOf is the body structure: from the summary, or for a message of
// very many parts from the message itself.
func (c *conn) structureOf(ctx context.Context, f *fetched) *message.BodyStructure {
	if f.summary.Structure != nil {
		return f.summary.Structure
	}
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
	f.summary.Structure = part.Structure(raw)
	return f.summary.Structure
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
