package store

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
)

const accountColumns = `SELECT id, uuid, org_id, domain_id, plan_id, address, name, kind, state, login, admin, quota_bytes,
	hide_in_gal, displayed, sent, seen_per_user, settings, attributes, created, abilities FROM account`

func scanAccount(scan func(...any) error) (a postroom.Account, err error) {
	var created int64
	var settings, attributes string
	err = scan(&a.ID, &a.UUID, &a.Org, &a.Domain, &a.Plan, &a.Address, &a.Name, &a.Kind, &a.State, &a.Login, &a.Admin,
		&a.QuotaBytes, &a.HideInGAL, &a.Displayed, &a.Sent, &a.SeenPerUser, &settings, &attributes, &created, &a.Abilities)
	if err != nil {
		return a, err
	}
	a.Created = db.Time(created)
	if err := readSettings(attributes, &a.Attributes); err != nil {
		return a, err
	}
	return a, readSettings(settings, &a.Settings)
}

// readAccount reads an account without its usage.
func readAccount(tx *db.Tx, id postroom.AccountID) (postroom.Account, error) {
	a, err := scanAccount(tx.QueryRow(accountColumns+` WHERE id = $1`, id).Scan)
	if noRow(err) {
		return a, postroom.Errorf(postroom.NotFound, "no such account")
	}
	return a, err
}

// maxSettings bounds the settings of an entry, in bytes of JSON.
const maxSettings = 256 << 10

func readSettings(text string, to *map[string]string) error {
	if text == "" || text == "{}" {
		return nil
	}
	return json.Unmarshal([]byte(text), to)
}

func settingsText(settings map[string]string) (string, error) {
	for k := range settings {
		if k == "" || len(k) > 100 || k != printable(k) {
			return "", postroom.Errorf(postroom.Invalid, "invalid name of a setting: %s", printable(k))
		}
	}
	text, err := json.Marshal(orEmpty(settings))
	if len(text) > maxSettings {
		return "", postroom.Errorf(postroom.TooLarge, "the settings are too large")
	}
	return string(text), err
}

// entryNamed finds what an address or UUID names.
func entryNamed(tx *db.Tx, name string) (t postroom.SendTarget, found bool, err error) {
	if len(name) == 36 && !strings.Contains(name, "@") {
		err = tx.QueryRow(`SELECT id, 0 FROM account WHERE uuid = $1 UNION ALL SELECT 0, id FROM mail_group WHERE uuid = $1`,
			strings.ToLower(name)).Scan(&t.Account, &t.Group)
	} else {
		a, parseErr := canonical(name)
		if parseErr != nil {
			return t, false, nil
		}
		err = tx.QueryRow(`SELECT account_id, group_id FROM address WHERE address = $1`, a.String()).Scan(&t.Account, &t.Group)
	}
	if noRow(err) {
		return t, false, nil
	}
	return t, err == nil, err
}

// accountNamed finds an account that the caller may know of, NotFound when
// there is none.
func accountNamed(tx *db.Tx, c *caller, name string) (postroom.Account, error) {
	t, found, err := entryNamed(tx, name)
	if err != nil {
		return postroom.Account{}, err
	}
	if !found || t.Account == 0 {
		return postroom.Account{}, noSuch("account", name)
	}
	a, err := readAccount(tx, t.Account)
	if err != nil {
		return a, err
	}
	if sees, err := c.seesAccount(tx, a); err != nil || !sees {
		return postroom.Account{}, orError(err, noSuch("account", name))
	}
	return a, nil
}

// complete adds the usage, or for others takes away what is not theirs to see.
func (c *caller) complete(tx *db.Tx, a postroom.Account) (postroom.Account, error) {
	if !c.administers(a.Org, postroom.SeeDirectory) && !c.is(a.ID) {
		return postroom.Account{ID: a.ID, UUID: a.UUID, Org: a.Org, Domain: a.Domain, Address: a.Address, Name: a.Name,
			Kind: a.Kind, State: a.State, Displayed: a.Displayed, Sent: a.Sent, SeenPerUser: a.SeenPerUser}, nil
	}
	var err error
	a.UsedBytes, err = usedBytes(tx, a.ID)
	return a, err
}

// Account finds an account by address, alias or UUID. Others than its
// administrators and itself see of it what stands in the address book.
func (d *Directory) Account(ctx context.Context, name string) (a postroom.Account, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		found, err := accountNamed(tx, c, name)
		if err == nil {
			a, err = c.complete(tx, found)
		}
		return err
	})
	return a, err
}

// AccountByID finds an account by its number.
func (d *Directory) AccountByID(ctx context.Context, id postroom.AccountID) (a postroom.Account, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		found, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if sees, err := c.seesAccount(tx, found); err != nil || !sees {
			return orError(err, postroom.Errorf(postroom.NotFound, "no such account"))
		}
		a, err = c.complete(tx, found)
		return err
	})
	return a, err
}

