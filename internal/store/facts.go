package store

import (
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// facts keeps in memory what decisions stand on: who somebody is, and which
// grants an account's collections carry. Every transaction reads the epoch
// first, and with it the log of what changed since: only that is forgotten.
//
// What a transaction sees that may still be rolled back never gets in: entries
// come from snapshots, or after the commit of the transaction that read them.
type facts struct {
	mu         sync.RWMutex
	epoch      int64
	grants     int64 // epoch of the last change to any grant
	principals map[postroom.AccountID]*principal
	trees      map[postroom.AccountID]*tree
	sights     map[postroom.AccountID]sight
	answers    map[postroom.AccountID]said
	// turns counts the changes of an epoch on this node, of the rights or of a
	// tree, before they are acknowledged.
	turns atomic.Uint64
}

// turn has a change of an epoch counted once it is committed.
func (f *facts) turn(tx *db.Tx) { tx.AfterCommit(func() { f.turns.Add(1) }) }

// maxFacts bounds each map: one that is full is emptied. An entry takes about
// 1 KB; a tree with hundreds of collections some ten times that.
const maxFacts = 20_000

// principal is an account as the one who acts. It is immutable.
type principal struct {
	account postroom.Account
	subject *rights.Subject
	// credentials are those the account can sign in with, features what the
	// plan includes.
	credentials keyring
	features    postroom.Features
}

// maySignIn is asked at every act, not only at the door: whoever was locked,
// disabled or deleted, or whose login was switched off, has nothing any more,
// not even their own mail through a session still open.
func (p *principal) maySignIn() bool {
	return p != nil && p.account.State == postroom.Active && p.account.Login
}

// lives reports whether the session of a person may still do anything: it ends
// with the credential it was opened with.
func (s *Session) lives(p *principal) bool {
	if s.ordered {
		return p.maySignIn()
	}
	return p.maySignIn() && p.credentials.has(s.credential.Load(), s.store.now()) && p.included(s.warrant.Actor.Protocol, s.credential.Load())
}

// tree is the collections of one account with their grants. It is immutable.
type tree struct {
	epoch   int64
	owner   rights.Owner
	address string
	nodes   map[postroom.CollectionID]*node
	byPath  map[string]postroom.CollectionID
}

type node struct {
	id, parent postroom.CollectionID
	kind       postroom.CollectionKind
	inherit    bool
	path       string
	acl        *rights.ACL
	chain      []rights.Level
	seen       postroom.SeenMode
	each       bool // seenPerUser
	role       postroom.Role
}

// sight is the accounts with a grant for one of somebody's identities.
type sight struct {
	epoch    int64
	accounts []postroom.AccountID
}

// changeKind says what the log of changes speaks of.
type changeKind int64

const (
	// changedAccount: state, plan, administration or direct membership of an
	// account; subject is its id.
	changedAccount changeKind = 1 + iota
	// changedGroups: how groups are nested, or which there are; subject is the
	// organisation.
	changedGroups
	// changedGrants: grants on an account; subject is its id.
	changedGrants
	// addedCredential: an account can sign in with one more; subject is its id.
	addedCredential
)

type rightsChange struct {
	epoch   int64
	kind    changeKind
	subject int64
}

// maxChangesKept is how many epochs the log goes back; who is further behind
// forgets everything.
const maxChangesKept = 1000

func newFacts() *facts {
	f := &facts{}
	f.reset(0)
	return f
}

func (f *facts) reset(epoch int64) {
	f.epoch, f.grants = epoch, epoch
	f.principals = make(map[postroom.AccountID]*principal)
	f.trees = make(map[postroom.AccountID]*tree)
	f.sights = make(map[postroom.AccountID]sight)
	f.answers = make(map[postroom.AccountID]said)
}

// latest is the epoch of what is kept.
func (f *facts) latest() int64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.epoch
}

// moment is what a transaction knows of the state of the facts.
type moment struct {
	facts *facts
	tx    *db.Tx
	epoch int64
	// usable: the kept entries hold for this transaction.
	usable bool
}

// now reads the epoch, and that of one account's tree, and catches up.
func (f *facts) now(tx *db.Tx, account postroom.AccountID) (m moment, treeEpoch int64, err error) {
	g := glanceOf(tx)
	if m, treeEpoch, ok := g.at(f, tx, account); ok {
		return m, treeEpoch, nil
	}
	m, st, err := f.read(tx, account)
	if err == nil {
		g.note(m, account, st)
	}
	return m, st.tree, err
}

// read is now without what the snapshot knows already.
func (f *facts) read(tx *db.Tx, account postroom.AccountID) (m moment, st stamp, err error) {
	err = tx.QueryRow(`SELECT (SELECT epoch FROM rights_epoch WHERE id = 1),
		COALESCE((SELECT tree_epoch FROM account WHERE id = $1), 0),
		COALESCE((SELECT modseq FROM account_counter WHERE account_id = $1), 0)`, account).Scan(&m.epoch, &st.tree, &st.modseq)
	if err != nil {
		return m, st, err
	}
	m.facts, m.tx = f, tx
	if tx.Past() {
		return m, st, nil
	}
	f.mu.RLock()
	kept := f.epoch
	f.mu.RUnlock()
	if m.epoch <= kept {
		// A snapshot older than what is kept gets the newer decision.
		m.usable = true
		return m, st, nil
	}
	changes, complete, err := readChanges(tx, kept, m.epoch)
	if err != nil {
		return m, st, err
	}
	apply := func() { f.apply(kept, m.epoch, changes, complete) }
	if tx.ReadOnly() {
		apply()
		m.usable = true
	} else {
		tx.AfterCommit(apply)
	}
	return m, st, nil
}

