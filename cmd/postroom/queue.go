package main

import (
	"strconv"

	"postroom/internal/adminwire"
)

type queueCommands struct {
	List    queueList    `cmd:"" help:"List the queued messages."`
	Show    queueShow    `cmd:"" help:"Show a queued message."`
	Retry   queueRetry   `cmd:"" help:"Try a message now."`
	Hold    queueHold    `cmd:"" help:"Keep a message until it is released."`
	Release queueRelease `cmd:"" help:"Let a message go that is on hold."`
	Delete  queueDelete  `cmd:"" help:"Delete a message without a report."`
}

type queueID struct {
	ID int64 `arg:""`
}

func (q queueID) path(more ...string) string {
	return path(append([]string{"queue", strconv.FormatInt(q.ID, 10)}, more...)...)
}

type queueList struct{}

func (queueList) Run(c *command) error {
	list, err := fetch[[]adminwire.Queued](c, path("queue"))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, m := range list {
			for _, r := range m.Recipients {
				rows = append(rows, []string{strconv.FormatInt(m.ID, 10), when(&m.Queued), size(m.Size), or(m.Sender, "<>"),
					r.Address, state(m, r), strconv.Itoa(r.Attempts), or(when(r.Next), "-"), or(r.Reply, "-")})
			}
		}
		c.table("ID QUEUED SIZE SENDER RECIPIENT STATE ATTEMPTS NEXT REPLY", rows)
	})
}

// state of a recipient in a word.
func state(m adminwire.Queued, r adminwire.QueuedRecipient) string {
	if m.Hold && r.State == "waiting" {
		return "hold"
	}
	return r.State
}

type queueShow struct{ queueID }

func (q *queueShow) Run(c *command) error {
	m, err := fetch[adminwire.Queued](c, q.path())
	if err != nil {
		return err
	}
	return c.answer(m, func() {
		c.fields("id", strconv.FormatInt(m.ID, 10), "sender", or(m.Sender, "<>"), "size", size(m.Size), "queued", when(&m.Queued))
		var rows [][]string
		for _, r := range m.Recipients {
			rows = append(rows, []string{r.Address, state(m, r), strconv.Itoa(r.Attempts), or(when(r.Next), "-"), or(r.Remote, "-"), or(r.Reply, "-")})
		}
		c.table("RECIPIENT STATE ATTEMPTS NEXT HOST REPLY", rows)
	})
}

type queueRetry struct{ queueID }

func (q *queueRetry) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, q.path("retry"), nil, nil), "%d will be tried now", q.ID)
}

type queueHold struct{ queueID }

func (q *queueHold) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, q.path("hold"), nil, nil), "%d is on hold", q.ID)
}

type queueRelease struct{ queueID }

func (q *queueRelease) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Post(c.ctx, q.path("release"), nil, nil), "%d is released", q.ID)
}

type queueDelete struct{ queueID }

func (q *queueDelete) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, q.path()), "deleted %d", q.ID)
}