// Accounts lists accounts by address, of one domain when it is not empty.
func (d *Directory) Accounts(ctx context.Context, domain string) ([]postroom.Account, error) {
	return d.FindAccounts(ctx, EntryFilter{Domain: domain})
}

// NewAccount says what CreateAccount makes.
type NewAccount struct {
	Address string
	Name    string
	Kind    postroom.AccountKind // zero: Person
	Plan    postroom.PlanID      // zero: the organisation's default
	// Password of a person; empty for none. A person created with Invite is
	// in state Invited until the invitation is accepted.
	Password    string
	PasswordUse PasswordUse
	Invite      Invitation
	// Admin makes an administrator, with Abilities or, when there are none,
	// what is usual for the scope.
	Admin     postroom.AdminScope
	Abilities postroom.Abilities
	Settings  map[string]string
	// Attributes as in Account, in any case.
	Attributes map[string]string
}

// Invitation is whether a new person begins as invited.
type Invitation uint8

// The two ways to begin.
const (
	NotInvited Invitation = iota
	SendInvitation
)

// CreateAccount makes an account with its well-known mailboxes. A Shared or
// Resource account has its login off. Exists, Invalid, NotFound (domain).
func (d *Directory) CreateAccount(ctx context.Context, n NewAccount) (a postroom.Account, err error) {
	address, err := canonical(n.Address)
	if err != nil {
		return a, err
	}
	fresh := postroom.Account{UUID: uuid.NewString(), Address: address.String(), Kind: n.Kind, State: postroom.Active,
		Admin: n.Admin, Abilities: abilitiesFor(n.Admin, n.Abilities), Settings: n.Settings, Attributes: n.Attributes,
		Created: db.Time(db.Micros(d.session.store.now()))}
	if fresh.Kind == 0 {
		fresh.Kind = postroom.Person
	}
	fresh.Login = fresh.Kind == postroom.Person
	if n.Invite == SendInvitation {
		fresh.State = postroom.Invited
	}
	if fresh.Name, err = cleanName("the name", n.Name); err != nil {
		return a, err
	}
	if fresh.Kind > postroom.Resource || fresh.Kind != postroom.Person && (n.Admin != 0 || n.Invite != NotInvited) {
		return a, postroom.Errorf(postroom.Invalid, "only a person administers or is invited")
	}
	secret, err := d.session.store.opts.PasswordCost.derive(n.Password)
	if err != nil {
		return a, err
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		made, err := d.insertAccount(tx, c, address, fresh, n.Plan)
		if err != nil {
			return err
		}
		if n.Password != "" {
			if _, err := storePassword(tx, made.ID, secret, n.PasswordUse, made.Created); err != nil {
				return err
			}
		}
		a = made
		return nil
	})
	return a, err
}

func (d *Directory) insertAccount(tx *db.Tx, c *caller, address addr.Address, a postroom.Account, plan postroom.PlanID) (postroom.Account, error) {
	dom, err := c.domainFor(tx, address, postroom.CreateAccounts)
	if err != nil {
		return a, err
	}
	a.Org, a.Domain = dom.Org, dom.ID
	if a.Admin != postroom.NoAdmin {
		if err := c.mayAppoint(tx, postroom.Account{Org: a.Org}, a); err != nil {
			return a, err
		}
	}
	if plan == 0 {
		plan, err = usualPlan(tx, dom.Org, a.Kind)
	}
	if a.Plan = plan; err == nil {
		a.Plan, err = planFor(tx, dom.Org, plan)
	}
	if err != nil {
		return a, err
	}
	if err := mayGrow(tx, dom.Org, a.Kind); err != nil {
		return a, err
	}
	if err := checkSettings(nil, a.Settings); err != nil {
		return a, err
	}
	settings, err := settingsText(a.Settings)
	if err != nil {
		return a, err
	}
	attributes, err := attributesText(&a.Attributes)
	if err != nil {
		return a, err
	}
	id, err := nextID(tx)
	if err != nil {
		return a, err
	}
	a.ID = postroom.AccountID(id)
	if err := takeAddress(tx, a.Address, postroom.SendTarget{Account: a.ID}, primaryAddress); err != nil {
		return a, err
	}
	_, err = tx.Exec(`INSERT INTO account (id, uuid, org_id, domain_id, plan_id, address, name, kind, state, login, admin,
		quota_bytes, hide_in_gal, displayed, sent, seen_per_user, settings, attributes, created, abilities)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, $12, $13, $14, $15)`,
		a.ID, a.UUID, a.Org, a.Domain, a.Plan, a.Address, a.Name, a.Kind, a.State, a.Login, a.Admin, settings, attributes, a.Created, a.Abilities)
	if err != nil {
		return a, err
	}
	store := d.session.store
	if err := store.createMailboxes(tx, a.ID); err != nil {
		return a, err
	}
	if err := store.changed(tx, changedAccount, id); err != nil {
		return a, err
	}
	return a, d.session.record(tx, "account.create", postroom.CollectionRef{Account: a.ID},
		map[string]string{"kind": a.Kind.String(), "state": a.State.String()})
}

