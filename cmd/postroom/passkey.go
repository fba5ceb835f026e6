package main

import "postroom/internal/adminwire"

// passkeyCommands are about passkeys that are there: they are added in the
// browser.
type passkeyCommands struct {
	List   passkeyList   `cmd:"" help:"List the passkeys of an account."`
	Remove passkeyRemove `cmd:"" help:"Take a passkey back; what was opened with it ends."`
}

type passkeyList struct {
	Address string `arg:""`
}

func (p *passkeyList) Run(c *command) error {
	list, err := fetch[[]adminwire.Passkey](c, path("accounts", p.Address, "passkeys"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Name, yesNo(v.Synced), when(&v.Created), used(v.Used)})
		}
		c.table("NAME SYNCED CREATED USED", rows)
	})
}

type passkeyRemove struct{ namedCredential }

func (p *passkeyRemove) Run(c *command) error { return p.remove(c, "passkeys") }

// providerCommands are about accounts at identity providers.
type providerCommands struct {
	Add    providerAdd    `cmd:"" help:"Link an account with one at an identity provider, by its subject."`
	List   providerList   `cmd:"" help:"List the accounts at identity providers with which an account signs in."`
	Remove providerRemove `cmd:"" help:"End a link; what was opened by it ends."`
}

type providerAdd struct {
	Address  string `arg:""`
	Provider string `arg:"" help:"Its name in the configuration."`
	Subject  string `arg:"" help:"What the provider calls the account: the claim sub."`
}

func (p *providerAdd) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, path("accounts", p.Address, "providers"), adminwire.NewProviderAccount{Provider: p.Provider, Subject: p.Subject}, nil),
		"%s signs in at %s", p.Address, p.Provider)
}

type providerList struct {
	Address string `arg:""`
}

func (p *providerList) Run(c *command) error {
	list, err := fetch[[]adminwire.ProviderAccount](c, path("accounts", p.Address, "providers"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Provider, v.Subject, v.Email, when(&v.Created), used(v.Used)})
		}
		c.table("PROVIDER SUBJECT EMAIL CREATED USED", rows)
	})
}

type providerRemove struct {
	Address  string `arg:""`
	Provider string `arg:""`
}

func (p *providerRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("accounts", p.Address, "providers", p.Provider)), "removed %s", p.Provider)
}
