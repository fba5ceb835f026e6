package e2e

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
)

// Every APPEND that got an OK is there, once, after kill -9 in the middle of many
// that were sent without waiting: by two clients into one mailbox.
func TestNoAppendIsLost(t *testing.T) {
	s := startDemo(t)
	const killAt = 150
	answered := make(chan string, 10_000)
	for n := range 2 {
		go appendMany(s, n, answered)
	}
	accepted := map[string]bool{}
	for ended := 0; ended < 2; {
		subject := <-answered
		if subject == "" {
			ended++
			continue
		}
		accepted[subject] = true
		if len(accepted) == killAt {
			s.stop(syscall.SIGKILL)
		}
	}
	if len(accepted) < killAt {
		t.Fatalf("%d acknowledged before the end, want %d at least", len(accepted), killAt)
	}
	s.start()
	counts := subjects(t, s.as(anna), infoInbox)
	for subject := range accepted {
		if counts[subject] != 1 {
			t.Errorf("%s is there %d times", subject, counts[subject])
		}
	}
	t.Logf("%d acknowledged, %d there", len(accepted), len(counts))
	s.stop(syscall.SIGTERM)
	if out, errs, status := s.cli("fsck", s.Dir); status != 0 {
		t.Errorf("fsck: exit %d\n%s%s", status, out, errs)
	}
	s.start()
}

// appendMany tells the subject of each message that was acknowledged, and ""
// when the server is gone.
func appendMany(s *server, n int, answered chan<- string) {
	defer func() { answered <- "" }()
	conn, err := net.Dial("tcp", s.Listen["imap"])
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "l LOGIN %s %s\r\n", anna, s.password(anna))
	go func() {
		for i := 0; ; i++ {
			text := letter(anna, info, fmt.Sprintf("append-%d-%d", n, i), "", strings.Repeat("0123456789abcdef\n", 200))
			if _, err := fmt.Fprintf(conn, "a%d APPEND %s {%d+}\r\n%s\r\n", i, infoInbox, len(text), text); err != nil {
				return
			}
		}
	}()
	for in := bufio.NewReader(conn); ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		var i int
		if _, err := fmt.Sscanf(line, "a%d OK ", &i); err == nil {
			answered <- fmt.Sprintf("append-%d-%d", n, i)
		}
	}
}
