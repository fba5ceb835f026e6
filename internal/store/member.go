package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// NamedMember is a member with the address it is shown by.
type NamedMember struct {
	postroom.Member
	Address string
}

// membersOf lists the direct members of a group by address.
func membersOf(tx *db.Tx, id postroom.GroupID) (all []NamedMember, err error) {
	err = tx.Each(`SELECT m.account_id, m.member_group, m.outside, COALESCE(a.address, g.address, m.outside) AS shown
		FROM group_member m
		LEFT JOIN account a ON a.id = m.account_id
		LEFT JOIN mail_group g ON g.id = m.member_group
		WHERE m.group_id = $1`, []any{id}, func(scan func(...any) error) error {
		var m NamedMember
		err := scan(&m.Account, &m.Group, &m.Member.Address, &m.Address)
		all = append(all, m)
		return err
	})
	sorted(all, func(m *NamedMember) string { return m.Address })
	return all, err
}

// Members lists the direct members. A hidden group among them is named only to
// those who may know of it, and to those who manage the group.
func (d *Directory) Members(ctx context.Context, id postroom.GroupID) (all []NamedMember, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if err := c.mustSee(tx, postroom.SendTarget{Group: id}); err != nil {
			return err
		}
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if all, err = membersOf(tx, id); err != nil {
			return err
		}
		if owns, err := c.owns(tx, g); err != nil || owns {
			return err
		}
		all, err = c.knownMembers(tx, all)
		return err
	})
	return all, err
}

// knownMembers leaves out the groups that the caller may not know of.
func (c *caller) knownMembers(tx *db.Tx, all []NamedMember) (known []NamedMember, err error) {
	for _, m := range all {
		sees := true
		if m.Group != 0 {
			g, err := readGroup(tx, m.Group)
			if err != nil {
				return nil, err
			}
			if sees, err = c.seesGroup(tx, g); err != nil {
				return nil, err
			}
		}
		if sees {
			known = append(known, m)
		}
	}
	return known, nil
}

// memberNamed finds who an address is as a member of a group.
func memberNamed(tx *db.Tx, org postroom.OrgID, address string) (m postroom.Member, err error) {
	a, err := canonical(address)
	if err != nil {
		return m, err
	}
	t, found, err := entryNamed(tx, a.String())
	if err != nil {
		return m, err
	}
	if found {
		entry, err := readTarget(tx, t)
		if err != nil {
			return m, err
		}
		if entry.org == org {
			return postroom.Member{Account: t.Account, Group: t.Group}, nil
		}
		// Another organisation's people are outsiders here.
		return postroom.Member{Address: a.String()}, nil
	}
	dom, err := domainNamed(tx, a.Domain)
	switch {
	case postroom.KindOf(err) == postroom.NotFound || err == nil && dom.Org != org:
		return postroom.Member{Address: a.String()}, nil
	case err != nil:
		return m, err
	}
	return m, noSuch("account", address)
}

// mayJoin is mustOwn, but a person may add or remove themselves where the
// group's policy lets them.
func (c *caller) mayJoin(tx *db.Tx, g postroom.Group, policy postroom.SubscriptionPolicy, members []postroom.Member) error {
	err := c.mustOwn(tx, g)
	if postroom.KindOf(err) == postroom.Denied && policy == postroom.SubscriptionOpen && c.session.whole() &&
		len(members) == 1 && c.is(members[0].Account) {
		return nil
	}
	return err
}

const maxMembersAtOnce = 100_000

func membersNamed(tx *db.Tx, org postroom.OrgID, addresses []string) ([]postroom.Member, error) {
	if len(addresses) > maxMembersAtOnce {
		return nil, postroom.Errorf(postroom.Limit, "too many members at once")
	}
	members := make([]postroom.Member, 0, len(addresses))
	for _, address := range addresses {
		m, err := memberNamed(tx, org, address)
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

// AddMembers adds by address: accounts, groups (a cycle is Invalid) and
// outside addresses; an unknown address in a local domain is NotFound, one
// that is a member already Exists. All or none.
func (d *Directory) AddMembers(ctx context.Context, id postroom.GroupID, addresses []string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustSee(tx, postroom.SendTarget{Group: id}); err != nil {
			return err
		}
		members, err := membersNamed(tx, g.Org, addresses)
		if err != nil {
			return err
		}
		if err := c.mayJoin(tx, g, g.Subscribe, members); err != nil {
			return err
		}
		if err := byHand(g); err != nil {
			return err
		}
		if err := d.watchMembers(tx, c, g, members); err != nil {
			return err
		}
		for i, m := range members {
			if err := d.addMember(tx, g, m, addresses[i]); err != nil {
				return err
			}
		}
		if err := d.membersChanged(tx, g, members); err != nil {
			return err
		}
		if err := d.noteMembers(tx, c, g, members); err != nil {
			return err
		}
		if len(members) != 1 || !c.is(members[0].Account) {
			if err := d.noteAct(tx, c, postroom.SendTarget{Group: id}, ActMembers, joined(addresses)); err != nil {
				return err
			}
		}
		return d.session.recordOn(tx, "group.add", g.Org, g.Address, map[string]string{"members": joined(addresses)})
	})
}

