package main

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/adminwire"
)

type adminCommands struct {
	List   adminList   `cmd:"" help:"List the administrators with their abilities."`
	Add    adminAdd    `cmd:"" help:"Make a person an administrator."`
	Set    adminSet    `cmd:"" help:"Give an administrator other abilities."`
	Remove adminRemove `cmd:"" help:"Make somebody no administrator any more."`
}

type adminList struct{}

func (adminList) Run(c *command) error {
	list, err := fetch[[]adminwire.Administrator](c, path("administrators"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, a := range list {
			rows = append(rows, []string{a.Address, a.Scope, abilityWords(a.Abilities), a.Organisation})
		}
		c.table("ADDRESS SCOPE ABILITIES ORGANISATION", rows)
	})
}

// abilityWords is the name of a preset, or the abilities one by one.
func abilityWords(names []string) string {
	for preset, set := range map[string]postroom.Abilities{"help-desk": postroom.HelpDeskAbilities,
		"usual": postroom.UsualAbilities, "all": postroom.AllAbilities} {
		if slices.Equal(names, set.Names()) {
			return preset
		}
	}
	return strings.Join(names, ",")
}

// adminSpec is which administrator somebody becomes.
type adminSpec struct {
	Address string   `arg:""`
	Scope   string   `enum:"org,server" default:"org" help:"org: its own organisation; server: every one."`
	Ability []string `help:"What they may do: names, or help-desk, usual, all. The default is usual for an organisation and all for the server." placeholder:"ABILITY"`
}

func (a *adminSpec) put(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	change := adminwire.AdministratorChange{Scope: a.Scope, Abilities: a.Ability}
	var made adminwire.Administrator
	if err := client.Put(c.ctx, path("administrators", a.Address), change, &made); err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("%s administers %s: %s\n", made.Address, made.Scope, abilityWords(made.Abilities)) })
}

type adminAdd struct{ adminSpec }

// Run refuses who is an administrator already, so that nobody loses abilities
// by a command that says add.
func (a *adminAdd) Run(c *command) error {
	v, err := fetch[adminwire.Account](c, path("accounts", a.Address))
	if err != nil {
		return err
	}
	if v.Admin != "none" {
		return postroom.Errorf(postroom.Exists, "%s is an administrator already: use admin set", v.Address)
	}
	return a.put(c)
}

type adminSet struct{ adminSpec }

func (a *adminSet) Run(c *command) error { return a.put(c) }

type adminRemove struct {
	Address string `arg:""`
}

func (a *adminRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, path("administrators", a.Address)), "%s is no administrator any more", a.Address)
}
