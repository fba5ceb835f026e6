package main

import (
	"sort"
	"strconv"
	"strings"
	"time"

	"postroom/internal/adminwire"
)

type auditCommands struct {
	List    auditList    `cmd:"" help:"List records."`
	Export  auditExport  `cmd:"" help:"Write all records: one JSON object a line, or CSV."`
	Message auditMessage `cmd:"" help:"Say who read, flagged, moved, deleted and sent a message."`
	Verify  auditVerify  `cmd:"" help:"Recompute the chain: no record was changed or removed."`
}

type auditFilter struct {
	Target string    `help:"Acts on this account."`
	Actor  string    `help:"Acts of this address; console for the commands."`
	Action string    `help:"A name, or a prefix that ends in a dot: grant."`
	From   time.Time `help:"Not before this time (RFC 3339)."`
	To     time.Time `help:"Before this time (RFC 3339)."`
}

func (f *auditFilter) page(c *command, after int64, n int, more ...string) ([]adminwire.AuditRecord, error) {
	return fetch[[]adminwire.AuditRecord](c, path("audit")+query(append(more, "target", f.Target, "actor", f.Actor, "action", f.Action,
		"from", when(&f.From), "to", when(&f.To), "after", strconv.FormatInt(after, 10), "max", strconv.Itoa(n))...))
}

type auditList struct {
	auditFilter
	After int64 `help:"The first records behind this number; without it the latest are shown."`
	Max   int   `default:"100" help:"How many at most."`
}

func (a *auditList) Run(c *command) error {
	list, err := a.page(c, a.After, a.Max, "latest", strconv.FormatBool(a.After == 0))
	if err != nil {
		return err
	}
	return c.answer(list, func() {
		var rows [][]string
		for _, r := range list {
			rows = append(rows, []string{strconv.FormatInt(r.Seq, 10), when(&r.At), r.Actor, r.Protocol, or(r.Action, "(erased)"),
				or(r.Target+suffix(":", r.Collection), "-"), details(r.Details)})
		}
		c.table("SEQ TIME ACTOR THROUGH ACTION TARGET DETAILS", rows)
	})
}

func suffix(sign, text string) string {
	if text == "" {
		return ""
	}
	return sign + text
}

func details(m map[string]string) string {
	var words []string
	for k, v := range m {
		words = append(words, k+"="+oneLine(v))
	}
	sort.Strings(words)
	return strings.Join(words, " ")
}
