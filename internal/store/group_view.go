package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// GroupView is a group as the caller may know it.
type GroupView struct {
	// Group is without Filter and Settings for who does not manage it.
	Group postroom.Group
	// Manages reports whether the caller may change it and its members.
	Manages bool
	// Member reports whether the caller is a direct member; Held whether the
	// group holds them, directly or through others.
	Member, Held bool
	// Members counts the direct members; -1 for who may not see them.
	Members int
}

// GroupViews lists the groups of the caller's organisation that they may know
// of, by address: those of the address book, those they manage, and those that
// hold them. The console gets all.
func (d *Directory) GroupViews(ctx context.Context) (all []GroupView, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = []GroupView{}
		direct, held, err := c.holders(tx)
		if err != nil {
			return err
		}
		managed, err := c.managed(tx)
		if err != nil {
			return err
		}
		query, args := groupColumns, []any(nil)
		if c.account.Org != 0 {
			query, args = groupColumns+` WHERE org_id = $1`, []any{c.account.Org}
		}
		err = tx.Each(query, args, func(scan func(...any) error) error {
			g, err := scanGroup(scan)
			v := GroupView{Group: g, Manages: managed(g), Member: direct[g.ID], Held: held[g.ID], Members: -1}
			if !v.Manages {
				v.Group.Filter, v.Group.Settings = "", nil
			}
			if err == nil && (v.Held || v.Manages || c.listed(g)) {
				all = append(all, v)
			}
			return err
		})
		if err != nil {
			return err
		}
		sorted(all, func(v *GroupView) string { return v.Group.Address })
		return c.countMembers(tx, all)
	})
	return all, err
}

// listed reports whether a group is in the caller's address book.
func (c *caller) listed(g postroom.Group) bool {
	return c.within(g.Org) && (!g.HideInGAL || c.administers(g.Org, postroom.SeeDirectory))
}

// holders are the groups that hold the caller: directly, and in any way.
func (c *caller) holders(tx *db.Tx) (direct, held map[postroom.GroupID]bool, err error) {
	direct, held = make(map[postroom.GroupID]bool), make(map[postroom.GroupID]bool)
	if c.account.ID == 0 {
		return direct, held, nil
	}
	err = tx.Each(`SELECT group_id FROM group_member WHERE account_id <> 0 AND account_id = $1`, []any{c.account.ID}, func(scan func(...any) error) error {
		var id postroom.GroupID
		err := scan(&id)
		direct[id] = true
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	above, err := groupsAbove(tx, postroom.Member{Account: c.account.ID})
	for _, id := range above {
		held[id] = true
	}
	return direct, held, err
}

// managed tells which groups the caller may manage. Only those are asked about
// one by one that somebody owns.
func (c *caller) managed(tx *db.Tx) (func(postroom.Group) bool, error) {
	owned := make(map[postroom.GroupID]bool)
	var ids []postroom.GroupID
	err := tx.Each(`SELECT DISTINCT target_group FROM send_grant WHERE target_group <> 0 AND send_right = $1`, []any{postroom.Own}, func(scan func(...any) error) error {
		var id postroom.GroupID
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		g, err := readGroup(tx, id)
		if err != nil {
			return nil, err
		}
		if !c.within(g.Org) {
			continue
		}
		if owned[id], err = c.owns(tx, g); err != nil {
			return nil, err
		}
	}
	return func(g postroom.Group) bool { return owned[g.ID] || c.administers(g.Org, postroom.ManageGroups) }, nil
}

// countMembers counts those of the groups whose members the caller may see.
func (c *caller) countMembers(tx *db.Tx, all []GroupView) error {
	at := make(map[postroom.GroupID]int, len(all))
	for i, v := range all {
		if v.Manages || c.listed(v.Group) {
			at[v.Group.ID], all[i].Members = i, 0
		}
	}
	return tx.Each(`SELECT group_id, COUNT(*) FROM group_member GROUP BY group_id`, nil, func(scan func(...any) error) error {
		var id postroom.GroupID
		var n int
		err := scan(&id, &n)
		if i, is := at[id]; is {
			all[i].Members = n
		}
		return err
	})
}

// GroupGives lists what the members of a group have on accounts and other groups
// by being in it or in one that holds it, for those who manage it and those it
// holds. At most 200 are listed.
func (d *Directory) GroupGives(ctx context.Context, id postroom.GroupID) (all []NoticeShare, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = []NoticeShare{}
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		_, held, err := c.holders(tx)
		if err != nil {
			return err
		}
		if !held[id] {
			if err := c.mustOwn(tx, g); err != nil {
				return err
			}
		}
		groups, err := withAbove(tx, id)
		if err != nil {
			return err
		}
		t := observer(tx)
		targets, err := t.sharedWith(groups)
		if err != nil {
			return err
		}
		// Somebody of whom nothing is known but that they are in it.
		member := &principal{subject: rights.NewSubject(&postroom.Account{Org: g.Org, State: postroom.Active}, groups)}
		for _, on := range targets {
			target, err := t.target(on)
			if err != nil {
				return err
			}
			share := target.heldBy(member, d.session.store.now())
			share.Folders = slices.DeleteFunc(share.Folders, func(f NoticeFolder) bool { return f.Rights == postroom.NoRights })
			if !share.nothing() {
				all = append(all, share)
			}
		}
		sorted(all, func(s *NoticeShare) string { return s.Address })
		return nil
	})
	return all, err
}
