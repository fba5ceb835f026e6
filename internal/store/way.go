package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// keepsAWay refuses, after an act on what an account signs in with, when its
// owner could not sign in any more. What is meant for one program is no way:
// nobody sets a password by it. Who is to stay out is switched off, which says
// so; the console may take everything away.
func (d *Directory) keepsAWay(tx *db.Tx, c *caller, id postroom.AccountID) error {
	a, err := readAccount(tx, id)
	if err != nil || c.account.ID == 0 || !c.is(id) && (a.Kind != postroom.Person || !a.Login || a.State != postroom.Active) {
		return err
	}
	there, err := exists(tx, `SELECT 1 FROM credential WHERE account_id = $1 AND kind IN ($2, $3)`, id, passwordKind, passkeyKind)
	if err != nil || there {
		return err
	}
	providers, err := d.session.store.providersOf(tx, id)
	if err != nil || len(providers) > 0 {
		return err
	}
	if c.is(id) {
		return postroom.Errorf(postroom.Invalid, "it is all you sign in with: set a password or add another way first")
	}
	return postroom.Errorf(postroom.Invalid, "it is all %s signs in with: set a password, or switch sign-in off", a.Address)
}

// ProvenAccount is an account at a provider that has proved itself to somebody
// in a session, who may link it with their own.
type ProvenAccount struct {
	account postroom.AccountID
	there   ProviderAccount
	token   Sealed
}

// Proven says so. The token counts once.
func (g *SignIn) Proven(account postroom.AccountID, there ProviderAccount, token Sealed) ProvenAccount {
	return ProvenAccount{account, there, token}
}

// LinkProvider links the caller's own account with one at a provider that has
// proved itself. Where there is a second factor, it takes a code of that. Exists
// when either is linked already, Invalid for a wrong code, Denied where the
// account's domain does not sign in by that provider. It is for who is there: not
// for a program with an app password.
func (d *Directory) LinkProvider(ctx context.Context, id postroom.AccountID, code string, p ProvenAccount) error {
	return d.withCodeIfAny(ctx, id, code, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		ok, err := d.session.store.spend(tx, p.token)
		if err != nil || !ok || p.account != id {
			return orError(err, errUsed())
		}
		a, err := readAccount(tx, id)
		if err != nil {
			return err
		}
		if a.Kind != postroom.Person || !inDomains(a.Address, d.session.store.opts.Providers[p.there.Provider]) {
			return postroom.Errorf(postroom.Denied, "permission denied: %s does not sign in by %s", a.Address, printable(p.there.Provider))
		}
		if _, err := linkProvider(tx, id, p.there, d.session.store.now()); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.provider.add", postroom.CollectionRef{Account: id},
			map[string]string{"provider": p.there.Provider, "subject": p.there.Subject})
	})
}
