package store

import (
	"bytes"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// removeLoose deletes the emails of rows that no item holds any more, and the
// threads that end with them.
func (c *change) removeLoose(rows []row, now time.Time) error {
	emails := make([]postroom.EmailID, len(rows))
	for i, r := range rows {
		emails[i] = r.Email
	}
	slices.Sort(emails)
	emails, err := c.looseOf(slices.Compact(emails))
	if err != nil || len(emails) == 0 {
		return err
	}
	if err := c.logEmailsGone(emails); err != nil {
		return err
	}
	if err := c.keepMessageIDs(emails, now); err != nil {
		return err
	}
	var freed int64
	var blobs [][]byte
	threads := make(map[postroom.ThreadID]bool)
	err = eachIn(c.tx, `DELETE FROM email WHERE account_id = $1 AND email_id IN (?) RETURNING blob, size, thread_id`, []any{c.account}, emails,
		func(scan func(...any) error) error {
			var id []byte
			var size int64
			var thread postroom.ThreadID
			err := scan(&id, &size, &thread)
			blobs, threads[thread] = append(blobs, id), true
			freed += size
			return err
		})
	if err != nil {
		return err
	}
	if err := c.release(blobs, now); err != nil {
		return err
	}
	if err := c.endThreads(slices.Sorted(maps.Keys(threads))); err != nil {
		return err
	}
	_, err = c.count(counters{bytes: -freed})
	return err
}

// looseOf are those of emails, in ascending order, that no item holds.
func (c *change) looseOf(emails []postroom.EmailID) ([]postroom.EmailID, error) {
	held := make(map[postroom.EmailID]bool)
	err := eachIn(c.tx, `SELECT email_id FROM item WHERE account_id = $1 AND email_id IN (?)`, []any{c.account}, emails,
		func(scan func(...any) error) error {
			var id postroom.EmailID
			err := scan(&id)
			held[id] = true
			return err
		})
	return slices.DeleteFunc(emails, func(id postroom.EmailID) bool { return held[id] }), err
}

// logEmailsGone notes of which threads emails were that are about to be deleted.
func (c *change) logEmailsGone(emails []postroom.EmailID) error {
	if _, err := c.number(); err != nil {
		return err
	}
	return execIn(c.tx, `INSERT INTO email_gone (account_id, email_id, thread_id, modseq) SELECT account_id, email_id, thread_id, $2 FROM email
		WHERE account_id = $1 AND email_id IN (?)`, []any{c.account, c.modseq}, emails)
}

// keepMessageIDs keeps the Message-IDs of emails that are about to be deleted,
// if the log speaks of the account.
func (c *change) keepMessageIDs(emails []postroom.EmailID, now time.Time) error {
	spoken, err := spokenOf(c.tx, c.account)
	if err != nil || !spoken {
		return err
	}
	return execIn(c.tx, `INSERT INTO audit_email (account_id, email_id, message_hash, org_id, removed)
		SELECT e.account_id, e.email_id, e.message_hash, a.org_id, $2 FROM email e JOIN account a ON a.id = e.account_id
		WHERE e.account_id = $1 AND e.message_hash <> 0 AND e.email_id IN (?)`, []any{c.account, now}, emails)
}

// release counts one reference less to a blob for each time that it is named.
func (c *change) release(blobs [][]byte, now time.Time) error {
	slices.SortFunc(blobs, bytes.Compare)
	byTimes := make(map[int][][]byte)
	for len(blobs) > 0 {
		n := 1
		for n < len(blobs) && bytes.Equal(blobs[n], blobs[0]) {
			n++
		}
		byTimes[n] = append(byTimes[n], blobs[0])
		blobs = blobs[n:]
	}
	for _, n := range slices.Sorted(maps.Keys(byTimes)) {
		for some := range together(byTimes[n]) {
			if err := blob.Release(c.tx, some, n, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// endThreads forgets those of threads that have no email any more, with what
// people said of them.
func (c *change) endThreads(threads []postroom.ThreadID) error {
	for _, table := range []string{"thread_ref", "note", "mention", "presence"} {
		err := execIn(c.tx, `DELETE FROM `+table+` WHERE account_id = $1 AND thread_id IN (?) AND NOT EXISTS (
			SELECT 1 FROM email e WHERE e.account_id = `+table+`.account_id AND e.thread_id = `+table+`.thread_id)`, []any{c.account}, threads)
		if err != nil {
			return err
		}
	}
	return nil
}

// together are the values of a list in pieces that one statement takes: a few,
// or emailsAtOnce, in which the last value may be several times. So there are
// few statements to prepare.
func together[T any](list []T) iter.Seq[[]T] {
	return func(yield func([]T) bool) {
		for chunk := range slices.Chunk(list, emailsAtOnce) {
			if len(chunk) > 4 { // a few need no wide list
				last := chunk[len(chunk)-1]
				for len(chunk) < emailsAtOnce {
					chunk = append(chunk, last)
				}
			}
			if !yield(chunk) {
				return
			}
		}
	}
}

// eachIn runs a query for a list, emailsAtOnce at a time: IN (?) in it stands for
// those, args are the arguments before them.
func eachIn[T any](tx *db.Tx, query string, args []any, list []T, fn func(scan func(...any) error) error) error {
	for some := range together(list) {
		query, args := inList(query, args, some)
		if err := tx.Each(query, args, fn); err != nil {
			return err
		}
	}
	return nil
}

// execIn is eachIn of a statement without an answer.
func execIn[T any](tx *db.Tx, query string, args []any, list []T) error {
	for some := range together(list) {
		query, args := inList(query, args, some)
		if _, err := tx.Exec(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// inList puts a list where a query has IN (?).
func inList[T any](query string, args []any, list []T) (string, []any) {
	places := placeholders(len(args)+1, len(list))
	args = slices.Clip(args)
	for _, one := range list {
		args = append(args, one)
	}
	return strings.Replace(query, "IN (?)", "IN ("+places+")", 1), args
}
