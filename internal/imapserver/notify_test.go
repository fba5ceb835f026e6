package imapserver_test

import (
	"context"
	"fmt"
	"strings"
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

// names are n mailbox names.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " box%d", i)
	}
	return b.String()
}
