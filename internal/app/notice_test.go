package app

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// lineClient speaks IMAP line by line.
type lineClient struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
	tag  int
}

func dialIMAP(t *testing.T, address, user, password string) *lineClient {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	c := &lineClient{t: t, conn: conn, r: bufio.NewReader(conn)}
	if _, err := c.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.do("LOGIN %s %q", user, password)
	return c
}

// do runs a command that must succeed and returns what came before its answer.
func (c *lineClient) do(format string, args ...any) string {
	c.t.Helper()
	c.tag++
	tag := fmt.Sprintf("a%d ", c.tag)
	if _, err := fmt.Fprintf(c.conn, tag+format+"\r\n", args...); err != nil {
		c.t.Fatal(err)
	}
	return c.until(tag + "OK")
}

// until reads lines up to one that begins with a prefix.
func (c *lineClient) until(prefix string) string {
	c.t.Helper()
	var b strings.Builder
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("%v, after %q", err, b.String())
		}
		if strings.HasPrefix(line, prefix) {
			return b.String()
		}
		b.WriteString(line)
	}
}

// A demonstration begins without notices. Whoever is added to the group that
// works on info@ gets one notice, which names the mailbox as IMAP does.
func TestNoticeOfANewMember(t *testing.T) {
	cfg := anyPort(t.TempDir())
	cfg.SignIn.PlainOnLoopback = true
	ctx, cancel := context.WithCancel(t.Context())
	a, err := New(ctx, cfg, Options{Logger: storetest.Logger(t), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	state, err := loadDemo(cfg.Dir, DemoFull)
	if err == nil {
		err = a.fill(ctx, cfg.Dir, state)
	}
	if err == nil {
		err = a.Listen()
	}
	if err != nil {
		t.Fatal(err, a.Close())
	}
	notices := system.Notices(a.store)
	if due, err := notices.NextDue(ctx); err != nil || !due.IsZero() {
		t.Errorf("after seeding, notices are due: %v %v", due, err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, func() {}) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	address := a.Addresses()["imap"]
	const cleo = "cleo@example.test"
	c := dialIMAP(t, address, cleo, state.Passwords[cleo])
	c.do("SELECT INBOX")
	group, err := a.Console().Directory().Group(ctx, "info-team@example.test")
	if err == nil {
		err = a.Console().Directory().AddMembers(ctx, group.ID, []string{cleo})
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprint(c.conn, "i IDLE\r\n"); err != nil {
		t.Fatal(err)
	}
	c.until("* 1 EXISTS")
	if _, err := fmt.Fprint(c.conn, "DONE\r\n"); err != nil {
		t.Fatal(err)
	}
	c.until("i OK")
	got := c.do("FETCH 1:* (FLAGS BODY[])")
	for _, want := range []string{"Return-Path: <>", "From: Postroom <postmaster@example.test>", "To: <cleo@example.test>",
		"Subject: You are now a member of info-team@example.test", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(got, want+"\r\n") {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "FETCH ("); n != 1 {
		t.Errorf("%d notices", n)
	}
	place := regexp.MustCompile(`In your mail program: ([^=\r<]+)`).FindStringSubmatch(strings.ReplaceAll(got, "=\r\n", ""))
	if place == nil || !strings.Contains(c.do(`LIST "" "%s*"`, strings.TrimSpace(place[1])), place[1]) {
		t.Errorf("%q is not where IMAP has it", place)
	}
	anna := dialIMAP(t, address, "anna@example.test", state.Passwords["anna@example.test"])
	if got := anna.do("STATUS INBOX (MESSAGES)"); !strings.Contains(got, "(MESSAGES 0)") {
		t.Errorf("anna: %s", got)
	}
}
