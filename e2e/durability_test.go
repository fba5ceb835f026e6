package e2e

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"
)

// Point 6: every message that got a 250 is there, once, after kill -9 in the
// middle of a delivery storm; and every grant is as it was.
func TestNothingIsLost(t *testing.T) {
	s := startDemo(t)
	s.run("share cleo@example.test --with ben@example.test --preset read")
	grants := s.run("grant list "+info) + s.run("send-right list "+info) + s.run("grant list "+cleo)
	accepted, attempted := storm(t, s)
	s.start()
	if after := s.run("grant list "+info) + s.run("send-right list "+info) + s.run("grant list "+cleo); after != grants {
		t.Errorf("grants before:\n%s\nafter:\n%s", grants, after)
	}
	counts := subjects(t, s.as(anna), infoInbox)
	lost := 0
	for subject := range accepted {
		switch counts[subject] {
		case 0:
			lost++
		case 1:
		default:
			t.Errorf("%s is there %d times", subject, counts[subject])
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged messages are lost", lost, len(accepted))
	}
	t.Logf("%d attempted, %d acknowledged", attempted, len(accepted))

	// A clean restart finds the same.
	s.stop(syscall.SIGTERM)
	s.start()
	if again := subjects(t, s.as(anna), infoInbox); len(again) != len(counts) {
		t.Errorf("%d subjects after kill -9, %d after a restart", len(counts), len(again))
	}
	s.stop(syscall.SIGTERM)
	if out, errs, status := s.cli("fsck", s.Dir); status != 0 {
		t.Errorf("fsck: exit %d\n%s%s", status, out, errs)
	}
	s.start()
}

// storm delivers from ten connections until the server is killed in their
// midst, and returns the subjects that were acknowledged.
func storm(t *testing.T, s *server) (accepted map[string]bool, attempted int64) {
	t.Helper()
	const senders, killAt = 10, 300
	accepted = map[string]bool{}
	var mu sync.Mutex
	var tries, acks atomic.Int64
	enough := make(chan struct{})
	var wg sync.WaitGroup
	for n := range senders {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; ; i++ {
				subject := fmt.Sprintf("storm-%d-%d", n, i)
				tries.Add(1)
				if err := deliverOne(s, n, subject); err != nil {
					return // the server is gone
				}
				mu.Lock()
				accepted[subject] = true
				mu.Unlock()
				if acks.Add(1) == killAt {
					close(enough)
				}
			}
		}()
	}
	<-enough
	s.stop(syscall.SIGKILL)
	wg.Wait()
	return accepted, tries.Load()
}

func deliverOne(s *server, n int, subject string) error {
	c, err := dialLMTP(s.Listen["lmtp"])
	if n%2 == 0 {
		c, err = smtp.Dial(s.Listen["smtp"])
	}
	if err != nil {
		return err
	}
	defer c.Close()
	text := letter(customer, info, subject, "", strings.Repeat("0123456789abcdef\n", 200))
	return c.SendMail(customer, []string{info}, strings.NewReader(text))
}

// subjects counts the messages of a mailbox by subject.
func subjects(t *testing.T, c *client, mailbox string) map[string]int {
	t.Helper()
	n := c.open(mailbox)
	counts := map[string]int{}
	if n == 0 {
		return counts
	}
	msgs, err := c.Fetch(imap.SeqSet{{Start: 1, Stop: n}}, &imap.FetchOptions{Envelope: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range msgs {
		counts[m.Envelope.Subject]++
	}
	return counts
}
