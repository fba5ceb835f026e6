package store

import (
	"slices"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// actingRights is what the console has while it acts for an account: the
// collections and their grants, never what is in them.
const actingRights = postroom.Lookup | postroom.CreateChild | postroom.DeleteCollection | postroom.Administer

// acting reports whether the session is the console acting for its home.
func (s *Session) acting(account postroom.AccountID) bool {
	return s.warrant.Purpose == mint.Console && account != 0 && account == s.warrant.Home
}

// view is a session's actor before one account's collections.
type view struct {
	who   *principal
	tree  *tree
	moved moment
}

// look reads who the actor is and the tree of an account, as of tx. Both may
// be nil. In a transaction that writes it keeps rights from changing first, so
// that what is decided still holds at the commit.
func (s *Session) look(tx *db.Tx, account postroom.AccountID) (v view, err error) {
	if !tx.ReadOnly() {
		if err := tx.ShareRights(); err != nil {
			return v, err
		}
	}
	m, epoch, err := s.store.facts.now(tx, account)
	if err != nil {
		return v, err
	}
	v.moved = m
	if v.who, err = m.principal(s.warrant.Actor.Account); err != nil {
		return v, err
	}
	v.tree, err = m.tree(account, epoch)
	return v, err
}

// on decides about one collection of the view.
func (s *Session) on(v view, id postroom.CollectionID) postroom.Rights {
	if v.tree == nil {
		return postroom.NoRights
	}
	n := v.tree.nodes[id]
	if n == nil {
		return postroom.NoRights
	}
	if s.acting(v.tree.owner.Account) {
		return actingRights
	}
	if s.warrant.Purpose != mint.Person || !s.lives(v.who) {
		return postroom.NoRights
	}
	return rights.Effective(v.who.subject, v.tree.owner, n.chain, s.store.now()) & s.warrant.Mask
}

// rightsOn computes the session's effective rights on one collection inside
// tx: grants, less the credential's mask. The owner's session has all of them.
func (s *Session) rightsOn(tx *db.Tx, ref postroom.CollectionRef) (postroom.Rights, error) {
	v, err := s.look(tx, ref.Account)
	if err != nil {
		return postroom.NoRights, err
	}
	return s.on(v, ref.Collection), nil
}

// rightsIn computes them for every collection of an account at once. The map
// has only collections with some right.
func (s *Session) rightsIn(tx *db.Tx, account postroom.AccountID) (map[postroom.CollectionID]postroom.Rights, error) {
	v, err := s.look(tx, account)
	if err != nil || v.tree == nil {
		return nil, err
	}
	return s.onAll(v), nil
}

// onAll decides about every collection of the view.
func (s *Session) onAll(v view) map[postroom.CollectionID]postroom.Rights {
	if v.tree == nil {
		return nil
	}
	all := make(map[postroom.CollectionID]postroom.Rights, len(v.tree.nodes))
	for id := range v.tree.nodes {
		if r := s.on(v, id); r != postroom.NoRights {
			all[id] = r
		}
	}
	return all
}

// accountsInSight lists the accounts of which the session may look up at least
// one collection, without its home, in ascending order.
func (s *Session) accountsInSight(tx *db.Tx) ([]postroom.AccountID, error) {
	v, err := s.look(tx, 0)
	if err != nil || v.who == nil {
		return nil, err
	}
	candidates, err := v.moved.sight(v.who)
	if err != nil {
		return nil, err
	}
	if err := glanceAt(tx, append(slices.Clone(candidates), s.warrant.Home)); err != nil {
		return nil, err
	}
	var seen []postroom.AccountID
	for _, id := range candidates {
		if id == s.warrant.Home || id == s.warrant.Actor.Account {
			continue
		}
		visible, err := s.seesAny(tx, id)
		if err != nil {
			return nil, err
		}
		if visible {
			seen = append(seen, id)
		}
	}
	return seen, nil
}

// seesAny reports whether the session may look up a collection of an account.
func (s *Session) seesAny(tx *db.Tx, account postroom.AccountID) (bool, error) {
	v, err := s.look(tx, account)
	if err != nil || v.tree == nil {
		return false, err
	}
	if s.on(v, postroom.RootCollection).Has(postroom.Lookup) {
		return true, nil
	}
	for id := range v.tree.nodes {
		if s.on(v, id).Has(postroom.Lookup) {
			return true, nil
		}
	}
	return false, nil
}

// sight returns the accounts of the organisation on which one of somebody's
// identities has a grant, expired or not.
func (m moment) sight(p *principal) ([]postroom.AccountID, error) {
	if m.usable {
		m.facts.mu.RLock()
		kept, ok := m.facts.sights[p.account.ID]
		fresh := ok && kept.epoch >= m.facts.grants
		m.facts.mu.RUnlock()
		if fresh {
			return kept.accounts, nil
		}
	}
	var accounts []postroom.AccountID
	for _, g := range p.subject.Identities() {
		err := m.tx.Each(`SELECT DISTINCT g.account_id FROM access_grant g JOIN account a ON a.id = g.account_id
			WHERE g.grantee_kind = $1 AND g.grantee_id = $2 AND a.org_id = $3`,
			[]any{g.Kind, g.ID, p.account.Org}, func(scan func(...any) error) error {
				var id postroom.AccountID
				if err := scan(&id); err != nil {
					return err
				}
				accounts = append(accounts, id)
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	m.keep(func(f *facts) {
		if len(f.sights) >= maxFacts {
			clear(f.sights)
		}
		f.sights[p.account.ID] = sight{m.epoch, accounts}
	})
	return accounts, nil
}

// check answers nil when the session holds need on ref, else Denied or, when
// it may not look the collection up, NotFound. name is how the caller spelled
// the collection, for the error's text.
func (s *Session) check(tx *db.Tx, ref postroom.CollectionRef, need postroom.Rights, name string) error {
	v, err := s.look(tx, ref.Account)
	if err != nil {
		return err
	}
	have := s.on(v, ref.Collection)
	switch {
	case have.Has(need):
		return nil
	case s.acting(ref.Account) && need.Any(postroom.CreateChild) && have != 0:
		// To make a collection one must be able to read its parent; the
		// console reads nothing, and makes it all the same.
		return nil
	case have.Has(postroom.Lookup):
		return postroom.Errorf(postroom.Denied, "permission denied: %s", printable(name))
	}
	return noSuchMailbox(name)
}

// noSuchMailbox is the one answer for what is not there and for what may not be
// looked up.
func noSuchMailbox(name string) error {
	return postroom.Errorf(postroom.NotFound, "no such mailbox: %s", printable(name))
}

// readTree reads the collections of an account with the grants on them.
func readTree(tx *db.Tx, account postroom.AccountID, epoch int64) (*tree, error) {
	t := &tree{epoch: epoch, nodes: make(map[postroom.CollectionID]*node), byPath: make(map[string]postroom.CollectionID)}
	var each bool
	t.owner.Account = account
	err := tx.QueryRow(`SELECT org_id, address, seen_per_user FROM account WHERE id = $1`, account).Scan(&t.owner.Org, &t.address, &each)
	if noRow(err) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT collection_id, parent_id, kind, role, path, inherit, seen FROM collection WHERE account_id = $1`, []any{account},
		func(scan func(...any) error) error {
			n := &node{}
			if err := scan(&n.id, &n.parent, &n.kind, &n.role, &n.path, &n.inherit, &n.seen); err != nil {
				return err
			}
			t.nodes[n.id], t.byPath[n.path] = n, n.id
			return nil
		})
	if err != nil {
		return nil, err
	}
	grants := make(map[postroom.CollectionID][]postroom.Grant)
	err = eachGrant(tx, `WHERE account_id = $1`, []any{account}, func(g postroom.Grant) {
		grants[g.Target.Collection] = append(grants[g.Target.Collection], g)
	})
	if err != nil {
		return nil, err
	}
	for id, list := range grants {
		if n := t.nodes[id]; n != nil {
			n.acl = rights.NewACL(list)
		}
	}
	for _, n := range t.nodes {
		t.climb(n)
		n.each = t.seenPerUser(n, each)
	}
	return t, nil
}

// climb fills in the way from a collection to the root. In a damaged tree (an
// absent parent, a cycle) there is none, and nobody but the owner has rights.
func (t *tree) climb(n *node) {
	for at := n; at != nil && len(n.chain) <= len(t.nodes); at = t.nodes[at.parent] {
		n.chain = append(n.chain, rights.Level{ACL: at.acl, Inherit: at.inherit})
		if at.id == postroom.RootCollection {
			return
		}
	}
	n.chain = nil
}

// seenPerUser tells what the function of this name does, of a collection of an
// account that says otherwise.
func (t *tree) seenPerUser(n *node, otherwise bool) bool {
	for at := n; len(n.chain) > 0 && at != nil; at = t.nodes[at.parent] {
		if at.seen != postroom.SeenInherits {
			return at.seen == postroom.SeenPerUser
		}
		if at.id == postroom.RootCollection {
			break
		}
	}
	return otherwise
}

// paths are those of the collections of a node's chain.
func (t *tree) paths(n *node) []string {
	var paths []string
	for at := n; at != nil && len(paths) < len(n.chain); at = t.nodes[at.parent] {
		paths = append(paths, at.path)
	}
	return paths
}

// rightsChanged must be called in every transaction that changes what somebody
// may do in an organisation. It moves the epoch and wakes those who watch.
func (s *Store) rightsChanged(tx *db.Tx, org postroom.OrgID) error {
	return s.changed(tx, changedGroups, int64(org))
}

// changed is rightsChanged for a change of which it is known what it touches.
// An account that is other than before may belong to other groups.
func (s *Store) changed(tx *db.Tx, kind changeKind, subject int64) error {
	if kind == changedAccount {
		if err := s.refilter(tx, mover{}, postroom.AccountID(subject)); err != nil {
			return err
		}
	}
	if err := s.advance(tx, kind, subject); err != nil {
		return err
	}
	if kind == changedGrants {
		if err := s.bumpTree(tx, postroom.AccountID(subject)); err != nil {
			return err
		}
	}
	if err := s.pruneAnswers(tx, kind, subject); err != nil {
		return err
	}
	return s.wakeRights(tx, kind, subject)
}

// advance moves the epoch and tells the log why. By itself it is enough where
// nobody loses anything and nobody else gains.
func (s *Store) advance(tx *db.Tx, kind changeKind, subject int64) error {
	var epoch int64
	err := tx.QueryRow(`UPDATE rights_epoch SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch`).Scan(&epoch)
	if err != nil {
		return err
	}
	if _, err = tx.Exec(`INSERT INTO rights_change (epoch, kind, subject) VALUES ($1, $2, $3)`, epoch, kind, subject); err != nil {
		return err
	}
	s.facts.turn(tx)
	if epoch%100 == 0 {
		_, err = tx.Exec(`DELETE FROM rights_change WHERE epoch < $1`, epoch-maxChangesKept)
	}
	return err
}

// bumpTree must be called in every transaction that makes, renames, moves or
// deletes a collection of an account, or changes its Inherit.
func (s *Store) bumpTree(tx *db.Tx, account postroom.AccountID) error {
	_, err := tx.Exec(`UPDATE account SET tree_epoch = tree_epoch + 1 WHERE id = $1`, account)
	s.facts.turn(tx)
	return err
}

// dropGrants removes the grants on a collection that is deleted.
func (s *Store) dropGrants(tx *db.Tx, ref postroom.CollectionRef) error {
	n, err := tx.Exec(`DELETE FROM access_grant WHERE account_id = $1 AND collection_id = $2`, ref.Account, ref.Collection)
	if err != nil || n == 0 {
		return err
	}
	return s.changed(tx, changedGrants, int64(ref.Account))
}
