package store

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// row is an item as it is stored.
type row struct {
	postroom.ItemMeta
	size            int64
	received, saved int64
	added           postroom.ModSeq // at which it came
}

const rowColumns = `SELECT uid, flags, modseq, email_id, keywords, size, received, saved, added FROM item
	WHERE account_id = $1 AND collection_id = $2`

func scanRow(scan func(...any) error) (r row, err error) {
	err = scan(&r.UID, &r.Flags, &r.ModSeq, &r.Email, &r.Keywords, &r.size, &r.received, &r.saved, &r.added)
	return r, err
}

// fewUIDs is up to how many items are looked up one by one rather than by a
// walk over their range.
const fewUIDs = 32

// readRows reads the items named, in ascending UID order; unknown UIDs are
// passed over. uids must be ascending. nil stands for all.
func readRows(tx *db.Tx, ref postroom.CollectionRef, uids []postroom.UID) (list []row, err error) {
	take := func(scan func(...any) error) error {
		r, err := scanRow(scan)
		list = append(list, r)
		return err
	}
	switch {
	case uids == nil:
		err = tx.Each(rowColumns+` ORDER BY uid`, []any{ref.Account, ref.Collection}, take)
	case len(uids) <= fewUIDs:
		for _, uid := range uids {
			err := tx.Each(rowColumns+` AND uid = $3`, []any{ref.Account, ref.Collection, uid}, take)
			if err != nil {
				return nil, err
			}
		}
	default:
		err = tx.Each(rowColumns+` AND uid BETWEEN $3 AND $4 ORDER BY uid`,
			[]any{ref.Account, ref.Collection, uids[0], uids[len(uids)-1]}, take)
		list = slices.DeleteFunc(list, func(r row) bool { return !has(uids, r.UID) })
	}
	return list, err
}

func has(uids []postroom.UID, uid postroom.UID) bool {
	_, ok := slices.BinarySearch(uids, uid)
	return ok
}

// ascending returns uids sorted and without doubles; never nil.
func ascending(uids []postroom.UID) []postroom.UID {
	sorted := append([]postroom.UID{}, uids...)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

// uidSet writes UIDs as IMAP does: "1:5,9". uids must be ascending.
func uidSet(uids []postroom.UID) string {
	var b strings.Builder
	for i := 0; i < len(uids); {
		j := i
		for j+1 < len(uids) && uids[j+1] == uids[j]+1 {
			j++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(uint64(uids[i]), 10))
		if j > i {
			b.WriteByte(':')
			b.WriteString(strconv.FormatUint(uint64(uids[j]), 10))
		}
		i = j + 1
	}
	return b.String()
}

// insertItem puts an item into a collection whose counters were touched.
func (c *change) insertItem(collection postroom.CollectionID, r row) error {
	_, err := c.tx.Exec(`INSERT INTO item (account_id, collection_id, uid, email_id, flags, modseq, keywords, size,
		received, saved, added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $6)`, c.account, collection, r.UID, r.Email,
		r.Flags, c.modseq, r.Keywords, r.size, r.received, r.saved)
	return err
}

// removeItems takes items out of a collection and writes them to the change
// log. Emails without any item left are deleted with them, unless keep is set:
// then they are being moved.
func (c *change) removeItems(collection postroom.CollectionID, rows []row, keep emailFate) error {
	if len(rows) == 0 {
		return nil
	}
	var t tally
	for _, r := range rows {
		t.add(r.Flags, r.size, -1)
	}
	if _, _, err := c.touch(collection, t); err != nil {
		return err
	}
	now := c.store.now()
	if err := c.keepPlaces(collection, rows, now); err != nil {
		return err
	}
	if err := c.logGone(collection, rows); err != nil {
		return err
	}
	each, err := seenPerUser(c.tx, postroom.CollectionRef{Account: c.account, Collection: collection})
	if err != nil {
		return err
	}
	for run := range runsOf(rows) {
		first, last := run[0].UID, run[len(run)-1].UID
		_, err := c.tx.Exec(`DELETE FROM item WHERE account_id = $1 AND collection_id = $2 AND uid BETWEEN $3 AND $4`,
			c.account, collection, first, last)
		if err == nil {
			err = c.dropChanges(collection, uidRun{first, last})
		}
		if err == nil && each {
			_, err = c.tx.Exec(`DELETE FROM read_state WHERE account_id = $1 AND collection_id = $2 AND uid BETWEEN $3 AND $4`,
				c.account, collection, first, last)
		}
		if err != nil {
			return err
		}
	}
	if keep == emailsStay {
		return nil
	}
	return c.removeLoose(rows, now)
}

// runsOf are rows in pieces of which the UIDs follow one another without a gap,
// so that each piece can be named by its ends.
func runsOf(rows []row) iter.Seq[[]row] {
	return func(yield func([]row) bool) {
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && rows[n].UID == rows[n-1].UID+1 {
				n++
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

// emailFate says what becomes of emails whose items are removed.
type emailFate uint8

const (
	emailsGo emailFate = iota
	emailsStay
)
