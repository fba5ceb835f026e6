package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

const identityColumns = `SELECT id, uuid, account_id, name, display, address, reply_to, signature, signature_html, settings FROM identity`

func scanIdentity(scan func(...any) error) (i postroom.Identity, err error) {
	var settings string
	if err = scan(&i.ID, &i.UUID, &i.Account, &i.Name, &i.Display, &i.Address, &i.ReplyTo, &i.Signature, &i.SignatureHTML, &settings); err != nil {
		return i, err
	}
	return i, readSettings(settings, &i.Settings)
}

func chosenIdentities(tx *db.Tx, id postroom.AccountID) (all []postroom.Identity, err error) {
	err = tx.Each(identityColumns+` WHERE account_id = $1 ORDER BY id`, []any{id}, func(scan func(...any) error) error {
		i, err := scanIdentity(scan)
		all = append(all, i)
		return err
	})
	return all, err
}

// identitiesOf lists the identities that an account chose, and one for each
// other address that who may send as: computed here, so they come and go with
// the right. The addresses of the account itself come first.
func identitiesOf(tx *db.Tx, who *principal, account postroom.AccountID, now time.Time) (chosen, automatic []postroom.Identity, err error) {
	if chosen, err = chosenIdentities(tx, account); err != nil {
		return nil, nil, err
	}
	taken := make(map[string]bool)
	for _, c := range chosen {
		taken[c.Address] = true
	}
	targets, err := sendTargets(tx, who)
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(targets, func(a, b postroom.SendTarget) int {
		return own(b.Account == account) - own(a.Account == account)
	})
	for _, t := range targets {
		facts, name, err := factsOf(tx, t)
		if err != nil {
			return nil, nil, err
		}
		grants, err := sendGrantsOn(tx, t)
		if err != nil {
			return nil, nil, err
		}
		addresses := rights.SendAddresses(who.subject, facts, grants, now)
		slices.SortStableFunc(addresses, func(a, b rights.AddressDecision) int {
			return own(b.Address == facts.Primary) - own(a.Address == facts.Primary)
		})
		for _, a := range addresses {
			if taken[a.Address] {
				continue
			}
			taken[a.Address] = true
			automatic = append(automatic, postroom.Identity{UUID: automaticUUID(account, a.Address), Account: account,
				Name: a.Address, Display: name, Address: a.Address, Target: t, Automatic: true})
		}
	}
	return chosen, automatic, nil
}

// own orders what is true first.
func own(yes bool) int { return int(db.Bool(yes)) }

// automaticUUID names an automatic identity: the same each time it is computed.
func automaticUUID(account postroom.AccountID, address string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+address+"?account="+postroom.CollectionRef{Account: account}.String())).String()
}

