package imapserver

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/imapserver/pace"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// Bounds of NOTIFY (RFC 5465 §3.1, §5.8): what a client asks for beyond them is
// refused, and what grows beyond them later is ended, with NOTIFICATIONOVERFLOW.
const (
	maxNotifyGroups = 50
	maxNotifyNames  = 500
	maxObserved     = 4000 // mailboxes; about 1 MB a connection
)

// notify is what a client asked to be told by NOTIFY. A connection that never
// used the command has none.
type notify struct {
	selected selectedEvents
	groups   []imapwire.NotifyGroup // for mailboxes that are not selected
	names    map[string]bool        // that groups name
	watch    *store.Watch           // nil without groups
	known    map[string]observed    // by name, as last told
	ofServer bool                   // tells annotations of the server too
	server   postroom.ModSeq        // up to which they were told
	pace     pace.Pace              // of what is told unasked
}

// selectedEvents are the events of the selected mailbox that are told.
type selectedEvents struct {
	messages  bool // new and expunged ones
	flags     bool
	immediate bool       // expunges too, whenever they happen
	fetch     *fetchPlan // of new messages, or nil
}

// wanted is what is told of the selected mailbox: without NOTIFY everything,
// while a command runs (RFC 5465 §3.1).
func (c *conn) wanted() selectedEvents {
	if c.notify == nil {
		return selectedEvents{messages: true, flags: true}
	}
	return c.notify.selected
}

// setNotify answers NOTIFY (RFC 5465 §3.1).
func (c *conn) setNotify(ctx context.Context, tag string, cmd *imapwire.Notify) {
	if fault := notifyFault(cmd); fault != "" {
		c.answerBad(tag, fault)
		return
	}
	n, ok := newNotify(cmd)
	if !ok {
		c.answerNo(tag, imapwire.CodeNotificationOverflow, "too many mailboxes are named")
		return
	}
	if len(n.groups) > 0 {
		var err error
		if n.watch, err = c.session.Watch(ctx); err != nil {
			c.answerError(tag, err)
			return
		}
		if n.ofServer {
			_, n.server, err = c.session.AnnotationsChanged(ctx, postroom.CollectionRef{}, 0)
		}
		if err == nil {
			n.known, err = c.observe(ctx, n)
		}
		if err != nil {
			n.watch.Close()
			c.answerNotify(tag, err)
			return
		}
	}
	c.endNotify()
	c.notify = n
	// A NOTIFY SET is a NOOP too (RFC 5465 §3.1).
	if c.selected != nil && n.selected.messages && !c.sync(ctx, withExpunges) {
		return
	}
	c.tellNotified(n, cmd.Status)
	c.answerOK(tag, "", "NOTIFY done")
}

func (c *conn) answerNotify(tag string, err error) {
	if postroom.KindOf(err) == postroom.Limit {
		c.answerNo(tag, imapwire.CodeNotificationOverflow, postroom.TextOf(err))
		return
	}
	c.answerError(tag, err)
}

// endNotify stops watching.
func (c *conn) endNotify() {
	if c.notify != nil && c.notify.watch != nil {
		c.notify.watch.Close()
	}
	c.notify = nil
}

// notifyFault tells what is wrong with a command (RFC 5465 §5, §6.1, §8).
func notifyFault(cmd *imapwire.Notify) string {
	selectors := 0
	for _, g := range cmd.Groups {
		ofSelected := isSelected(g.Filter.Kind)
		if ofSelected {
			selectors++
		}
		has := func(e imapwire.NotifyEvent) bool { return slices.Contains(g.Events, e) }
		fresh, expunged := has(imapwire.NotifyMessageNew), has(imapwire.NotifyMessageExpunge)
		switch {
		case fresh != expunged:
			return "MessageNew and MessageExpunge go together"
		case has(imapwire.NotifyFlagChange) && !fresh:
			return "FlagChange needs MessageNew and MessageExpunge"
		case ofSelected && slices.ContainsFunc(g.Events, isNameEvent):
			return "of the selected mailbox only message events can be told"
		case !ofSelected && len(g.Items) > 0:
			return "new messages can be fetched in the selected mailbox only"
		}
	}
	if selectors > 1 {
		return "SELECTED and SELECTED-DELAYED can stand only once"
	}
	return ""
}

func isSelected(k imapwire.FilterKind) bool {
	return k == imapwire.FilterSelected || k == imapwire.FilterSelectedDelayed
}

func isNameEvent(e imapwire.NotifyEvent) bool { return eventBits[e]&messageEvents == 0 }

