package imapserver_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"postroom"
	"postroom/internal/imapserver"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// A loss is a way in which cleo's right to read info@ begins and ends. By the
// return of take the loss is acknowledged; expiry is noticed by the server.
type loss struct {
	name       string
	give, take func(h *house)
	// ends says that her sessions end with it, not just what is shared.
	ends bool
}

func losses() []loss {
	mailbox := func(r postroom.Rights) func(*house) { return func(h *house) { h.give("cleo", h.Info, "/Inbox", r) } }
	state := func(s postroom.AccountState) func(*house) {
		return func(h *house) {
			a := h.account("cleo")
			a.State = s
			h.must(h.Console.Directory().UpdateAccount(context.Background(), a))
		}
	}
	return []loss{
		{name: "grant", give: mailbox(rights.Viewer), take: mailbox(postroom.NoRights)},
		{name: "only looking up is left", give: mailbox(rights.Viewer), take: mailbox(postroom.Lookup)},
		{name: "block", give: func(h *house) { h.put("all", rights.Viewer, store.Positive) },
			take: func(h *house) { h.put("cleo@example.test", postroom.NoRights, store.Positive) }},
		{name: "negative entry", give: func(h *house) { h.put("all", rights.Viewer, store.Positive) },
			take: func(h *house) { h.put("cleo@example.test", rights.Viewer, store.Negative) }},
		{name: "group left", give: func(h *house) { h.member("cleo", true) }, take: func(h *house) { h.member("cleo", false) }},
		{name: "group deleted", give: func(h *house) { h.member("cleo", true) },
			take: func(h *house) { h.must(h.Console.Directory().DeleteGroup(context.Background(), h.team.ID)) }},
		{name: "expired", give: mailbox(rights.Viewer), take: func(h *house) { // soon, however long the giving took
			h.must(h.Console.Directory().PutGrant(context.Background(), postroom.Grant{Target: h.collection(h.Info, "/Inbox"), Grantee: h.grantee("cleo"),
				Rights: rights.Viewer, Until: time.Now().Add(2 * time.Second)}))
		}},
		{name: "moved to another domain", give: func(h *house) { h.put("domain:example.test", rights.Viewer, store.Positive) },
			take: func(h *house) {
				d := h.Console.Directory()
				_, err := d.CreateDomain(context.Background(), h.Org.ID, "other.test")
				h.must(err)
				h.must(d.RenameAccount(context.Background(), h.Cleo.ID, "cleo@other.test"))
			}},
		{name: "account locked", give: mailbox(rights.Viewer), take: state(postroom.Locked), ends: true},
		{name: "account disabled", give: mailbox(rights.Viewer), take: state(postroom.Disabled), ends: true},
		{name: "password changed", give: mailbox(rights.Viewer), take: func(h *house) {
			h.must(h.Console.Directory().SetPassword(context.Background(), h.Cleo.ID, "another horse battery"))
		}, ends: true},
	}
}

func (h *house) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

// put sets an entry on info@'s inbox.
func (h *house) put(grantee string, r postroom.Rights, sign store.Sign) {
	h.T.Helper()
	d := h.Console.Directory()
	g, err := d.FindGrantee(context.Background(), h.Info.ID, grantee)
	h.must(err)
	h.must(d.PutGrant(context.Background(), postroom.Grant{Target: h.collection(h.Info, "/Inbox"), Grantee: g, Rights: r, Negative: sign == store.Negative}))
}

func (h *house) member(name string, joins bool) {
	h.T.Helper()
	d, change := h.Console.Directory(), []string{name + "@example.test"}
	if joins {
		h.must(d.AddMembers(context.Background(), h.team.ID, change))
		return
	}
	h.must(d.RemoveMembers(context.Background(), h.team.ID, change))
}

