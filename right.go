package postroom

// Rights is a set of rights on a collection, in the one alphabet of the
// server. Zimbra letters, RFC 4314 letters, JMAP mayX and DAV privileges are
// projections of it (internal/rights).
type Rights uint32

const (
	// Lookup: the collection is visible (RFC 4314 l).
	Lookup Rights = 1 << iota
	// Read: open, search, fetch, copy from (RFC 4314 r).
	Read
	// Seen: change the read state (RFC 4314 s).
	Seen
	// Write: change other flags, edit in place (RFC 4314 w).
	Write
	// Insert: add, copy or move items in (RFC 4314 i).
	Insert
	// CreateChild: create or move in a child collection (RFC 4314 k).
	CreateChild
	// DeleteCollection: delete or rename the collection (RFC 4314 x).
	DeleteCollection
	// DeleteItems: set \Deleted, move items out (RFC 4314 t).
	DeleteItems
	// Expunge: remove items for good (RFC 4314 e).
	Expunge
	// Administer: give and take grants (RFC 4314 a).
	Administer
	// Post is RFC 4314 p. It is stored and shown, and gives nothing: it is
	// not a right to send.
	Post
	// AnswerInvitations: answer for the owner (Zimbra x).
	AnswerInvitations
	// SeePrivate: see and edit private events (Zimbra p).
	SeePrivate
	// FreeBusy: see free/busy only (Zimbra f).
	FreeBusy
)

const (
	// NoRights is the empty set; as an individual's grant it is a block.
	NoRights Rights = 0
	// AllRights is what the owner of an account has on every collection.
	AllRights = FreeBusy<<1 - 1
)

// Has reports whether r holds every right of want.
func (r Rights) Has(want Rights) bool { return r&want == want }

// Any reports whether r holds at least one right of want.
func (r Rights) Any(want Rights) bool { return r&want != 0 }

// GranteeKind says what sort of grantee a grant names.
type GranteeKind uint8

const (
	// GranteeAccount is one account.
	GranteeAccount GranteeKind = 1 + iota
	// GranteeGroup is a group with all its nested internal members.
	GranteeGroup
	// GranteeDomain is every account of a domain.
	GranteeDomain
	// GranteePlan is every account that has a plan (Zimbra: cos).
	GranteePlan
	// GranteeOrg is every internal account of the organisation.
	GranteeOrg
	// GranteeAll is every signed-in account (RFC 4314 anyone).
	GranteeAll
	// GranteePublic is anybody, signed in or not.
	GranteePublic
	// GranteeGuest is an outside address with a secret link.
	GranteeGuest
)

// Grantee is who a grant is for. ID is the AccountID, GroupID, DomainID,
// PlanID, OrgID or guest number; zero for all and public.
type Grantee struct {
	Kind GranteeKind
	ID   int64
}

// SendRight is a right to send in another's name, to a list, or to manage it.
type SendRight uint8

const (
	// SendAs: From is the target, no trace of the sender.
	SendAs SendRight = 1 + iota
	// SendOnBehalfOf: From is the target, Sender the grantee.
	SendOnBehalfOf
	// SendTo: may post to the group.
	SendTo
	// Own: may manage the group.
	Own
)

var sendRightNames = [...]string{"", "sendAs", "sendOnBehalfOf", "sendTo", "own"}

// String is the name used in commands: sendAs, sendOnBehalfOf, sendTo, own.
func (r SendRight) String() string {
	if int(r) < len(sendRightNames) {
		return sendRightNames[r]
	}
	return ""
}

// ParseSendRight is the inverse of String; ok is false for an unknown name.
func ParseSendRight(name string) (r SendRight, ok bool) {
	for i, n := range sendRightNames[1:] {
		if n == name {
			return SendRight(i + 1), true
		}
	}
	return 0, false
}

// DisplayedSender says whether recipients see who sent for a target.
type DisplayedSender uint8

const (
	// InheritSender takes the next wider setting: grant, target, organisation.
	InheritSender DisplayedSender = iota
	// HideSender shows only the target.
	HideSender
	// ShowSender adds a Sender field with the person.
	ShowSender
)
