package login

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/openid"
	"postroom/internal/store"
)

// Linkable reports whether people whose address this is may link their account
// with one at the provider themselves. The store decides again.
func (p Provider) Linkable(address string) bool {
	a, err := addr.Parse(address)
	return err == nil && p.Link != BySubject && slices.ContainsFunc(p.Domains, func(d string) bool {
		return addr.CanonicalDomain(d) == addr.CanonicalDomain(a.Domain)
	})
}

// BeginLink is Begin for somebody in a session who wants to sign in with their
// account at a provider from then on. Denied where that is not for them,
// ConfirmationNeeded until they have proved who they are.
func (p *Providers) BeginLink(ctx context.Context, s *store.Session, id string, from From) (to, kept string, err error) {
	one, err := p.ByID(id)
	if err != nil {
		return "", "", err
	}
	if who := s.Actor(); !one.Linkable(who.Address) {
		return "", "", postroom.Errorf(postroom.Denied, "permission denied: %s cannot be linked with an account of %s here", who.Address, one.Client.Title())
	}
	if err := s.Directory().Proven(ctx); err != nil {
		return "", "", err
	}
	return one.begin(ctx, open(p.store, from.Protocol, from.Remote), errand{Account: s.Actor().Account}, openid.AnySession)
}

// Link links the account of a session with the one that Finish has proved for it:
// kept is Return.Link. Invalid for what was proved for somebody else, too long
// ago or linked already; else as store.Directory.LinkProvider.
func (p *Providers) Link(ctx context.Context, s *store.Session, kept, code string, from From) error {
	gate := open(p.store, from.Protocol, from.Remote)
	account := s.Actor().Account
	var h half
	token, err := gate.Unseal(of(linkPurpose, account), kept, &h)
	if err != nil {
		return postroom.Restate(postroom.Invalid, err)
	}
	one, err := p.ByID(h.Provider)
	if err != nil {
		return err
	}
	if !one.Linkable(s.Actor().Address) {
		return postroom.Errorf(postroom.Denied, "permission denied: %s cannot be linked with an account of %s here", s.Actor().Address, one.Client.Title())
	}
	there := store.ProviderAccount{Provider: h.Provider, Issuer: h.Person.Issuer, Subject: h.Person.Subject, Email: h.Person.Email}
	err = s.Directory().LinkProvider(ctx, account, code, gate.Proven(account, there, token))
	if postroom.KindOf(err) == postroom.SignInFailed { // it was used before; who asks stays signed in
		return postroom.Restate(postroom.Invalid, err)
	}
	return err
}
