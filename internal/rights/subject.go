package rights

import (
	"cmp"
	"slices"

	"postroom"
)

// Subject is who asks: an account with every identity under which a grant can
// reach it, prepared once and used for many decisions. It is immutable and may
// be shared between goroutines. It is a snapshot: after a change of group
// membership, domain, plan or state a new one must be made.
type Subject struct {
	account postroom.AccountID
	org     postroom.OrgID
	// active is off for an account that may not use rights to other's things.
	active bool
	// identities sorted by kind and id, without duplicates.
	identities []postroom.Grantee
}

// publicOnly is what is left of a subject in another organisation.
var publicOnly = []postroom.Grantee{{Kind: postroom.GranteePublic}}

// NewSubject prepares an account. groups are all groups that hold it, directly
// or through others.
func NewSubject(a *postroom.Account, groups []postroom.GroupID) *Subject {
	s := &Subject{
		account:    a.ID,
		org:        a.Org,
		active:     a.State == postroom.Active,
		identities: make([]postroom.Grantee, 0, len(groups)+6),
	}
	add := func(kind postroom.GranteeKind, id int64) {
		s.identities = append(s.identities, postroom.Grantee{Kind: kind, ID: id})
	}
	add(postroom.GranteeAccount, int64(a.ID))
	for _, g := range groups {
		add(postroom.GranteeGroup, int64(g))
	}
	// An account may be without domain or plan; no grant names number zero.
	if a.Domain != 0 {
		add(postroom.GranteeDomain, int64(a.Domain))
	}
	if a.Plan != 0 {
		add(postroom.GranteePlan, int64(a.Plan))
	}
	add(postroom.GranteeOrg, int64(a.Org))
	add(postroom.GranteeAll, 0)
	add(postroom.GranteePublic, 0)
	slices.SortFunc(s.identities, compareGrantees)
	s.identities = slices.Compact(s.identities)
	return s
}

// Anonymous is anybody who has not signed in: only public grants reach it.
func Anonymous() *Subject { return &Subject{active: true, identities: publicOnly} }

// Guest is the holder of the secret link with that guest number: public grants
// and those to the guest reach it.
func Guest(id int64) *Subject {
	return &Subject{active: true, identities: []postroom.Grantee{
		{Kind: postroom.GranteePublic}, {Kind: postroom.GranteeGuest, ID: id},
	}}
}

// Account is the account that asks, zero for a guest or anybody.
func (s *Subject) Account() postroom.AccountID { return s.account }

// Org is the organisation of the account, zero for a guest or anybody.
func (s *Subject) Org() postroom.OrgID { return s.org }

// Active reports whether the subject may use rights to things of others.
func (s *Subject) Active() bool { return s.active }

// Identities are the grantees that the subject is, sorted by kind and id. The
// caller must not change them. An account that is not active still has them,
// though they give it nothing.
func (s *Subject) Identities() []postroom.Grantee { return s.identities }

// Is reports whether the subject is, or belongs to, the grantee.
func (s *Subject) Is(g postroom.Grantee) bool { return contains(s.identities, g) }

// within returns the identities that count for a target of an organisation.
func (s *Subject) within(org postroom.OrgID) []postroom.Grantee {
	switch {
	case !s.active:
		return nil
	case s.account != 0 && s.org != org:
		return publicOnly
	}
	return s.identities
}

func compareGrantees(a, b postroom.Grantee) int {
	if a.Kind != b.Kind {
		return cmp.Compare(a.Kind, b.Kind)
	}
	return cmp.Compare(a.ID, b.ID)
}

// contains is a binary search, written out for speed.
func contains(sorted []postroom.Grantee, g postroom.Grantee) bool {
	low, high := 0, len(sorted)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if m := sorted[mid]; m.Kind < g.Kind || m.Kind == g.Kind && m.ID < g.ID {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low < len(sorted) && sorted[low] == g
}
