package imapserver

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
)

// events is a set of the events of RFC 5465 §5.
type events uint8

const (
	newEvent events = 1 << iota
	expungeEvent
	flagEvent
	nameEvent
	subscriptionEvent
	metadataEvent
	serverMetadataEvent

	messageEvents = newEvent | expungeEvent | flagEvent
)

var eventBits = map[imapwire.NotifyEvent]events{
	imapwire.NotifyMessageNew: newEvent, imapwire.NotifyMessageExpunge: expungeEvent, imapwire.NotifyFlagChange: flagEvent,
	imapwire.NotifyMailboxName: nameEvent, imapwire.NotifySubscriptionChange: subscriptionEvent,
	imapwire.NotifyMailboxMetadata: metadataEvent, imapwire.NotifyServerMetadata: serverMetadataEvent,
}

// observed is what a client was told of a mailbox that is not selected.
type observed struct {
	entry
	events events
	named  bool // the client asked by its name
}

// exists reports whether the session may look the mailbox up.
func (o *observed) exists() bool { return o.seen != nil && o.seen.Rights.Has(postroom.Lookup) }

// readable reports whether its messages may be told of: a push is a read.
func (o *observed) readable() bool {
	return o.selectable() && o.seen.Rights.Has(postroom.Read)
}

// observe reads the mailboxes that a NOTIFY is about, as the session may see
// them now.
func (c *conn) observe(ctx context.Context, n *notify) (map[string]observed, error) {
	all, err := c.entries(ctx)
	if err == nil {
		all, err = c.withSubscribedNames(ctx, all)
	}
	if err != nil {
		return nil, err
	}
	found := map[string]observed{}
	for i := range all {
		o := observed{entry: all[i]}
		for g := range n.groups {
			if c.covers(n, &n.groups[g], &o.entry) {
				o.events |= eventsOf(&n.groups[g])
				o.named = o.named || len(n.groups[g].Filter.Mailboxes) > 0
			}
		}
		// One that no group is about any more is still there.
		if _, known := n.known[o.name]; known || o.events != 0 {
			found[o.name] = o
		}
	}
	if len(found) > maxObserved {
		return nil, postroom.Errorf(postroom.Limit, "too many mailboxes")
	}
	return found, nil
}

func eventsOf(g *imapwire.NotifyGroup) (set events) {
	for _, e := range g.Events {
		set |= eventBits[e]
	}
	return set
}

// covers reports whether a group is about a name (RFC 5465 §6).
func (c *conn) covers(n *notify, g *imapwire.NotifyGroup, e *entry) bool {
	home := e.seen != nil && e.seen.Ref.Account == c.session.Home()
	switch g.Filter.Kind {
	case imapwire.FilterPersonal:
		return home || e.seen == nil && !strings.HasPrefix(e.name+"/", sharedPrefix) && !strings.HasPrefix(e.name+"/", othersPrefix)
	case imapwire.FilterInboxes: // mail is delivered nowhere else
		return home && e.name == "INBOX"
	case imapwire.FilterSubscribed:
		// A subscription that ends is told too.
		return e.subscribed || n.known[e.name].subscribed
	}
	return slices.ContainsFunc(g.Filter.Mailboxes, func(name string) bool {
		below, inside := strings.CutPrefix(e.name, name)
		switch {
		case e.name == name:
			return true
		case g.Filter.Kind == imapwire.FilterMailboxes || !inside || name != "" && below[0] != delimiter:
			return false
		}
		return g.Filter.Kind == imapwire.FilterSubtree || strings.Count(below, "/") == strings.Count(name+"/", "/")-strings.Count(name, "/")
	})
}

// tellNotified tells, in answer to NOTIFY SET, which of the mailboxes named
// cannot be read, and with STATUS the state of the others (RFC 5465 §3.1).
func (c *conn) tellNotified(n *notify, withStatus bool) {
	for _, name := range sortedNames(n.known) {
		o := n.known[name]
		switch {
		case o.events&messageEvents == 0 || !o.selectable():
		case !o.readable():
			if o.named {
				c.listObserved(&o, "")
			}
		case withStatus && !c.isSelected(&o):
			c.statusObserved(&o, o.events)
		}
	}
}

func sortedNames(m map[string]observed) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNames)
	return names
}

func (c *conn) isSelected(o *observed) bool { return c.selected != nil && c.selected.ref == o.seen.Ref }

// tellOthers tells what changed outside of the selected mailbox since it was
// told last. Names the client changed itself just now are left out, with their
// parents and children.
func (c *conn) tellOthers(ctx context.Context, own ...string) {
	n := c.notify
	if n == nil || n.watch == nil {
		return
	}
	fresh, err := c.observe(ctx, n)
	if err != nil {
		// Better none than some that the client takes for all.
		if postroom.KindOf(err) != postroom.Limit {
			c.server.opts.Logger.Error("imap: notify", "error", err)
		}
		c.ok(imapwire.CodeNotificationOverflow, "notifications have ended")
		c.endNotify()
		c.notify = &notify{}
		return
	}
	known := n.known
	n.known = fresh
	if n.ofServer {
		server, since := postroom.CollectionRef{}, n.server
		if _, n.server, err = c.session.AnnotationsChanged(ctx, server, since); err == nil && n.server != since && !slices.Contains(own, "") {
			c.tellMetadata(ctx, "", server, since)
		}
	}
	c.tellNames(known, fresh, own)
	for _, name := range sortedNames(fresh) {
		old, cur := known[name], fresh[name]
		if cur.events&metadataEvent != 0 && old.readable() && cur.readable() && old.seen.ModSeq != cur.seen.ModSeq &&
			!slices.Contains(own, name) {
			c.tellMetadata(ctx, name, cur.seen.Ref, old.seen.ModSeq)
		}
		if cur.readable() && !c.isSelected(&cur) {
			if news := c.changes(&old, &cur) & cur.events; news != 0 {
				c.statusObserved(&cur, news)
			}
		}
	}
}

