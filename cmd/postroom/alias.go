package main

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
)

type aliasCommands struct {
	Create aliasCreate `cmd:"" help:"Add an alias to an account or group."`
	List   aliasList   `cmd:"" help:"List the aliases of an account or group."`
	Show   aliasShow   `cmd:"" help:"Show an alias."`
	Set    aliasSet    `cmd:"" help:"Say whether those who may send as the target may use the alias."`
	Delete aliasDelete `cmd:"" help:"Delete an alias."`
}

type aliasCreate struct {
	Address   string `arg:""`
	Target    string `arg:"" help:"Account or group."`
	Delegable bool   `help:"Those who may send as the target may use it."`
}

func (a *aliasCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var made adminwire.Alias
	err = client.Post(c.ctx, path("aliases"), adminwire.Alias{Address: a.Address, Target: a.Target, Delegable: a.Delegable}, &made)
	if err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("%s is an alias of %s\n", made.Address, made.Target) })
}

type aliasList struct {
	Target string `arg:"" help:"Account or group."`
}

func (a *aliasList) Run(c *command) error {
	list, err := fetch[[]adminwire.Alias](c, path("aliases")+query("target", a.Target))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Address, v.Target, yesNo(v.Delegable)})
		}
		c.table("ADDRESS TARGET DELEGABLE", rows)
	})
}

// findAlias finds what an address is an alias of.
func (c *command) findAlias(address string) (adminwire.Alias, error) {
	e, err := fetch[adminwire.Entry](c, path("entries", address))
	if err != nil {
		return adminwire.Alias{}, err
	}
	var list []adminwire.Alias
	switch {
	case e.Account != nil:
		list = e.Account.Aliases
	case e.Group != nil:
		list = e.Group.Aliases
	}
	for _, a := range list {
		if strings.EqualFold(a.Address, address) {
			return a, nil
		}
	}
	return adminwire.Alias{}, postroom.Errorf(postroom.Invalid, "%s is the primary address of a %s, not an alias", address, e.Type)
}

type aliasShow struct {
	Address string `arg:""`
}

func (a *aliasShow) Run(c *command) error {
	v, err := c.findAlias(a.Address)
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("address", v.Address, "target", v.Target, "delegable", yesNo(v.Delegable))
	})
}

type aliasSet struct {
	Address   string `arg:""`
	Delegable *bool  `required:"" negatable:"" help:"Those who may send as the target may use it."`
}

func (a *aliasSet) Run(c *command) error {
	v, err := c.findAlias(a.Address)
	if err != nil {
		return err
	}
	now, err := fetch[adminwire.Delegable](c, path("delegable")+query("target", v.Target))
	if err != nil {
		return err
	}
	was := append([]string{}, now.Addresses...) // not nil, which would be no condition
	now.Was = &was
	now.Addresses = slices.DeleteFunc(now.Addresses, func(o string) bool { return o == v.Address })
	if *a.Delegable {
		now.Addresses = append(now.Addresses, v.Address)
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Put(c.ctx, path("delegable"), now, nil), "changed %s", v.Address)
}

type aliasDelete struct {
	Address string `arg:""`
}

func (a *aliasDelete) Run(c *command) error { return c.remove("aliases", a.Address) }
