package imapserver

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// Bounds of the results whose changes are told to one connection: beyond them
// a search is answered and its changes are not told (RFC 5267 §4.3.1). The
// first result in the order of the mailbox is always taken.
const (
	maxUpdates       = 10
	maxUpdateResults = 500_000 // messages in all results, 4 bytes each
	// maxSortedResults is how large a sorted result may be: a message that
	// comes to it has all of them put in order again.
	maxSortedResults = 20_000
)

// update is a result whose changes are told (RFC 5267 §4.3). It lasts as long
// as the mailbox is selected.
type update struct {
	tag      string
	byUID    bool
	named    bool // of ESEARCH: answers name the mailbox
	key      imapwire.SearchKey
	criteria []imapwire.SortCriterion // nil is the order of the mailbox
	moving   bool                     // changes though no message does
	fetch    *fetchPlan               // of messages that are new in the mailbox, or nil
	found    []postroom.UID           // as the client has it, in its order
}

// turn is how a result changes. Places count from zero in the result before
// and, for what is added, after.
type turn struct {
	update         *update
	removed, added []int
	after          []postroom.UID
	err            error
}

// updating reports whether a tag is that of a result whose changes are told: it
// cannot be used for another one (RFC 5267 §4.3).
func (s *selected) updating(tag string) bool {
	return slices.ContainsFunc(s.updates, func(u *update) bool { return u.tag == tag })
}

// moving reports whether a result may have changed though no message did.
func (s *selected) moving() bool {
	return slices.ContainsFunc(s.updates, func(u *update) bool { return u.moving })
}

// startUpdates begins to tell changes of a result, when RETURN asks for it.
func (c *conn) startUpdates(r *imapwire.SearchReturn, u update, picked []int) {
	if r == nil || !r.Update {
		return
	}
	s, all := c.selected, len(picked)
	for _, other := range s.updates {
		all += len(other.found)
	}
	if len(s.updates) >= maxUpdates || len(s.updates) > 0 && all > maxUpdateResults ||
		u.criteria != nil && len(picked) > maxSortedResults {
		c.noUpdate(u.tag, "changes of so many results are not told")
		return
	}
	u.key = s.picture().Lasting(u.key)
	u.moving = imapwire.AsksMoving(u.key)
	u.found = s.uids(picked)
	if len(r.UpdateItems) > 0 {
		// What the server sends by itself never marks a message as read.
		u.fetch = planFetch(&imapwire.Fetch{UID: u.byUID, Items: r.UpdateItems})
		u.fetch.seen = false
	}
	s.updates = append(s.updates, &u)
}

// noUpdate tells that changes of a result are not told, or not any more.
func (c *conn) noUpdate(tag, text string) {
	c.enc.Status(imapwire.Status{Kind: imapwire.NO, Code: imapwire.CodeNoUpdate(tag), Text: text})
}

// cancelUpdate answers CANCELUPDATE (RFC 5267 §4.3.5).
func (c *conn) cancelUpdate(ctx context.Context, tag string, cmd *imapwire.CancelUpdate) {
	s := c.selected
	for _, name := range cmd.Tags {
		if !s.updating(name) {
			c.answerBad(tag, "no changes are told of such a search")
			return
		}
	}
	s.updates = slices.DeleteFunc(s.updates, func(u *update) bool { return slices.Contains(cmd.Tags, u.tag) })
	if c.sync(ctx, withExpunges) {
		c.answerOK(tag, "", "CANCELUPDATE done")
	}
}

// turns works out how the results change: before is what the client knows,
// after what it is about to know, and there is what the mailbox has. Messages
// that the mailbox has no more leave a result at once, though they may keep
// their number for a while.
func (c *conn) turns(ctx context.Context, before []postroom.ItemMeta, after, there *store.View) []turn {
	s := c.selected
	if len(s.updates) == 0 {
		return nil
	}
	finder := &search.Finder{Picture: search.Picture{Items: after.Items}, Mailbox: s.mailbox, Now: c.server.now()}
	present := search.Picture{Items: there.Items}
	var all, changed []int
	i := 0
	for j := range after.Items {
		m := &after.Items[j]
		for i < len(before) && before[i].UID < m.UID {
			i++
		}
		if _, ok := present.Place(m.UID); !ok {
			continue
		}
		if all = append(all, j); i == len(before) || before[i].UID != m.UID || before[i].ModSeq != m.ModSeq {
			changed = append(changed, j)
		}
	}
	list := make([]turn, len(s.updates))
	for n, u := range s.updates {
		tested := changed
		if u.moving {
			tested = all
		}
		list[n] = u.turn(ctx, finder, present, tested)
	}
	return list
}

