package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/store/internal/db"
)

const groupColumns = `SELECT id, uuid, org_id, domain_id, address, name, hide_in_gal, notify_new_members, subscribe,
	unsubscribe, displayed, outsiders, filter, settings, created FROM mail_group`

func scanGroup(scan func(...any) error) (g postroom.Group, err error) {
	var created int64
	var settings string
	err = scan(&g.ID, &g.UUID, &g.Org, &g.Domain, &g.Address, &g.Name, &g.HideInGAL, &g.NotifyNewMembers, &g.Subscribe,
		&g.Unsubscribe, &g.Displayed, &g.Outsiders, &g.Filter, &settings, &created)
	if err != nil {
		return g, err
	}
	g.Created = db.Time(created)
	return g, readSettings(settings, &g.Settings)
}

func readGroup(tx *db.Tx, id postroom.GroupID) (postroom.Group, error) {
	g, err := scanGroup(tx.QueryRow(groupColumns+` WHERE id = $1`, id).Scan)
	if noRow(err) {
		return g, postroom.Errorf(postroom.NotFound, "no such group")
	}
	return g, err
}

// mustOwn answers nil for who may manage a group, Denied for who may know of
// it, NotFound for others.
func (c *caller) mustOwn(tx *db.Tx, g postroom.Group) error {
	if owns, err := c.owns(tx, g); err != nil || owns {
		return err
	}
	if sees, err := c.seesGroup(tx, g); err != nil || sees {
		return orError(err, errDenied())
	}
	return noSuch("group", g.Address)
}

func checkGroup(g *postroom.Group) (settings string, err error) {
	if g.Name, err = cleanName("the name", g.Name); err != nil {
		return "", err
	}
	if g.Subscribe > postroom.SubscriptionApproval || g.Unsubscribe > postroom.SubscriptionApproval || g.Displayed > postroom.ShowSender {
		return "", postroom.Errorf(postroom.Invalid, "invalid group")
	}
	if g.Filter, err = cleanFilter(g.Filter); err != nil {
		return "", err
	}
	return settingsText(g.Settings)
}

// CreateGroup makes a group at an address of a local domain. Exists, Invalid,
// NotFound (domain).
func (d *Directory) CreateGroup(ctx context.Context, g postroom.Group) (postroom.Group, error) {
	address, err := canonical(g.Address)
	if err != nil {
		return g, err
	}
	settings, err := checkGroup(&g)
	if err != nil {
		return g, err
	}
	g.UUID, g.Address, g.Created = uuid.NewString(), address.String(), db.Time(db.Micros(d.session.store.now()))
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		dom, err := c.domainFor(tx, address, postroom.ManageGroups)
		if err != nil {
			return err
		}
		id, err := nextID(tx)
		if err != nil {
			return err
		}
		g.ID, g.Org, g.Domain = postroom.GroupID(id), dom.Org, dom.ID
		if err := takeAddress(tx, g.Address, postroom.SendTarget{Group: g.ID}, primaryAddress); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO mail_group (id, uuid, org_id, domain_id, address, name, hide_in_gal, notify_new_members,
			subscribe, unsubscribe, displayed, outsiders, filter, settings, created)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			g.ID, g.UUID, g.Org, g.Domain, g.Address, g.Name, g.HideInGAL, g.NotifyNewMembers, g.Subscribe, g.Unsubscribe,
			g.Displayed, g.Outsiders, g.Filter, settings, g.Created)
		if err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, g.Org); err != nil { // who shows groups has to hear of it
			return err
		}
		if err := d.fillGroup(tx, c, g); err != nil {
			return err
		}
		return d.session.recordOn(tx, "group.create", g.Org, g.Address, filterDetail("", g.Filter))
	})
	return g, err
}

// groupNamed finds a group that the caller may know of.
func groupNamed(tx *db.Tx, c *caller, name string) (postroom.Group, error) {
	t, found, err := entryNamed(tx, name)
	if err != nil {
		return postroom.Group{}, err
	}
	if !found || t.Group == 0 {
		return postroom.Group{}, noSuch("group", name)
	}
	g, err := readGroup(tx, t.Group)
	if err != nil {
		return g, err
	}
	if sees, err := c.seesGroup(tx, g); err != nil || !sees {
		return postroom.Group{}, orError(err, noSuch("group", name))
	}
	return g, nil
}

// Group finds a group by address, alias or UUID.
func (d *Directory) Group(ctx context.Context, name string) (g postroom.Group, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		g, err = groupNamed(tx, c, name)
		return err
	})
	return g, err
}

// GroupByID finds a group by its number.
func (d *Directory) GroupByID(ctx context.Context, id postroom.GroupID) (g postroom.Group, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		found, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if sees, err := c.seesGroup(tx, found); err != nil || !sees {
			return orError(err, postroom.Errorf(postroom.NotFound, "no such group"))
		}
		g = found
		return nil
	})
	return g, err
}

