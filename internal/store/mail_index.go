package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MailIndex is every email of an account that a session may read, as of one
// moment, with what queries ask for most. It must not be changed.
type MailIndex struct {
	// State is that of the emails, Mark what IndexMark gives.
	State string
	Mark  IndexMark
	// Rows have one entry for each copy, mailbox by mailbox: an email in two
	// mailboxes has two.
	Rows []MailRow
	// incoming are the mailboxes whose messages say where their conversations
	// stand.
	incoming map[postroom.CollectionID]bool
	texts    *mailTextList
}

// Facet is something that an index has when it is asked for.
type Facet uint8

// WithTexts gives Rank.
const WithTexts Facet = 1

// Rank is the place of an email in the order of a text, the same for the same
// text. It needs WithTexts.
func (x *MailIndex) Rank(r *MailRow, by SortText) uint32 { return x.texts.rank[by][r.Email] }

// MailRow is an email in one mailbox.
type MailRow struct {
	Email   postroom.EmailID
	Thread  postroom.ThreadID
	Mailbox postroom.CollectionID
	UID     postroom.UID
	// Flags and Keywords (canonical) are those of this copy.
	Flags    postroom.Flags
	Attached bool // it has an attachment
	Keywords string
	Size     int64
	Received int64 // microseconds of Unix time
	Sent     int64 // seconds; when it was received, without a Date
}

// ReceivedAt is when the email came.
func (r *MailRow) ReceivedAt() time.Time { return time.UnixMicro(r.Received) }

// Index reads what queries look at.
func (m *Mail) Index(ctx context.Context, facets ...Facet) (x *MailIndex, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		x = &MailIndex{incoming: make(map[postroom.CollectionID]bool)}
		facts, err := m.session.store.mailFacts.read(tx, m.account)
		if err != nil {
			return err
		}
		if slices.Contains(facets, WithTexts) {
			if x.texts, err = m.session.store.mailTexts.read(tx, m.account, len(facts)); err != nil {
				return err
			}
		}
		log, err := m.log(tx, r)
		if err != nil {
			return err
		}
		x.Rows = make([]MailRow, 0, r.itemsIn())
		for _, box := range r.readable() {
			x.incoming[box.Ref.Collection] = cameIn(box.Role)
			key := m.pictureKey(r, box.Ref.Collection)
			items, err := m.items(tx, key, log.newest(box))
			if err != nil {
				return err
			}
			for _, it := range items {
				f := facts[it.Email]
				x.Rows = append(x.Rows, MailRow{Email: it.Email, Thread: f.thread, Mailbox: box.Ref.Collection, UID: it.UID, Flags: it.Flags,
					Attached: f.attached, Keywords: it.Keywords, Size: f.size, Received: f.received, Sent: f.sent})
			}
		}
		x.Mark, x.State = m.indexMark(r, log)
		return nil
	})
	return x, err
}

// itemsIn is about how many copies of emails may be read.
func (r *outlook) itemsIn() (n int) {
	for _, box := range r.readable() {
		n += box.Total
	}
	return n
}

// IndexMark tells of which moment an index would be. While Rows stays the same
// Index gives the same rows; while Members does, they are the same emails in the
// same mailboxes, perhaps with other flags and keywords.
type IndexMark struct{ Rows, Members string }

// IndexMark is that of the present. state is that of the emails.
func (m *Mail) IndexMark(ctx context.Context) (mark IndexMark, state string, err error) {
	if r, log, ok := m.kept(ctx); ok {
		mark, state = m.indexMark(r, log)
		return mark, state, nil
	}
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		log, err := m.log(tx, r)
		mark, state = m.indexMark(r, log)
		return err
	})
	return mark, state, err
}

func (m *Mail) indexMark(r *outlook, log mailLog) (mark IndexMark, state string) {
	var rows, members strings.Builder
	for _, box := range r.readable() {
		key := m.pictureKey(r, box.Ref.Collection)
		fmt.Fprintf(&rows, "%d.%d.%d.%t ", key.ref.Collection, key.reader, log.newest(box), cameIn(box.Role))
		// UIDs only grow, so that what comes moves the next, and what goes the total.
		fmt.Fprintf(&members, "%d.%d.%d ", key.ref.Collection, box.UIDNext, box.Total)
	}
	return IndexMark{rows.String(), members.String()}, m.emailMark(r, log).String()
}
