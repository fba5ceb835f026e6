package imapwire

import "strings"

// Create makes a mailbox (RFC 9051 §6.3.4).
type Create struct {
	Mailbox string
	// Use are special uses such as \Sent (RFC 6154 §3), as MailboxAttr.
	Use []MailboxAttr
}

// Name implements Command.
func (*Create) Name() string { return "CREATE" }

func (d *Decoder) create() Command {
	d.space()
	c := &Create{Mailbox: d.mailbox()}
	if !d.accept(' ') {
		return c
	}
	d.list(func() {
		if d.keyword() != "USE" {
			d.fail("unknown parameter")
			return
		}
		d.space()
		d.maybeEmpty(func() {
			d.expect('\\')
			c.Use = append(c.Use, CanonicalAttr(MailboxAttr(`\`+d.atom())))
		})
	})
	return c
}

// Delete removes a mailbox (RFC 9051 §6.3.5).
type Delete struct{ Mailbox string }

// Name implements Command.
func (*Delete) Name() string { return "DELETE" }

// Rename gives a mailbox another name (RFC 9051 §6.3.6).
type Rename struct{ From, To string }

// Name implements Command.
func (*Rename) Name() string { return "RENAME" }

func (d *Decoder) rename() Command {
	d.space()
	c := &Rename{From: d.mailbox()}
	d.space()
	c.To = d.mailbox()
	return c
}

// Subscribe adds a mailbox to the subscribed ones (RFC 9051 §6.3.7).
type Subscribe struct{ Mailbox string }

// Name implements Command.
func (*Subscribe) Name() string { return "SUBSCRIBE" }

// Unsubscribe removes a mailbox from the subscribed ones (RFC 9051 §6.3.8).
type Unsubscribe struct{ Mailbox string }

// Name implements Command.
func (*Unsubscribe) Name() string { return "UNSUBSCRIBE" }

// MailboxAttr is an attribute of a mailbox in LIST.
type MailboxAttr string

// Attributes of RFC 9051 §7.3.1, RFC 6154 and RFC 8457.
const (
	AttrNonExistent   MailboxAttr = `\NonExistent`
	AttrNoAccess      MailboxAttr = `\NoAccess` // RFC 5465 §3.1
	AttrNoInferiors   MailboxAttr = `\Noinferiors`
	AttrNoSelect      MailboxAttr = `\Noselect`
	AttrHasChildren   MailboxAttr = `\HasChildren`
	AttrHasNoChildren MailboxAttr = `\HasNoChildren`
	AttrMarked        MailboxAttr = `\Marked`
	AttrUnmarked      MailboxAttr = `\Unmarked`
	AttrSubscribed    MailboxAttr = `\Subscribed`
	AttrRemote        MailboxAttr = `\Remote`
	AttrAll           MailboxAttr = `\All`
	AttrArchive       MailboxAttr = `\Archive`
	AttrDrafts        MailboxAttr = `\Drafts`
	AttrFlagged       MailboxAttr = `\Flagged`
	AttrJunk          MailboxAttr = `\Junk`
	AttrSent          MailboxAttr = `\Sent`
	AttrTrash         MailboxAttr = `\Trash`
	AttrImportant     MailboxAttr = `\Important`
)

var specialUses = []MailboxAttr{
	AttrAll, AttrArchive, AttrDrafts, AttrFlagged, AttrJunk, AttrSent, AttrTrash, AttrImportant,
}

// CanonicalAttr returns a special use in its usual spelling, and any other
// attribute unchanged.
func CanonicalAttr(a MailboxAttr) MailboxAttr {
	for _, s := range specialUses {
		if strings.EqualFold(string(a), string(s)) {
			return s
		}
	}
	return a
}

// StatusItem is something STATUS can tell of a mailbox.
type StatusItem string

// Status items of RFC 9051 §6.3.11, RFC 7162, RFC 7889, RFC 8474 and RFC 9208.
const (
	StatusMessages       StatusItem = "MESSAGES"
	StatusRecent         StatusItem = "RECENT" // IMAP4rev1
	StatusUIDNext        StatusItem = "UIDNEXT"
	StatusUIDValidity    StatusItem = "UIDVALIDITY"
	StatusUnseen         StatusItem = "UNSEEN"
	StatusDeleted        StatusItem = "DELETED"
	StatusDeletedStorage StatusItem = "DELETED-STORAGE"
	StatusSize           StatusItem = "SIZE"
	StatusHighestModSeq  StatusItem = "HIGHESTMODSEQ"
	StatusAppendLimit    StatusItem = "APPENDLIMIT"
	StatusMailboxID      StatusItem = "MAILBOXID"
)

// GetStatus is the STATUS command (RFC 9051 §6.3.11).
type GetStatus struct {
	Mailbox string
	Items   []StatusItem // without repetition
}

// Name implements Command.
func (*GetStatus) Name() string { return "STATUS" }

func (d *Decoder) status() Command {
	d.space()
	c := &GetStatus{Mailbox: d.mailbox()}
	d.space()
	c.Items = d.statusItems()
	return c
}

func (d *Decoder) statusItems() []StatusItem {
	var items []StatusItem
	d.list(func() {
		item := StatusItem(d.keyword())
		switch item {
		case StatusMessages, StatusRecent, StatusUIDNext, StatusUIDValidity, StatusUnseen,
			StatusDeleted, StatusDeletedStorage, StatusSize, StatusHighestModSeq,
			StatusAppendLimit, StatusMailboxID:
		default:
			d.fail("unknown status item")
			return
		}
		for _, have := range items {
			if have == item {
				return
			}
		}
		items = append(items, item)
	})
	return items
}
