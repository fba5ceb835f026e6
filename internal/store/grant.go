package store

import (
	"context"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// eachGrant reads grants in the order they were made.
func eachGrant(tx *db.Tx, where string, args []any, fn func(postroom.Grant)) error {
	return tx.Each(`SELECT account_id, collection_id, grantee_kind, grantee_id, negative, rights, mode, since, until_at,
		by_account, reason FROM access_grant `+where+` ORDER BY seq`, args, func(scan func(...any) error) error {
		var g postroom.Grant
		var since, until int64
		err := scan(&g.Target.Account, &g.Target.Collection, &g.Grantee.Kind, &g.Grantee.ID, &g.Negative, &g.Rights, &g.Mode,
			&since, &until, &g.By, &g.Reason)
		if err != nil {
			return err
		}
		g.Since, g.Until = db.Time(since), db.Time(until)
		fn(g)
		return nil
	})
}

// mayGrant checks that the session may give and take grants on a collection:
// its administrators, its owner and who holds Administer.
func (c *caller) mayGrant(tx *db.Tx, ref postroom.CollectionRef, need postroom.Abilities) (*tree, *node, error) {
	gone := postroom.Errorf(postroom.NotFound, "no such mailbox")
	v, err := c.session.look(tx, ref.Account)
	if err != nil {
		return nil, nil, err
	}
	if v.tree == nil || v.tree.nodes[ref.Collection] == nil {
		return nil, nil, gone
	}
	n := v.tree.nodes[ref.Collection]
	have := c.session.on(v, ref.Collection)
	switch {
	case have.Has(postroom.Administer):
		c.held = ref.Account
		return v.tree, n, nil
	case c.administers(v.tree.owner.Org, need):
		return v.tree, n, c.mustCoverFor(tx, postroom.SendTarget{Account: ref.Account}, need)
	case have.Has(postroom.Lookup) || c.administers(v.tree.owner.Org, postroom.SeeAccess):
		return nil, nil, postroom.Errorf(postroom.Denied, "permission denied: %s", printable(n.path))
	}
	return nil, nil, gone
}

// checkGrant checks what is given, and to whom; it fills in the mode.
func checkGrant(tx *db.Tx, t *tree, g *postroom.Grant) error {
	if g.Rights&^postroom.AllRights != 0 || g.Negative && g.Rights == postroom.NoRights {
		return postroom.Errorf(postroom.Invalid, "invalid rights")
	}
	if g.Mode > postroom.Offer {
		return postroom.Errorf(postroom.Invalid, "invalid mode of sharing")
	}
	if g.Mode == 0 {
		g.Mode = postroom.Offer
		if g.Target.Collection == postroom.RootCollection {
			g.Mode = postroom.Automount
		}
	}
	if g.Grantee == (postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(g.Target.Account)}) {
		return postroom.Errorf(postroom.Invalid, "%s is the owner and has all rights", t.address)
	}
	return mustBeGrantee(tx, g.Grantee, t.owner.Org)
}

// PutGrant makes or replaces the grant of (target, grantee, negative). By and
// Since are set by the store. Errors: Exists ("already there": identical),
// Invalid (time in the past; grantee is the owner; invited account: "invitation
// must be accepted first"), Denied, NotFound.
func (d *Directory) PutGrant(ctx context.Context, g postroom.Grant) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		t, n, err := c.mayGrant(tx, g.Target, postroom.ManageGrants)
		if err != nil {
			return err
		}
		now := d.session.store.now()
		g := g
		if !g.Until.IsZero() && !g.Until.After(now) {
			return postroom.Errorf(postroom.Invalid, "the time is in the past: %s", g.Until.UTC().Format("2006-01-02 15:04:05"))
		}
		if err := keepMode(tx, &g); err != nil {
			return err
		}
		if err := checkGrant(tx, t, &g); err != nil {
			return err
		}
		name, err := granteeName(tx, g.Grantee)
		if err != nil {
			return err
		}
		if err := d.noteShare(tx, c, postroom.SendTarget{Account: g.Target.Account}, g.Grantee); err != nil {
			return err
		}
		if err := d.noteGlassGone(tx, c, g.Target, g.Grantee); err != nil {
			return err
		}
		if err := d.replaceGrant(tx, g, n, name); err != nil {
			return err
		}
		g.By, g.Reason = c.account.ID, ""
		if err := d.insertGrant(tx, g); err != nil {
			return err
		}
		if !g.Negative && g.Rights != postroom.NoRights {
			if err := d.noteAct(tx, c, postroom.SendTarget{Account: g.Target.Account}, ActGrant, name); err != nil {
				return err
			}
		}
		if err := d.session.store.changed(tx, changedGrants, int64(g.Target.Account)); err != nil {
			return err
		}
		return d.session.record(tx, "grant.add", g.Target, grantDetails(g, name))
	})
}

