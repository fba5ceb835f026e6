package rights

import (
	"slices"
	"time"

	"postroom"
)

// SendFacts is what a decision needs to know of the account or group that is
// sent for, posted to or managed.
type SendFacts struct {
	Target postroom.SendTarget
	Org    postroom.OrgID
	// Primary is the canonical primary address, Aliases all others.
	Primary string
	Aliases []postroom.Alias
	// Displayed is the target's own policy, OrgDisplayed its organisation's.
	Displayed, OrgDisplayed postroom.DisplayedSender
}

// SendClass is a rank of grantees. The first class that has an entry decides.
type SendClass uint8

const (
	// ClassNone: no entry decided.
	ClassNone SendClass = iota
	// ClassSelf: the account is the target itself.
	ClassSelf
	// ClassIndividual: an entry for the account, or for the guest.
	ClassIndividual
	// ClassGroup: entries for groups that hold the account.
	ClassGroup
	// ClassDomain: an entry for the domain of the account.
	ClassDomain
	// ClassPlan: an entry for the plan of the account.
	ClassPlan
	// ClassEverybody: entries for the organisation, all and public.
	ClassEverybody
	// ClassOpen: nobody is named, and the right is then everybody's (sendTo).
	ClassOpen
)

var sendClassNames = [...]string{"none", "self", "individual", "group", "domain", "plan", "everybody", "open"}

// String is none, self, individual, group, domain, plan, everybody or open.
func (c SendClass) String() string { return sendClassNames[min(c, ClassOpen)] }

// SendReason says in one word why a decision came out as it did.
type SendReason uint8

const (
	// NoEntry: no entry reaches the subject.
	NoEntry SendReason = iota
	// Granted: an entry gives the right.
	Granted
	// DeniedByEntry: an entry denies it.
	DeniedByEntry
	// AddressNotCovered: the right is held, but not for this address.
	AddressNotCovered
	// Itself: accounts may send as themselves.
	Itself
	// OpenToAll: a list without any entry for sendTo.
	OpenToAll
	// NotActive: the sender's account is invited, locked or disabled.
	NotActive
)

var sendReasonNames = [...]string{"no entry", "granted", "denied", "address not covered", "own address", "open to all", "account not active"}

// String is a short text for people.
func (r SendReason) String() string { return sendReasonNames[min(r, NotActive)] }

// SendDecision is the outcome for one sender, target, right and address.
type SendDecision struct {
	Allowed bool
	// Right is the right that was decided on.
	Right postroom.SendRight
	// ShowSender: recipients must be shown who sent (RFC 5322 §3.6.2 Sender).
	// When it is off for sendAs, the sender may still choose to be shown.
	ShowSender bool
	// Class is the class that decided.
	Class  SendClass
	Reason SendReason
}

// DecideSend decides whether a subject may use a right on a target. grants may
// hold entries of other targets; they are passed over.
//
// address is what is to be sent from, canonical, without a subaddress (those
// follow their base). It matters for sendAs and sendOnBehalfOf only: allowed
// are the target's primary, its delegable aliases and those other aliases that
// the grant adds, less what the grant drops. An added address that is no longer
// the target's gives nothing: it may be somebody else's by now. With several allowing entries in the deciding
// class one that covers the address is enough, and the sender is shown when one
// of those that cover it says so. An account uses all of its own addresses.
//
// sendTo without any unexpired entry is open to everybody. One entry, even one
// that only denies, closes the list to all but those who are allowed.
func DecideSend(s *Subject, t *SendFacts, right postroom.SendRight, address string, grants []postroom.SendGrant, now time.Time) SendDecision {
	d := SendDecision{Right: right, ShowSender: right == postroom.SendOnBehalfOf}
	from := right == postroom.SendAs || right == postroom.SendOnBehalfOf
	if !s.active {
		d.Reason = NotActive
		return d
	}
	if from && s.account != 0 && s.account == t.Target.Account {
		return decideSelf(d, t, address)
	}
	class, denied, any := decidingClass(s, t, right, grants, now)
	d.Class = class
	switch {
	case right == postroom.SendTo && !any:
		d.Allowed, d.Class, d.Reason = true, ClassOpen, OpenToAll
	case class == ClassNone:
		d.Reason = NoEntry
	case denied:
		d.Reason = DeniedByEntry
	case !from:
		d.Allowed, d.Reason = true, Granted
	default:
		d = decideAddress(d, s, t, address, grants, now)
	}
	return d
}

// Owners lists the grantees that unexpired entries make owners of a group.
func Owners(grants []postroom.SendGrant, now time.Time) (owners []postroom.Grantee) {
	for _, g := range grants {
		if g.Right == postroom.Own && !g.Deny && !expired(g.Until, now) {
			owners = append(owners, g.Grantee)
		}
	}
	return owners
}

// DecideFrom decides whether a subject may put address, one of the target's,
// into From: by sendAs, else by sendOnBehalfOf. When neither is held, the
// decision on sendAs is returned, unless only sendOnBehalfOf has an entry.
func DecideFrom(s *Subject, t *SendFacts, address string, grants []postroom.SendGrant, now time.Time) SendDecision {
	as := DecideSend(s, t, postroom.SendAs, address, grants, now)
	if as.Allowed {
		return as
	}
	behalf := DecideSend(s, t, postroom.SendOnBehalfOf, address, grants, now)
	if behalf.Allowed || as.Reason == NoEntry {
		return behalf
	}
	return as
}

