package store

import (
	"context"
	"slices"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// Trait is what is searched and sorted by most and never changes of a message in
// a mailbox.
type Trait struct {
	UID  postroom.UID
	Size int64
	// Received and Saved are in microseconds of Unix time; Saved is 0 when it
	// is not known.
	Received, Saved int64
	// Sent is the Date of the message in seconds of Unix time, or when it was
	// received, if it has none that can be read.
	Sent int64
	// SentDay is the day of Date in days of Unix time, as written, whatever its
	// time zone; or NoDay.
	SentDay int32
}

// NoDay is the SentDay of a message without a Date.
const NoDay = -1 << 31

// traitBytes is the memory of one Trait; maxTraitBytes bounds that of all: about
// two million messages.
const traitBytes, maxTraitBytes = 48, 96 << 20

// TraitOf gives the traits of an item.
func TraitOf(it *postroom.Item) Trait {
	f := Trait{UID: it.UID, Size: it.Size, Received: it.Received.UnixMicro()}
	if !it.Saved.IsZero() {
		f.Saved = it.Saved.UnixMicro()
	}
	f.date(it.Summary)
	return f
}

// date reads Date from the beginning of a summary.
func (f *Trait) date(summary []byte) {
	f.Sent, f.SentDay = time.UnixMicro(f.Received).Unix(), NoDay
	if sent, ok := message.SummarySent(summary); ok {
		f.Sent = sent.Unix()
		year, month, day := sent.Date()
		f.SentDay = int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
}

// traits keeps the traits of the mailboxes that were searched last. A UID names
// one message for ever, so that what is kept never goes stale: only newer UIDs
// are read again. Expunged messages stay until the mailbox is dropped.
type traits struct {
	by *shelf.Shelf[postroom.CollectionRef, []Trait] // in ascending order of UIDs, none empty
}

func newTraits() *traits {
	return &traits{by: shelf.New[postroom.CollectionRef, []Trait](maxTraitBytes)}
}

// Traits returns the traits of all messages, and perhaps of some that are gone, in
// ascending order of UIDs. The list is shared: it must not be changed. Needs
// Read.
func (m *Mailbox) Traits(ctx context.Context) (all []Trait, err error) {
	kept, _ := m.session.store.traits.by.Get(m.ref)
	last := postroom.UID(0)
	if len(kept) > 0 {
		last = kept[len(kept)-1].UID
	}
	var fresh []Trait
	err = m.read(ctx, func(tx *db.Tx, _ postroom.Rights) error {
		fresh = nil
		return tx.Each(`SELECT i.uid, i.size, i.received, i.saved, substr(e.summary, 1, 40) FROM item i
			JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
			WHERE i.account_id = $1 AND i.collection_id = $2 AND i.uid > $3 ORDER BY i.uid`,
			[]any{m.ref.Account, m.ref.Collection, last}, func(scan func(...any) error) error {
				var f Trait
				var prefix []byte
				err := scan(&f.UID, &f.Size, &f.Received, &f.Saved, &prefix)
				f.date(prefix)
				fresh = append(fresh, f)
				return err
			})
	})
	if err != nil || len(fresh) == 0 {
		return kept, err
	}
	all = slices.Concat(kept, fresh)
	newest := all[len(all)-1].UID
	m.session.store.traits.by.Put(m.ref, all, traitBytes*cap(all), func(old []Trait) bool { return old[len(old)-1].UID < newest })
	return all, nil
}
