package store

import (
	"context"
	"crypto/rand"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// AppPassword is a further credential of an account, which can do less.
type AppPassword struct {
	Name string
	// Mask is what is left of the account's rights.
	Mask    postroom.Rights
	MaySend bool
	// Abilities are what is left of the account's as an administrator.
	Abilities postroom.Abilities
	Created   time.Time
	// Until is when it ends; zero for never.
	Until time.Time
	// Used is when it was used last, to some minutes; zero for never.
	Used Use
}

// Use is when and from where a credential was used last.
type Use struct {
	At time.Time
	// Remote is the client's address, Agent what it calls itself.
	Remote, Agent string
}

// AddAppPassword makes an app password for an account and returns it: it is
// shown this once. Exists when the name is taken.
func (d *Directory) AddAppPassword(ctx context.Context, id postroom.AccountID, a AppPassword) (password string, err error) {
	password = rand.Text()
	s, err := d.session.store.opts.PasswordCost.derive(password)
	if err != nil {
		return "", err
	}
	// It is long and random: SCRAM, which has one secret a user, is left to
	// the account's own password.
	return password, d.addSecret(ctx, id, appPasswordKind, a, secret{hash: s.hash})
}

// secretNames are the kinds of further credentials: in words, and in the audit
// log.
var secretNames = map[int]struct{ words, audited string }{
	appPasswordKind: {"app password", "apppassword"},
	tokenKind:       {"access token", "token"},
	passkeyKind:     {"passkey", "passkey"},
	providerKind:    {"account at a provider", "provider"},
}

// addSecret stores a further credential.
func (d *Directory) addSecret(ctx context.Context, id postroom.AccountID, kind int, a AppPassword, s secret) (err error) {
	what := secretNames[kind]
	if a.Name, err = cleanName("the name", a.Name); err != nil {
		return err
	}
	now := d.session.store.now()
	if a.Name == "" || a.Name == passwordName || a.Mask&^postroom.AllRights != 0 || a.Abilities&^postroom.AllAbilities != 0 {
		return postroom.Errorf(postroom.Invalid, "invalid %s", what.words)
	}
	if !a.Until.IsZero() && !a.Until.After(now) {
		return postroom.Errorf(postroom.Invalid, "the time at which it ends is over")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		owner, err := d.waysOf(tx, c, id)
		if err != nil {
			return err
		}
		if c.account.ID != 0 && !c.is(id) && owner.Kind == postroom.Person && a.Mask.Any(gains) {
			// Their own password goes on working: nobody would notice.
			return postroom.Errorf(postroom.Denied,
				"permission denied: administrators make no %s that reads the mail of %s", what.words, owner.Address)
		}
		plan, err := planOfAccount(tx, id)
		if err != nil {
			return err
		}
		if !plan.Features.Has(postroom.UseAppPasswords) {
			return errPlan(owner.Address, "app passwords")
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, map[int]OwnerAct{appPasswordKind: ActAppPassword, tokenKind: ActToken}[kind],
			a.Name); err != nil {
			return err
		}
		taken, err := exists(tx, `SELECT 1 FROM credential WHERE account_id = $1 AND name = $2`, id, a.Name)
		if err != nil || taken {
			return orError(err, postroom.Errorf(postroom.Exists, "%s already exists: %s", what.words, printable(a.Name)))
		}
		if _, err := insertCredential(tx, id, kind, a, s, now); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account."+what.audited+".add", postroom.CollectionRef{Account: id}, map[string]string{"name": a.Name})
	})
}

// AppPasswords lists the app passwords of an account by age.
func (d *Directory) AppPasswords(ctx context.Context, id postroom.AccountID) (all []AppPassword, err error) {
	return d.secrets(ctx, id, appPasswordKind)
}

func (d *Directory) secrets(ctx context.Context, id postroom.AccountID, kind int) (all []AppPassword, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		all = nil
		return tx.Each(`SELECT c.name, c.mask, c.may_send, c.abilities, c.created, c.until_at, COALESCE(u.used, 0), COALESCE(u.remote, ''),
			COALESCE(u.agent, '') FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE c.account_id = $1 AND c.kind = $2 ORDER BY c.id`,
			[]any{id, kind}, func(scan func(...any) error) error {
				var a AppPassword
				var created, until, used int64
				err := scan(&a.Name, &a.Mask, &a.MaySend, &a.Abilities, &created, &until, &used, &a.Used.Remote, &a.Used.Agent)
				a.Created, a.Until, a.Used.At = db.Time(created), db.Time(until), db.Time(used)
				all = append(all, a)
				return err
			})
	})
	return all, err
}

// RemoveAppPassword takes an app password back and ends the sessions opened
// with it.
func (d *Directory) RemoveAppPassword(ctx context.Context, id postroom.AccountID, name string) error {
	return d.removeSecret(ctx, id, appPasswordKind, name)
}

func (d *Directory) removeSecret(ctx context.Context, id postroom.AccountID, kind int, name string) error {
	what := secretNames[kind]
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND name = $3`, id, kind, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuch(what.words, name)
		}
		if err := d.session.store.credentialsEnded(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account."+what.audited+".remove", postroom.CollectionRef{Account: id}, map[string]string{"name": name})
	})
}

// dropLoose removes what stood on credentials that are no more: web sessions
// that were opened with them, and what is known of them. It is called wherever
// credentials are removed.
func dropLoose(tx *db.Tx, id postroom.AccountID) error {
	for _, query := range []string{
		`DELETE FROM credential WHERE account_id = $1 AND parent <> 0 AND parent NOT IN (SELECT id FROM credential WHERE account_id = $1)`,
		`DELETE FROM push_subscription WHERE account_id = $1 AND credential_id NOT IN (SELECT id FROM credential WHERE account_id = $1)`,
		`DELETE FROM credential_use WHERE account_id = $1 AND credential_id NOT IN (SELECT id FROM credential WHERE account_id = $1)`,
		`DELETE FROM passkey WHERE account_id = $1 AND credential_id NOT IN (SELECT id FROM credential WHERE account_id = $1)`,
		`DELETE FROM provider_account WHERE account_id = $1 AND credential_id NOT IN (SELECT id FROM credential WHERE account_id = $1)`,
	} {
		if _, err := tx.Exec(query, id); err != nil {
			return err
		}
	}
	return nil
}

// credentialsEnded tells everybody that credentials of an account are no more.
func (s *Store) credentialsEnded(tx *db.Tx, id postroom.AccountID) error {
	if err := dropLoose(tx, id); err != nil {
		return err
	}
	return s.changed(tx, changedAccount, int64(id))
}
