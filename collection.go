package postroom

// CollectionKind is the sort of items a collection holds.
type CollectionKind uint8

const (
	// MailCollection holds messages (a mailbox in the sense of IMAP).
	MailCollection CollectionKind = 1 + iota
	// CalendarCollection holds iCalendar objects.
	CalendarCollection
	// ContactCollection holds vCards.
	ContactCollection
	// TaskCollection holds tasks.
	TaskCollection
)

// Role is the special use of a mailbox (RFC 6154, RFC 8621 §2), lower case:
// inbox, sent, drafts, trash, junk, archive, or empty.
type Role string

const (
	RoleNone    Role = ""
	RoleInbox   Role = "inbox"
	RoleSent    Role = "sent"
	RoleDrafts  Role = "drafts"
	RoleTrash   Role = "trash"
	RoleJunk    Role = "junk"
	RoleArchive Role = "archive"
)

// Collection is a mailbox, calendar, address book or task list.
type Collection struct {
	Ref    CollectionRef
	Parent CollectionID // zero for the root
	Kind   CollectionKind
	Role   Role
	Name   string // last component of Path
	// Path from the account's root with "/" between names, as Zimbra spells
	// it: "/" for the root, "/Inbox", "/Clients/2026".
	Path string
	// Inherit off stops the walk for grants above this collection.
	Inherit bool
	// Seen is what this collection says of the read state, itself.
	Seen        SeenMode
	UIDValidity uint32
	UIDNext     UID
	ModSeq      ModSeq // highest of its items and of itself
	Total       int    // items
	Unseen      int    // items without \Seen (shared read state)
	Deleted     int    // items with \Deleted
	Bytes       int64
}
