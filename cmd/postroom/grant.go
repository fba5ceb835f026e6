package main

import (
	"strings"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
)

type shareCommand struct {
	Target string     `arg:"" help:"Account whose mailbox is shared."`
	With   string     `required:"" help:"Who gets it: an account or group, domain:D, plan:P, org, all." placeholder:"GRANTEE"`
	Preset string     `required:"" enum:"read,full,full+send,send" help:"read, full, full+send or send."`
	Until  *untilFlag `help:"When it ends: a time, a date (its end) or a duration such as 30d." placeholder:"T"`
	Mount  string     `enum:"automount,offer" default:"automount" help:"automount or offer."`
	Quiet  bool       `help:"Send no notice."`
}

func (s *shareCommand) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, path("shares"), adminwire.Share{Target: s.Target, Grantee: s.With, Preset: s.Preset,
		Mount: s.Mount, Until: s.Until.pointer(), Quiet: s.Quiet}, nil)
	return c.done(err, "%s has %s on %s", s.With, s.Preset, s.Target)
}

type unshareCommand struct {
	Target string `arg:""`
	With   string `required:"" help:"Whose share ends." placeholder:"GRANTEE"`
	Quiet  bool   `help:"Send no notice."`
}

func (s *unshareCommand) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Delete(c.ctx, path("shares")+query("target", s.Target, "grantee", s.With, "quiet", ifTrue(s.Quiet)))
	return c.done(err, "%s has nothing on %s", s.With, s.Target)
}

type grantCommands struct {
	Add    grantAdd    `cmd:"" help:"Give rights on a mailbox or folder, or replace those given before."`
	Remove grantRemove `cmd:"" help:"Take a grant back."`
	List   grantList   `cmd:"" help:"List grants."`
}

type grantAdd struct {
	Target   string     `arg:"" help:"ADDRESS or ADDRESS:/folder."`
	Grantee  string     `arg:"" help:"An account or group, domain:D, plan:P, org, all, public, guest:ADDRESS."`
	Rights   string     `arg:"" help:"Letters (rwidxa), long names, a role (viewer, reviewer, author, editor, manager, admin) or none."`
	Until    *untilFlag `help:"When it ends: a time, a date (its end) or a duration such as 30d." placeholder:"T"`
	Mount    string     `enum:",automount,offer" default:"" help:"automount or offer."`
	Negative bool       `help:"Take these rights away instead."`
	Quiet    bool       `help:"Send no notice."`
}

func (g *grantAdd) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, path("grants"), adminwire.NewGrant{Target: g.Target, Grantee: g.Grantee, Rights: g.Rights,
		Negative: g.Negative, Mode: g.Mount, Until: g.Until.pointer(), Quiet: g.Quiet}, nil)
	return c.done(err, "%s has %s on %s", g.Grantee, g.Rights, g.Target)
}

type grantRemove struct {
	Target   string `arg:"" help:"ADDRESS or ADDRESS:/folder."`
	Grantee  string `arg:""`
	Rights   string `arg:"" optional:"" help:"What the grant must be; if it is something else, nothing is taken back."`
	Negative bool   `help:"The negative entry."`
	Quiet    bool   `help:"Send no notice."`
}

func (g *grantRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	if err := g.match(c); err != nil {
		return err
	}
	err = client.Delete(c.ctx, path("grants")+query("target", g.Target, "grantee", g.Grantee, "negative", ifTrue(g.Negative), "quiet", ifTrue(g.Quiet)))
	return c.done(err, "%s has no grant on %s", g.Grantee, g.Target)
}

// match refuses when the grant is not the one that was described.
func (g *grantRemove) match(c *command) error {
	if g.Rights == "" {
		return nil
	}
	want, err := rights.Parse(g.Rights)
	if err != nil {
		return err
	}
	list, err := fetch[[]adminwire.Grant](c, path("grants")+query("target", g.Target, "only", "true"))
	if err != nil {
		return err
	}
	for _, e := range list {
		if strings.EqualFold(e.Grantee.Word(), g.Grantee) && e.Negative == g.Negative && e.Rights != rights.Zimbra(want) {
			return postroom.Errorf(postroom.Invalid, "%s has %s on %s, not %s", g.Grantee, e.Rights, g.Target, g.Rights)
		}
	}
	return nil
}

