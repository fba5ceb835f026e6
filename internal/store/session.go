package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/mint"
)

// Session is somebody who signed in. It can only be made with a warrant, which
// only packages under internal/store can make (see store/login, store/system).
// It is safe for concurrent use.
type Session struct {
	store   *Store
	warrant mint.Warrant
}

// NewSession opens a session on a warrant.
func (s *Store) NewSession(w mint.Warrant) *Session { return &Session{store: s, warrant: w} }

// Actor is who signed in, and through what.
func (s *Session) Actor() postroom.Actor { return s.warrant.Actor }

// Home is the account this session sees as its own: its INBOX, Sent, Trash.
// With a delegated sign-in it is not the actor's account.
func (s *Session) Home() postroom.AccountID { return s.warrant.Home }

// Seen is a collection as one session sees it.
type SeenCollection struct {
	postroom.Collection
	Owner postroom.Account // address, name and kind of the account it is in
	// Rights are the session's effective rights. Without Lookup the entry is
	// only a parent of something visible: its counters are zero and it must
	// be shown as \NonExistent.
	Rights      postroom.Rights
	HasChildren bool // visible children
	Subscribed  bool
}

// Collections lists every collection of kind that the session may look up, of
// its own account and of all shared with it, and the parents that are needed
// to reach them, ordered by account address (own first) and path.
func (s *Session) Collections(ctx context.Context, kind postroom.CollectionKind) ([]SeenCollection, error) {
	panic("unbuilt")
}

// VisibleAccounts lists the accounts of which the session may look up at
// least one collection; its home comes first.
func (s *Session) VisibleAccounts(ctx context.Context) ([]postroom.Account, error) { panic("unbuilt") }

// Resolve finds a collection by the address of its account ("" = home) and its
// path ("/Inbox"; case-insensitive for the well-known ones). NotFound also
// when it may not be looked up.
func (s *Session) Resolve(ctx context.Context, account, path string) (SeenCollection, error) {
	panic("unbuilt")
}

// Mode is how a mailbox is opened.
type Mode uint8

const (
	// ReadWrite opens with all effective rights.
	ReadWrite Mode = iota
	// ReadOnly (EXAMINE) opens without any right that changes something.
	ReadOnly
)

// Mailbox opens a mailbox. NotFound without Lookup, Denied without Read.
func (s *Session) Mailbox(ctx context.Context, ref postroom.CollectionRef, mode Mode) (*Mailbox, error) {
	panic("unbuilt")
}

// NewCollection says what CreateCollection makes.
type NewCollection struct {
	Kind postroom.CollectionKind // zero: MailCollection
	Role postroom.Role           // CREATE-SPECIAL-USE; one of a kind per account
}

// CreateCollection makes a collection, and missing parents, in an account (""
// = home). Exists, Denied (no r+i on the nearest existing parent), NotFound,
// Invalid (name), Limit.
func (s *Session) CreateCollection(ctx context.Context, account, path string, spec NewCollection) (postroom.CollectionRef, error) {
	panic("unbuilt")
}

// RenameCollection moves a collection with what lies below it to another path,
// in the same account. Renaming the inbox moves its items into a new mailbox
// and leaves it empty (RFC 9051 §6.3.6).
func (s *Session) RenameCollection(ctx context.Context, ref postroom.CollectionRef, newPath string) error {
	panic("unbuilt")
}

// DeleteCollection deletes a collection and its items. NotEmpty when it has
// children; Invalid for a well-known one.
func (s *Session) DeleteCollection(ctx context.Context, ref postroom.CollectionRef) error {
	panic("unbuilt")
}

// SetSubscribed subscribes this person (not the account) to a mailbox name as
// the client spells it (RFC 9051 §6.3.7); the mailbox need not exist.
func (s *Session) SetSubscribed(ctx context.Context, name string, on Subscription) error {
	panic("unbuilt")
}

// Subscription is whether a name is subscribed to.
type Subscription uint8

// The two states.
const (
	Unsubscribed Subscription = iota
	Subscribed
)

// Subscriptions lists the names this person is subscribed to.
func (s *Session) Subscriptions(ctx context.Context) ([]string, error) { panic("unbuilt") }

// AppendLimit is the size of the largest message the store takes, in bytes.
func (s *Store) AppendLimit() int64 { return 100 << 20 }
