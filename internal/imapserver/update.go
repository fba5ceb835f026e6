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
)

// update is a result whose changes are told (RFC 5267 §4.3). It lasts as long
// as the mailbox is selected.
type update struct {
	search.Result
	tag    string
	byUID  bool
	named  bool       // of ESEARCH: answers name the mailbox
	moving bool       // changes though no message does
	fetch  *fetchPlan // of messages that are new in the mailbox, or nil
}

// turn is how a result changes, or why that cannot be told.
type turn struct {
	search.Turn
	update *update
	err    error
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
		all += len(other.UIDs)
	}
	if len(s.updates) >= maxUpdates || len(s.updates) > 0 && all > maxUpdateResults ||
		u.Criteria != nil && (len(picked) > search.MaxSorted || search.ByRelevancy(u.Criteria)) {
		c.noUpdate(u.tag, "changes of so many results are not told")
		return
	}
	u.Key = s.picture().Lasting(u.Key)
	u.moving = u.Moving()
	u.UIDs = s.uids(picked)
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
		list[n].update = u
		list[n].Turn, list[n].err = u.Turn(ctx, finder, present, tested)
	}
	return list
}

// tellRemoved tells what left the results, by the numbers the client knows:
// before it hears of expunges (RFC 5267 §4.3.4).
func (c *conn) tellRemoved(turns []turn, known []postroom.ItemMeta) {
	for _, t := range turns {
		if t.err == nil && len(t.Removed) > 0 {
			data := c.turnOf(t.update)
			data.RemoveFrom = t.update.Leaving(t.Turn, t.update.names(known))
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
		u.UIDs = t.After
		if len(t.Added) == 0 {
			continue
		}
		if u.fetch != nil && !c.fetchAdded(ctx, t, before) {
			return false
		}
		data := c.turnOf(u)
		data.AddTo = u.Coming(t.Turn, u.names(s.items()))
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
	for _, n := range t.Added {
		if _, old := known.Place(t.After[n]); !old {
			place, _ := s.place(t.After[n])
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

// names gives messages the name by which the client knows them: the UID, or the
// number among those that it knows.
func (u *update) names(known []postroom.ItemMeta) func(postroom.UID) uint32 {
	picture := search.Picture{Items: known}
	return func(uid postroom.UID) uint32 {
		if u.byUID {
			return uint32(uid)
		}
		place, _ := picture.Place(uid)
		return uint32(place + 1)
	}
}
