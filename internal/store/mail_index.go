package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MailIndex is every email of an account that a session may read, as of one
// moment, with what queries ask for most. It must not be changed.
type MailIndex struct {
	// State is that of the emails.
	State string
	// Rows have one entry for each copy, mailbox by mailbox: an email in two
	// mailboxes has two.
	Rows []MailRow
	// incoming are the mailboxes whose messages say where their conversations
	// stand.
	incoming map[postroom.CollectionID]bool
}

// MailRow is an email in one mailbox.
type MailRow struct {
	Email   postroom.EmailID
	Thread  postroom.ThreadID
	Mailbox postroom.CollectionID
	UID     postroom.UID
	// Flags and Keywords (canonical) are those of this copy.
	Flags    postroom.Flags
	Keywords string
	Size     int64
	Received int64 // microseconds of Unix time
	Sent     int64 // seconds; when it was received, without a Date
}

// ReceivedAt is when the email came.
func (r *MailRow) ReceivedAt() time.Time { return time.UnixMicro(r.Received) }

// Index reads what queries look at.
func (m *Mail) Index(ctx context.Context) (x *MailIndex, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		x = &MailIndex{incoming: make(map[postroom.CollectionID]bool)}
		facts, err := m.session.store.mailFacts.read(tx, m.account)
		if err != nil {
			return err
		}
		for _, box := range r.readable() {
			x.incoming[box.Ref.Collection] = cameIn(box.Role)
			key := m.pictureKey(r, box.Ref.Collection)
			at, err := key.newest(tx, box.ModSeq)
			if err != nil {
				return err
			}
			items, err := m.items(tx, key, at)
			if err != nil {
				return err
			}
			for _, it := range items {
				f := facts[it.Email]
				x.Rows = append(x.Rows, MailRow{Email: it.Email, Thread: f.thread, Mailbox: box.Ref.Collection, UID: it.UID, Flags: it.Flags,
					Keywords: it.Keywords, Size: f.size, Received: f.received, Sent: f.sent})
			}
		}
		x.State, err = m.emailState(tx, r)
		return err
	})
	return x, err
}
