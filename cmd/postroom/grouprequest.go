package main

import (
	"strconv"

	"postroom/internal/adminwire"
)

type groupSubscribe struct {
	groupArg
	Address string `arg:"" optional:"" help:"Who; your own address if not given."`
}

func (g *groupSubscribe) Run(c *command) error { return c.ask(g.Group, "subscribe", g.Address) }

type groupUnsubscribe struct {
	groupArg
	Address string `arg:"" optional:"" help:"Who; your own address if not given."`
}

func (g *groupUnsubscribe) Run(c *command) error { return c.ask(g.Group, "unsubscribe", g.Address) }

// ask is what both do.
func (c *command) ask(group, act, address string) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var r adminwire.GroupRequest
	if err := client.Post(c.ctx, path("groups", group, act), adminwire.Asker{Address: address}, &r); err != nil {
		return err
	}
	return c.answer(r, func() {
		switch {
		case r.State == "waiting":
			c.printf("request %d waits for the owners of %s\n", r.ID, group)
		case act == "subscribe":
			c.printf("%s is a member of %s\n", r.Address, group)
		default:
			c.printf("%s is no longer a member of %s\n", r.Address, group)
		}
	})
}

type requestCommands struct {
	List    requestList    `cmd:"" help:"List them."`
	Approve requestApprove `cmd:"" help:"Approve a request."`
	Refuse  requestRefuse  `cmd:"" help:"Refuse a request."`
}

type requestList struct {
	Group string `arg:"" optional:"" help:"Only of this group."`
}

func (r *requestList) Run(c *command) error {
	list, err := fetch[[]adminwire.GroupRequest](c, path("group-requests")+query("group", r.Group))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, v := range list {
			rows = append(rows, []string{strconv.FormatInt(v.ID, 10), v.Group, v.Act, v.Address, when(v.Created), when(v.Expires)})
		}
		c.table("ID GROUP ACT ADDRESS SINCE UNTIL", rows)
	})
}

type requestArg struct {
	ID int64 `arg:"" help:"Number of the request."`
}

type requestApprove struct{ requestArg }

func (r *requestApprove) Run(c *command) error { return c.decide(r.ID, "approve", "approved") }

type requestRefuse struct{ requestArg }

func (r *requestRefuse) Run(c *command) error { return c.decide(r.ID, "refuse", "refused") }

func (c *command) decide(id int64, word, done string) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var r adminwire.GroupRequest
	if err := client.Post(c.ctx, path("group-requests", strconv.FormatInt(id, 10), word), nil, &r); err != nil {
		return err
	}
	return c.answer(r, func() { c.printf("%s: %s of %s to %s\n", done, r.Act, r.Address, r.Group) })
}
