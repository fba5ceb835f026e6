package store

import (
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// sentTo tells in whose Sent mailboxes the target's policy wants the copies.
func sentTo(tx *db.Tx, target, own postroom.AccountID) ([]postroom.AccountID, error) {
	if own == target {
		return []postroom.AccountID{own}, nil
	}
	a, err := readAccount(tx, target)
	if err != nil {
		return nil, err
	}
	switch a.Sent {
	case postroom.SentSender:
		return []postroom.AccountID{own}, nil
	case postroom.SentBoth:
		return []postroom.AccountID{target, own}, nil
	case postroom.SentNone:
		return nil, nil
	}
	return []postroom.AccountID{target}, nil
}

// fileCopies files the copies in Sent that the target's policy asks for.
// mailboxes are the accounts in whose Sent a client may keep its own copy:
// target, actor, home of the session. One that it keeps later folds into the
// nearest of those filed; one it kept before it sent gives way to them.
func (i *Identity) fileCopies(tx *db.Tx, p *parsed, changes map[postroom.AccountID]*change, mailboxes []postroom.AccountID) (copies []Appended, err error) {
	accounts, err := sentTo(tx, mailboxes[0], mailboxes[1])
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	places := slices.Compact(slices.Sorted(slices.Values(mailboxes)))
	if err := i.dropEarly(p.hash, changes, places); err != nil {
		return nil, err
	}
	for _, id := range accounts {
		a, err := changes[id].fileSent(p)
		if postroom.KindOf(err) == postroom.NotFound {
			continue // an actor without a mailbox
		}
		if err != nil {
			return nil, err
		}
		copies = append(copies, a)
	}
	if len(copies) == 0 {
		return nil, nil
	}
	for _, id := range places {
		nearest := slices.IndexFunc(copies, func(a Appended) bool { return a.Mailbox.Account == id })
		if err := i.session.store.rememberSent(tx, id, p.hash, copies[max(nearest, 0)]); err != nil {
			return nil, err
		}
	}
	return copies, nil
}

// dropEarly removes from the Sent mailboxes of accounts what a client has kept
// there of this very message in the ten minutes before it sent it: the server
// files the message as it left. What the server filed stays, and so does what
// the person may not delete.
func (i *Identity) dropEarly(hash int64, changes map[postroom.AccountID]*change, accounts []postroom.AccountID) error {
	if hash == 0 {
		return nil
	}
	filed := make(map[postroom.CollectionRef][]postroom.UID)
	for _, id := range accounts {
		var a Appended
		err := changes[id].tx.QueryRow(`SELECT copy_account, copy_collection, copy_uid FROM sent_copy
			WHERE account_id = $1 AND message_hash = $2`, id, hash).Scan(&a.Mailbox.Account, &a.Mailbox.Collection, &a.UID)
		if err != nil && !noRow(err) {
			return err
		}
		filed[a.Mailbox] = append(filed[a.Mailbox], a.UID)
	}
	for _, id := range accounts {
		c := changes[id]
		box, err := collectionByRole(c.tx, id, postroom.RoleSent)
		if postroom.KindOf(err) == postroom.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		have, err := i.session.rightsOn(c.tx, box.Ref)
		if err != nil {
			return err
		}
		if !have.Has(toRead | postroom.DeleteItems | postroom.Expunge) {
			continue
		}
		if err := i.dropFrom(c, box.Ref, hash, filed[box.Ref]); err != nil {
			return err
		}
	}
	return nil
}

// dropFrom removes the young items of a message from one mailbox, but for keep.
func (i *Identity) dropFrom(c *change, ref postroom.CollectionRef, hash int64, keep []postroom.UID) error {
	places, err := c.placesOf(hash)
	if err != nil {
		return err
	}
	var uids []postroom.UID
	for _, p := range places {
		if p.collection == ref.Collection && !slices.Contains(keep, p.uid) {
			uids = append(uids, p.uid)
		}
	}
	slices.Sort(uids)
	if len(uids) == 0 {
		return nil // nil would stand for all
	}
	rows, err := readRows(c.tx, ref, uids)
	if err != nil {
		return err
	}
	since := c.store.micros(c.store.now().Add(-foldTime))
	if !i.ordered.IsZero() {
		since = min(since, c.store.micros(i.ordered)-1)
	}
	rows = slices.DeleteFunc(rows, func(r row) bool { return r.saved <= since })
	gone := uidsOf(rows)
	names, err := i.session.messagesNamed(c.tx, "message.delete", ref, gone)
	if err != nil {
		return err
	}
	err = i.session.recordMessages(c.tx, "message.delete", ref, gone, names, map[string]string{"why": "filed again as it was sent"})
	if err != nil {
		return err
	}
	return c.removeItems(ref.Collection, rows, emailsGo)
}