// sendTargets lists the account itself and every account and group with an
// entry for sending that reaches it.
func sendTargets(tx *db.Tx, who *principal) ([]postroom.SendTarget, error) {
	targets := []postroom.SendTarget{{Account: who.account.ID}}
	seen := map[postroom.SendTarget]bool{targets[0]: true}
	for _, g := range who.subject.Identities() {
		err := tx.Each(`SELECT DISTINCT target_account, target_group FROM send_grant WHERE grantee_kind = $1 AND grantee_id = $2
			AND send_right IN (1, 2) AND deny = 0 ORDER BY target_account, target_group`, []any{g.Kind, g.ID},
			func(scan func(...any) error) error {
				var t postroom.SendTarget
				err := scan(&t.Account, &t.Group)
				if err == nil && !seen[t] {
					seen[t] = true
					targets = append(targets, t)
				}
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// Identities lists the identities of an account, for itself and its
// administrators: those it chose, also when they cannot be used now, and the
// automatic ones.
func (d *Directory) Identities(ctx context.Context, id postroom.AccountID) (all []postroom.Identity, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.SeeDirectory); err != nil {
			return err
		}
		m, _, err := d.session.store.facts.now(tx, 0)
		if err != nil {
			return err
		}
		who, err := m.principal(id)
		if err != nil || who == nil {
			return err
		}
		chosen, automatic, err := identitiesOf(tx, who, id, d.session.store.now())
		if err != nil {
			return err
		}
		for n := range chosen {
			if err := d.session.store.describe(tx, who, &chosen[n]); err != nil {
				return err
			}
		}
		all = append(chosen, automatic...)
		return nil
	})
	return all, err
}

const maxSignature = 64 << 10

// checkIdentity brings an identity into the form it is stored in.
func checkIdentity(i *postroom.Identity) (settings string, err error) {
	if i.Name, err = cleanName("the name", i.Name); err != nil {
		return "", err
	}
	if i.Display, err = cleanName("the display name", i.Display); err != nil {
		return "", err
	}
	a, err := canonical(i.Address)
	if err != nil {
		return "", err
	}
	i.Address = a.String()
	if i.ReplyTo, err = replyList(i.ReplyTo); err != nil {
		return "", err
	}
	if i.Name == "" {
		i.Name = i.Address
	}
	if len(i.Signature) > maxSignature || len(i.SignatureHTML) > maxSignature {
		return "", postroom.Errorf(postroom.TooLarge, "the signature is too long")
	}
	return settingsText(i.Settings)
}

func freeIdentityName(tx *db.Tx, i postroom.Identity) error {
	taken, err := exists(tx, `SELECT 1 FROM identity WHERE account_id = $1 AND name_key = $2 AND id <> $3`,
		i.Account, strings.ToLower(i.Name), i.ID)
	if err != nil || !taken {
		return err
	}
	return postroom.Errorf(postroom.Exists, "identity already exists: %s", printable(i.Name))
}

// CreateIdentity stores an identity for an account, for itself or an
// administrator. Its address gives no right: it is checked when it is used.
func (d *Directory) CreateIdentity(ctx context.Context, i postroom.Identity) (postroom.Identity, error) {
	settings, err := checkIdentity(&i)
	if err != nil {
		return i, err
	}
	i.ID, i.UUID, i.Automatic = 0, uuid.NewString(), false
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		n := i
		n.ID = 0
		if _, err := d.changeable(tx, c, n.Account, postroom.ChangeAccounts); err != nil {
			return err
		}
		if err := freeIdentityName(tx, n); err != nil {
			return err
		}
		id, err := nextID(tx)
		if err != nil {
			return err
		}
		n.ID = postroom.IdentityID(id)
		_, err = tx.Exec(`INSERT INTO identity (id, uuid, account_id, name, name_key, display, address, reply_to, signature,
			signature_html, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, n.ID, n.UUID, n.Account, n.Name, strings.ToLower(n.Name), n.Display,
			n.Address, n.ReplyTo, n.Signature, n.SignatureHTML, settings)
		if err != nil {
			return err
		}
		i = n
		wakeAccount(tx, n.Account)
		return d.session.record(tx, "identity.create", postroom.CollectionRef{Account: n.Account}, map[string]string{"address": n.Address})
	})
	return i, err
}

// identityFor reads a stored identity that the caller may change.
func (d *Directory) identityFor(tx *db.Tx, c *caller, id postroom.IdentityID) (postroom.Identity, error) {
	gone := postroom.Errorf(postroom.NotFound, "no such identity")
	i, err := scanIdentity(tx.QueryRow(identityColumns+` WHERE id = $1`, id).Scan)
	if noRow(err) {
		return i, gone
	}
	if err != nil {
		return i, err
	}
	if _, err := d.changeable(tx, c, i.Account, postroom.ChangeAccounts); err != nil {
		if postroom.KindOf(err) == postroom.Denied {
			err = gone
		}
		return i, err
	}
	return i, nil
}

// UpdateIdentity stores all but the ids and the account.
func (d *Directory) UpdateIdentity(ctx context.Context, i postroom.Identity) error {
	settings, err := checkIdentity(&i)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		old, err := d.identityFor(tx, c, i.ID)
		if err != nil {
			return err
		}
		n := i
		n.Account = old.Account
		if err := freeIdentityName(tx, n); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE identity SET name = $1, name_key = $2, display = $3, address = $4, reply_to = $5, signature = $6,
			signature_html = $7, settings = $8 WHERE id = $9`, n.Name, strings.ToLower(n.Name), n.Display, n.Address, n.ReplyTo, n.Signature,
			n.SignatureHTML, settings, n.ID)
		if err != nil {
			return err
		}
		wakeAccount(tx, n.Account)
		return d.session.record(tx, "identity.update", postroom.CollectionRef{Account: n.Account}, map[string]string{"address": n.Address})
	})
}

// DeleteIdentity removes a chosen identity.
func (d *Directory) DeleteIdentity(ctx context.Context, id postroom.IdentityID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		i, err := d.identityFor(tx, c, id)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM identity WHERE id = $1`, id); err != nil {
			return err
		}
		wakeAccount(tx, i.Account)
		return d.session.record(tx, "identity.delete", postroom.CollectionRef{Account: i.Account}, map[string]string{"address": i.Address})
	})
}

// maxReplyTo bounds the addresses that answers to an identity go to.
const maxReplyTo = 10

// replyList brings addresses with commas between them into their form, each
// once.
func replyList(text string) (string, error) {
	var list []string
	for _, one := range strings.Split(text, ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		a, err := canonical(one)
		if err != nil {
			return "", err
		}
		if !slices.Contains(list, a.String()) {
			list = append(list, a.String())
		}
	}
	if len(list) > maxReplyTo {
		return "", postroom.Errorf(postroom.Limit, "answers go to at most %d addresses", maxReplyTo)
	}
	return strings.Join(list, ", "), nil
}
