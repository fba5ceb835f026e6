package store

import (
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// change is what one transaction does to the mail of one account: it has one
// ModSeq, and whoever watches the account is told once, after the commit.
type change struct {
	tx      *db.Tx
	store   *Store
	account postroom.AccountID
	modseq  postroom.ModSeq // zero until something changes
	tree    *tree           // what the act was decided on; nil when that is not at hand
}

// begin locks an account for a change, by the row of its counters; SQLite has
// one writer and needs no lock. Rights were shared before, and accounts are
// locked in ascending order, so that transactions cannot wait for each other in
// a ring.
func (s *Store) begin(tx *db.Tx, account postroom.AccountID) (*change, error) {
	c := &change{tx: tx, store: s, account: account}
	if tx.Dialect() == db.SQLite {
		return c, nil
	}
	_, err := tx.Exec(`SELECT 1 FROM account_counter WHERE account_id = $1 FOR UPDATE`, account)
	return c, err
}

// counters are what a change takes from the account's counters.
type counters struct {
	emails, collections int
	bytes               int64
}

// counted is the state of the counters after it.
type counted struct {
	email      postroom.EmailID      // first of those taken
	thread     postroom.ThreadID     // first of as many as emails
	collection postroom.CollectionID // first of those taken
	// used is what the account takes of its quota, limit the quota in bytes;
	// negative when there is none.
	used, limit int64
}

// full is OverQuota when more is used than the account may have.
func (a counted) full() error {
	if a.limit >= 0 && a.used > a.limit {
		return postroom.Errorf(postroom.OverQuota, "the mailbox is full")
	}
	return nil
}

// count moves the account's counters, and its ModSeq if that has not been yet.
func (c *change) count(n counters) (counted, error) {
	step := 0
	if c.modseq == 0 {
		step = 1
	}
	var a counted
	var email, thread, collection int64
	err := c.tx.QueryRow(`UPDATE account_counter SET modseq = modseq + $2, next_email = next_email + $3,
		next_thread = next_thread + $3, next_collection = next_collection + $4, used_bytes = used_bytes + $5
		WHERE account_id = $1 RETURNING modseq, next_email, next_thread, next_collection, used_bytes, COALESCE((`+quota+`account_counter.account_id), -1)`,
		c.account, step, n.emails, n.collections, n.bytes).Scan(&c.modseq, &email, &thread, &collection, &a.used, &a.limit)
	if noRow(err) {
		return a, postroom.Errorf(postroom.NotFound, "no such account")
	}
	if err != nil {
		return a, err
	}
	if step == 1 {
		c.tx.Notify(topicAccount, strconv.FormatInt(int64(c.account), 10))
	}
	a.email = postroom.EmailID(email - int64(n.emails))
	a.thread = postroom.ThreadID(thread - int64(n.emails))
	a.collection = postroom.CollectionID(collection - int64(n.collections))
	return a, nil
}

// number is the ModSeq of this change.
func (c *change) number() (postroom.ModSeq, error) {
	if c.modseq == 0 {
		if _, err := c.count(counters{}); err != nil {
			return 0, err
		}
	}
	return c.modseq, nil
}

// tally is what a change does to the counters of one collection.
type tally struct {
	uids, total, unseen, deleted int
	bytes                        int64
}

// add counts an item with these flags n times.
func (t *tally) add(flags postroom.Flags, size int64, n int) {
	t.total += n
	t.bytes += size * int64(n)
	t.reflag(flags, n)
}

// reflag counts only what the flags say.
func (t *tally) reflag(flags postroom.Flags, n int) {
	if flags&postroom.FlagSeen == 0 {
		t.unseen += n
	}
	if flags&postroom.FlagDeleted != 0 {
		t.deleted += n
	}
}

// touch moves the ModSeq and the counters of a collection; it returns the
// first of the UIDs taken and the UIDVALIDITY.
func (c *change) touch(id postroom.CollectionID, t tally) (postroom.UID, uint32, error) {
	m, err := c.number()
	if err != nil {
		return 0, 0, err
	}
	var next, validity int64
	err = c.tx.QueryRow(`UPDATE collection SET modseq = $3, uid_next = uid_next + $4, total = total + $5,
		unseen = unseen + $6, deleted = deleted + $7, bytes = bytes + $8
		WHERE account_id = $1 AND collection_id = $2 RETURNING uid_next, uidvalidity`,
		c.account, id, m, t.uids, t.total, t.unseen, t.deleted, t.bytes).Scan(&next, &validity)
	if noRow(err) {
		return 0, 0, noSuchMailbox(postroom.CollectionRef{Account: c.account, Collection: id}.String())
	}
	if err == nil && next > 1<<32-1 {
		err = postroom.Errorf(postroom.Limit, "the mailbox has no unique identifiers left")
	}
	return postroom.UID(next - int64(t.uids)), uint32(validity), err
}
