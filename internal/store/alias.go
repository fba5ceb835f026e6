package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

type addressKind uint8

const (
	aliasAddress addressKind = iota
	primaryAddress
)

// takeAddress gives an address to an account or group. Exists when somebody has
// it already.
func takeAddress(tx *db.Tx, address string, t postroom.SendTarget, kind addressKind) error {
	if taken, err := exists(tx, `SELECT 1 FROM address WHERE address = $1`, address); err != nil || taken {
		return orError(err, postroom.Errorf(postroom.Exists, "address already exists: %s", printable(address)))
	}
	primary := kind == primaryAddress
	_, err := tx.Exec(`INSERT INTO address (address, account_id, group_id, is_primary, delegable) VALUES ($1, $2, $3, $4, $5)`,
		address, t.Account, t.Group, primary, primary)
	return err
}

// movePrimary makes an address the primary one, also when it was an alias of
// the same target.
func movePrimary(tx *db.Tx, from, to string, t postroom.SendTarget) error {
	if from == to {
		return nil
	}
	if _, err := tx.Exec(`DELETE FROM address WHERE address = $1 AND account_id = $2 AND group_id = $3 AND is_primary = 0`,
		to, t.Account, t.Group); err != nil {
		return err
	}
	if taken, err := exists(tx, `SELECT 1 FROM address WHERE address = $1`, to); err != nil || taken {
		return orError(err, postroom.Errorf(postroom.Exists, "address already exists: %s", printable(to)))
	}
	if _, err := tx.Exec(`UPDATE address SET address = $1 WHERE address = $2`, to, from); err != nil {
		return err
	}
	return addressMoved(tx, from, to)
}

// target is an account or group with what the directory needs to know of it.
type target struct {
	postroom.SendTarget
	org     postroom.OrgID
	address string
}

// targetOf reads an account or group on which the caller has an ability, or
// which it manages: an owner the group.
func (d *Directory) targetOf(tx *db.Tx, c *caller, t postroom.SendTarget, need postroom.Abilities) (target, error) {
	found, err := readTarget(tx, t)
	if err != nil || c.administers(found.org, need) {
		return found, orError(err, c.mustCoverFor(tx, t, need))
	}
	if t.Group != 0 {
		g, err := readGroup(tx, t.Group)
		if err != nil {
			return found, err
		}
		return found, c.mustOwn(tx, g)
	}
	a, err := readAccount(tx, t.Account)
	if err != nil {
		return found, err
	}
	if sees, err := c.seesAccount(tx, a); err != nil || !sees {
		return found, orError(err, postroom.Errorf(postroom.NotFound, "no such account"))
	}
	return found, errDenied()
}

func readTarget(tx *db.Tx, t postroom.SendTarget) (target, error) {
	found := target{SendTarget: t}
	query, id := `SELECT org_id, address FROM account WHERE id = $1`, int64(t.Account)
	what := "account"
	if t.Group != 0 {
		query, id, what = `SELECT org_id, address FROM mail_group WHERE id = $1`, int64(t.Group), "group"
	}
	if t.Account != 0 && t.Group != 0 {
		return found, postroom.Errorf(postroom.Invalid, "a target is an account or a group")
	}
	err := tx.QueryRow(query, id).Scan(&found.org, &found.address)
	if noRow(err) {
		return found, postroom.Errorf(postroom.NotFound, "no such %s", what)
	}
	return found, err
}

// touch notes that addresses of a target changed.
func (d *Directory) touch(tx *db.Tx, t target) error {
	if t.Account != 0 {
		return d.session.store.changed(tx, changedAccount, int64(t.Account))
	}
	return d.session.store.rightsChanged(tx, t.org)
}

// recordTarget is record for an account or group.
func (s *Session) recordTarget(tx *db.Tx, action string, t target, details map[string]string) error {
	if t.Account != 0 {
		return s.record(tx, action, postroom.CollectionRef{Account: t.Account}, details)
	}
	return s.recordOn(tx, action, t.org, t.address, details)
}

// AddAlias gives an account or group a further address, in a domain of its
// organisation. Exists, NotFound (domain, target), Denied.
func (d *Directory) AddAlias(ctx context.Context, a postroom.Alias) error {
	address, err := canonical(a.Address)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		t, err := readTarget(tx, a.Target)
		if err != nil {
			return err
		}
		if err := c.mustChangeTarget(tx, t, postroom.Errorf(postroom.NotFound, "no such entry")); err != nil {
			return err
		}
		dom, err := c.domainFor(tx, address, postroom.SeeDirectory)
		if err != nil {
			return err
		}
		if dom.Org != t.org {
			return postroom.Errorf(postroom.Invalid, "%s belongs to another organisation", dom.Name)
		}
		if err := mayHaveAlias(tx, a.Target); err != nil {
			return err
		}
		if err := takeAddress(tx, address.String(), a.Target, aliasAddress); err != nil {
			return err
		}
		if a.Delegable {
			if _, err := tx.Exec(`UPDATE address SET delegable = 1 WHERE address = $1`, address.String()); err != nil {
				return err
			}
		}
		if err := d.touch(tx, t); err != nil {
			return err
		}
		return d.session.recordTarget(tx, "alias.add", t, map[string]string{"alias": address.String()})
	})
}

