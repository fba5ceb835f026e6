package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// ProviderAccount is somebody's account at an identity provider, with which they
// sign in here.
type ProviderAccount struct {
	// Provider is the name of the provider in the configuration.
	Provider string
	// Issuer and Subject are what the provider calls itself and the account:
	// neither ever changes.
	Issuer, Subject string
	// Email is the address by which the accounts were linked, "" when somebody
	// gave the subject.
	Email   string
	Created time.Time
	Used    Use
}

// providerName is the name of the credential.
func providerName(provider string) string { return "provider " + provider }

// ProviderAccounts lists the accounts at providers that an account is linked
// with: for the account itself and its administrators.
func (d *Directory) ProviderAccounts(ctx context.Context, id postroom.AccountID) (all []ProviderAccount, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		all = nil
		return tx.Each(`SELECT p.provider, p.issuer, p.subject, p.email, c.created, COALESCE(u.used, 0), COALESCE(u.remote, ''), COALESCE(u.agent, '')
			FROM provider_account p JOIN credential c ON c.id = p.credential_id LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE p.account_id = $1 ORDER BY c.id`, []any{id}, func(scan func(...any) error) error {
			var a ProviderAccount
			var created, used int64
			err := scan(&a.Provider, &a.Issuer, &a.Subject, &a.Email, &created, &used, &a.Used.Remote, &a.Used.Agent)
			a.Created, a.Used.At = db.Time(created), db.Time(used)
			all = append(all, a)
			return err
		})
	})
	return all, err
}

// AddProviderAccount links an account with one at a provider, by its subject.
// Whoever has that one signs in here from then on: so administrators do not do
// it for a person, the console does. Exists when either is linked already.
func (d *Directory) AddProviderAccount(ctx context.Context, id postroom.AccountID, a ProviderAccount) error {
	if a.Provider == "" || a.Issuer == "" || a.Subject == "" || len(a.Subject) > 255 || len(a.Issuer) > 2000 ||
		strings.ContainsFunc(a.Subject+a.Issuer, badInPersonalName) {
		return postroom.Errorf(postroom.Invalid, "give the provider and the subject, at most 255 characters")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		owner, err := d.waysOf(tx, c, id)
		if err != nil {
			return err
		}
		if c.account.ID != 0 && (owner.Kind == postroom.Person || c.is(id)) {
			return postroom.Errorf(postroom.Denied, "permission denied: %s is linked by signing in there, or on the server itself", owner.Address)
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActProvider, a.Provider); err != nil {
			return err
		}
		if _, err := linkProvider(tx, id, a, d.session.store.now()); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.provider.add", postroom.CollectionRef{Account: id},
			map[string]string{"provider": a.Provider, "subject": a.Subject})
	})
}

// linkProvider stores a link.
func linkProvider(tx *db.Tx, id postroom.AccountID, a ProviderAccount, now time.Time) (int64, error) {
	taken, err := exists(tx, `SELECT 1 FROM provider_account WHERE issuer = $1 AND subject = $2`, a.Issuer, a.Subject)
	if err != nil || taken {
		return 0, orError(err, postroom.Errorf(postroom.Exists, "that account of %s is linked already", printable(a.Provider)))
	}
	if taken, err = exists(tx, `SELECT 1 FROM credential WHERE account_id = $1 AND name = $2`, id, providerName(a.Provider)); err != nil || taken {
		return 0, orError(err, postroom.Errorf(postroom.Exists, "the account is linked with another one of %s already", printable(a.Provider)))
	}
	number, err := insertCredential(tx, id, providerKind, AppPassword{Name: providerName(a.Provider), Mask: postroom.AllRights, MaySend: true,
		Abilities: postroom.AllAbilities}, secret{}, now)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO provider_account (credential_id, account_id, provider, issuer, subject, email) VALUES ($1, $2, $3, $4, $5, $6)`,
		number, id, a.Provider, a.Issuer, a.Subject, a.Email)
	return number, err
}

// RemoveProviderAccount ends a link and the web sessions opened by it: for the
// account itself and its administrators. Invalid for what the caller's own
// account signs in with when nothing else is left.
func (d *Directory) RemoveProviderAccount(ctx context.Context, id postroom.AccountID, provider string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.waysOf(tx, c, id); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND name = $3`, id, providerKind, providerName(provider))
		if err != nil || n == 0 {
			return orError(err, noSuch("link with a provider", provider))
		}
		if err := d.keepsAWay(tx, c, id); err != nil {
			return err
		}
		if err := d.session.store.credentialsEnded(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.provider.remove", postroom.CollectionRef{Account: id}, map[string]string{"provider": provider})
	})
}

