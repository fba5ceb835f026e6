package store

import (
	"context"
	"encoding/json"
	"slices"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// accountFacts are what decisions about sending need to know of an account.
func accountFacts(tx *db.Tx, a postroom.Account) (*rights.SendFacts, error) {
	return sendFacts(tx, postroom.SendTarget{Account: a.ID}, a.Org, a.Displayed)
}

// groupFacts are the same of a group.
func groupFacts(tx *db.Tx, g postroom.Group) (*rights.SendFacts, error) {
	return sendFacts(tx, postroom.SendTarget{Group: g.ID}, g.Org, g.Displayed)
}

func sendFacts(tx *db.Tx, t postroom.SendTarget, org postroom.OrgID, policy postroom.DisplayedSender) (*rights.SendFacts, error) {
	f := &rights.SendFacts{Target: t, Org: org, Displayed: policy}
	err := tx.QueryRow(`SELECT displayed FROM organisation WHERE id = $1`, org).Scan(&f.OrgDisplayed)
	if err != nil && !noRow(err) {
		return nil, err
	}
	all, err := addressesOf(tx, t)
	for _, a := range all {
		// A primary address that was taken off the list of the delegable ones
		// counts as an alias that is not on it.
		if a.primary && a.delegable {
			f.Primary = a.address
		} else {
			f.Aliases = append(f.Aliases, postroom.Alias{Address: a.address, Target: t, Delegable: a.delegable})
		}
	}
	return f, err
}

// factsOf reads the facts of either kind of target.
func factsOf(tx *db.Tx, t postroom.SendTarget) (*rights.SendFacts, string, error) {
	if t.Group != 0 {
		g, err := readGroup(tx, t.Group)
		if err != nil {
			return nil, "", err
		}
		f, err := groupFacts(tx, g)
		return f, g.Name, err
	}
	a, err := readAccount(tx, t.Account)
	if err != nil {
		return nil, "", err
	}
	f, err := accountFacts(tx, a)
	return f, a.Name, err
}

// sendGrantsOn lists the entries on one target in the order they were made.
func sendGrantsOn(tx *db.Tx, t postroom.SendTarget) ([]postroom.SendGrant, error) {
	return readSendGrants(tx, `WHERE target_account = $1 AND target_group = $2`, t.Account, t.Group)
}

func readSendGrants(tx *db.Tx, where string, args ...any) (all []postroom.SendGrant, err error) {
	err = tx.Each(`SELECT target_account, target_group, grantee_kind, grantee_id, send_right, deny, displayed, add_addresses,
		drop_addresses, since, until_at, by_account FROM send_grant `+where+` ORDER BY seq`, args,
		func(scan func(...any) error) error {
			var g postroom.SendGrant
			var since, until int64
			var add, drop string
			err := scan(&g.Target.Account, &g.Target.Group, &g.Grantee.Kind, &g.Grantee.ID, &g.Right, &g.Deny, &g.Displayed,
				&add, &drop, &since, &until, &g.By)
			if err != nil {
				return err
			}
			g.Since, g.Until = db.Time(since), db.Time(until)
			if err := json.Unmarshal([]byte(add), &g.AddAddresses); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(drop), &g.DropAddresses); err != nil {
				return err
			}
			all = append(all, g)
			return nil
		})
	return all, err
}

// SendEntry is a send grant with names.
type SendEntry struct {
	postroom.SendGrant
	TargetName, GranteeName string
}

// mayGiveSend checks that the caller may change a send right on a target:
// administrators all, owners of a group who may post to it and who owns it,
// the account itself who sends for it.
func (d *Directory) mayGiveSend(tx *db.Tx, c *caller, t postroom.SendTarget, right postroom.SendRight) (target, error) {
	if c.is(t.Account) && d.session.whole() {
		return readTarget(tx, t)
	}
	found, err := d.targetOf(tx, c, t, sendAbility(right))
	if err != nil {
		return found, err
	}
	if !c.administers(found.org, sendAbility(right)) && right != postroom.SendTo && right != postroom.Own {
		return found, errDenied()
	}
	return found, nil
}

