package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// stamp says of which state of an account something kept in memory is: the tree
// epoch moves with its collections, grants and whose read state they show, the
// ModSeq with all that is in them. Two equal ones are of the same state.
type stamp struct {
	tree   int64
	modseq postroom.ModSeq
}

// glimpse is an account as one statement shows it, for those who need no more
// than what is in memory. There is none when something of it is to be read
// first: then the way leads through a transaction, which keeps it.
type glimpse struct {
	view
	account postroom.AccountID
	stamp   stamp
}

const (
	glimpseColumns = `SELECT a.id, r.epoch, a.tree_epoch, n.modseq FROM account a JOIN account_counter n ON n.account_id = a.id
		JOIN rights_epoch r ON r.id = 1 WHERE a.id = `
	glimpseAccount = glimpseColumns + `$1`
	glimpseAddress = glimpseColumns + `(SELECT account_id FROM address WHERE address = $1)`
)

// glimpse looks at an account as the session may; query is one of those above.
func (s *Session) glimpse(ctx context.Context, query string, arg any) (g glimpse, ok bool) {
	var epoch int64
	if err := s.store.db.Row(ctx, query, []any{arg}, &g.account, &epoch, &g.stamp.tree, &g.stamp.modseq); err != nil {
		return g, false // the other way tells what is wrong
	}
	f := s.store.facts
	f.mu.RLock()
	defer f.mu.RUnlock()
	g.who, g.tree = f.principals[s.warrant.Actor.Account], f.trees[g.account]
	// What is kept may be newer than the statement saw; then it is stricter or
	// what the next one sees, as in facts.read.
	ok = epoch <= f.epoch && g.who != nil && g.tree != nil && g.tree.epoch == g.stamp.tree
	return g, ok
}

// box is a mailbox in the account and its kept picture, if that is what the
// account holds now and the session may read it.
func (s *Session) box(g glimpse, id postroom.CollectionID, mode Mode) (*View, bool) {
	n := g.tree.nodes[id]
	have := mode.limit(s.on(g.view, id))
	if n == nil || !have.Has(toRead) {
		return nil, false
	}
	key := pictureKey{ref: postroom.CollectionRef{Account: g.account, Collection: id}}
	if n.each {
		key.reader = s.Actor().Account
	}
	v, ok := s.store.pictures.kept(key, g.stamp)
	if !ok {
		return nil, false
	}
	v.Rights = have
	return v, true
}

// glimpse is the mailbox, if it is in memory.
func (m *Mailbox) glimpse(ctx context.Context) (*View, bool) {
	g, ok := m.session.glimpse(ctx, glimpseAccount, m.ref.Account)
	if !ok {
		return nil, false
	}
	return m.session.box(g, m.ref.Collection, m.mode)
}

// openKept is Open of what is in memory.
func (s *Session) openKept(ctx context.Context, account, path string, mode Mode, allowed func(postroom.Account) bool) (o Opened, org postroom.OrgID, ok bool) {
	query, arg := glimpseAccount, any(s.Home())
	if account != "" {
		query, arg = glimpseAddress, canonicalOrSelf(account)
	}
	g, ok := s.glimpse(ctx, query, arg)
	if !ok {
		return o, 0, false
	}
	owner, ok := s.store.facts.owner(g.account)
	if !ok || allowed != nil && !allowed(owner) {
		return o, 0, false
	}
	id := g.tree.byPath[cleanPath(path)]
	n := g.tree.nodes[id]
	if n == nil || n.kind != postroom.MailCollection || id == postroom.RootCollection || !s.on(g.view, id).Has(postroom.Lookup) {
		return o, 0, false
	}
	v, ok := s.box(g, id, mode)
	if !ok {
		return o, 0, false
	}
	m := &Mailbox{session: s, mode: mode, ref: v.Ref, path: v.Path}
	return Opened{Mailbox: m, Owner: owner, View: v}, g.who.account.Org, true
}

// owner is the row of an account, if it is kept.
func (f *facts) owner(id postroom.AccountID) (postroom.Account, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	p := f.principals[id]
	if p == nil {
		return postroom.Account{}, false
	}
	return p.account, true
}

// stampOf is the stamp of an account as a snapshot has it; ok is false for one
// that is not told by its counters.
func stampOf(tx *db.Tx, account postroom.AccountID) (st stamp, ok bool) {
	g := glanceOf(tx)
	if g == nil {
		return st, false
	}
	st.modseq, ok = g.modseqs[account]
	st.tree = g.trees[account]
	return st, ok && st.modseq > 0
}
