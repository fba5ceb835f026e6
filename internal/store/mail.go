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
	if _, _, ok := m.kept(ctx); ok {
		return m, nil
	}
	return m, m.read(ctx, func(*db.Tx, *outlook) error { return nil })
}

// Account is the number of the account.
func (m *Mail) Account() postroom.AccountID { return m.account }

// outlook is what a session may look up in one account, in one transaction.
type outlook struct {
	*ground
	owner postroom.Account
	// boxes are the mailboxes one may look up, by path, rights what one may
	// do with them.
	boxes  []postroom.Collection
	rights map[postroom.CollectionID]postroom.Rights
	// have is rights with those to what one may not look up.
	have map[postroom.CollectionID]postroom.Rights
	// names is what the person calls the shares that begin there.
	names map[postroom.CollectionID]string
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
	v, err := s.look(tx, m.account)
	if err != nil {
		return nil, err
	}
	said, err := v.moved.answers(s.store, v.who)
	if err != nil {
		return nil, err
	}
	owner, err := v.moved.principal(m.account)
	if err != nil || owner == nil {
		return nil, orError(err, errNoAccount())
	}
	g, err := s.store.grounds.read(tx, owner.account)
	if err != nil {
		return nil, err
	}
	return m.outlookOn(v, said, owner.account, g)
}

// outlookOn is the outlook from what was read.
func (m *Mail) outlookOn(v view, said *answers, owner postroom.Account, g *ground) (*outlook, error) {
	have, names := m.session.listedOn(v, said)
	seen := m.account == m.session.Home()
	for _, rights := range have {
		seen = seen || rights.Has(postroom.Lookup)
	}
	if !seen {
		return nil, errNoAccount()
	}
	r := &outlook{ground: g, owner: owner, names: names, have: have, rights: make(map[postroom.CollectionID]postroom.Rights, len(have)),
		shown: make(map[postroom.CollectionID]bool)}
	for _, c := range g.all {
		id := c.Ref.Collection
		if rights := have[id]; rights.Has(postroom.Lookup) {
			r.rights[id] = rights
			if c.Kind == postroom.MailCollection && id != postroom.RootCollection {
				r.boxes = append(r.boxes, c)
			}
		}
	}
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
