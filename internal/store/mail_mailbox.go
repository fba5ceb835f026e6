package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MailMailbox is a mailbox as JMAP sees it (RFC 8621 §2).
type MailMailbox struct {
	SeenCollection
	Counts MailCounts
	// Order is its place among its siblings, negative when nobody gave it one.
	Order int
}

// Mailboxes lists the mailboxes that the session may look up, and the parents
// needed to reach them, by path. Those it may not read have no counts. state is
// that of the account's mailboxes.
func (m *Mail) Mailboxes(ctx context.Context) (list []MailMailbox, state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		wishes, err := m.session.wishes(tx)
		if err != nil {
			return err
		}
		log, err := m.log(tx, r)
		if err != nil {
			return err
		}
		seen := seenOf(r.owner, r.all, postroom.MailCollection, r.have, r.names)
		list = make([]MailMailbox, len(seen))
		for i, c := range seen {
			if list[i], err = m.mailboxOf(tx, r, log, c); err != nil {
				return err
			}
			wishes.apply(&list[i].SeenCollection, m.session.Home())
		}
		mark, err := m.mailboxMark(tx, r, log, wishes)
		state = mark.String()
		return err
	})
	return list, state, err
}

// mailboxOf counts what one may see of a mailbox.
func (m *Mail) mailboxOf(tx *db.Tx, r *outlook, log mailLog, c SeenCollection) (b MailMailbox, err error) {
	id := c.Ref.Collection
	b = MailMailbox{SeenCollection: c, Order: log[id].order}
	if r.reads(id) && c.Total > 0 {
		if b.Counts, err = m.counts(tx, r, log, c.Collection); err != nil {
			return b, err
		}
	}
	b.ModSeq = log.newest(c.Collection)
	if r.each[id] {
		b.Unseen = b.Counts.unseen
	}
	return b, m.session.counted(tx, &b.SeenCollection, c.Rights.Has(postroom.Lookup), false)
}

// pictureKey names the picture of a mailbox that this reader sees.
func (m *Mail) pictureKey(r *outlook, id postroom.CollectionID) pictureKey {
	key := pictureKey{ref: postroom.CollectionRef{Account: m.account, Collection: id}}
	if r.each[id] {
		key.reader = m.session.Actor().Account
	}
	return key
}

// items are the items of a mailbox as tx sees them; not to be changed.
func (m *Mail) items(tx *db.Tx, key pictureKey, at postroom.ModSeq) ([]postroom.ItemMeta, error) {
	items, ok, err := m.session.store.pictures.items(tx, key, at)
	if err != nil || ok {
		return items, err
	}
	return readItems(tx, key) // somebody with a newer snapshot was faster
}
