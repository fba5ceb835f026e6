package login

import (
	"context"
	"errors"
	"net/url"
	"time"

	"postroom"
	"postroom/internal/openid"
	"postroom/internal/store"
)

// attemptLife is for how long a sign-in at a provider is waited for.
const attemptLife = 15 * time.Minute

// Link says how an account at a provider finds its account here.
type Link uint8

// The two ways.
const (
	// ByEmail links, at the first sign-in, with the account that has the
	// address which the provider has verified.
	ByEmail Link = iota
	// BySubject takes only those that were linked before.
	BySubject
)

// Provider is an identity provider whose word is taken.
type Provider struct {
	Client *openid.Client
	// Domains are those whose accounts may sign in by it.
	Domains []string
	Link    Link
	// SignOut is whether browsers sign out there, too.
	SignOut SignOut
}

// SignOut is where a browser signs out.
type SignOut uint8

// The two places.
const (
	// SignOutHere only.
	SignOutHere SignOut = iota
	// SignOutThere as well.
	SignOutThere
)

// Providers lets people sign in at identity providers. Nobody gets an account by
// that.
type Providers struct {
	store *store.Store
	list  []Provider
}

// NewProviders is for those of a configuration, in its order.
func NewProviders(s *store.Store, list []Provider) *Providers { return &Providers{s, list} }

// List are the providers.
func (p *Providers) List() []Provider { return p.list }

// ByID finds a provider. NotFound for one that is not configured.
func (p *Providers) ByID(id string) (Provider, error) {
	for _, one := range p.list {
		if one.Client.ID() == id {
			return one, nil
		}
	}
	return Provider{}, postroom.Errorf(postroom.NotFound, "there is no provider of this name")
}

// The purposes of what browsers keep.
const (
	attemptPurpose = "provider attempt"
	halfPurpose    = "provider half"
)

// half is somebody whom a provider has proved, and who still needs a second
// factor.
type half struct {
	Provider string        `json:"provider"`
	Person   openid.Person `json:"person"`
}

// Begin is where to send a browser, and what it is to keep until it comes back.
func (p *Providers) Begin(ctx context.Context, id string, from From) (to, kept string, err error) {
	one, err := p.ByID(id)
	if err != nil {
		return "", "", err
	}
	gate := open(p.store, from.Protocol, from.Remote)
	if err := gate.AdmitAnybody(); err != nil {
		return "", "", err
	}
	to, attempt, err := one.Client.Begin(ctx)
	if err != nil {
		return "", "", err
	}
	kept, err = gate.Seal(attemptPurpose, attemptLife, attempt)
	return to, kept, err
}

// Finish takes what a provider has sent a browser back with, and what the browser
// has kept. It returns the secret of a web session; or, when a second factor is
// needed, what the browser is to keep for Complete.
func (p *Providers) Finish(ctx context.Context, id, kept string, q url.Values, from From) (secret, rest string, err error) {
	one, err := p.ByID(id)
	if err != nil {
		return "", "", err
	}
	gate := open(p.store, from.Protocol, from.Remote)
	if err := gate.AdmitAnybody(); err != nil {
		return "", "", err
	}
	person, err := p.finish(ctx, gate, one, kept, q)
	if err != nil {
		if postroom.KindOf(err) == postroom.SignInFailed && !errors.Is(err, openid.ErrCancelled) {
			gate.FailedAnybody()
		}
		return "", "", err
	}
	v, err := one.who(ctx, gate, person)
	if err != nil {
		return "", "", err
	}
	if v.Half() {
		rest, err = gate.Seal(halfPurpose, ceremonyLife, half{id, person})
		return "", rest, err
	}
	secret, err = begun(ctx, gate, v, from)
	return secret, "", err
}

// finish proves who it is. An attempt counts once, whatever comes of it.
func (p *Providers) finish(ctx context.Context, gate *store.SignIn, one Provider, kept string, q url.Values) (who openid.Person, err error) {
	var attempt openid.Attempt
	token, err := gate.Unseal(attemptPurpose, kept, &attempt)
	if err != nil {
		return who, err
	}
	if err := gate.Spend(ctx, token); err != nil {
		return who, err
	}
	return one.Client.Finish(ctx, attempt, q)
}

// who finds the account of somebody proved.
func (p Provider) who(ctx context.Context, gate *store.SignIn, person openid.Person) (store.Verified, error) {
	a := store.ProviderAccount{Provider: p.Client.ID(), Issuer: person.Issuer, Subject: person.Subject, Email: person.Email}
	if p.Link == BySubject {
		return gate.Provider(ctx, a, p.Domains)
	}
	return gate.ProviderByEmail(ctx, a, p.Domains)
}

// begun opens the web session of somebody proved.
func begun(ctx context.Context, gate *store.SignIn, v store.Verified, from From) (secret string, err error) {
	secret, err = gate.OpenWeb(ctx, v, from.Agent)
	if err != nil {
		return "", err
	}
	gate.Succeeded(v.Account().Address, v)
	return secret, gate.Used(ctx, v, from.Agent)
}

// Complete takes the second factor of somebody whom a provider has proved: rest
// is what Finish returned. StepNeeded tells what is missing. keys may be nil.
func (p *Providers) Complete(ctx context.Context, keys *Passkeys, rest string, second Second, from From) (secret string, err error) {
	gate := open(p.store, from.Protocol, from.Remote)
	var h half
	token, err := gate.Unseal(halfPurpose, rest, &h)
	if err != nil {
		return "", err
	}
	one, err := p.ByID(h.Provider)
	if err != nil {
		return "", err
	}
	v, err := one.who(ctx, gate, h.Person)
	if err != nil {
		return "", err
	}
	if v, err = keys.complete(ctx, gate, v, second); err != nil {
		return "", err
	}
	if err := gate.Spend(ctx, token); err != nil {
		return "", err
	}
	return begun(ctx, gate, v, from)
}

// SignOutURL is where the browser of a web session signs out as well, "" for
// nowhere; back is where it comes back to.
func (p *Providers) SignOutURL(ctx context.Context, webSecret, back string, from From) string {
	id, err := open(p.store, from.Protocol, from.Remote).ProviderOf(ctx, webSecret)
	if err != nil || id == "" {
		return ""
	}
	one, err := p.ByID(id)
	if err != nil || one.SignOut != SignOutThere {
		return ""
	}
	return one.Client.SignOutURL(ctx, back)
}
