package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MessageQuestion names a message: by its Message-ID, or by where it is or was.
type MessageQuestion struct {
	MessageID string // with angle brackets or without
	// Account (an address), Path and UID are used when MessageID is empty.
	Account, Path string
	UID           postroom.UID
}

// MessageTrail is what the audit log knows of a message.
type MessageTrail struct {
	Places []MessagePlace
	// Records in order; Details["through"] tells through which grants.
	Records []postroom.AuditRecord
}

// MessagePlace is where a message is, or was.
type MessagePlace struct {
	Account string // address; the number of an account that is gone
	Path    string
	UID     postroom.UID
	Gone    bool // moved away or deleted
}

// maxTrail bounds the records about one message; the latest are told.
const maxTrail = 10_000

// placed is a place with what links it to others.
type placed struct {
	MessagePlace
	ref   postroom.CollectionRef
	email postroom.EmailID
	hash  int64
	org   postroom.OrgID
}

// MessageAudit answers who read, flagged, moved, deleted and sent a message,
// also when it is gone. Told is what is about accounts that the caller
// administers, owns or holds Administer on, and what the caller sent. NotFound
// when there is nothing of that.
func (d *Directory) MessageAudit(ctx context.Context, q MessageQuestion) (trail MessageTrail, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		trail = MessageTrail{}
		places, hash, err := c.placesAsked(tx, q)
		if err != nil {
			return err
		}
		var seqs []int64
		known := make(map[postroom.CollectionRef]bool)
		for _, p := range places {
			may, asked := known[p.ref]
			if !asked {
				if may, err = c.audits(tx, p.org, p.ref); err != nil {
					return err
				}
				known[p.ref] = may
			}
			if !may {
				continue
			}
			trail.Places = append(trail.Places, p.MessagePlace)
			more, err := seqsOf(tx, p.ref, p.UID)
			if err != nil {
				return err
			}
			seqs = append(seqs, more...)
		}
		if trail.Records, err = readRecords(tx, seqs); err != nil {
			return err
		}
		sent, err := c.sendings(tx, hash)
		if err != nil {
			return err
		}
		trail.Records = append(trail.Records, sent...)
		slices.SortFunc(trail.Records, func(a, b postroom.AuditRecord) int { return cmp.Compare(a.Seq, b.Seq) })
		trail.Records = trail.Records[max(0, len(trail.Records)-maxTrail):]
		if len(trail.Places) == 0 && len(trail.Records) == 0 {
			return postroom.Errorf(postroom.NotFound, "no such message")
		}
		return nil
	})
	return trail, err
}

// audits reports whether the caller may read records about a collection.
func (c *caller) audits(tx *db.Tx, org postroom.OrgID, ref postroom.CollectionRef) (bool, error) {
	if c.administers(org, postroom.ReadAudit) || c.is(ref.Account) {
		return true, nil
	}
	if c.account.Org != org {
		return false, nil
	}
	// What is said of a collection that is gone, those may read who
	// administer the whole account.
	for _, id := range []postroom.CollectionID{ref.Collection, postroom.RootCollection} {
		have, err := c.session.rightsOn(tx, postroom.CollectionRef{Account: ref.Account, Collection: id})
		if err != nil || have.Has(postroom.Administer) {
			return err == nil, err
		}
	}
	return false, nil
}

// placesAsked finds where the message of a question is and was, and the hash
// of its Message-ID.
func (c *caller) placesAsked(tx *db.Tx, q MessageQuestion) (places []placed, hash int64, err error) {
	hash = messageHash(q.MessageID)
	if hash != 0 {
		places, err = c.placesOfHash(tx, hash)
		return places, hash, err
	}
	if q.Account == "" || q.UID == 0 {
		return nil, 0, postroom.Errorf(postroom.Invalid, "name a message by its Message-ID, or by mailbox and UID")
	}
	a, err := accountNamed(tx, c, q.Account)
	if err != nil {
		return nil, 0, err
	}
	one, err := c.placeNamed(tx, a, q)
	if err != nil {
		return nil, 0, err
	}
	if one.hash != 0 {
		places, err = c.placesOfHash(tx, one.hash)
		return places, one.hash, err
	}
	places, err = placesOf(tx, a.ID, one.email)
	return places, 0, err
}

// placeNamed finds a message by UID; the mailbox may be gone.
func (c *caller) placeNamed(tx *db.Tx, a postroom.Account, q MessageQuestion) (p placed, err error) {
	box, err := collectionByPath(tx, a.ID, q.Path)
	ref := postroom.CollectionRef{Account: a.ID, Collection: postroom.RootCollection}
	if err == nil {
		ref = box.Ref
	} else if postroom.KindOf(err) != postroom.NotFound {
		return p, err
	}
	if may, err := c.audits(tx, a.Org, ref); err != nil || !may {
		return p, orError(err, errDenied())
	}
	list, err := placesNow(tx, a.ID, ` AND c.path = $2 AND i.uid = $3`, cleanPath(q.Path), q.UID)
	if err == nil && len(list) == 0 {
		list, err = placeGoneAt(tx, a.ID, q.UID, ` AND path = $4`, cleanPath(q.Path))
	}
	if ref.Collection != postroom.RootCollection && err == nil && len(list) == 0 {
		list, err = placeGoneAt(tx, a.ID, q.UID, ` AND collection_id = $4`, ref.Collection)
	}
	if err == nil && len(list) == 0 {
		err = postroom.Errorf(postroom.NotFound, "no such message")
	}
	if err != nil {
		return p, err
	}
	return list[0], nil
}