// checkSendGrant checks an entry and brings its addresses into canonical form.
func checkSendGrant(tx *db.Tx, t target, g *postroom.SendGrant) error {
	if g.Right < postroom.SendAs || g.Right > postroom.Own || g.Displayed > postroom.ShowSender {
		return postroom.Errorf(postroom.Invalid, "invalid send right")
	}
	if t.Account != 0 && (g.Right == postroom.SendTo || g.Right == postroom.Own) {
		return postroom.Errorf(postroom.Invalid, "%s is a right on groups: %s is an account", g.Right, t.address)
	}
	anonymous := g.Grantee.Kind == postroom.GranteePublic || g.Grantee.Kind == postroom.GranteeGuest
	if anonymous && g.Right != postroom.SendTo {
		return postroom.Errorf(postroom.Invalid, "%s can be given only to those who sign in", g.Right)
	}
	if g.Grantee == granteeOf(t.SendTarget) && t.Account != 0 {
		return postroom.Errorf(postroom.Invalid, "%s may send as itself already", t.address)
	}
	all, err := addressesOf(tx, t.SendTarget)
	if err != nil {
		return err
	}
	for _, list := range []*[]string{&g.AddAddresses, &g.DropAddresses} {
		clean := make([]string, 0, len(*list))
		for _, address := range *list {
			key := canonicalOrSelf(address)
			if !slices.ContainsFunc(all, func(a ownAddress) bool { return a.address == key }) {
				return postroom.Errorf(postroom.Invalid, "%s is no address of %s", printable(address), t.address)
			}
			clean = append(clean, key)
		}
		slices.Sort(clean)
		*list = slices.Compact(clean)
	}
	return mustBeGrantee(tx, g.Grantee, t.org)
}

// PutSendGrant makes or replaces the entry of (target, grantee, right). The
// errors are those of PutGrant.
func (d *Directory) PutSendGrant(ctx context.Context, g postroom.SendGrant) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		g := g
		t, err := d.mayGiveSend(tx, c, g.Target, g.Right)
		if err != nil {
			return err
		}
		now := d.session.store.now()
		if !g.Until.IsZero() && !g.Until.After(now) {
			return postroom.Errorf(postroom.Invalid, "the time is in the past: %s", g.Until.UTC().Format("2006-01-02 15:04:05"))
		}
		if err := checkSendGrant(tx, t, &g); err != nil {
			return err
		}
		name, err := granteeName(tx, g.Grantee)
		if err != nil {
			return err
		}
		old, err := readSendGrants(tx, sendGrantKey, sendGrantArgs(g)...)
		if err != nil {
			return err
		}
		if len(old) > 0 && sameEntry(old[0], g) {
			return postroom.Errorf(postroom.Exists, "already there: %s has %s on %s", name, g.Right, t.address)
		}
		if err := d.noteShare(tx, c, g.Target, g.Grantee); err != nil {
			return err
		}
		if err := insertSendGrant(tx, g, db.Micros(now), c.account.ID); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedGrants, int64(g.Target.Account)); err != nil {
			return err
		}
		details := map[string]string{"grantee": name, "right": g.Right.String()}
		if g.Deny {
			details["deny"] = "yes"
		}
		return d.session.recordTarget(tx, "sendright.add", t, details)
	})
}

const sendGrantKey = `WHERE target_account = $1 AND target_group = $2 AND grantee_kind = $3 AND grantee_id = $4 AND send_right = $5`

func sendGrantArgs(g postroom.SendGrant) []any {
	return []any{g.Target.Account, g.Target.Group, g.Grantee.Kind, g.Grantee.ID, g.Right}
}

