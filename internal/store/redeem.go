package store

import (
	"context"
	"net/netip"
	"unicode/utf8"

	"postroom"
	"postroom/internal/ratelimit"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// MinPassword is how many characters a password needs that somebody chooses
// for themselves (NIST SP 800-63B §5.1.1: length is what counts).
const MinPassword = 12

// Invitee is for whom an invitation is.
type Invitee struct{ Address, Name string }

// errInvitation is the one answer for an unknown, used, withdrawn or expired
// invitation.
func errInvitation() error {
	return postroom.Errorf(postroom.NotFound, "this invitation is not valid: it was used, withdrawn or has expired")
}

// CheckPassword refuses a password that is too short or too long to be chosen.
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return postroom.Errorf(postroom.Invalid, "the password is too short: it needs %d characters", MinPassword)
	case len(password) > maxPassword:
		return postroom.Errorf(postroom.Invalid, "the password is too long: %d bytes are the most", maxPassword)
	}
	return nil
}

// Invitation tells for whom the invitation with a secret is; it does not use
// it up. NotFound for one that does not hold, Limit after too many of those
// from one network.
func (g *SignIn) Invitation(ctx context.Context, token string) (i Invitee, err error) {
	if err := g.admitToken(); err != nil {
		return i, err
	}
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		a, err := g.invited(tx, token)
		i = Invitee{a.Address, a.Name}
		return err
	})
	return i, g.tokenTried(err)
}

// invited finds the account of an invitation that holds.
func (g *SignIn) invited(tx *db.Tx, token string) (a postroom.Account, err error) {
	var id postroom.AccountID
	err = tx.QueryRow(`SELECT account_id FROM invitation WHERE hash = $1 AND until_at > $2`, tokenHash(token), g.store.now()).Scan(&id)
	if noRow(err) {
		return a, errInvitation()
	}
	if err != nil {
		return a, err
	}
	if a, err = readAccount(tx, id); err == nil && a.State != postroom.Invited {
		err = errInvitation()
	}
	return a, err
}

// Accept uses an invitation up: the account gets the password and is active.
// Invalid when the password may not be chosen; else as Invitation.
func (g *SignIn) Accept(ctx context.Context, token, password string) (i Invitee, err error) {
	if err := CheckPassword(password); err != nil {
		return i, err
	}
	if err := g.admitToken(); err != nil {
		return i, err
	}
	// The costly part comes first, so that the time says nothing.
	secret, err := g.derive(ctx, password)
	if err != nil {
		return i, err
	}
	err = g.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ChangeRights(); err != nil {
			return err
		}
		a, err := g.invited(tx, token)
		if err != nil {
			return err
		}
		if _, err := storePassword(tx, a.ID, secret, ForGood, g.store.now()); err != nil {
			return err
		}
		i = Invitee{a.Address, a.Name}
		w := mint.Warrant{Actor: g.actor, Home: a.ID}
		w.Actor.Account, w.Actor.Address, w.Actor.Credential = a.ID, a.Address, "invitation"
		return g.store.NewSession(mint.Seal(w)).accepted(tx, a.ID)
	})
	return i, g.tokenTried(err)
}

// derive is derive, as often at once as passwords are checked.
func (g *SignIn) derive(ctx context.Context, password string) (secret, error) {
	slots := g.store.proofs.slots
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return secret{}, ctx.Err()
	}
	return g.store.opts.PasswordCost.derive(password)
}

// tokenGuest is the name under which tries are counted: by network, so that
// nobody can lock others out.
func (g *SignIn) tokenGuest() (string, netip.Addr, bool) {
	ip, err := netip.ParseAddr(g.actor.Remote)
	return "invitation " + ratelimit.Network(ip).String(), ip, err == nil
}

func (g *SignIn) admitToken() error {
	name, ip, known := g.tokenGuest()
	if known && g.store.limiter.Wait(name, ip, g.store.now()) > 0 {
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInLimited)
		return postroom.Errorf(postroom.Limit, "too many attempts: wait a while and try again")
	}
	return nil
}

// tokenTried counts a try that failed.
func (g *SignIn) tokenTried(err error) error {
	if postroom.KindOf(err) == postroom.NotFound && err != nil {
		if name, ip, known := g.tokenGuest(); known {
			g.store.limiter.Fail(name, ip, g.store.now())
		}
	}
	return err
}
