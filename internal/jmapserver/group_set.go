package jmapserver

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// groupSet is Group/set: only updates. What is changed of one group is one act.
func (c *call) groupSet(a jmapwire.Set) (any, error) {
	if err := c.atHome(a.AccountID); err != nil {
		return nil, err
	}
	fixed := &jmapwire.Error{Type: "forbidden", Description: "groups are made and deleted by administrators"}
	return c.set("Group/set", a, setter{
		state:   func() (string, error) { _, state, err := c.groups(a.AccountID); return state, err },
		create:  func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, fixed },
		destroy: func(jmapwire.ID) error { return fixed },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			return nil, c.groupUpdate(a.AccountID, id, raw)
		},
	})
}

func (c *call) groupUpdate(account, id jmapwire.ID, raw json.RawMessage) error {
	v, err := c.groupNamed(account, id)
	if err != nil {
		return err
	}
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	g := groupChange{call: c, group: v.Group, lists: map[string]*listChange{"members": {}, "owners": {}, "posters": {}}}
	for _, p := range patches {
		if err := g.read(p); err != nil {
			return err
		}
	}
	if err := g.plan(); err != nil {
		return err
	}
	if len(g.acts) == 0 {
		return nil
	}
	return c.session.Directory().Together(c.ctx, func(d *store.Directory) error {
		for _, a := range g.acts {
			if err := a.do(d); err != nil {
				return groupFault(err, a.property)
			}
		}
		return nil
	})
}

// groupFault says of which property a refusal speaks.
func groupFault(err error, property string) error {
	switch postroom.KindOf(err) {
	case postroom.Denied:
		return saying("forbidden", err)
	case postroom.NotFound, postroom.Invalid, postroom.Exists:
		return because(err, property)
	}
	return err
}

// groupChange is what a patch asks of a group.
type groupChange struct {
	call  *call
	group postroom.Group
	lists map[string]*listChange
	acts  []groupAct
}

// groupAct is one thing that is done for a property.
type groupAct struct {
	property string
	do       func(*store.Directory) error
}

// listChange is what a patch asks of a list: whom it shall have and whom not;
// only says that it shall have nobody else.
type listChange struct {
	keys map[string]bool
	only bool
}

func (g *groupChange) read(p jmapwire.Patch) error {
	list := g.lists[p.Path[0]]
	switch {
	case list != nil && len(p.Path) == 2:
		return list.put(p.Path[1], p.Value, p.Key())
	case list != nil && len(p.Path) == 1:
		var all map[string]json.RawMessage
		if !jmapwire.IsNull(p.Value) && json.Unmarshal(p.Value, &all) != nil {
			return jmapwire.InvalidProperties("a map of addresses", p.Key())
		}
		list.only = true
		for key, value := range all {
			if err := list.put(key, value, p.Key()); err != nil {
				return err
			}
		}
		return nil
	case len(p.Path) == 1:
		return g.readSetting(p)
	}
	return because(postroom.Errorf(postroom.Invalid, "cannot be set: %s", p.Key()), p.Key())
}

func (l *listChange) put(key string, value json.RawMessage, property string) error {
	var of map[string]json.RawMessage
	is := string(value) == "true" || !jmapwire.IsNull(value) && json.Unmarshal(value, &of) == nil
	if !is && !jmapwire.IsNull(value) {
		return jmapwire.InvalidProperties("true puts into a list, null takes out of it", property)
	}
	if l.keys == nil {
		l.keys = make(map[string]bool)
	}
	l.keys[key] = is
	return nil
}

// readSetting takes one of the properties that are no lists.
func (g *groupChange) readSetting(p jmapwire.Patch) error {
	into := map[string]any{"name": &g.group.Name, "outsiders": &g.group.Outsiders, "notifyNewMembers": &g.group.NotifyNewMembers}[p.Key()]
	policy := map[string]*postroom.SubscriptionPolicy{"subscribe": &g.group.Subscribe, "unsubscribe": &g.group.Unsubscribe}[p.Key()]
	switch {
	case into != nil:
		if jmapwire.IsNull(p.Value) || json.Unmarshal(p.Value, into) != nil {
			return because(postroom.Errorf(postroom.Invalid, "wrong type: %s", p.Key()), p.Key())
		}
	case policy != nil:
		var word string
		_ = json.Unmarshal(p.Value, &word)
		found := false
		for value, name := range policyNames {
			if name == word {
				*policy, found = value, true
			}
		}
		if !found {
			return jmapwire.InvalidProperties("closed, open or approval", p.Key())
		}
	default:
		return because(postroom.Errorf(postroom.Invalid, "cannot be set: %s", p.Key()), p.Key())
	}
	if len(g.acts) == 0 { // the settings are stored together, and first
		g.acts = []groupAct{{p.Key(), func(d *store.Directory) error { return d.UpdateGroup(g.call.ctx, g.group) }}}
	}
	return nil
}

