package store

import (
	"context"
	"io"
	"iter"
	"time"

	"postroom"
)

// Mailbox is an open mailbox. Its methods read the session's rights anew in
// the transaction of the act, so that a revocation holds for the next call:
// they return NotFound or Denied from then on. Rights of a handle are the
// effective grants, less what the credential or the way of opening takes away.
// It is safe for concurrent use.
type Mailbox struct {
	session *Session
	ref     postroom.CollectionRef
	mode    Mode
}

// Ref names the mailbox.
func (m *Mailbox) Ref() postroom.CollectionRef { return m.ref }

// View is a consistent picture of a mailbox. Items are in ascending UID order
// and must not be changed by the caller: the slice is shared between sessions.
type View struct {
	postroom.Collection
	Rights postroom.Rights
	Items  []postroom.ItemMeta
}

// View reads the present picture, from a cache that the change log keeps
// fresh. Needs Read.
func (m *Mailbox) View(ctx context.Context) (*View, error) { panic("unbuilt") }

// Status is View without the items. Needs Read.
func (m *Mailbox) Status(ctx context.Context) (postroom.Collection, postroom.Rights, error) {
	panic("unbuilt")
}

// Fetch yields items with their stored summary in ascending UID order; unknown
// UIDs are passed over. Needs Read. Stop at the first error.
func (m *Mailbox) Fetch(ctx context.Context, uids []postroom.UID) iter.Seq2[postroom.Item, error] {
	panic("unbuilt")
}

// Content is the bytes of a message.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Open opens the bytes of a message. Needs Read. It is audited as
// message.read when the reader is not the owner.
func (m *Mailbox) Open(ctx context.Context, uid postroom.UID) (Content, error) { panic("unbuilt") }

// NewMessage is a message to append.
type NewMessage struct {
	Raw      io.Reader
	Size     int64
	Flags    postroom.Flags
	Keywords string    // canonical
	Received time.Time // zero: now
}

// Appended tells where a message went. Folded is true when the server already
// had it (a client's own copy in Sent): then Mailbox and UID are those of the
// copy that is there.
type Appended struct {
	Mailbox     postroom.CollectionRef
	UIDValidity uint32
	UID         postroom.UID
	Folded      bool
}

// Append stores messages, all or none. Needs Insert; flags beyond the rights
// are dropped. OverQuota, TooLarge. The messages are durable when it returns.
func (m *Mailbox) Append(ctx context.Context, msgs []NewMessage) ([]Appended, error) {
	panic("unbuilt")
}

// FlagOp is what to do with flags.
type FlagOp uint8

// The operations of STORE (RFC 9051 §6.4.6).
const (
	SetFlags FlagOp = iota
	AddFlags
	RemoveFlags
)

// FlagChange changes flags of messages. Only the part one has rights to is
// applied: \Seen needs Seen, \Deleted needs DeleteItems, others need Write.
type FlagChange struct {
	Op       FlagOp
	Flags    postroom.Flags
	Keywords string
	// UnchangedSince, when not negative, leaves items with a higher ModSeq
	// alone and reports them as stale (RFC 7162 §3.1.3).
	UnchangedSince postroom.ModSeq
}

// FlagResult tells what ChangeFlags did.
type FlagResult struct {
	Changed []postroom.ItemMeta // new state of every item touched or asked for
	Stale   []postroom.UID
}

// ChangeFlags applies a change to the messages named. Denied when no part of
// it is permitted.
func (m *Mailbox) ChangeFlags(ctx context.Context, uids []postroom.UID, c FlagChange) (FlagResult, error) {
	panic("unbuilt")
}

// Moved pairs source and target UIDs of a copy or move, in source order.
type Moved struct {
	Target      postroom.CollectionRef
	UIDValidity uint32
	From, To    []postroom.UID
}

// Copy copies messages into another mailbox, also of another account. Needs
// Read here and Insert there; flags one may not set there are dropped.
// NotFound (of the target) maps to TRYCREATE.
func (m *Mailbox) Copy(ctx context.Context, uids []postroom.UID, to postroom.CollectionRef) (Moved, error) {
	panic("unbuilt")
}

// Move moves messages. Needs DeleteItems and Expunge here, Insert there; the
// owner's Trash and Junk as target need nothing there.
func (m *Mailbox) Move(ctx context.Context, uids []postroom.UID, to postroom.CollectionRef) (Moved, error) {
	panic("unbuilt")
}

// Expunge removes messages that have \Deleted: those of uids, or all when uids
// is nil. Needs Expunge. It returns the UIDs removed.
func (m *Mailbox) Expunge(ctx context.Context, uids []postroom.UID) ([]postroom.UID, error) {
	panic("unbuilt")
}

// Vanished lists the UIDs expunged since modseq (RFC 7162 §3.2.5.2).
func (m *Mailbox) Vanished(ctx context.Context, since postroom.ModSeq) ([]postroom.UID, error) {
	panic("unbuilt")
}

// SearchText returns, of the UIDs given, those whose text holds all words of
// query. Messages that are not yet indexed are read and searched too.
func (m *Mailbox) SearchText(ctx context.Context, field TextField, query string, uids []postroom.UID) ([]postroom.UID, error) {
	panic("unbuilt")
}

// TextField says where SearchText looks.
type TextField uint8

// Body is the decoded text of the parts, Anywhere adds the header.
const (
	Body TextField = iota
	Anywhere
)

// ACLEntry is one line of a collection's own access list.
type ACLEntry struct {
	postroom.Grant
	// Name of the grantee as shown: an address, a domain, a plan's name,
	// "anyone" for all, "" for public.
	Name string
}

// ACL lists the grants set on this very collection. Needs Administer.
func (s *Session) ACL(ctx context.Context, ref postroom.CollectionRef) ([]ACLEntry, error) {
	panic("unbuilt")
}

// MyRights are the session's effective rights. NotFound without any of them.
func (s *Session) MyRights(ctx context.Context, ref postroom.CollectionRef) (postroom.Rights, error) {
	panic("unbuilt")
}
