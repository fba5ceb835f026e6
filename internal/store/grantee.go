package store

import (
	"context"
	"fmt"
	"strings"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// FindGrantee resolves a grantee word of interface.md: an address (account or
// group), "domain:D", "plan:P", "org", "all", "public", "guest:ADDRESS". An
// unknown address in a local domain is NotFound, never a guest. org is taken
// from the target's account; without one it is the caller's.
func (d *Directory) FindGrantee(ctx context.Context, target postroom.AccountID, word string) (postroom.Grantee, error) {
	return d.FindGranteeFor(ctx, postroom.SendTarget{Account: target}, word)
}

// FindGranteeFor is FindGrantee for grants on an account or a group.
func (d *Directory) FindGranteeFor(ctx context.Context, t postroom.SendTarget, word string) (g postroom.Grantee, err error) {
	kind, name, _ := strings.Cut(word, ":")
	work := func(tx *db.Tx, c *caller) error {
		org := c.account.Org
		if t != (postroom.SendTarget{}) {
			if err := c.mustSee(tx, t); err != nil {
				return err
			}
			found, err := readTarget(tx, t)
			if err != nil {
				return err
			}
			org = found.org
		}
		var err error
		g, err = d.granteeNamed(tx, c, t, org, kind, name, word)
		return err
	}
	if kind == "guest" {
		err = d.change(ctx, work)
	} else {
		err = d.read(ctx, work)
	}
	return g, err
}

func (d *Directory) granteeNamed(tx *db.Tx, c *caller, t postroom.SendTarget, org postroom.OrgID, kind, name, word string) (postroom.Grantee, error) {
	none := postroom.Grantee{}
	switch kind {
	case "org":
		if org == 0 {
			return none, postroom.Errorf(postroom.Invalid, "org needs a target")
		}
		return postroom.Grantee{Kind: postroom.GranteeOrg, ID: int64(org)}, nil
	case "all", "anyone":
		return postroom.Grantee{Kind: postroom.GranteeAll}, nil
	case "public":
		return postroom.Grantee{Kind: postroom.GranteePublic}, nil
	case "domain":
		dom, err := domainNamed(tx, name)
		if err == nil && (!c.within(dom.Org) || org != 0 && dom.Org != org) {
			err = noSuch("domain", name)
		}
		return postroom.Grantee{Kind: postroom.GranteeDomain, ID: int64(dom.ID)}, err
	case "plan":
		p, err := planOf(tx, c, org, name)
		return postroom.Grantee{Kind: postroom.GranteePlan, ID: int64(p.ID)}, err
	case "guest":
		return d.guestNamed(tx, c, t, org, name)
	}
	return entryGrantee(tx, c, t, org, word)
}

// entryGrantee finds an account or group by address or UUID.
//
// Who may give and take grants on t reads the hidden groups that have some
// there, and names them to take those away.
func entryGrantee(tx *db.Tx, c *caller, t postroom.SendTarget, org postroom.OrgID, word string) (postroom.Grantee, error) {
	none := postroom.Grantee{}
	e, found, err := entryNamed(tx, word)
	if err != nil {
		return none, err
	}
	if found {
		entry, err := readTarget(tx, e)
		if err != nil {
			return none, err
		}
		sees := c.mustSee(tx, e)
		if postroom.KindOf(sees) == postroom.NotFound {
			sees = c.mustRead(tx, t, granteeOf(e))
		}
		if (org == 0 || entry.org == org) && sees == nil {
			return granteeOf(e), nil
		}
	}
	// What may not be known of is answered as what is not there.
	if _, err := canonical(word); err != nil && !strings.Contains(word, "@") {
		return none, noSuch("account or group", word)
	} else if err != nil {
		return none, err
	}
	return none, noSuch("account", word)
}

func granteeOf(t postroom.SendTarget) postroom.Grantee {
	if t.Group != 0 {
		return postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(t.Group)}
	}
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(t.Account)}
}

