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
}

// Mailboxes lists the mailboxes that the session may look up, and the parents
// needed to reach them, by path. Those it may not read have no counts. state is
// that of the account's mailboxes.
func (m *Mail) Mailboxes(ctx context.Context) (list []MailMailbox, state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		said, err := m.session.answers(tx)
		if err != nil {
			return err
		}
		wishes, err := m.session.wishes(tx)
		if err != nil {
			return err
		}
		seen, err := m.session.collectionsOf(tx, r.owner, postroom.MailCollection, said)
		if err != nil {
			return err
		}
		list = make([]MailMailbox, len(seen))
		for i, c := range seen {
			wishes.apply(&c, m.session.Home())
			list[i].SeenCollection = c
			if r.reads(c.Ref.Collection) {
				if list[i].Counts, err = m.counts(tx, r, c.Collection); err != nil {
					return err
				}
			}
		}
		log, err := readLog(tx, m.account, m.session.Actor().Account, r)
		if err != nil {
			return err
		}
		for i := range list {
			list[i].Order = log[list[i].Ref.Collection].order
		}
		mark, err := m.mailboxMark(tx, r, log)
		state = mark.String()
		return err
	})
	return list, state, err
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
func (m *Mail) counts(tx *db.Tx, r *outlook, box postroom.Collection) (MailCounts, error) {
	key := m.pictureKey(r, box.Ref.Collection)
	at, err := key.newest(tx, box.ModSeq)
	if err != nil {
		return MailCounts{}, err
	}
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
	var c MailCounts
	emails := make(map[postroom.EmailID]bool, len(items)) // whether unread
	threads := make(map[postroom.ThreadID]bool, len(items))
	for _, it := range items {
		unread := it.Flags&(postroom.FlagSeen|postroom.FlagDraft) == 0
		emails[it.Email] = emails[it.Email] || unread
		t := facts[it.Email].thread
		threads[t] = threads[t] || unread
	}
	c.Emails, c.Threads = len(emails), len(threads)
	for _, unread := range emails {
		if unread {
			c.Unread++
		}
	}
	for _, unread := range threads {
		if unread {
			c.UnreadThreads++
		}
	}
	m.session.store.counted.put(key, at, c)
	return c, nil
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