// lastWords reads until the server ends the connection. Nothing of the mailbox
// may be among it; the last line is why.
func (c *client) lastWords() string {
	c.t.Helper()
	last := ""
	for {
		line, err := c.read()
		if err != nil {
			return last
		}
		if strings.Contains(line, "FETCH") || strings.Contains(line, "EXISTS") || strings.Contains(line, "SEARCH") || strings.Contains(line, "STATUS") {
			c.t.Errorf("after the loss: %.100s", line)
		}
		last = line
	}
}

// TestLossesEndSessions: however the right to read goes, every session that has
// the mailbox open is told so and ended, between commands, in IDLE and with
// NOTIFY; one that only watches it hears that it is gone.
func TestLossesEndSessions(t *testing.T) {
	t.Parallel()
	for _, l := range losses() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.letter(h.Info)
			watching, quiet, idle, notified := h.as("cleo"), h.as("cleo"), h.as("cleo"), h.as("cleo")
			ben := h.as("ben")
			l.give(h)
			for _, c := range []*client{quiet, idle, notified} {
				c.must("SELECT " + infoInbox)
			}
			idle.send("t IDLE")
			if line := idle.line(); line != "+ idling" {
				t.Fatal(line)
			}
			notified.must("NOTIFY SET (selected (MessageNew (BODY.PEEK[]) MessageExpunge FlagChange))")
			watching.must("NOTIFY SET (subtree Shared (MailboxName MessageNew MessageExpunge FlagChange))")
			l.take(h)
			for _, c := range []*client{quiet, idle, notified} {
				want := "* BYE the selected mailbox is no longer available to you"
				if l.ends {
					want = "* BYE the session has ended: sign in again"
				}
				if bye := c.lastWords(); bye != want && (!l.ends || !strings.HasPrefix(bye, "* BYE ")) {
					t.Errorf("ended with %q, want %q", bye, want)
				}
			}
			// What comes after the loss is not heard of.
			h.letter(h.Info)
			l.watched(t, watching)
			if l.name != "group deleted" {
				ben.must("SELECT " + infoInbox) // others go on
			}
		})
	}
}

// watched reads what a session that watches hears: that the mailbox is gone or
// not to be read, or its own end.
func (l *loss) watched(t *testing.T, c *client) {
	t.Helper()
	for {
		line := c.line()
		switch {
		case l.ends:
			if !strings.HasPrefix(line, "* BYE") {
				t.Errorf("who watches hears %s", line)
			}
			return
		case strings.HasSuffix(line, infoInbox) && (strings.Contains(line, `\NonExistent`) || strings.Contains(line, `\NoAccess`)):
			return
		case !strings.HasPrefix(line, "* LIST"):
			t.Errorf("who watches hears %s", line)
		}
	}
}

// slowHouse is a house whose connections hold hardly anything on their way.
func slowHouse(t *testing.T) *house {
	h := newHouse(t)
	h.addr = h.listen(func(l net.Listener) error { return h.server.Serve(narrow{l}) })
	return h
}

type narrow struct{ net.Listener }

func (l narrow) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		conn.(*net.TCPConn).SetWriteBuffer(8 << 10)
	}
	return conn, err
}

// slowly dials with a small window.
func (h *house) slowly(user string) *client {
	h.T.Helper()
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		fault := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 8<<10) })
		if fault != nil {
			return fault
		}
		return err
	}}
	conn, err := d.Dial("tcp", h.addr)
	h.must(err)
	h.T.Cleanup(func() { conn.Close() })
	c := newClient(h, conn)
	c.line()
	c.must(`LOGIN "` + user + `@example.test" "` + storetest.Password + `"`)
	return c
}

