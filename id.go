package postroom

import "fmt"

// Identifiers of directory entries come from one sequence for the whole
// server and are never used again, so a name that is reused inherits nothing
// from its predecessor.
type (
	// OrgID identifies an organisation (a customer, a tenant).
	OrgID int64
	// DomainID identifies a mail domain.
	DomainID int64
	// PlanID identifies a plan (class of service).
	PlanID int64
	// AccountID identifies an account: person, shared mailbox or resource.
	AccountID int64
	// GroupID identifies a group (distribution list).
	GroupID int64
	// IdentityID identifies an identity (persona).
	IdentityID int64
)

// Identifiers inside one account.
type (
	// CollectionID identifies a collection (mailbox, calendar, address book)
	// within its account. Ids below 257 are the well-known collections, with
	// the numbers Zimbra gives them.
	CollectionID int64
	// EmailID identifies an immutable message within its account. Copies of a
	// message in several mailboxes of an account share it (RFC 8474 §5.1).
	EmailID int64
	// ThreadID identifies a conversation within its account.
	ThreadID int64
	// ModSeq is the one change counter of an account. It is the MODSEQ of
	// IMAP (RFC 7162), the state of JMAP (RFC 8620) and the sync-token of DAV
	// (RFC 6578).
	ModSeq int64
	// UID is the unique identifier of an item in its mailbox (RFC 9051 §2.3.1.1).
	UID uint32
)

// Well-known collections of every account.
const (
	RootCollection    CollectionID = 1
	InboxCollection   CollectionID = 2
	TrashCollection   CollectionID = 3
	JunkCollection    CollectionID = 4
	SentCollection    CollectionID = 5
	DraftsCollection  CollectionID = 6
	FirstUserCreated  CollectionID = 257
	MaxCollectionName              = 255 // bytes of one path component
	MaxCollectionPath              = 1000
)

// CollectionRef names one collection of the server.
type CollectionRef struct {
	Account    AccountID
	Collection CollectionID
}

// String is the form used as IMAP MAILBOXID (RFC 8474): unique on the server.
func (r CollectionRef) String() string { return fmt.Sprintf("%d-%d", r.Account, r.Collection) }

// BlobID is the SHA-256 of a blob's bytes.
type BlobID [32]byte

// String is the lower-case hexadecimal form.
func (b BlobID) String() string { return fmt.Sprintf("%x", b[:]) }
