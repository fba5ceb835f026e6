package store

import (
	"context"
	"io"

	"postroom"
)

// Identity is the proof that a session may send as an address. Only
// Session.Identity makes one, and only for who holds the right; it is checked
// again in the transaction that submits.
type Identity struct {
	session *Session
	// Address to be used, canonical.
	Address string
	// Target whose address it is; equal to the actor's account for one's own.
	Target postroom.SendTarget
	// Right it stands on: SendAs or SendOnBehalfOf; zero for one's own.
	Right postroom.SendRight
	// Sender is the address that must stand in the Sender field, or empty
	// when no Sender may be shown (RFC 5322 §3.6.2, semantics.md §3).
	Sender string
	// DisplayName of the target and of the actor, for building From and Sender.
	DisplayName, SenderName string
}

// Identity returns the proof for an address, or a Denied error whose text is
// the whole refusal: "cleo@example.test may not send as info@example.test: no
// sendAs or sendOnBehalfOf right". NotFound is never returned: an address that
// does not exist is refused with the same words.
func (s *Session) Identity(ctx context.Context, address string) (*Identity, error) {
	panic("unbuilt")
}

// Identities lists the personas of the session's account: chosen ones, and one
// for each address it may send as.
func (s *Session) Identities(ctx context.Context) ([]postroom.Identity, error) { panic("unbuilt") }

// Recipient of an outgoing message, with its DSN wishes (RFC 3461).
type Recipient struct {
	Address  string
	Notify   string // NOTIFY= as given, empty for default
	Original string // ORCPT= as given
}

// Outgoing is a message that submission has made ready to leave: From, Sender,
// Date, Message-ID and DKIM are in place.
type Outgoing struct {
	Raw        io.Reader
	Size       int64
	MessageID  string // with angle brackets
	InReplyTo  []string
	References []string
	Recipients []Recipient
	// EnvelopeID and Return are ENVID= and RET= of RFC 3461.
	EnvelopeID, Return string
	// Forwarded is true when the message forwards rather than answers what
	// it refers to.
	Forwarded bool
	SMTPUTF8  bool
}

// Submitted tells what Submit did.
type Submitted struct {
	QueueID int64
	Copies  []Appended // in Sent
}

// Submit queues a message, files the copies in Sent as the policy of the
// target says (read, once), and marks the original as answered, all in one
// transaction. It is durable when it returns. Denied when the right has gone.
func (i *Identity) Submit(ctx context.Context, out Outgoing) (Submitted, error) { panic("unbuilt") }
