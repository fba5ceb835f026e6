package imapserver

import (
	"context"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapserver/search"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// selected is the picture of the selected mailbox that the client has. Message
// numbers are places in items, counted from one; they change only when the
// client is told (RFC 9051 §2.3.1.2).
type selected struct {
	mailbox *store.Mailbox
	ref     postroom.CollectionRef
	name    string      // as LIST spells it
	asked   string      // as the client spelt it
	view    *store.View // whose items the client knows; shared, never changed
	rights  postroom.Rights
	// told has the changes of items that the client learned from the answer
	// to its own command, so that they are not told twice.
	told map[postroom.UID]postroom.ModSeq
	// made are the messages that the client itself put here just now.
	made  map[postroom.UID]bool
	saved imapwire.SeqSet // "$", as UIDs (RFC 9051 §6.4.4.1)
	// safe is the mod-sequence up to which the client was told all, expunges
	// included.
	safe    postroom.ModSeq
	updates []*update // results whose changes are told
}

func (s *selected) items() []postroom.ItemMeta { return s.view.Items }

func (s *selected) modSeq() postroom.ModSeq { return s.view.ModSeq }

// picture is what the client knows, for those that look into it.
func (s *selected) picture() search.Picture {
	return search.Picture{Items: s.view.Items, Saved: s.saved}
}

func (s *selected) largestUID() uint32 { return s.picture().LargestUID() }

func (s *selected) place(uid postroom.UID) (int, bool) { return s.picture().Place(uid) }

func (s *selected) pick(set imapwire.SeqSet, byUID bool) ([]int, bool) {
	if byUID {
		return s.picture().PickUIDs(set), true
	}
	return s.picture().PickNumbers(set)
}

func (s *selected) uids(picked []int) []postroom.UID { return s.picture().UIDs(picked) }

// numbers answered to a search: UIDs or message numbers.
func (s *selected) numbers(picked []int, byUID bool) []uint32 {
	if byUID {
		return s.picture().NamedByUID(picked)
	}
	return search.Numbers(picked)
}

// deselect leaves the selected mailbox.
func (c *conn) deselect() {
	if c.watch != nil {
		c.watch.Close()
		c.watch = nil
	}
	c.selected = nil
}

// expunges says whether message numbers may change now.
type expunges uint8

const (
	// withoutExpunges: after FETCH, STORE and SEARCH (RFC 9051 §7.5.1).
	withoutExpunges expunges = iota
	withExpunges
	// regardless: after a command that itself brought or removed messages,
	// also where NOTIFY asked to be told nothing.
	regardless
)

// expungesFor tells what may follow a command that has a UID form, in which
// message numbers mean nothing.
func expungesFor(byUID bool) expunges {
	if byUID {
		return withExpunges
	}
	return withoutExpunges
}

// sync tells the client what changed. It reports whether the mailbox is still
// the client's to see: if not, it said BYE.
func (c *conn) sync(ctx context.Context, mode expunges) bool {
	fresh, err := c.selected.mailbox.View(ctx)
	if err != nil {
		return c.lost(err)
	}
	return c.tell(ctx, mode, fresh)
}

// tell is sync once the mailbox has been read.
func (c *conn) tell(ctx context.Context, mode expunges, fresh *store.View) bool {
	s := c.selected
	s.rights = fresh.Rights
	if fresh.ModSeq == s.view.ModSeq && !s.moving() && (mode == withoutExpunges || len(fresh.Items) == len(s.view.Items)) {
		c.warnWithheld()
		return true
	}
	before, there, wanted := s.view, fresh, c.wanted()
	gone := vanished(before.Items, fresh.Items)
	if mode != regardless && !wanted.messages {
		// Nothing comes or goes for this client; what it asks for has the
		// present flags all the same.
		merged := *fresh
		merged.Items = withGone(before.Items, gone, fresh.Items)[:len(before.Items)]
		fresh, gone = &merged, nil
	} else if mode == withoutExpunges && len(gone) > 0 {
		// They keep their numbers until a command allows to tell.
		merged := *fresh
		merged.Items = withGone(before.Items, gone, fresh.Items)
		fresh, gone = &merged, nil
	} else {
		s.safe = fresh.ModSeq
	}
	turns := c.turns(ctx, before.Items, fresh, there)
	c.tellRemoved(turns, before.Items)
	c.tellExpunged(before.Items, gone)
	s.view = fresh
	if len(fresh.Items) != len(before.Items)-len(gone) {
		c.enc.Exists(uint32(len(fresh.Items)))
		if !c.rev2 {
			c.enc.Recent(0)
		}
	}
	if wanted.flags {
		c.tellFlags(before.Items, fresh.Items)
	}
	s.told = nil
	ok := c.tellNew(ctx, before.Items) && c.tellAdded(ctx, turns, before.Items)
	c.warnWithheld()
	return ok
}

// withGone is fresh with the items of old at the places gone put back.
func withGone(old []postroom.ItemMeta, gone []int, fresh []postroom.ItemMeta) []postroom.ItemMeta {
	merged := make([]postroom.ItemMeta, 0, len(fresh)+len(gone))
	for _, m := range fresh {
		for len(gone) > 0 && old[gone[0]].UID < m.UID {
			merged = append(merged, old[gone[0]])
			gone = gone[1:]
		}
		merged = append(merged, m)
	}
	for _, i := range gone {
		merged = append(merged, old[i])
	}
	return merged
}

// vanished are the places in old of items that are no longer in fresh.
func vanished(old, fresh []postroom.ItemMeta) []int {
	var gone []int
	j := 0
	for i := range old {
		for j < len(fresh) && fresh[j].UID < old[i].UID {
			j++
		}
		if j == len(fresh) || fresh[j].UID != old[i].UID {
			gone = append(gone, i)
		}
	}
	return gone
}

// tellFlags tells the flags of items that changed since old.
func (c *conn) tellFlags(old, fresh []postroom.ItemMeta) {
	i, written := 0, flags.Cache{}
	for j := range fresh {
		for i < len(old) && old[i].UID < fresh[j].UID {
			i++
		}
		if i == len(old) {
			return // the rest is new: EXISTS said so
		}
		m := &fresh[j]
		if old[i].UID != m.UID || old[i].ModSeq == m.ModSeq || c.selected.told[m.UID] == m.ModSeq {
			continue
		}
		if old[i].Flags == m.Flags && old[i].Keywords == m.Keywords && !c.condStore {
			continue
		}
		c.writeFlags(j, m, written)
	}
}

// tell remembers a change as known to the client.
func (s *selected) tell(m postroom.ItemMeta) {
	if s.told == nil {
		s.told = map[postroom.UID]postroom.ModSeq{}
	}
	s.told[m.UID] = m.ModSeq
}

// put remembers messages that the client itself put here.
func (s *selected) put(uids []postroom.UID) {
	if s.made == nil {
		s.made = map[postroom.UID]bool{}
	}
	for _, uid := range uids {
		s.made[uid] = true
	}
}

// expungesAfter tells what may follow APPEND and COPY, which may have brought
// messages into the selected mailbox itself.
func (c *conn) expungesAfter(made bool) expunges {
	if made {
		return regardless
	}
	return withExpunges
}

// stillAllowed checks that the mailbox may be seen: outside any command, and
// before what is answered from the picture alone. If not, it said BYE.
func (c *conn) stillAllowed(ctx context.Context) bool {
	if _, _, err := c.selected.mailbox.Status(ctx); err != nil {
		return c.lost(err)
	}
	return true
}

// lost ends the connection because the selected mailbox cannot be shown any
// more: RFC 9051 §7.1.5 has BYE for it, and a client reconnects to what is
// left. A passing fault of the store ends it too, with its own words.
func (c *conn) lost(err error) bool {
	switch postroom.KindOf(err) {
	case postroom.NotFound, postroom.Denied:
		c.bye("the selected mailbox is no longer available to you")
	default:
		c.server.opts.Logger.Error("imap: selected mailbox", "error", err)
		c.bye("the selected mailbox cannot be read")
	}
	return false
}
