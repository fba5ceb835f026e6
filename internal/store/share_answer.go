package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// ShareFilter chooses shares. One of With and OfferedBy is set.
type ShareFilter struct {
	// With lists what is shared with an account.
	With postroom.AccountID
	// OfferedBy lists what an account has given to others, and what of its
	// own others have been given.
	OfferedBy postroom.AccountID
	State     postroom.ShareState // zero: all
}

// maxShares bounds a list of shares.
const maxShares = 10_000

// Shares lists shares: for the account that is named and its administrators.
// By address of the owner, path and person. Limit when there are too many.
func (d *Directory) Shares(ctx context.Context, f ShareFilter) (list []postroom.Share, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		list = nil
		if (f.With == 0) == (f.OfferedBy == 0) {
			return postroom.Errorf(postroom.Invalid, "whose shares? One account is needed")
		}
		l := &shareLister{d: d, tx: tx, namer: namer(tx), accounts: make(map[postroom.AccountID]postroom.Account)}
		if l.moment, _, err = d.session.store.facts.now(tx, 0); err != nil {
			return err
		}
		if _, err := d.changeable(tx, c, f.With+f.OfferedBy); err != nil {
			return err
		}
		if f.With != 0 {
			err = l.with(f.With)
		} else {
			err = l.offeredBy(f.OfferedBy)
		}
		for _, s := range l.list {
			if f.State == 0 || s.State == f.State {
				list = append(list, s)
			}
		}
		slices.SortFunc(list, func(a, b postroom.Share) int {
			return orBy(strings.Compare(a.Owner.Address, b.Owner.Address), comparePaths(a.Path, b.Path), strings.Compare(a.With.Address, b.With.Address))
		})
		return err
	})
	return list, err
}

// orBy is the first order that tells two things apart.
func orBy(orders ...int) int {
	for _, o := range orders {
		if o != 0 {
			return o
		}
	}
	return 0
}

// shareLister gathers shares in one snapshot.
type shareLister struct {
	d        *Directory
	tx       *db.Tx
	moment   moment
	namer    func(postroom.Grantee) (string, error)
	accounts map[postroom.AccountID]postroom.Account
	list     []postroom.Share
}

// with gathers what is shared with one person.
func (l *shareLister) with(id postroom.AccountID) error {
	who, err := l.moment.principal(id)
	if err != nil || who == nil {
		return err
	}
	said, err := l.d.session.store.answersOf(l.tx, who)
	if err != nil {
		return err
	}
	owners, err := l.moment.sight(who)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if owner == id {
			continue
		}
		if err := l.of(owner, said, func(postroom.Grant) bool { return true }); err != nil {
			return err
		}
	}
	return nil
}

// offeredBy gathers what of somebody's others have, and what somebody gave.
func (l *shareLister) offeredBy(id postroom.AccountID) error {
	a, err := readAccount(l.tx, id)
	if err != nil {
		return err
	}
	byOwner := make(map[postroom.AccountID]map[postroom.Grantee]bool)
	err = eachGrant(l.tx, `WHERE negative = 0 AND rights <> 0 AND (account_id = $1 OR by_account = $1)`, []any{id}, func(g postroom.Grant) {
		if byOwner[g.Target.Account] == nil {
			byOwner[g.Target.Account] = make(map[postroom.Grantee]bool)
		}
		byOwner[g.Target.Account][g.Grantee] = true
	})
	if err != nil {
		return err
	}
	for owner, named := range byOwner {
		people, err := reachedBy(l.tx, named, a.Org)
		if err != nil {
			return err
		}
		for _, person := range people {
			if person == owner {
				continue
			}
			who, err := l.moment.principal(person)
			if err != nil {
				return err
			}
			if who == nil || who.account.Kind != postroom.Person && !named[toAccount(person)] {
				continue // shared mailboxes that "all" holds have nobody to answer
			}
			said, err := l.d.session.store.answersOf(l.tx, who)
			if err != nil {
				return err
			}
			if err := l.of(owner, said, func(g postroom.Grant) bool { return owner == id || g.By == id }); err != nil {
				return err
			}
		}
	}
	return nil
}

func toAccount(id postroom.AccountID) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
}

// of gathers what of one account's reaches a person by a wanted grant.
func (l *shareLister) of(owner postroom.AccountID, said *answers, wanted func(postroom.Grant) bool) error {
	t, err := readShareTree(l.d.session.store, l.tx, l.moment, owner)
	if err != nil || t == nil {
		return err
	}
	for id, n := range t.nodes {
		grants := said.counting(n)
		if !slices.ContainsFunc(grants, wanted) {
			continue
		}
		have := rights.Effective(said.who.subject, t.owner, n.chain, said.now)
		if !have.Has(postroom.Lookup) {
			continue
		}
		if len(l.list) == maxShares {
			return postroom.Errorf(postroom.Limit, "there are more than %d shares", maxShares)
		}
		share, err := l.share(postroom.CollectionRef{Account: owner, Collection: id}, said, grants)
		if err != nil {
			return err
		}
		share.Rights = have
		l.list = append(l.list, share)
	}
	return nil
}

