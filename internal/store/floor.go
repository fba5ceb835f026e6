package store

import (
	"context"
	"errors"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Memory is how much is remembered of what left the mailboxes of an account, so
// that clients which come back are told of it alone. Who was away for longer
// looks at everything once.
type Memory struct {
	// Age is for how long it is remembered.
	Age time.Duration
	// Runs bounds the runs of messages that left with one change.
	Runs int
	// Collections bounds the mailboxes that are gone.
	Collections int
}

// longMemory is what the store keeps by itself: a run of one message takes some 60
// bytes.
var longMemory = Memory{Age: 90 * 24 * time.Hour, Runs: 20_000, Collections: 1000}

// forgottenAtOnce bounds the rows that one transaction forgets; a single change is
// forgotten as a whole.
const forgottenAtOnce = 500

// errForgotten says that what left a mailbox is remembered only since later.
var errForgotten = errors.New("what left is forgotten")

// ForgetDepartures forgets of all accounts what a memory does not hold. The store
// does it every hour by itself, with its own.
func ForgetDepartures(ctx context.Context, s *Store, m Memory) error {
	for last := postroom.AccountID(0); ; {
		due, next, err := s.forgetful(ctx, last, m)
		if err != nil {
			return err
		}
		for _, one := range due {
			if err := s.forgetOf(ctx, one); err != nil {
				return err
			}
		}
		if next == 0 {
			return nil
		}
		last = next
	}
}

// forgetting is what is to be forgotten of an account: what left before a time or
// up to a ModSeq, and collections that went up to a ModSeq.
type forgetting struct {
	account                 postroom.AccountID
	before                  time.Time
	departures, collections postroom.ModSeq
}

// forgetful lists, of the accounts after one, those that remember too much; next
// is where to go on, zero at the end.
func (s *Store) forgetful(ctx context.Context, after postroom.AccountID, m Memory) (due []forgetting, next postroom.AccountID, err error) {
	const accounts = 100
	before := s.now().Add(-m.Age)
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		due, next = nil, 0
		n := 0
		err := tx.Each(`SELECT a.account_id,
			COALESCE((SELECT d.left_at FROM departure d WHERE d.account_id = a.account_id ORDER BY d.modseq LIMIT 1), $2),
			COALESCE((SELECT d.modseq FROM departure d WHERE d.account_id = a.account_id ORDER BY d.modseq DESC LIMIT 1 OFFSET $3), 0),
			COALESCE((SELECT l.gone FROM collection_log l WHERE l.account_id = a.account_id AND l.gone <> 0 ORDER BY l.gone DESC LIMIT 1 OFFSET $4), 0)
			FROM account_counter a WHERE a.account_id > $1 ORDER BY a.account_id LIMIT $5`,
			[]any{after, db.Micros(before), m.Runs, m.Collections, accounts}, func(scan func(...any) error) error {
				one := forgetting{before: before}
				var oldest int64
				err := scan(&one.account, &oldest, &one.departures, &one.collections)
				if n++; n == accounts {
					next = one.account
				}
				if oldest < db.Micros(before) || one.departures > 0 || one.collections > 0 {
					due = append(due, one)
				}
				return err
			})
		return err
	})
	return due, next, err
}

