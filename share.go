package postroom

import "time"

// ShareState is what a person has answered to a share.
type ShareState uint8

const (
	// SharePending: offered, and not answered.
	SharePending ShareState = 1 + iota
	// ShareAccepted: accepted, or there by itself (Automount).
	ShareAccepted
	// ShareDeclined: put away. The rights stay as they are; it is only not
	// listed.
	ShareDeclined
)

// String is pending, accepted or declined.
func (s ShareState) String() string {
	return [...]string{"", "pending", "accepted", "declined"}[min(s, ShareDeclined)]
}

// Share is a collection of somebody else, as it reaches one person: one share,
// by however many grants.
type Share struct {
	Target CollectionRef
	Path   string
	Kind   CollectionKind
	Owner  Account // address, name and kind of the account it is in
	With   Account // address and name of the person
	State  ShareState
	// Mode is Offer when one of the grants is an offer that counts.
	Mode ShareMode
	// Name is what the person calls it: a path in their own mailbox; empty
	// for nothing in particular.
	Name   string
	Rights Rights // effective
	// Since is when the first of the grants was made, Until when the last of
	// them ends, zero for never.
	Since, Until time.Time
	// By is who made the latest grant: address and name; empty for the
	// console.
	By Account
	// Via are the grantees by which it reaches the person, for people: an
	// address, domain:D, …
	Via []string
	// Answered is when the person did, zero when they have not.
	Answered time.Time
}
