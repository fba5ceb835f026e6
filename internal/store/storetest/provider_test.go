package storetest_test

import (
	"net/url"
	"testing"

	"postroom"
	"postroom/internal/openid"
	"postroom/internal/openid/openidtest"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// atProvider is a provider, and what a browser carries there and back.
type atProvider struct {
	t    *testing.T
	h    *storetest.House
	list *login.Providers
	fake *openidtest.Provider
	from login.From
}

func newProvider(t *testing.T, h *storetest.House, link login.Link) *atProvider {
	fake := openidtest.New(t)
	c := openid.New(openid.Settings{ID: "corp", Title: "Corp", Issuer: fake.URL, ClientID: fake.ClientID, ClientSecret: fake.ClientSecret,
		RedirectURL: "https://mail.example.test/auth/openid/corp/callback"})
	return &atProvider{t, h, login.NewProviders(h.Store, []login.Provider{{Client: c, Domains: []string{"example.test"}, Link: link}}), fake,
		login.From{Protocol: "web", Remote: browserAddress, Agent: "Firefox"}}
}

// come goes to an address of the provider and comes back as subject.
func (p *atProvider) come(to, kept, subject string) (login.Return, error) {
	p.t.Helper()
	p.fake.Claims = map[string]any{"sub": subject}
	u, err := url.Parse(to)
	must(p.t, err)
	home, err := url.Parse(p.fake.Code(u.Query()))
	must(p.t, err)
	return p.list.Finish(p.t.Context(), "corp", kept, home.Query(), p.from)
}

// signIn signs in as subject.
func (p *atProvider) signIn(subject string) (login.Return, error) {
	to, kept, err := p.list.Begin(p.t.Context(), "corp", p.from)
	must(p.t, err)
	return p.come(to, kept, subject)
}

// proved is what a browser keeps after a session has proved to be subject.
func (p *atProvider) proved(s *store.Session, subject string) string {
	p.t.Helper()
	to, kept, err := p.list.BeginLink(p.t.Context(), s, "corp", p.from)
	must(p.t, err)
	came, err := p.come(to, kept, subject)
	must(p.t, err)
	if !came.Linking || came.Session != "" || came.Rest != "" {
		p.t.Errorf("linking: %+v", came)
	}
	return came.Link
}

// People link their account with one at a provider, once, for themselves.
func TestOwnLink(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, p := t.Context(), newProvider(t, h, login.BySelf)
		ben, cleo := h.SignIn("ben"), h.SignIn("cleo")
		_, err := p.signIn("7")
		wants(t, err, postroom.SignInFailed)
		kept := p.proved(ben, "7")
		wants(t, p.list.Link(ctx, cleo, kept, "", p.from), postroom.Invalid) // planted into cleo's browser
		must(t, p.list.Link(ctx, ben, kept, "", p.from))
		wants(t, p.list.Link(ctx, ben, kept, "", p.from), postroom.Invalid)
		wants(t, p.list.Link(ctx, cleo, p.proved(cleo, "7"), "", p.from), postroom.Exists)
		wants(t, p.list.Link(ctx, ben, p.proved(ben, "8"), "", p.from), postroom.Exists)
		came, err := p.signIn("7")
		must(t, err)
		own, err := web(h, came.Session)
		must(t, err)
		if own.Actor().Account != h.Ben.ID || came.Linking {
			t.Errorf("%+v", own.Actor())
		}
		must(t, ben.Directory().RemoveProviderAccount(ctx, h.Ben.ID, "corp"))
		wants(t, own.Alive(ctx), postroom.SignInDisabled)

		app, err := ben.Directory().AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, Abilities: postroom.AllAbilities})
		must(t, err)
		program, err := login.Authenticate(ctx, h.Store, login.Credentials{Username: "ben@example.test", Password: app, Protocol: "jmap"})
		must(t, err)
		wants(t, p.list.Link(ctx, program, p.proved(program, "7"), "", p.from), postroom.Denied)
	})
}

// Nobody links where the subject is given by others, or where their domain does
// not sign in.
func TestNoOwnLink(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(o *store.Options) { o.Providers = map[string][]string{"corp": {"other.test"}} }))
	p := newProvider(t, h, login.BySubject)
	_, _, err := p.list.BeginLink(t.Context(), h.SignIn("ben"), "corp", p.from)
	wants(t, err, postroom.Denied)
	p = newProvider(t, h, login.BySelf)
	ben := h.SignIn("ben")
	wants(t, p.list.Link(t.Context(), ben, p.proved(ben, "7"), "", p.from), postroom.Denied)
}