// readShareTree is the tree of an account as of a moment.
func readShareTree(s *Store, tx *db.Tx, m moment, account postroom.AccountID) (*tree, error) {
	_, epoch, err := s.facts.now(tx, account)
	if err != nil {
		return nil, err
	}
	return m.tree(account, epoch)
}

// share describes one, without the rights.
func (l *shareLister) share(ref postroom.CollectionRef, said *answers, grants []postroom.Grant) (s postroom.Share, err error) {
	c, err := readCollection(l.tx, ref)
	if err != nil {
		return s, err
	}
	s = postroom.Share{Target: ref, Path: c.Path, Kind: c.Kind, State: said.state(grants), Mode: modeOf(grants),
		Name: said.name(ref, grants), Since: grants[0].Since}
	s.With = short(said.who.account)
	if s.Owner, err = l.account(ref.Account); err != nil {
		return s, err
	}
	latest, endless := grants[0], false
	for _, g := range grants {
		if g.Since.Before(s.Since) {
			s.Since = g.Since
		}
		if g.Since.After(latest.Since) {
			latest = g
		}
		if endless = endless || g.Until.IsZero(); g.Until.After(s.Until) {
			s.Until = g.Until
		}
		if one, is := said.to(g); is && one.at.After(s.Answered) {
			s.Answered = one.at
		}
		name, err := l.namer(g.Grantee)
		if err != nil {
			return s, err
		}
		s.Via = append(s.Via, name)
	}
	if endless {
		s.Until = time.Time{}
	}
	if latest.By != 0 {
		if s.By, err = l.account(latest.By); postroom.KindOf(err) == postroom.NotFound {
			err = nil // gone since
		}
	}
	return s, err
}

// modeOf is Offer when one of the grants is an offer.
func modeOf(grants []postroom.Grant) postroom.ShareMode {
	if slices.ContainsFunc(grants, func(g postroom.Grant) bool { return g.Mode == postroom.Offer }) {
		return postroom.Offer
	}
	return postroom.Automount
}

// short is what of an account is told with a share.
func short(a postroom.Account) postroom.Account {
	return postroom.Account{ID: a.ID, UUID: a.UUID, Org: a.Org, Address: a.Address, Name: a.Name, Kind: a.Kind}
}

func (l *shareLister) account(id postroom.AccountID) (postroom.Account, error) {
	if a, ok := l.accounts[id]; ok {
		return a, nil
	}
	a, err := readAccount(l.tx, id)
	if err == nil {
		l.accounts[id] = short(a)
	}
	return short(a), err
}

// AcceptShare takes a share into a person's lists, as that person or their
// administrator. name is what they call it, a path in their own mailbox; empty
// for nothing in particular. What is shared by itself can be named the same
// way, and be taken back after it was declined. NotFound when it is not shared
// with them; Exists when the name is taken; Invalid.
func (d *Directory) AcceptShare(ctx context.Context, person postroom.AccountID, share postroom.CollectionRef, name string) error {
	if name != "" {
		name = cleanPath(name)
		if err := checkPath(name); err != nil {
			return err
		}
	}
	return d.answer(ctx, person, share, postroom.ShareAccepted, name)
}

// DeclineShare takes a share out of a person's lists; the rights stay, and
// whoever knows its name in IMAP still opens it. NotFound as AcceptShare.
func (d *Directory) DeclineShare(ctx context.Context, person postroom.AccountID, share postroom.CollectionRef) error {
	return d.answer(ctx, person, share, postroom.ShareDeclined, "")
}

