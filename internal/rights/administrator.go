package rights

import "postroom"

// Administrator is somebody who administers, as rights on the directory are
// decided: their organisation, how far they reach, and what they may do there.
type Administrator struct {
	Org       postroom.OrgID
	Scope     postroom.AdminScope
	Abilities postroom.Abilities
}

// AdministratorOf is what an account administers.
func AdministratorOf(a *postroom.Account) Administrator {
	if a.Kind != postroom.Person {
		return Administrator{Org: a.Org}
	}
	return Administrator{Org: a.Org, Scope: a.Admin, Abilities: implied(a.Abilities)}
}

// implied adds what comes with abilities: who may change something sees it.
func implied(a postroom.Abilities) postroom.Abilities {
	if a&^(postroom.ReadAudit|postroom.ManageQueue) != 0 {
		a |= postroom.SeeDirectory
	}
	if a&(postroom.ManageGrants|postroom.ManageSendRights|postroom.BreakGlass) != 0 {
		a |= postroom.SeeAccess
	}
	return a
}

// Limited takes away what a credential does not pass on.
func (a Administrator) Limited(mask postroom.Abilities) Administrator {
	if a.Abilities &= implied(mask); a.Abilities == 0 {
		a.Scope = postroom.NoAdmin
	}
	return a
}

// Reaches reports whether an organisation is in the scope.
func (a Administrator) Reaches(org postroom.OrgID) bool {
	return a.Scope == postroom.ServerAdmin || a.Scope == postroom.OrgAdmin && a.Org == org
}

// May reports whether all abilities of need are held in an organisation.
func (a Administrator) May(org postroom.OrgID, need postroom.Abilities) bool {
	return a.Reaches(org) && a.Abilities.Has(need)
}

// MayEverywhere is May for all organisations.
func (a Administrator) MayEverywhere(need postroom.Abilities) bool {
	return a.Scope == postroom.ServerAdmin && a.Abilities.Has(need)
}

// Covers reports whether another is not above: reaches no further, and may
// nothing that this one may not. Who manages an account above their own could
// take it over.
func (a Administrator) Covers(b Administrator) bool {
	switch b.Scope {
	case postroom.NoAdmin:
		return true
	case postroom.OrgAdmin:
		return a.May(b.Org, b.Abilities)
	case postroom.ServerAdmin:
		return a.MayEverywhere(b.Abilities)
	}
	return false
}
