package jmapserver

import (
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/sharing"
	"postroom/internal/store"
)

// Group is a type of our own (docs/jmap.md): a distribution list, who is in it,
// who manages it, who may post to it, and what its members have by it.

// groupProperties are those one gets without naming any; groupParts are lists,
// for some groups at a time.
var (
	groupProperties = []string{"id", "name", "email", "isHidden", "isDynamic", "filter", "mayManage", "isMember", "isHeld", "memberCount",
		"subscribe", "unsubscribe", "outsiders", "notifyNewMembers"}
	groupParts = []string{"members", "owners", "posters", "gives"}
)

// maxGroupParts bounds the groups of which one asks for lists at a time.
const maxGroupParts = 50

// groupMethods are those of groups and of the requests to join and leave them.
func groupMethods() map[string]method {
	return map[string]method{
		"Group/get":        {sharedCapability, typed((*call).groupGet)},
		"Group/set":        {sharedCapability, typed((*call).groupSet)},
		"Group/join":       {sharedCapability, typed((*call).groupJoin)},
		"Group/leave":      {sharedCapability, typed((*call).groupLeave)},
		"GroupRequest/get": {sharedCapability, typed((*call).groupRequestGet)},
		"GroupRequest/set": {sharedCapability, typed((*call).groupRequestSet)},
	}
}

// groupGetArgs are the arguments of Group/get.
type groupGetArgs struct {
	jmapwire.Get
	Locale string `jmap:"locale"`
}

func groupID(id postroom.GroupID) jmapwire.ID {
	return principalID(postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(id)})
}

func viewID(v store.GroupView) jmapwire.ID { return groupID(v.Group.ID) }

// groups are those the session may know of. Their state is that of what
// groupProperties say, and of no list.
func (c *call) groups(account jmapwire.ID) (list []store.GroupView, state string, err error) {
	if err := c.atHome(account); err != nil {
		return nil, "", err
	}
	if list, err = c.session.Directory().GroupViews(c.ctx); err != nil {
		return nil, "", err
	}
	state, err = stateOf(list)
	return list, state, err
}

// groupNamed finds one of them.
func (c *call) groupNamed(account, id jmapwire.ID) (store.GroupView, error) {
	list, _, err := c.groups(account)
	if err != nil {
		return store.GroupView{}, err
	}
	at := slices.IndexFunc(list, func(v store.GroupView) bool { return viewID(v) == id })
	if at < 0 {
		return store.GroupView{}, jmapwire.Fail("notFound")
	}
	return list[at], nil
}

