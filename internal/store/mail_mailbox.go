package store

import (
	"context"
	"sync"

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

// MailCounts are the emails and threads of a mailbox; unread are those neither
// seen nor drafts. A thread is unread by its emails in this mailbox.
type MailCounts struct {
	Emails, Unread, Threads, UnreadThreads int
	unseen                                 int // items not seen, drafts too
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

// countsKept are the counts of the mailboxes asked for last.
type countsKept struct {
	mu sync.Mutex
	by map[pictureKey]countsAt
}

type countsAt struct {
	at     postroom.ModSeq
	counts MailCounts
}

// maxCountsKept bounds them; a full map is emptied.
const maxCountsKept = 50_000

func (k *countsKept) get(key pictureKey, at postroom.ModSeq) (MailCounts, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.by[key]
	return c.counts, ok && c.at == at
}

func (k *countsKept) put(key pictureKey, at postroom.ModSeq, c MailCounts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil || len(k.by) >= maxCountsKept {
		k.by = make(map[pictureKey]countsAt)
	}
	k.by[key] = countsAt{at, c}
}

// counts counts the emails and threads of a mailbox for this reader.
func (m *Mail) counts(tx *db.Tx, r *outlook, log mailLog, box postroom.Collection) (MailCounts, error) {
	key, at := m.pictureKey(r, box.Ref.Collection), log.newest(box)
	if c, ok := m.session.store.counted.get(key, at); ok || box.Total == 0 {
		return c, nil
	}
	items, err := m.items(tx, key, at)
	if err != nil {
		return MailCounts{}, err
	}
	facts, err := m.session.store.mailFacts.read(tx, m.account)
	if err != nil {
		return MailCounts{}, err
	}
	c := countMail(items, facts)
	m.session.store.counted.put(key, at, c)
	return c, nil
}

// What countMail has seen of an email or a thread.
const (
	seenThere uint8 = 1 << iota
	seenUnread
)

// countMail counts emails and threads, whose numbers are those in facts.
func countMail(items []postroom.ItemMeta, facts []mailFact) (c MailCounts) {
	last := postroom.ThreadID(0)
	for _, it := range items {
		last = max(last, facts[it.Email].thread)
	}
	emails, threads := make([]uint8, len(facts)), make([]uint8, last+1)
	for _, it := range items {
		if it.Flags&postroom.FlagSeen == 0 {
			c.unseen++
		}
		is := seenThere
		if it.Flags&(postroom.FlagSeen|postroom.FlagDraft) == 0 {
			is |= seenUnread
		}
		emails[it.Email] |= is
		threads[facts[it.Email].thread] |= is
	}
	c.Emails, c.Unread = countSeen(emails)
	c.Threads, c.UnreadThreads = countSeen(threads)
	return c
}

func countSeen(all []uint8) (there, unread int) {
	for _, is := range all {
		there += int(is & seenThere)
		unread += int(is&seenUnread) >> 1
	}
	return there, unread
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