// guestNamed finds or makes the guest with an outside address. Only who may
// grant something on the target makes one.
func (d *Directory) guestNamed(tx *db.Tx, c *caller, t postroom.SendTarget, org postroom.OrgID, address string) (postroom.Grantee, error) {
	g := postroom.Grantee{Kind: postroom.GranteeGuest}
	a, err := canonical(address)
	if err != nil {
		return g, err
	}
	// Another organisation's people are outsiders here, and nobody learns that
	// its domain is on this server.
	if dom, err := domainNamed(tx, a.Domain); err == nil && dom.Org == org {
		return g, postroom.Errorf(postroom.Invalid, "%s is in a domain of this server: not a guest", printable(address))
	} else if err != nil && postroom.KindOf(err) != postroom.NotFound {
		return g, err
	}
	err = tx.QueryRow(`SELECT id FROM guest WHERE org_id = $1 AND address = $2`, org, a.String()).Scan(&g.ID)
	if err == nil || !noRow(err) {
		return g, err
	}
	if t.Account == 0 || org == 0 {
		return g, noSuch("guest", address)
	}
	if may, err := c.grantsAnything(tx, t.Account, org, postroom.ManageGrants); err != nil || !may {
		return g, orError(err, errDenied())
	}
	if g.ID, err = nextID(tx); err != nil {
		return g, err
	}
	_, err = tx.Exec(`INSERT INTO guest (id, org_id, address, created) VALUES ($1, $2, $3, $4)`, g.ID, org, a.String(), d.session.store.now())
	return g, err
}

// grantsAnything reports whether the caller may give grants somewhere on an
// account, or has an ability in its organisation.
func (c *caller) grantsAnything(tx *db.Tx, account postroom.AccountID, org postroom.OrgID, abilities ...postroom.Abilities) (bool, error) {
	if c.administers(org, abilities...) {
		return true, nil
	}
	all, err := c.session.rightsIn(tx, account)
	for _, r := range all {
		if r.Has(postroom.Administer) {
			return true, err
		}
	}
	return false, err
}

// mustRead answers nil when the caller gives and takes grants somewhere on t
// where a grantee has one.
func (c *caller) mustRead(tx *db.Tx, t postroom.SendTarget, g postroom.Grantee) error {
	if t.Account == 0 || c.session == nil || c.account.ID == 0 {
		return errDenied()
	}
	all, err := c.session.rightsIn(tx, t.Account)
	if err != nil {
		return err
	}
	read := false
	err = eachGrant(tx, `WHERE account_id = $1 AND grantee_kind = $2 AND grantee_id = $3`, []any{t.Account, g.Kind, g.ID},
		func(grant postroom.Grant) { read = read || all[grant.Target.Collection].Has(postroom.Administer) })
	if err == nil && !read {
		err = errDenied()
	}
	return err
}

// GranteeName is the inverse of FindGrantee.
func (d *Directory) GranteeName(ctx context.Context, g postroom.Grantee) (name string, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		org, err := granteeOrg(tx, g)
		if err != nil {
			return err
		}
		if org != 0 && !c.within(org) {
			return postroom.Errorf(postroom.NotFound, "no such grantee")
		}
		if g.Kind == postroom.GranteeGroup {
			if err := c.mustSee(tx, postroom.SendTarget{Group: postroom.GroupID(g.ID)}); err != nil {
				return postroom.Errorf(postroom.NotFound, "no such grantee")
			}
		}
		name, err = granteeName(tx, g)
		return err
	})
	return name, err
}

// granteeQueries find the name and organisation of a grantee by its number.
var granteeQueries = map[postroom.GranteeKind]struct{ query, prefix string }{
	postroom.GranteeAccount: {`SELECT address, org_id FROM account WHERE id = $1`, ""},
	postroom.GranteeGroup:   {`SELECT address, org_id FROM mail_group WHERE id = $1`, ""},
	postroom.GranteeDomain:  {`SELECT name, org_id FROM domain WHERE id = $1`, "domain:"},
	postroom.GranteePlan:    {`SELECT name, org_id FROM plan WHERE id = $1`, "plan:"},
	postroom.GranteeGuest:   {`SELECT address, org_id FROM guest WHERE id = $1`, "guest:"},
	postroom.GranteeOrg:     {`SELECT name, id FROM organisation WHERE id = $1`, "org"},
}

func granteeRow(tx *db.Tx, g postroom.Grantee) (name string, org postroom.OrgID, err error) {
	switch g.Kind {
	case postroom.GranteeAll:
		return "all", 0, nil
	case postroom.GranteePublic:
		return "public", 0, nil
	}
	q, ok := granteeQueries[g.Kind]
	if !ok {
		return "", 0, postroom.Errorf(postroom.Invalid, "invalid grantee")
	}
	err = tx.QueryRow(q.query, g.ID).Scan(&name, &org)
	if noRow(err) {
		return "", 0, postroom.Errorf(postroom.NotFound, "no such grantee")
	}
	if g.Kind == postroom.GranteeOrg {
		name = ""
	}
	return q.prefix + name, org, err
}