// forgetOf forgets in small steps.
func (s *Store) forgetOf(ctx context.Context, f forgetting) error {
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = s.forgetSome(tx, f)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, query := range []string{
		// An email went with its last item.
		`DELETE FROM email_gone WHERE account_id = $1 AND email_id IN (SELECT g.email_id FROM email_gone g WHERE g.account_id = $1
			AND g.modseq < COALESCE((SELECT MIN(d.modseq) FROM departure d WHERE d.account_id = $1), g.modseq + 1) LIMIT $2)`,
		// Changes of items that left are older than their leaving.
		`DELETE FROM item_change WHERE account_id = $1 AND (collection_id, first_uid, last_uid) IN (
			SELECT l.collection_id, l.first_uid, l.last_uid FROM item_change l WHERE l.account_id = $1 AND NOT EXISTS (
				SELECT 1 FROM item i WHERE i.account_id = l.account_id AND i.collection_id = l.collection_id
				AND i.uid BETWEEN l.first_uid AND l.last_uid) LIMIT $2)`,
	} {
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) error {
				if _, err := s.begin(tx, f.account); err != nil {
					return err
				}
				n, err := tx.Exec(query, f.account, forgottenAtOnce)
				more = n == forgottenAtOnce
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetSome forgets the oldest. It is a change, with a ModSeq of its own, so that
// what is kept in memory of the account is read anew; what may be seen stays as it
// is, and its states do.
func (s *Store) forgetSome(tx *db.Tx, f forgetting) (more bool, err error) {
	c, err := s.begin(tx, f.account)
	if err != nil {
		return false, err
	}
	var rows int
	var upTo postroom.ModSeq
	err = tx.Each(`SELECT modseq, left_at FROM departure WHERE account_id = $1 ORDER BY modseq LIMIT $2`, []any{f.account, forgottenAtOnce},
		func(scan func(...any) error) error {
			var at postroom.ModSeq
			var left int64
			err := scan(&at, &left)
			if at <= f.departures || left < db.Micros(f.before) {
				rows++
				upTo = at
			}
			return err
		})
	if err != nil {
		return false, err
	}
	last := max(upTo, f.collections)
	if last == 0 {
		return false, nil
	}
	if _, err := c.number(); err != nil {
		return false, err
	}
	if err := c.forgetDepartures(upTo); err != nil {
		return false, err
	}
	return rows == forgottenAtOnce, c.forgetCollections(last)
}

const raiseFloors = ` ON CONFLICT (account_id, collection_id) DO UPDATE SET
	items_floor = CASE WHEN excluded.items_floor > collection_log.items_floor THEN excluded.items_floor ELSE collection_log.items_floor END,
	tree_floor = CASE WHEN excluded.tree_floor > collection_log.tree_floor THEN excluded.tree_floor ELSE collection_log.tree_floor END`

// forgetDepartures forgets what left up to a ModSeq. Where the collection is
// forgotten, those above it know.
func (c *change) forgetDepartures(upTo postroom.ModSeq) error {
	if upTo == 0 {
		return nil
	}
	_, err := c.tx.Exec(`INSERT INTO collection_log (account_id, collection_id, items_floor)
		SELECT d.account_id, d.collection_id, MAX(d.modseq) FROM departure d WHERE d.account_id = $1 AND d.modseq <= $2
		AND (EXISTS (SELECT 1 FROM collection c WHERE c.account_id = d.account_id AND c.collection_id = d.collection_id)
			OR EXISTS (SELECT 1 FROM collection_log l WHERE l.account_id = d.account_id AND l.collection_id = d.collection_id))
		GROUP BY d.account_id, d.collection_id`+raiseFloors, c.account, upTo)
	if err != nil {
		return err
	}
	_, err = c.tx.Exec(`DELETE FROM departure WHERE account_id = $1 AND modseq <= $2`, c.account, upTo)
	return err
}

// forgetCollections forgets collections that went up to a ModSeq. What is above
// them and still there has their floors: its rights were theirs. Those below
// a collection went before it or with it.
func (c *change) forgetCollections(upTo postroom.ModSeq) error {
	log := make(mailLog)
	err := c.tx.Each(`SELECT collection_id, parent_id, gone, items_floor, tree_floor FROM collection_log WHERE account_id = $1`, []any{c.account},
		func(scan func(...any) error) error {
			var id postroom.CollectionID
			var l logged
			err := scan(&id, &l.parent, &l.gone, &l.itemsFloor, &l.treeFloor)
			log[id] = l
			return err
		})
	if err != nil {
		return err
	}
	above := make(map[postroom.CollectionID]logged)
	for id, l := range log {
		if l.gone == 0 || l.gone > upTo {
			continue
		}
		living := log.living(id)
		a := above[living]
		above[living] = logged{itemsFloor: max(a.itemsFloor, l.itemsFloor, l.gone), treeFloor: max(a.treeFloor, l.treeFloor, l.gone)}
	}
	for id, l := range above {
		_, err := c.tx.Exec(`INSERT INTO collection_log (account_id, collection_id, items_floor, tree_floor) VALUES ($1, $2, $3, $4)`+raiseFloors,
			c.account, id, l.itemsFloor, l.treeFloor)
		if err != nil {
			return err
		}
	}
	if len(above) == 0 {
		return nil
	}
	_, err = c.tx.Exec(`DELETE FROM collection_log WHERE account_id = $1 AND gone <> 0 AND gone <= $2`, c.account, upTo)
	return err
}

// itemsFloor and treeFloor are the least ModSeqs since which all is remembered of
// the emails and the mailboxes of a reader.
func (g mailLog) itemsFloor(r *outlook) (floor postroom.ModSeq) {
	for id, l := range g {
		if g.sees(r, id) {
			floor = max(floor, l.itemsFloor)
		}
	}
	return floor
}

func (g mailLog) treeFloor(r *outlook) (floor postroom.ModSeq) {
	for id, l := range g {
		if g.looks(r, id) {
			floor = max(floor, l.treeFloor)
		}
	}
	return floor
}

// readAbsent lists the UIDs of a mailbox that no item has: all that can have left
// it.
func readAbsent(tx *db.Tx, ref postroom.CollectionRef) (uids []postroom.UID, err error) {
	c, err := readCollection(tx, ref)
	if err != nil {
		return nil, err
	}
	next := postroom.UID(1)
	fill := func(upTo postroom.UID) {
		for ; next < upTo; next++ {
			uids = append(uids, next)
		}
		next = upTo + 1
	}
	err = tx.Each(`SELECT uid FROM item WHERE account_id = $1 AND collection_id = $2 ORDER BY uid`, []any{ref.Account, ref.Collection},
		func(scan func(...any) error) error {
			var uid postroom.UID
			err := scan(&uid)
			fill(uid)
			return err
		})
	if next < c.UIDNext {
		fill(c.UIDNext)
	}
	return uids, err
}