func decideSelf(d SendDecision, t *SendFacts, address string) SendDecision {
	d.Class, d.ShowSender = ClassSelf, false
	d.Allowed = address == t.Primary
	for i := range t.Aliases {
		d.Allowed = d.Allowed || address == t.Aliases[i].Address
	}
	d.Reason = AddressNotCovered
	if d.Allowed {
		d.Reason = Itself
	}
	return d
}

// decidingClass finds the first class with an entry that speaks of the right,
// and whether one of that class denies. any reports whether the target has an
// unexpired entry for that right at all.
func decidingClass(s *Subject, t *SendFacts, right postroom.SendRight, grants []postroom.SendGrant, now time.Time) (class SendClass, denied, any bool) {
	for i := range grants {
		g := &grants[i]
		if g.Target != t.Target || !speaks(g, right) || expired(g.Until, now) {
			continue
		}
		any = true
		c := classFor(s, t.Org, g, right)
		switch {
		case c == ClassNone || class != ClassNone && c > class:
		case c == class:
			denied = denied || g.Deny
		default:
			class, denied = c, g.Deny
		}
	}
	return class, denied, any
}

// speaks reports whether an entry says something about a right. sendAs includes
// sendOnBehalfOf, so giving the greater gives the lesser, and denying the
// lesser denies the greater.
func speaks(g *postroom.SendGrant, right postroom.SendRight) bool {
	switch {
	case g.Right == right:
		return true
	case g.Deny:
		return g.Right == postroom.SendOnBehalfOf && right == postroom.SendAs
	}
	return g.Right == postroom.SendAs && right == postroom.SendOnBehalfOf
}

// classFor returns the class in which an entry reaches the subject, ClassNone
// when it does not. Nobody who has not signed in sends in another's name or
// manages a list, so guest and public count for sendTo only.
func classFor(s *Subject, org postroom.OrgID, g *postroom.SendGrant, right postroom.SendRight) SendClass {
	var class SendClass
	switch g.Grantee.Kind {
	case postroom.GranteeAccount:
		class = ClassIndividual
	case postroom.GranteeGroup:
		class = ClassGroup
	case postroom.GranteeDomain:
		class = ClassDomain
	case postroom.GranteePlan:
		class = ClassPlan
	case postroom.GranteeOrg, postroom.GranteeAll:
		class = ClassEverybody
	case postroom.GranteePublic:
		if right == postroom.SendTo {
			class = ClassEverybody
		}
	case postroom.GranteeGuest:
		if right == postroom.SendTo {
			class = ClassIndividual
		}
	}
	if class == ClassNone || !contains(s.within(org), g.Grantee) {
		return ClassNone
	}
	return class
}

// decideAddress looks among the allowing entries of the deciding class for one
// that covers the address.
func decideAddress(d SendDecision, s *Subject, t *SendFacts, address string, grants []postroom.SendGrant, now time.Time) SendDecision {
	d.Reason = AddressNotCovered
	for i := range grants {
		g := &grants[i]
		if g.Target != t.Target || !speaks(g, d.Right) || expired(g.Until, now) ||
			classFor(s, t.Org, g, d.Right) != d.Class || !covers(g, t, address) {
			continue
		}
		d.Allowed, d.Reason = true, Granted
		d.ShowSender = d.ShowSender || DisplayedSender(g.Displayed, t.Displayed, t.OrgDisplayed) == postroom.ShowSender
	}
	return d
}

// covers reports whether an allowing entry may be used with an address. What a
// grant drops is dropped even when the same grant adds it.
func covers(g *postroom.SendGrant, t *SendFacts, address string) bool {
	if slices.Contains(g.DropAddresses, address) {
		return false
	}
	if address == t.Primary {
		return true
	}
	for i := range t.Aliases {
		if t.Aliases[i].Address == address {
			return t.Aliases[i].Delegable || slices.Contains(g.AddAddresses, address)
		}
	}
	return false
}

// DisplayedSender is the first policy that decides, of the nearest first: the
// grant's, the target's, the organisation's. When all inherit it is hide.
func DisplayedSender(policies ...postroom.DisplayedSender) postroom.DisplayedSender {
	for _, p := range policies {
		if p != postroom.InheritSender {
			return p
		}
	}
	return postroom.HideSender
}

// SendAddresses returns the addresses that a subject may put into From for a
// target, sorted, each with its decision: what a client offers at the From
// field, and what automatic identities are made of.
func SendAddresses(s *Subject, t *SendFacts, grants []postroom.SendGrant, now time.Time) []AddressDecision {
	candidates := []string{t.Primary}
	for i := range t.Aliases {
		candidates = append(candidates, t.Aliases[i].Address)
	}
	slices.Sort(candidates)
	var out []AddressDecision
	for _, address := range slices.Compact(candidates) {
		if d := DecideFrom(s, t, address, grants, now); d.Allowed {
			out = append(out, AddressDecision{address, d})
		}
	}
	return out
}

// AddressDecision is an address that may be used, and how.
type AddressDecision struct {
	Address  string
	Decision SendDecision
}