func granteeOrg(tx *db.Tx, g postroom.Grantee) (postroom.OrgID, error) {
	_, org, err := granteeRow(tx, g)
	return org, err
}

// granteeName is the word for a grantee; one that is gone is shown by number.
func granteeName(tx *db.Tx, g postroom.Grantee) (string, error) {
	name, _, err := granteeRow(tx, g)
	if postroom.KindOf(err) == postroom.NotFound {
		return fmt.Sprintf("deleted:%d", g.ID), nil
	}
	return name, err
}

// mustBeGrantee checks that a grantee can be given something in an
// organisation: it exists, belongs there and has accepted its invitation.
func mustBeGrantee(tx *db.Tx, g postroom.Grantee, org postroom.OrgID) error {
	_, home, err := granteeRow(tx, g)
	if err != nil {
		return err
	}
	if home != 0 && home != org {
		return postroom.Errorf(postroom.NotFound, "no such grantee")
	}
	if home == 0 && g.ID != 0 {
		return postroom.Errorf(postroom.Invalid, "invalid grantee")
	}
	if g.Kind != postroom.GranteeAccount {
		return nil
	}
	return mustHaveAccepted(tx, postroom.AccountID(g.ID))
}

// dropGrantee removes everything that was granted to a grantee.
func (d *Directory) dropGrantee(tx *db.Tx, g postroom.Grantee) error {
	var accounts []postroom.AccountID
	err := tx.Each(`SELECT DISTINCT account_id FROM access_grant WHERE grantee_kind = $1 AND grantee_id = $2`,
		[]any{g.Kind, g.ID}, func(scan func(...any) error) error {
			var id postroom.AccountID
			err := scan(&id)
			accounts = append(accounts, id)
			return err
		})
	if err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM access_grant WHERE grantee_kind = $1 AND grantee_id = $2`,
		`DELETE FROM send_grant WHERE grantee_kind = $1 AND grantee_id = $2`,
	} {
		if _, err := tx.Exec(query, g.Kind, g.ID); err != nil {
			return err
		}
	}
	for _, id := range accounts {
		if err := d.session.store.changed(tx, changedGrants, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// namer names grantees, each looked up once.
func namer(tx *db.Tx) func(postroom.Grantee) (string, error) {
	known := make(map[postroom.Grantee]string)
	return func(g postroom.Grantee) (string, error) {
		if name, ok := known[g]; ok {
			return name, nil
		}
		name, err := granteeName(tx, g)
		known[g] = name
		return name, err
	}
}

// explainer gives package rights the names and parents it asks for. The first
// error is kept in failed.
func explainer(tx *db.Tx, failed *error) rights.Directory {
	names, parents := map[postroom.Grantee]string{}, map[postroom.Grantee][]postroom.GroupID{}
	return rights.Directory{
		Name: func(g postroom.Grantee) string {
			n, known := names[g]
			if known {
				return n
			}
			n, err := granteeName(tx, g)
			*failed = orError(*failed, err)
			if g.Kind == postroom.GranteeGroup && err == nil {
				filter, err := filterOf(tx, g.ID)
				*failed = orError(*failed, err)
				n += filter
			}
			names[g] = n
			return n
		},
		Parents: func(g postroom.Grantee) []postroom.GroupID {
			up, known := parents[g]
			if !known {
				var err error
				up, err = parentsOf(tx, g)
				*failed = orError(*failed, err)
				parents[g] = up
			}
			return up
		},
	}
}

// parentsOf lists the groups of which an account or group is directly a member.
func parentsOf(tx *db.Tx, g postroom.Grantee) (up []postroom.GroupID, err error) {
	query := `SELECT group_id FROM group_member WHERE account_id <> 0 AND account_id = $1`
	if g.Kind == postroom.GranteeGroup {
		query = `SELECT group_id FROM group_member WHERE member_group <> 0 AND member_group = $1`
	}
	err = tx.Each(query, []any{g.ID}, func(scan func(...any) error) error {
		var id postroom.GroupID
		err := scan(&id)
		up = append(up, id)
		return err
	})
	return up, err
}
