package main

import (
	"slices"
	"sort"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
)

type identityCommands struct {
	Create identityCreate `cmd:"" help:"Create an identity."`
	List   identityList   `cmd:"" help:"List the identities of an account."`
	Show   identityShow   `cmd:"" help:"Show an identity."`
	Set    identitySet    `cmd:"" help:"Change an identity."`
	Delete identityDelete `cmd:"" help:"Delete an identity."`
}

type identityArg struct {
	Account  string `arg:"" help:"Whose identity."`
	Identity string `arg:"" help:"Name of the identity."`
}

type identityFlags struct {
	Address   *string `help:"Address in From; it gives no right and is checked at every send."`
	Display   *string `help:"Display name in From."`
	ReplyTo   *string `help:"Reply-To: addresses with commas between them."`
	Signature *string `help:"Signature, plain text."`

	SignatureHTML *string           `name:"signature-html" help:"Signature for messages in HTML."`
	Setting       map[string]string `help:"Further preferences by their Zimbra name; an empty value takes one away." placeholder:"NAME=VALUE"`
}

func (f identityFlags) change(name *string) adminwire.IdentityChange {
	return adminwire.IdentityChange{Name: name, Address: f.Address, Display: f.Display, ReplyTo: f.ReplyTo,
		Signature: f.Signature, SignatureHTML: f.SignatureHTML, Settings: f.Setting}
}

type identityCreate struct {
	identityArg
	identityFlags
}

func (i *identityCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Identity
	if err := client.Post(c.ctx, path("accounts", i.Account, "identities"), i.change(&i.Identity), &made); err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("created %s\n", made.Name) })
}

type identityList struct {
	Account string `arg:""`
	In      string `help:"Mailbox or group one is in: its identities first, the default From before all." placeholder:"TARGET"`
}

func (i *identityList) Run(c *command) error {
	list, err := fetch[[]adminwire.Identity](c, path("accounts", i.Account, "identities")+query("in", i.In))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		heading := "NAME ADDRESS AUTOMATIC DISPLAY"
		unusable := slices.ContainsFunc(list, func(v adminwire.Identity) bool { return v.Unusable != "" })
		if unusable {
			heading += " UNUSABLE"
		}
		var rows [][]string
		for _, v := range list {
			row := []string{v.Name, v.Address, yesNo(v.Automatic), v.Display}
			if unusable {
				row = append(row, v.Unusable)
			}
			rows = append(rows, row)
		}
		c.table(heading, rows)
	})
}

type identityShow struct{ identityArg }

func (i *identityShow) Run(c *command) error {
	list, err := fetch[[]adminwire.Identity](c, path("accounts", i.Account, "identities"))
	if err != nil {
		return err
	}
	for _, v := range list {
		if !strings.EqualFold(v.Name, i.Identity) && v.UUID != i.Identity {
			continue
		}
		return c.answer(v, func() {
			c.fields("name", v.Name, "id", v.UUID, "address", v.Address, "display", v.Display, "reply to", v.ReplyTo,
				"signature", oneLine(v.Signature), "signature html", oneLine(v.SignatureHTML), "automatic", yesNo(v.Automatic),
				"unusable", v.Unusable)
			c.settings(v.Settings)
		})
	}
	return postroom.Errorf(postroom.NotFound, "no identity %s of %s", i.Identity, i.Account)
}

// settings prints preferences by name.
func (c *command) settings(settings map[string]string) {
	var pairs []string
	for name := range settings {
		pairs = append(pairs, name)
	}
	sort.Strings(pairs)
	for _, name := range pairs {
		c.fields(name, oneLine(settings[name]))
	}
}

type identitySet struct {
	identityArg
	NewName *string `help:"New name."`
	identityFlags
}

func (i *identitySet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Patch(c.ctx, path("accounts", i.Account, "identities", i.Identity), i.change(i.NewName), nil)
	return c.done(err, "changed %s", i.Identity)
}

type identityDelete struct{ identityArg }

func (i *identityDelete) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("accounts", i.Account, "identities", i.Identity)), "deleted %s", i.Identity)
}