// TestLossDuringFetch takes the right away while a client reads slowly. The
// guarantee: when the loss is acknowledged, a message whose bytes are being
// written is finished, and no byte of another follows. What was already handed to
// the socket cannot be called back.
func TestLossDuringFetch(t *testing.T) {
	t.Parallel()
	for _, l := range losses() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			h := slowHouse(t)
			body := strings.Repeat("A line that is repeated to be a large message.\r\n", 8000)
			for range 4 {
				h.sent++
				h.Deliver(storetest.Message(h.sent, body), h.Info)
			}
			c, other := h.slowly("cleo"), h.as("cleo")
			l.give(h)
			other.must("SELECT " + infoInbox)
			c.must("SELECT " + infoInbox)
			c.send("x FETCH 1:* (BODY.PEEK[])")
			if line := c.line(); !strings.HasPrefix(line, "* 1 FETCH") {
				t.Fatal(line)
			}
			// More than fits between is written of the first: the second cannot have
			// been begun.
			l.take(h)
			other.lastWords() // also of an expiry this is the sign
			lines, last := 0, ""
			for {
				line, err := c.read()
				if err != nil {
					break
				}
				if strings.Contains(line, "FETCH") || strings.HasPrefix(line, "x OK") {
					t.Errorf("after the loss: %s", line)
				}
				lines, last = lines+1, line
			}
			if !strings.HasPrefix(last, "* BYE") {
				t.Errorf("ended with %q", last)
			}
			if lines < 8000 || lines > 8020 {
				t.Errorf("%d lines came, want the first message whole and no other", lines)
			}
		})
	}
}

// TestLossDuringFetchOfSmall is the same with messages of which many are opened
// at a time and many fit into the buffers on the way: these come, no others.
func TestLossDuringFetchOfSmall(t *testing.T) {
	t.Parallel()
	h := slowHouse(t)
	ref := h.collection(h.Info, "/Inbox")
	m, err := h.SignIn("anna").Mailbox(context.Background(), ref, store.AppendOnly)
	h.must(err)
	var messages []store.NewMessage
	for n := range 400 {
		raw := storetest.Message(n, strings.Repeat("Some words of a letter.\r\n", 160))
		messages = append(messages, store.NewMessage{Raw: strings.NewReader(raw), Size: int64(len(raw))})
	}
	_, err = m.Append(context.Background(), messages)
	h.must(err)
	h.give("cleo", h.Info, "/Inbox", rights.Viewer)
	for _, items := range []string{"BODY.PEEK[]", "UID ENVELOPE BODY.PEEK[TEXT]", "BINARY.PEEK[1]"} {
		c := h.slowly("cleo")
		c.must("SELECT " + infoInbox)
		c.send("x FETCH 1:* (" + items + ")")
		c.line()
		h.give("cleo", h.Info, "/Inbox", postroom.NoRights)
		came := 0
		for {
			line, err := c.read()
			if err != nil {
				break
			}
			if came += len(line) + 2; strings.HasPrefix(line, "x ") {
				t.Errorf("%s: after the loss: %s", items, line)
			}
		}
		if came > 300<<10 {
			t.Errorf("%s: %d bytes of 1.6 MB came after the loss", items, came)
		}
		h.give("cleo", h.Info, "/Inbox", rights.Viewer)
	}
}

// gatedHouse is a house whose store's clock stops a reading on the way.
func gatedHouse(t *testing.T) (*house, *gate) {
	g := &gate{}
	return houseWith(t, func(o *store.Options) { o.Now = g.now }, func(*imapserver.Options) {}), g
}