// RemoveAlias takes a further address away. NotFound, Invalid (it is the
// primary address), Denied.
func (d *Directory) RemoveAlias(ctx context.Context, address string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		key := canonicalOrSelf(address)
		var st postroom.SendTarget
		var primary bool
		err := tx.QueryRow(`SELECT account_id, group_id, is_primary FROM address WHERE address = $1`, key).
			Scan(&st.Account, &st.Group, &primary)
		if noRow(err) {
			return noSuch("alias", address)
		}
		if err != nil {
			return err
		}
		t, err := readTarget(tx, st)
		if err != nil {
			return err
		}
		if err := c.mustChangeTarget(tx, t, noSuch("alias", address)); err != nil {
			return err
		}
		if primary {
			return postroom.Errorf(postroom.Invalid, "%s is a primary address, not an alias", printable(key))
		}
		if err := addressMoved(tx, key, ""); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM address WHERE address = $1`, key); err != nil {
			return err
		}
		if err := d.touch(tx, t); err != nil {
			return err
		}
		return d.session.recordTarget(tx, "alias.remove", t, map[string]string{"alias": key})
	})
}

// ownAddress is a row of the table of addresses.
type ownAddress struct {
	address            string
	primary, delegable bool
}

// addressesOf lists the addresses of a target, the primary first.
func addressesOf(tx *db.Tx, t postroom.SendTarget) (all []ownAddress, err error) {
	query, id := `SELECT address, is_primary, delegable FROM address WHERE account_id <> 0 AND account_id = $1`, int64(t.Account)
	if t.Group != 0 {
		query, id = `SELECT address, is_primary, delegable FROM address WHERE group_id <> 0 AND group_id = $1`, int64(t.Group)
	}
	err = tx.Each(query, []any{id}, func(scan func(...any) error) error {
		var a ownAddress
		err := scan(&a.address, &a.primary, &a.delegable)
		all = append(all, a)
		return err
	})
	slices.SortFunc(all, func(a, b ownAddress) int {
		return cmp.Or(own(b.primary)-own(a.primary), strings.Compare(a.address, b.address))
	})
	return all, err
}

// Aliases lists the further addresses of an account or group.
func (d *Directory) Aliases(ctx context.Context, t postroom.SendTarget) (aliases []postroom.Alias, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		aliases = nil
		if err := c.mustSee(tx, t); err != nil {
			return err
		}
		all, err := addressesOf(tx, t)
		for _, a := range all {
			if !a.primary {
				aliases = append(aliases, postroom.Alias{Address: a.address, Target: t, Delegable: a.delegable})
			}
		}
		return err
	})
	return aliases, err
}

// mustSee answers NotFound for an account or group the caller may not know of.
func (c *caller) mustSee(tx *db.Tx, t postroom.SendTarget) error {
	var sees bool
	if t.Group != 0 {
		g, err := readGroup(tx, t.Group)
		if err != nil {
			return err
		}
		if sees, err = c.seesGroup(tx, g); err != nil {
			return err
		}
	} else {
		a, err := readAccount(tx, t.Account)
		if err != nil {
			return err
		}
		if sees, err = c.seesAccount(tx, a); err != nil {
			return err
		}
	}
	if !sees {
		return postroom.Errorf(postroom.NotFound, "no such entry")
	}
	return nil
}

// SetDelegable says which addresses of a target those who may send as it can
// use: the addresses on the list, aliases and the primary one, become
// delegable, the others not. An empty list is the primary address alone, the
// default. The account itself and its administrators may.
func (d *Directory) SetDelegable(ctx context.Context, t postroom.SendTarget, addresses []string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if !(c.is(t.Account) && d.session.whole()) {
			if _, err := d.targetOf(tx, c, t, changeOf(t)); err != nil {
				return err
			}
		}
		found, err := readTarget(tx, t)
		if err != nil {
			return err
		}
		all, err := addressesOf(tx, t)
		if err != nil {
			return err
		}
		wanted := make(map[string]bool)
		for _, a := range addresses {
			key := canonicalOrSelf(a)
			if !slices.ContainsFunc(all, func(o ownAddress) bool { return o.address == key }) {
				return postroom.Errorf(postroom.Invalid, "%s is no address of %s", printable(a), found.address)
			}
			wanted[key] = true
		}
		for _, a := range all {
			on := wanted[a.address] || len(addresses) == 0 && a.primary
			if _, err := tx.Exec(`UPDATE address SET delegable = $1 WHERE address = $2`, on, a.address); err != nil {
				return err
			}
		}
		if err := d.touch(tx, found); err != nil {
			return err
		}
		return d.session.recordTarget(tx, "alias.delegable", found, map[string]string{"addresses": joined(addresses)})
	})
}

// Delegable lists the addresses usable by delegates; never empty.
func (d *Directory) Delegable(ctx context.Context, t postroom.SendTarget) (addresses []string, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		addresses = nil
		if err := c.mustSee(tx, t); err != nil {
			return err
		}
		all, err := addressesOf(tx, t)
		for _, a := range all {
			if a.delegable {
				addresses = append(addresses, a.address)
			}
		}
		return err
	})
	return addresses, err
}
