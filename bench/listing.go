package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"time"
)

// compareListing times SELECT + FETCH 1:* (FLAGS UID) on a large mailbox.
func compareListing(s settings, table *report) error {
	p, err := startPostroom(s, 1)
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := deliveryRate(p.lmtp, s.mailbox, 1000, 1); err != nil {
		return err
	}
	first, oursTime, err := timeListing(&p.peer, mailbox(0), "INBOX", s)
	if err != nil {
		return err
	}
	table.note("Postroom, first listing of %d messages: %v; peak memory %s", s.mailbox, first, p.memory)
	for _, format := range []string{"maildir", "sdbox"} {
		d, err := startDovecot(format)
		if err != nil {
			return err
		}
		_, err = deliveryRate(d.lmtp, s.mailbox, 1000, 1)
		if err == nil {
			var theirs time.Duration
			first, theirs, err = timeListing(d, mailbox(0), "INBOX", s)
			table.note("%s, first listing: %v; peak memory %s", d.name, first, d.memory)
			if err == nil {
				table.add(fmt.Sprintf("IMAP SELECT + FETCH 1:* (FLAGS UID), %d messages", s.mailbox), oursTime.String(),
					fmt.Sprintf("%v (%s)", theirs, d.name), float64(theirs)/float64(oursTime), "≥ 1")
			}
		}
		d.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// timeListing returns the time of the first listing and the median of the
// following ones, each on a connection of its own.
func timeListing(p *peer, user, box string, s settings) (first, typical time.Duration, err error) {
	var all []time.Duration
	for n := range s.rounds + 1 {
		c, err := dialIMAP(p.imap, user, p.password)
		if err != nil {
			return 0, 0, err
		}
		start := time.Now()
		if err := c.command("SELECT \"" + box + "\""); err != nil {
			return 0, 0, err
		}
		if err := c.command("FETCH 1:* (FLAGS UID)"); err != nil {
			return 0, 0, err
		}
		took := time.Since(start)
		c.conn.Close()
		if c.fetched != s.mailbox {
			return 0, 0, fmt.Errorf("%s listed %d messages, not %d", p.name, c.fetched, s.mailbox)
		}
		if n == 0 {
			first = took
		} else {
			all = append(all, took)
		}
	}
	return first, median(all), nil
}

// rawIMAP is the same thin client for both servers: it reads lines and counts.
type rawIMAP struct {
	conn    net.Conn
	in      *bufio.Reader
	tag     int
	fetched int
}

func dialIMAP(addr, user, password string) (*rawIMAP, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &rawIMAP{conn: conn, in: bufio.NewReaderSize(conn, 1<<16)}
	if _, err := c.in.ReadSlice('\n'); err != nil {
		return nil, err
	}
	return c, c.command(fmt.Sprintf("LOGIN %q %q", user, password))
}

func (c *rawIMAP) command(text string) error {
	c.tag++
	tag := fmt.Sprintf("a%d ", c.tag)
	if _, err := c.conn.Write([]byte(tag + text + "\r\n")); err != nil {
		return err
	}
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, []byte(tag)) {
			if !strings.HasPrefix(string(line[len(tag):]), "OK") {
				return fmt.Errorf("%s: %s", strings.Fields(text)[0], line)
			}
			return nil
		}
		if bytes.Contains(line, []byte(" FETCH (")) {
			c.fetched++
		}
	}
}
