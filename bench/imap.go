package main

import (
	"fmt"
	"strings"
	"time"
)

// The mailboxes of the IMAP rows.
const (
	letters = "letters" // of 10 KB each, no two alike
	large   = "large"   // copies of those
	other   = "other"   // where messages are moved to
)

// letterBytes is the size of a letter.
const letterBytes = 10_000

// contestant is a server with the prefix of a person's own mailboxes and that
// of mailboxes shared with them.
type contestant struct {
	*peer
	times map[string]*timing                       // by row and kind
	run   func(input string, args ...string) error // commands of Postroom
	jmap  map[string]*rawJMAP                      // connections, by kind of mailbox, once they are made
	index func() error                             // makes the index of texts of what was filled; may be nil
}

// kinds of mailboxes that each row is measured on.
var kinds = []string{"own", "shared"}

// prefix of the mailboxes of a kind; ok is false when the server has none.
func (c *contestant) prefix(kind string) (prefix string, ok bool) {
	if kind == "own" {
		return "", true
	}
	return c.shared, c.shared != ""
}

// timing is what one server took for one row: at first, and from then on.
type timing struct {
	first time.Duration
	rest  []time.Duration
}

// compareIMAP fills the same mailboxes of all servers and asks them the same.
func compareIMAP(s settings, table *report) error {
	all, err := startContestants(s)
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	table.note("IMAP rows: Dovecot with mail_fsync = always; Cyrus with its defaults, which sync less; %d letters of %d bytes, %d messages in the large mailbox",
		s.letters, letterBytes, s.mailbox)
	for _, c := range all {
		if err := c.fill(s, table); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	appendRows(s, table, all)
	for _, c := range all { // nothing is warm but the cache of the system
		c.halt()
		if err := c.start(); err != nil {
			return err
		}
	}
	for _, r := range imapRows(s) {
		if !strings.Contains(r.name, s.row) {
			continue
		}
		if err := r.measure(s, all); err != nil {
			return err
		}
		r.report(table, all)
	}
	for _, c := range all {
		table.note("%s, peak memory in the IMAP rows: %s", c.name, c.memory)
	}
	return nil
}

// startContestants starts all servers; those that run are returned with an
// error, too.
func startContestants(s settings) (all []*contestant, err error) {
	add := func(p *peer, err error) error {
		if err == nil {
			all = append(all, &contestant{peer: p, times: map[string]*timing{}})
		}
		return err
	}
	for _, binary := range []string{s.binary, s.before} {
		if binary == "" {
			continue
		}
		s := s
		s.binary = binary
		p, err := startShared(s)
		if p == nil {
			return all, err // there is no binary
		}
		if len(all) > 0 {
			p.name = "Postroom before"
		}
		if err := add(&p.peer, err); err != nil {
			return all, err
		}
		all[len(all)-1].run = p.run
	}
	for _, format := range []string{"maildir", "sdbox", "mdbox"} {
		if !strings.Contains(s.against, format) {
			continue
		}
		if err := add(startDovecot(format, dovecotAlways)); err != nil {
			return all, err
		}
	}
	if !strings.Contains(s.against, "cyrus") {
		return all, nil
	}
	if err := add(startCyrus()); err != nil {
		return all, err
	}
	return all, cyrusAccounts(all[len(all)-1].peer, []string{"u0", "u1"}, nil, true)
}

// startShared is a Postroom in which u0 reaches info@ through a group.
func startShared(s settings) (*ours, error) {
	p, err := startPostroom(s, 1)
	if err != nil {
		return p, err
	}
	p.shared = "Shared/info@example.test/"
	for _, args := range [][]string{
		{"account", "create", "info@example.test", "--kind", "shared"},
		{"group", "create", "team@example.test"},
		{"group", "add", "team@example.test", mailbox(0)},
		{"share", "info@example.test", "--with", "team@example.test", "--preset", "full", "--quiet"},
	} {
		if err := p.run("", args...); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (c *contestant) dial() (*rawIMAP, error) { return dialIMAP(c.imap, c.user(0), c.password) }

// fill appends the letters one after another, which is the row of APPEND, and
// copies them until the large mailbox is full.
func (c *contestant) fill(s settings, table *report) error {
	for _, kind := range kinds {
		prefix, ok := c.prefix(kind)
		if !ok {
			continue
		}
		conn, err := c.dial()
		if err != nil {
			return err
		}
		for _, box := range []string{letters, large, other} {
			if err := conn.command(fmt.Sprintf("CREATE %q", prefix+box)); err != nil {
				return err
			}
		}
		if err := c.appendLetters(conn, s, kind, prefix); err != nil {
			return err
		}
		start := time.Now()
		if err := conn.command(fmt.Sprintf("SELECT %q", prefix+letters)); err != nil {
			return err
		}
		for range s.mailbox / s.letters {
			if err := conn.command(fmt.Sprintf("COPY 1:* %q", prefix+large)); err != nil {
				return err
			}
		}
		table.note("%s, %s: %d messages copied in %s", c.name, kind, s.mailbox, time.Since(start).Round(time.Millisecond))
		conn.conn.Close()
	}
	return nil
}

// singles is how many APPENDs are timed one by one.
const singles = 200

func (c *contestant) appendLetters(conn *rawIMAP, s settings, kind, prefix string) error {
	command := func(i int) string {
		text := message(int64(i), letterBytes)
		return fmt.Sprintf("APPEND %q {%d+}\r\n%s", prefix+letters, len(text), text)
	}
	single := c.timing("APPEND of 10 KB, one at a time", kind)
	for i := range singles {
		text := command(i)
		start := time.Now()
		if err := conn.command(text); err != nil {
			return err
		}
		single.rest = append(single.rest, time.Since(start))
	}
	var commands []string
	for i := singles; i < s.letters; i++ {
		commands = append(commands, command(i))
	}
	start := time.Now()
	err := conn.pipeline(commands)
	c.timing("APPEND of 10 KB, pipelined, each", kind).rest = []time.Duration{time.Since(start) / time.Duration(len(commands))}
	return err
}

// appendRows reports what the filling took.
func appendRows(s settings, table *report, all []*contestant) {
	for _, name := range []string{"APPEND of 10 KB, one at a time", "APPEND of 10 KB, pipelined, each"} {
		if !strings.Contains(name, s.row) {
			continue
		}
		(&imapRow{name: name}).report(table, all)
	}
}

func (c *contestant) timing(row, kind string) *timing {
	key := row + " " + kind
	if c.times[key] == nil {
		c.times[key] = &timing{}
	}
	return c.times[key]
}

// imapRow is one thing that all servers are asked to do.
type imapRow struct {
	name string
	// before is done first, on the same connection, and not timed.
	before func(prefix string) []string
	// commands are timed together.
	commands func(prefix string) []string
	verify   func(c *rawIMAP) error // after the last of commands
	rounds   int
}

// measure goes round the servers, so that noise falls on all of them.
func (r *imapRow) measure(s settings, all []*contestant) error {
	rounds := s.rounds
	if r.rounds != 0 {
		rounds = min(rounds, r.rounds)
	}
	for n := range rounds + 1 {
		for _, kind := range kinds {
			for _, c := range all {
				prefix, ok := c.prefix(kind)
				if !ok {
					continue
				}
				took, err := r.once(c, prefix)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, r.name, err)
				}
				if t := c.timing(r.name, kind); n == 0 {
					t.first = took
				} else {
					t.rest = append(t.rest, took)
				}
			}
		}
	}
	return nil
}

// once does it on a connection of its own.
func (r *imapRow) once(c *contestant, prefix string) (time.Duration, error) {
	conn, err := c.dial()
	if err != nil {
		return 0, err
	}
	defer conn.conn.Close()
	for _, text := range r.before(prefix) {
		if err := conn.command(text); err != nil {
			return 0, err
		}
	}
	commands := r.commands(prefix)
	start := time.Now()
	for _, text := range commands {
		if err := conn.command(text); err != nil {
			return 0, err
		}
	}
	took := time.Since(start) / time.Duration(len(commands))
	return took, r.verify(conn)
}

// report adds the rows: own and shared mailbox against the best of the others,
// and the shared against the own.
func (r *imapRow) report(table *report, all []*contestant) {
	us, typical := all[0], map[string]time.Duration{}
	for _, kind := range kinds {
		t := us.timing(r.name, kind)
		typical[kind] = median(t.rest)
		best, of := time.Duration(0), ""
		firsts := []string{"Postroom " + short(t.first)}
		for _, c := range all[1:] {
			theirs := c.timing(r.name, kind)
			if m := median(theirs.rest); m > 0 && (best == 0 || m < best) {
				best, of = m, c.name
			}
			if theirs.first > 0 {
				firsts = append(firsts, c.name+" "+short(theirs.first))
			}
		}
		table.add(r.name+", "+kind, short(typical[kind]), fmt.Sprintf("%s (%s)", short(best), of),
			float64(best)/float64(typical[kind]), "≥ 1")
		if t.first > 0 {
			table.note("%s, %s, first time: %s", r.name, kind, strings.Join(firsts, ", "))
		}
	}
	table.add(r.name+", shared (peer: one's own)", short(typical["shared"]), short(typical["own"]),
		float64(typical["own"])/float64(typical["shared"]), "≥ 0.91")
}

// short is a duration with three digits.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}
