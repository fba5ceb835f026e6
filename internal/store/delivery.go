package store

import (
	"context"
	"time"

	"postroom"
)

// DeliverySession may resolve recipients and insert messages; it cannot read
// any. It is made by store/system.
type DeliverySession struct{ session *Session }

// Route is where mail for one address goes.
type Route struct {
	// Accounts that get a copy, each once.
	Accounts []postroom.AccountID
	// Outside addresses (external members, forwards).
	Outside []string
	// Group is set when the address is a group's: its address goes into
	// List-Id and its bounces go to its owners.
	Group postroom.GroupID
}

// Resolve finds where mail to an address goes: accounts, aliases, subaddresses
// and nested groups (cycles harmless) are followed, the posting policy and the
// states of accounts are checked. Errors: NotFound (no such user; 550 5.1.1),
// Denied (posting not permitted; 550 5.7.1), OverQuota (452 4.2.2), Unavailable
// (disabled; 550 5.2.1), Invalid (not a local domain; 550 5.7.1).
// Sender is the envelope sender, "" for the null sender; signedIn is who
// submitted it, nil for mail from outside.
func (d *DeliverySession) Resolve(ctx context.Context, recipient, sender string, signedIn *postroom.Actor) (Route, error) {
	panic("unbuilt")
}

// IsLocal reports whether a domain (canonical) is one of the server's.
func (d *DeliverySession) IsLocal(ctx context.Context, domain string) (bool, error) {
	panic("unbuilt")
}

// Arrival is a message with its trace fields, to be put into inboxes.
type Arrival struct {
	Raw []byte
	// Received is the time of arrival.
	Received time.Time
	Sender   string // envelope sender
	// Copies are the accounts, each with the mailbox its copy goes to.
	Copies []ArrivalCopy
}

// ArrivalCopy is one account's copy. Zero Mailbox is the inbox; a named folder
// (subaddress) falls back to the inbox.
type ArrivalCopy struct {
	Account  postroom.AccountID
	Mailbox  postroom.CollectionID
	Flags    postroom.Flags
	Keywords string
	// Prefix are trace fields of this copy alone (Delivered-To,
	// Return-Path), put before Raw; empty when none.
	Prefix []byte
}

// Deliver stores one blob for all and an item for each copy, in one
// transaction. It is durable when it returns.
func (d *DeliverySession) Deliver(ctx context.Context, a Arrival) error { panic("unbuilt") }
