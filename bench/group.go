package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// compareGroupOpening times opening a mailbox that a person reaches through
// nested groups with many members, against opening their own of equal size.
func compareGroupOpening(s settings, table *report) error {
	p, err := startPostroom(s, 2)
	if err != nil {
		return err
	}
	defer p.stop()
	if err := makeNestedGroup(p, s.members); err != nil {
		return err
	}
	const messages = 1000
	if _, err := deliveryRate(p.lmtp, messages, 1000, 2); err != nil {
		return err
	}
	own, shared, err := timeOpenings(p, s)
	if err != nil {
		return err
	}
	table.add(fmt.Sprintf("opening through a nested group of %d members (peer: one's own)", s.members),
		shared.String(), own.String(), float64(own)/float64(shared), "≥ 0.91")
	return nil
}

// makeNestedGroup lets u0 reach u1's mailbox: outer ∋ inner ∋ u0 and the rest.
func makeNestedGroup(p *ours, members int) error {
	var script strings.Builder
	script.WriteString("cdl outer@example.test\ncdl inner@example.test\nadlm outer@example.test inner@example.test\n")
	script.WriteString("adlm inner@example.test " + mailbox(0) + "\n")
	for n := range members - 1 {
		fmt.Fprintf(&script, "ca m%d@example.test ''\n", n)
		if n%500 == 0 {
			script.WriteString("adlm inner@example.test")
			for m := n; m < min(n+500, members-1); m++ {
				fmt.Fprintf(&script, " m%d@example.test", m)
			}
			script.WriteString("\n")
		}
	}
	file := filepath.Join(p.dir, "nested.zmprov")
	if err := os.WriteFile(file, []byte(reorder(script.String())), 0o600); err != nil {
		return err
	}
	if err := p.run("", "zmprov", "-f", file); err != nil {
		return err
	}
	return p.run("", "share", mailbox(1), "--with", "outer@example.test", "--preset", "full")
}

// reorder puts the accounts before the memberships that name them.
func reorder(script string) string {
	var accounts, rest []string
	for _, line := range strings.SplitAfter(script, "\n") {
		if strings.HasPrefix(line, "ca ") {
			accounts = append(accounts, line)
		} else {
			rest = append(rest, line)
		}
	}
	return strings.Join(append(accounts, rest...), "")
}

// timeOpenings alternates the two so that noise falls on both.
func timeOpenings(p *ours, s settings) (own, shared time.Duration, err error) {
	c, err := dialIMAP(p.imap, mailbox(0), p.password)
	if err != nil {
		return 0, 0, err
	}
	defer c.conn.Close()
	boxes := map[string][]time.Duration{"INBOX": nil, "Other Users/" + mailbox(1) + "/INBOX": nil}
	for range s.rounds * 100 {
		for box := range boxes {
			start := time.Now()
			if err := c.command("SELECT \"" + box + "\""); err != nil {
				return 0, 0, err
			}
			boxes[box] = append(boxes[box], time.Since(start))
		}
	}
	return median(boxes["INBOX"]), median(boxes["Other Users/"+mailbox(1)+"/INBOX"]), nil
}
