package store_test

import (
	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// own reports whether the actor is "self".
func (c try) own() bool { return c.account.Address == "anna@example.test" }

// credentials of an account that is tried.
func (c try) credentials() login.Credentials {
	if !c.own() { // who is signed in already
		c.w.must(c.w.dir.SetPassword(c.ctx, c.account.ID, password))
	}
	return login.Credentials{Username: c.account.Address, Password: password, Protocol: "web"}
}

// browser signs the account in and names the session.
func (c try) browser() string {
	c.w.must(ignore(login.BeginWeb(c.ctx, c.w.store, c.credentials(), "", "a browser")))
	all, err := c.w.dir.WebSessions(c.ctx, c.account.ID)
	c.w.must(err)
	return all[len(all)-1].Name
}

// begun begins a second factor for the account and returns a code of it.
func (c try) begun() string {
	s, err := login.Authenticate(c.ctx, c.w.store, c.credentials())
	c.w.must(err)
	secret, err := s.Directory().BeginSecondFactor(c.ctx, c.account.ID)
	c.w.must(err)
	code, err := totp.GenerateCode(secret, c.w.clock.Now())
	c.w.must(err)
	return code
}

// withFactor turns a second factor on, tries, and takes it away.
func (c try) withFactor(do func() error) error {
	code := c.begun()
	s, err := login.Authenticate(c.ctx, c.w.store, c.credentials())
	c.w.must(err)
	c.w.must(ignore(s.Directory().ConfirmSecondFactor(c.ctx, c.account.ID, code)))
	err = do()
	_ = c.w.dir.RemoveSecondFactor(c.ctx, c.account.ID, "")
	return err
}

// passkey adds a passkey to the account and names it.
func (c try) passkey() string {
	device := storetest.NewDevice("mail.example.test")
	p, err := login.NewPasskeys(c.w.store, login.RelyingParty{ID: device.Site.ID, Name: device.Site.Name, Origin: device.Site.Origin})
	c.w.must(err)
	s, err := login.Authenticate(c.ctx, c.w.store, c.credentials())
	c.w.must(err)
	asked, err := p.BeginAdd(c.ctx, s, login.From{Protocol: "web"})
	c.w.must(err)
	response, err := device.Made(asked.Options, device.NewKey())
	c.w.must(err)
	c.w.must(p.Add(c.ctx, s, c.name("key %d"), "", login.KeyAnswer{State: asked.State, Response: response}, login.From{Protocol: "web"}))
	return c.name("key %d")
}

// signInOperations are rows of the directory's matrix.
var signInOperations = []directoryOperation{
	{"AddToken", func(c try) error {
		return ignore(c.d.AddToken(c.ctx, c.account.ID, store.Token{Name: c.name("token %d")}))
	}},
	{"AddToken that reads", func(c try) error {
		return ignore(c.d.AddToken(c.ctx, c.account.ID, store.Token{Name: c.name("reader %d"), Mask: postroom.AllRights}))
	}},
	{"Tokens", func(c try) error { return ignore(c.d.Tokens(c.ctx, c.account.ID)) }},
	{"RemoveToken", func(c try) error {
		c.w.must(ignore(c.w.dir.AddToken(c.ctx, c.account.ID, store.Token{Name: c.name("old %d")})))
		return c.d.RemoveToken(c.ctx, c.account.ID, c.name("old %d"))
	}},
	{"WebSessions", func(c try) error { return ignore(c.d.WebSessions(c.ctx, c.account.ID)) }},
	{"EndWebSession", func(c try) error { return c.d.EndWebSession(c.ctx, c.account.ID, c.browser()) }},
	{"EndWebSessions", func(c try) error { return c.d.EndWebSessions(c.ctx, c.account.ID) }},
	{"SecondFactor", func(c try) error { return ignore(c.d.SecondFactor(c.ctx, c.account.ID)) }},
	{"BeginSecondFactor", func(c try) error { return ignore(c.d.BeginSecondFactor(c.ctx, c.account.ID)) }},
	{"ConfirmSecondFactor", func(c try) error {
		code := ""
		if c.own() {
			code = c.begun()
		}
		_, err := c.d.ConfirmSecondFactor(c.ctx, c.account.ID, code)
		_ = c.w.dir.RemoveSecondFactor(c.ctx, c.account.ID, "")
		return err
	}},
	{"NewRecoveryCodes", func(c try) error { return ignore(c.d.NewRecoveryCodes(c.ctx, c.account.ID, "")) }},
	// The session of "self" has the password alone: it ends with the factor.
	{"RemoveSecondFactor", func(c try) error {
		return c.withFactor(func() error { return c.d.RemoveSecondFactor(c.ctx, c.account.ID, "") })
	}},
	// Without a ceremony nobody adds one; "self" gets that far.
	{"AddPasskey", func(c try) error { return c.d.AddPasskey(c.ctx, c.account.ID, "key", "", store.NewPasskey{}) }},
	{"Passkeys", func(c try) error { return ignore(c.d.Passkeys(c.ctx, c.account.ID)) }},
	{"RenamePasskey", func(c try) error { return c.d.RenamePasskey(c.ctx, c.account.ID, c.passkey(), c.name("renamed %d")) }},
	{"RemovePasskey", func(c try) error { return c.d.RemovePasskey(c.ctx, c.account.ID, c.passkey()) }},
	{"PasskeysAsSecondFactor", func(c try) error {
		c.passkey()
		_, err := c.d.PasskeysAsSecondFactor(c.ctx, c.account.ID)
		_ = c.w.dir.RemoveSecondFactor(c.ctx, c.account.ID, "")
		return err
	}},
	{"Proven", func(c try) error { return c.d.Proven(c.ctx) }},
	{"ProviderAccounts", func(c try) error { return ignore(c.d.ProviderAccounts(c.ctx, c.account.ID)) }},
	{"AddProviderAccount", func(c try) error {
		return c.d.AddProviderAccount(c.ctx, c.account.ID, c.provided("new %d"))
	}},
	// Without proof nobody links; "self" gets that far.
	{"LinkProvider", func(c try) error { return c.d.LinkProvider(c.ctx, c.account.ID, "", store.ProvenAccount{}) }},
	{"RemoveProviderAccount", func(c try) error {
		_ = c.w.dir.RemoveProviderAccount(c.ctx, c.account.ID, "corp")
		c.w.must(c.w.dir.AddProviderAccount(c.ctx, c.account.ID, c.provided("old %d")))
		c.passkey() // so that it is not all they sign in with
		return c.d.RemoveProviderAccount(c.ctx, c.account.ID, "corp")
	}},
}

func (c try) provided(subject string) store.ProviderAccount {
	return store.ProviderAccount{Provider: "corp", Issuer: "https://login.example.test", Subject: c.name(subject)}
}