// TestLossDuringCommands stops a command between two looks at the store, takes
// the right away, and lets it go on: it tells nothing that it had not read by
// then, and changes nothing. SELECT looks once; TestLossAfterSelect is its own.
func TestLossDuringCommands(t *testing.T) {
	t.Parallel()
	h, g := gatedHouse(t)
	for range 3 {
		h.letter(h.Info)
	}
	anna, cleo := h.SignIn("anna"), h.SignIn("cleo")
	h.must(cleo.SetSubscribed(context.Background(), infoInbox, store.Subscribed))
	h.Deliver(storetest.Message(9, "Her own."), h.Cleo)
	full := parseRights(t, "lrswite")
	for _, tt := range []struct {
		command string
		nth     int  // the reading of the command that is stopped
		own     bool // cleo's own inbox is selected
		goesOn  bool // it ends well, without a word of the mailbox
	}{
		{command: `STATUS ` + infoInbox + ` (MESSAGES)`, nth: 2, own: true},
		{command: `FETCH 1:* (FLAGS)`, nth: 1}, {command: `FETCH 1:* (ENVELOPE)`, nth: 1},
		{command: `FETCH 1:* (BODY.PEEK[])`, nth: 1}, {command: `FETCH 1:* (BODY[])`, nth: 1},
		{command: `SEARCH BODY price`, nth: 2}, {command: `SEARCH HEADER SUBJECT Number`, nth: 2},
		{command: `SEARCH TEXT price`, nth: 2}, {command: `SORT (SUBJECT) UTF-8 ALL`, nth: 2}, {command: `THREAD REFERENCES UTF-8 ALL`, nth: 2},
		{command: `ESEARCH IN (subtree Shared) RETURN (COUNT) ALL`, nth: 2, own: true, goesOn: true},
		{command: `COPY 1:* INBOX`, nth: 1}, {command: `MOVE 1:* INBOX`, nth: 1},
		{command: `COPY 1:* ` + infoInbox, nth: 1, own: true}, {command: `MOVE 1:* ` + infoInbox, nth: 1, own: true},
		{command: "APPEND " + infoInbox + six, nth: 1, own: true},
		{command: "REPLACE 1 INBOX" + six, nth: 1}, {command: "REPLACE 1 " + infoInbox + six, nth: 2, own: true},
		{command: `GETACL ` + infoInbox, nth: 2, own: true}, {command: `GETQUOTAROOT ` + infoInbox, nth: 2, own: true},
		{command: `GETMETADATA ` + infoInbox + ` /shared/comment`, nth: 2, own: true},
		{command: `SETMETADATA ` + infoInbox + ` (/shared/comment "x")`, nth: 1, own: true},
		{command: `CREATE ` + infoInbox + `/New`, nth: 1, own: true}, {command: `RENAME ` + infoInbox + ` Shared/info@example.test/Old`, nth: 1, own: true},
	} {
		h.give("cleo", h.Info, "/Inbox", full)
		c := h.as("cleo")
		if tt.own {
			c.must("SELECT INBOX")
		} else {
			c.must("SELECT " + infoInbox)
		}
		reached := g.arm(tt.nth)
		c.send("t " + tt.command)
		select {
		case <-reached:
		case <-time.After(patience):
			t.Fatalf("%s does not read %d times", tt.command, tt.nth)
		}
		h.give("cleo", h.Info, "/Inbox", postroom.NoRights)
		before := h.View(h.Open(anna, h.Info, "/Inbox"))
		g.open()
		heard := c.toTheEnd()
		if after := h.View(h.Open(anna, h.Info, "/Inbox")); !slices.Equal(before.Items, after.Items) {
			t.Errorf("%s (%d): changed the mailbox after the loss: %q", tt.command, tt.nth, heard)
		}
		last := heard[len(heard)-1]
		if !tt.own && last != "closed" || tt.own && !tt.goesOn && !strings.HasPrefix(last, "t NO [NONEXISTENT]") && !strings.HasPrefix(last, "t NO [TRYCREATE]") {
			t.Errorf("%s (%d) went on after the loss: %q", tt.command, tt.nth, heard)
		}
		if tt.goesOn && strings.Contains(strings.Join(heard, "\n"), "Shared/info@example.test") {
			t.Errorf("%s (%d) tells of what is lost: %q", tt.command, tt.nth, heard)
		}
		c.conn.Close()
	}
}

