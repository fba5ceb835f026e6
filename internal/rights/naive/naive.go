// Package naive computes rights a second time, as slowly and plainly as the
// rules are written: from lists of facts, by recursion, without an index. It is
// there to disagree with package rights when one of the two is wrong; nothing
// but tests imports it.
package naive

import (
	"time"

	"postroom"
)

// World is every fact that a decision can depend on.
type World struct {
	Now         time.Time
	Accounts    []postroom.Account
	Groups      []postroom.Group
	Members     []Membership
	Orgs        []postroom.Organisation
	Collections []postroom.Collection
	Grants      []postroom.Grant
	Aliases     []postroom.Alias
	SendGrants  []postroom.SendGrant
}

// Membership is one line of a member list.
type Membership struct {
	Group  postroom.GroupID
	Member postroom.Member
}

// Who asks: an account, a guest, or with both zero anybody.
type Who struct {
	Account postroom.AccountID
	Guest   int64
}

func find[T any](list []T, is func(T) bool) (found T) {
	for _, x := range list {
		if is(x) {
			return x
		}
	}
	return found
}

func (w *World) account(id postroom.AccountID) postroom.Account {
	return find(w.Accounts, func(a postroom.Account) bool { return a.ID == id })
}

func (w *World) over(until time.Time) bool { return !until.IsZero() && until.Compare(w.Now) <= 0 }

// is reports whether who is the grantee or one of those the grantee stands for,
// for a target of organisation org.
func (w *World) is(who Who, g postroom.Grantee, org postroom.OrgID) bool {
	a := w.account(who.Account)
	if g.Kind == postroom.GranteePublic {
		return true
	}
	if who.Account == 0 {
		return g.Kind == postroom.GranteeGuest && who.Guest == g.ID && g.ID != 0
	}
	if a.Org != org {
		return false
	}
	switch g.Kind {
	case postroom.GranteeAccount:
		return int64(a.ID) == g.ID
	case postroom.GranteeGroup:
		return w.holds(postroom.GroupID(g.ID), a.ID, nil)
	case postroom.GranteeDomain:
		return int64(a.Domain) == g.ID
	case postroom.GranteePlan:
		return int64(a.Plan) == g.ID
	case postroom.GranteeOrg:
		return int64(a.Org) == g.ID
	}
	return g.Kind == postroom.GranteeAll
}

// holds goes down the member lists; entered are the groups it is already in.
func (w *World) holds(group postroom.GroupID, account postroom.AccountID, entered []postroom.GroupID) bool {
	if find(entered, func(g postroom.GroupID) bool { return g == group }) != 0 {
		return false
	}
	for _, m := range w.Members {
		if m.Group == group && (m.Member.Account == account ||
			m.Member.Group != 0 && w.holds(m.Member.Group, account, append(entered[:len(entered):len(entered)], group))) {
			return true
		}
	}
	return false
}

func (w *World) mayUseOthers(who Who) bool {
	return who.Account == 0 || w.account(who.Account).State == postroom.Active
}

// nearest returns the grants to g that count on collection c.
func (w *World) nearest(g postroom.Grantee, negative bool, c postroom.Collection) (counting []postroom.Grant) {
	for _, grant := range w.Grants {
		if grant.Target == c.Ref && grant.Grantee == g && grant.Negative == negative && !w.over(grant.Until) {
			counting = append(counting, grant)
		}
	}
	if len(counting) > 0 || !c.Inherit || c.Parent == 0 {
		return counting
	}
	return w.nearest(g, negative, find(w.Collections, func(p postroom.Collection) bool {
		return p.Ref.Account == c.Ref.Account && p.Ref.Collection == c.Parent
	}))
}

// Effective is semantics as written: the owner; one nearest grant per grantee;
// the individual block; the union less the negative entries.
func (w *World) Effective(who Who, ref postroom.CollectionRef) postroom.Rights {
	if who.Account != 0 && who.Account == ref.Account {
		return postroom.AllRights
	}
	if !w.mayUseOthers(who) {
		return postroom.NoRights
	}
	c := find(w.Collections, func(c postroom.Collection) bool { return c.Ref == ref })
	org := w.account(ref.Account).Org
	var plus, minus, own postroom.Rights
	individual := false
	for _, any := range w.Grants {
		if !w.is(who, any.Grantee, org) {
			continue
		}
		for _, g := range w.nearest(any.Grantee, false, c) {
			plus |= g.Rights
			if g.Grantee.Kind == postroom.GranteeAccount {
				individual, own = true, own|g.Rights
			}
		}
		for _, g := range w.nearest(any.Grantee, true, c) {
			minus |= g.Rights
		}
	}
	if individual && own == postroom.NoRights {
		return postroom.NoRights
	}
	return plus &^ minus
}