func (d *Directory) addMember(tx *db.Tx, g postroom.Group, m postroom.Member, name string) error {
	if m.Account != 0 {
		// What is granted to the group would be theirs (semantics §4).
		if err := mustHaveAccepted(tx, m.Account); err != nil {
			return err
		}
	}
	if m.Group != 0 {
		above, err := groupsAbove(tx, postroom.Member{Group: g.ID})
		if err != nil {
			return err
		}
		for _, up := range append(above, g.ID) {
			if up == m.Group {
				return postroom.Errorf(postroom.Invalid, "%s holds %s already: a group cannot be a member of itself",
					printable(name), g.Address)
			}
		}
	}
	n, err := tx.Exec(`INSERT INTO group_member (group_id, account_id, member_group, outside, since) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`, g.ID, m.Account, m.Group, m.Address, d.session.store.now())
	if err != nil {
		return err
	}
	if n == 0 {
		return postroom.Errorf(postroom.Exists, "%s is a member of %s already", printable(name), g.Address)
	}
	return nil
}

// membersChanged notes whose rights a change of members touches: few accounts
// one by one, everybody when a group was among them.
func (d *Directory) membersChanged(tx *db.Tx, g postroom.Group, members []postroom.Member) error {
	store := d.session.store
	if len(members) > 20 {
		return store.rightsChanged(tx, g.Org)
	}
	for _, m := range members {
		var err error
		switch {
		case m.Group != 0:
			return store.rightsChanged(tx, g.Org)
		case m.Account != 0:
			err = store.changed(tx, changedAccount, int64(m.Account))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// RemoveMembers removes by address; NotFound when one is no member.
func (d *Directory) RemoveMembers(ctx context.Context, id postroom.GroupID, addresses []string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustSee(tx, postroom.SendTarget{Group: id}); err != nil {
			return err
		}
		members := make([]postroom.Member, 0, len(addresses))
		for _, address := range addresses {
			m, err := memberNamed(tx, g.Org, address)
			if err != nil && postroom.KindOf(err) != postroom.NotFound {
				return err
			}
			// An outside address may have become a local one since.
			if err != nil {
				m = postroom.Member{Address: canonicalOrSelf(address)}
			}
			members = append(members, m)
		}
		if err := c.mayJoin(tx, g, g.Unsubscribe, members); err != nil {
			return err
		}
		if err := byHand(g); err != nil {
			return err
		}
		if err := d.noteLeft(tx, c, g, members); err != nil {
			return err
		}
		for i, m := range members {
			if err := d.dropMember(tx, g, m, addresses[i]); err != nil {
				return err
			}
		}
		if err := d.membersChanged(tx, g, members); err != nil {
			return err
		}
		return d.session.recordOn(tx, "group.remove", g.Org, g.Address, map[string]string{"members": joined(addresses)})
	})
}

// dropMember takes a member out; NotFound when there is none of that name.
func (d *Directory) dropMember(tx *db.Tx, g postroom.Group, m postroom.Member, name string) error {
	n, err := tx.Exec(`DELETE FROM group_member WHERE group_id = $1 AND ((account_id = $2 AND member_group = $3
		AND outside = $4) OR outside = $5)`, g.ID, m.Account, m.Group, m.Address, canonicalOrSelf(name))
	if err == nil && n == 0 {
		err = postroom.Errorf(postroom.NotFound, "%s is no member of %s", printable(name), g.Address)
	}
	return err
}

// Membership is a group that holds an account, and through which.
type Membership struct {
	Group postroom.Group
	// Via is the nearer group, zero for a direct membership or when the caller
	// may not know of it; ViaAddress is its address.
	Via        postroom.GroupID
	ViaAddress string
}

// Memberships lists all groups that hold an account or (nested) a group,
// direct ones first, as far as the caller may know of them. An account may
// know of all that hold itself.
func (d *Directory) Memberships(ctx context.Context, m postroom.Member) (all []Membership, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = nil
		if err := c.mustSee(tx, postroom.SendTarget{Account: m.Account, Group: m.Group}); err != nil {
			return err
		}
		seen, named := make(map[postroom.GroupID]bool), make(map[postroom.GroupID]string)
		type step struct{ group, via postroom.GroupID }
		query, id := `SELECT group_id FROM group_member WHERE account_id <> 0 AND account_id = $1`, int64(m.Account)
		const above = `SELECT group_id FROM group_member WHERE member_group <> 0 AND member_group = $1`
		if m.Group != 0 {
			query, id = above, int64(m.Group)
		}
		var steps []step
		climb := func(query string, id int64, via postroom.GroupID) error {
			return tx.Each(query+` ORDER BY group_id`, []any{id}, func(scan func(...any) error) error {
				s := step{via: via}
				err := scan(&s.group)
				if err == nil && !seen[s.group] {
					seen[s.group] = true
					steps = append(steps, s)
				}
				return err
			})
		}
		if err := climb(query, id, 0); err != nil {
			return err
		}
		for i := 0; i < len(steps); i++ {
			g, err := readGroup(tx, steps[i].group)
			if err != nil {
				return err
			}
			sees, err := c.seesGroup(tx, g)
			if err != nil {
				return err
			}
			if sees || c.is(m.Account) {
				one := Membership{Group: g}
				if address, known := named[steps[i].via]; known {
					one.Via, one.ViaAddress = steps[i].via, address
				}
				named[g.ID] = g.Address
				all = append(all, one)
			}
			if err := climb(above, int64(steps[i].group), steps[i].group); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}
