package imapserver_test

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
)

// TestNotifyOverflow asks for more than is kept for one connection, and lets
// what is kept grow beyond it.
func TestNotifyOverflow(t *testing.T) {
	h := newHouse(t)
	c := h.as("anna")
	for _, command := range []string{
		"NOTIFY SET" + strings.Repeat(" (personal (MailboxName))", 51),
		"NOTIFY SET (mailboxes (" + strings.TrimSpace(names(501)) + ") (MailboxName))",
	} {
		if _, result := c.do(command); !strings.HasPrefix(result, "NO [NOTIFICATIONOVERFLOW]") {
			t.Errorf("%.60s: %s", command, result)
		}
	}
	for i := range 3990 {
		if err := h.SignIn("anna").SetSubscribed(context.Background(), fmt.Sprintf("wish%d", i), store.Subscribed); err != nil {
			t.Fatal(err)
		}
	}
	c.must("NOTIFY SET (personal (SubscriptionChange MailboxName))")
	for i := range 20 {
		if err := h.SignIn("anna").SetSubscribed(context.Background(), fmt.Sprintf("more%d", i), store.Subscribed); err != nil {
			t.Fatal(err)
		}
	}
	for {
		line := c.line()
		if strings.HasPrefix(line, "* OK [NOTIFICATIONOVERFLOW]") {
			break
		}
		if !strings.HasPrefix(line, "* LIST") {
			t.Fatalf("got %s", line)
		}
	}
	// After it, it is as after NOTIFY NONE.
	if _, err := h.SignIn("anna").CreateCollection(context.Background(), "", "/Quiet", store.NewCollection{Kind: postroom.MailCollection}); err != nil {
		t.Fatal(err)
	}
	c.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if line, err := c.in.ReadString('\n'); err == nil {
		t.Errorf("got %s", line)
	}
	if _, result := c.do("NOTIFY SET (personal (MailboxName))"); !strings.HasPrefix(result, "NO [NOTIFICATIONOVERFLOW]") {
		t.Errorf("again: %s", result)
	}
}

// TestNotifyStorm watches 800 mailboxes while mail pours into some: changes
// are told together, and the last state of each is told in the end.
func TestNotifyStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 800 mailboxes")
	}
	h := newHouse(t)
	anna, ctx := h.SignIn("anna"), context.Background()
	for i := range 800 {
		if _, err := anna.CreateCollection(ctx, "", fmt.Sprintf("/Box%d", i), store.NewCollection{Kind: postroom.MailCollection}); err != nil {
			t.Fatal(err)
		}
	}
	c, writer := h.as("anna"), h.as("anna")
	c.must("NOTIFY SET (personal (MessageNew MessageExpunge))")
	before := cpuTime(t)
	began := time.Now()
	const boxes, each = 5, 60
	told := make(chan map[string]int)
	go func() {
		lines, last := 0, map[string]int{}
		for done := 0; done < boxes; lines++ {
			var name string
			var n int
			if _, err := fmt.Sscanf(c.line(), "* STATUS %s (MESSAGES %d", &name, &n); err != nil {
				break
			}
			if last[name] = n; n == each {
				done++
			}
		}
		last["lines"] = lines
		told <- last
	}()
	for i := range boxes * each {
		writer.must(fmt.Sprintf("APPEND Box%d {%d+}\r\n%s", i%boxes, len(letter), letter))
	}
	last := <-told
	t.Logf("%d changes told in %d lines; %v of CPU in %v", boxes*each, last["lines"], cpuTime(t)-before, time.Since(began))
	for i := range boxes {
		if last[fmt.Sprintf("Box%d", i)] != each {
			t.Errorf("last told: %v", last)
		}
	}
}

// cpuTime is what the process has used.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// names are n mailbox names.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " box%d", i)
	}
	return b.String()
}
