package search

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapwire"
)

// MaxSorted is how large a sorted result may be that is kept up to date: a
// message that comes to it has all of them put in order again.
const MaxSorted = 20_000

// Result is the result of a search that is kept up to date (RFC 5267 §4.3).
type Result struct {
	Key      imapwire.SearchKey       // lasting
	Criteria []imapwire.SortCriterion // nil is the order of the mailbox
	UIDs     []postroom.UID           // as the client has them, in the order of the result
}

// Moving reports whether the result may change though no message does.
func (r *Result) Moving() bool { return imapwire.AsksMoving(r.Key) }

// Turn is how a result changes. Places count from zero, of what is removed in
// the result before, of what is added in the one after.
type Turn struct {
	Removed, Added []int
	After          []postroom.UID
}

// Turn works out how a result changes, when only the tested places may come or
// go and what is not present goes.
func (r *Result) Turn(ctx context.Context, m *Finder, present Picture, tested []int) (t Turn, err error) {
	matched, err := m.among(ctx, tested, r.Key)
	if err != nil {
		return t, err
	}
	now := map[postroom.UID]bool{} // of the tested: whether it matches
	for _, i := range tested {
		now[m.Items[i].UID] = false
	}
	for _, i := range matched {
		now[m.Items[i].UID] = true
	}
	kept := make([]postroom.UID, 0, len(r.UIDs))
	for n, uid := range r.UIDs {
		_, there := present.Place(uid)
		if matches, known := now[uid]; !there || known && !matches {
			t.Removed = append(t.Removed, n)
			continue
		}
		kept = append(kept, uid)
		delete(now, uid)
	}
	var fresh []postroom.UID
	for _, i := range matched {
		if now[m.Items[i].UID] {
			fresh = append(fresh, m.Items[i].UID)
		}
	}
	if t.After, err = r.merge(ctx, m, kept, fresh); err != nil {
		return t, err
	}
	if rest := slices.DeleteFunc(slices.Clone(t.After), func(uid postroom.UID) bool { return now[uid] }); !slices.Equal(rest, kept) {
		// What was there stands in another order now: all of it is told anew.
		t.Removed, t.Added = sequence(len(r.UIDs)), sequence(len(t.After))
		return t, nil
	}
	for n, uid := range t.After {
		if now[uid] {
			t.Added = append(t.Added, n)
		}
	}
	return t, nil
}

// sequence is 0 to n-1.
func sequence(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// merge puts what is new in a result in its place.
func (r *Result) merge(ctx context.Context, m *Finder, kept, fresh []postroom.UID) ([]postroom.UID, error) {
	if len(fresh) == 0 {
		return kept, nil
	}
	merged := slices.Concat(kept, fresh)
	slices.Sort(merged)
	if r.Criteria == nil {
		return merged, nil
	}
	if len(merged) > MaxSorted {
		return nil, postroom.Errorf(postroom.Limit, "the sorted result has become too large")
	}
	places := make([]int, len(merged))
	for n, uid := range merged {
		places[n], _ = m.Place(uid)
	}
	places, err := m.Sort(ctx, places, r.Criteria)
	return m.UIDs(places), err
}

// Leaving names what a turn removes, each run of messages with the place at which
// it is taken out when the runs before it have been. In the order of the
// mailbox no place is needed (RFC 5267 §4.3.4).
func (r *Result) Leaving(t Turn, name func(postroom.UID) uint32) []imapwire.PlacedSet {
	return r.placed(r.UIDs, t.Removed, name, func(at, n int) int { return at + 1 - n })
}

// Coming names what a turn adds, each run of messages with its place (RFC 5267
// §4.3.3).
func (r *Result) Coming(t Turn, name func(postroom.UID) uint32) []imapwire.PlacedSet {
	return r.placed(t.After, t.Added, name, func(at, _ int) int { return at + 1 })
}

func (r *Result) placed(uids []postroom.UID, places []int, name func(postroom.UID) uint32, place func(at, n int) int) []imapwire.PlacedSet {
	var list []imapwire.PlacedSet
	for n, at := range places {
		switch {
		case n == 0 && r.Criteria == nil:
			list = append(list, imapwire.PlacedSet{})
		case r.Criteria != nil && (n == 0 || places[n-1] != at-1):
			list = append(list, imapwire.PlacedSet{Place: uint32(place(at, n))})
		}
		list[len(list)-1].Set.Add(name(uids[at]))
	}
	return list
}
