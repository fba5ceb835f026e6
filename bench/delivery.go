package main

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
)

const connections = 20

// compareDelivery delivers 10 KB messages over LMTP on 20 connections, into
// 20 mailboxes and into one.
func compareDelivery(s settings, table *report) error {
	layouts := []struct {
		name      string
		mailboxes int
	}{{"20 mailboxes", 20}, {"one mailbox", 1}}
	best := map[string]float64{}
	bestName := map[string]string{}
	for _, format := range []string{"maildir", "sdbox"} {
		p, err := startDovecot(format, "")
		if err != nil {
			return err
		}
		for _, l := range layouts {
			rate, err := deliveryRate(p.lmtp, s.messages, 10_000, l.mailboxes)
			if err != nil {
				p.stop()
				return fmt.Errorf("%s: %w", p.name, err)
			}
			table.note("%s, LMTP into %s: %.0f messages/s", p.name, l.name, rate)
			if rate > best[l.name] {
				best[l.name], bestName[l.name] = rate, p.name
			}
		}
		table.note("%s, peak memory while delivering: %s", p.name, p.memory)
		p.stop()
	}
	p, err := startPostroom(s, connections)
	if err != nil {
		return err
	}
	defer p.stop()
	for _, l := range layouts {
		rate, err := deliveryRate(p.lmtp, s.messages, 10_000, l.mailboxes)
		if err != nil {
			return fmt.Errorf("postroom: %w", err)
		}
		table.add("LMTP, 10 KB, 20 connections, "+l.name, fmt.Sprintf("%.0f/s", rate),
			fmt.Sprintf("%.0f/s (%s)", best[l.name], bestName[l.name]), rate/best[l.name], "≥ 3")
	}
	table.note("Postroom, peak memory while delivering: %s", p.memory)
	return nil
}

// deliveryRate delivers n messages of a size and returns messages per second,
// counted from the first connection to the last acknowledgement.
func deliveryRate(addr string, n, size, mailboxes int) (float64, error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, connections)
	start := time.Now()
	for c := range connections {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs <- deliverFrom(addr, &next, n, size, mailbox(c%mailboxes))
		}()
	}
	wg.Wait()
	took := time.Since(start)
	for range connections {
		if err := <-errs; err != nil {
			return 0, err
		}
	}
	return float64(n) / took.Seconds(), nil
}

func deliverFrom(addr string, next *atomic.Int64, n, size int, to string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.Hello("client.test"); err != nil {
		return err
	}
	for {
		i := next.Add(1)
		if i > int64(n) {
			return c.Quit()
		}
		if err := c.SendMail("sender@outside.test", []string{to}, strings.NewReader(message(i, size))); err != nil {
			return err
		}
	}
}

// message makes a message of about size bytes, no two alike.
func message(i int64, size int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Sender <sender@outside.test>\r\nTo: Team <team@example.test>\r\nSubject: Message number %d\r\n"+
		"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <%d.%d@outside.test>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: text/plain; charset=utf-8\r\n\r\n", i, i, size)
	fmt.Fprintf(&b, "This one is called m%dm.\r\n", i)
	for line := 0; b.Len() < size; line++ {
		fmt.Fprintf(&b, "Line %d of message %d says that the delivery is on its way.\r\n", line, i)
	}
	return b.String()
}