// placesOfHash finds a message by its Message-ID in the accounts that the
// caller may know of.
func (c *caller) placesOfHash(tx *db.Tx, hash int64) (places []placed, err error) {
	var accounts []postroom.AccountID
	collect := func(scan func(...any) error) error {
		var id postroom.AccountID
		err := scan(&id)
		if n := len(accounts); err == nil && (n == 0 || accounts[n-1] != id) {
			accounts = append(accounts, id)
		}
		return err
	}
	// The account comes first: the index on Message-IDs is one of each account.
	const in = `SELECT a.id FROM account a CROSS JOIN email e WHERE e.account_id = a.id AND e.message_hash = $1 AND e.message_hash <> 0`
	switch {
	case c.server():
		err = tx.Each(in, []any{hash}, collect)
	case c.administers(c.account.Org, postroom.ReadAudit):
		err = tx.Each(in+` AND a.org_id = $2`, []any{hash, c.account.Org}, collect)
	default:
		if accounts, err = c.session.accountsInSight(tx); err == nil {
			accounts = append(accounts, c.account.ID)
		}
	}
	if err != nil {
		return nil, err
	}
	emails, err := emailsGone(tx, hash)
	if err != nil {
		return nil, err
	}
	for _, id := range accounts {
		more, err := placesNow(tx, id, ` AND e.message_hash = $2 AND e.message_hash <> 0`, hash)
		if err != nil {
			return nil, err
		}
		for _, p := range more {
			if e := (emailOf{id, p.email}); !slices.Contains(emails, e) {
				emails = append(emails, e)
			}
		}
		places = append(places, more...)
	}
	for _, e := range emails {
		more, err := placesGoneOf(tx, e.account, e.email)
		if err != nil {
			return nil, err
		}
		places = append(places, more...)
	}
	return places, nil
}

// placesOf finds where an email is and was.
func placesOf(tx *db.Tx, account postroom.AccountID, email postroom.EmailID) ([]placed, error) {
	places, err := placesNow(tx, account, ` AND e.email_id = $2`, email)
	if err != nil {
		return nil, err
	}
	gone, err := placesGoneOf(tx, account, email)
	return append(places, gone...), err
}

// placesNow finds places in one account, $1, where messages are.

func placesNow(tx *db.Tx, account postroom.AccountID, where string, args ...any) (places []placed, err error) {
	err = tx.Each(`SELECT i.account_id, i.collection_id, i.uid, i.email_id, e.message_hash, a.org_id, c.path, a.address
		FROM email e JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id
		JOIN collection c ON c.account_id = i.account_id AND c.collection_id = i.collection_id
		JOIN account a ON a.id = i.account_id WHERE e.account_id = $1`+where,
		append([]any{account}, args...), func(scan func(...any) error) error {
			var p placed
			err := scan(&p.ref.Account, &p.ref.Collection, &p.UID, &p.email, &p.hash, &p.org, &p.Path, &p.Account)
			places = append(places, p)
			return err
		})
	return places, err
}

// sendings reads the records of a message that was sent, as far as the caller
// may.
func (c *caller) sendings(tx *db.Tx, hash int64) (list []postroom.AuditRecord, err error) {
	if hash == 0 {
		return nil, nil
	}
	var seqs []int64
	err = tx.Each(`SELECT seq FROM audit_sent WHERE message_hash = $1`, []any{hash}, func(scan func(...any) error) error {
		var seq int64
		err := scan(&seq)
		seqs = append(seqs, seq)
		return err
	})
	if err != nil {
		return nil, err
	}
	all, err := readRecords(tx, seqs)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		may := c.is(r.Actor.Account)
		if !may {
			ref := postroom.CollectionRef{Account: r.Target, Collection: postroom.RootCollection}
			if may, err = c.audits(tx, r.Org, ref); err != nil {
				return nil, err
			}
		}
		if may {
			list = append(list, r)
		}
	}
	return list, nil
}

// readRecords reads records by their numbers, each once; erased ones are
// passed over.
func readRecords(tx *db.Tx, seqs []int64) (list []postroom.AuditRecord, err error) {
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	for _, seq := range seqs[max(0, len(seqs)-maxTrail):] {
		r, _, err := scanAudit(tx.QueryRow(auditColumns+` WHERE seq = $1`, seq).Scan)
		if noRow(err) || err == nil && strings.TrimSpace(r.Action) == "" {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
