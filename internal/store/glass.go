package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// maxReason bounds why the glass was broken, in bytes.
const maxReason = 1000

// BreakGlass lets a person of the organisation, with is zero: the caller, read
// a whole mailbox until a time, in an emergency. Its owner and the other
// administrators are told at once, and again when it ends; that is never quiet.
// It needs the ability BreakGlass. Invalid: no reason; a time that is past, or
// further away than the organisation allows. Exists: they read it already.
func (d *Directory) BreakGlass(ctx context.Context, target, with postroom.AccountID, until time.Time, reason string) error {
	reason, err := cleanReason(reason)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, target)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.BreakGlass); err != nil {
			return err
		}
		who := with
		if who == 0 {
			who = c.account.ID
		}
		if who == 0 {
			return postroom.Errorf(postroom.Invalid, "it is to be said who reads")
		}
		g := postroom.Grant{Target: postroom.CollectionRef{Account: target, Collection: postroom.RootCollection},
			Grantee: toAccount(who), Rights: rights.Viewer, Mode: postroom.Automount, Until: until, By: c.account.ID, Reason: reason}
		if err := d.mayBreak(tx, a, &g); err != nil {
			return err
		}
		if _, err := deleteGrant(tx, g.Target, g.Grantee, false); err != nil {
			return err
		}
		c.broke = true
		if err := d.insertGrant(tx, g); err != nil {
			return err
		}
		if err := d.session.store.noteGlass(tx, glassBroken, g, c.account.ID, until); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedGrants, int64(target)); err != nil {
			return err
		}
		name, err := granteeName(tx, g.Grantee)
		if err != nil {
			return err
		}
		details := grantDetails(g, name)
		details["reason"] = reason
		return d.session.record(tx, "access.break-glass", g.Target, details)
	})
}

func cleanReason(reason string) (string, error) {
	reason, err := cleanName("the reason", reason)
	switch {
	case err != nil:
		return "", err
	case reason == "":
		return "", postroom.Errorf(postroom.Invalid, "breaking the glass needs a reason")
	case len(reason) > maxReason:
		return "", postroom.Errorf(postroom.Invalid, "the reason is too long")
	}
	return reason, nil
}

// mayBreak checks for whom, for how long, and that nothing else is overwritten.
func (d *Directory) mayBreak(tx *db.Tx, a postroom.Account, g *postroom.Grant) error {
	var longest int64
	if err := tx.QueryRow(`SELECT break_glass FROM organisation WHERE id = $1`, a.Org).Scan(&longest); err != nil {
		return err
	}
	now := d.session.store.now()
	limit := time.Duration(longest) * time.Second
	switch {
	case limit == 0:
		return postroom.Errorf(postroom.Denied, "permission denied: the organisation allows no emergency access")
	case !g.Until.After(now):
		return postroom.Errorf(postroom.Invalid, "the time is in the past: %s", g.Until.UTC().Format("2006-01-02 15:04:05"))
	case g.Until.After(now.Add(limit)):
		return postroom.Errorf(postroom.Invalid, "emergency access lasts %s at most", limit)
	case g.Grantee == toAccount(a.ID):
		return postroom.Errorf(postroom.Invalid, "%s is the owner and has all rights", a.Address)
	}
	if err := mustBeGrantee(tx, g.Grantee, a.Org); err != nil {
		return err
	}
	var old *postroom.Grant
	err := eachGrant(tx, `WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND negative = $5`,
		[]any{g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID, false}, func(o postroom.Grant) { old = &o })
	if err != nil || old == nil || old.Reason != "" || !old.Until.IsZero() && !old.Until.After(now) {
		return err
	}
	if old.Rights == postroom.NoRights {
		return postroom.Errorf(postroom.Exists, "already there: a grant of none blocks them on %s; it is taken back first", a.Address)
	}
	return postroom.Errorf(postroom.Exists, "already there: they have rights of their own on %s", a.Address)
}

func (d *Directory) insertGrant(tx *db.Tx, g postroom.Grant) error {
	seq, err := nextID(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO access_grant (account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode,
		since, until_at, by_account, seq, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID, g.Negative, g.Rights, g.Mode, d.session.store.now(),
		g.Until, g.By, seq, g.Reason)
	return err
}

// noteGlassGone tells that an emergency access ends before its time, by being
// taken back or replaced. It comes before that.
func (d *Directory) noteGlassGone(tx *db.Tx, c *caller, ref postroom.CollectionRef, grantee postroom.Grantee) error {
	var open []postroom.Grant
	err := eachGrant(tx, `WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND reason <> ''`,
		[]any{ref.Account, ref.Collection, grantee.Kind, grantee.ID}, func(g postroom.Grant) { open = append(open, g) })
	if err != nil {
		return err
	}
	now := d.session.store.now()
	for _, g := range open {
		if g.Until.After(now) {
			if err := d.session.store.noteGlass(tx, glassEnded, g, c.account.ID, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownGlass reports whether a grant is the caller's own emergency access, which
// they may always end.
func (c *caller) ownGlass(tx *db.Tx, ref postroom.CollectionRef, grantee postroom.Grantee) (bool, error) {
	if c.account.ID == 0 || grantee != toAccount(c.account.ID) {
		return false, nil
	}
	return exists(tx, `SELECT 1 FROM access_grant WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3
		AND grantee_id = $4 AND reason <> ''`, ref.Account, ref.Collection, grantee.Kind, grantee.ID)
}

// mayEnd is mayGrant for taking a grant back.
func (c *caller) mayEnd(tx *db.Tx, ref postroom.CollectionRef, grantee postroom.Grantee) (*node, error) {
	_, n, err := c.mayGrant(tx, ref, postroom.ManageGrants)
	if postroom.KindOf(err) != postroom.Denied {
		return n, err
	}
	own, glassErr := c.ownGlass(tx, ref, grantee)
	if glassErr != nil || !own {
		return nil, orError(glassErr, err)
	}
	v, err := c.session.look(tx, ref.Account)
	if err != nil {
		return nil, err
	}
	return v.tree.nodes[ref.Collection], nil
}