type grantList struct {
	Target  string `arg:"" optional:"" help:"ADDRESS for all of an account, ADDRESS:/folder for one folder."`
	Grantee string `help:"What this grantee was given, instead of a target."`
}

func (g *grantList) Run(c *command) error {
	if g.Target == "" && g.Grantee == "" {
		return usagef("a target or --grantee is needed")
	}
	list, err := fetch[[]adminwire.Grant](c, path("grants")+query("target", g.Target, "grantee", g.Grantee))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, e := range list {
			shown := e.Rights
			if shown == "" {
				shown = "none"
			}
			if e.Negative {
				shown = "-" + shown
			}
			by := e.By
			if e.Reason != "" {
				by += ", break-glass: " + e.Reason
			}
			rows = append(rows, []string{e.Account + ":" + e.Path, e.Grantee.Word(), shown, e.Role, e.Mode, or(when(e.Until), "-"), by})
		}
		c.table("TARGET GRANTEE RIGHTS ROLE MOUNT UNTIL BY", rows)
	})
}

// ifTrue is a switch as query leaves it out when it is off.
func ifTrue(on bool) string {
	if on {
		return "true"
	}
	return ""
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

type sendRightCommands struct {
	Add    sendRightAdd    `cmd:"" help:"Give a send right, or replace the entry given before."`
	Remove sendRightRemove `cmd:"" help:"Take a send right back."`
	List   sendRightList   `cmd:"" help:"List send rights."`
}

type sendRightArg struct {
	Target  string `arg:"" help:"Account or group."`
	Grantee string `arg:"" help:"An account or group, domain:D, plan:P, org, all."`
	Right   string `arg:"" enum:"sendAs,sendOnBehalfOf,sendTo,own" help:"sendAs, sendOnBehalfOf, sendTo or own."`
	Deny    bool   `help:"The entry that denies."`
	Quiet   bool   `help:"Send no notice."`
}

type sendRightAdd struct {
	sendRightArg
	Address         []string   `help:"Further address of the target that this grantee may use." placeholder:"A"`
	DropAddress     []string   `help:"Address of the target that this grantee may not use." placeholder:"A"`
	DisplayedSender string     `enum:"inherit,hide,show" default:"inherit" help:"Whether recipients see this grantee: inherit, hide, show."`
	Until           *untilFlag `help:"When it ends." placeholder:"T"`
}

func (s *sendRightAdd) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, path("send-rights"), adminwire.NewSendRight{Target: s.Target, Grantee: s.Grantee, Right: s.Right,
		Deny: s.Deny, DisplayedSender: s.DisplayedSender, AddAddresses: s.Address, DropAddresses: s.DropAddress,
		Until: s.Until.pointer(), Quiet: s.Quiet}, nil)
	word := "has"
	if s.Deny {
		word = "is denied"
	}
	return c.done(err, "%s %s %s on %s", s.Grantee, word, s.Right, s.Target)
}

type sendRightRemove struct{ sendRightArg }

func (s *sendRightRemove) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Delete(c.ctx, path("send-rights")+query("target", s.Target, "grantee", s.Grantee, "right", s.Right,
		"deny", ifTrue(s.Deny), "quiet", ifTrue(s.Quiet)))
	return c.done(err, "%s has no entry for %s on %s", s.Grantee, s.Right, s.Target)
}

type sendRightList struct {
	Target  string `arg:"" optional:"" help:"Account or group; all when not given."`
	Grantee string `help:"What this grantee was given, instead of a target."`
}

func (s *sendRightList) Run(c *command) error {
	list, err := fetch[[]adminwire.SendRight](c, path("send-rights")+query("target", s.Target, "grantee", s.Grantee))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, e := range list {
			right := e.Right
			if e.Deny {
				right = "-" + right
			}
			rows = append(rows, []string{e.Target, e.Grantee.Word(), right, e.DisplayedSender,
				or(strings.Join(e.AddAddresses, ","), "-"), or(strings.Join(e.DropAddresses, ","), "-"), or(when(e.Until), "-"), e.By})
		}
		c.table("TARGET GRANTEE RIGHT DISPLAYED-SENDER ADDRESSES WITHOUT UNTIL BY", rows)
	})
}