// TestLossAfterSelect takes the right away when SELECT has taken its picture and
// the record of the opening is being written (docs/adr/0021): it may tell what
// STATUS told a moment before, and nothing that comes after it tells more.
func TestLossAfterSelect(t *testing.T) {
	t.Parallel()
	for _, next := range []string{`FETCH 1:* (FLAGS)`, `FETCH 1 (BODY[])`, `SEARCH ALL`, `STORE 1 +FLAGS (\Flagged)`, `NOOP`, `EXPUNGE`, `CLOSE`} {
		h, g := gatedHouse(t)
		h.letter(h.Info)
		anna := h.SignIn("anna")
		h.give("cleo", h.Info, "/Inbox", parseRights(t, "lrswite"))
		c := h.as("cleo")
		reached := g.arm(2)
		c.send("s SELECT " + infoInbox)
		select {
		case <-reached:
		case <-time.After(patience):
			t.Fatal("SELECT writes no record")
		}
		h.give("cleo", h.Info, "/Inbox", postroom.NoRights)
		before := h.View(h.Open(anna, h.Info, "/Inbox"))
		g.open()
		c.send("t " + next)
		for _, line := range c.toTheEnd() {
			if strings.Contains(line, "FETCH") || strings.HasPrefix(line, "* SEARCH 1") || strings.HasPrefix(line, "t OK") && next != "NOOP" && next != "CLOSE" {
				t.Errorf("%s: %q", next, line)
			}
		}
		if after := h.View(h.Open(anna, h.Info, "/Inbox")); !slices.Equal(before.Items, after.Items) {
			t.Errorf("%s changed the mailbox after the loss", next)
		}
		c.conn.Close()
	}
}

// TestLossDuringLiteral takes rights away while a message is being sent: what is
// stored, and with which flags, is decided when all of it has come.
func TestLossDuringLiteral(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.letter(h.Info)
	anna := h.SignIn("anna")
	const flagged = ` (\Seen \Flagged \Deleted)`
	for _, tt := range []struct{ command, left, answer, stored string }{
		{"APPEND " + infoInbox + flagged + " {6}", "lr", "t NO [NOPERM]", ""},
		{"APPEND " + infoInbox + flagged + " {6}", "", "t NO [TRYCREATE] no such mailbox", ""},
		{"APPEND " + infoInbox + six + " {6}", "", "t NO [TRYCREATE] no such mailbox", ""},
		{"APPEND " + infoInbox + flagged + " {6}", "li", "t OK APPEND done", "="},
		{"APPEND " + infoInbox + flagged + " {6}", "lrit", "t OK [APPENDUID", `= \Deleted`},
		{"REPLACE 1 " + infoInbox + flagged + " {6}", "lr", "t NO [NOPERM]", ""},
		{"REPLACE 1 " + infoInbox + flagged + " {6}", "", "t NO [TRYCREATE] no such mailbox", ""},
	} {
		h.give("cleo", h.Info, "/Inbox", parseRights(t, "lrswite"))
		c := h.as("cleo")
		c.must("APPEND INBOX" + six)
		c.must("SELECT INBOX")
		c.send("t " + tt.command)
		if line := c.line(); !strings.HasPrefix(line, "+") {
			t.Fatal(line)
		}
		before := len(h.View(h.Open(anna, h.Info, "/Inbox")).Items)
		h.give("cleo", h.Info, "/Inbox", parseRights(t, tt.left))
		c.send("a: b\r\n")
		heard := c.toTheEnd()
		if last := heard[len(heard)-1]; !strings.HasPrefix(last, tt.answer) {
			t.Errorf("%s with %q left: %q, want %s", tt.command, tt.left, heard, tt.answer)
		}
		after := h.View(h.Open(anna, h.Info, "/Inbox")).Items
		stored := ""
		if len(after) > before {
			stored = store.FlagChange{Flags: after[len(after)-1].Flags}.String()
		}
		if stored != tt.stored {
			t.Errorf("%s with %q left: stored %q, want %q", tt.command, tt.left, stored, tt.stored)
		}
		if len(c.must("SEARCH ALL")) != 1 {
			t.Errorf("%s: the session is out of step", tt.command)
		}
		c.must("STORE 1:* +FLAGS (\\Deleted)")
		c.must("EXPUNGE")
		c.conn.Close()
	}
}
