package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func group(g postroom.Group) adminwire.Group {
	return adminwire.Group{ID: int64(g.ID), UUID: g.UUID, Address: g.Address, Name: g.Name,
		HideInGAL: g.HideInGAL, NotifyNewMembers: g.NotifyNewMembers,
		Subscribe:       adminwire.SubscriptionPolicy(g.Subscribe),
		Unsubscribe:     adminwire.SubscriptionPolicy(g.Unsubscribe),
		DisplayedSender: adminwire.DisplayedSender(g.Displayed),
		Outsiders:       g.Outsiders, Filter: g.Filter, Settings: g.Settings, Created: g.Created}
}

// fullGroup with members, owners, aliases and organisation.
func fullGroup(ctx context.Context, d *store.Directory, g postroom.Group) (adminwire.Group, error) {
	w := group(g)
	var err error
	if w.Organisation, err = newNames(d).org(ctx, g.Org); err != nil {
		return w, err
	}
	members, err := d.Members(ctx, g.ID)
	if err != nil {
		return w, err
	}
	w.Members = each(members, func(m store.NamedMember) string { return m.Address })
	t := postroom.SendTarget{Group: g.ID}
	entries, err := d.SendGrants(ctx, t)
	if err != nil {
		return w, err
	}
	w.Owners = []string{}
	for _, e := range entries {
		if e.Right == postroom.Own && !e.Deny {
			w.Owners = append(w.Owners, e.GranteeName)
		}
	}
	w.Aliases, err = aliasesOf(ctx, d, t, g.Address)
	w.Version = groupState(w)
	return w, err
}

