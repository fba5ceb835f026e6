package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"postroom/internal/adminwire"
	"postroom/internal/rights"
)

type accessSimulate struct {
	Command []string `arg:"" passthrough:"" help:"A grant, send-right, share, unshare, group, account or out-of-office command, after --."`
}

// simulable are the commands that change rights.
var simulable = []string{"grant", "send-right", "share", "unshare", "group", "account", "out-of-office"}

// Run runs the command as it is typed, with a client that only tries.
func (a *accessSimulate) Run(c *command) error {
	words := a.Command
	if words[0] == "--" {
		words = words[1:]
	}
	if len(words) == 0 || !slices.Contains(simulable, words[0]) {
		return usagef("what shall be simulated? Give a %s command after --", strings.Join(simulable, ", "))
	}
	var flags commands
	code := -1
	parser, err := grammar(&flags, c.out, c.err, func(n int) { code = n })
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(words)
	if code >= 0 { // --help
		return nil
	}
	if err != nil {
		return wrongUsage{err.Error()}
	}
	client, err := c.server()
	if err != nil {
		return err
	}
	var told *adminwire.Simulation
	tried := &command{ctx: c.ctx, in: c.in, out: io.Discard, err: c.err, flags: &flags, interactive: c.interactive}
	tried.client = client.Simulating(func(s adminwire.Simulation) { told = both(told, s) })
	if err := parsed.Run(tried); err != nil {
		return err
	}
	if told == nil {
		return usagef("%s changes nothing", strings.Join(words, " "))
	}
	c.flags.JSON = c.flags.JSON || flags.JSON
	return c.answer(told, func() { c.simulation(told) })
}

// both adds up what the requests of one command would do.
func both(a *adminwire.Simulation, b adminwire.Simulation) *adminwire.Simulation {
	if a == nil {
		return &b
	}
	return &adminwire.Simulation{Changes: append(a.Changes, b.Changes...), Changed: a.Changed + b.Changed,
		Touched: a.Touched + b.Touched, Compared: a.Compared + b.Compared}
}

func (c *command) simulation(s *adminwire.Simulation) {
	if s.Changed == 0 {
		c.printf("nobody gains or loses anything\n")
	} else {
		rows := make([][]string, 0, len(s.Changes))
		for _, e := range s.Changes {
			target := e.Target
			if e.Collection != "" {
				target += ":" + e.Collection
			}
			rows = append(rows, []string{e.Person, target, shownRights(e.Gains), shownRights(e.Loses), or(why(e), "-")})
		}
		c.table("PERSON TARGET GAINS LOSES WHY", rows)
	}
	if len(s.Changes) < s.Changed {
		c.printf("and %d more: %d gains and losses in all\n", s.Changed-len(s.Changes), s.Changed)
	}
	if s.Compared < s.Touched {
		c.printf("only the first %d of %d persons and targets were compared\n", s.Compared, s.Touched)
	}
}

// shownRights are letters where letters say all there is, else names.
func shownRights(r adminwire.AccessRights) string {
	var words []string
	if letters, err := rights.ParseZimbra(r.Rights); err == nil && slices.Equal(rights.ZimbraNames(letters), r.Names) {
		words = append(words, r.Rights)
	} else if len(r.Names) > 0 {
		words = append(words, strings.Join(r.Names, ","))
	}
	return or(strings.Join(append(words, r.Acts...), " "), "-")
}

func why(e adminwire.AccessChange) string {
	ways := slices.Clone(e.Via)
	for _, way := range e.Ended {
		ways = append(ways, fmt.Sprintf("ends: %s", way))
	}
	return strings.Join(ways, "; ")
}
