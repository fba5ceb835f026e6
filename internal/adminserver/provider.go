package adminserver

import (
	"context"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
)

func providerAccount(a store.ProviderAccount) adminwire.ProviderAccount {
	w := adminwire.ProviderAccount{Provider: a.Provider, Subject: a.Subject, Email: a.Email, Created: a.Created}
	if !a.Used.At.IsZero() {
		use := lastUse(a.Used)
		w.Used = &use
	}
	return w
}

type addProviderAccount struct {
	Name string `path:"name"`
	Body adminwire.NewProviderAccount
}

func nameOfProvided(in *addProviderAccount) string { return in.Name }

// providers are the accounts at identity providers that accounts are linked
// with.
func (s *Server) providers() {
	const path = "/accounts/{name}/providers"
	endpoint(s, "GET", path, "List the accounts at identity providers with which an account signs in",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) ([]adminwire.ProviderAccount, error) {
			list, err := r.dir.ProviderAccounts(ctx, a.ID)
			return each(list, providerAccount), err
		}))
	endpoint(s, "POST", path, "Link an account with one at an identity provider",
		ofAccount(nameOfProvided, func(ctx context.Context, r request[addProviderAccount], a postroom.Account) (adminwire.Done, error) {
			issuer, known := s.opts.Issuers[r.in.Body.Provider]
			if !known {
				return done(postroom.Errorf(postroom.NotFound, "there is no provider of this name in the configuration: %s", r.in.Body.Provider))
			}
			return done(r.dir.AddProviderAccount(ctx, a.ID, store.ProviderAccount{Provider: r.in.Body.Provider, Issuer: issuer, Subject: r.in.Body.Subject}))
		}))
	endpoint(s, "DELETE", path+"/{credential}", "End the link with a provider",
		ofAccount(nameOfCredential, func(ctx context.Context, r request[credentialNamed], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RemoveProviderAccount(ctx, a.ID, r.in.Credential))
		}))
}
