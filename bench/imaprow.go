package main

import "fmt"

// imapRows are the questions, easy ones first.
func imapRows(s settings) []*imapRow {
	open := func(box string) func(string) []string {
		return func(prefix string) []string { return []string{fmt.Sprintf("SELECT %q", prefix+box)} }
	}
	ask := func(text string) func(string) []string {
		return func(string) []string { return []string{text} }
	}
	selects := func(prefix string) (list []string) {
		for range 10 {
			list = append(list, fmt.Sprintf("SELECT %q", prefix+large), fmt.Sprintf("SELECT %q", prefix+letters))
		}
		return list
	}
	rows := []*imapRow{
		{name: fmt.Sprintf("SELECT of %d and of %d messages, each", s.mailbox, s.letters), before: open("other"), commands: selects, verify: nothing},
		{name: fmt.Sprintf("FETCH 1:* (FLAGS UID), %d", s.mailbox), before: open(large), commands: ask("FETCH 1:* (FLAGS UID)"), verify: fetched(s.mailbox, 0)},
		{name: fmt.Sprintf("FETCH 1:* (ENVELOPE BODYSTRUCTURE), %d", s.letters), before: open(letters),
			commands: ask("FETCH 1:* (ENVELOPE BODYSTRUCTURE)"), verify: fetched(s.letters, 0)},
		{name: fmt.Sprintf("FETCH 1:* (BODY.PEEK[]), %d of 10 KB", s.letters), before: open(letters),
			commands: ask("FETCH 1:* (BODY.PEEK[])"), verify: fetched(s.letters, int64(s.letters)*letterBytes), rounds: 5},
	}
	search := func(what, key string, hits int, rounds int) {
		rows = append(rows, &imapRow{name: fmt.Sprintf("SEARCH by %s, %d", what, s.letters), before: open(letters),
			commands: ask("SEARCH " + key), verify: found(hits), rounds: rounds})
	}
	search("flag", "UNSEEN UNDELETED", s.letters, 0)
	search("date", "SINCE 1-Nov-2020", s.letters, 0)
	search("date in the message", "SENTSINCE 1-Nov-2020", s.letters, 0)
	search("header", `SUBJECT "number 777"`, numbered(s.letters, "777"), 0)
	search("text", `TEXT "m777m"`, 1, 3)
	stores := func(string) []string { return []string{`STORE 1:* +FLAGS (\Flagged)`, `STORE 1:* -FLAGS (\Flagged)`} }
	rows = append(rows, &imapRow{name: fmt.Sprintf("STORE of %d", s.letters), before: open(letters), commands: stores, verify: fetched(s.letters, 0), rounds: 5})
	moves := func(prefix string) []string {
		return []string{fmt.Sprintf("MOVE 1:* %q", prefix+other), fmt.Sprintf("SELECT %q", prefix+other), fmt.Sprintf("MOVE 1:* %q", prefix+letters)}
	}
	rows = append(rows, &imapRow{name: fmt.Sprintf("MOVE of %d", s.letters), before: open(letters), commands: moves, verify: expunged(s.letters), rounds: 3})
	return append(rows, expungeRows(s)...)
}

// numbered counts the numbers below n that have another as their beginning:
// SUBJECT finds any part of it.
func numbered(n int, part string) (hits int) {
	for i := range n {
		if len(fmt.Sprint(i)) >= len(part) && fmt.Sprint(i)[:len(part)] == part {
			hits++
		}
	}
	return hits
}

func nothing(*rawIMAP) error { return nil }

func fetched(n int, octets int64) func(*rawIMAP) error {
	return func(c *rawIMAP) error {
		if c.fetched < n || c.octets < octets {
			return fmt.Errorf("%d messages and %d octets came, not %d and %d", c.fetched, c.octets, n, octets)
		}
		return nil
	}
}

func found(n int) func(*rawIMAP) error {
	return func(c *rawIMAP) error {
		if c.found != n {
			return fmt.Errorf("%d messages were found, not %d", c.found, n)
		}
		return nil
	}
}

func expunged(n int) func(*rawIMAP) error {
	return func(c *rawIMAP) error {
		if c.expunged != n {
			return fmt.Errorf("%d messages went, not %d", c.expunged, n)
		}
		return nil
	}
}
