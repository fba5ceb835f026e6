package store

import (
	"context"
	"io"
	"strings"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// SearchHeader returns, of the UIDs given, those that have a header field of that
// name with text in its decoded value, in ascending order; the empty text asks
// whether the field is there. The comparison is that of SearchText. Needs Read;
// where messages must be opened for it, that is audited as message.search when
// the reader is not the owner.
func (m *Mailbox) SearchHeader(ctx context.Context, name, text string, uids []postroom.UID) ([]postroom.UID, error) {
	// The index has names and values as the text of the header.
	needles, _ := message.Needles(message.SearchKey(name + ":"))
	more, _ := message.Needles(message.SearchKey(text))
	needles = append(needles, more...)
	found, unread, err := m.sift(ctx, uids, func(tx *db.Tx) (*fts.Set, error) {
		return m.session.store.terms.Match(tx, m.ref.Account, fts.Header, needles)
	})
	if err != nil {
		return nil, err
	}
	doubtful := ascending(append(found, unread...))
	key := message.SearchKey(text)
	found = nil
	if value := summarized(name); value != nil {
		for it, err := range m.Fetch(ctx, doubtful) {
			if err != nil {
				return nil, err
			}
			s := &message.Summary{}
			if s.UnmarshalFields(it.Summary) == nil && valueHolds(value(s.Envelope), key) {
				found = append(found, it.UID)
			}
		}
		return found, nil
	}
	for o, err := range m.contents(ctx, "message.search", doubtful) {
		if err != nil {
			return nil, err
		}
		header, err := ReadHeader(o.Content)
		o.Content.Close()
		if err != nil {
			return nil, err
		}
		if headerHolds(header, name, key) {
			found = append(found, o.UID)
		}
	}
	return found, nil
}

// summarized gives a header field that is in the summary, or nil.
func summarized(name string) func(*message.Envelope) string {
	switch strings.ToLower(name) {
	case "subject":
		return func(e *message.Envelope) string { return e.Subject }
	case "message-id":
		return func(e *message.Envelope) string { return e.MessageID }
	case "in-reply-to":
		return func(e *message.Envelope) string { return e.InReplyTo }
	}
	return nil
}

func valueHolds(value, key string) bool {
	if key == "" {
		return value != ""
	}
	return strings.Contains(message.SearchKey(message.DecodeWords(value)), key)
}

func headerHolds(header message.Header, name, key string) bool {
	for field := range header.Fields() {
		if field.Is(name) && (key == "" || strings.Contains(message.SearchKey(message.DecodeWords(field.Text())), key)) {
			return true
		}
	}
	return false
}

// ReadHeader reads just the header block of a message.
func ReadHeader(c Content) (message.Header, error) {
	const step = 16 << 10
	size := c.Size()
	var block []byte
	for int64(len(block)) < size {
		start := len(block)
		block = append(block, make([]byte, min(step, size-int64(start)))...)
		if _, err := c.ReadAt(block[start:], int64(start)); err != nil && err != io.EOF {
			return nil, err
		}
		if h := message.HeaderOf(block); len(h) < len(block) {
			return h, nil
		}
	}
	return block, nil
}
