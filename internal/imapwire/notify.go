package imapwire

import "strings"

// Notify asks for events of other mailboxes (RFC 5465).
type Notify struct {
	// Groups is empty for NOTIFY NONE.
	Groups []NotifyGroup
	Status bool // SET STATUS: send a STATUS of each mailbox first
}

// Name implements Command.
func (*Notify) Name() string { return "NOTIFY" }

// NotifyGroup says which events to tell of which mailboxes.
type NotifyGroup struct {
	Filter MailboxFilter
	Events []NotifyEvent // empty for NONE
	// Items are what to FETCH of new messages (MessageNew in the selected
	// mailbox).
	Items []FetchItem
}

// NotifyEvent is an event of RFC 5465 §5, in lower case.
type NotifyEvent string

// The events.
const (
	NotifyMessageNew         NotifyEvent = "messagenew"
	NotifyMessageExpunge     NotifyEvent = "messageexpunge"
	NotifyFlagChange         NotifyEvent = "flagchange"
	NotifyMailboxName        NotifyEvent = "mailboxname"
	NotifySubscriptionChange NotifyEvent = "subscriptionchange"
	NotifyMailboxMetadata    NotifyEvent = "mailboxmetadatachange"
	NotifyServerMetadata     NotifyEvent = "servermetadatachange"
)

// FilterKind says how a MailboxFilter selects.
type FilterKind string

// The kinds of RFC 5465 §6 and RFC 7377 §2.1.
const (
	FilterSelected        FilterKind = "SELECTED"
	FilterSelectedDelayed FilterKind = "SELECTED-DELAYED"
	FilterInboxes         FilterKind = "INBOXES"
	FilterPersonal        FilterKind = "PERSONAL"
	FilterSubscribed      FilterKind = "SUBSCRIBED"
	FilterSubtree         FilterKind = "SUBTREE"
	FilterSubtreeOne      FilterKind = "SUBTREE-ONE"
	FilterMailboxes       FilterKind = "MAILBOXES"
)

// MailboxFilter is a set of mailboxes. Mailboxes has the names of
// FilterSubtree, FilterSubtreeOne and FilterMailboxes.
type MailboxFilter struct {
	Kind      FilterKind
	Mailboxes []string
}

func (d *Decoder) mailboxFilter() MailboxFilter {
	f := MailboxFilter{Kind: FilterKind(d.keyword())}
	switch f.Kind {
	case FilterSelected, FilterSelectedDelayed, FilterInboxes, FilterPersonal, FilterSubscribed:
	case FilterSubtree, FilterSubtreeOne, FilterMailboxes:
		d.space()
		d.oneOrList(func() { f.Mailboxes = append(f.Mailboxes, d.mailbox()) })
	default:
		d.fail("unknown set of mailboxes")
	}
	return f
}

func (d *Decoder) notify() Command {
	c := &Notify{}
	d.space()
	switch d.keyword() {
	case "NONE":
		return c
	case "SET":
	default:
		d.fail("expected SET or NONE")
	}
	d.space()
	c.Status = d.ahead("STATUS")
	for d.err == nil {
		c.Groups = append(c.Groups, d.notifyGroup())
		if !d.accept(' ') {
			break
		}
	}
	return c
}

func (d *Decoder) notifyGroup() NotifyGroup {
	var g NotifyGroup
	d.expect('(')
	g.Filter = d.mailboxFilter()
	d.space()
	if d.peek() == '(' {
		d.list(func() { d.notifyEvent(&g) })
	} else if d.keyword() != "NONE" {
		d.fail("expected events or NONE")
	}
	d.expect(')')
	return g
}

func (d *Decoder) notifyEvent(g *NotifyGroup) {
	event := NotifyEvent(strings.ToLower(d.keyword()))
	switch event {
	case NotifyMessageNew:
		// The items of MessageNew are a list behind it.
		if d.listAhead() {
			d.list(func() { g.Items = append(g.Items, d.fetchItem()) })
		}
	case NotifyMessageExpunge, NotifyFlagChange, NotifyMailboxName,
		NotifySubscriptionChange, NotifyMailboxMetadata, NotifyServerMetadata:
	default:
		if d.err == nil {
			// RFC 5465 §3.1: an unknown event is NO with BADEVENT.
			d.failWith(&CommandError{Kind: NO, Code: badEvent, Text: "unknown event"})
		}
		return
	}
	g.Events = append(g.Events, event)
}

// badEvent lists the events that are known (RFC 5465 §8).
const badEvent Code = "BADEVENT (MessageNew MessageExpunge FlagChange" +
	" MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)"
