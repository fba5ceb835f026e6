package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// UpdateAccount stores Name, Kind, State, Login, Admin, Abilities, Plan, QuotaBytes,
// HideInGAL, Displayed, Sent, SeenPerUser, Settings and Attributes as given. The account
// itself may change Name, Sent, SeenPerUser and Settings, no more.
func (d *Directory) UpdateAccount(ctx context.Context, a postroom.Account) error {
	name, err := cleanName("the name", a.Name)
	if err != nil {
		return err
	}
	settings, err := settingsText(a.Settings)
	if err != nil {
		return err
	}
	attributes, err := attributesText(&a.Attributes)
	if err != nil {
		return err
	}
	if a.Kind < postroom.Person || a.Kind > postroom.Resource || a.State < postroom.Invited || a.State > postroom.Disabled ||
		a.Sent > postroom.SentNone || a.Displayed > postroom.ShowSender {
		return postroom.Errorf(postroom.Invalid, "invalid account")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a := a
		old, err := d.changeable(tx, c, a.ID, postroom.SeeDirectory)
		if err != nil {
			return err
		}
		if err := c.mayUpdate(tx, old, &a); err != nil {
			return err
		}
		if err := checkSettings(old.Settings, a.Settings); err != nil {
			return err
		}
		ch, err := d.session.store.begin(tx, a.ID)
		if err != nil {
			return err
		}
		update := func() error {
			_, err := tx.Exec(`UPDATE account SET name = $1, kind = $2, state = $3, login = $4, admin = $5, plan_id = $6,
			quota_bytes = $7, hide_in_gal = $8, displayed = $9, sent = $10, seen_per_user = $11, settings = $12, attributes = $13,
			abilities = $14 WHERE id = $15`,
				name, a.Kind, a.State, a.Login, a.Admin, a.Plan, a.QuotaBytes, a.HideInGAL, a.Displayed, a.Sent, a.SeenPerUser,
				settings, attributes, a.Abilities, a.ID)
			return err
		}
		if a.SeenPerUser != old.SeenPerUser {
			err = ch.reseen(update)
		} else {
			err = update()
		}
		if err != nil {
			return err
		}
		if err := dropEntrances(tx, a); err != nil {
			return err
		}
		if err := d.accountChanged(tx, c, a.ID); err != nil {
			return err
		}
		return d.session.record(tx, "account.update", postroom.CollectionRef{Account: a.ID}, accountChanges(old, a))
	})
}

// changeable reads an account that the caller may change: as an administrator
// with abilities, or as itself.
func (d *Directory) changeable(tx *db.Tx, c *caller, id postroom.AccountID, abilities ...postroom.Abilities) (postroom.Account, error) {
	gone := postroom.Errorf(postroom.NotFound, "no such account")
	a, err := readAccount(tx, id)
	switch {
	case err != nil:
		return a, err
	case c.is(id) && d.session.whole():
		return a, nil
	case c.administers(a.Org, abilities...):
		return a, c.mustCover(a)
	}
	if sees, err := c.seesAccount(tx, a); err != nil || !sees {
		return a, orError(err, gone)
	}
	return a, errDenied()
}

// mayUpdate checks what changes against who changes it.
func (c *caller) mayUpdate(tx *db.Tx, old postroom.Account, a *postroom.Account) error {
	if a.Plan == 0 {
		a.Plan = old.Plan
	}
	if a.Plan != old.Plan {
		if _, err := planFor(tx, old.Org, a.Plan); err != nil {
			return err
		}
	}
	a.Org, a.Address = old.Org, old.Address
	if a.Admin != old.Admin && a.Abilities == old.Abilities {
		a.Abilities = 0 // those of another scope
	}
	a.Abilities = abilitiesFor(a.Admin, a.Abilities)
	if a.State != old.State && a.State == postroom.Invited {
		return postroom.Errorf(postroom.Invalid, "only a new account is invited")
	}
	if a.Kind != postroom.Person && a.Admin != postroom.NoAdmin {
		return postroom.Errorf(postroom.Invalid, "only a person administers")
	}
	if need := abilitiesToUpdate(old, *a, c.is(a.ID)); need != 0 && !c.administers(old.Org, need) {
		return errDenied()
	}
	if a.Admin != old.Admin || a.Abilities != old.Abilities {
		if err := c.mayAppoint(tx, old, *a); err != nil {
			return err
		}
	}
	if !c.administers(old.Org, postroom.ChangeAccounts) {
		return mayRename(tx, old, *a)
	}
	return nil
}

// abilitiesToUpdate is what it takes to change what changes: people may set
// their own name and preferences.
func abilitiesToUpdate(old, a postroom.Account, own bool) (need postroom.Abilities) {
	if a.State != old.State || a.Login != old.Login {
		need |= postroom.SwitchLogin
	}
	if a.Kind != old.Kind || a.Plan != old.Plan || a.QuotaBytes != old.QuotaBytes || a.HideInGAL != old.HideInGAL ||
		a.Displayed != old.Displayed || !maps.Equal(a.Attributes, old.Attributes) {
		need |= postroom.ChangeAccounts
	}
	if !own && (a.Name != old.Name || a.Sent != old.Sent || a.SeenPerUser != old.SeenPerUser || !maps.Equal(a.Settings, old.Settings)) {
		need |= postroom.ChangeAccounts
	}
	return need
}

// accountChanges names what an update changed, for the audit log.
func accountChanges(old, a postroom.Account) map[string]string {
	d := make(map[string]string)
	note := func(name, from, to string) {
		if from != to {
			d[name] = to
		}
	}
	onOff := map[bool]string{false: "off", true: "on"}
	note("name", old.Name, a.Name)
	note("kind", old.Kind.String(), a.Kind.String())
	note("state", old.State.String(), a.State.String())
	note("login", onOff[old.Login], onOff[a.Login])
	note("hideInGAL", onOff[old.HideInGAL], onOff[a.HideInGAL])
	note("sent", old.Sent.String(), a.Sent.String())
	note("displayedSender", displayedName(old.Displayed), displayedName(a.Displayed))
	note("admin", adminName(old.Admin), adminName(a.Admin))
	note("attributes", "", attributeChanges(old.Attributes, a.Attributes))
	note("abilities", old.Abilities.String(), a.Abilities.String())
	var settings []string
	for k, v := range a.Settings {
		if old.Settings[k] != v {
			settings = append(settings, k)
		}
	}
	for k := range old.Settings {
		if _, kept := a.Settings[k]; !kept {
			settings = append(settings, k)
		}
	}
	slices.Sort(settings)
	note("settings", "", strings.Join(settings, " "))
	return d
}

func adminName(a postroom.AdminScope) string {
	return [...]string{"none", "organisation", "server"}[min(a, postroom.ServerAdmin)]
}

// dropEntrances removes what does not go with an account's state: an invitation
// that was accepted, and web sessions of who may not sign in. They do not come
// back when the account may again.
func dropEntrances(tx *db.Tx, a postroom.Account) error {
	if a.State != postroom.Invited {
		if err := dropInvitation(tx, a.ID); err != nil {
			return err
		}
	}
	if a.State == postroom.Active && a.Login {
		return nil
	}
	if err := endWebSessions(tx, a.ID, 0); err != nil {
		return err
	}
	return dropLoose(tx, a.ID)
}