// classes in the order in which they are asked.
var classes = [][]postroom.GranteeKind{
	{postroom.GranteeAccount, postroom.GranteeGuest},
	{postroom.GranteeGroup},
	{postroom.GranteeDomain},
	{postroom.GranteePlan},
	{postroom.GranteeOrg, postroom.GranteeAll, postroom.GranteePublic},
}

// says: giving sendAs gives sendOnBehalfOf; denying sendOnBehalfOf denies
// sendAs.
func says(g postroom.SendGrant, right postroom.SendRight) bool {
	if right == postroom.SendOnBehalfOf && g.Right == postroom.SendAs {
		return !g.Deny
	}
	if right == postroom.SendAs && g.Right == postroom.SendOnBehalfOf {
		return g.Deny
	}
	return g.Right == right
}

// Send decides on a right to send, and whether the sender must be shown.
func (w *World) Send(who Who, target postroom.SendTarget, right postroom.SendRight, address string) (allowed, show bool) {
	from := right == postroom.SendAs || right == postroom.SendOnBehalfOf
	if !w.mayUseOthers(who) {
		return false, false
	}
	if from && who.Account != 0 && who.Account == target.Account {
		return w.ownsAddress(target, address), false
	}
	var entries []postroom.SendGrant
	for _, g := range w.SendGrants {
		if g.Target == target && says(g, right) && !w.over(g.Until) {
			entries = append(entries, g)
		}
	}
	if right == postroom.SendTo && len(entries) == 0 {
		return true, false
	}
	org, _ := w.owner(target)
	for _, class := range classes {
		var mine []postroom.SendGrant
		for _, g := range entries {
			outside := g.Grantee.Kind == postroom.GranteePublic || g.Grantee.Kind == postroom.GranteeGuest
			if find(class, func(k postroom.GranteeKind) bool { return k == g.Grantee.Kind }) != 0 &&
				w.is(who, g.Grantee, org) && (right == postroom.SendTo || !outside) {
				mine = append(mine, g)
			}
		}
		if len(mine) > 0 {
			return w.among(mine, right, address)
		}
	}
	return false, false
}

// among decides from the entries of the deciding class.
func (w *World) among(entries []postroom.SendGrant, right postroom.SendRight, address string) (allowed, show bool) {
	for _, g := range entries {
		if g.Deny {
			return false, false
		}
	}
	if right == postroom.SendTo || right == postroom.Own {
		return true, false
	}
	for _, g := range entries {
		if w.mayUse(g, address) {
			allowed = true
			_, policy := w.owner(g.Target)
			if g.Displayed != postroom.InheritSender {
				policy = g.Displayed
			}
			show = show || policy == postroom.ShowSender || right == postroom.SendOnBehalfOf
		}
	}
	return allowed, show
}

// owner returns the organisation of a target and its displayed-sender policy.
func (w *World) owner(target postroom.SendTarget) (postroom.OrgID, postroom.DisplayedSender) {
	a := w.account(target.Account)
	g := find(w.Groups, func(g postroom.Group) bool { return g.ID == target.Group })
	id, policy := a.Org, a.Displayed
	if target.Group != 0 {
		id, policy = g.Org, g.Displayed
	}
	if policy == postroom.InheritSender {
		policy = find(w.Orgs, func(o postroom.Organisation) bool { return o.ID == id }).Displayed
	}
	return id, policy
}

func (w *World) primary(target postroom.SendTarget) string {
	if target.Group != 0 {
		return find(w.Groups, func(g postroom.Group) bool { return g.ID == target.Group }).Address
	}
	return w.account(target.Account).Address
}

// ownsAddress reports whether address is one of the target's.
func (w *World) ownsAddress(target postroom.SendTarget, address string) bool {
	return address == w.primary(target) ||
		find(w.Aliases, func(a postroom.Alias) bool { return a.Target == target && a.Address == address }).Address != ""
}

func (w *World) mayUse(g postroom.SendGrant, address string) bool {
	delegable := find(w.Aliases, func(a postroom.Alias) bool {
		return a.Target == g.Target && a.Address == address && a.Delegable
	}).Address != ""
	added := find(g.AddAddresses, func(a string) bool { return a == address }) != ""
	dropped := find(g.DropAddresses, func(a string) bool { return a == address }) != ""
	return !dropped && (address == w.primary(g.Target) || delegable || added && w.ownsAddress(g.Target, address))
}