// byProvider finds the account that is linked with one at a provider.
func (g *SignIn) byProvider(tx *db.Tx, issuer, subject string) (v Verified, found bool, err error) {
	v = Verified{credential: credentialRow{kind: providerKind}}
	c := &v.credential
	var id postroom.AccountID
	var used int64
	err = tx.QueryRow(`SELECT c.id, c.account_id, c.name, c.mask, c.may_send, c.abilities, COALESCE(u.used, 0)
		FROM provider_account p JOIN credential c ON c.id = p.credential_id LEFT JOIN credential_use u ON u.credential_id = c.id
		WHERE p.issuer = $1 AND p.subject = $2`, issuer, subject).Scan(&c.id, &id, &c.Name, &c.Mask, &c.MaySend, &c.Abilities, &used)
	if noRow(err) {
		return Verified{}, false, nil
	}
	if err != nil {
		return Verified{}, false, err
	}
	c.Used.At = db.Time(used)
	if v.account, err = readAccount(tx, id); err != nil {
		return Verified{}, false, err
	}
	v.half, err = hasSecondFactor(tx, id)
	return v, true, err
}

// Provider finds who is linked with an account at a provider that has proved
// itself. domains are those whose accounts may sign in by this provider.
// SignInFailed when nobody is.
func (g *SignIn) Provider(ctx context.Context, a ProviderAccount, domains []string) (v Verified, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		found := false
		if v, found, err = g.byProvider(tx, a.Issuer, a.Subject); err == nil && !found {
			err = errNotLinked(a.Provider)
		}
		return err
	})
	if err == nil && !inDomains(v.account.Address, domains) {
		return Verified{}, errNotLinked(a.Provider)
	}
	return v, err
}

// ProviderByEmail is Provider, and links who is not linked yet with the account
// that has the address which the provider has verified. An account that is
// linked with another one of that provider stays so: an address may have been
// given to somebody else.
func (g *SignIn) ProviderByEmail(ctx context.Context, a ProviderAccount, domains []string) (v Verified, err error) {
	v, err = g.Provider(ctx, a, domains)
	if postroom.KindOf(err) != postroom.SignInFailed || a.Email == "" || !inDomains(a.Email, domains) {
		return v, err
	}
	err = g.store.db.Write(ctx, func(tx *db.Tx) error {
		v = Verified{}
		t, found, err := entryNamed(tx, canonicalOrSelf(a.Email))
		if err != nil || !found || t.Account == 0 {
			return orError(err, errNotLinked(a.Provider))
		}
		owner, err := readAccount(tx, t.Account)
		if err != nil {
			return err
		}
		// An alias is not enough: it may stand for several people.
		if owner.Kind != postroom.Person || owner.Address != canonicalOrSelf(a.Email) {
			return errNotLinked(a.Provider)
		}
		if !owner.Login || owner.State != postroom.Active {
			return postroom.Errorf(postroom.SignInDisabled, "sign-in is disabled for this account")
		}
		number, err := linkProvider(tx, owner.ID, a, g.store.now())
		if err != nil {
			return err
		}
		if err := g.store.advance(tx, addedCredential, int64(owner.ID)); err != nil {
			return err
		}
		w := mint.Warrant{Actor: g.actor, Home: owner.ID, Credential: number}
		w.Actor.Account, w.Actor.Address, w.Actor.Credential = owner.ID, owner.Address, providerName(a.Provider)
		err = g.store.NewSession(mint.Seal(w)).record(tx, "account.provider.add", postroom.CollectionRef{Account: owner.ID},
			map[string]string{"provider": a.Provider, "subject": a.Subject, "email": a.Email})
		if err != nil {
			return err
		}
		v, _, err = g.byProvider(tx, a.Issuer, a.Subject)
		return err
	})
	return v, err
}

// inDomains reports whether an address is of one of some domains.
func inDomains(address string, domains []string) bool {
	a, err := canonical(address)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(domains, func(d string) bool { return addr.CanonicalDomain(d) == a.Domain })
}

// ErrNotLinked is found in the error when nobody here belongs to an account at a
// provider.
var ErrNotLinked = errors.New("not linked")

func errNotLinked(provider string) error {
	return postroom.Errorf(postroom.SignInFailed, "no account here belongs to the one you have at %s: ask your administrator", printable(provider)).By(ErrNotLinked)
}

// AdmitAnybody refuses, while there were too many failures from the client's
// network. FailedAnybody counts one.
func (g *SignIn) AdmitAnybody() error { return g.Admit(g.anybody()) }

// FailedAnybody counts a failure of nobody in particular.
func (g *SignIn) FailedAnybody() { g.Failed(g.anybody()) }

// ProviderOf is the provider that a web session was opened by, "" for none.
func (g *SignIn) ProviderOf(ctx context.Context, webSecret string) (provider string, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		provider = ""
		err := tx.QueryRow(`SELECT p.provider FROM credential c JOIN provider_account p ON p.credential_id = c.parent
			WHERE c.hash = $1 AND c.kind = $2`, secretHash(webSecret), webSessionKind).Scan(&provider)
		if noRow(err) {
			return nil
		}
		return err
	})
	return provider, err
}
