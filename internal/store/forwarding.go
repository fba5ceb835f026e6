package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
)

// maxForwards bounds the addresses an account forwards to, each list by itself.
const maxForwards = 50

// Forwarding tells where mail for an account goes on to. Those of OutOfOffice
// may ask. NotFound, Denied.
func (d *Directory) Forwarding(ctx context.Context, id postroom.AccountID) (f postroom.Forwarding, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.tended(tx, c, id); err != nil {
			return err
		}
		f, err = readForwarding(tx, id)
		return err
	})
	return f, err
}

// SetForwarding stores where mail for an account goes on to. Those of
// OutOfOffice may; Fixed only its administrators. NotFound (the account; an
// unknown address in a domain of the organisation), Denied, Invalid (no
// address; one of the account's own), Limit.
func (d *Directory) SetForwarding(ctx context.Context, id postroom.AccountID, f postroom.Forwarding) (err error) {
	if len(f.To) > maxForwards || len(f.Fixed) > maxForwards {
		return postroom.Errorf(postroom.Limit, "mail is forwarded to %d addresses at most", maxForwards)
	}
	if f.To, err = canonicalAll(f.To); err != nil {
		return err
	}
	if f.Fixed, err = canonicalAll(f.Fixed); err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := d.tended(tx, c, id)
		if err != nil {
			return err
		}
		old, err := readForwarding(tx, id)
		if err != nil {
			return err
		}
		if !sameSet(old.Fixed, f.Fixed) && !c.administers(a.Org, postroom.ManageGrants) {
			return postroom.Errorf(postroom.Denied, "permission denied: only an administrator changes these addresses")
		}
		for _, to := range f.All() {
			if err := mayForwardTo(tx, a, to, old.All()); err != nil {
				return err
			}
		}
		if err := mayForwardOutside(tx, a, without(f.All(), old.All())); err != nil {
			return err
		}
		if err := d.forwardedByOthers(tx, c, a, old, f); err != nil {
			return err
		}
		if err := writeForwarding(tx, id, f); err != nil {
			return err
		}
		return d.session.record(tx, "forwarding.set", postroom.CollectionRef{Account: id}, map[string]string{
			"to": joined(f.To), "fixed": joined(f.Fixed), "copy": map[bool]string{false: "kept", true: "none"}[f.NoCopy]})
	})
}

func sameSet(a, b []string) bool { return len(a) == len(b) && len(without(a, b)) == 0 }

// mayForwardTo checks an address that mail of an account shall go on to. What
// stands there already stays.
func mayForwardTo(tx *db.Tx, a postroom.Account, address string, already []string) error {
	to, err := canonical(address)
	if err != nil {
		return err
	}
	t, _, found, err := owner(tx, to)
	switch {
	case err != nil:
		return err
	case t.Account == a.ID && found:
		return postroom.Errorf(postroom.Invalid, "%s would forward to itself", a.Address)
	case found || slices.Contains(already, address):
		return nil
	}
	dom, err := domainNamed(tx, to.Domain)
	if postroom.KindOf(err) == postroom.NotFound || err == nil && dom.Org != a.Org {
		return nil
	}
	return orError(err, noSuch("account", address))
}

func readForwarding(tx *db.Tx, id postroom.AccountID) (f postroom.Forwarding, err error) {
	err = tx.QueryRow(`SELECT no_copy FROM forwarding WHERE account_id = $1`, id).Scan(&f.NoCopy)
	if noRow(err) {
		return postroom.Forwarding{}, nil
	}
	if err != nil {
		return f, err
	}
	err = tx.Each(`SELECT fixed, address FROM forwarding_address WHERE account_id = $1`, []any{id}, func(scan func(...any) error) error {
		var fixed bool
		var address string
		err := scan(&fixed, &address)
		if fixed {
			f.Fixed = append(f.Fixed, address)
		} else {
			f.To = append(f.To, address)
		}
		return err
	})
	slices.Sort(f.To)
	slices.Sort(f.Fixed)
	return f, err
}

