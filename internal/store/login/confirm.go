package login

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/store"
)

// Confirmer lets somebody in a web session prove again that it is them.
type Confirmer struct {
	store     *store.Store
	keys      *Passkeys
	providers *Providers
}

// NewConfirmer takes what there is to prove with; keys and providers may be nil.
func NewConfirmer(s *store.Store, keys *Passkeys, providers *Providers) *Confirmer {
	return &Confirmer{s, keys, providers}
}

// Ways are what somebody can confirm with: any one of them.
type Ways struct {
	// Password, with what StepNeeded then asks for.
	Password bool
	// Passkey asks for one; nil when the account has none.
	Passkey *Ceremony
	// Providers are those at which the account is linked, in their order.
	Providers []Provider
}

// Ways finds those of somebody in a session.
func (c *Confirmer) Ways(ctx context.Context, s *store.Session, from From) (w Ways, err error) {
	has, err := open(c.store, from.Protocol, from.Remote).ProofWays(ctx, s)
	if err != nil {
		return w, err
	}
	w.Password = has.Password
	if c.providers != nil {
		for _, p := range c.providers.list {
			if slices.Contains(has.Providers, p.Client.ID()) {
				w.Providers = append(w.Providers, p)
			}
		}
	}
	if c.keys == nil {
		return w, nil
	}
	asked, err := c.keys.BeginConfirm(ctx, s, from)
	switch {
	case err == nil:
		w.Passkey = &asked
	case postroom.KindOf(err) == postroom.NotFound:
		err = nil
	}
	return w, err
}

// Proof is what somebody in a session proves with who they are: Password or
// Provider with what Second adds where that is needed, or a passkey alone.
type Proof struct {
	Password string
	// Provider is Return.Proof.
	Provider string
	Second
}

// Confirm notes in a session that whoever is there has proved again who they
// are. With a second factor, code stands for one code of it, for five minutes.
// StepNeeded tells what is missing; Invalid for anything wrong, which counts as a
// failed sign-in does: who asks stays signed in.
func (c *Confirmer) Confirm(ctx context.Context, s *store.Session, p Proof, from From) (code string, err error) {
	gate := open(c.store, from.Protocol, from.Remote)
	v, err := c.verify(ctx, gate, s, p)
	if err == nil {
		code, err = gate.Prove(ctx, s, v)
	}
	if postroom.KindOf(err) == postroom.SignInFailed {
		err = postroom.Errorf(postroom.Invalid, "that was wrong, or there were too many attempts: try again, or wait a while").By(err)
	}
	return code, err
}

// verify checks a proof. Nobody's is taken but that of the account of the session.
func (c *Confirmer) verify(ctx context.Context, gate *store.SignIn, s *store.Session, p Proof) (v store.Verified, err error) {
	switch me := s.Actor(); {
	case p.Password != "":
		if v, err = gate.Password(ctx, me.Address, p.Password); err != nil {
			return v, err
		}
		return c.keys.complete(ctx, gate, v, p.Second)
	case p.Provider != "" && c.providers != nil:
		v, token, err := c.providers.proven(ctx, gate, s, p.Provider)
		if err != nil {
			return v, err
		}
		if v, err = c.keys.complete(ctx, gate, v, p.Second); err != nil {
			return v, err
		}
		return v, gate.Spend(ctx, token)
	case p.Key != nil && c.keys != nil:
		return c.keys.check(ctx, gate, of(confirmCeremony, me.Account), *p.Key)
	}
	return v, postroom.Errorf(postroom.Invalid, "give the password, a passkey or what a provider has proved")
}