// groupGet is Group/get.
func (c *call) groupGet(a groupGetArgs) (any, error) {
	list, state, err := c.groups(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties := groupProperties
	if a.Properties != nil {
		if properties, err = chosen(a.Properties, slices.Concat(groupProperties, groupParts)); err != nil {
			return nil, err
		}
	}
	p := groupReader{ctx: c.ctx, call: c, locale: a.Locale}
	if slices.ContainsFunc(properties, func(name string) bool { return slices.Contains(groupParts, name) }) {
		if a.IDs == nil {
			return nil, jmapwire.InvalidArguments("lists are of groups that are named: ids")
		}
		if err := tooMany(len(*a.IDs), maxGroupParts); err != nil {
			return nil, err
		}
		if err := p.readPrincipals(); err != nil {
			return nil, err
		}
	}
	response, err := got(a.Get, state, list, viewID, func(v store.GroupView) any {
		o := make(map[string]any, len(properties))
		for _, name := range properties {
			o[name] = p.property(v, name)
		}
		return o
	})
	return response, cmp.Or(p.err, err)
}

// groupReader reads the properties of groups; the first fault is kept.
type groupReader struct {
	ctx        context.Context
	call       *call
	locale     string
	principals map[jmapwire.ID]principal
	err        error
}

func (p *groupReader) readPrincipals() error {
	list, err := p.call.principals()
	p.principals = make(map[jmapwire.ID]principal, len(list))
	for _, one := range list {
		p.principals[one.ID] = one
	}
	return err
}

func (p *groupReader) property(v store.GroupView, name string) any {
	switch name {
	case "id":
		return viewID(v)
	case "name":
		return v.Group.Name
	case "email":
		return v.Group.Address
	case "isHidden":
		return v.Group.HideInGAL
	case "isDynamic":
		return v.Group.Filter != ""
	case "filter":
		return textOrNull(v.Group.Filter)
	case "mayManage":
		return v.Manages
	case "isMember":
		return v.Member
	case "isHeld":
		return v.Held
	case "memberCount":
		if v.Members >= 0 {
			return v.Members
		}
	case "subscribe":
		return policyName(v.Group.Subscribe)
	case "unsubscribe":
		return policyName(v.Group.Unsubscribe)
	case "outsiders":
		return v.Group.Outsiders
	case "notifyNewMembers":
		return v.Group.NotifyNewMembers
	case "members":
		return p.members(v)
	case "owners":
		return p.holders(v, postroom.Own)
	case "posters":
		return p.holders(v, postroom.SendTo)
	case "gives":
		return p.gives(v)
	}
	return nil
}

var policyNames = map[postroom.SubscriptionPolicy]string{postroom.SubscriptionClosed: "closed", postroom.SubscriptionOpen: "open",
	postroom.SubscriptionApproval: "approval"}

func policyName(p postroom.SubscriptionPolicy) string { return policyNames[p] }

// party is one of a list: a principal, an address outside, or a word such as
// domain:example.test.
func (p *groupReader) party(g postroom.Grantee, outside bool) map[string]any {
	o := map[string]any{"type": "other", "name": nil, "principalId": nil}
	id := principalID(g)
	known, is := p.principals[id]
	switch {
	case is:
		o["type"], o["name"], o["principalId"] = known.Type, known.Name, id
	case outside:
		o["type"] = "outside"
	case g.Kind == postroom.GranteeAccount:
		o["type"] = "individual"
	case g.Kind == postroom.GranteeGroup:
		o["type"] = "group"
	}
	return o
}

// members is a map of addresses; null for who may not see them.
func (p *groupReader) members(v store.GroupView) any {
	if v.Members < 0 {
		return nil
	}
	list, err := p.call.session.Directory().Members(p.ctx, v.Group.ID)
	p.err = cmp.Or(p.err, err)
	o := make(map[string]any, len(list))
	for _, m := range list {
		g := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(m.Account)}
		if m.Group != 0 {
			g = postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(m.Group)}
		}
		o[m.Address] = p.party(g, m.Account == 0 && m.Group == 0)
	}
	return o
}

// holders is a map of those who have a right on the group, written as the command
// line does; null for who does not manage it.
func (p *groupReader) holders(v store.GroupView, right postroom.SendRight) any {
	if !v.Manages {
		return nil
	}
	list, err := p.call.session.Directory().SendGrants(p.ctx, postroom.SendTarget{Group: v.Group.ID})
	p.err = cmp.Or(p.err, err)
	o := make(map[string]any)
	for _, e := range list {
		if e.Right != right {
			continue
		}
		of := p.party(e.Grantee, e.Grantee.Kind == postroom.GranteeGuest)
		of["until"], of["isDenied"] = dateOrNull(e.Until), e.Deny
		o[e.GranteeName] = of
	}
	return o
}

// gives lists what members have by the group; null for who may not know.
func (p *groupReader) gives(v store.GroupView) any {
	list, err := p.call.session.Directory().GroupGives(p.ctx, v.Group.ID)
	if kind := postroom.KindOf(err); kind == postroom.Denied || kind == postroom.NotFound {
		return nil
	}
	p.err = cmp.Or(p.err, err)
	all := []any{}
	for _, s := range list {
		o := map[string]any{"email": s.Address, "name": textOrNull(s.Name), "accountId": nil, "groupId": nil, "summary": sharing.ShareText(&s, p.locale)}
		if s.Target.Account != 0 {
			o["accountId"] = jmapwire.AccountID(s.Target.Account)
		} else {
			o["groupId"] = groupID(s.Target.Group)
		}
		all = append(all, o)
	}
	return all
}