// keepMode gives a grant without a mode that of the one it replaces.
func keepMode(tx *db.Tx, g *postroom.Grant) error {
	if g.Mode != 0 {
		return nil
	}
	return eachGrant(tx, `WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND negative = $5`,
		[]any{g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID, g.Negative}, func(old postroom.Grant) { g.Mode = old.Mode })
}

// replaceGrant removes the grant that g replaces; an identical one is an error.
func (d *Directory) replaceGrant(tx *db.Tx, g postroom.Grant, n *node, name string) error {
	same, over := false, false
	err := eachGrant(tx, `WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3 AND grantee_id = $4 AND negative = $5`,
		[]any{g.Target.Account, g.Target.Collection, g.Grantee.Kind, g.Grantee.ID, g.Negative}, func(old postroom.Grant) {
			same = old.Reason == "" && old.Rights == g.Rights && old.Mode == g.Mode && db.Micros(old.Until) == db.Micros(g.Until)
			over = !old.Until.IsZero() && !old.Until.After(d.session.store.now())
		})
	if err != nil {
		return err
	}
	if over && !g.Negative {
		// What is over is given anew, and people are asked anew.
		if err := dropAnswers(tx, g); err != nil {
			return err
		}
	}
	if same {
		return postroom.Errorf(postroom.Exists, "already there: %s has these rights on %s", name, printable(n.path))
	}
	_, err = deleteGrant(tx, g.Target, g.Grantee, g.Negative)
	return err
}

func deleteGrant(tx *db.Tx, ref postroom.CollectionRef, grantee postroom.Grantee, negative bool) (int64, error) {
	return tx.Exec(`DELETE FROM access_grant WHERE account_id = $1 AND collection_id = $2 AND grantee_kind = $3
		AND grantee_id = $4 AND negative = $5`, ref.Account, ref.Collection, grantee.Kind, grantee.ID, negative)
}

func grantDetails(g postroom.Grant, name string) map[string]string {
	d := map[string]string{"grantee": name, "rights": rights.IMAP(g.Rights), "letters": rights.Zimbra(g.Rights)}
	if g.Negative {
		d["negative"] = "yes"
	}
	if !g.Until.IsZero() {
		d["until"] = g.Until.UTC().Format("2006-01-02T15:04:05Z")
	}
	return d
}

// RemoveGrant takes a grant back. NotFound when there is none.
func (d *Directory) RemoveGrant(ctx context.Context, target postroom.CollectionRef, grantee postroom.Grantee, sign Sign) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		node, err := c.mayEnd(tx, target, grantee)
		if err != nil {
			return err
		}
		name, err := granteeName(tx, grantee)
		if err != nil {
			return err
		}
		if err := d.noteShare(tx, c, postroom.SendTarget{Account: target.Account}, grantee); err != nil {
			return err
		}
		if sign == Positive {
			if err := d.noteGlassGone(tx, c, target, grantee); err != nil {
				return err
			}
		}
		n, err := deleteGrant(tx, target, grantee, sign == Negative)
		if err != nil {
			return err
		}
		if n == 0 {
			return postroom.Errorf(postroom.NotFound, "no such grant: %s on %s", name, printable(node.path))
		}
		if err := d.session.store.changed(tx, changedGrants, int64(target.Account)); err != nil {
			return err
		}
		return d.session.record(tx, "grant.remove", target, map[string]string{"grantee": name})
	})
}

// Sign tells positive from negative grants.
type Sign uint8

// The two signs.
const (
	Positive Sign = iota
	Negative
)

// Grants lists the grants on an account: of one collection, or of all when
// Collection is zero, in the order they were made. Of all, who is neither the
// owner nor an administrator gets those of the collections they administer.
func (d *Directory) Grants(ctx context.Context, target postroom.CollectionRef) (entries []ACLEntry, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if target.Collection != 0 {
			if _, _, err := c.mayGrant(tx, target, postroom.SeeAccess); err != nil {
				return err
			}
			entries, err = readACL(tx, `WHERE account_id = $1 AND collection_id = $2`, []any{target.Account, target.Collection})
			return err
		}
		v, err := d.session.look(tx, target.Account)
		if err != nil {
			return err
		}
		if v.tree == nil {
			return postroom.Errorf(postroom.NotFound, "no such account")
		}
		all, err := readACL(tx, `WHERE account_id = $1`, []any{target.Account})
		if err != nil {
			return err
		}
		admin := c.administers(v.tree.owner.Org, postroom.SeeAccess)
		sees := admin
		entries = nil
		for _, e := range all {
			if admin || d.session.on(v, e.Target.Collection).Has(postroom.Administer) {
				entries = append(entries, e)
			}
		}
		if !sees {
			if sees, err = d.session.seesAny(tx, target.Account); err != nil {
				return err
			}
		}
		if !sees {
			return postroom.Errorf(postroom.NotFound, "no such account")
		}
		return nil
	})
	return entries, err
}

