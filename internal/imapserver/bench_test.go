package imapserver_test

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom"
)

// fill makes an inbox of n messages out of one.
func (h *house) fill(owner postroom.Account, n int) {
	h.T.Helper()
	h.letter(owner)
	name, _, _ := strings.Cut(owner.Address, "@")
	m := h.Open(h.SignIn(name), owner, "/Inbox")
	for total := 1; total < n; {
		uids := make([]postroom.UID, min(total, n-total, 20000))
		for i := range uids {
			uids[i] = postroom.UID(i + 1)
		}
		if _, err := m.Copy(context.Background(), uids, m.Ref()); err != nil {
			h.T.Fatal(err)
		}
		total += len(uids)
	}
}

// drain sends a command and reads its answer without keeping it.
func (c *client) drain(command string) {
	c.send("t " + command)
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			c.t.Fatal(err)
		}
		if line[0] == 't' {
			if string(line[:4]) != "t OK" {
				c.t.Fatalf("%s: %s", command, line)
			}
			return
		}
	}
}

// BenchmarkLetters is what clients do with ten thousand messages of 10 KB, in
// one's own mailbox and in one that is shared through a group.
func BenchmarkLetters(b *testing.B) {
	h := newHouse(b)
	box := map[string]string{"own": "Letters", "shared": "Shared/info@example.test/Letters"}
	for _, name := range box {
		c := h.as("anna")
		c.conn.SetDeadline(farAway)
		c.must("CREATE " + name)
		for i := range manyLetters {
			text := fmt.Sprintf("From: <a@outside.test>\r\nTo: <b@example.test>\r\nSubject: number %d\r\nMessage-ID: <%d@outside.test>\r\n\r\n%s",
				i, i, strings.Repeat(fmt.Sprintf("A line of message %d that is repeated.\r\n", i), 250))
			c.drain(fmt.Sprintf("APPEND %s {%d+}\r\n%s", name, len(text), text))
		}
	}
	for _, commands := range [][]string{
		{"SELECT %s"},
		{"FETCH 1:* (ENVELOPE BODYSTRUCTURE)"},
		{"FETCH 1:* (BODY.PEEK[])"},
		{"SEARCH UNSEEN UNDELETED"},
		{`STORE 1:* +FLAGS (\Flagged)`, `STORE 1:* -FLAGS (\Flagged)`},
		{"MOVE 1:* %s/other", "SELECT %s/other", "MOVE 1:* %s", "SELECT %s"},
		{`LIST "" "*" RETURN (STATUS (MESSAGES UNSEEN))`},
	} {
		for _, kind := range []string{"own", "shared"} {
			b.Run(commands[0]+" "+kind, func(b *testing.B) {
				c := h.as("anna")
				c.in = bufio.NewReaderSize(c.conn, 2<<20)
				c.do("CREATE " + box[kind] + "/other")
				c.conn.SetDeadline(farAway)
				c.drain("SELECT " + box[kind])
				b.ReportAllocs()
				for b.Loop() {
					for _, command := range commands {
						c.drain(strings.ReplaceAll(command, "%s", box[kind]))
					}
				}
				c.conn.Close()
			})
		}
	}
}

const manyLetters = 2000

var farAway = time.Now().Add(time.Hour)

const manyMessages = 100_000

func BenchmarkMailbox100k(b *testing.B) {
	h := newHouse(b)
	h.fill(h.Anna, manyMessages)
	for _, commands := range [][]string{
		{"SELECT INBOX"},
		{"FETCH 1:* (FLAGS UID)"},
		{"UID FETCH 1:* (FLAGS)"},
		{"UID SEARCH UNSEEN"},
		{"UID SEARCH RETURN (COUNT) SINCE 1-Jan-2020"},
		{"UID SEARCH RETURN (COUNT) SUBJECT number"},
		{"FETCH 1:20000 (UID RFC822.SIZE INTERNALDATE)"},
		{"FETCH 1:5000 (ENVELOPE)"},
		{"NOOP"},
	} {
		b.Run(strings.Join(commands, ","), func(b *testing.B) {
			c := h.as("anna")
			c.in = bufio.NewReaderSize(c.conn, 2<<20)
			c.conn.SetReadDeadline(farAway)
			c.drain("SELECT INBOX")
			b.ReportAllocs()
			for b.Loop() {
				for _, command := range commands {
					c.drain(command)
				}
			}
			c.conn.Close()
		})
	}
}

// Many sessions on one mailbox share its picture.
func TestManySessionsOneMailbox(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a mailbox")
	}
	h := newHouse(t)
	h.fill(h.Anna, 20_000)
	first := h.as("anna")
	first.must("SELECT INBOX")
	before := heap()
	for range 10 {
		h.as("anna").must("SELECT INBOX")
	}
	if after := heap(); after > before+10<<20 {
		t.Errorf("ten more sessions hold %d KB more", (after-before)>>10)
	}
	if lines := first.must("FETCH 19999:* (UID)"); len(lines) != 2 || !strings.Contains(lines[1], "UID 20000") {
		t.Errorf("got %q", lines)
	}
}

// Messages at the edges of the picture are fetched right, however the set is
// written.
func TestSets(t *testing.T) {
	h := newHouse(t)
	for range 5 {
		h.letter(h.Anna)
	}
	c := h.as("anna")
	c.must("SELECT INBOX")
	for set, want := range map[string]int{"1:*": 5, "*:1": 5, "5:3,1": 4, "2,2,2": 1, "1:3,2:5": 5, "*": 1} {
		if lines := c.must(fmt.Sprintf("FETCH %s (UID)", set)); len(lines) != want {
			t.Errorf("FETCH %s: %q", set, lines)
		}
	}
	for set, want := range map[string]int{"1:4294967295": 5, "9:*": 1, "6:9": 0, "4294967295": 0, "2:3": 2} {
		if lines := c.must(fmt.Sprintf("UID FETCH %s (UID)", set)); len(lines) != want {
			t.Errorf("UID FETCH %s: %q", set, lines)
		}
	}
}
