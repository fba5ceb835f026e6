package main

import (
	"strconv"

	"postroom/internal/adminwire"
)

type queueCommands struct {
	List   queueList   `cmd:"" help:"List the queued messages."`
	Show   queueShow   `cmd:"" help:"Show a queued message."`
	Retry  queueRetry  `cmd:"" help:"Try a message now."`
	Delete queueDelete `cmd:"" help:"Delete a message without a report."`
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
					r.Address, r.State, strconv.Itoa(r.Attempts), or(when(r.Next), "-"), or(r.Reply, "-")})
			}
		}
		c.table("ID QUEUED SIZE SENDER RECIPIENT STATE ATTEMPTS NEXT REPLY", rows)
	})
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
			rows = append(rows, []string{r.Address, r.State, strconv.Itoa(r.Attempts), or(when(r.Next), "-"), or(r.Remote, "-"), or(r.Reply, "-")})
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

type queueDelete struct{ queueID }

func (q *queueDelete) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	return c.done(client.Delete(c.ctx, q.path()), "deleted %d", q.ID)
}
