package main

import (
	"strconv"
	"strings"

	"postroom/internal/adminwire"
)

type auditMessage struct {
	Message string `arg:"" help:"A Message-ID, or ADDRESS:/folder followed by a UID."`
	UID     uint32 `arg:"" optional:"" name:"uid"`
}

func (a *auditMessage) Run(c *command) error {
	asked := []string{"id", a.Message}
	if a.UID != 0 {
		asked = []string{"mailbox", a.Message, "uid", strconv.FormatUint(uint64(a.UID), 10)}
	}
	trail, err := fetch[adminwire.MessageTrail](c, path("audit", "message")+query(asked...))
	if err != nil {
		return err
	}
	return c.answer(trail, func() { c.trail(trail) })
}

// acts are the words for what somebody did to a message.
var acts = map[string]string{"message.read": "read", "message.search": "searched", "message.flag": "flagged", "message.move": "moved",
	"message.copy": "copied", "message.append": "added", "message.delete": "deleted", "message.send": "sent"}

func (c *command) trail(t adminwire.MessageTrail) {
	for _, p := range t.Places {
		where := "is in"
		if p.Gone {
			where = "was in"
		}
		c.printf("%s %s:%s UID %d\n", where, p.Account, oneLine(p.Path), p.UID)
	}
	var rows [][]string
	for _, r := range t.Records {
		rows = append(rows, []string{when(&r.At), r.Actor, or(acts[r.Action], r.Action), actDetails(r),
			or(r.Details["through"], "-"), strings.TrimSpace(r.Protocol + " " + r.Remote + suffix(" ", r.Credential))})
	}
	c.table("TIME WHO DID WHAT THROUGH FROM", rows)
}

// actDetails tells what was done beyond the word for it.
func actDetails(r adminwire.AuditRecord) string {
	place := r.Target + suffix(":", r.Collection)
	switch r.Action {
	case "message.flag":
		return place + " " + r.Details["change"]
	case "message.move", "message.copy":
		return place + " to " + r.Details["to"]
	case "message.send":
		return "as " + r.Details["from"] + " to " + r.Details["to"]
	}
	return place
}
