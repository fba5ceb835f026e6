package postroom

import "time"

// SubscriptionPolicy says what happens when a person asks to join or leave.
type SubscriptionPolicy uint8

const (
	// SubscriptionClosed refuses (Zimbra REJECT).
	SubscriptionClosed SubscriptionPolicy = iota
	// SubscriptionOpen acts at once (Zimbra ACCEPT).
	SubscriptionOpen
	// SubscriptionApproval asks the owners (Zimbra APPROVAL).
	SubscriptionApproval
)

// Group is an address with members: a distribution list and a grantee.
type Group struct {
	ID        GroupID
	UUID      string
	Org       OrgID
	Domain    DomainID
	Address   string
	Name      string
	HideInGAL bool
	// NotifyNewMembers sends a new member one notice with all shares.
	NotifyNewMembers bool
	Subscribe        SubscriptionPolicy
	Unsubscribe      SubscriptionPolicy
	Displayed        DisplayedSender
	// Outsiders lets people of other domains ask to join.
	Outsiders bool
	// Filter makes the group dynamic: its members are the accounts of its
	// organisation that match (RFC 4515), and nobody else. Empty: members come
	// and go by hand.
	Filter   string
	Settings map[string]string
	Created  time.Time
}

// Member of a group: exactly one of the three fields is set. Outside
// addresses get mail, never rights.
type Member struct {
	Account AccountID
	Group   GroupID
	Address string
}
