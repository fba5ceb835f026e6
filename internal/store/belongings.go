package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// Belongings are what hangs on a person besides their mail.
type Belongings struct {
	Account postroom.Account
	Groups  []HeldGroup
	// Given are grants on the person's mailbox, Received those to them.
	Given, Received []HeldGrant
	// SendGiven are rights to send as the person, SendReceived those they have.
	SendGiven, SendReceived           []SendEntry
	Aliases, Identities, AppPasswords []string
	// Forwards are the addresses the person's mail goes on to.
	Forwards []string
	// Queued are the numbers of their messages that wait in the queue.
	Queued []int64
}

// HeldGroup is a group that somebody is a direct member of, or owns.
type HeldGroup struct {
	Address       string
	Member, Owner bool
	// Orphaned: without them nobody who can sign in owns it.
	Orphaned bool
}

// HeldGrant is a grant with names.
type HeldGrant struct {
	ACLEntry
	Address, Path string
}

// Belongings lists what hangs on an account, for its administrators. NotFound,
// Denied.
func (d *Directory) Belongings(ctx context.Context, id postroom.AccountID) (b Belongings, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.SeeAccess); err != nil {
			return err
		}
		b = Belongings{Account: a}
		me := postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}
		for _, part := range []func() error{
			func() (err error) { b.Groups, err = d.heldGroups(tx, id); return err },
			func() (err error) {
				b.Given, err = heldGrants(tx, `WHERE account_id = $1`, id)
				return err
			},
			func() (err error) {
				b.Received, err = heldGrants(tx, `WHERE grantee_kind = $1 AND grantee_id = $2`, me.Kind, me.ID)
				return err
			},
			func() (err error) {
				b.SendGiven, err = heldSends(tx, `WHERE target_account = $1 AND target_group = 0`, id)
				return err
			},
			func() (err error) {
				b.SendReceived, err = heldSends(tx, `WHERE grantee_kind = $1 AND grantee_id = $2`, me.Kind, me.ID)
				return err
			},
			func() error { return b.readNames(tx) },
			func() error { return b.readQueued(tx) },
		} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
	return b, err
}

// heldGroups lists the groups of a person by address.
func (d *Directory) heldGroups(tx *db.Tx, id postroom.AccountID) ([]HeldGroup, error) {
	held := make(map[postroom.GroupID]*HeldGroup)
	note := func(query string, mark func(*HeldGroup), args ...any) error {
		return tx.Each(query, args, func(scan func(...any) error) error {
			var g postroom.GroupID
			err := scan(&g)
			if held[g] == nil {
				held[g] = &HeldGroup{}
			}
			mark(held[g])
			return err
		})
	}
	member := func(h *HeldGroup) { h.Member = true }
	if err := note(`SELECT group_id FROM group_member WHERE account_id <> 0 AND account_id = $1`, member, id); err != nil {
		return nil, err
	}
	above, err := groupsAbove(tx, postroom.Member{Account: id})
	if err != nil {
		return nil, err
	}
	owned := `SELECT target_group FROM send_grant WHERE target_group <> 0 AND send_right = $1 AND grantee_kind = $2 AND grantee_id = $3`
	none := func(*HeldGroup) {}
	if err := note(owned, none, postroom.Own, postroom.GranteeAccount, id); err != nil {
		return nil, err
	}
	for _, g := range above {
		if err := note(owned, none, postroom.Own, postroom.GranteeGroup, g); err != nil {
			return nil, err
		}
	}
	list := make([]HeldGroup, 0, len(held))
	for g, h := range held {
		if err := d.ownership(tx, id, g, h); err != nil {
			return nil, err
		}
		if h.Member || h.Owner {
			list = append(list, *h)
		}
	}
	slices.SortFunc(list, func(a, b HeldGroup) int { return strings.Compare(a.Address, b.Address) })
	return list, nil
}

