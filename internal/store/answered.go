package store

import (
	"context"
	"maps"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxOriginals bounds the messages that one message is taken to answer.
const maxOriginals = 5

// answers are the Message-IDs of what a message answers or forwards.
func (out Outgoing) answers() []string {
	ids := out.InReplyTo
	if len(ids) == 0 && len(out.References) > 0 {
		ids = out.References[len(out.References)-1:]
	}
	return ids[:min(len(ids), maxOriginals)]
}

// originals finds the accounts in sight of the session that have a message
// which this one answers. Nothing of it is told to anybody: the rights are
// read again where it is marked.
func (i *Identity) originals(ctx context.Context, out Outgoing) (accounts []postroom.AccountID, err error) {
	ids := out.answers()
	if len(ids) == 0 {
		return nil, nil
	}
	err = i.session.store.db.Read(ctx, func(tx *db.Tx) error {
		accounts = nil
		seen, err := i.session.accountsInSight(tx)
		if err != nil {
			return err
		}
		for _, account := range seen {
			has, err := exists(tx, `SELECT 1 FROM email WHERE account_id = $1 AND message_hash <> 0
				AND message_hash IN ($2, $3, $4, $5, $6) LIMIT 1`, append([]any{account}, hashesOf(ids)...)...)
			if err != nil {
				return err
			}
			if has {
				accounts = append(accounts, account)
			}
		}
		return nil
	})
	return accounts, err
}

// hashesOf are the hashes of maxOriginals Message-IDs, zero for none.
func hashesOf(ids []string) []any {
	hashes := make([]any, maxOriginals)
	for n := range hashes {
		hashes[n] = int64(0)
		if n < len(ids) {
			hashes[n] = messageHash(ids[n])
		}
	}
	return hashes
}

// markOriginals sets \Answered or $Forwarded on the messages that this one
// answers, wherever they lie: in the account sent for where the person may read
// them, elsewhere where they might set the flag themselves. It returns how many
// items of the target it marked; those of other accounts are recorded there.
func (i *Identity) markOriginals(changes map[postroom.AccountID]*change, target postroom.AccountID, out Outgoing) (marked int, err error) {
	for _, account := range slices.Sorted(maps.Keys(changes)) {
		c, need := changes[account], toRead
		if account != target {
			need |= postroom.Write
		}
		n := 0
		for _, id := range out.answers() {
			some, err := i.markMessage(c, messageHash(id), need, out.Forwarded)
			if err != nil {
				return marked, err
			}
			n += some
		}
		if account == target {
			marked = n
		}
	}
	return marked, nil
}

// place is where an item lies.
type place struct {
	collection postroom.CollectionID
	uid        postroom.UID
}

func (i *Identity) markMessage(c *change, hash int64, need postroom.Rights, forwarded bool) (int, error) {
	if hash == 0 {
		return 0, nil
	}
	places, err := c.placesOf(hash)
	if err != nil {
		return 0, err
	}
	marked := 0
	for _, p := range places {
		ref := postroom.CollectionRef{Account: c.account, Collection: p.collection}
		have, err := i.session.rightsOn(c.tx, ref)
		if err != nil {
			return marked, err
		}
		if !have.Has(need) {
			continue
		}
		changed, err := c.markItem(ref, p.uid, forwarded)
		if err != nil {
			return marked, err
		}
		marked++
		if changed && need.Has(postroom.Write) { // not the account that message.send is recorded for
			uids := []postroom.UID{p.uid}
			names, err := i.session.messagesNamed(c.tx, "message.flag", ref, uids)
			if err == nil {
				err = i.session.recordMessages(c.tx, "message.flag", ref, uids, names, map[string]string{"change": answeredOr(forwarded)})
			}
			if err != nil {
				return marked, err
			}
		}
	}
	return marked, nil
}

// answeredOr words the change of a flag as FlagChange does.
func answeredOr(forwarded bool) string {
	if forwarded {
		return FlagChange{Op: AddFlags, Keywords: "$forwarded"}.String()
	}
	return FlagChange{Op: AddFlags, Flags: postroom.FlagAnswered}.String()
}

// placesOf finds the items of a message by its Message-ID. One look-up after
// the other: as a join SQLite would walk all items of the account.
func (c *change) placesOf(hash int64) (places []place, err error) {
	var emails []postroom.EmailID
	err = c.tx.Each(`SELECT email_id FROM email WHERE account_id = $1 AND message_hash = $2 AND message_hash <> 0`,
		[]any{c.account, hash}, func(scan func(...any) error) error {
			var id postroom.EmailID
			err := scan(&id)
			emails = append(emails, id)
			return err
		})
	for _, id := range emails {
		if err != nil {
			break
		}
		err = c.tx.Each(`SELECT collection_id, uid FROM item WHERE account_id = $1 AND email_id = $2`, []any{c.account, id},
			func(scan func(...any) error) error {
				var p place
				err := scan(&p.collection, &p.uid)
				places = append(places, p)
				return err
			})
	}
	return places, err
}

// markItem sets \Answered or $forwarded on one item, and tells whether that
// changed it.
func (c *change) markItem(ref postroom.CollectionRef, uid postroom.UID, forwarded bool) (bool, error) {
	rows, err := readRows(c.tx, ref, []postroom.UID{uid})
	if err != nil || len(rows) == 0 {
		return false, err
	}
	flags, words := rows[0].Flags|postroom.FlagAnswered, rows[0].Keywords
	if forwarded {
		flags = rows[0].Flags
		if words, err = changeKeywords(words, AddFlags, "$forwarded"); err != nil {
			return false, nil // so many keywords that there is no room: sending goes on
		}
	}
	if flags == rows[0].Flags && words == rows[0].Keywords {
		return false, nil
	}
	if _, _, err := c.touch(ref.Collection, tally{}); err != nil {
		return false, err
	}
	return true, c.updateItem(ref.Collection, uid, flags, words)
}
