package app

import (
	"postroom"
	"postroom/internal/config"
	"postroom/internal/httpauth"
	"postroom/internal/openid"
	"postroom/internal/store/login"
	"postroom/internal/store/system"
)

// gate tells who makes an HTTP request.
func (a *App) gate() *httpauth.Gate {
	exposure := httpauth.TLSOnly
	if a.cfg.SignIn.PlainOnLoopback {
		exposure = httpauth.LoopbackToo
	}
	return httpauth.New(httpauth.Options{Store: a.store, Exposure: exposure, PublicURL: a.cfg.Public(), Passkeys: a.passkeys(),
		Hosts: append([]string{a.cfg.Hostname}, a.cfg.TLS.Names...), Local: system.Delivery(a.store).IsLocal,
		Providers: a.providers, MemoryOnly: a.cfg.Web.MemoryOnly})
}

// passkeys lets people sign in with them, nil where browsers have none.
func (a *App) passkeys() *login.Passkeys {
	rp, err := httpauth.RelyingParty(a.cfg.Public(), a.cfg.SignIn.PasskeyDomain)
	if err != nil {
		a.log.Info("no passkeys", "why", postroom.TextOf(err))
		return nil
	}
	p, err := login.NewPasskeys(a.store, rp)
	if err != nil {
		a.log.Warn("no passkeys", "why", err)
		return nil
	}
	return p
}

// openProviders builds the identity providers of the configuration.
func (a *App) openProviders() error {
	var list []login.Provider
	for _, o := range a.cfg.OpenID {
		secret, err := o.Secret()
		if err != nil {
			return err
		}
		p := login.Provider{Domains: o.Domains, Client: openid.New(openid.Settings{ID: o.Name, Title: o.Title, Issuer: o.Issuer,
			ClientID: o.ClientID, ClientSecret: secret, Scopes: o.Scopes, RedirectURL: httpauth.CallbackURL(a.cfg.Public(), o.Name)})}
		p.Link = map[string]login.Link{"self": login.BySelf, "subject": login.BySubject}[o.Link]
		if o.SignOut {
			p.SignOut = login.SignOutThere
		}
		list = append(list, p)
	}
	a.providers = login.NewProviders(a.store, list)
	return nil
}

// providerDomains are the domains whose accounts sign in at each provider.
func providerDomains(list []config.OpenID) map[string][]string {
	m := make(map[string][]string)
	for _, o := range list {
		m[o.Name] = o.Domains
	}
	return m
}

// issuers are those of the providers, by name.
func (a *App) issuers() map[string]string {
	m := make(map[string]string)
	for _, o := range a.cfg.OpenID {
		m[o.Name] = o.Issuer
	}
	return m
}
