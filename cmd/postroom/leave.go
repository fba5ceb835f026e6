package main

import (
	"fmt"
	"strings"

	"postroom/internal/adminwire"
)

type accountLeave struct {
	Address     string     `arg:""`
	ShareWith   string     `help:"Who gets the mailbox: a group or an account." placeholder:"GRANTEE"`
	Preset      string     `enum:"read,full,full+send,send" default:"full" help:"read, full, full+send or send."`
	Forward     []string   `help:"Where mail goes on to; a copy stays. May be given several times." placeholder:"ADDRESS"`
	OutOfOffice string     `help:"Text of the automatic reply." placeholder:"TEXT"`
	Until       *untilFlag `help:"When the share and the reply end." placeholder:"T"`
}

// Run does all of it or nothing, and lists what else hung on the person.
func (a *accountLeave) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	var held adminwire.Belongings
	in := adminwire.Leave{ShareWith: a.ShareWith, Preset: a.Preset, Forward: a.Forward, OutOfOffice: a.OutOfOffice, Until: a.Until.pointer()}
	if err := client.Post(c.ctx, path("accounts", a.Address, "leave"), in, &held); err != nil {
		return err
	}
	return c.answer(held, func() {
		c.printf("%s is locked: it receives, nobody signs in to it\n", held.Account)
		if a.ShareWith != "" {
			c.printf("%s has %s on it\n", a.ShareWith, a.Preset)
		}
		if len(a.Forward) > 0 {
			c.printf("mail goes on to %s\n", strings.Join(a.Forward, ", "))
		}
		if a.OutOfOffice != "" {
			c.printf("mail is answered\n")
		}
		c.belongings(&held)
	})
}

type accountBelongings struct {
	Address string `arg:""`
}

func (a *accountBelongings) Run(c *command) error {
	held, err := fetch[adminwire.Belongings](c, path("accounts", a.Address, "belongings"))
	if err != nil {
		return err
	}
	return c.answer(held, func() { c.belongings(&held) })
}

// belongings lists what hangs on a person, one thing a line.
func (c *command) belongings(b *adminwire.Belongings) {
	var rows [][]string
	add := func(what, name, detail string) { rows = append(rows, []string{what, name, or(detail, "-")}) }
	if b.Admin != "none" {
		add("administers", b.Admin, "")
	}
	for _, g := range b.Groups {
		add("group", g.Address, groupRole(g))
	}
	for _, h := range b.Given {
		add("gave", h.Account+":"+h.Path, h.Grantee+" "+shownGrant(h))
	}
	for _, h := range b.Received {
		add("has", h.Account+":"+h.Path, shownGrant(h))
	}
	for _, s := range b.SendGiven {
		add("gave", s.Target, s.Grantee+" "+shownSend(s))
	}
	for _, s := range b.SendReceived {
		add("has", s.Target, shownSend(s))
	}
	for _, part := range []struct {
		what  string
		names []string
	}{{"alias", b.Aliases}, {"identity", b.Identities}, {"app password", b.AppPasswords}, {"forward", b.Forwards}} {
		for _, name := range part.names {
			add(part.what, name, "")
		}
	}
	for _, id := range b.Queued {
		add("queued", fmt.Sprintf("message %d", id), "")
	}
	if len(rows) == 0 {
		c.printf("nothing else hangs on %s\n", b.Account)
		return
	}
	c.printf("what hangs on %s:\n", b.Account)
	c.table("WHAT NAME DETAIL", rows)
}

func groupRole(g adminwire.HeldGroup) string {
	var words []string
	if g.Member {
		words = append(words, "member")
	}
	switch {
	case g.Orphaned:
		words = append(words, "sole owner: give it another one")
	case g.Owner:
		words = append(words, "owner")
	}
	return strings.Join(words, ", ")
}

func shownGrant(h adminwire.HeldShare) string {
	shown := or(h.Rights, "none")
	if h.Negative {
		shown = "-" + shown
	}
	if h.Until != nil {
		shown += " until " + when(h.Until)
	}
	return shown
}

func shownSend(s adminwire.HeldSend) string {
	shown := s.Right
	if s.Deny {
		shown = "-" + shown
	}
	if s.Until != nil {
		shown += " until " + when(s.Until)
	}
	return shown
}
