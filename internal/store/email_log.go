package store

import (
	"cmp"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// logMade notes that a collection was made.
func logMade(tx *db.Tx, c postroom.Collection) error {
	_, err := tx.Exec(`INSERT INTO collection_log (account_id, collection_id, added, changed) VALUES ($1, $2, $3, $3)`,
		c.Ref.Account, c.Ref.Collection, c.ModSeq)
	return err
}

// logChanged notes that a collection changed in what is its own.
func (c *change) logChanged(id postroom.CollectionID) error {
	m, err := c.number()
	if err != nil {
		return err
	}
	_, err = c.tx.Exec(`INSERT INTO collection_log (account_id, collection_id, changed) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, collection_id) DO UPDATE SET changed = excluded.changed`, c.account, id, m)
	return err
}

// logMoved notes that a collection went below another.
func (c *change) logMoved(id postroom.CollectionID) error {
	if err := c.logChanged(id); err != nil {
		return err
	}
	_, err := c.tx.Exec(`UPDATE collection_log SET moved = changed WHERE account_id = $1 AND collection_id = $2`, c.account, id)
	return err
}

// logRemoved notes that a collection is about to be removed.
func (c *change) logRemoved(id postroom.CollectionID) error {
	if err := c.logChanged(id); err != nil {
		return err
	}
	_, err := c.tx.Exec(`UPDATE collection_log SET gone = changed, parent_id = (SELECT parent_id FROM collection
		WHERE account_id = $1 AND collection_id = $2) WHERE account_id = $1 AND collection_id = $2`, c.account, id)
	return err
}

// logged is what the log has of one collection. items is the ModSeq of the
// last change to what its reader sees of its items.
type logged struct {
	parent                             postroom.CollectionID
	added, changed, moved, gone, items postroom.ModSeq
	// itemsFloor and treeFloor are the ModSeqs up to which it is forgotten what
	// left it.
	itemsFloor, treeFloor postroom.ModSeq
	// own is that of the last change to the reader's own read state.
	own   postroom.ModSeq
	order int
}

// mailLog is the log of an account's collections, those that are gone too.
type mailLog map[postroom.CollectionID]logged

// readLog reads the log, for a reader.
func readLog(tx *db.Tx, account, reader postroom.AccountID, r *outlook) (mailLog, error) {
	log := make(mailLog)
	err := tx.Each(`SELECT collection_id, parent_id, added, changed, moved, gone, items_floor, tree_floor, sort_order FROM collection_log WHERE account_id = $1`,
		[]any{account}, func(scan func(...any) error) error {
			var id postroom.CollectionID
			var l logged
			err := scan(&id, &l.parent, &l.added, &l.changed, &l.moved, &l.gone, &l.itemsFloor, &l.treeFloor, &l.order)
			log[id] = l
			return err
		})
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT c.collection_id, COALESCE((`+newestChange+`), 0),
		COALESCE((SELECT MAX(g.modseq) FROM departure g WHERE g.account_id = c.account_id AND g.collection_id = c.collection_id), 0),
		COALESCE((SELECT MAX(s.modseq) FROM read_state s WHERE s.account_id = c.account_id AND s.collection_id = c.collection_id AND s.reader_id = $2), 0)
		FROM collection c WHERE c.account_id = $1`, []any{account, reader}, func(scan func(...any) error) error {
		var id postroom.CollectionID
		var items, gone, own postroom.ModSeq
		err := scan(&id, &items, &gone, &own)
		l, is := log[id]
		if !is {
			l.order = noOrder
		}
		l.items = max(items, gone, l.itemsFloor)
		if r.each[id] {
			l.own, l.items = own, max(l.items, own)
		}
		log[id] = l
		return err
	})
	return log, err
}

// newest is the ModSeq of a mailbox as the reader sees it: what pictureKey.newest
// is.
func (g mailLog) newest(box postroom.Collection) postroom.ModSeq {
	return max(box.ModSeq, g[box.Ref.Collection].own)
}

// noOrder is the place of a mailbox that nobody gave one.
const noOrder = -1

// living is the collection itself or, when it is gone, the nearest one above
// that is not: as long as rights are what they were, its rights were the same.
func (g mailLog) living(id postroom.CollectionID) postroom.CollectionID {
	for range len(g) {
		l := g[id]
		if l.gone == 0 {
			break
		}
		id = l.parent
	}
	return id
}

// sees and looks tell whether emails of a collection, gone or not, can be read
// and whether it can be looked up.
func (g mailLog) sees(r *outlook, id postroom.CollectionID) bool { return r.reads(g.living(id)) }
func (g mailLog) looks(r *outlook, id postroom.CollectionID) bool {
	return r.rights[g.living(id)].Has(postroom.Lookup)
}

// emails is the ModSeq of the last change to the emails of the reader.
func (g mailLog) emails(r *outlook) (last postroom.ModSeq) {
	for id, l := range g {
		if g.sees(r, id) {
			last = max(last, l.items, l.gone)
		}
	}
	return last
}

// mailboxes is the ModSeq of the last change to the mailboxes of the reader.
func (g mailLog) mailboxes(r *outlook) (last postroom.ModSeq) {
	last = g.emails(r)
	for id, l := range g {
		if g.looks(r, id) || r.shown[id] {
			last = max(last, l.changed, l.gone)
		}
		if g.looks(r, id) {
			last = max(last, l.treeFloor)
		}
	}
	return last
}

// movedSince reports whether a collection went below another after a time.
func (g mailLog) movedSince(m postroom.ModSeq) bool {
	for _, l := range g {
		if l.moved > m {
			return true
		}
	}
	return false
}

// event is that something changed, at a time.
type event struct {
	at   postroom.ModSeq
	id   int64
	kind outcome
}

type outcome uint8

const (
	wasCreated outcome = 1 + iota
	wasUpdated
	wasDestroyed
)

// Changes are the numbers of objects that changed between two states.
type Changes struct {
	Created, Updated, Destroyed []int64
	State                       string
	// More: State is not the present one.
	More bool
}

// MaxMailChanges bounds the changes told at once when the caller does not.
const MaxMailChanges = 10_000

// cutChanges puts events in order and takes the first of them.
func cutChanges(events []event, most int, mark bookmark) (c Changes) {
	if most <= 0 {
		most = MaxMailChanges
	}
	slices.SortFunc(events, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) })
	if len(events) > most {
		last := events[most-1]
		mark.at, mark.upTo = last.at, last.id
		events, c.More = events[:most], true
	}
	for _, e := range events {
		switch e.kind {
		case wasCreated:
			c.Created = append(c.Created, e.id)
		case wasUpdated:
			c.Updated = append(c.Updated, e.id)
		case wasDestroyed:
			c.Destroyed = append(c.Destroyed, e.id)
		}
	}
	c.State = mark.String()
	return c
}
