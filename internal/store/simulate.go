package store

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Bounds of a simulation. It is one transaction, and others wait for it.
const (
	maxSimulated = 10_000
	maxTold      = 1000
)

// bounds are how much of a simulation is looked at.
type bounds struct {
	pairs int // of a person and what they may reach, that are compared
	told  int // changes that are told in detail
}

// Simulation is what a change would do to what people may do.
type Simulation struct {
	// Changes are the first of them, by person and target.
	Changes []AccessChange
	// Changed counts all that were found.
	Changed int
	// Touched is how many pairs of a person and a mailbox or group the change
	// can reach, Compared how many of them, the first, were looked at. When
	// they differ, Touched may be too low.
	Touched, Compared int
}

// AccessChange is what somebody gains and loses somewhere.
type AccessChange struct {
	// Person is the address of an account, public for whoever does not sign
	// in, or guest:ADDRESS.
	Person string
	// Target is the address of the account or group.
	Target string
	Group  bool
	// Collection is the path in the account from which on this holds; below it
	// only collections with other changes are listed. Empty for a group.
	Collection    string
	Before, After postroom.Rights
	// Gains and Loses are sendAs, sendOnBehalfOf, sendTo, own; on the own
	// account also signIn and administer.
	Gains, Loses []string
	// Via are the ways to rights there are afterwards and were not before,
	// Ended those there were.
	Via, Ended []Way
}

// Gained are the rights on the collection there were not before.
func (a AccessChange) Gained() postroom.Rights { return a.After &^ a.Before }

// Lost are those there are no more.
func (a AccessChange) Lost() postroom.Rights { return a.Before &^ a.After }

// trial is an open transaction in which methods of a Directory run as they
// always do, and of which nothing is kept.
type trial struct{ tx *db.Tx }

// errTried undoes what was only tried.
var errTried = errors.New("store: only tried")

