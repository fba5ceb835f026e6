package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Session is somebody who signed in. It can only be made with a warrant, which
// only packages under internal/store can make (see store/login, store/system).
// It is safe for concurrent use.
type Session struct {
	store   *Store
	warrant mint.Warrant
	joining sync.Once
	sitting *sitting // once joining is done
	ways    waysKnown
	// target is what Target saw last.
	target atomic.Pointer[seenTarget]
	// credential is the number of the one signed in with. It changes only
	// when this session itself replaces the password.
	credential atomic.Int64
	// ordered is for what a person ordered before, when the credential they did
	// it with may be gone: only the person counts.
	ordered bool
}

// NewSession opens a session on a warrant.
func (s *Store) NewSession(w mint.Warrant) *Session {
	if !w.Valid() {
		panic("store: a session without a warrant")
	}
	session := &Session{store: s, warrant: w}
	session.credential.Store(w.Credential)
	return session
}

// Actor is who signed in, and through what.
func (s *Session) Actor() postroom.Actor { return s.warrant.Actor }

// Home is the account this session sees as its own: its INBOX, Sent, Trash.
// With a delegated sign-in it is not the actor's account.
func (s *Session) Home() postroom.AccountID { return s.warrant.Home }

// owns reports whether an account is the actor's own: nothing is audited there.
func (s *Session) owns(account postroom.AccountID) bool { return account == s.warrant.Actor.Account }

// SeenCollection is a collection as one session sees it.
type SeenCollection struct {
	postroom.Collection
	Owner postroom.Account // address, name and kind of the account it is in
	// Rights are the session's effective rights. Without Lookup the entry is
	// only a parent of something visible and must be shown as \NonExistent.
	// Without Read its counters are zero.
	Rights      postroom.Rights
	HasChildren bool // visible children
	Subscribed  bool
	// Mount is what the person calls the share that begins here, a path in
	// their own mailbox; empty for nothing in particular. Names in IMAP do
	// not follow it.
	Mount string
}

// Collections lists every collection of kind that the session may look up, of
// its own account and of all shared with it, and the parents that are needed
// to reach them, ordered by account address (own first) and path. The root of
// an account is not listed, nor what the person has declined; both can be
// reached by name all the same.
func (s *Session) Collections(ctx context.Context, kind postroom.CollectionKind) (list []SeenCollection, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		wishes, err := s.wishes(tx)
		if err != nil {
			return err
		}
		owners, err := s.visibleAccounts(tx)
		if err != nil {
			return err
		}
		said, err := s.answers(tx)
		if err != nil {
			return err
		}
		all, err := readCollectionsOf(tx, accountIDs(owners))
		if err != nil {
			return err
		}
		for _, owner := range owners {
			seen, err := s.collectionsAmong(tx, owner, all[owner.ID], kind, said)
			if err != nil {
				return err
			}
			for i := range seen {
				wishes.apply(&seen[i], s.Home())
			}
			list = append(list, seen...)
		}
		return nil
	})
	return list, err
}

// visibleAccounts reads the home and the accounts in sight, by address.
func (s *Session) visibleAccounts(tx *db.Tx) ([]postroom.Account, error) {
	home, err := readAccount(tx, s.Home())
	if err != nil {
		return nil, err
	}
	ids, err := s.accountsInSight(tx)
	if err != nil {
		return nil, err
	}
	list, err := readAccounts(tx, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b postroom.Account) int { return strings.Compare(a.Address, b.Address) })
	return slices.Insert(list, 0, home), nil
}

func accountIDs(list []postroom.Account) []postroom.AccountID {
	ids := make([]postroom.AccountID, len(list))
	for i, a := range list {
		ids[i] = a.ID
	}
	return ids
}

// collectionsAmong lists what the session sees of one account, of which all are
// the collections, without what was declined.
func (s *Session) collectionsAmong(tx *db.Tx, owner postroom.Account, all []postroom.Collection, kind postroom.CollectionKind,
	said *answers) ([]SeenCollection, error) {
	rights, names, err := s.listedIn(tx, owner.ID, said)
	if err != nil {
		return nil, err
	}
	each := perUserOf(owner, all)
	list := seenOf(owner, all, kind, rights, names)
	for i := range list {
		if err := s.counted(tx, &list[i], list[i].Rights.Has(postroom.Lookup), each[list[i].Ref.Collection]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// seenOf lists what somebody with rights sees of an account, with all counters.
func seenOf(owner postroom.Account, all []postroom.Collection, kind postroom.CollectionKind, rights map[postroom.CollectionID]postroom.Rights,
	names map[postroom.CollectionID]string) (list []SeenCollection) {
	parents := make(map[postroom.CollectionID]postroom.CollectionID, len(all))
	for _, c := range all {
		parents[c.Ref.Collection] = c.Parent
	}
	needed := make(map[postroom.CollectionID]bool) // as a parent
	for _, c := range all {
		if c.Kind != kind || !rights[c.Ref.Collection].Has(postroom.Lookup) {
			continue
		}
		for p := c.Parent; p != 0 && !needed[p]; p = parents[p] {
			needed[p] = true
		}
	}
	for _, c := range all {
		id := c.Ref.Collection
		visible := c.Kind == kind && rights[id].Has(postroom.Lookup)
		if id == postroom.RootCollection || !visible && !needed[id] {
			continue
		}
		list = append(list, SeenCollection{Collection: c, Owner: owner, Rights: rights[id], HasChildren: needed[id], Mount: names[id]})
	}
	return list
}

// counted leaves the counters to who may read the collection, and to the console
// that acts for its owner; with each, unread is what this reader has not read, and
// the ModSeq is theirs.
func (s *Session) counted(tx *db.Tx, seen *SeenCollection, visible, each bool) error {
	if !visible || !seen.Rights.Has(postroom.Read) && !s.acting(seen.Owner.ID) {
		seen.Total, seen.Unseen, seen.Deleted, seen.Bytes, seen.ModSeq, seen.UIDNext = 0, 0, 0, 0, 0, 0
		return nil
	}
	if !each {
		return nil
	}
	var err error
	key := pictureKey{ref: seen.Ref, reader: s.Actor().Account}
	if seen.ModSeq, err = key.newest(tx, seen.ModSeq); err != nil {
		return err
	}
	return s.countUnseen(tx, true, &seen.Collection)
}

// VisibleAccounts lists the accounts of which the session may look up at
// least one collection that the person has not declined; its home comes first.
func (s *Session) VisibleAccounts(ctx context.Context) (list []postroom.Account, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		if list, err = s.visibleAccounts(tx); err != nil {
			return err
		}
		said, err := s.answers(tx)
		if err != nil || !said.declined {
			return err
		}
		kept := list[:1]
		for _, a := range list[1:] {
			v, err := s.look(tx, a.ID)
			if err != nil {
				return err
			}
			if s.listsAny(v, said) {
				kept = append(kept, a)
			}
		}
		list = kept
		return nil
	})
	return list, err
}

// AccountInReach finds an account of which the session may look up at least
// one collection, declined or not. NotFound.
func (s *Session) AccountInReach(ctx context.Context, address string) (a postroom.Account, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		if a, err = s.accountNamed(tx, address, ""); err != nil || a.ID == s.Home() {
			return err
		}
		ids, err := s.accountsInSight(tx)
		if err == nil && !slices.Contains(ids, a.ID) {
			a, err = postroom.Account{}, noSuchMailbox(address)
		}
		return err
	})
	return a, err
}