// changes are the message events between two pictures of a mailbox. Flags that
// can be told neither by a mod-sequence nor by the number of unread messages
// are no event (RFC 5465 §5.1).
func (c *conn) changes(old, cur *observed) (set events) {
	if !old.readable() || old.seen.UIDValidity != cur.seen.UIDValidity {
		return messageEvents
	}
	a, b := old.seen, cur.seen
	if a.Total != b.Total || a.UIDNext != b.UIDNext {
		set |= newEvent | expungeEvent
	}
	if a.Unseen != b.Unseen || c.condStore && a.ModSeq != b.ModSeq {
		set |= flagEvent
	}
	return set
}

// statusObserved writes STATUS for events (RFC 5465 §5.1 to §5.3). Flags that
// changed are told by the mod-sequence, and by how many messages are unread.
func (c *conn) statusObserved(o *observed, set events) {
	var items []imapwire.StatusItem
	if set&(newEvent|expungeEvent) != 0 {
		items = append(items, imapwire.StatusMessages, imapwire.StatusUIDNext)
	}
	items = append(items, imapwire.StatusUIDValidity)
	if set&flagEvent != 0 {
		items = append(items, imapwire.StatusUnseen)
	}
	if c.condStore {
		items = append(items, imapwire.StatusHighestModSeq)
	}
	c.writeStatus(o.name, &o.seen.Collection, items)
}

// tellNames tells names that came, went, were renamed, were subscribed to or
// not, and mailboxes that may be read or not any more (RFC 5465 §5.4, §5.5,
// §5.9). A mailbox that may not be looked up any more is told as one that was
// deleted.
func (c *conn) tellNames(known, fresh map[string]observed, own []string) {
	affected := map[string]string{} // name: what it was called before
	was := renamed(known, fresh)
	for name, cur := range fresh {
		old := known[name]
		switch {
		case !old.exists() && cur.exists() && cur.events&nameEvent != 0:
			before := was[cur.seen.Ref]
			if before != "" && was[fresh[parentOf(name)].refOr()] != "" {
				continue // it moved with its parent
			}
			affected[name] = before
		case old.exists() && !cur.exists() && cur.events&nameEvent != 0:
			affected[name] = ""
		case old.subscribed != cur.subscribed && cur.events&subscriptionEvent != 0,
			old.exists() && cur.exists() && old.readable() != cur.readable() && cur.events&messageEvents != 0:
			affected[name] = ""
			continue
		default:
			continue
		}
		noteParent(affected, known, fresh, name)
	}
	for name, old := range known {
		_, there := fresh[name]
		switch {
		case there || old.events == 0 || was[old.refOr()] != "":
		case !old.exists():
			if old.subscribed && old.events&subscriptionEvent != 0 {
				affected[name] = ""
			}
		case old.events&(nameEvent|messageEvents) != 0:
			affected[name] = ""
			noteParent(affected, known, fresh, name)
		}
	}
	c.listAffected(affected, fresh, own)
}

// refOr is the collection, or none.
func (o observed) refOr() postroom.CollectionRef {
	if o.seen == nil {
		return postroom.CollectionRef{}
	}
	return o.seen.Ref
}

// renamed finds the collections whose name changed, and what it was.
func renamed(known, fresh map[string]observed) map[postroom.CollectionRef]string {
	now := map[postroom.CollectionRef]string{}
	for name, o := range fresh {
		if o.exists() {
			now[o.seen.Ref] = name
		}
	}
	was := map[postroom.CollectionRef]string{}
	for name, o := range known {
		if o.exists() && now[o.seen.Ref] != "" && now[o.seen.Ref] != name {
			was[o.seen.Ref] = name
		}
	}
	return was
}

// noteParent adds the direct parent, which is affected too (RFC 5465 §5.4).
func noteParent(affected map[string]string, known, fresh map[string]observed, name string) {
	parent := parentOf(name)
	if _, noted := affected[parent]; parent != "" && !noted && (known[parent].events|fresh[parent].events)&nameEvent != 0 {
		affected[parent] = ""
	}
}

func (c *conn) listAffected(affected map[string]string, fresh map[string]observed, own []string) {
	names := make([]string, 0, len(affected))
	for name := range affected {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNames)
	for _, name := range names {
		if slices.ContainsFunc(own, func(o string) bool {
			return name == o || name == parentOf(o) || strings.HasPrefix(name, o+"/")
		}) {
			continue
		}
		o, there := fresh[name]
		if !there {
			o.name = name
		}
		c.listObserved(&o, affected[name])
	}
}

// listObserved writes LIST for a name.
func (c *conn) listObserved(o *observed, before string) {
	data := &imapwire.ListData{Delim: delimiter, Name: o.name, Attrs: c.attributes(&o.entry), OldName: before}
	if o.exists() && o.selectable() && !o.readable() {
		data.Attrs = append(data.Attrs, imapwire.AttrNoAccess)
	}
	if o.subscribed {
		data.Attrs = append(data.Attrs, imapwire.AttrSubscribed)
	}
	c.enc.List(data)
}
