package store

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Which items of a mailbox changed since a ModSeq is told by two things. What
// came since lies at the end: UIDs and the ModSeqs at which items came grow
// together. What changed after it came lies in ranges of UIDs that were noted
// with the change; an item has its own ModSeq, so a range may say too much.

// logChange notes that items of ascending UIDs changed, where each has the
// ModSeq of this change now. Ranges that lie in one of them are forgotten: their
// changes are older, and so there are never more than UIDs.
func (c *change) logChange(collection postroom.CollectionID, uids []postroom.UID) error {
	for _, run := range (uidRuns{}).with(uids) {
		if err := c.logRun(collection, run); err != nil {
			return err
		}
	}
	return nil
}

// logRun is logChange of one run, in which there may be UIDs of no item, or of
// one that did not change.
func (c *change) logRun(collection postroom.CollectionID, run uidRun) error {
	if run.first < run.last {
		if err := c.dropChanges(collection, run); err != nil {
			return err
		}
	}
	_, err := c.tx.Exec(`INSERT INTO item_change (account_id, collection_id, first_uid, last_uid, modseq) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (account_id, collection_id, first_uid, last_uid) DO UPDATE SET modseq = excluded.modseq`,
		c.account, collection, run.first, run.last, c.modseq)
	return err
}

// dropChanges forgets the ranges that lie in a run.
func (c *change) dropChanges(collection postroom.CollectionID, run uidRun) error {
	_, err := c.tx.Exec(`DELETE FROM item_change WHERE account_id = $1 AND collection_id = $2
		AND first_uid BETWEEN $3 AND $4 AND last_uid <= $4`, c.account, collection, run.first, run.last)
	return err
}

// maxChangedRuns is up to how many runs are looked into one by one, rather than
// all that lies between the first and the last.
const maxChangedRuns = 500

// changedRuns are runs with all items in them that changed since a ModSeq, and
// others: each query is to ask for the ModSeq too.
func changedRuns(tx *db.Tx, ref postroom.CollectionRef, since postroom.ModSeq) (uidRuns, error) {
	var ranges uidRuns
	err := tx.Each(`SELECT first_uid, last_uid FROM item_change WHERE account_id = $1 AND collection_id = $2 AND modseq > $3`,
		[]any{ref.Account, ref.Collection, since}, func(scan func(...any) error) error {
			var run uidRun
			err := scan(&run.first, &run.last)
			ranges = append(ranges, run)
			return err
		})
	if err != nil {
		return nil, err
	}
	var last postroom.UID // of what was there already
	err = tx.QueryRow(`SELECT uid FROM item WHERE account_id = $1 AND collection_id = $2 AND added <= $3
		ORDER BY uid DESC LIMIT 1`, ref.Account, ref.Collection, since).Scan(&last)
	if err != nil && !noRow(err) {
		return nil, err
	}
	runs := runsIn(append(ranges, uidRun{last + 1, math.MaxUint32}))
	if len(runs) > maxChangedRuns {
		runs = uidRuns{{runs[0].first, math.MaxUint32}}
	}
	return runs, nil
}

// runsAtOnce is how many runs one statement looks into.
const runsAtOnce = 32

// inRuns makes of a query on "item i" that ends in its conditions those that look
// only into runs, some at a time, and their arguments.
func inRuns(query string, args []any, runs uidRuns) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		next := len(args) + 1
		if len(runs) == 1 {
			yield(query+fmt.Sprintf(` AND i.uid BETWEEN $%d AND $%d`, next, next+1), append(slices.Clip(args), runs[0].first, runs[0].last))
			return
		}
		tuples := make([]string, runsAtOnce)
		for i := range tuples {
			tuples[i] = fmt.Sprintf("(CAST($%d AS bigint), CAST($%d AS bigint))", next+2*i, next+2*i+1)
		}
		many := `WITH run (first_uid, last_uid) AS (VALUES ` + strings.Join(tuples, ", ") + `) ` +
			strings.Replace(query, "FROM item i", "FROM run CROSS JOIN item i", 1) + ` AND i.uid BETWEEN run.first_uid AND run.last_uid`
		for chunk := range slices.Chunk(runs, runsAtOnce) {
			all := slices.Clone(args)
			for i := range runsAtOnce {
				run := uidRun{1, 0} // nothing
				if i < len(chunk) {
					run = chunk[i]
				}
				all = append(all, run.first, run.last)
			}
			if !yield(many, all) {
				return
			}
		}
	}
}

// runsIn makes uidRuns of runs in any order.
func runsIn(runs uidRuns) uidRuns {
	slices.SortFunc(runs, func(a, b uidRun) int { return int(int64(a.first) - int64(b.first)) })
	all := runs[:0]
	for _, run := range runs {
		all = all.add(run)
	}
	return all
}

// newestChange is a query for the ModSeq of the last change to an item of
// collection c that is still there, if no newer one is gone.
const newestChange = `SELECT MAX(m) FROM (SELECT 0 AS m
	UNION ALL SELECT MAX(l.modseq) FROM item_change l WHERE l.account_id = c.account_id AND l.collection_id = c.collection_id
	UNION ALL SELECT (SELECT i.added FROM item i WHERE i.account_id = c.account_id AND i.collection_id = c.collection_id ORDER BY i.uid DESC LIMIT 1)) newest`

// checkChanges finds items of whose last change the ranges do not tell.
func checkChanges(tx *db.Tx, faults *[]string) error {
	type noted struct {
		uidRun
		modseq postroom.ModSeq
	}
	ranges := make(map[postroom.CollectionRef][]noted)
	err := tx.Each(`SELECT account_id, collection_id, first_uid, last_uid, modseq FROM item_change
		ORDER BY account_id, collection_id, first_uid`, nil, func(scan func(...any) error) error {
		var ref postroom.CollectionRef
		var n noted
		err := scan(&ref.Account, &ref.Collection, &n.first, &n.last, &n.modseq)
		ranges[ref] = append(ranges[ref], n)
		return err
	})
	if err != nil {
		return err
	}
	var here postroom.CollectionRef
	var open []noted // begin at the UID or before it
	return tx.Each(`SELECT account_id, collection_id, uid, modseq FROM item WHERE modseq <> added
		ORDER BY account_id, collection_id, uid`, nil, func(scan func(...any) error) error {
		var ref postroom.CollectionRef
		var uid postroom.UID
		var modseq postroom.ModSeq
		if err := scan(&ref.Account, &ref.Collection, &uid, &modseq); err != nil {
			return err
		}
		if ref != here {
			here, open = ref, nil
		}
		for left := ranges[ref]; len(left) > 0 && left[0].first <= uid; left = ranges[ref] {
			open, ranges[ref] = append(open, left[0]), left[1:]
		}
		open = slices.DeleteFunc(open, func(n noted) bool { return n.last < uid })
		if len(*faults) < maxFaults && !slices.ContainsFunc(open, func(n noted) bool { return n.modseq >= modseq }) {
			*faults = append(*faults, fmt.Sprintf("the change of item %v UID %v at %v is not noted", ref, uid, modseq))
		}
		return nil
	})
}