func writeForwarding(tx *db.Tx, id postroom.AccountID, f postroom.Forwarding) error {
	for _, query := range []string{`DELETE FROM forwarding WHERE account_id = $1`, `DELETE FROM forwarding_address WHERE account_id = $1`} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	if len(f.To)+len(f.Fixed) == 0 && !f.NoCopy {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO forwarding (account_id, no_copy, addresses) VALUES ($1, $2, $3)`, id, f.NoCopy, len(f.To)+len(f.Fixed))
	if err != nil {
		return err
	}
	for i, address := range f.All() {
		if err := insertForward(tx, id, i >= len(f.To), address); err != nil {
			return err
		}
	}
	return nil
}

func insertForward(tx *db.Tx, id postroom.AccountID, fixed bool, address string) error {
	a, err := addr.Parse(address)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO forwarding_address (account_id, fixed, address, base) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		id, fixed, address, a.Base().String())
	return err
}

// forwardTo is a row of the table of addresses that are forwarded to.
type forwardTo struct {
	account postroom.AccountID
	fixed   bool
	address string
}

// moveForwards lets those who forward to an address follow it when it changes;
// to is empty when the address is gone: who has it next inherits nothing.
// Subaddresses go along.
func moveForwards(tx *db.Tx, from, to string) error {
	var rows []forwardTo
	err := tx.Each(`SELECT account_id, fixed, address FROM forwarding_address WHERE base = $1 OR address = $1`, []any{from},
		func(scan func(...any) error) error {
			var r forwardTo
			err := scan(&r.account, &r.fixed, &r.address)
			rows = append(rows, r)
			return err
		})
	if err != nil {
		return err
	}
	for _, r := range rows {
		_, err := tx.Exec(`DELETE FROM forwarding_address WHERE account_id = $1 AND fixed = $2 AND address = $3`, r.account, r.fixed, r.address)
		if err != nil {
			return err
		}
		if to != "" {
			if err := insertForward(tx, r.account, r.fixed, moved(r.address, to)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE forwarding SET addresses = (SELECT COUNT(*) FROM forwarding_address f WHERE f.account_id = $1)
			WHERE account_id = $1`, r.account)
		if err != nil {
			return err
		}
	}
	return nil
}

// moved is an address at its new place, with the detail it had.
func moved(address, to string) string {
	old, err := addr.Parse(address)
	place, placeErr := addr.Parse(to)
	if err != nil || placeErr != nil || old.Detail() == "" || place.Detail() != "" {
		return to
	}
	place.Local += string(addr.Delimiter) + old.Detail()
	return place.String()
}

// dropForwards removes an account's or group's addresses from where others
// forward to, before it is deleted.
func dropForwards(tx *db.Tx, t postroom.SendTarget) error {
	all, err := addressesOf(tx, t)
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := addressMoved(tx, a.address, ""); err != nil {
			return err
		}
	}
	return nil
}

// forwardedByOthers refuses an administrator to forward another's mail to
// themselves, or to a group that holds them, and tells the owner of all else.
// Who holds Administer there is no administrator by it, and the owner of a
// shared mailbox.
func (d *Directory) forwardedByOthers(tx *db.Tx, c *caller, a postroom.Account, old, now postroom.Forwarding) error {
	fresh := without(now.All(), old.All())
	if len(fresh) == 0 || c.account.ID == 0 || c.is(a.ID) || !c.administers(a.Org, postroom.ChangeAccounts) {
		return nil
	}
	for _, address := range fresh {
		to, err := canonical(address)
		if err != nil {
			return err
		}
		t, _, found, err := owner(tx, to)
		if err != nil {
			return err
		}
		self := found && c.is(t.Account)
		if found && t.Group != 0 {
			all, err := expand(tx, t.Group)
			if err != nil {
				return err
			}
			self = slices.Contains(all.Accounts, c.account.ID)
		}
		if self {
			return postroom.Errorf(postroom.Denied, "permission denied: administrators do not forward the mail of %s to themselves: "+
				"in an emergency: access break-glass", a.Address)
		}
	}
	return d.noteAct(tx, c, postroom.SendTarget{Account: a.ID}, ActForwarding, joined(fresh))
}
