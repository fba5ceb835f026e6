package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Target opens a mailbox to add messages to, AppendOnly, by the address of its
// account ("" = home) and its path, as Resolve names them. allowed, if not nil,
// says whether the account is one that is meant. NotFound when it may not be
// looked up, Denied without Insert; the act itself asks again.
func (s *Session) Target(ctx context.Context, account, path string, allowed func(postroom.Account) bool) (*Mailbox, error) {
	if m, ok := s.targetKept(ctx, account, path, allowed); ok {
		return m, nil
	}
	m := &Mailbox{session: s, mode: AppendOnly}
	err := s.store.db.Read(ctx, func(tx *db.Tx) error {
		owner, err := s.accountNamed(tx, account, path)
		if err != nil {
			return err
		}
		if allowed != nil && !allowed(owner) {
			return noSuchMailbox(path)
		}
		return m.targetAt(tx, owner.ID, path)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// targetAt finds the mailbox.
func (m *Mailbox) targetAt(tx *db.Tx, account postroom.AccountID, path string) error {
	c, err := collectionByPath(tx, account, path)
	if err != nil {
		return err
	}
	v, err := m.session.look(tx, account)
	if err != nil {
		return err
	}
	if _, err := v.moved.principal(account); err != nil { // kept for targetKept
		return err
	}
	have := m.session.on(v, c.Ref.Collection)
	if !have.Has(postroom.Lookup) || c.Kind != postroom.MailCollection || c.Ref.Collection == postroom.RootCollection {
		return noSuchMailbox(path)
	}
	if !have.Has(postroom.Insert) {
		return postroom.Errorf(postroom.Denied, "you may not add messages to this mailbox")
	}
	m.ref, m.path = c.Ref, c.Path
	return nil
}

// targetKept is Target of what is in memory; what it does not give, the other
// way may, or says why not.
func (s *Session) targetKept(ctx context.Context, account, path string, allowed func(postroom.Account) bool) (*Mailbox, bool) {
	query, arg := glimpseAccount, any(s.Home())
	if account != "" {
		query, arg = glimpseAddress, canonicalOrSelf(account)
	}
	g, ok := s.targetSeen(ctx, query, arg)
	if !ok {
		return nil, false
	}
	owner, ok := s.store.facts.owner(g.account)
	if !ok || allowed != nil && !allowed(owner) {
		return nil, false
	}
	n := g.tree.nodes[g.tree.byPath[cleanPath(path)]]
	if n == nil || n.kind != postroom.MailCollection || n.id == postroom.RootCollection ||
		!s.on(g.view, n.id).Has(postroom.Lookup|postroom.Insert) {
		return nil, false
	}
	return &Mailbox{session: s, mode: AppendOnly, path: n.path, ref: postroom.CollectionRef{Account: g.account, Collection: n.id}}, true
}

// seenTarget is an account that a glimpse found, as of a turn of the facts.
type seenTarget struct {
	turns   uint64
	query   string
	arg     any
	account postroom.AccountID
	tree    int64
}

// targetSeen is glimpse for the way to an account. Where this node alone writes
// to the database, what was seen last holds until an epoch moves: those who add
// one message after another are not shown the same each time. An address that is
// not the account's own may change its owner without that.
func (s *Session) targetSeen(ctx context.Context, query string, arg any) (glimpse, bool) {
	f := s.store.facts
	turns := f.turns.Load()
	if seen := s.target.Load(); seen != nil && seen.turns == turns && seen.query == query && seen.arg == arg {
		g := glimpse{account: seen.account, stamp: stamp{tree: seen.tree}}
		f.mu.RLock()
		g.who, g.tree = f.principals[s.warrant.Actor.Account], f.trees[g.account]
		f.mu.RUnlock()
		if g.who != nil && g.tree != nil && g.tree.epoch == seen.tree {
			return g, true
		}
	}
	g, ok := s.glimpse(ctx, query, arg)
	if ok && s.store.db.Dialect() == db.SQLite && (arg == any(g.account) || arg == any(g.tree.address)) {
		s.target.Store(&seenTarget{turns, query, arg, g.account, g.stamp.tree})
	}
	return g, ok
}