func (t *trial) write(ctx context.Context, fn func(*db.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.tx == nil {
		return db.ErrClosed
	}
	return t.tx.Nested(fn)
}

func (t *trial) read(ctx context.Context, fn func(*db.Tx) error) error {
	if t.tx == nil {
		return db.ErrClosed
	}
	return orError(ctx.Err(), fn(t.tx))
}

// Simulate answers who would gain and lose what by a change, and keeps nothing
// of it: change gets a Directory whose methods run with all their checks in one
// transaction that is undone. What they refuse, Simulate refuses with the same
// error. change must do all it does by that Directory and will run twice; the
// Directory is of no use afterwards. Nothing is audited and nobody is woken.
//
// Administrators hear of everybody in their organisation, others of what they
// may ask ExplainAccess about.
func (d *Directory) Simulate(ctx context.Context, change func(*Directory) error) (Simulation, error) {
	return d.simulate(ctx, bounds{pairs: maxSimulated, told: maxTold}, change)
}

func (d *Directory) simulate(ctx context.Context, most bounds, change func(*Directory) error) (Simulation, error) {
	var result Simulation
	err := d.change(ctx, func(tx *db.Tx, c *caller) error {
		s := &simulation{directory: d, tx: tx, caller: c, try: change, most: most}
		if err := s.run(ctx); err != nil {
			return err
		}
		result = s.result
		return errTried
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return result, err
}

// pair is somebody and something they may have rights on.
type pair struct {
	who postroom.Grantee // an account, a guest or the public
	on  postroom.SendTarget
}

func comparePairs(a, b pair) int {
	return cmp.Or(cmp.Compare(a.on.Account, b.on.Account), cmp.Compare(a.on.Group, b.on.Group),
		cmp.Compare(a.who.Kind, b.who.Kind), cmp.Compare(a.who.ID, b.who.ID))
}

// simulation is one run of Simulate. The change is done and undone twice: the
// first time to learn what it touches, the second to see what there is then.
// Between and after that the transaction sees what there is now.
type simulation struct {
	directory *Directory
	tx        *db.Tx
	caller    *caller
	try       func(*Directory) error
	most      bounds
	result    Simulation
	found     []found
}

// found is a change with what is needed to tell it.
type found struct {
	AccessChange
	pair     pair
	node     postroom.CollectionID
	old, now []Way
}

func (s *simulation) run(ctx context.Context) error {
	var touched touched
	err := s.tried(func() error { return touched.note(s.tx) }, func() (err error) {
		touched.epoch, err = epochNow(s.tx)
		return err
	})
	if err != nil {
		return err
	}
	reach, err := touched.settle(s.tx)
	if err != nil {
		return err
	}
	before, err := s.side(ctx, reach)
	if err != nil {
		return err
	}
	compared := before.pairs[:min(len(before.pairs), s.most.pairs)]
	if err := before.load(compared); err != nil {
		return err
	}
	err = s.tried(func() error {
		after, err := s.side(ctx, reach)
		if err != nil {
			return err
		}
		for _, p := range after.pairs {
			if _, known := slices.BinarySearchFunc(before.pairs, p, comparePairs); known {
				continue
			}
			s.result.Touched++
			if len(compared) < s.most.pairs {
				compared = append(compared[:len(compared):len(compared)], p)
			}
		}
		if err := after.load(compared); err != nil {
			return err
		}
		s.compare(before, after, compared)
		return s.explain(after, func(f *found) *[]Way { return &f.now })
	}, nil)
	if err != nil {
		return err
	}
	s.result.Touched += len(before.pairs) + before.left
	s.result.Compared = len(compared)
	return s.tell(before)
}

// tried runs the change, looks, and undoes it. first, if any, runs before.
func (s *simulation) tried(look, first func() error) error {
	err := s.tx.Nested(func(tx *db.Tx) error {
		if first != nil {
			if err := first(); err != nil {
				return err
			}
		}
		t := &trial{tx: tx}
		err := s.try(&Directory{session: s.directory.session, quiet: s.directory.quiet, trial: t})
		t.tx = nil
		if err == nil {
			err = look()
		}
		return cmp.Or(err, errTried)
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// compare finds what is other afterwards.
func (s *simulation) compare(before, after *side, pairs []pair) {
	for _, p := range pairs {
		old, now := before.holding(p), after.holding(p)
		all, had := now.all(old), old.all(now)
		gains, loses := without(all, had), without(had, all)
		place := after.places[p.on]
		if place == nil || !place.there {
			place = before.places[p.on]
		}
		base := found{pair: p, AccessChange: AccessChange{Person: before.name(p.who), Target: place.address, Group: p.on.Group != 0}}
		if base.Person == "" {
			base.Person = after.name(p.who)
		}
		if p.on.Group != 0 || place.tree == nil {
			if len(gains)+len(loses) > 0 {
				base.Gains, base.Loses = gains, loses
				s.found = append(s.found, base)
			}
			continue
		}
		s.compareTrees(base, place.tree, gains, loses, old, now)
	}
	slices.SortStableFunc(s.found, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Target, b.Target))
	})
}

// compareTrees finds the collections on which something else changes than on
// their parents. Nobody's change makes or moves collections; a tree may only
// have come or gone as a whole.
func (s *simulation) compareTrees(base found, t *tree, gains, loses []string, old, now holding) {
	nodes := make([]*node, 0, len(t.nodes))
	for _, n := range t.nodes {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b *node) int { return comparePaths(a.path, b.path) })
	for _, n := range nodes {
		f := base
		f.node, f.Collection, f.Before, f.After = n.id, n.path, old.rights(n.id), now.rights(n.id)
		if n.id == postroom.RootCollection {
			f.Gains, f.Loses = gains, loses
			if f.Gained()|f.Lost() == 0 && len(gains)+len(loses) == 0 {
				continue
			}
		} else {
			parent := AccessChange{Before: old.rights(n.parent), After: now.rights(n.parent)}
			if f.Gained() == parent.Gained() && f.Lost() == parent.Lost() {
				continue
			}
		}
		s.found = append(s.found, f)
	}
}

// explain puts the ways there are on one side where it belongs.
func (s *simulation) explain(on *side, where func(*found) *[]Way) error {
	var failed error
	names := explainer(s.tx, &failed)
	for i := range s.found[:min(len(s.found), s.most.told)] {
		f := &s.found[i]
		*where(f) = on.ways(f, names)
	}
	return failed
}

// tell makes the answer of what was found, as far as the caller may ask.
func (s *simulation) tell(before *side) error {
	if err := s.explain(before, func(f *found) *[]Way { return &f.old }); err != nil {
		return err
	}
	asked := make(map[pair]bool)
	for i := range s.found {
		f := &s.found[i]
		may, known := asked[f.pair]
		if !known {
			var err error
			if may, err = s.mayHear(before, f.pair); err != nil {
				return err
			}
			asked[f.pair] = may
		}
		if !may {
			continue
		}
		s.result.Changed++
		if i < s.most.told {
			f.Via, f.Ended = waysWithout(f.now, f.old), waysWithout(f.old, f.now)
			s.result.Changes = append(s.result.Changes, f.AccessChange)
		}
	}
	if !s.caller.administers(s.caller.account.Org, postroom.SeeAccess) {
		// How much there is that they may not hear of is not theirs to know.
		s.result.Touched, s.result.Compared = s.result.Changed, s.result.Changed
	}
	return nil
}

// mayHear reports whether the caller may ask about a pair, as things are now.
func (s *simulation) mayHear(before *side, p pair) (bool, error) {
	if s.caller.server(postroom.SeeAccess) {
		return true, nil
	}
	who, place := before.people[p.who], before.places[p.on]
	if place == nil || !place.there {
		// It is made by the change.
		return s.caller.administers(s.caller.account.Org, postroom.SeeAccess), nil
	}
	if who == nil || who.principal == nil {
		who = &someone{principal: &principal{}}
		who.principal.account.Org = place.org
	}
	err := s.directory.mayAsk(s.tx, s.caller, who.principal, p.on, place.address)
	switch postroom.KindOf(err) {
	case postroom.Denied, postroom.NotFound:
		return false, nil
	}
	return err == nil, err
}

// without lists what a has and b has not.
func without(a, b []string) (rest []string) {
	for _, s := range a {
		if !slices.Contains(b, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

func epochNow(tx *db.Tx) (epoch int64, err error) {
	err = tx.QueryRow(`SELECT epoch FROM rights_epoch WHERE id = 1`).Scan(&epoch)
	return epoch, err
}