// Resolve finds a collection by the address of its account ("" = home) and its
// path ("/Inbox"; case-insensitive for the well-known ones). NotFound also
// when it may not be looked up.
func (s *Session) Resolve(ctx context.Context, account, path string) (seen SeenCollection, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		owner, err := s.accountNamed(tx, account, path)
		if err != nil {
			return err
		}
		if seen, err = s.seenAt(tx, owner, path); err != nil {
			return err
		}
		wishes, err := s.wishes(tx)
		wishes.apply(&seen, s.Home())
		return err
	})
	return seen, err
}

// seenAt finds one collection that the session may look up.
func (s *Session) seenAt(tx *db.Tx, owner postroom.Account, path string) (seen SeenCollection, err error) {
	c, err := collectionByPath(tx, owner.ID, path)
	if err != nil {
		return seen, err
	}
	if err := s.check(tx, c.Ref, postroom.Lookup, path); err != nil {
		return seen, err
	}
	v, err := s.look(tx, owner.ID)
	if err != nil {
		return seen, err
	}
	seen = SeenCollection{Collection: c, Owner: owner, Rights: s.on(v, c.Ref.Collection), HasChildren: s.seesBelow(v, c)}
	each, err := seenPerUser(tx, c.Ref)
	if err != nil || c.Ref.Collection == postroom.RootCollection {
		return seen, err
	}
	return seen, s.counted(tx, &seen, true, each)
}

// seesBelow reports whether a session may look up a collection of the same kind
// below another.
func (s *Session) seesBelow(v view, c postroom.Collection) bool {
	if v.tree == nil || c.Ref.Collection == postroom.RootCollection {
		return false
	}
	for id, n := range v.tree.nodes {
		if n.kind == c.Kind && strings.HasPrefix(n.path, c.Path+"/") && s.on(v, id).Has(postroom.Lookup) {
			return true
		}
	}
	return false
}

// accountNamed finds an account by address, "" being the home. An account that
// is not there is answered as a mailbox that is not.
func (s *Session) accountNamed(tx *db.Tx, address, path string) (postroom.Account, error) {
	id := s.Home()
	if address != "" {
		err := tx.QueryRow(`SELECT account_id FROM address WHERE address = $1`, canonicalOrSelf(address)).Scan(&id)
		if noRow(err) || err == nil && id == 0 {
			return postroom.Account{}, noSuchMailbox(address + path)
		}
		if err != nil {
			return postroom.Account{}, err
		}
	}
	return readAccount(tx, id)
}

// Mode is how a mailbox is opened.
type Mode uint8

const (
	// ReadWrite opens with all effective rights.
	ReadWrite Mode = iota
	// ReadOnly (EXAMINE) opens without any right that changes something.
	ReadOnly
	// AppendOnly opens to add messages; it needs no Read (a drop box).
	AppendOnly
)

// limit is what remains of rights in a mode.
func (m Mode) limit(r postroom.Rights) postroom.Rights {
	switch m {
	case ReadOnly:
		return r & (postroom.Lookup | postroom.Read)
	case AppendOnly:
		return r & (postroom.Lookup | postroom.Insert | postroom.Seen | postroom.Write | postroom.DeleteItems)
	}
	return r
}

// Mailbox opens a mailbox. NotFound without Lookup, Denied without Read.
func (s *Session) Mailbox(ctx context.Context, ref postroom.CollectionRef, mode Mode) (*Mailbox, error) {
	m := &Mailbox{session: s, ref: ref, mode: mode}
	need := postroom.Lookup | postroom.Read
	if mode == AppendOnly {
		need = postroom.Lookup
	}
	err := s.store.db.Read(ctx, func(tx *db.Tx) error {
		c, err := readCollection(tx, ref)
		if err != nil {
			return err
		}
		if c.Kind != postroom.MailCollection || ref.Collection == postroom.RootCollection {
			return noSuchMailbox(c.Path)
		}
		m.path = c.Path
		return s.check(tx, ref, need, c.Path)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