// A second factor is asked for before anything is linked.
func TestOwnLinkTakesACode(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		p := newProvider(t, h, login.ByEmail)
		ben := h.SignIn("ben")
		_, err := k.add(ben, "phone", "")
		must(t, err)
		codes, err := ben.Directory().PasskeysAsSecondFactor(t.Context(), h.Ben.ID)
		must(t, err)
		secret, err := browse(h, "ben", storetest.Password, codes[0])
		must(t, err)
		ben, err = web(h, secret)
		must(t, err)
		kept := p.proved(ben, "7")
		wants(t, p.list.Link(t.Context(), ben, kept, "", p.from), postroom.Invalid)
		wants(t, p.list.Link(t.Context(), ben, kept, codes[0], p.from), postroom.Invalid)
		must(t, p.list.Link(t.Context(), ben, kept, codes[1], p.from))
	})
}

// Nobody takes away the last they sign in with; administrators may.
func TestTheLastWay(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		ctx, console := t.Context(), h.Console.Directory()
		ben := h.SignIn("ben")
		phone, err := k.add(ben, "phone", "")
		must(t, err)
		must(t, console.AddProviderAccount(ctx, h.Ben.ID, store.ProviderAccount{Provider: "gone", Issuer: "https://gone.test", Subject: "1"}))
		secret, err := k.signIn(phone)
		must(t, err)
		ben, err = web(h, secret)
		must(t, err)
		d := ben.Directory()
		must(t, d.SetPassword(ctx, h.Ben.ID, ""))
		must(t, console.AddProviderAccount(ctx, h.Ben.ID, store.ProviderAccount{Provider: "corp", Issuer: "https://login.test", Subject: "0"}))
		must(t, d.RemoveProviderAccount(ctx, h.Ben.ID, "corp"))
		// A provider that is not configured lets nobody in.
		wants(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"), postroom.Invalid)
		must(t, console.AddProviderAccount(ctx, h.Ben.ID, store.ProviderAccount{Provider: "corp", Issuer: "https://login.test", Subject: "1"}))
		must(t, d.RemoveProviderAccount(ctx, h.Ben.ID, "gone"))
		must(t, d.RemoveProviderAccount(ctx, h.Ben.ID, "corp"))
		wants(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"), postroom.Invalid)
		must(t, d.SetPassword(ctx, h.Ben.ID, "another passphrase"))
		must(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"))
		cleo := h.SignIn("cleo").Directory()
		wants(t, cleo.SetPassword(ctx, h.Cleo.ID, ""), postroom.Invalid)
		must(t, console.AddProviderAccount(ctx, h.Cleo.ID, store.ProviderAccount{Provider: "corp", Issuer: "https://login.test", Subject: "2"}))
		_, err = browse(h, "cleo", storetest.Password, "")
		must(t, err)
		must(t, cleo.RemoveProviderAccount(ctx, h.Cleo.ID, "corp"))
		must(t, console.AddProviderAccount(ctx, h.Cleo.ID, store.ProviderAccount{Provider: "corp", Issuer: "https://login.test", Subject: "2"}))
		secret, err = browse(h, "cleo", storetest.Password, "")
		must(t, err)
		last, err := web(h, secret)
		must(t, err)
		must(t, last.Directory().SetPassword(ctx, h.Cleo.ID, ""))
		// The session was opened with the password, and is over.
		wants(t, last.Alive(ctx), postroom.SignInDisabled)
		must(t, console.SetPassword(ctx, h.Cleo.ID, ""))
	})
}

// The link by which somebody came in is the last way, too.
func TestTheLastLink(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, p := t.Context(), newProvider(t, h, login.BySelf)
		must(t, p.list.Link(ctx, h.SignIn("ben"), p.proved(h.SignIn("ben"), "7"), "", p.from))
		came, err := p.signIn("7")
		must(t, err)
		own, err := web(h, came.Session)
		must(t, err)
		must(t, own.Directory().SetPassword(ctx, h.Ben.ID, ""))
		wants(t, own.Directory().RemoveProviderAccount(ctx, h.Ben.ID, "corp"), postroom.Invalid)
		must(t, own.Alive(ctx))
		must(t, h.Console.Directory().RemoveProviderAccount(ctx, h.Ben.ID, "corp"))
		wants(t, own.Alive(ctx), postroom.SignInDisabled)
	})
}
