package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// People are told in JMAP what changes in what is shared with them (RFC 9670
// §3). Whoever is about to change it says so first; what those concerned could do
// is compared with what they can do when everything else of the transaction is
// done. So all of it counts, however it came, and what was undone is not told.

// maxSharesTold bounds the people who are told of the changes of one transaction;
// a group may have more.
const maxSharesTold = 1000

// shareWatch is what some people could do before a transaction changed it.
type shareWatch struct {
	store  *Store
	tx     *db.Tx
	now    time.Time
	trees  map[postroom.AccountID]*tree
	people map[postroom.AccountID]*principal
	pairs  map[sharePair]postroom.AccountID // to who changes it; zero: nobody in particular
	// moved: it is about who belongs to groups, so that people are others now.
	moved bool
}

// sharePair is an account and a person who may see something of it.
type sharePair struct{ person, account postroom.AccountID }

// watchShares notes what people can do with accounts before that is changed.
func (s *Store) watchShares(tx *db.Tx, by postroom.AccountID, accounts, people []postroom.AccountID) error {
	kept := tx.Kept()
	w, is := (*kept).(*shareWatch)
	if !is {
		w = &shareWatch{store: s, tx: tx, now: s.now(), trees: make(map[postroom.AccountID]*tree),
			people: make(map[postroom.AccountID]*principal), pairs: make(map[sharePair]postroom.AccountID)}
		*kept = w
		tx.BeforeCommit(w.tell)
	}
	for _, account := range accounts {
		if err := w.watch(by, account, people); err != nil {
			return err
		}
	}
	return nil
}

func (w *shareWatch) watch(by, account postroom.AccountID, people []postroom.AccountID) error {
	m, epoch, err := w.store.facts.now(w.tx, account)
	if err != nil {
		return err
	}
	if _, is := w.trees[account]; !is {
		if w.trees[account], err = m.tree(account, epoch); err != nil {
			return err
		}
	}
	for _, id := range people {
		pair := sharePair{id, account}
		if _, is := w.pairs[pair]; is || id == account || id == by || len(w.pairs) >= maxSharesTold {
			continue
		}
		if w.people[id] == nil {
			if w.people[id], err = m.principal(id); err != nil {
				return err
			}
		}
		if w.people[id] != nil {
			w.pairs[pair] = by
		}
	}
	return nil
}

// watchGrant is watchShares for what a grantee has on an account. What is given
// to a domain, a plan or everybody is not told to all of them.
func (s *Store) watchGrant(tx *db.Tx, by, account postroom.AccountID, g postroom.Grantee) error {
	if account == 0 || !noticed(g) {
		return nil
	}
	people, err := peopleOf(tx, []noticeEntry{{Grantee: g}})
	if err != nil {
		return err
	}
	return s.watchShares(tx, by, []postroom.AccountID{account}, people)
}

// watchGone is watchShares for everybody who has something on an account of which
// something is about to be deleted.
func (s *Store) watchGone(tx *db.Tx, by, account postroom.AccountID) error {
	if account == 0 {
		return nil
	}
	var entries []noticeEntry
	err := eachGrant(tx, `WHERE account_id = $1`, []any{account}, func(g postroom.Grant) {
		if noticed(g.Grantee) {
			entries = append(entries, noticeEntry{Grantee: g.Grantee})
		}
	})
	if err != nil || len(entries) == 0 {
		return err
	}
	people, err := peopleOf(tx, entries)
	if err != nil {
		return err
	}
	return s.watchShares(tx, by, []postroom.AccountID{account}, people)
}

// watchMembers is watchShares for who is about to join or to leave a group.
func (s *Store) watchMembers(tx *db.Tx, by postroom.AccountID, g postroom.GroupID, members []postroom.Member) error {
	var entries []noticeEntry
	for _, m := range members {
		if m.Address == "" {
			entries = append(entries, noticeEntry{Grantee: granteeOf(postroom.SendTarget{Account: m.Account, Group: m.Group})})
		}
	}
	people, err := peopleOf(tx, entries)
	if err != nil || len(people) == 0 {
		return err
	}
	return s.watchLosers(tx, by, g, people)
}

func (d *Directory) watchMembers(tx *db.Tx, c *caller, g postroom.Group, members []postroom.Member) error {
	if d.quiet {
		return nil
	}
	return d.session.store.watchMembers(tx, c.account.ID, g.ID, members)
}

