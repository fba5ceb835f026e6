package smtpserver

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postroom"
	"postroom/internal/imapserver"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// program is a mail program of anna's: one IMAP and one SMTP connection.
type program struct {
	imap *imapclient.Client
	smtp *smtp.Client
	// sent are the names it knows Sent mailboxes by, and whose they are.
	sent map[string]string
}

const (
	annaAt = "anna@example.test"
	infoAt = "info@example.test"
	deskAt = "desk@example.test"
)

// spellings are the ways anna can sign in: as herself, and three as info@.
var spellings = map[string]sasl.Client{
	"own":        sasl.NewPlainClient("", annaAt, password),
	"star":       sasl.NewPlainClient("", infoAt+"*"+annaAt, password),
	"backslash":  sasl.NewPlainClient("", annaAt+`\`+infoAt, password),
	"authorized": sasl.NewPlainClient(infoAt, annaAt, password),
}

// serveIMAP serves the town's mailboxes.
func (w *town) serveIMAP() string {
	s := imapserver.New(imapserver.Options{Store: w.store, Hostname: "mx.example.test", Logger: w.log, PlainSignIn: imapserver.Allowed})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		s.Shutdown(ctx)
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
	return l.Addr().String()
}

// program signs in to both servers.
func (w *town) program(addr, spelling string) *program {
	w.t.Helper()
	c, err := imapclient.DialInsecure(addr, nil)
	w.must(err)
	w.t.Cleanup(func() { c.Close() })
	w.must(c.Authenticate(spellings[spelling]))
	p := &program{imap: c, smtp: w.client("submission"), sent: map[string]string{"Sent": annaAt, "Shared/" + infoAt + "/Sent": infoAt}}
	if spelling != "own" {
		p.sent = map[string]string{"Sent": infoAt}
	}
	w.must(p.smtp.Auth(spellings[spelling]))
	return p
}

// keep appends a message to a Sent mailbox, as programs do.
func (p *program) keep(t *testing.T, mailbox, raw string) {
	t.Helper()
	cmd := p.imap.Append(mailbox, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagSeen}})
	if _, err := cmd.Write([]byte(raw)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.Wait(); err != nil {
		t.Fatalf("APPEND %s: %v", mailbox, err)
	}
}

// habits are what programs do with the copy of what they send.
var habits = []string{"never", "after", "before", "twice", "before and after", "line ends", "Bcc removed", "late"}

// sentTown is the town with everything that anna may send as and read.
func sentTown(t *testing.T, clock *atomic.Int64) *town {
	start := time.Now()
	w := newTownAt(t, func() time.Time { return start.Add(time.Duration(clock.Load())) })
	ctx, d := t.Context(), w.console.Directory()
	for _, address := range []string{infoAt, deskAt} {
		root, err := d.FindCollection(ctx, address, "/")
		w.must(err)
		w.must(d.PutGrant(ctx, postroom.Grant{Target: root.Ref, Grantee: w.grantee(root.Ref.Account, annaAt), Rights: rights.Manager}))
	}
	desk, err := d.Account(ctx, deskAt)
	w.must(err)
	list, err := d.Group(ctx, "list@example.test")
	w.must(err)
	for _, g := range []postroom.SendGrant{
		{Target: postroom.SendTarget{Account: desk.ID}, Grantee: w.grantee(desk.ID, annaAt), Right: postroom.SendOnBehalfOf},
		{Target: postroom.SendTarget{Group: list.ID}, Grantee: w.grantee(desk.ID, annaAt), Right: postroom.SendAs},
	} {
		w.must(d.PutSendGrant(ctx, g))
	}
	return w
}

// kept counts the messages of Sent mailboxes by Message-ID and account; what is
// unread counts as a hundred.
func (w *town) kept() map[string]map[string]int {
	w.t.Helper()
	all := map[string]map[string]int{}
	s := w.session("anna")
	for _, address := range []string{annaAt, infoAt, deskAt} {
		c, err := s.Resolve(w.t.Context(), address, "/Sent")
		w.must(err)
		box, err := s.Mailbox(w.t.Context(), c.Ref, store.ReadOnly)
		w.must(err)
		view, err := box.View(w.t.Context())
		w.must(err)
		uids := make([]postroom.UID, len(view.Items))
		for i, item := range view.Items {
			uids[i] = item.UID
		}
		for i, raw := range w.messages(address, "/Sent") {
			_, rest, _ := strings.Cut(raw, "Message-ID: <")
			id, _, _ := strings.Cut(rest, "@")
			if all[id] == nil {
				all[id] = map[string]int{}
			}
			all[id][address]++
			if view.Items[i].Flags&postroom.FlagSeen == 0 {
				all[id][address] += 100
			}
		}
	}
	return all
}

// wanted tells which Sent mailboxes have how many copies in the end.
func wanted(policy postroom.SentPolicy, from, home, habit, keptIn string) map[string]int {
	target := from
	if from == "list@example.test" {
		target = annaAt // a group has no mailbox
	}
	filed := map[string]int{target: 1}
	if target != annaAt {
		switch policy {
		case postroom.SentSender:
			filed = map[string]int{annaAt: 1}
		case postroom.SentBoth:
			filed[annaAt] = 1
		case postroom.SentNone:
			filed = map[string]int{}
		}
	}
	folds := len(filed) > 0 && slices.Contains([]string{target, annaAt, home}, keptIn)
	n := 1
	switch habit {
	case "never":
		n = 0
	case "twice", "before and after":
		n = 2
	}
	if folds && habit != "late" {
		n = 0
	}
	if n > 0 {
		filed[keptIn] += n
	}
	return filed
}

// TestSentMailboxes: whatever a program does with its copies, each message is in
// the Sent mailboxes that the policy names, once and read.
func TestSentMailboxes(t *testing.T) {
	var clock atomic.Int64
	w := sentTown(t, &clock)
	addr := w.serveIMAP()
	programs := map[string]*program{}
	for name := range spellings {
		programs[name] = w.program(addr, name)
	}
	type outcome struct {
		name string
		want map[string]int
	}
	cases := map[string]outcome{}
	type late struct {
		p            *program
		mailbox, raw string
	}
	var later []late
	for _, policy := range []postroom.SentPolicy{postroom.SentOwner, postroom.SentSender, postroom.SentBoth, postroom.SentNone} {
		w.policy(policy)
		for name, p := range programs {
			home := p.sent["Sent"]
			for mailbox, keptIn := range p.sent {
				for _, from := range []string{annaAt, infoAt, "sales@example.test", deskAt, "list@example.test"} {
					for _, habit := range habits {
						id := fmt.Sprintf("m%d", len(cases))
						raw := "From: " + from + "\r\nTo: x@example.org\r\nBcc: y@example.org\r\nSubject: s\r\nMessage-ID: <" + id + "@example.test>\r\n\r\nbody\r\n"
						if strings.HasPrefix(habit, "before") {
							p.keep(t, mailbox, raw)
						}
						if err := p.smtp.SendMail(from, []string{"x@example.org"}, strings.NewReader(raw)); err != nil {
							t.Fatal(err)
						}
						switch habit {
						case "after", "before and after":
							p.keep(t, mailbox, raw)
						case "twice":
							p.keep(t, mailbox, raw)
							p.keep(t, mailbox, raw)
						case "line ends":
							p.keep(t, mailbox, strings.ReplaceAll(raw, "\r\n", "\n"))
						case "Bcc removed":
							p.keep(t, mailbox, strings.Replace(raw, "Bcc: y@example.org\r\n", "", 1))
						case "late":
							later = append(later, late{p, mailbox, raw})
						}
						account := strings.Replace(from, "sales", "info", 1)
						cases[id] = outcome{fmt.Sprintf("%v, %s, kept in %s, from %s, %s", policy, name, mailbox, from, habit),
							wanted(policy, account, home, habit, keptIn)}
					}
				}
			}
		}
	}
	clock.Add(int64(10*time.Minute + time.Second))
	for _, l := range later {
		l.p.keep(t, l.mailbox, l.raw)
	}
	got := w.kept()
	for id, c := range cases {
		if !maps.Equal(got[id], c.want) {
			t.Errorf("%s: %v, want %v", c.name, got[id], c.want)
		}
	}
	t.Logf("%d cases", len(cases))
}

// TestBlindCopyInSent: the copy of who sent tells to whom else it went; those get
// a message that does not.
func TestBlindCopyInSent(t *testing.T) {
	var clock atomic.Int64
	w := sentTown(t, &clock)
	c := w.client("submission")
	w.must(c.Auth(spellings["own"]))
	raw := "From: " + annaAt + "\r\nTo: x@example.org\r\nBcc: ben@example.test\r\nSubject: s\r\nMessage-ID: <blind@example.test>\r\n\r\nbody\r\n"
	w.must(c.SendMail(annaAt, []string{"x@example.org", "ben@example.test"}, strings.NewReader(raw)))
	kept := w.messages(annaAt, "/Sent")
	if len(kept) != 1 || !strings.Contains(kept[0], "\r\nBcc: ben@example.test\r\n") && !strings.HasPrefix(kept[0], "Bcc: ben@example.test\r\n") {
		t.Errorf("%q", kept)
	}
	list, err := w.console.Directory().QueuedMessages(t.Context())
	w.must(err)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	content, err := system.Queue(w.store).Content(t.Context(), list[0].ID)
	w.must(err)
	defer content.Close()
	b, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
	// A signature may have any three letters in it.
	if err != nil || strings.Contains("\r\n"+strings.ToLower(string(b)), "\r\nbcc:") || strings.Contains(string(b), "ben@") {
		t.Errorf("%v\n%s", err, b)
	}
}

// policy sets where the copies of what is sent as info@ and desk@ go.
func (w *town) policy(p postroom.SentPolicy) {
	w.t.Helper()
	for _, address := range []string{infoAt, deskAt} {
		a, err := w.console.Directory().Account(w.t.Context(), address)
		w.must(err)
		a.Sent = p
		w.must(w.console.Directory().UpdateAccount(w.t.Context(), a))
	}
}
