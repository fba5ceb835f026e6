package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Mail is the mail of one account email by email, as JMAP sees it: an email is
// one thing, in one or several mailboxes. Every method reads the session's
// rights anew in the transaction of the act: what may not be looked up is not
// there. It is safe for concurrent use.
type Mail struct {
	session *Session
	account postroom.AccountID
}

// Mail opens the mail of an account: of the session's home, or of one of which
// it may look up a collection that the person has not declined. NotFound.
func (s *Session) Mail(ctx context.Context, account postroom.AccountID) (*Mail, error) {
	m := &Mail{session: s, account: account}
	return m, m.read(ctx, func(*db.Tx, *outlook) error { return nil })
}

// Account is the number of the account.
func (m *Mail) Account() postroom.AccountID { return m.account }

// outlook is what a session may look up in one account, in one transaction.
type outlook struct {
	owner postroom.Account
	// boxes are the mailboxes one may look up, by path, rights what one may
	// do with them.
	boxes  []postroom.Collection
	rights map[postroom.CollectionID]postroom.Rights
	// all are the collections of the account, seen or not.
	all []postroom.Collection
	// each are the mailboxes where every reader has their own read state.
	each map[postroom.CollectionID]bool
	// parents is of all collections of the account.
	parents map[postroom.CollectionID]postroom.CollectionID
	// shown are the collections that are listed because of one below.
	shown map[postroom.CollectionID]bool
	// uniform: what one may do and sees is the same everywhere.
	uniform bool
}

func errNoAccount() error { return postroom.Errorf(postroom.NotFound, "no such account") }

// read runs fn on a snapshot.
func (m *Mail) read(ctx context.Context, fn func(*db.Tx, *outlook) error) error {
	return m.session.store.db.Read(ctx, func(tx *db.Tx) error {
		r, err := m.outlook(tx)
		if err != nil {
			return err
		}
		return fn(tx, r)
	})
}

// outlook reads what the session may look up. NotFound when that is nothing.
func (m *Mail) outlook(tx *db.Tx) (*outlook, error) {
	s := m.session
	said, err := s.answers(tx)
	if err != nil {
		return nil, err
	}
	have, _, err := s.listedIn(tx, m.account, said)
	if err != nil {
		return nil, err
	}
	seen := m.account == s.Home()
	for _, rights := range have {
		seen = seen || rights.Has(postroom.Lookup)
	}
	if !seen {
		return nil, errNoAccount()
	}
	r := &outlook{rights: make(map[postroom.CollectionID]postroom.Rights), parents: make(map[postroom.CollectionID]postroom.CollectionID)}
	if r.owner, err = readAccount(tx, m.account); err != nil {
		return nil, errNoAccount()
	}
	if r.each, err = perUser(tx, m.account); err != nil {
		return nil, err
	}
	all, err := readCollections(tx, m.account)
	if err != nil {
		return nil, err
	}
	r.all = all
	for _, c := range all {
		id := c.Ref.Collection
		r.parents[id] = c.Parent
		if rights := have[id]; rights.Has(postroom.Lookup) {
			r.rights[id] = rights
			if c.Kind == postroom.MailCollection && id != postroom.RootCollection {
				r.boxes = append(r.boxes, c)
			}
		}
	}
	r.shown = make(map[postroom.CollectionID]bool)
	for _, c := range r.boxes {
		for p := c.Parent; p != 0 && !r.shown[p]; p = r.parents[p] {
			r.shown[p] = true
		}
	}
	r.uniform = len(r.borders(postroom.AllRights)) == 0
	return r, nil
}

// reads reports whether the emails of a mailbox may be read.
func (r *outlook) reads(id postroom.CollectionID) bool { return r.rights[id].Has(toRead) }

// readable are the mailboxes whose emails may be read, by path.
func (r *outlook) readable() (list []postroom.Collection) {
	for _, c := range r.boxes {
		if r.reads(c.Ref.Collection) {
			list = append(list, c)
		}
	}
	return list
}

// fingerprint stands for the rights in mask, and for whose read state one sees:
// while it stays the same, nothing has come into sight or left it but what the
// change log tells.
func (r *outlook) fingerprint(mask postroom.Rights) uint64 {
	h := fnv.New64a()
	for _, id := range append(r.borders(mask), postroom.RootCollection) {
		_, _ = fmt.Fprintf(h, "%d %d %t ", id, r.rights[id]&mask, r.each[id]) // never fails
	}
	return h.Sum64()
}

// borders are the collections below the root with other rights, or another way
// to keep what was read, than the one above. One that is made has those of the
// one above, so that it is none.
func (r *outlook) borders(mask postroom.Rights) (ids []postroom.CollectionID) {
	for id, parent := range r.parents {
		if id != postroom.RootCollection && ((r.rights[id]^r.rights[parent])&mask != 0 || r.each[id] != r.each[parent]) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