func sameEntry(a, b postroom.SendGrant) bool {
	return a.Deny == b.Deny && a.Displayed == b.Displayed && db.Micros(a.Until) == db.Micros(b.Until) &&
		slices.Equal(a.AddAddresses, b.AddAddresses) && slices.Equal(a.DropAddresses, b.DropAddresses)
}

func insertSendGrant(tx *db.Tx, g postroom.SendGrant, now int64, by postroom.AccountID) error {
	if _, err := tx.Exec(`DELETE FROM send_grant `+sendGrantKey, sendGrantArgs(g)...); err != nil {
		return err
	}
	add, err := json.Marshal(g.AddAddresses)
	if err != nil {
		return err
	}
	drop, err := json.Marshal(g.DropAddresses)
	if err != nil {
		return err
	}
	seq, err := nextID(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO send_grant (target_account, target_group, grantee_kind, grantee_id, send_right, deny, displayed,
		add_addresses, drop_addresses, since, until_at, by_account, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		append(sendGrantArgs(g), g.Deny, g.Displayed, string(add), string(drop), now, g.Until, by, seq)...)
	return err
}

// RemoveSendGrant takes it back; Deny in g must be what is stored.
func (d *Directory) RemoveSendGrant(ctx context.Context, g postroom.SendGrant) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		t, err := d.mayGiveSend(tx, c, g.Target, g.Right)
		if err != nil {
			return err
		}
		name, err := granteeName(tx, g.Grantee)
		if err != nil {
			return err
		}
		if err := d.noteShare(tx, c, g.Target, g.Grantee); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM send_grant `+sendGrantKey+` AND deny = $6`, append(sendGrantArgs(g), g.Deny)...)
		if err != nil {
			return err
		}
		if n == 0 {
			return postroom.Errorf(postroom.NotFound, "no such grant: %s of %s on %s", g.Right, name, t.address)
		}
		if err := d.session.store.changed(tx, changedGrants, int64(g.Target.Account)); err != nil {
			return err
		}
		return d.session.recordTarget(tx, "sendright.remove", t, map[string]string{"grantee": name, "right": g.Right.String()})
	})
}

// SendGrants lists the entries on a target, for who may change them; all
// targets of the caller's organisation when it is zero, for administrators.
func (d *Directory) SendGrants(ctx context.Context, t postroom.SendTarget) (entries []SendEntry, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if t == (postroom.SendTarget{}) {
			if !c.administers(c.account.Org, postroom.SeeAccess) {
				return errDenied()
			}
			entries, err = c.sendEntries(tx, ``)
			return err
		}
		if !(c.is(t.Account) && d.session.whole()) {
			if _, err := d.targetOf(tx, c, t, postroom.SeeAccess); err != nil {
				return err
			}
		}
		entries, err = c.sendEntries(tx, `WHERE target_account = $1 AND target_group = $2`, t.Account, t.Group)
		return err
	})
	return entries, err
}

// SendGrantsTo lists the entries that name this very grantee.
func (d *Directory) SendGrantsTo(ctx context.Context, g postroom.Grantee) (entries []SendEntry, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if err := c.mustBeOrAdminister(tx, g); err != nil {
			return err
		}
		entries, err = c.sendEntries(tx, `WHERE grantee_kind = $1 AND grantee_id = $2`, g.Kind, g.ID)
		return err
	})
	return entries, err
}

// sendEntries reads entries with names, of the caller's organisation.
func (c *caller) sendEntries(tx *db.Tx, where string, args ...any) (entries []SendEntry, err error) {
	grants, err := readSendGrants(tx, where, args...)
	if err != nil {
		return nil, err
	}
	name := namer(tx)
	for _, g := range grants {
		t, err := readTarget(tx, g.Target)
		if err != nil {
			return nil, err
		}
		if !c.within(t.org) {
			continue
		}
		grantee, err := name(g.Grantee)
		if err != nil {
			return nil, err
		}
		entries = append(entries, SendEntry{SendGrant: g, TargetName: t.address, GranteeName: grantee})
	}
	return entries, nil
}
