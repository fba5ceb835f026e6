package main

import (
	"strings"

	"postroom/internal/adminwire"
)

type groupCommands struct {
	Create      groupCreate      `cmd:"" help:"Create a group."`
	List        groupList        `cmd:"" help:"List the groups."`
	Show        groupShow        `cmd:"" help:"Show a group with its members and owners."`
	Set         groupSet         `cmd:"" help:"Change a group."`
	Delete      groupDelete      `cmd:"" help:"Delete a group and its grants."`
	Add         groupAdd         `cmd:"" help:"Add members: all or none."`
	Remove      groupRemove      `cmd:"" help:"Remove members: all or none."`
	Owner       ownerCommands    `cmd:"" help:"Owners manage the group."`
	Subscribe   groupSubscribe   `cmd:"" help:"Ask to join a group for somebody, as its policy says."`
	Unsubscribe groupUnsubscribe `cmd:"" help:"Ask to leave a group for somebody, as its policy says."`
	Request     requestCommands  `cmd:"" help:"Requests to join or leave that wait for a decision."`
}

type groupFlags struct {
	Name            *string           `help:"Display name."`
	HideInGAL       *bool             `name:"hide-in-gal" negatable:"" help:"Keep it out of the address book."`
	NotifyMembers   *bool             `negatable:"" help:"Tell a new member of the group's shares."`
	Subscribe       string            `enum:",closed,open,approval" default:"" help:"Who may join: closed, open or approval."`
	Unsubscribe     string            `enum:",closed,open,approval" default:"" help:"Who may leave: closed, open or approval."`
	DisplayedSender string            `enum:",inherit,hide,show" default:"" help:"Whether recipients see who sent as the group."`
	Outsiders       *bool             `negatable:"" help:"Let people of other domains ask to join."`
	Filter          *string           `help:"The members are the accounts that match: (&(kind=person)(department=Sales)). Empty: by hand." placeholder:"FILTER"`
	Setting         map[string]string `help:"Further preferences by their Zimbra name; an empty value takes one away." placeholder:"NAME=VALUE"`
	Quiet           bool              `help:"Send no notice to those whom a filter takes or lets go."`
}

func (f groupFlags) change() adminwire.GroupChange {
	return adminwire.GroupChange{Name: f.Name, HideInGAL: f.HideInGAL, NotifyNewMembers: f.NotifyMembers,
		Subscribe: given(f.Subscribe), Unsubscribe: given(f.Unsubscribe),
		DisplayedSender: given(f.DisplayedSender), Outsiders: f.Outsiders, Filter: f.Filter, Settings: f.Setting, Quiet: f.Quiet}
}

type groupArg struct {
	Group string `arg:"" help:"Address of the group."`
}

type groupCreate struct {
	groupArg
	groupFlags
}

func (g *groupCreate) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	change := g.change()
	change.Address = &g.Group
	var made adminwire.Group
	if err := client.Post(c.ctx, path("groups"), change, &made); err != nil {
		return err
	}
	return c.answer(made, func() { c.printf("created %s\n", made.Address) })
}

type groupList struct {
	Domain string `arg:"" optional:"" help:"Only of this domain."`
}

func (g *groupList) Run(c *command) error {
	list, err := fetch[[]adminwire.Group](c, path("groups")+query("domain", g.Domain))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{v.Address, yesNo(v.HideInGAL), v.Name})
		}
		c.table("ADDRESS HIDDEN NAME", rows)
	})
}

type groupShow struct{ groupArg }

func (g *groupShow) Run(c *command) error {
	v, err := fetch[adminwire.Group](c, path("groups", g.Group))
	if err != nil {
		return err
	}
	return c.answer(v, func() {
		c.fields("address", v.Address, "name", v.Name, "id", v.UUID, "organisation", v.Organisation,
			"hide in GAL", yesNo(v.HideInGAL), "notify new members", yesNo(v.NotifyNewMembers),
			"subscribe", v.Subscribe, "unsubscribe", v.Unsubscribe, "displayed sender", v.DisplayedSender,
			"outsiders", yesNo(v.Outsiders), "filter", v.Filter,
			"aliases", aliasNames(v.Aliases), "owners", strings.Join(v.Owners, ", "),
			"members", strings.Join(v.Members, ", "), "created", when(&v.Created))
		c.settings(v.Settings)
	})
}

type groupSet struct {
	groupArg
	NewAddress string `help:"New address; members and rights stay."`
	groupFlags
}

func (g *groupSet) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	if err := client.Patch(c.ctx, path("groups", g.Group), g.change(), nil); err != nil {
		return err
	}
	if g.NewAddress != "" {
		if err := client.Put(c.ctx, path("groups", g.Group, "address"), adminwire.Address{Address: g.NewAddress}, nil); err != nil {
			return err
		}
	}
	return c.done(nil, "changed %s", g.Group)
}

type groupDelete struct {
	groupArg
	Quiet bool `help:"Send no notice to those who lose by it."`
}

func (g *groupDelete) Run(c *command) error { return c.removeQuietly("groups", g.Group, g.Quiet) }

type groupAdd struct {
	groupArg
	Members []string `arg:"" name:"member" help:"Accounts, groups or outside addresses."`
	Quiet   bool     `help:"Send new members no notice."`
}

func (g *groupAdd) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Post(c.ctx, path("groups", g.Group, "members"), adminwire.Members{Addresses: g.Members, Quiet: g.Quiet}, nil)
	return c.done(err, "added %s to %s", strings.Join(g.Members, ", "), g.Group)
}

type groupRemove struct {
	groupArg
	Members []string `arg:"" name:"member"`
	Quiet   bool     `help:"Send no notice to those who leave."`
}

func (g *groupRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Post(c.ctx, path("groups", g.Group, "members", "remove"), adminwire.Members{Addresses: g.Members, Quiet: g.Quiet}, nil)
	return c.done(err, "removed %s from %s", strings.Join(g.Members, ", "), g.Group)
}

type ownerCommands struct {
	Add    ownerAdd    `cmd:"" help:"Add owners."`
	Remove ownerRemove `cmd:"" help:"Remove owners."`
}

type ownerAdd struct {
	groupArg
	Addresses []string `arg:"" name:"address"`
}

func (o *ownerAdd) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	for _, a := range o.Addresses {
		if err := client.Put(c.ctx, path("send-rights"), adminwire.NewSendRight{Target: o.Group, Grantee: a, Right: "own"}, nil); err != nil {
			return err
		}
	}
	return c.done(nil, "%s owns %s", strings.Join(o.Addresses, ", "), o.Group)
}

type ownerRemove struct {
	groupArg
	Addresses []string `arg:"" name:"address"`
}

func (o *ownerRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	for _, a := range o.Addresses {
		if err := client.Delete(c.ctx, path("send-rights")+query("target", o.Group, "grantee", a, "right", "own")); err != nil {
			return err
		}
	}
	return c.done(nil, "%s no longer owns %s", strings.Join(o.Addresses, ", "), o.Group)
}
