package postroom

import "time"

// AccountKind is the sort of an account.
type AccountKind uint8

const (
	// Person is somebody who signs in.
	Person AccountKind = 1 + iota
	// Shared is a functional account such as info@; no login by default.
	Shared
	// Resource is a room or a thing.
	Resource
)

var accountKindNames = [...]string{"", "person", "shared", "resource"}

// String is person, shared or resource.
func (k AccountKind) String() string { return accountKindNames[min(int(k), 3)] }

// ParseAccountKind is the inverse of String.
func ParseAccountKind(name string) (AccountKind, bool) {
	for i, n := range accountKindNames[1:] {
		if n == name {
			return AccountKind(i + 1), true
		}
	}
	return 0, false
}

// AccountState is where an account is in its life. Whether it may sign in is
// a separate switch: a shared account is active while its login is off.
type AccountState uint8

const (
	// Invited: has not accepted the invitation; cannot be granted anything.
	Invited AccountState = 1 + iota
	// Active is the normal state.
	Active
	// Locked: receives mail, cannot sign in nor use any right.
	Locked
	// Disabled: as Locked, and mail is refused.
	Disabled
)

var accountStateNames = [...]string{"", "invited", "active", "locked", "disabled"}

// String is invited, active, locked or disabled.
func (s AccountState) String() string { return accountStateNames[min(int(s), 4)] }

// ParseAccountState is the inverse of String.
func ParseAccountState(name string) (AccountState, bool) {
	for i, n := range accountStateNames[1:] {
		if n == name {
			return AccountState(i + 1), true
		}
	}
	return 0, false
}

// SentPolicy says where the copy of a message sent for a shared account goes.
type SentPolicy uint8

const (
	// SentOwner files it in the Sent of the account sent for (default).
	SentOwner SentPolicy = iota
	// SentSender files it in the Sent of the person who sent.
	SentSender
	// SentBoth files it in both.
	SentBoth
	// SentNone files no copy.
	SentNone
)

var sentPolicyNames = [...]string{"owner", "sender", "both", "none"}

// String is owner, sender, both or none.
func (p SentPolicy) String() string { return sentPolicyNames[min(int(p), 3)] }

// ParseSentPolicy is the inverse of String.
func ParseSentPolicy(name string) (SentPolicy, bool) {
	for i, n := range sentPolicyNames {
		if n == name {
			return SentPolicy(i), true
		}
	}
	return 0, false
}

// Account is a mailbox with an address.
type Account struct {
	ID      AccountID
	UUID    string // 36 characters, as Zimbra shows ids
	Org     OrgID
	Domain  DomainID
	Plan    PlanID
	Address string // canonical primary address
	Name    string // display name
	Kind    AccountKind
	State   AccountState
	// Login is whether the account itself may sign in.
	Login bool
	// Admin is the scope of administration; a person may be none.
	Admin AdminScope
	// Abilities are what it may do there.
	Abilities Abilities
	// QuotaBytes limits stored mail; zero takes the plan's limit, negative
	// means none.
	QuotaBytes int64
	UsedBytes  int64
	HideInGAL  bool
	Displayed  DisplayedSender
	Sent       SentPolicy
	// SeenPerUser gives each reader their own read state; default shared.
	SeenPerUser bool
	// Attributes are facts about the account, such as department, by which
	// filters of groups find it. Names are in lower case. Administrators set
	// them.
	Attributes map[string]string
	// Settings holds further preferences by their Zimbra attribute name
	// (zimbraPrefReplyToAddress, zimbraPrefSaveToSent, …).
	Settings map[string]string
	Created  time.Time
}

// Alias is a further address of an account or group.
type Alias struct {
	Address string
	Target  SendTarget
	// Delegable aliases may be used by those who may send as the target.
	Delegable bool
}