// turn works out how one result changes, when only the tested places may come or
// go and what is not present goes.
func (u *update) turn(ctx context.Context, m *search.Finder, present search.Picture, tested []int) turn {
	t := turn{update: u}
	matched, err := m.FindAmong(ctx, tested, u.key)
	if err != nil {
		return turn{update: u, err: err}
	}
	now := map[postroom.UID]bool{} // of the tested: whether it matches
	for _, i := range tested {
		now[m.Items[i].UID] = false
	}
	for _, i := range matched {
		now[m.Items[i].UID] = true
	}
	kept := make([]postroom.UID, 0, len(u.found))
	for n, uid := range u.found {
		_, there := present.Place(uid)
		if matches, known := now[uid]; !there || known && !matches {
			t.removed = append(t.removed, n)
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
	t.after, t.err = u.merge(ctx, m, kept, fresh)
	if rest := slices.DeleteFunc(slices.Clone(t.after), func(uid postroom.UID) bool { return now[uid] }); !slices.Equal(rest, kept) {
		// What was there stands in another order now: all of it is told anew.
		t.removed, t.added = sequence(len(u.found)), sequence(len(t.after))
		return t
	}
	for n, uid := range t.after {
		if now[uid] {
			t.added = append(t.added, n)
		}
	}
	return t
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
func (u *update) merge(ctx context.Context, m *search.Finder, kept, fresh []postroom.UID) ([]postroom.UID, error) {
	if len(fresh) == 0 {
		return kept, nil
	}
	merged := slices.Concat(kept, fresh)
	slices.Sort(merged)
	if u.criteria == nil {
		return merged, nil
	}
	if len(merged) > maxSortedResults {
		return nil, postroom.Errorf(postroom.Limit, "the sorted result has become too large")
	}
	places := make([]int, len(merged))
	for n, uid := range merged {
		places[n], _ = m.Place(uid)
	}
	places, err := m.Sort(ctx, places, u.criteria)
	return m.UIDs(places), err
}

// tellRemoved tells what left the results, by the numbers the client knows:
// before it hears of expunges (RFC 5267 §4.3.4).
func (c *conn) tellRemoved(turns []turn, known []postroom.ItemMeta) {
	for _, t := range turns {
		if t.err == nil && len(t.removed) > 0 {
			data := c.turnOf(t.update)
			data.RemoveFrom = t.update.placed(t.update.found, t.removed, known, leaving)
			c.enc.ESearch(data)
		}
	}
}

// tellAdded tells what came to the results, by the numbers the client now
// knows, and ends those that cannot be kept. It reports whether the mailbox can
// still be seen.
func (c *conn) tellAdded(ctx context.Context, turns []turn, before []postroom.ItemMeta) bool {
	s := c.selected
	for _, t := range turns {
		u := t.update
		if t.err != nil {
			if postroom.KindOf(t.err) == postroom.Internal {
				c.server.opts.Logger.Error("imap: changes of a result", "error", t.err)
			}
			s.updates = slices.DeleteFunc(s.updates, func(other *update) bool { return other == u })
			c.noUpdate(u.tag, "changes of the result are not told any more")
			continue
		}
		u.found = t.after
		if len(t.added) == 0 {
			continue
		}
		if u.fetch != nil && !c.fetchAdded(ctx, t, before) {
			return false
		}
		data := c.turnOf(u)
		data.AddTo = u.placed(t.after, t.added, s.items(), coming)
		c.enc.ESearch(data)
	}
	return true
}

// turnOf begins the answer that tells how a result changes.
func (c *conn) turnOf(u *update) *imapwire.ESearchData {
	data := &imapwire.ESearchData{Tag: u.tag, UID: u.byUID}
	if u.named {
		data.Mailbox, data.UIDValid = c.selected.name, c.selected.view.UIDValidity
	}
	return data
}

// fetchAdded sends what UPDATE asks for of messages that are new in the mailbox,
// not of those whose flags brought them into the result (RFC 5465 §7).
func (c *conn) fetchAdded(ctx context.Context, t turn, before []postroom.ItemMeta) bool {
	s, p := c.selected, t.update.fetch
	known := search.Picture{Items: before}
	var places []int
	for _, n := range t.added {
		if _, old := known.Place(t.after[n]); !old {
			place, _ := s.place(t.after[n])
			places = append(places, place)
		}
	}
	slices.Sort(places)
	p.modSeq = p.modSeq || c.condStore
	if p.light() {
		c.fetchLight(p, places)
		return true
	}
	if err := c.fetchAll(ctx, p, places); err != nil && postroom.KindOf(err) == postroom.NotFound {
		return c.lost(err)
	}
	return true
}

// direction says whether messages come to a result or leave it.
type direction uint8

const (
	coming direction = iota
	leaving
)

// placed names the messages at the places of a result, which ascend, each run of
// them with the place at which it is put in or taken out when the runs before
// it have been. In the order of the mailbox no place is needed (RFC 5267 §4.3.3).
func (u *update) placed(result []postroom.UID, places []int, known []postroom.ItemMeta, d direction) []imapwire.PlacedSet {
	picture := search.Picture{Items: known}
	var list []imapwire.PlacedSet
	for n, at := range places {
		name := uint32(result[at])
		if !u.byUID {
			place, _ := picture.Place(result[at])
			name = uint32(place + 1)
		}
		switch {
		case n == 0, u.criteria != nil && places[n-1] != at-1:
			place := at + 1
			if d == leaving {
				place -= n
			}
			if u.criteria == nil {
				place = 0
			}
			list = append(list, imapwire.PlacedSet{Place: uint32(place)})
		}
		list[len(list)-1].Set.Add(name)
	}
	return list
}