// GrantsTo lists the grants that name this very grantee: for administrators of
// its organisation, and for whoever is the grantee or belongs to it.
func (d *Directory) GrantsTo(ctx context.Context, g postroom.Grantee) (entries []ACLEntry, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if err := c.mustBeOrAdminister(tx, g); err != nil {
			return err
		}
		all, err := readACL(tx, `WHERE grantee_kind = $1 AND grantee_id = $2`, []any{g.Kind, g.ID})
		if err != nil {
			return err
		}
		entries = nil
		for _, e := range all {
			t, err := readTarget(tx, postroom.SendTarget{Account: e.Target.Account})
			if err != nil {
				return err
			}
			if c.within(t.org) {
				entries = append(entries, e)
			}
		}
		return nil
	})
	return entries, err
}

// mustBeOrAdminister lets administrators of a grantee's organisation pass, and
// those who belong to the grantee.
func (c *caller) mustBeOrAdminister(tx *db.Tx, g postroom.Grantee) error {
	org, err := granteeOrg(tx, g)
	if err != nil {
		return err
	}
	if org == 0 {
		org = c.account.Org
	}
	if c.subject != nil && c.subject.Is(g) {
		return nil
	}
	return c.mustAdminister(org, postroom.Errorf(postroom.NotFound, "no such grantee"), postroom.SeeAccess)
}

// SetInherit switches inheritance of grants from above (Zimbra folder flag i).
func (d *Directory) SetInherit(ctx context.Context, ref postroom.CollectionRef, on Inheritance) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, _, err := c.mayGrant(tx, ref, postroom.ManageGrants); err != nil {
			return err
		}
		if ref.Collection == postroom.RootCollection {
			return postroom.Errorf(postroom.Invalid, "there is nothing above the root to inherit from")
		}
		_, err := tx.Exec(`UPDATE collection SET inherit = $1 WHERE account_id = $2 AND collection_id = $3`,
			on == Inherits, ref.Account, ref.Collection)
		if err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedGrants, int64(ref.Account)); err != nil {
			return err
		}
		return d.session.record(tx, "grant.inherit", ref, map[string]string{"inherit": [...]string{"off", "on"}[on&1]})
	})
}

// Inheritance is whether grants from above count.
type Inheritance uint8

// The two states.
const (
	Closed Inheritance = iota
	Inherits
)

// FindCollection resolves ADDRESS:/path for granting; it needs no Read: the
// owner, administrators and who holds Administer there may, and who may look
// the collection up.
func (d *Directory) FindCollection(ctx context.Context, account, path string) (found postroom.Collection, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		t, known, err := entryNamed(tx, account)
		if err != nil {
			return err
		}
		if !known || t.Account == 0 {
			return noSuch("account", account)
		}
		a, err := readAccount(tx, t.Account)
		if err != nil {
			return err
		}
		sees, err := c.seesAccount(tx, a)
		if err != nil || !sees {
			return orError(err, noSuch("account", account))
		}
		collection, err := collectionByPath(tx, a.ID, path)
		if err != nil {
			return err
		}
		have, err := d.session.rightsOn(tx, collection.Ref)
		if err != nil {
			return err
		}
		if !c.administers(a.Org, postroom.SeeAccess) && !have.Any(postroom.Lookup|postroom.Administer) {
			return noSuchMailbox(path)
		}
		found = collection
		return nil
	})
	return found, err
}

// CollectionTree lists all collections of an account by path (names and
// counters, no content): for the account's owner, or the console acting for it
// and administrators.
func (d *Directory) CollectionTree(ctx context.Context, id postroom.AccountID) (all []postroom.Collection, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if !c.is(id) {
			if err := c.mustAdminister(a.Org, postroom.Errorf(postroom.NotFound, "no such account"), postroom.SeeAccess); err != nil {
				return err
			}
		}
		all, err = readCollections(tx, id)
		return err
	})
	return all, err
}
