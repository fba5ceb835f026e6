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

// The three ways.
const (
	// ByEmail links, at the first sign-in, with the account that has the
	// address which the provider has verified; people may also link.
	ByEmail Link = iota
	// BySelf takes only those that were linked before: by people themselves,
	// once they are signed in, or by the subject.
	BySelf
	// BySubject takes only those that were linked by the subject.
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
	linkPurpose    = "provider link "
	proofPurpose   = "provider proof "
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
	return one.begin(ctx, gate, errand{}, openid.AnySession)
}

// attempt is what a browser keeps while it is at a provider.
type attempt struct {
	openid.Attempt
	errand
}

// errand is what somebody is at a provider for: to sign in when it is zero.
// Account is that of a session, to be linked or, with Proof, whose owner
// confirms that it is them.
type errand struct {
	Account postroom.AccountID `json:"account,omitempty"`
	Proof   bool               `json:"proof,omitempty"`
}

func (p Provider) begin(ctx context.Context, gate *store.SignIn, what errand, there openid.Presence) (to, kept string, err error) {
	to, begun, err := p.Client.Begin(ctx, there)
	if err != nil {
		return "", "", err
	}
	kept, err = gate.Seal(attemptPurpose, attemptLife, attempt{begun, what})
	return to, kept, err
}

// Return is what becomes of a browser that a provider has sent back. One of
// Session, Rest, Link and Proof is set, unless there was an error.
type Return struct {
	// Session is the secret of a web session.
	Session string
	// Rest is to be kept for Complete: a second factor is needed.
	Rest string
	// Link is to be kept for Link: somebody in a session has proved an account.
	Link string
	// Proof is to be kept for Confirmer.Confirm: somebody in a session has
	// proved again who they are.
	Proof string
	// Linking and Proving are set when that was wanted, even if it failed.
	Linking, Proving bool
}

// Finish takes what a provider has sent a browser back with, and what the browser
// has kept.
func (p *Providers) Finish(ctx context.Context, id, kept string, q url.Values, from From) (back Return, err error) {
	one, err := p.ByID(id)
	if err != nil {
		return back, err
	}
	gate := open(p.store, from.Protocol, from.Remote)
	if err := gate.AdmitAnybody(); err != nil {
		return back, err
	}
	person, what, err := p.finish(ctx, gate, one, kept, q)
	back.Linking, back.Proving = what.Account != 0 && !what.Proof, what.Proof
	if err != nil {
		if postroom.KindOf(err) == postroom.SignInFailed && !errors.Is(err, openid.ErrCancelled) {
			gate.FailedAnybody()
		}
		return back, err
	}
	switch {
	case back.Linking:
		back.Link, err = gate.Seal(of(linkPurpose, what.Account), ceremonyLife, half{id, person})
		return back, err
	case back.Proving:
		back.Proof, err = gate.Seal(of(proofPurpose, what.Account), ceremonyLife, half{id, person})
		return back, err
	}
	v, err := one.who(ctx, gate, person)
	if err != nil {
		return back, err
	}
	if v.Half() {
		back.Rest, err = gate.Seal(halfPurpose, ceremonyLife, half{id, person})
		return back, err
	}
	back.Session, err = begun(ctx, gate, v, from)
	return back, err
}

// finish proves who it is. An attempt counts once, whatever comes of it.
func (p *Providers) finish(ctx context.Context, gate *store.SignIn, one Provider, kept string, q url.Values) (who openid.Person, what errand, err error) {
	var a attempt
	token, err := gate.Unseal(attemptPurpose, kept, &a)
	if err != nil {
		return who, what, err
	}
	if err := gate.Spend(ctx, token); err != nil {
		return who, a.errand, err
	}
	who, err = one.Client.Finish(ctx, a.Attempt, q)
	return who, a.errand, err
}

// who finds the account of somebody proved.
func (p Provider) who(ctx context.Context, gate *store.SignIn, person openid.Person) (store.Verified, error) {
	a := store.ProviderAccount{Provider: p.Client.ID(), Issuer: person.Issuer, Subject: person.Subject, Email: person.Email}
	if p.Link != ByEmail {
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

// BeginProof is Begin for somebody in a session who is to prove again who they
// are: the provider is told to ask them, whether or not it knows the browser.
func (p *Providers) BeginProof(ctx context.Context, s *store.Session, id string, from From) (to, kept string, err error) {
	one, err := p.ByID(id)
	if err != nil {
		return "", "", err
	}
	gate := open(p.store, from.Protocol, from.Remote)
	if err := gate.AdmitAnybody(); err != nil {
		return "", "", err
	}
	return one.begin(ctx, gate, errand{s.Actor().Account, true}, openid.SignInAnew)
}

// proven finds whom a provider has proved to a session: kept is Return.Proof. The
// token is still to be spent. Nobody is linked by it.
func (p *Providers) proven(ctx context.Context, gate *store.SignIn, s *store.Session, kept string) (v store.Verified, token store.Sealed, err error) {
	var h half
	if token, err = gate.Unseal(of(proofPurpose, s.Actor().Account), kept, &h); err != nil {
		return v, token, err
	}
	one, err := p.ByID(h.Provider)
	if err != nil {
		return v, token, err
	}
	there := store.ProviderAccount{Provider: h.Provider, Issuer: h.Person.Issuer, Subject: h.Person.Subject}
	v, err = gate.Provider(ctx, there, one.Domains)
	return v, token, err
}
