package e2e

import (
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
)

// must is run for words that may hold spaces.
func (s *server) must(words ...string) string {
	s.t.Helper()
	out, errs, status := s.cli(words...)
	if status != 0 {
		s.t.Fatalf("postroom %q: exit %d\n%s%s", words, status, out, errs)
	}
	return out
}

// lists reports whether a person's mailboxes have one of an account.
func (c *client) lists(name string) bool {
	c.t.Helper()
	boxes, err := c.List("", "*", nil).Collect()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, b := range boxes {
		if strings.Contains(b.Mailbox, name) {
			return true
		}
	}
	return false
}

// arrived waits until a mailbox has n messages with a subject.
func (c *client) arrived(mailbox, subject string, n int) []string {
	c.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(50 * time.Millisecond) {
		found := c.bySubject(mailbox, subject)
		if len(found) < n {
			continue // the queue carries it: no session is told before it is there
		}
		var raw []string
		for _, m := range found {
			raw = append(raw, string(m.FindBodySection(headerSection)))
		}
		return raw
	}
	c.t.Fatalf("%s has not %d messages %q", mailbox, n, subject)
	return nil
}

// An invitation is accepted with curl, as a browser would, and the first
// sign-in over IMAP works; the link works once.
func TestInvitation(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	s := startDemo(t)
	out := s.run("account create dora@example.test --invite")
	at := strings.Index(out, "http://")
	if at < 0 {
		t.Fatalf("no link in %s", out)
	}
	link := strings.Fields(out[at:])[0]
	if _, err := s.tryIMAP("dora@example.test", "x"); err == nil {
		t.Error("signed in before accepting")
	}
	const password = "a rather long secret of dora"
	post := func() string {
		page, err := exec.Command(curl, "-s", "--data-urlencode", "password="+password, "--data-urlencode", "again="+password, link).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	if page, err := exec.Command(curl, "-s", link).Output(); err != nil || !strings.Contains(string(page), `type="password"`) {
		t.Fatalf("%v %s", err, page)
	}
	if page := post(); !strings.Contains(page, "dora@example.test") {
		t.Errorf("after accepting: %s", page)
	}
	s.imap("dora@example.test", password).open("INBOX")
	resp, err := http.PostForm(link, url.Values{"password": {"another long secret of x"}, "again": {"another long secret of x"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	s.imap("dora@example.test", password).open("INBOX")
}

// What is offered is there at once; declined it is not listed, accepted again
// it is.
func TestOfferedShare(t *testing.T) {
	s := startDemo(t)
	c := s.as(cleo)
	s.run("share " + info + " --with " + cleo + " --preset read --mount offer")
	for _, step := range []struct {
		line   string
		listed bool
	}{
		{"", true},
		{"share decline " + info + " --for " + cleo, false},
		{"share accept " + info + " --for " + cleo, true},
		{"unshare " + info + " --with " + cleo, false},
	} {
		if step.line != "" {
			s.run(step.line)
		}
		if got := c.lists(info); got != step.listed {
			t.Errorf("after %q listed is %v", step.line, got)
		}
	}
}

// A dynamic group gives access to an open session and takes it away: the one
// who has the mailbox open is told BYE.
func TestDynamicGroupAndSession(t *testing.T) {
	s := startDemo(t)
	c := s.as(cleo)
	s.must("group", "create", "sellers@example.test", "--filter", "(department=sales)")
	s.run("share " + info + " --with sellers@example.test --preset full")
	if c.lists(info) {
		t.Error("listed before she is a member")
	}
	s.run("account set " + cleo + " --attribute department=sales")
	c.open(infoInbox)
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	changed := time.Now()
	s.run("account set " + cleo + " --attribute department=")
	select {
	case <-c.Closed():
		t.Logf("told after %v, the command line included", time.Since(changed))
	case <-time.After(patience):
		t.Error("the session kept the mailbox open")
	}
}

// Out-of-office answers an inside and an outside sender, each once, and neither
// lists nor mail to a group; forwarding goes on.
func TestAbsenceAndForwarding(t *testing.T) {
	s := startDemo(t)
	s.must("out-of-office", "set", cleo, "--text", "Away until Monday.", "--subject", "Away:", "--outside-text", "Closed.")
	s.run("group create crew@example.test")
	s.run("group add crew@example.test " + cleo)
	s.run("account forward " + cleo + " " + ben + " --keep")
	send := func(subject, to, extra string) {
		t.Helper()
		if err := s.deliver("smtp", to, letter(customer, to, subject, extra, "x")); err != nil {
			t.Fatal(err)
		}
	}
	send("By list", cleo, "List-Id: <l.outside.test>\nPrecedence: list\n")
	send("To the group", "crew@example.test", "")
	send("First", cleo, "")
	send("Second", cleo, "")
	for range 2 {
		if err := s.submit(anna, anna, []string{cleo}, letter(anna, cleo, "Inside", "", "x")); err != nil {
			t.Fatal(err)
		}
	}
	a, b := s.as(anna), s.as(ben)
	reply := s.outbox("Away: First")
	if to := reply.Header.Get("To"); !strings.Contains(to, customer) || reply.Header.Get("Auto-Submitted") == "" {
		t.Errorf("outside: To %q, Auto-Submitted %q", to, reply.Header.Get("Auto-Submitted"))
	}
	if raw := a.arrived("INBOX", "Away: Inside", 1); !strings.Contains(raw[0], "Away until Monday.") {
		t.Errorf("inside: %s", raw[0])
	}
	// All that went on is through the queue once the last has come by it.
	b.arrived("INBOX", "Second", 1)
	b.arrived("INBOX", "Inside", 2)
	if n := len(a.bySubject("INBOX", "Away: Inside")); n != 1 {
		t.Errorf("anna was answered %d times", n)
	}
	for _, subject := range []string{"Second", "By list", "To the group"} {
		if s.findOutbox("Away: "+subject) != nil {
			t.Errorf("%q was answered", subject)
		}
	}
}

// Who leaves: the login ends, the team has the mailbox, a colleague the mail and
// the senders an answer.
func TestLeavingEmployee(t *testing.T) {
	s := startDemo(t)
	open := s.as(cleo)
	open.open("INBOX")
	idle, err := open.Idle()
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	s.must("account", "leave", cleo, "--share-with", "info-team@example.test", "--forward", ben, "--out-of-office", "Cleo has left.")
	select {
	case <-open.Closed():
	case <-time.After(patience):
		t.Error("her session goes on")
	}
	if _, err := s.tryIMAP(cleo, s.password(cleo)); err == nil {
		t.Error("she signed in")
	}
	if err := s.deliver("smtp", cleo, letter(customer, cleo, "Still there?", "", "x")); err != nil {
		t.Fatal(err)
	}
	s.as(ben).arrived("INBOX", "Still there?", 1)
	s.outbox("Auto: Still there?")
	s.as(anna).arrived("Other Users/"+cleo+"/INBOX", "Still there?", 1)
}

// What delegates do with a message is told when asked for it.
func TestAuditOfMessage(t *testing.T) {
	s := startDemo(t)
	if err := s.deliver("smtp", info, letter(customer, info, "Traced", "Message-ID: <traced@outside.test>\n", "x")); err != nil {
		t.Fatal(err)
	}
	a := s.as(anna)
	read := a.bySubject(infoInbox, "Traced")
	if len(read) != 1 {
		t.Fatalf("%d messages", len(read))
	}
	uid := imap.UIDSetNum(read[0].UID)
	if _, err := a.Move(uid, "Shared/"+info+"/Trash").Wait(); err != nil {
		t.Fatal(err)
	}
	b := s.as(ben)
	gone := imap.UIDSetNum(b.bySubject("Shared/"+info+"/Trash", "Traced")[0].UID)
	if err := b.Store(gone, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.UIDExpunge(gone).Close(); err != nil {
		t.Fatal(err)
	}
	out := s.must("audit", "message", "<traced@outside.test>")
	for _, want := range []string{anna, ben, " read ", " moved ", " deleted "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if err := s.submit(anna, info, []string{customer}, letter(info, customer, "Sent", "Message-ID: <sent@example.test>\n", "x")); err != nil {
		t.Fatal(err)
	}
	if out := s.must("audit", "message", "<sent@example.test>"); !strings.Contains(out, " sent ") || !strings.Contains(out, anna) {
		t.Errorf("who sent it:\n%s", out)
	}
	s.run("audit verify")
}

// A revocation that was answered holds over kill -9.
func TestRevocationOutlivesTheServer(t *testing.T) {
	s := startDemo(t)
	s.as(ben).open(infoInbox)
	s.run("group remove info-team@example.test " + ben)
	s.stop(syscall.SIGKILL)
	s.start()
	b := s.as(ben)
	if b.lists(info) {
		t.Error("ben sees info@ again")
	}
	imapError(t, b, infoInbox)
	if err := s.submit(ben, info, []string{customer}, letter(info, customer, "Revoked", "", "x")); err == nil {
		t.Error("ben sent as info@")
	}
	s.as(anna).open(infoInbox)
}