// Groups lists groups by address, of one domain when it is not empty.
func (d *Directory) Groups(ctx context.Context, domain string) ([]postroom.Group, error) {
	return d.FindGroups(ctx, EntryFilter{Domain: domain})
}

// UpdateGroup stores everything but ids, domain and address. Owners may, but
// for HideInGAL, Displayed and Filter, which are the administrator's. A group
// with members does not become dynamic (Invalid); one that is no longer keeps
// those it has.
func (d *Directory) UpdateGroup(ctx context.Context, g postroom.Group) error {
	settings, err := checkGroup(&g)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		old, err := readGroup(tx, g.ID)
		if err != nil {
			return err
		}
		if err := c.mustOwn(tx, old); err != nil {
			return err
		}
		if !c.administers(old.Org, postroom.ManageGroups) && (g.HideInGAL != old.HideInGAL || g.Displayed != old.Displayed || g.Filter != old.Filter) {
			return errDenied()
		}
		_, err = tx.Exec(`UPDATE mail_group SET name = $1, hide_in_gal = $2, notify_new_members = $3, subscribe = $4,
			unsubscribe = $5, displayed = $6, settings = $7, outsiders = $8, filter = $9 WHERE id = $10`,
			g.Name, g.HideInGAL, g.NotifyNewMembers, g.Subscribe, g.Unsubscribe, g.Displayed, settings, g.Outsiders, g.Filter, g.ID)
		if err != nil {
			return err
		}
		if g.Name != old.Name || g.HideInGAL != old.HideInGAL { // who shows groups has to hear of it
			if err := d.session.store.rightsChanged(tx, old.Org); err != nil {
				return err
			}
		}
		if g.Filter != old.Filter {
			old.Name, old.NotifyNewMembers = g.Name, g.NotifyNewMembers
			if err := d.refillGroup(tx, c, old, g.Filter); err != nil {
				return err
			}
		}
		return d.session.recordOn(tx, "group.update", old.Org, old.Address, filterDetail(old.Filter, g.Filter))
	})
}

// RenameGroup changes the address; members and rights stay.
func (d *Directory) RenameGroup(ctx context.Context, id postroom.GroupID, address string) error {
	to, err := canonical(address)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustAdminister(g.Org, noSuch("group", g.Address), postroom.ManageGroups); err != nil {
			return err
		}
		dom, err := c.domainFor(tx, to, postroom.ManageGroups)
		if err != nil {
			return err
		}
		if dom.Org != g.Org {
			return postroom.Errorf(postroom.Invalid, "%s belongs to another organisation", dom.Name)
		}
		if err := d.identitiesFollow(tx, g.Address, to.String()); err != nil {
			return err
		}
		if err := movePrimary(tx, g.Address, to.String(), postroom.SendTarget{Group: id}); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE mail_group SET address = $1, domain_id = $2 WHERE id = $3`, to.String(), dom.ID, id); err != nil {
			return err
		}
		if err := d.session.store.rightsChanged(tx, g.Org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "group.rename", g.Org, to.String(), map[string]string{"from": g.Address, "to": to.String()})
	})
}

// DeleteGroup removes a group and every grant to and on it.
func (d *Directory) DeleteGroup(ctx context.Context, id postroom.GroupID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		g, err := readGroup(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustAdminister(g.Org, noSuch("group", g.Address), postroom.ManageGroups); err != nil {
			return err
		}
		if err := d.noteGroupGone(tx, c, g); err != nil {
			return err
		}
		if err := d.dropGrantee(tx, postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(id)}); err != nil {
			return err
		}
		if err := dropForwards(tx, postroom.SendTarget{Group: id}); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM send_grant WHERE target_group = $1`,
			`DELETE FROM group_member WHERE group_id = $1`,
			`DELETE FROM group_member WHERE member_group <> 0 AND member_group = $1`,
			`DELETE FROM group_letter WHERE request_id IN (SELECT id FROM group_request WHERE group_id = $1)`,
			`DELETE FROM group_request WHERE group_id = $1`,
			`DELETE FROM address WHERE group_id <> 0 AND group_id = $1`,
			`DELETE FROM mail_group WHERE id = $1`,
		} {
			if _, err := tx.Exec(query, id); err != nil {
				return err
			}
		}
		if err := d.session.store.rightsChanged(tx, g.Org); err != nil {
			return err
		}
		return d.session.recordOn(tx, "group.delete", g.Org, g.Address, map[string]string{"uuid": g.UUID})
	})
}

// joined is a list for the audit log.
func joined(list []string) string { return strings.Join(list, " ") }