func (d *Directory) answer(ctx context.Context, person postroom.AccountID, ref postroom.CollectionRef, state postroom.ShareState, name string) error {
	s := d.session.store
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, person, postroom.ChangeAccounts); err != nil {
			return err
		}
		gone := postroom.Errorf(postroom.NotFound, "no such share")
		m, _, err := s.facts.now(tx, 0)
		if err != nil {
			return err
		}
		who, err := m.principal(person)
		if err != nil || who == nil {
			return orError(err, gone)
		}
		said, err := s.answersOf(tx, who)
		if err != nil {
			return err
		}
		t, err := readShareTree(s, tx, m, ref.Account)
		if err != nil || t == nil || t.nodes[ref.Collection] == nil || ref.Account == person {
			return orError(err, gone)
		}
		n := t.nodes[ref.Collection]
		grants := said.counting(n)
		if len(grants) == 0 || !rights.Effective(who.subject, t.owner, n.chain, said.now).Has(postroom.Lookup) {
			return gone
		}
		if err := freeMount(tx, person, ref, said, name); err != nil {
			return err
		}
		was := said.state(grants)
		if err := d.noteAnswer(tx, who, ref, grants, was, state); err != nil {
			return err
		}
		for _, g := range grants {
			if err := putAnswer(tx, g, person, state, name, said); err != nil {
				return err
			}
		}
		if err := s.changed(tx, changedAccount, int64(person)); err != nil {
			return err
		}
		action := map[postroom.ShareState]string{postroom.ShareAccepted: "share.accept", postroom.ShareDeclined: "share.decline"}[state]
		details := map[string]string{"person": who.account.Address}
		if name != "" {
			details["name"] = name
		}
		return d.session.record(tx, action, ref, details)
	})
}

func putAnswer(tx *db.Tx, g postroom.Grant, person postroom.AccountID, state postroom.ShareState, name string, said *answers) error {
	_, err := tx.Exec(`INSERT INTO share_answer (account_id, collection_id, grantee_kind, grantee_id, person_id, accepted, name, answered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (account_id, collection_id, grantee_kind, grantee_id, person_id)
		DO UPDATE SET accepted = excluded.accepted, name = excluded.name, answered = excluded.answered`,
		g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID, person, state == postroom.ShareAccepted, name, said.now)
	return err
}

// freeMount checks that neither a mailbox of one's own nor another share has
// the name.
func freeMount(tx *db.Tx, person postroom.AccountID, ref postroom.CollectionRef, said *answers, name string) error {
	if name == "" {
		return nil
	}
	taken := postroom.Errorf(postroom.Exists, "a mailbox or share with this name is there already: %s", printable(name))
	if _, err := collectionByPath(tx, person, name); postroom.KindOf(err) != postroom.NotFound {
		return orError(err, taken)
	}
	for other, list := range said.given {
		if other != ref && slices.ContainsFunc(list, func(a answer) bool { return strings.EqualFold(a.name, name) }) {
			return taken
		}
	}
	return nil
}

// dropAnswers removes the answers to a grant.
func dropAnswers(tx *db.Tx, g postroom.Grant) error {
	_, err := tx.Exec(`DELETE FROM share_answer WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4`,
		g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID)
	return err
}

// SharedCollections lists what is shared with an account and not declined, as
// it would list it: by owner's address and path, the roots included. For the
// account and its administrators.
func (d *Directory) SharedCollections(ctx context.Context, person postroom.AccountID) (list []SeenCollection, err error) {
	s := d.session.store
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		list = nil
		if _, err := d.changeable(tx, c, person, postroom.SeeAccess); err != nil {
			return err
		}
		m, _, err := s.facts.now(tx, 0)
		if err != nil {
			return err
		}
		who, err := m.principal(person)
		if err != nil || who == nil {
			return err
		}
		said, err := s.answersOf(tx, who)
		if err != nil {
			return err
		}
		owners, err := m.sight(who)
		if err != nil {
			return err
		}
		for _, id := range owners {
			if id == person {
				continue
			}
			some, err := sharedOf(s, tx, m, id, said)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		slices.SortStableFunc(list, func(a, b SeenCollection) int { return strings.Compare(a.Owner.Address, b.Owner.Address) })
		return nil
	})
	return list, err
}

// sharedOf lists what a person is shown of one account.
func sharedOf(s *Store, tx *db.Tx, m moment, owner postroom.AccountID, said *answers) (list []SeenCollection, err error) {
	t, err := readShareTree(s, tx, m, owner)
	if err != nil || t == nil {
		return nil, err
	}
	a, err := readAccount(tx, owner)
	if err != nil {
		return nil, err
	}
	all, err := readCollections(tx, owner)
	for _, c := range all {
		n := t.nodes[c.Ref.Collection]
		if n == nil || said.hides(t, n) {
			continue
		}
		have := rights.Effective(said.who.subject, t.owner, n.chain, said.now)
		if !have.Has(postroom.Lookup) {
			continue
		}
		if !have.Has(postroom.Read) {
			c.Total, c.Unseen, c.Deleted, c.Bytes, c.ModSeq, c.UIDNext = 0, 0, 0, 0, 0, 0
		}
		list = append(list, SeenCollection{Collection: c, Owner: a, Rights: have, Mount: said.name(c.Ref, said.counting(n))})
	}
	return list, err
}
