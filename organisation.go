package postroom

import "time"

// Organisation is a customer of the server. Nothing leaks between two.
type Organisation struct {
	ID        OrgID
	UUID      string
	Name      string
	Displayed DisplayedSender
	// AuditDays is for how many days the contents of audit records are kept,
	// zero for ever.
	AuditDays int
	// Locale is the language its notices are written in, unless a person
	// chose another: en or de; empty is en.
	Locale string
	// PersonPlan, SharedPlan and ResourcePlan are those of new accounts; zero
	// is the plan default.
	PersonPlan, SharedPlan, ResourcePlan PlanID
	// Limits are set by administrators of the server.
	Limits OrgLimits
	// BreakGlass is how long an emergency access lasts at most, in whole
	// seconds; zero allows none.
	BreakGlass time.Duration
	Created    time.Time
}

// Domain is a mail domain of an organisation.
type Domain struct {
	ID   DomainID
	UUID string
	Org  OrgID
	Name string // canonical, lower case A-label
	// DKIMSelector and DKIMKey (PKCS#8 PEM) sign outgoing mail.
	DKIMSelector string
	DKIMKey      string
	Created      time.Time
}

// Plan (class of service) is a named set of limits and defaults.
type Plan struct {
	ID         PlanID
	UUID       string
	Org        OrgID
	Name       string
	QuotaBytes int64 // negative: none
	Features   Features
	// MessageBytes is how large a message that is sent may be; 0 is no limit.
	MessageBytes int64
	// MaxAliases is how many further addresses an account may have; negative
	// is no limit.
	MaxAliases int64
	Created    time.Time
}

// Identity (persona) is a From a person can choose. It gives no right: the
// address is checked at every send.
type Identity struct {
	ID      IdentityID
	UUID    string
	Account AccountID
	Name    string // name of the identity, unique in its account
	Display string // display name in From
	Address string
	ReplyTo string
	// Signature is plain text, SignatureHTML the same for who writes HTML: as
	// the person gave it, to be cleaned by who shows it.
	Signature, SignatureHTML string
	// Target is whose address it is, zero when it cannot be used. Computed.
	Target SendTarget
	// Unusable says why it cannot be used now, empty when it can. Computed.
	Unusable string
	// Automatic identities come and go with a send right.
	Automatic bool
	Settings  map[string]string
}
