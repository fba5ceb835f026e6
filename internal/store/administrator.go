package store

import (
	"context"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// abilitiesFor is what an administrator of a scope is given.
func abilitiesFor(s postroom.AdminScope, a postroom.Abilities) postroom.Abilities {
	if s == postroom.NoAdmin {
		return 0
	}
	if a &= postroom.AllAbilities; a != 0 {
		return a
	}
	return postroom.UsualFor(s)
}

// mayAppoint checks that the caller may make an administrator of another kind
// of somebody: nobody gives what they lack, or takes from those above them.
func (c *caller) mayAppoint(tx *db.Tx, old, now postroom.Account) error {
	if now.Admin > postroom.ServerAdmin {
		return postroom.Errorf(postroom.Invalid, "invalid account")
	}
	if !c.administers(old.Org, postroom.ManageAdmins) {
		return errDenied()
	}
	if err := c.mustCover(old); err != nil {
		return err
	}
	next := rights.Administrator{Org: old.Org, Scope: now.Admin, Abilities: now.Abilities}
	if !c.admin.Covers(next) {
		return postroom.Errorf(postroom.Denied, "permission denied: nobody gives abilities that they do not have")
	}
	return c.session.proven(tx)
}

// Administrators lists the administrators that the caller may know of, by
// address: of their organisation, and those of the server to who is one.
// Denied without SeeDirectory.
func (d *Directory) Administrators(ctx context.Context) (all []postroom.Account, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		all = nil
		if !c.administers(c.account.Org, postroom.SeeDirectory) {
			return errDenied()
		}
		err := tx.Each(accountColumns+` WHERE admin <> 0`, nil, func(scan func(...any) error) error {
			a, err := scanAccount(scan)
			if err == nil && c.within(a.Org) && c.administers(a.Org, postroom.SeeDirectory) {
				all = append(all, a)
			}
			return err
		})
		sorted(all, func(a *postroom.Account) string { return a.Address })
		return err
	})
	return all, err
}

// SetAdministrator makes a person an administrator of a scope with abilities
// (none: what is usual for the scope), or with NoAdmin no administrator any
// more. The caller needs ManageAdmins, and everything that is given or taken.
func (d *Directory) SetAdministrator(ctx context.Context, id postroom.AccountID, scope postroom.AdminScope, abilities postroom.Abilities) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		old, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(old, postroom.ManageAdmins); err != nil {
			return err
		}
		now := old
		now.Admin, now.Abilities = scope, abilitiesFor(scope, abilities)
		if now.Kind != postroom.Person && scope != postroom.NoAdmin {
			return postroom.Errorf(postroom.Invalid, "only a person administers")
		}
		if err := c.mayAppoint(tx, old, now); err != nil {
			return err
		}
		if now.Admin == old.Admin && now.Abilities == old.Abilities {
			return postroom.Errorf(postroom.Exists, "already there: %s", old.Address)
		}
		if _, err := tx.Exec(`UPDATE account SET admin = $1, abilities = $2 WHERE id = $3`, now.Admin, now.Abilities, id); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "admin.set", postroom.CollectionRef{Account: id},
			map[string]string{"admin": adminName(scope), "abilities": now.Abilities.String()})
	})
}

// changeOf is the ability that changes an account or a group.
func changeOf(t postroom.SendTarget) postroom.Abilities {
	if t.Group != 0 {
		return postroom.ManageGroups
	}
	return postroom.ChangeAccounts
}

// sendAbility is the ability that gives a right to send: who posts to a group
// and owns it belongs to the group.
func sendAbility(r postroom.SendRight) postroom.Abilities {
	if r == postroom.SendTo || r == postroom.Own {
		return postroom.ManageGroups
	}
	return postroom.ManageSendRights
}

// mustCoverTarget is mustCover for an account or a group, which is above
// nobody.
func (c *caller) mustCoverTarget(tx *db.Tx, t postroom.SendTarget) error {
	if t.Account == 0 || c.is(t.Account) {
		return nil
	}
	a, err := readAccount(tx, t.Account)
	return orError(err, c.mustCover(a))
}

// mustCoverFor is mustCoverTarget but for abilities that only look.
func (c *caller) mustCoverFor(tx *db.Tx, t postroom.SendTarget, need postroom.Abilities) error {
	if need&^(postroom.SeeAccess|postroom.SeeDirectory) == 0 {
		return nil
	}
	return c.mustCoverTarget(tx, t)
}

// mustChangeTarget lets those pass who may change an account or a group as
// administrators.
func (c *caller) mustChangeTarget(tx *db.Tx, t target, gone error) error {
	if err := c.mustAdminister(t.org, gone, changeOf(t.SendTarget)); err != nil {
		return err
	}
	return c.mustCoverTarget(tx, t.SendTarget)
}
