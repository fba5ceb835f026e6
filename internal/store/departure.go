package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// departure is a run of items that left a collection with one change.
type departure struct {
	collection postroom.CollectionID
	modseq     postroom.ModSeq
	uidRun
	stays []departed // of each UID; none for what left before they were kept
}

// departed is what is known of an item that left: its email, and the ModSeq at
// which it had come.
type departed struct {
	email postroom.EmailID
	added postroom.ModSeq
}

// maxDepartures bounds the items of one row, which then mostly fits into a page.
const maxDepartures = 128

// logGone notes that items, in ascending UID order, are about to be removed.
func (c *change) logGone(collection postroom.CollectionID, rows []row) error {
	insert := manyRows{tx: c.tx, into: `departure (account_id, collection_id, modseq, first_uid, last_uid, stays, left_at)`}
	now := db.Micros(c.store.now())
	for run := range runsOf(rows) {
		for part := range slices.Chunk(run, maxDepartures) {
			insert.add(c.account, collection, c.modseq, part[0].UID, part[len(part)-1].UID, staysOf(part), now)
		}
	}
	return insert.done()
}

// staysOf writes what is kept of items that leave: the differences to the one
// before are small numbers.
func staysOf(rows []row) string {
	var text []byte
	var last departed
	for i, r := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(r.Email-last.email), 10)
		text = append(text, ' ')
		text = strconv.AppendInt(text, int64(r.added-last.added), 10)
		last = departed{r.Email, r.added}
	}
	return string(text)
}

// parseStays reads what staysOf wrote.
func parseStays(text string) (list []departed, err error) {
	if text == "" {
		return nil, nil
	}
	var last departed
	for one := range strings.SplitSeq(text, ",") {
		email, added, _ := strings.Cut(one, " ")
		e, err := strconv.ParseInt(email, 10, 64)
		if err != nil {
			return nil, err
		}
		a, err := strconv.ParseInt(added, 10, 64)
		if err != nil {
			return nil, err
		}
		last = departed{last.email + postroom.EmailID(e), last.added + postroom.ModSeq(a)}
		list = append(list, last)
	}
	return list, nil
}

// eachDeparture reads what left the collections of an account since a ModSeq.
func eachDeparture(tx *db.Tx, account postroom.AccountID, since postroom.ModSeq, take func(departure)) error {
	return tx.Each(`SELECT collection_id, modseq, first_uid, last_uid, stays FROM departure WHERE account_id = $1 AND modseq > $2`,
		[]any{account, since}, func(scan func(...any) error) error {
			var d departure
			var stays string
			err := scan(&d.collection, &d.modseq, &d.first, &d.last, &stays)
			if err != nil {
				return err
			}
			if d.stays, err = parseStays(stays); err == nil {
				take(d)
			}
			return err
		})
}

// readVanished lists the UIDs expunged since a ModSeq, ascending; errForgotten.
func readVanished(tx *db.Tx, ref postroom.CollectionRef, since postroom.ModSeq) (uids []postroom.UID, err error) {
	err = tx.Each(`SELECT first_uid, last_uid FROM departure WHERE account_id = $1 AND collection_id = $2 AND modseq > $3
		UNION ALL SELECT 0, 0 FROM collection_log WHERE account_id = $1 AND collection_id = $2 AND items_floor > $3
		ORDER BY first_uid`, []any{ref.Account, ref.Collection, since}, func(scan func(...any) error) error {
		var run uidRun
		err := scan(&run.first, &run.last)
		if err == nil && run.first == 0 {
			err = errForgotten
		}
		for uid := int64(run.first); uid <= int64(run.last); uid++ {
			uids = append(uids, postroom.UID(uid))
		}
		return err
	})
	return uids, err
}

// departureInvariants find what must not be of what left.
var departureInvariants = []struct{ text, query string }{
	{"expunged item %v-%v UID %v is there", `SELECT i.account_id, i.collection_id, i.uid FROM departure d JOIN item i
		ON i.account_id = d.account_id AND i.collection_id = d.collection_id AND i.uid BETWEEN d.first_uid AND d.last_uid`},
	{"change log of %v-%v is ahead of its account", `SELECT d.account_id, d.collection_id FROM departure d LEFT JOIN account_counter a
		ON a.account_id = d.account_id WHERE a.account_id IS NULL OR d.modseq > a.modseq`},
	{"items left %v-%v twice, from UID %v on", `SELECT o.account_id, o.collection_id, o.first_uid FROM (
		SELECT account_id, collection_id, first_uid, MAX(last_uid) OVER (PARTITION BY account_id, collection_id ORDER BY first_uid, modseq
			ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM departure) o WHERE o.before >= o.first_uid`},
	{"the run of items that left %v-%v from UID %v on ends before it", `SELECT account_id, collection_id, first_uid FROM departure WHERE last_uid < first_uid`},
	{"email %v-%v, which is gone, is there", `SELECT g.account_id, g.email_id FROM email_gone g
		JOIN email e ON e.account_id = g.account_id AND e.email_id = g.email_id`},
	{"email %v-%v, which is gone, was of no account", `SELECT account_id, email_id FROM email_gone WHERE account_id NOT IN (SELECT id FROM account)`},
}

// checkDepartures finds items that left of which too little is known.
func checkDepartures(tx *db.Tx, faults *[]string) error {
	return tx.Each(`SELECT account_id, collection_id, first_uid, last_uid, stays FROM departure WHERE stays <> ''`, nil,
		func(scan func(...any) error) error {
			var ref postroom.CollectionRef
			var run uidRun
			var text string
			if err := scan(&ref.Account, &ref.Collection, &run.first, &run.last, &text); err != nil {
				return err
			}
			stays, err := parseStays(text)
			if (err != nil || len(stays) != int(run.last)-int(run.first)+1) && len(*faults) < maxFaults {
				*faults = append(*faults, fmt.Sprintf("what is known of items that left %v from UID %v on is not of each", ref, run.first))
			}
			return nil
		})
}

// manyRows puts rows into a table, many with one statement.
type manyRows struct {
	tx    *db.Tx
	into  string // the table and its columns
	width int
	args  []any
	err   error
}

// insertedAtOnce is how many rows go into one statement.
const insertedAtOnce = 50

// add takes the values of a row.
func (m *manyRows) add(values ...any) {
	m.width = len(values)
	if m.args = append(m.args, values...); len(m.args) == insertedAtOnce*m.width {
		m.write(insertedAtOnce)
	}
}

// done writes what is left and returns the first error.
func (m *manyRows) done() error {
	for len(m.args) > 0 && m.err == nil {
		m.write(1)
	}
	return m.err
}

// write writes the first n rows.
func (m *manyRows) write(n int) {
	if m.err != nil {
		return
	}
	tuples := make([]string, n)
	for i := range tuples {
		tuples[i] = "(" + placeholders(1+i*m.width, m.width) + ")"
	}
	_, m.err = m.tx.Exec(`INSERT INTO `+m.into+` VALUES `+strings.Join(tuples, ", "), m.args[:n*m.width]...)
	m.args = m.args[n*m.width:]
}
