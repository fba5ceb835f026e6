package main

import (
	"strings"

	"postroom/internal/adminwire"
)

type shareCommands struct {
	Give    shareCommand `cmd:"" default:"withargs" help:"Share a whole mailbox: share TARGET --with GRANTEE --preset P."`
	List    shareList    `cmd:"" help:"List what is shared with a person, or by one."`
	Accept  shareAccept  `cmd:"" help:"Accept a share for a person, by a name of their own if they like."`
	Decline shareDecline `cmd:"" help:"Decline a share for a person, or put one away; the rights stay."`
}

type shareList struct {
	With      string `help:"What is shared with this account." placeholder:"ADDRESS"`
	OfferedBy string `help:"What this account has given to others." placeholder:"ADDRESS"`
	Pending   bool   `help:"Only what is not answered." xor:"state"`
	Accepted  bool   `help:"Only what is accepted." xor:"state"`
	Declined  bool   `help:"Only what is declined." xor:"state"`
}

func (s *shareList) Run(c *command) error {
	if (s.With == "") == (s.OfferedBy == "") {
		return usagef("one of --with and --offered-by is needed")
	}
	state := ""
	for word, on := range map[string]bool{"pending": s.Pending, "accepted": s.Accepted, "declined": s.Declined} {
		if on {
			state = word
		}
	}
	list, err := fetch[[]adminwire.ShareEntry](c, path("shares")+query("with", s.With, "offered_by", s.OfferedBy, "state", state))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, e := range list {
			rows = append(rows, []string{e.Account + ":" + e.Path, e.With, e.State, e.Mode, or(e.Rights, "none"), e.Role,
				or(when(e.Until), "-"), e.By, or(strings.Join(e.Via, ","), "-"), or(e.Name, "-")})
		}
		c.table("TARGET WITH STATE MOUNT RIGHTS ROLE UNTIL BY VIA NAME", rows)
	})
}

type shareAnswerArg struct {
	Target string `arg:"" help:"ADDRESS for a whole mailbox, or ADDRESS:/folder."`
	As     string `name:"for" required:"" help:"The person who answers." placeholder:"ADDRESS"`
	Quiet  bool   `help:"Send no notice to who offered it."`
}

func (s *shareAnswerArg) answer(c *command, word, name, done string) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	err = client.Put(c.ctx, path("shares", "answer"), adminwire.ShareAnswer{As: s.As, Target: s.Target, Answer: word,
		Name: name, Quiet: s.Quiet}, nil)
	return c.done(err, "%s has %s %s", s.As, done, s.Target)
}

type shareAccept struct {
	shareAnswerArg
	Name string `help:"What the person calls it: a path in their own mailbox." placeholder:"/NAME"`
}

func (s *shareAccept) Run(c *command) error { return s.answer(c, "accept", s.Name, "accepted") }

type shareDecline struct{ shareAnswerArg }

func (s *shareDecline) Run(c *command) error { return s.answer(c, "decline", "", "declined") }
