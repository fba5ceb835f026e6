package store

import (
	"context"
	"math"

	"postroom"
	"postroom/internal/store/internal/db"
)

// seenPerUser reports whether each reader of a mailbox has their own read
// state: as it says itself, or the nearest above it that says, or its account.
func seenPerUser(tx *db.Tx, ref postroom.CollectionRef) (bool, error) {
	var each int
	err := tx.QueryRow(`SELECT COALESCE((SELECT p.seen - 1 FROM collection c JOIN collection p ON p.account_id = c.account_id
			AND p.seen <> 0 AND (p.collection_id = 1 OR p.path = c.path OR SUBSTR(c.path, 1, LENGTH(p.path) + 1) = p.path || '/')
			WHERE c.account_id = $1 AND c.collection_id = $2 ORDER BY LENGTH(p.path) DESC LIMIT 1), a.seen_per_user)
		FROM account a WHERE a.id = $1`, ref.Account, ref.Collection).Scan(&each)
	if noRow(err) {
		return false, nil
	}
	return each != 0, err
}

// eachSees is seenPerUser of a collection of the account.
func (c *change) eachSees(id postroom.CollectionID) (bool, error) {
	if c.tree != nil {
		n := c.tree.nodes[id]
		return n != nil && n.each, nil
	}
	return seenPerUser(c.tx, postroom.CollectionRef{Account: c.account, Collection: id})
}

// perUser tells for each collection of an account what seenPerUser does.
func perUser(tx *db.Tx, account postroom.AccountID) (map[postroom.CollectionID]bool, error) {
	a, err := readAccount(tx, account)
	if err != nil {
		return nil, err
	}
	all, err := readCollections(tx, account)
	return perUserOf(a, all), err
}

// perUserOf is perUser of what was read: parents come first.
func perUserOf(a postroom.Account, all []postroom.Collection) map[postroom.CollectionID]bool {
	each := make(map[postroom.CollectionID]bool, len(all))
	for _, c := range all {
		switch c.Seen {
		case postroom.SeenShared, postroom.SeenPerUser:
			each[c.Ref.Collection] = c.Seen == postroom.SeenPerUser
		default:
			if above, ok := each[c.Parent]; ok {
				each[c.Ref.Collection] = above
			} else {
				each[c.Ref.Collection] = a.SeenPerUser
			}
		}
	}
	return each
}

// reseen runs what may change whose read state the mailboxes of an account
// show, and puts the states together where each had their own and all have one
// now. The other way there is nothing to do: everybody begins with what was
// read by then.
func (c *change) reseen(do func() error) error {
	before, err := perUser(c.tx, c.account)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := c.store.bumpTree(c.tx, c.account); err != nil {
		return err
	}
	after, err := perUser(c.tx, c.account)
	if err != nil {
		return err
	}
	for id, each := range before {
		if now, is := after[id]; is && each && !now {
			if err := c.foldSeen(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// foldSeen makes one read state of those of all readers. In a person's mailbox
// the owner's counts; in a shared one a message is read once anybody has read
// it, as it would be had they always shared the state.
func (c *change) foldSeen(id postroom.CollectionID) error {
	used, err := exists(c.tx, `SELECT 1 FROM read_state WHERE account_id = $1 AND collection_id = $2 LIMIT 1`, c.account, id)
	if err != nil || !used {
		return err
	}
	a, err := readAccount(c.tx, c.account)
	if err != nil {
		return err
	}
	m, err := c.number()
	if err != nil {
		return err
	}
	const mine = `SELECT 1 FROM read_state r WHERE r.account_id = item.account_id AND r.collection_id = item.collection_id AND r.uid = item.uid`
	state, args := `CASE WHEN flags % 2 = 1 OR EXISTS (`+mine+` AND r.seen = 1) THEN 1 ELSE 0 END`, []any{c.account, id, m}
	if a.Kind == postroom.Person {
		state = `CASE WHEN EXISTS (` + mine + ` AND r.reader_id = $1 AND r.seen = 1) OR flags % 2 = 1
			AND NOT EXISTS (` + mine + ` AND r.reader_id = $1) THEN 1 ELSE 0 END`
	}
	_, err = c.tx.Exec(`UPDATE item SET modseq = $3, flags = flags - flags % 2 + `+state+`
		WHERE account_id = $1 AND collection_id = $2 AND EXISTS (`+mine+`)`, args...)
	if err != nil {
		return err
	}
	if err := c.logRun(id, uidRun{1, math.MaxUint32}); err != nil {
		return err
	}
	if _, err := c.tx.Exec(`DELETE FROM read_state WHERE account_id = $1 AND collection_id = $2`, c.account, id); err != nil {
		return err
	}
	_, err = c.tx.Exec(`UPDATE collection SET unseen = (SELECT COUNT(*) FROM item i WHERE i.account_id = collection.account_id
		AND i.collection_id = collection.collection_id AND i.flags % 2 = 0) WHERE account_id = $1 AND collection_id = $2`, c.account, id)
	if err == nil {
		_, _, err = c.touch(id, tally{})
	}
	return err
}

// SetSeen chooses whose read state a mailbox and those below it show: one for
// all, each reader's own, or as the collection above (the root: as the account
// says). Whoever may give grants on it may. What was read stays read for the
// one who read it; see foldSeen for what becomes of many states.
func (d *Directory) SetSeen(ctx context.Context, ref postroom.CollectionRef, mode postroom.SeenMode) error {
	if mode > postroom.SeenPerUser {
		return postroom.Errorf(postroom.Invalid, "invalid read state")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, _, err := c.mayGrant(tx, ref, postroom.ManageGrants); err != nil {
			return err
		}
		ch, err := d.session.store.begin(tx, ref.Account)
		if err != nil {
			return err
		}
		err = ch.reseen(func() error {
			_, err := tx.Exec(`UPDATE collection SET seen = $1 WHERE account_id = $2 AND collection_id = $3`, mode, ref.Account, ref.Collection)
			return err
		})
		if err != nil {
			return err
		}
		return d.session.record(tx, "collection.seen", ref, map[string]string{"seen": mode.String()})
	})
}
