package search

import (
	"context"

	"postroom/internal/imapserver/search/thread"
	"postroom/internal/message"
)

// Threads reads of places what threads are made of (RFC 5256 §3). Messages are
// numbered as named says.
func (m *Finder) Threads(ctx context.Context, picked []int, named func(place int) uint32) ([]thread.Message, error) {
	list := make([]thread.Message, 0, len(picked))
	err := m.each(ctx, picked, func(place int, f *found) {
		s := f.sum()
		t := thread.Message{Number: named(place), ID: thread.Hash(s.MessageID), Sent: f.known().Sent, Received: f.known().Received}
		for _, id := range s.References {
			t.References = append(t.References, thread.Hash(id))
		}
		if len(t.References) == 0 && len(s.InReplyTo) > 0 {
			t.References = []uint64{thread.Hash(s.InReplyTo[0])}
		}
		subject := ""
		if s.Envelope != nil {
			subject = s.Envelope.Subject
		}
		base, reply := message.BaseSubject(subject)
		t.Subject, t.Reply = collate(base), reply
		list = append(list, t)
	})
	return list, err
}
