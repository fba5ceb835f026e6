package store

import (
	"slices"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// reviewers finds who is asked about entries of a review. It is looked up each
// time: who has left is asked no longer, and those after them are.
type reviewers struct {
	store  *Store
	tx     *db.Tx
	org    postroom.OrgID
	now    time.Time
	base   map[postroom.SendTarget][]postroom.AccountID
	person map[postroom.AccountID]bool // mailboxes of persons who answer for themselves
	owners map[postroom.GroupID][]postroom.AccountID
	whole  map[postroom.AccountID][]postroom.AccountID
	admins map[postroom.Abilities][]postroom.AccountID
	gives  map[postroom.GroupID][]ReviewGift
}

func (s *Store) newReviewers(tx *db.Tx, org postroom.OrgID) *reviewers {
	return &reviewers{store: s, tx: tx, org: org, now: s.now(), base: make(map[postroom.SendTarget][]postroom.AccountID),
		person: make(map[postroom.AccountID]bool), owners: make(map[postroom.GroupID][]postroom.AccountID),
		whole:  make(map[postroom.AccountID][]postroom.AccountID),
		admins: make(map[postroom.Abilities][]postroom.AccountID), gives: make(map[postroom.GroupID][]ReviewGift)}
}

// of lists who is asked about an entry, ascending:
//
//   - of a person's mailbox the person;
//   - of any other mailbox, and of one whose person cannot sign in, who holds
//     Administer on all of it, and about what a group has there its owners too;
//     without any of these the owners of the groups that have the whole mailbox;
//   - of a group its owners;
//   - without any, and in the place of whom the entry itself is about, the
//     administrators of the organisation.
//
// Only when there is nobody else, people are asked about their own access.
func (r *reviewers) of(i *ReviewItem) ([]postroom.AccountID, error) {
	ids, err := r.answerable(i.Target)
	if err != nil {
		return nil, err
	}
	if i.Target.Account != 0 && !r.person[i.Target.Account] && i.Grantee.Kind == postroom.GranteeGroup {
		owners, err := r.ownersOf(postroom.GroupID(i.Grantee.ID))
		if err != nil {
			return nil, err
		}
		ids = append(slices.Clone(ids), owners...)
	}
	if len(ids) == 0 && i.Target.Account != 0 {
		if ids, err = r.groupsOf(i.Target.Account); err != nil {
			return nil, err
		}
	}
	if others := notAbout(ids, i.Grantee); len(others) > 0 {
		return others, nil
	}
	admins, err := r.administrators(i.ability())
	if err != nil {
		return nil, err
	}
	if others := notAbout(admins, i.Grantee); len(others) > 0 {
		return others, nil
	}
	return sortedIDs(append(slices.Clone(ids), admins...)), nil
}

// notAbout leaves out whom an entry is about.
func notAbout(ids []postroom.AccountID, g postroom.Grantee) []postroom.AccountID {
	return sortedIDs(slices.DeleteFunc(slices.Clone(ids), func(id postroom.AccountID) bool {
		return g == postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
	}))
}

func sortedIDs(ids []postroom.AccountID) []postroom.AccountID {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// answerable is who answers for all of a target.
func (r *reviewers) answerable(t postroom.SendTarget) (ids []postroom.AccountID, err error) {
	if ids, known := r.base[t]; known {
		return ids, nil
	}
	if t.Group != 0 {
		ids, err = r.ownersOf(t.Group)
	} else {
		ids, err = r.holdersOf(t.Account)
	}
	r.base[t] = ids
	return ids, err
}

// holdersOf is the person, or who holds Administer on all of a mailbox.
func (r *reviewers) holdersOf(account postroom.AccountID) ([]postroom.AccountID, error) {
	m, epoch, err := r.store.facts.now(r.tx, account)
	if err != nil {
		return nil, err
	}
	p, err := m.principal(account)
	if err != nil || p == nil {
		return nil, err
	}
	if canAnswer(p) {
		r.person[account] = true
		return []postroom.AccountID{account}, nil
	}
	t, err := m.tree(account, epoch)
	if err != nil || t == nil || t.nodes[postroom.RootCollection] == nil {
		return nil, err
	}
	named := make(map[postroom.Grantee]bool)
	err = eachGrant(r.tx, `WHERE account_id = $1 AND collection_id = $2 AND negative = 0`, []any{account, postroom.RootCollection},
		func(g postroom.Grant) { named[g.Grantee] = g.Rights.Has(postroom.Administer) })
	if err != nil {
		return nil, err
	}
	for g, may := range named {
		if !may {
			delete(named, g)
		}
	}
	candidates, err := reachedBy(r.tx, named, r.org)
	if err != nil {
		return nil, err
	}
	chain := t.nodes[postroom.RootCollection].chain
	return r.able(m, candidates, func(p *principal) bool {
		return rights.Effective(p.subject, t.owner, chain, r.now).Has(postroom.Administer)
	})
}

// canAnswer: a person who can sign in.
func canAnswer(p *principal) bool { return p.maySignIn() && p.account.Kind == postroom.Person }

func (r *reviewers) able(m moment, candidates []postroom.AccountID, holds func(*principal) bool) (ids []postroom.AccountID, err error) {
	for _, id := range candidates {
		p, err := m.principal(id)
		if err != nil {
			return nil, err
		}
		if canAnswer(p) && holds(p) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// ownersOf lists the owners of a group who can answer.
func (r *reviewers) ownersOf(id postroom.GroupID) ([]postroom.AccountID, error) {
	if ids, known := r.owners[id]; known {
		return ids, nil
	}
	var ids []postroom.AccountID
	g, err := readGroup(r.tx, id)
	if err == nil {
		ids, err = r.store.owningAccounts(r.tx, g)
	}
	if postroom.KindOf(err) == postroom.NotFound {
		err = nil // deleted meanwhile
	}
	if err != nil {
		return nil, err
	}
	m, _, err := r.store.facts.now(r.tx, 0)
	if err != nil {
		return nil, err
	}
	ids, err = r.able(m, ids, func(*principal) bool { return true })
	r.owners[id] = ids
	return ids, err
}

// groupsOf lists the owners of the groups that have a whole mailbox: where
// nobody administers it they are who let people in.
func (r *reviewers) groupsOf(account postroom.AccountID) (ids []postroom.AccountID, err error) {
	if ids, known := r.whole[account]; known {
		return ids, nil
	}
	var groups []postroom.GroupID
	err = eachGrant(r.tx, `WHERE account_id = $1 AND collection_id = $2 AND negative = 0 AND rights <> 0`,
		[]any{account, postroom.RootCollection}, func(g postroom.Grant) {
			if g.Grantee.Kind == postroom.GranteeGroup && (g.Until.IsZero() || g.Until.After(r.now)) {
				groups = append(groups, postroom.GroupID(g.Grantee.ID))
			}
		})
	for _, id := range groups {
		if err != nil {
			return nil, err
		}
		var owners []postroom.AccountID
		owners, err = r.ownersOf(id)
		ids = append(ids, owners...)
	}
	r.whole[account] = ids
	return ids, err
}

// administrators lists those of the organisation with an ability.
func (r *reviewers) administrators(need postroom.Abilities) ([]postroom.AccountID, error) {
	if ids, known := r.admins[need]; known {
		return ids, nil
	}
	candidates, err := administratorsOf(r.tx, r.org)
	if err != nil {
		return nil, err
	}
	m, _, err := r.store.facts.now(r.tx, 0)
	if err != nil {
		return nil, err
	}
	ids, err := r.able(m, candidates, func(p *principal) bool { return rights.AdministratorOf(&p.account).May(r.org, need) })
	r.admins[need] = ids
	return ids, err
}

// isAsked reports whether the caller is one of those who are asked.
func (c *caller) isAsked(r *reviewers, i *ReviewItem) (bool, error) {
	if c.account.ID == 0 {
		return false, nil
	}
	ids, err := r.of(i)
	return slices.Contains(ids, c.account.ID), err
}

// mayAnswer lets those pass who are asked about an entry, and administrators but
// about their own access. Whoever may not see the entry gets NotFound.
func (c *caller) mayAnswer(r *reviewers, i *ReviewItem) error {
	gone := postroom.Errorf(postroom.NotFound, "no such entry: %d", i.Number)
	asked, err := c.isAsked(r, i)
	if err != nil {
		return err
	}
	if asked {
		if !c.session.whole() {
			return errDenied()
		}
		return nil
	}
	if err := c.mustAdminister(r.org, gone, i.ability()); err != nil {
		if !c.administers(r.org, postroom.SeeAccess) {
			return gone
		}
		return err
	}
	if (i.Grantee == postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(c.account.ID)}) {
		return postroom.Errorf(postroom.Denied, "permission denied: others are asked about your own access")
	}
	return c.mustCoverFor(r.tx, i.Target, i.ability())
}