// readChanges reads the log after an epoch; complete is false when it does not
// go back that far.
func readChanges(tx *db.Tx, after, to int64) (changes []rightsChange, complete bool, err error) {
	if after == 0 || to-after > maxChangesKept {
		return nil, false, nil
	}
	epochs, last := int64(0), after
	err = tx.Each(`SELECT epoch, kind, subject FROM rights_change WHERE epoch > $1 AND epoch <= $2 ORDER BY epoch`,
		[]any{after, to}, func(scan func(...any) error) error {
			var c rightsChange
			if err := scan(&c.epoch, &c.kind, &c.subject); err != nil {
				return err
			}
			if c.epoch != last {
				epochs, last = epochs+1, c.epoch
			}
			changes = append(changes, c)
			return nil
		})
	return changes, epochs == to-after, err
}

func (f *facts) apply(from, to int64, changes []rightsChange, complete bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.epoch != from {
		return // somebody else was faster; the next transaction catches up
	}
	if !complete {
		f.reset(to)
		return
	}
	f.epoch = to
	for _, c := range changes {
		switch c.kind {
		case changedAccount:
			delete(f.principals, postroom.AccountID(c.subject))
			delete(f.sights, postroom.AccountID(c.subject))
		case addedCredential:
			delete(f.principals, postroom.AccountID(c.subject))
		case changedGrants:
			f.grants = to
		default:
			for id, p := range f.principals {
				if p.account.Org == postroom.OrgID(c.subject) {
					delete(f.principals, id)
					delete(f.sights, id)
				}
			}
		}
	}
}

// keep runs put, which adds an entry, now or after the commit, unless the
// facts have moved on.
func (m moment) keep(put func(*facts)) {
	if m.tx.Past() {
		return
	}
	store := func() {
		m.facts.mu.Lock()
		defer m.facts.mu.Unlock()
		if m.facts.epoch == m.epoch {
			put(m.facts)
		}
	}
	if m.tx.ReadOnly() {
		store()
	} else {
		m.tx.AfterCommit(store)
	}
}

// principal returns an account as an actor, nil when there is none.
func (m moment) principal(id postroom.AccountID) (*principal, error) {
	if id == 0 {
		return nil, nil
	}
	if m.usable {
		m.facts.mu.RLock()
		p := m.facts.principals[id]
		m.facts.mu.RUnlock()
		if p != nil {
			return p, nil
		}
	}
	p, err := m.read(id)
	if err != nil || p == nil {
		return nil, err
	}
	m.keep(func(f *facts) {
		if len(f.principals) >= maxFacts {
			clear(f.principals)
		}
		f.principals[id] = p
	})
	return p, nil
}

// read makes a principal from the database; nil when there is no such account.
func (m moment) read(id postroom.AccountID) (*principal, error) {
	account, err := readAccount(m.tx, id)
	if postroom.KindOf(err) == postroom.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	groups, err := groupsAbove(m.tx, postroom.Member{Account: id})
	if err != nil {
		return nil, err
	}
	p := &principal{account: account, subject: rights.NewSubject(&account, groups)}
	if p.credentials, err = credentialsOf(m.tx, id); err != nil {
		return nil, err
	}
	plan, err := planOfAccount(m.tx, id)
	p.features = plan.Features
	return p, err
}

// tree returns the collections of an account, nil when there is none. epoch is
// that of the tree.
func (m moment) tree(account postroom.AccountID, epoch int64) (*tree, error) {
	if epoch == 0 {
		return nil, nil
	}
	m.facts.mu.RLock()
	t := m.facts.trees[account]
	m.facts.mu.RUnlock()
	// Tree epochs count each account's own changes. One is only ever kept
	// from what was committed, so equal means the same.
	if t != nil && t.epoch == epoch && m.usable {
		return t, nil
	}
	t, err := readTree(m.tx, account, epoch)
	if err != nil {
		return nil, err
	}
	m.keep(func(f *facts) {
		if old := f.trees[account]; old != nil && old.epoch > epoch {
			return
		}
		if len(f.trees) >= maxFacts {
			clear(f.trees)
		}
		f.trees[account] = t
	})
	return t, nil
}

// groupsAbove finds every group that holds a member, nested or not, in
// ascending order. UNION passes each group once, so cycles do no harm.
func groupsAbove(tx *db.Tx, member postroom.Member) (all []postroom.GroupID, err error) {
	const above = ` UNION SELECT m.group_id FROM up JOIN group_member m ON m.member_group = up.id WHERE m.member_group <> 0)
		SELECT id FROM up ORDER BY id`
	query, id := `WITH RECURSIVE up(id) AS (SELECT group_id FROM group_member WHERE member_group <> 0 AND member_group = $1`+above,
		int64(member.Group)
	if member.Account != 0 {
		query, id = `WITH RECURSIVE up(id) AS (SELECT group_id FROM group_member WHERE account_id <> 0 AND account_id = $1`+above,
			int64(member.Account)
	}
	err = tx.Each(query, []any{id}, func(scan func(...any) error) error {
		var g postroom.GroupID
		err := scan(&g)
		all = append(all, g)
		return err
	})
	return all, err
}

// noRow tells the absence of a row from other errors.
func noRow(err error) bool { return errors.Is(err, sql.ErrNoRows) }
