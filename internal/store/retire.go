package store

import (
	"context"
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Retire ends what somebody can do who leaves: the account is locked, so it
// keeps receiving, its sessions end, and its app passwords, access tokens and
// invitation are void. What it holds and has granted stays. Administrators may; Invalid for
// the own account.
func (d *Directory) Retire(ctx context.Context, id postroom.AccountID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.SwitchLogin); err != nil {
			return err
		}
		if c.is(id) {
			return postroom.Errorf(postroom.Invalid, "nobody locks the account they are signed in with")
		}
		if _, err := tx.Exec(`UPDATE account SET state = $1 WHERE id = $2`, postroom.Locked, id); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2`, id, appPasswordKind)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind IN ($2, $3)`, id, tokenKind, webSessionKind); err != nil {
			return err
		}
		if err := orError(dropLoose(tx, id), dropInvitation(tx, id)); err != nil {
			return err
		}
		if err := d.accountChanged(tx, c, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.leave", postroom.CollectionRef{Account: id},
			map[string]string{"state": postroom.Locked.String(), "appPasswords": strconv.FormatInt(n, 10)})
	})
}

// dropCredentials removes everything an account can sign in with.
func dropCredentials(tx *db.Tx, id postroom.AccountID) error {
	for _, query := range []string{
		`DELETE FROM credential WHERE account_id = $1`,
		`DELETE FROM second_factor WHERE account_id = $1`,
		`DELETE FROM recovery_code WHERE account_id = $1`,
	} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return dropLoose(tx, id)
}

// ConvertAccount makes a person's account a shared one or a resource, or the
// other way round, with all that follows: login is on for a person and off for
// others; what belongs to the kind (displayed sender, where copies of sent mail
// go, read state) begins anew as for a new account; a person's password and app
// passwords end with the person, or whoever knows them could open the shared
// mailbox the day its login is switched on. Mail, grants, addresses and
// memberships stay. plan is the new plan, zero for the usual one of the kind.
//
// Administrators may. Invalid for the kind it has, and for one who administers.
func (d *Directory) ConvertAccount(ctx context.Context, id postroom.AccountID, kind postroom.AccountKind, plan postroom.PlanID) error {
	if kind < postroom.Person || kind > postroom.Resource {
		return postroom.Errorf(postroom.Invalid, "invalid kind of account")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.ChangeAccounts); err != nil {
			return err
		}
		switch {
		case a.Kind == kind:
			return postroom.Errorf(postroom.Invalid, "%s is a %s account already", a.Address, kind)
		case a.Admin != postroom.NoAdmin:
			return postroom.Errorf(postroom.Invalid, "%s administers: only a person does; take that away first", a.Address)
		case a.State == postroom.Invited:
			return postroom.Errorf(postroom.Invalid, "%s: invitation must be accepted first", a.Address)
		}
		if plan == 0 {
			if plan, err = usualPlan(tx, a.Org, kind); err != nil {
				return err
			}
		} else if plan, err = planFor(tx, a.Org, plan); err != nil {
			return err
		}
		if (a.Kind == postroom.Person) != (kind == postroom.Person) {
			if err := mayGrow(tx, a.Org, kind); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`UPDATE account SET kind = $1, login = $2, plan_id = $3, displayed = 0, sent = 0, seen_per_user = 0 WHERE id = $4`,
			kind, kind == postroom.Person, plan, id)
		if err != nil {
			return err
		}
		if a.Kind == postroom.Person {
			if err := dropCredentials(tx, id); err != nil {
				return err
			}
		}
		if err := d.accountChanged(tx, c, id); err != nil {
			return err
		}
		// Whoever looks at a mailbox sees its kind in its name.
		if err := d.session.store.bumpTree(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.convert", postroom.CollectionRef{Account: id},
			map[string]string{"from": a.Kind.String(), "to": kind.String()})
	})
}