// ownership tells whether somebody owns a group, and whether anybody else does.
func (d *Directory) ownership(tx *db.Tx, id postroom.AccountID, group postroom.GroupID, h *HeldGroup) error {
	g, err := readGroup(tx, group)
	if err != nil {
		return err
	}
	h.Address = g.Address
	facts, err := groupFacts(tx, g)
	if err != nil {
		return err
	}
	grants, err := sendGrantsOn(tx, facts.Target)
	if err != nil {
		return err
	}
	now := d.session.store.now()
	owners, err := d.ownersIn(tx, facts, grants, now)
	if err != nil {
		return err
	}
	h.Owner = slices.Contains(owners, id)
	h.Orphaned = h.Owner && len(owners) == 1
	if direct := slices.Contains(rights.Owners(grants, now), postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}); direct && !h.Owner {
		// They are locked already: what they own hangs on them all the same.
		h.Owner, h.Orphaned = true, len(owners) == 0
	}
	return nil
}

// ownersIn lists the accounts that own a group and can sign in, by themselves
// or as members of a group.
func (d *Directory) ownersIn(tx *db.Tx, facts *rights.SendFacts, grants []postroom.SendGrant, now time.Time) (owners []postroom.AccountID, err error) {
	var candidates []postroom.AccountID
	for _, owner := range rights.Owners(grants, now) {
		switch owner.Kind {
		case postroom.GranteeAccount:
			candidates = append(candidates, postroom.AccountID(owner.ID))
		case postroom.GranteeGroup:
			all, err := expand(tx, postroom.GroupID(owner.ID))
			if err != nil {
				return nil, err
			}
			candidates = append(candidates, all.Accounts...)
		}
	}
	slices.Sort(candidates)
	m, _, err := d.session.store.facts.now(tx, 0)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Compact(candidates) {
		p, err := m.principal(id)
		if err != nil {
			return nil, err
		}
		if p.maySignIn() && rights.DecideSend(p.subject, facts, postroom.Own, "", grants, now).Allowed {
			owners = append(owners, id)
		}
	}
	return owners, nil
}

func heldGrants(tx *db.Tx, where string, args ...any) (all []HeldGrant, err error) {
	entries, err := readACL(tx, where, args)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		h := HeldGrant{ACLEntry: e}
		err := tx.QueryRow(`SELECT a.address, c.path FROM account a JOIN collection c ON c.account_id = a.id
			WHERE a.id = $1 AND c.collection_id = $2`, e.Target.Account, e.Target.Collection).Scan(&h.Address, &h.Path)
		if err != nil && !noRow(err) {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// heldSends are rights to send; to own a group is told with the groups.
func heldSends(tx *db.Tx, where string, args ...any) (all []SendEntry, err error) {
	grants, err := readSendGrants(tx, where, args...)
	if err != nil {
		return nil, err
	}
	name := namer(tx)
	for _, g := range grants {
		if g.Right == postroom.Own {
			continue
		}
		e := SendEntry{SendGrant: g}
		if e.GranteeName, err = name(g.Grantee); err != nil {
			return nil, err
		}
		t, err := readTarget(tx, g.Target)
		if err != nil {
			return nil, err
		}
		e.TargetName = t.address
		all = append(all, e)
	}
	return all, nil
}

// readNames reads aliases, identities, app passwords and forwards.
func (b *Belongings) readNames(tx *db.Tx) error {
	all, err := addressesOf(tx, postroom.SendTarget{Account: b.Account.ID})
	if err != nil {
		return err
	}
	for _, a := range all {
		if !a.primary {
			b.Aliases = append(b.Aliases, a.address)
		}
	}
	slices.Sort(b.Aliases)
	chosen, err := chosenIdentities(tx, b.Account.ID)
	if err != nil {
		return err
	}
	for _, i := range chosen {
		b.Identities = append(b.Identities, i.Name+" <"+i.Address+">")
	}
	forwarding, err := readForwarding(tx, b.Account.ID)
	if err != nil {
		return err
	}
	b.Forwards = forwarding.All()
	return tx.Each(`SELECT name FROM credential WHERE account_id = $1 AND kind = $2 ORDER BY id`, []any{b.Account.ID, appPasswordKind},
		func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			b.AppPasswords = append(b.AppPasswords, name)
			return err
		})
}

func (b *Belongings) readQueued(tx *db.Tx) error {
	return tx.Each(`SELECT queue_id FROM queue WHERE account_id = $1 ORDER BY queue_id`, []any{b.Account.ID}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		b.Queued = append(b.Queued, id)
		return err
	})
}
