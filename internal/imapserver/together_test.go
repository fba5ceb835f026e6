package imapserver_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store/storetest"
)

// small is an APPEND of a letter of some bytes.
func small(tag, box, subject string, size int) string {
	text := "Subject: " + subject + "\r\n\r\n"
	text += strings.Repeat("x", max(0, size-len(text)))
	return fmt.Sprintf("%s APPEND %s {%d+}\r\n%s\r\n", tag, box, len(text), text)
}

func (c *client) raw(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, text); err != nil {
		c.t.Fatal(err)
	}
}

// APPENDs that are sent together are answered each, in order, and have UIDs in
// order; they share commits.
func TestAppendsTogether(t *testing.T) {
	h := newHouse(t)
	c := h.as("anna")
	for _, box := range []string{"INBOX", infoInbox} {
		c.must("SELECT " + box)
		var all strings.Builder
		for i := range 200 {
			all.WriteString(small(fmt.Sprintf("t%d", i), box, fmt.Sprintf("letter %d", i), 1000))
		}
		c.raw(all.String() + "end NOOP\r\n")
		next := 0
		for line := c.line(); !strings.HasPrefix(line, "end "); line = c.line() {
			if strings.HasPrefix(line, "* ") {
				continue
			}
			var validity, uid int
			if n, _ := fmt.Sscanf(line, fmt.Sprintf("t%d OK [APPENDUID %%d %%d]", next), &validity, &uid); n != 2 || uid != next+1 {
				t.Fatalf("%s: %d: %q", box, next, line)
			}
			next++
		}
		if next != 200 {
			t.Fatalf("%d answers", next)
		}
		commits := map[string]bool{}
		for _, line := range c.must("UID FETCH 1:* (MODSEQ BODY.PEEK[HEADER.FIELDS (SUBJECT)])") {
			if _, modseq, ok := strings.Cut(line, "MODSEQ ("); ok {
				commits[modseq[:strings.IndexByte(modseq, ')')]] = true
			}
		}
		if len(commits) == 0 || len(commits) > 150 {
			t.Errorf("%s: %d commits for 200 letters", box, len(commits))
		}
		for i := 1; i <= 200; i += 50 {
			if lines := c.must(fmt.Sprintf("UID SEARCH UID %d SUBJECT \"letter %d\"", i, i-1)); lines[0] != fmt.Sprintf("* SEARCH %d", i) {
				t.Errorf("letter %d: %q", i-1, lines)
			}
		}
	}
}

// Each has the outcome that it would have alone.
func TestAppendsTogetherEachItsOwn(t *testing.T) {
	h := newHouse(t)
	a, err := h.Console.Directory().Account(context.Background(), "anna@example.test")
	h.must(err)
	a.QuotaBytes = 10_000
	h.must(h.Console.Directory().UpdateAccount(context.Background(), a))
	c := h.as("anna")
	c.must("CREATE other")
	c.raw(small("a", "INBOX", "first", 2000) + small("b", "INBOX", "too large", 9000) + small("c", "INBOX", "third", 2000) +
		small("d", "other", "elsewhere", 500) + small("e", "nowhere", "nowhere", 500) + small("f", "INBOX", "sixth", 500) +
		"g APPEND INBOX {0+}\r\n\r\n" + "h APPEND INBOX bad\r\n" + small("i", "INBOX", "eighth", 500) + "j NOOP\r\n")
	for _, want := range []string{"a OK [APPENDUID", "b NO [OVERQUOTA]", "c OK [APPENDUID", "d OK [APPENDUID", "e NO [TRYCREATE]",
		"f OK [APPENDUID", "g NO", "h BAD", "i OK [APPENDUID", "j OK"} {
		if line := c.line(); !strings.HasPrefix(line, want) {
			t.Errorf("%q instead of %s", line, want)
		}
	}
	c.must("SELECT INBOX")
	if lines := c.must("UID SEARCH ALL"); lines[0] != "* SEARCH 1 2 3 4" {
		t.Errorf("got %q", lines)
	}
}

// A message that came whole is stored and answered though the client does not go
// on with the next: plain, inside of TLS and compressed.
func TestAppendsDoNotWait(t *testing.T) {
	h := newHouse(t)
	secure, _, _ := h.dialTLS(&tls.Config{InsecureSkipVerify: true})
	secure.must(`LOGIN anna@example.test "` + storetest.Password + `"`)
	for name, c := range map[string]*client{"plain": h.as("anna"), "TLS": secure} {
		second := small("b", "INBOX", "second", 9000)
		c.raw(small("a", "INBOX", "first", 9000) + second[:5000])
		if line := c.line(); !strings.HasPrefix(line, "a OK") {
			t.Errorf("%s: %q", name, line)
		}
		c.raw(second[5000:] + "c APPEND INBOX {20}\r\n")
		if line := c.line(); !strings.HasPrefix(line, "b OK") {
			t.Errorf("%s: %q", name, line)
		}
		if line := c.line(); !strings.HasPrefix(line, "+ ") {
			t.Errorf("%s: %q", name, line)
		}
		c.raw("Subject: abc\r\n\r\nabcd\r\nd LOGOUT\r\n")
		if line := c.line(); !strings.HasPrefix(line, "c OK") {
			t.Errorf("%s: %q", name, line)
		}
	}
}

// What came whole before the connection broke is stored, as when each is stored
// when it comes.
func TestAppendsBeforeTheEnd(t *testing.T) {
	h := newHouse(t)
	c := h.as("anna")
	c.raw(small("a", "INBOX", "first", 900) + small("b", "INBOX", "second", 900) + "c APPEND INBOX {100+}\r\nhalf")
	c.conn.(interface{ CloseWrite() error }).CloseWrite()
	c.toTheEnd()
	if v := h.View(h.Open(h.SignIn("anna"), h.Anna, "/Inbox")); len(v.Items) != 2 {
		t.Errorf("%d letters", len(v.Items))
	}
}

// Once the right is gone none is stored.
func TestAppendsTogetherAfterLoss(t *testing.T) {
	h := newHouse(t)
	h.give("cleo", h.Info, "/Inbox", parseRights(t, "lri"))
	c := h.as("cleo")
	if lines, result := c.do("APPEND " + infoInbox + six); !strings.HasPrefix(result, "OK") {
		t.Fatal(lines, result)
	}
	h.give("cleo", h.Info, "/Inbox", postroom.NoRights)
	c.raw(small("a", infoInbox, "first", 900) + small("b", infoInbox, "second", 900) + "c NOOP\r\n")
	for _, want := range []string{"a NO [TRYCREATE]", "b NO [TRYCREATE]", "c OK"} {
		if line := c.line(); !strings.HasPrefix(line, want) {
			t.Errorf("%q instead of %s", line, want)
		}
	}
}
