package main

import (
	"strings"

	"postroom/internal/adminwire"
)

type accessCommands struct {
	Check      accessCheck      `cmd:"" help:"Print ALLOWED (status 0) or DENIED (status 3)."`
	Explain    accessExplain    `cmd:"" help:"Say why somebody may, or may not, do something."`
	Who        accessWho        `cmd:"" help:"Everybody with access to an account."`
	What       accessWhat       `cmd:"" help:"Everything somebody has access to."`
	BreakGlass accessBreakGlass `cmd:"" help:"Let an administrator read a mailbox in an emergency; its owner is told at once."`
	Simulate   accessSimulate   `cmd:"" help:"Say who would gain and lose what by a command, and do nothing: simulate -- group add …."`
}

// accessTime is when the answer is to hold.
type accessTime struct {
	At atFlag `help:"As it was then: an RFC 3339 time, a date (its end), 3d for three days ago." placeholder:"TIME"`
}

type accessQuestion struct {
	accessTime
	User   string `arg:"" help:"Who."`
	Target string `arg:"" help:"ADDRESS or ADDRESS:/folder."`
	Action string `arg:"" help:"A right's letter or name, or sendAs, sendOnBehalfOf, sendTo, own."`
}

func (q *accessQuestion) ask(c *command) (adminwire.Access, error) {
	return fetch[adminwire.Access](c, path("access", "explain")+query("user", q.User, "target", q.Target, "action", q.Action, "at", q.At.text()))
}

type accessCheck struct{ accessQuestion }

func (a *accessCheck) Run(c *command) error {
	v, err := a.ask(c)
	if err != nil {
		return err
	}
	word := "DENIED"
	if v.Allowed {
		word = "ALLOWED"
	}
	if err := c.answer(map[string]bool{"allowed": v.Allowed}, func() { c.printf("%s\n", word) }); err != nil {
		return err
	}
	if !v.Allowed {
		return exit(exitDenied)
	}
	return nil
}

type accessExplain struct{ accessQuestion }

func (a *accessExplain) Run(c *command) error {
	v, err := a.ask(c)
	if err != nil {
		return err
	}
	return c.answer(v, func() { c.printf("%s\n", strings.TrimRight(v.Text, "\n")) })
}

type accessWho struct {
	accessTime
	Target string `arg:""`
}

func (a *accessWho) Run(c *command) error {
	list, err := fetch[[]adminwire.Holder](c, path("access", "who")+query("target", a.Target, "at", a.At.text()))
	if err != nil {
		return err
	}
	return c.holders(list)
}

type accessWhat struct {
	accessTime
	User string `arg:""`
}

func (a *accessWhat) Run(c *command) error {
	list, err := fetch[[]adminwire.Holder](c, path("access", "what")+query("user", a.User, "at", a.At.text()))
	if err != nil {
		return err
	}
	return c.holders(list)
}

type accessBreakGlass struct {
	Target string     `arg:"" help:"Account whose mailbox is read."`
	With   string     `help:"Who reads; by default who asks." placeholder:"ADMIN"`
	Until  *untilFlag `required:"" help:"When it ends: a time, a date (its end) or a duration such as 4h." placeholder:"T"`
	Reason string     `required:"" help:"Why. The owner and the other administrators are told." placeholder:"TEXT"`
}

func (a *accessBreakGlass) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	until := a.Until.pointer()
	err = client.Post(c.ctx, path("access", "break-glass"),
		adminwire.BreakGlass{Target: a.Target, With: a.With, Until: *until, Reason: a.Reason}, nil)
	return c.done(err, "%s can be read until %s; its owner and the other administrators are told", a.Target,
		until.UTC().Format("2006-01-02 15:04 MST"))
}

func (c *command) holders(list []adminwire.Holder) error {
	return c.answer(list, func() {
		var rows [][]string
		for _, h := range list {
			rows = append(rows, []string{h.Address, or(h.Collection, "-"), or(h.Rights, "-"), or(strings.Join(h.Send, ","), "-"), strings.Join(h.Via, "; ")})
		}
		c.table("ACCOUNT FOLDER RIGHTS SEND VIA", rows)
	})
}