// plan finds what is to be done for the lists. Owners go last: who takes the
// right from themselves has done the rest by then.
func (g *groupChange) plan() error {
	if err := g.planMembers(); err != nil {
		return err
	}
	if err := g.planRight("posters", postroom.SendTo); err != nil {
		return err
	}
	return g.planRight("owners", postroom.Own)
}

func (g *groupChange) planMembers() error {
	list := g.lists["members"]
	if !list.only && len(list.keys) == 0 {
		return nil
	}
	c := g.call
	now, err := c.session.Directory().Members(c.ctx, g.group.ID)
	if err != nil {
		return groupFault(err, "members")
	}
	there := make(map[string]bool, len(now))
	for _, m := range now {
		there[m.Address] = true
	}
	wanted := make(map[string]bool, len(list.keys))
	for key, is := range list.keys {
		a, err := addr.Parse(strings.TrimSpace(key))
		if err != nil && is {
			return because(postroom.Errorf(postroom.Invalid, "%s: %s", postroom.TextOf(err), key), "members/"+key)
		}
		if err == nil {
			key = a.Canonical().String()
		}
		wanted[key] = is
	}
	var come, leave []string
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if wanted[key] && !there[key] {
			come = append(come, key)
		}
	}
	for _, m := range now {
		if is, said := wanted[m.Address]; said && !is || !said && list.only {
			leave = append(leave, m.Address)
		}
	}
	if len(come) > 0 {
		g.acts = append(g.acts, groupAct{"members", func(d *store.Directory) error { return d.AddMembers(c.ctx, g.group.ID, come) }})
	}
	if len(leave) > 0 {
		g.acts = append(g.acts, groupAct{"members", func(d *store.Directory) error { return d.RemoveMembers(c.ctx, g.group.ID, leave) }})
	}
	return nil
}

// planRight is planMembers for those who have a right on the group. An entry that
// is there already keeps its end; one that denies gives way to one that allows.
func (g *groupChange) planRight(property string, right postroom.SendRight) error {
	list := g.lists[property]
	if !list.only && len(list.keys) == 0 {
		return nil
	}
	c, target := g.call, postroom.SendTarget{Group: g.group.ID}
	entries, err := c.session.Directory().SendGrants(c.ctx, target)
	if err != nil {
		return groupFault(err, property)
	}
	entries = slices.DeleteFunc(entries, func(e store.SendEntry) bool { return e.Right != right })
	wanted := make(map[postroom.Grantee]bool, len(list.keys))
	for _, key := range slices.Sorted(maps.Keys(list.keys)) {
		at := slices.IndexFunc(entries, func(e store.SendEntry) bool { return strings.EqualFold(e.GranteeName, key) })
		switch {
		case at >= 0:
			wanted[entries[at].Grantee] = list.keys[key]
		case list.keys[key]:
			grantee, err := c.session.Directory().FindGranteeFor(c.ctx, target, key)
			if err != nil {
				return groupFault(err, property+"/"+key)
			}
			wanted[grantee] = true
		}
	}
	var gone []groupAct
	for _, e := range entries {
		is, said := wanted[e.Grantee]
		if is && !e.Deny {
			delete(wanted, e.Grantee)
		}
		if said && !is || !said && list.only {
			gone = append(gone, groupAct{property, func(d *store.Directory) error { return d.RemoveSendGrant(c.ctx, e.SendGrant) }})
		}
	}
	order := slices.SortedFunc(maps.Keys(wanted), func(a, b postroom.Grantee) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	for _, grantee := range order {
		if wanted[grantee] {
			g.acts = append(g.acts, groupAct{property, func(d *store.Directory) error {
				return d.PutSendGrant(c.ctx, postroom.SendGrant{Target: target, Grantee: grantee, Right: right})
			}})
		}
	}
	g.acts = append(g.acts, gone...)
	return nil
}