// watchLosers is watchMembers with the people themselves.
func (s *Store) watchLosers(tx *db.Tx, by postroom.AccountID, g postroom.GroupID, people []postroom.AccountID) error {
	groups, err := withAbove(tx, g)
	if err != nil {
		return err
	}
	shared, err := observer(tx).sharedWith(groups)
	if err != nil {
		return err
	}
	var accounts []postroom.AccountID
	for _, t := range shared {
		if t.Account != 0 && !slices.Contains(accounts, t.Account) {
			accounts = append(accounts, t.Account)
		}
	}
	if err := s.watchShares(tx, by, accounts, people); err != nil || len(accounts) == 0 {
		return err
	}
	w, _ := (*tx.Kept()).(*shareWatch)
	w.moved = true
	return nil
}

// tell compares, and writes down what is to be told.
func (w *shareWatch) tell() error {
	trees := make(map[postroom.AccountID]*tree, len(w.trees))
	var now moment
	for id := range w.trees {
		m, epoch, err := w.store.facts.now(w.tx, id)
		if err != nil {
			return err
		}
		if trees[id], err = m.tree(id, epoch); err != nil {
			return err
		}
		now = m
	}
	people := w.people
	if w.moved {
		people = make(map[postroom.AccountID]*principal, len(w.people))
		for id := range w.people {
			var err error
			if people[id], err = now.principal(id); err != nil {
				return err
			}
		}
	}
	t := &shareTeller{store: w.store, tx: w.tx, now: w.now}
	for _, pair := range slices.SortedFunc(maps.Keys(w.pairs), func(a, b sharePair) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.account, b.account))
	}) {
		who := people[pair.person]
		if who == nil || who.account.State != postroom.Active || who.account.Kind != postroom.Person {
			continue
		}
		before := shareSide{w.people[pair.person], w.trees[pair.account], w.now}
		changes := shareSide{who, trees[pair.account], w.now}.changesFrom(before)
		if err := t.tell(pair, w.pairs[pair], changes); err != nil {
			return err
		}
	}
	return nil
}

// tellEnded tells those who had something by a grant that has ended by itself.
func (s *Store) tellEnded(tx *db.Tx, account postroom.AccountID, g postroom.Grantee, until time.Time) error {
	if account == 0 || !noticed(g) {
		return nil
	}
	people, err := peopleOf(tx, []noticeEntry{{Grantee: g}})
	if err != nil {
		return err
	}
	m, epoch, err := s.facts.now(tx, account)
	if err != nil {
		return err
	}
	tree, err := m.tree(account, epoch)
	if err != nil {
		return err
	}
	t := &shareTeller{store: s, tx: tx, now: s.now()}
	for _, id := range people[:min(len(people), maxSharesTold)] {
		who, err := m.principal(id)
		if err != nil {
			return err
		}
		if who == nil || who.account.State != postroom.Active || who.account.Kind != postroom.Person || id == account {
			continue
		}
		changes := shareSide{who, tree, t.now}.changesFrom(shareSide{who, tree, until.Add(-time.Microsecond)})
		if err := t.tell(sharePair{id, account}, 0, changes); err != nil {
			return err
		}
	}
	return nil
}

// shareSide is somebody before the collections of an account at a time.
type shareSide struct {
	who  *principal
	tree *tree // nil: there is no such account
	at   time.Time
}

// on is what they may do with a collection; nothing with one they may not look
// up.
func (h shareSide) on(id postroom.CollectionID) postroom.Rights {
	if h.tree == nil || h.tree.nodes[id] == nil {
		return postroom.NoRights
	}
	r := rights.Effective(h.who.subject, h.tree.owner, h.tree.nodes[id].chain, h.at)
	if !r.Has(postroom.Lookup) {
		return postroom.NoRights
	}
	return r
}

// shareChange is what is other than before for somebody.
type shareChange struct {
	collection postroom.CollectionID
	name       string
	was, is    postroom.Rights
}

// changesFrom lists where an account is other than before: not those below a
// collection with the same change.
func (h shareSide) changesFrom(before shareSide) (list []shareChange) {
	base := before.tree
	if base == nil {
		base = h.tree
	}
	if base == nil {
		return nil
	}
	differs := func(n *node) (c shareChange, is bool) {
		c = shareChange{n.id, baseName(n.path), before.on(n.id), h.on(n.id)}
		return c, (c.was == 0) != (c.is == 0) || rights.JMAP(c.was) != rights.JMAP(c.is)
	}
	for _, id := range slices.Sorted(maps.Keys(base.nodes)) {
		n := base.nodes[id]
		c, is := differs(n)
		if !is || n.kind != postroom.MailCollection && id != postroom.RootCollection {
			continue
		}
		if id == postroom.RootCollection {
			c.collection, c.name = postroom.InboxCollection, base.address
		} else if up := base.nodes[n.parent]; up != nil {
			if above, too := differs(up); too && rights.JMAP(above.was) == rights.JMAP(c.was) && rights.JMAP(above.is) == rights.JMAP(c.is) {
				continue
			}
		}
		list = append(list, c)
	}
	return list
}
