package store

import (
	"slices"
	"sync"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// maxLetterBytes bounds the memory of one generation of kept letters.
	maxLetterBytes = 32 << 20
	// letterBytes is the memory of one beside its summary.
	letterBytes = 240
)

// letters keeps what never changes of the messages that were fetched last: a UID
// names one message for ever. Flags and mod-sequences are not used from here.
// There are two generations: when the young one is full it becomes the old one,
// and what is asked for of the old one lives on.
type letters struct {
	mu         sync.Mutex
	young, old map[letterKey]*postroom.Item
	bytes      int // of the young
}

type letterKey struct {
	ref postroom.CollectionRef
	uid postroom.UID
}

// known gives the letter of each item that is kept, nil for the others.
func (l *letters) known(ref postroom.CollectionRef, items []postroom.ItemMeta) []*postroom.Item {
	found := make([]*postroom.Item, len(items))
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range items {
		key := letterKey{ref, items[i].UID}
		if it := l.young[key]; it != nil {
			found[i] = it
		} else if it := l.old[key]; it != nil {
			l.put(key, it)
			found[i] = it
		}
	}
	return found
}

// keep puts letters in.
func (l *letters) keep(ref postroom.CollectionRef, items []postroom.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range items {
		kept := items[i]
		l.put(letterKey{ref, kept.UID}, &kept)
	}
}

// put needs mu.
func (l *letters) put(key letterKey, it *postroom.Item) {
	if l.young == nil || l.bytes > maxLetterBytes {
		l.young, l.old, l.bytes = make(map[letterKey]*postroom.Item), l.young, 0
	}
	l.young[key] = it
	l.bytes += letterBytes + len(it.Summary)
}

// present are, of ascending uids, the items that a mailbox has, if a picture of
// its present state is there already.
func (m *Mailbox) present(tx *db.Tx, uids []postroom.UID) (there []postroom.ItemMeta, ok bool, err error) {
	c, key, err := m.state(tx)
	if err != nil {
		return nil, false, err
	}
	items, ok := m.session.store.pictures.peek(key, c.ModSeq)
	if !ok {
		return nil, false, nil
	}
	there = make([]postroom.ItemMeta, 0, len(uids))
	for _, uid := range uids {
		at, found := placeOf(items, uid)
		items = items[at:]
		if found {
			there = append(there, items[0])
		}
	}
	return there, true, nil
}

// peek returns the items of a mailbox at a ModSeq if that is what is kept.
func (p *pictures) peek(key pictureKey, at postroom.ModSeq) ([]postroom.ItemMeta, bool) {
	e, ok := p.by.Get(key)
	if !ok || !e.mu.TryLock() {
		return nil, false // there is none, or it is just being brought up to date
	}
	defer e.mu.Unlock()
	return slices.Clip(e.now.items), e.now.modseq == at && at != 0
}

// fewKept is from how many messages on it is worth looking at what is kept.
const fewKept = 4

// items reads the items named with what is kept of their messages.
func (m *Mailbox) items(tx *db.Tx, uids []postroom.UID) ([]postroom.Item, error) {
	if len(uids) < fewKept {
		return m.readItems(tx, uids)
	}
	there, ok, err := m.present(tx, uids)
	if err != nil {
		return nil, err
	}
	if !ok {
		return m.readItems(tx, uids)
	}
	kept := m.session.store.letters.known(m.ref, there)
	var missing []postroom.UID
	for i, it := range kept {
		if it == nil {
			missing = append(missing, there[i].UID)
		}
	}
	var fresh []postroom.Item
	if len(missing) > 0 {
		if fresh, err = m.readItems(tx, missing); err != nil {
			return nil, err
		}
		m.session.store.letters.keep(m.ref, fresh)
	}
	items := make([]postroom.Item, 0, len(there))
	for i, it := range kept {
		switch {
		case it != nil:
			item := *it
			item.ItemMeta = there[i]
			items = append(items, item)
		case len(fresh) > 0 && fresh[0].UID == there[i].UID:
			items = append(items, fresh[0])
			fresh = fresh[1:]
		}
	}
	return items, nil
}
