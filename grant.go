package postroom

import "time"

// ShareMode says how a share reaches its grantee.
type ShareMode uint8

const (
	// Automount: appears at once (default for the root of an account).
	Automount ShareMode = 1 + iota
	// Offer: appears in web clients once accepted (default for one collection).
	Offer
)

// Grant is the fact that a grantee has been given rights on a collection and
// what lies below it. Rights are computed from grants, never stored.
type Grant struct {
	Target  CollectionRef
	Grantee Grantee
	// Rights granted; NoRights for an account is a block of that account.
	Rights Rights
	// Negative entries take rights away (RFC 4314 "-identifier").
	Negative bool
	Mode     ShareMode
	// Since is when the grant was made.
	Since time.Time
	// Until is when it ends; the zero time means never.
	Until time.Time
	// By is the account that gave it; zero for the console.
	By AccountID
	// Reason is why it was given in an emergency, by breaking the glass;
	// empty for all others.
	Reason string
}

// Target of a send right: an account or a group.
type SendTarget struct {
	Account AccountID // zero when the target is a group
	Group   GroupID   // zero when the target is an account
}

// SendGrant is the fact that a grantee may, or with Deny may not, use a send
// right on a target.
type SendGrant struct {
	Target  SendTarget
	Grantee Grantee
	Right   SendRight
	Deny    bool
	// Displayed overrides the target's displayed-sender policy.
	Displayed DisplayedSender
	// AddAddresses and DropAddresses change the target's delegable
	// addresses for this grant alone (canonical addresses).
	AddAddresses, DropAddresses []string
	Since, Until                time.Time
	By                          AccountID
}
