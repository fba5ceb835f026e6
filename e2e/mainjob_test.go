package e2e

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"
)

// Point 1: mail for info@ arrives over SMTP and LMTP and shows at once in the
// idle sessions of the whole team.
func TestMailReachesTheTeam(t *testing.T) {
	s := startDemo(t)
	a, b := s.as(anna), s.as(ben)
	before := a.open(infoInbox)
	if got := b.open(infoInbox); got != before {
		t.Fatalf("anna sees %d messages, ben %d", before, got)
	}
	for n, protocol := range []string{"smtp", "lmtp"} {
		idleA, err := a.Idle()
		if err != nil {
			t.Fatal(err)
		}
		idleB, err := b.Idle()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.deliver(protocol, info, letter(customer, info, "Via "+protocol, "", "Hello")); err != nil {
			t.Fatalf("%s: %v", protocol, err)
		}
		want := before + uint32(n) + 1
		a.waitExists(want)
		b.waitExists(want)
		for _, idle := range []interface {
			Close() error
			Wait() error
		}{idleA, idleB} {
			if err := errors.Join(idle.Close(), idle.Wait()); err != nil {
				t.Fatal(err)
			}
		}
		if got := a.bySubject(infoInbox, "Via "+protocol); len(got) != 1 {
			t.Errorf("%s: %d copies", protocol, len(got))
		}
	}
	// To the group and to info@ in one go: still once in each inbox.
	c, err := smtp.Dial(s.Listen["smtp"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := letter(customer, info, "To all at once", "", "x")
	if err := c.SendMail(customer, []string{info, "sales@example.test", anna, "info-team@example.test"}, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	for _, box := range []string{"INBOX", infoInbox} {
		if got := a.bySubject(box, "To all at once"); len(got) != 1 {
			t.Errorf("%s: %d copies, want one", box, len(got))
		}
	}
}

// Point 2: anna answers as info@; who has only sendOnBehalfOf is named; who
// has nothing is refused.
func TestAnswerAsInfo(t *testing.T) {
	s := startDemo(t)
	question := letter(customer, info, "Opening hours", "Message-ID: <hours-1@outside.test>\n", "When?")
	if err := s.deliver("smtp", info, question); err != nil {
		t.Fatal(err)
	}
	answer := func(from, subject string) string {
		return letter(from, customer, subject, "Message-ID: <"+strings.ReplaceAll(subject, " ", "-")+
			"@example.test>\nIn-Reply-To: <hours-1@outside.test>\nReferences: <hours-1@outside.test>\n", "At nine.")
	}
	if err := s.submit(anna, info, []string{customer}, answer("Info <"+info+">", "Re: Opening hours")); err != nil {
		t.Fatal(err)
	}
	sent := s.outbox("Re: Opening hours")
	if from := sent.Header.Get("From"); !strings.Contains(from, info) {
		t.Errorf("From: %s", from)
	}
	for _, field := range []string{"Sender", "X-Sender", "X-Authenticated-User"} {
		if v := sent.Header.Get(field); v != "" {
			t.Errorf("%s: %s shows who sent", field, v)
		}
	}
	for field, values := range sent.Header {
		if strings.Contains(strings.Join(values, " "), "anna") && field != "X-Postroom-Envelope" {
			t.Errorf("%s names anna: %q", field, values)
		}
	}
	checkSentOnce(t, s, "Re: Opening hours", answer("Info <"+info+">", "Re: Opening hours"))
	checkOnBehalf(t, s, answer)
	checkRefused(t, s, answer)
}

// checkSentOnce looks for the copy as both members see it, also after the
// client stored its own.
func checkSentOnce(t *testing.T, s *server, subject, text string) {
	t.Helper()
	a, b := s.as(anna), s.as(ben)
	appendTo(t, a, infoSent, text)
	appendTo(t, a, "Sent", text)
	for name, c := range map[string]*client{"anna": a, "ben": b} {
		copies := c.bySubject(infoSent, subject)
		if len(copies) != 1 {
			t.Fatalf("%s sees %d copies in %s, want one", name, len(copies), infoSent)
		}
		if !hasFlag(copies[0], imap.FlagSeen) {
			t.Errorf("%s: the copy in Sent is unread", name)
		}
		original := c.bySubject(infoInbox, "Opening hours")
		if len(original) == 0 || !hasFlag(original[0], imap.FlagAnswered) {
			t.Errorf("%s: the original is not \\Answered", name)
		}
	}
	if own := a.bySubject("Sent", subject); len(own) != 0 {
		t.Errorf("anna's own Sent has %d copies", len(own))
	}
}

func appendTo(t *testing.T, c *client, mailbox, text string) {
	t.Helper()
	cmd := c.Append(mailbox, int64(len(text)), nil)
	if _, err := cmd.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatalf("APPEND %s: %v", mailbox, err)
	}
}

func checkOnBehalf(t *testing.T, s *server, answer func(from, subject string) string) {
	t.Helper()
	s.run("send-right remove " + info + " info-team@example.test sendAs")
	s.run("send-right add " + info + " info-team@example.test sendOnBehalfOf")
	if err := s.submit(anna, info, []string{customer}, answer(info, "On behalf")); err != nil {
		t.Fatal(err)
	}
	m := s.outbox("On behalf")
	if from, sender := m.Header.Get("From"), m.Header.Get("Sender"); !strings.Contains(from, info) || !strings.Contains(sender, anna) {
		t.Errorf("From %q Sender %q, want info and anna", from, sender)
	}
}

func checkRefused(t *testing.T, s *server, answer func(from, subject string) string) {
	t.Helper()
	for _, envelope := range []string{info, cleo} {
		err := s.submit(cleo, envelope, []string{customer}, answer(info, "Forged"))
		var reply *smtp.SMTPError
		if !errors.As(err, &reply) || reply.Code != 550 || reply.EnhancedCode != (smtp.EnhancedCode{5, 7, 1}) ||
			!strings.Contains(reply.Message, cleo+" may not send as "+info) {
			t.Errorf("cleo with MAIL FROM %s: %v", envelope, err)
		}
	}
	if m := s.findOutbox("Forged"); m != nil {
		t.Error("the forged mail left")
	}
	if out := s.run("queue list"); strings.Contains(out, cleo) {
		t.Errorf("the forged mail is queued:\n%s", out)
	}
}

// Point 4: leaving the group takes everything away at once.
func TestLeavingTheGroup(t *testing.T) {
	s := startDemo(t)
	selected, listing := s.as(ben), s.as(ben)
	selected.open(infoInbox)
	idle, err := selected.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.submit(ben, info, []string{customer}, letter(info, customer, "Still allowed", "", "x")); err != nil {
		t.Fatal(err)
	}
	s.run("group remove info-team@example.test " + ben)
	select {
	case <-selected.Closed():
	case <-time.After(patience):
		t.Error("ben's session kept the mailbox selected after he left the group")
	}
	idle.Close()
	boxes, err := listing.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	for _, box := range boxes {
		if strings.Contains(box.Mailbox, info) {
			t.Errorf("ben still sees %s", box.Mailbox)
		}
	}
	absent := imapError(t, listing, "Shared/nobody@example.test/INBOX")
	if got := imapError(t, listing, infoInbox); got != absent {
		t.Errorf("info@ answers %q, what does not exist answers %q", got, absent)
	}
	err = s.submit(ben, info, []string{customer}, letter(info, customer, "Not any more", "", "x"))
	var reply *smtp.SMTPError
	if !errors.As(err, &reply) || reply.Code != 550 {
		t.Errorf("ben's next send as info@: %v", err)
	}
	if out, _, status := s.cli("access", "check", ben, info+":/Inbox", "r"); status != 3 || !strings.Contains(out, "DENIED") {
		t.Errorf("access check: %d %s", status, out)
	}
}

func imapError(t *testing.T, c *client, mailbox string) string {
	t.Helper()
	_, err := c.Select(mailbox, nil).Wait()
	if err == nil {
		t.Fatalf("SELECT %s succeeded", mailbox)
	}
	return err.Error()
}

// Point 5: a shared account has no login, yet it receives, is granted, is sent
// from and is managed.
func TestSharedAccountWithoutLogin(t *testing.T) {
	s := startDemo(t)
	for _, password := range []string{"", "x", s.password(anna)} {
		if _, err := s.tryIMAP(info, password); err == nil {
			t.Errorf("info@ signed in with %q", password)
		}
	}
	s.run("account create office@example.test --kind shared --name Office")
	s.run("share office@example.test --with cleo@example.test --preset full+send")
	if err := s.deliver("lmtp", "office@example.test", letter(customer, "office@example.test", "To the office", "", "x")); err != nil {
		t.Fatal(err)
	}
	if got := s.as(cleo).bySubject("Shared/office@example.test/INBOX", "To the office"); len(got) != 1 {
		t.Errorf("cleo sees %d messages in office@", len(got))
	}
	if err := s.submit(cleo, "office@example.test", []string{customer}, letter("office@example.test", customer, "From the office", "", "x")); err != nil {
		t.Error(err)
	}
	s.outbox("From the office")
	s.run("alias create desk@example.test office@example.test")
	s.run("unshare office@example.test --with cleo@example.test")

	// Signing in as the shared mailbox, with the delegate's own password.
	for _, user := range []string{info + "*" + anna, anna + `\` + info} {
		c := s.imap(user, s.password(anna))
		c.open("INBOX")
		boxes, err := c.List("", "%", &imap.ListOptions{ReturnSpecialUse: true}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		if !hasSpecialUse(boxes, "Sent", imap.MailboxAttrSent) {
			t.Errorf("%s: Sent has no \\Sent: %+v", user, boxes)
		}
	}
	if _, err := s.tryIMAP(info+"*"+ben, "wrong"); err == nil {
		t.Error("delegated sign-in with a wrong password")
	}
}

func hasSpecialUse(boxes []*imap.ListData, name string, use imap.MailboxAttr) bool {
	for _, b := range boxes {
		for _, a := range b.Attrs {
			if b.Mailbox == name && a == use {
				return true
			}
		}
	}
	return false
}

// Switching a login off ends what is open, not only the next sign-in.
func TestLoginOff(t *testing.T) {
	s := startDemo(t)
	open := s.as(ben)
	open.open("INBOX")
	idle, err := open.Idle()
	if err != nil {
		t.Fatal(err)
	}
	s.run("account login " + ben + " off")
	select {
	case <-open.Closed():
	case <-time.After(patience):
		t.Error("ben's session went on after his login was switched off")
	}
	idle.Close()
	if _, err := s.tryIMAP(ben, s.password(ben)); err == nil {
		t.Error("ben signed in")
	}
	s.run("account login " + ben + " on")
	s.as(ben).open(infoInbox)
}