// domainFor finds the domain of a new address; the caller must have the
// abilities there.
func (c *caller) domainFor(tx *db.Tx, address addr.Address, abilities ...postroom.Abilities) (postroom.Domain, error) {
	dom, err := domainNamed(tx, address.Domain)
	if err != nil {
		return dom, err
	}
	return dom, c.mustAdminister(dom.Org, noSuch("domain", address.Domain), abilities...)
}

// planFor checks a plan, or finds the default one of an organisation.
func planFor(tx *db.Tx, org postroom.OrgID, id postroom.PlanID) (postroom.PlanID, error) {
	query, args := `SELECT id FROM plan WHERE org_id = $1 AND id = $2`, []any{org, id}
	if id == 0 {
		query, args = `SELECT id FROM plan WHERE org_id = $1 AND name_key = $2`, []any{org, defaultPlan}
	}
	err := tx.QueryRow(query, args...).Scan(&id)
	if noRow(err) {
		return 0, postroom.Errorf(postroom.NotFound, "no such plan")
	}
	return id, err
}

// RenameAccount changes the primary address, within the organisation; rights
// stay. The old address is free afterwards.
func (d *Directory) RenameAccount(ctx context.Context, id postroom.AccountID, address string) error {
	to, err := canonical(address)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.ChangeAccounts); err != nil {
			return err
		}
		dom, err := c.domainFor(tx, to, postroom.ChangeAccounts)
		if err != nil {
			return err
		}
		if dom.Org != a.Org {
			return postroom.Errorf(postroom.Invalid, "%s belongs to another organisation", dom.Name)
		}
		if err := d.identitiesFollow(tx, a.Address, to.String()); err != nil {
			return err
		}
		if err := movePrimary(tx, a.Address, to.String(), postroom.SendTarget{Account: id}); err != nil {
			return err
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActRename, a.Address); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE account SET address = $1, domain_id = $2, tree_epoch = tree_epoch + 1 WHERE id = $3`,
			to.String(), dom.ID, id); err != nil {
			return err
		}
		if err := d.accountChanged(tx, c, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.rename", postroom.CollectionRef{Account: id}, map[string]string{"from": a.Address, "to": to.String()})
	})
}

// DeleteAccount removes an account, its mail and every grant to and on it.
func (d *Directory) DeleteAccount(ctx context.Context, id postroom.AccountID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if err := c.mustManage(a, postroom.DeleteAccounts); err != nil {
			return err
		}
		if err := d.session.record(tx, "account.delete", postroom.CollectionRef{Account: id}, map[string]string{"uuid": a.UUID}); err != nil {
			return err
		}
		if err := d.noteAccountGone(tx, c, id); err != nil {
			return err
		}
		if err := d.dropGrantee(tx, postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(id)}); err != nil {
			return err
		}
		if err := dropForwards(tx, postroom.SendTarget{Account: id}); err != nil {
			return err
		}
		if err := orError(dropAbsence(tx, id), dropCredentials(tx, id)); err != nil {
			return err
		}
		if err := dropShareNotes(tx, id); err != nil {
			return err
		}
		for _, query := range []string{
			`DELETE FROM access_grant WHERE account_id = $1`,
			`DELETE FROM send_grant WHERE target_account = $1`,
			`DELETE FROM group_member WHERE account_id <> 0 AND account_id = $1`,
			`DELETE FROM group_letter WHERE account_id = $1 OR request_id IN (SELECT id FROM group_request WHERE account_id <> 0 AND account_id = $1)`,
			`DELETE FROM group_request WHERE account_id <> 0 AND account_id = $1`,
			`DELETE FROM address WHERE account_id <> 0 AND account_id = $1`,
			`DELETE FROM identity WHERE account_id = $1`,
			`DELETE FROM invitation WHERE account_id = $1`,
			`DELETE FROM review_letter WHERE account_id = $1`,
		} {
			if _, err := tx.Exec(query, id); err != nil {
				return err
			}
		}
		store := d.session.store
		if err := store.deleteMailboxes(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM account WHERE id = $1`, id); err != nil {
			return err
		}
		if err := store.changed(tx, changedGrants, int64(id)); err != nil {
			return err
		}
		return store.changed(tx, changedAccount, int64(id))
	})
}

// usedBytes is the size of an account's mail.
func usedBytes(tx *db.Tx, id postroom.AccountID) (used int64, err error) {
	err = tx.QueryRow(`SELECT used_bytes FROM account_counter WHERE account_id = $1`, id).Scan(&used)
	if noRow(err) {
		return 0, nil
	}
	return used, err
}