func changeGroup(g *postroom.Group, c adminwire.GroupChange) error {
	set(&g.Name, c.Name)
	set(&g.HideInGAL, c.HideInGAL)
	set(&g.NotifyNewMembers, c.NotifyNewMembers)
	set(&g.Outsiders, c.Outsiders)
	set(&g.Filter, c.Filter)
	setSettings(&g.Settings, c.Settings)
	for _, err := range []error{
		setWord(&g.Subscribe, c.Subscribe, adminwire.ParseSubscriptionPolicy),
		setWord(&g.Unsubscribe, c.Unsubscribe, adminwire.ParseSubscriptionPolicy),
		setWord(&g.Displayed, c.DisplayedSender, adminwire.ParseDisplayedSender),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

type changeMembers struct {
	Name string `path:"name"`
	Body adminwire.Members
}

func (s *Server) groups() {
	endpoint(s, "GET", "/groups", "List the groups, of one domain when it is given",
		func(ctx context.Context, r request[EntryQuery]) ([]adminwire.Group, error) {
			list, err := r.dir.FindGroups(ctx, r.in.filter())
			return each(list, group), err
		})
	endpoint(s, "POST", "/groups", "Create a group",
		func(ctx context.Context, r request[struct{ Body adminwire.GroupChange }]) (adminwire.Group, error) {
			// Members hear of their shares unless told otherwise, as in Zimbra.
			g := postroom.Group{Address: value(r.in.Body.Address), NotifyNewMembers: true}
			if err := changeGroup(&g, r.in.Body); err != nil {
				return adminwire.Group{}, err
			}
			g, err := quietly(r.dir, r.in.Body.Quiet).CreateGroup(ctx, g)
			if err != nil {
				return adminwire.Group{}, err
			}
			return fullGroup(ctx, r.dir, g)
		})
	endpoint(s, "GET", "/groups/{name}", "Show a group",
		func(ctx context.Context, r request[named]) (adminwire.Group, error) {
			g, err := r.dir.Group(ctx, r.in.Name)
			if err != nil {
				return adminwire.Group{}, err
			}
			return fullGroup(ctx, r.dir, g)
		})
	endpoint(s, "PATCH", "/groups/{name}", "Change a group",
		func(ctx context.Context, r request[struct {
			Name    string  `path:"name"`
			IfMatch ifMatch `header:"If-Match" doc:"The version that is changed; refused when it has another"`
			Body    adminwire.GroupChange
		}]) (told adminwire.Group, err error) {
			err = quietly(r.dir, r.in.Body.Quiet).Together(ctx, func(d *store.Directory) error {
				told, err = updateGroup(ctx, d, r.in.Name, r.in.IfMatch, r.in.Body)
				return err
			})
			return told, err
		})
	s.groupActs()
	s.members()
	s.groupRequests()
}

func updateGroup(ctx context.Context, d *store.Directory, name string, match ifMatch, c adminwire.GroupChange) (adminwire.Group, error) {
	g, err := d.Group(ctx, name)
	if err != nil {
		return adminwire.Group{}, err
	}
	told, err := fullGroup(ctx, d, g)
	if err != nil {
		return told, err
	}
	if err := match.holds(told.Version, g.Address); err != nil {
		return told, err
	}
	if err := changeGroup(&g, c); err != nil {
		return told, err
	}
	if err := d.UpdateGroup(ctx, g); err != nil {
		return told, err
	}
	return fullGroup(ctx, d, g)
}

// seenGroup finds a group that the caller has seen so, and acts on it with
// nothing in between.
func seenGroup(ctx context.Context, d *store.Directory, name string, match ifMatch, act func(*store.Directory, postroom.Group) error) error {
	return d.Together(ctx, func(d *store.Directory) error {
		g, err := d.Group(ctx, name)
		if err != nil {
			return err
		}
		told, err := fullGroup(ctx, d, g)
		if err != nil {
			return err
		}
		if err := match.holds(told.Version, g.Address); err != nil {
			return err
		}
		return act(d, g)
	})
}

// leftQuietly names what is deleted, and whether those who lose by it are told.
type leftQuietly struct {
	Name  string `path:"name"`
	Quiet bool   `query:"quiet" doc:"Send no notice"`
}

func (s *Server) groupActs() {
	endpoint(s, "DELETE", "/groups/{name}", "Delete a group and its grants",
		func(ctx context.Context, r request[struct {
			Name    string  `path:"name"`
			Quiet   bool    `query:"quiet" doc:"Send no notice"`
			IfMatch ifMatch `header:"If-Match" doc:"The version that is deleted; refused when it has another"`
		}]) (adminwire.Done, error) {
			return done(seenGroup(ctx, quietly(r.dir, r.in.Quiet), r.in.Name, r.in.IfMatch, func(d *store.Directory, g postroom.Group) error {
				return d.DeleteGroup(ctx, g.ID)
			}))
		})
	endpoint(s, "PUT", "/groups/{name}/address", "Rename a group; its members and rights stay",
		func(ctx context.Context, r request[struct {
			Name    string  `path:"name"`
			IfMatch ifMatch `header:"If-Match" doc:"The version that is renamed; refused when it has another"`
			Body    adminwire.Address
		}]) (adminwire.Done, error) {
			return done(seenGroup(ctx, r.dir, r.in.Name, r.in.IfMatch, func(d *store.Directory, g postroom.Group) error {
				return d.RenameGroup(ctx, g.ID, r.in.Body.Address)
			}))
		})
	endpoint(s, "GET", "/groups/{name}/memberships", "List the groups that hold a group",
		func(ctx context.Context, r request[named]) ([]adminwire.Membership, error) {
			g, err := r.dir.Group(ctx, r.in.Name)
			if err != nil {
				return nil, err
			}
			return memberships(ctx, r.dir, postroom.Member{Group: g.ID})
		})
}

func (s *Server) members() {
	endpoint(s, "POST", "/groups/{name}/members", "Add members: all or none",
		func(ctx context.Context, r request[changeMembers]) (adminwire.Done, error) {
			g, err := r.dir.Group(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(quietly(r.dir, r.in.Body.Quiet).AddMembers(ctx, g.ID, r.in.Body.Addresses))
		})
	endpoint(s, "POST", "/groups/{name}/members/remove", "Remove members: all or none",
		func(ctx context.Context, r request[changeMembers]) (adminwire.Done, error) {
			g, err := r.dir.Group(ctx, r.in.Name)
			if err != nil {
				return adminwire.Done{}, err
			}
			return done(quietly(r.dir, r.in.Body.Quiet).RemoveMembers(ctx, g.ID, r.in.Body.Addresses))
		})
}

func memberships(ctx context.Context, d *store.Directory, m postroom.Member) ([]adminwire.Membership, error) {
	list, err := d.Memberships(ctx, m)
	return each(list, func(m store.Membership) adminwire.Membership {
		return adminwire.Membership{Group: m.Group.Address, GroupUUID: m.Group.UUID, Via: m.ViaAddress}
	}), err
}