// newNotify reads a command; ok is false when it is too large.
func newNotify(cmd *imapwire.Notify) (n *notify, ok bool) {
	n = &notify{names: map[string]bool{}}
	for _, g := range cmd.Groups {
		if isSelected(g.Filter.Kind) {
			n.selected = selectedOf(&g)
			continue
		}
		for i, name := range g.Filter.Mailboxes {
			g.Filter.Mailboxes[i] = canonicalName(name)
			n.names[g.Filter.Mailboxes[i]] = true
		}
		n.ofServer = n.ofServer || slices.Contains(g.Events, imapwire.NotifyServerMetadata)
		if len(g.Events) > 0 {
			n.groups = append(n.groups, g)
		}
	}
	return n, len(cmd.Groups) <= maxNotifyGroups && len(n.names) <= maxNotifyNames
}

func selectedOf(g *imapwire.NotifyGroup) selectedEvents {
	s := selectedEvents{messages: slices.Contains(g.Events, imapwire.NotifyMessageNew),
		flags:     slices.Contains(g.Events, imapwire.NotifyFlagChange),
		immediate: g.Filter.Kind == imapwire.FilterSelected}
	if len(g.Items) > 0 {
		// What the server sends by itself never marks a message as read.
		s.fetch = planFetch(&imapwire.Fetch{UID: true, Items: g.Items})
		s.fetch.seen = false
	}
	return s
}

// canonicalName is a mailbox name as LIST spells it, whether or not there is
// such a mailbox.
func canonicalName(name string) string {
	name = strings.TrimSuffix(name, string(delimiter))
	for _, prefix := range []string{othersPrefix, sharedPrefix} {
		if strings.EqualFold(name+"/", prefix) {
			return prefix[:len(prefix)-1]
		}
	}
	p, ok := placeOf(name)
	if !ok {
		return name
	}
	path := strings.TrimPrefix(p.path, "/")
	if rest, inbox := strings.CutPrefix(path, "Inbox"); inbox && (rest == "" || rest[0] == delimiter) {
		path = "INBOX" + rest
	}
	if p.account == "" {
		return path
	}
	prefix := sharedPrefix
	if p.kinds(postroom.Person) {
		prefix = othersPrefix
	}
	return strings.TrimSuffix(prefix+strings.ToLower(p.account)+"/"+path, "/")
}

// hear deals with a hint between two commands: the selected mailbox may have
// been taken away, and with NOTIFY changes are told at once. False ends the
// connection.
func (c *conn) hear(ctx context.Context) bool {
	if c.selected != nil {
		w, ok := c.wanted(), false
		switch {
		case c.notify == nil || !w.messages:
			ok = c.stillAllowed(ctx)
		case w.immediate:
			ok = c.sync(ctx, withExpunges)
		default:
			ok = c.syncNews(ctx)
		}
		if !ok {
			return false
		}
	}
	c.tellPaced(ctx)
	return c.enc.Flush() == nil
}

// syncNews tells what changed, but for expunges. Hints may be more than
// changes: one that brings nothing is no reason to warn of those again.
func (c *conn) syncNews(ctx context.Context) bool {
	fresh, err := c.selected.mailbox.View(ctx)
	if err != nil {
		return c.lost(err)
	}
	if fresh.ModSeq == c.selected.view.ModSeq && !c.selected.moving() {
		c.selected.rights = fresh.Rights
		return true
	}
	return c.tell(ctx, withoutExpunges, fresh)
}

// tellPaced is tellOthers unasked: not more often than a connection may.
func (c *conn) tellPaced(ctx context.Context) {
	n, now := c.notify, time.Now()
	if n == nil || n.watch == nil || n.pace.Waits(now) {
		return
	}
	c.tellOthers(ctx)
	n.pace.Worked(now, time.Now())
}

// tellNew fetches what the client asked for of messages that are new to it
// (RFC 5465 §5.2), but for those it put there itself. It reports whether the
// mailbox can still be seen.
func (c *conn) tellNew(ctx context.Context, before []postroom.ItemMeta) bool {
	s, p := c.selected, c.wanted().fetch
	var last postroom.UID
	if len(before) > 0 {
		last = before[len(before)-1].UID
	}
	var places []int
	for i := len(s.view.Items) - 1; i >= 0 && s.view.Items[i].UID > last; i-- {
		if p != nil && !s.made[s.view.Items[i].UID] {
			places = append(places, i)
		}
	}
	s.made = nil
	if len(places) == 0 {
		return true
	}
	slices.Reverse(places)
	p.modSeq = p.modSeq || c.condStore
	if p.light() {
		c.fetchLight(p, places)
		return true
	}
	if err := c.fetchAll(ctx, p, places); postroom.KindOf(err) == postroom.NotFound && err != nil {
		return c.lost(err)
	}
	return true
}
