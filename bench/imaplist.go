package main

import (
	"fmt"
	"strings"
	"sync"
)

// compareListing times LIST with STATUS of all mailboxes one can see: in 500
// shared accounts, and as many of one's own.
func compareListing(s settings, table *report) error {
	all, err := startContestants(s)
	defer func() {
		for _, c := range all {
			c.stop()
		}
	}()
	if err != nil {
		return err
	}
	us, cyrus := all[0], all[len(all)-1]
	if err := shareAccounts(us, s.accounts); err != nil {
		return err
	}
	var names []string
	for n := range s.accounts {
		names = append(names, fmt.Sprintf("s%d", n))
	}
	if err := cyrusAccounts(cyrus.peer, names, []string{"Sent", "Drafts", "Junk", "Trash"}, true); err != nil {
		return err
	}
	for _, c := range all {
		if err := c.ownMailboxes(s.accounts); err != nil {
			return err
		}
	}
	r := &imapRow{name: fmt.Sprintf("LIST + STATUS of %d mailboxes (shared: in %d accounts)", s.accounts*5, s.accounts),
		before: func(string) []string { return nil },
		commands: func(prefix string) []string {
			pattern := "Box/*"
			if prefix != "" {
				pattern = prefix[:strings.IndexByte(prefix, '/')] + "/*"
			}
			return []string{fmt.Sprintf(`LIST "" %q RETURN (STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY))`, pattern)}
		},
		verify: func(c *rawIMAP) error {
			if c.stated < s.accounts*5 {
				return fmt.Errorf("%d mailboxes were told with their status, not %d", c.stated, s.accounts*5)
			}
			return nil
		}, rounds: 3} // Dovecot's maildir takes its time
	if err := r.measure(s, all); err != nil {
		return err
	}
	r.report(table, all)
	return nil
}

// shareAccounts makes shared accounts that u0 reaches through one group.
func shareAccounts(c *contestant, accounts int) error {
	next, errs := make(chan int), make(chan error, 4)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			for n := range next {
				address := fmt.Sprintf("s%d@example.test", n)
				err := c.run("", "account", "create", address, "--kind", "shared")
				if err == nil {
					err = c.run("", "share", address, "--with", "team@example.test", "--preset", "full", "--quiet")
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	var err error
	for n := 0; n < accounts && err == nil; n++ {
		select {
		case next <- n:
		case err = <-errs:
		}
	}
	close(next)
	wg.Wait()
	return err
}

// ownMailboxes makes five mailboxes of one's own for each of n.
func (c *contestant) ownMailboxes(n int) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.conn.Close()
	var commands []string
	for i := range n {
		for _, sub := range []string{"Inbox", "Sent", "Drafts", "Junk", "Trash"} {
			commands = append(commands, fmt.Sprintf(`CREATE "Box/s%d/%s"`, i, sub))
		}
	}
	return conn.pipeline(commands)
}
