package smtpserver

import (
	"fmt"
	"net/mail"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/emersion/go-imap/v2"

	"postroom"
	"postroom/internal/store"
)

// TestDisplayedSender: what the organisation, the shared account and the grant
// say of the sender; the nearest that says anything holds.
func TestDisplayedSender(t *testing.T) {
	w := newTown(t)
	ctx, d := t.Context(), w.console.Directory()
	info, err := d.Account(ctx, infoAt)
	w.must(err)
	grant := postroom.SendGrant{Target: postroom.SendTarget{Account: info.ID}, Grantee: w.grantee(info.ID, annaAt), Right: postroom.SendAs}
	client := w.client("submission")
	w.must(client.Auth(spellings["own"]))
	const inherit, hide, show = postroom.InheritSender, postroom.HideSender, postroom.ShowSender
	three := []postroom.DisplayedSender{inherit, hide, show}
	want := map[string]bool{}
	for _, org := range three {
		o, err := d.Organisation(ctx, "Example")
		w.must(err)
		o.Displayed = org
		w.must(d.UpdateOrganisation(ctx, o))
		for _, account := range three {
			info.Displayed = account
			w.must(d.UpdateAccount(ctx, info))
			for _, own := range three {
				grant.Displayed = own
				if err := d.PutSendGrant(ctx, grant); postroom.KindOf(err) != postroom.Exists {
					w.must(err)
				}
				subject := fmt.Sprintf("org %d account %d grant %d", org, account, own)
				raw := "From: Info <" + infoAt + ">\r\nSender: " + annaAt + "\r\nTo: x@example.org\r\nSubject: " + subject + "\r\n\r\nx\r\n"
				w.must(client.SendMail(infoAt, []string{"x@example.org"}, strings.NewReader(raw)))
				shown := org
				for _, nearer := range []postroom.DisplayedSender{account, own} {
					if nearer != inherit {
						shown = nearer
					}
				}
				want[subject] = shown == show
			}
		}
	}
	w.drain()
	if n := len(w.outbox()); n != len(want) {
		t.Fatalf("%d left", n)
	}
	for _, raw := range w.outbox() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		w.must(err)
		subject := m.Header.Get("Subject")
		if got := strings.Contains(m.Header.Get("Sender"), annaAt); got != want[subject] || !strings.Contains(m.Header.Get("From"), infoAt) {
			t.Errorf("%s: From %q Sender %q", subject, m.Header.Get("From"), m.Header.Get("Sender"))
		}
		if !want[subject] && strings.Contains(raw, "anna") {
			t.Errorf("%s: names anna:\n%s", subject, raw)
		}
	}
}

// flags reads the flags of a mailbox as anna sees it, by Message-ID.
func (w *town) flags(address, path string) map[string]string {
	w.t.Helper()
	s := w.session("anna")
	c, err := s.Resolve(w.t.Context(), address, path)
	w.must(err)
	box, err := s.Mailbox(w.t.Context(), c.Ref, store.ReadOnly)
	w.must(err)
	view, err := box.View(w.t.Context())
	w.must(err)
	all := map[string]string{}
	for _, item := range view.Items {
		content, err := box.Open(w.t.Context(), item.UID)
		w.must(err)
		raw := make([]byte, content.Size())
		_, err = content.ReadAt(raw, 0)
		w.must(err)
		content.Close()
		_, rest, _ := strings.Cut(string(raw), "Message-ID: <")
		id, _, _ := strings.Cut(rest, "@")
		text := item.Keywords
		if item.Flags&postroom.FlagAnswered != 0 {
			text = strings.TrimSpace(`\Answered ` + text)
		}
		all[id] = text
	}
	return all
}

// TestOriginals: what a message answers or forwards is marked wherever anna may
// mark it: in the account she sends for, in another folder, in her own mailbox
// and in a shared one; and nowhere else.
func TestOriginals(t *testing.T) {
	var clock atomic.Int64
	w := sentTown(t, &clock)
	ctx, d := t.Context(), w.console.Directory()
	ben, err := d.FindCollection(ctx, "ben@example.test", "/Inbox")
	w.must(err)
	w.must(d.PutGrant(ctx, postroom.Grant{Target: ben.Ref, Grantee: w.grantee(ben.Ref.Account, annaAt), Rights: postroom.Lookup | postroom.Read}))
	p, mx := w.program(w.serveIMAP(), "own"), w.client("mx")
	tests := []struct {
		lies, path string // where the original is
		from       string
		header     string // of the answer, ID standing for the original
		want       string
	}{
		{infoAt, "/Inbox", infoAt, "In-Reply-To: ID", `\Answered`},
		{infoAt, "/Archive", infoAt, "In-Reply-To: ID", `\Answered`},
		{infoAt, "/Archive", infoAt, "References: <a@example.org> ID", `\Answered`},
		{infoAt, "/Archive", infoAt, "References: ID <a@example.org>", ""},
		{infoAt, "/Inbox", annaAt, "In-Reply-To: ID", `\Answered`},
		{infoAt, "/Archive", deskAt, "In-Reply-To: ID", `\Answered`},
		{infoAt, "/Inbox", "list@example.test", "In-Reply-To: ID", `\Answered`},
		{infoAt, "/Inbox", annaAt, "X-Forwarded-Message-Id: ID", "$forwarded"},
		{infoAt, "/Inbox", infoAt, "Subject: Fwd: x\r\nReferences: ID", "$forwarded"},
		{annaAt, "/Inbox", annaAt, "In-Reply-To: ID", `\Answered`},
		{annaAt, "/Archive", infoAt, "In-Reply-To: ID", `\Answered`},
		{annaAt, "/Inbox", deskAt, "Subject: WG: x\r\nReferences: ID", "$forwarded"},
		{"ben@example.test", "/Inbox", annaAt, "In-Reply-To: ID", ""}, // she may read it, and no more
	}
	w.must(p.imap.Create("Archive", nil).Wait())
	w.must(p.imap.Create("Shared/"+infoAt+"/Archive", nil).Wait())
	for n, test := range tests {
		id := fmt.Sprintf("o%d", n)
		raw := "From: x@example.org\r\nSubject: q\r\nMessage-ID: <" + id + "@example.org>\r\n\r\nq\r\n"
		w.must(mx.SendMail("x@example.org", []string{test.lies}, strings.NewReader(raw)))
		if test.path == "/Archive" {
			prefix := map[string]string{infoAt: "Shared/" + infoAt + "/"}[test.lies]
			_, err := p.imap.Select(prefix+"INBOX", nil).Wait()
			w.must(err)
			found, err := p.imap.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id + "@example.org"}}}, nil).Wait()
			w.must(err)
			_, err = p.imap.Move(imap.UIDSetNum(found.AllUIDs()...), prefix+"Archive").Wait()
			w.must(err)
		}
		answer := "From: " + test.from + "\r\nTo: x@example.org\r\n" + strings.ReplaceAll(test.header, "ID", "<"+id+"@example.org>")
		answer = strings.Replace(answer, "X-Forwarded-Message-<"+id+"@example.org>", "X-Forwarded-Message-Id", 1)
		w.must(p.smtp.SendMail(test.from, []string{"x@example.org"}, strings.NewReader(answer+"\r\n\r\nx\r\n")))
		if got := w.flags(test.lies, test.path)[id]; got != test.want {
			t.Errorf("%s%s answered as %s by %s: %q, want %q", test.lies, test.path, test.from, test.header, got, test.want)
		}
	}
}

// TestTrashAndDrafts: what is deleted in a shared mailbox, by either way a
// program knows, lies in that mailbox's Trash; a draft lies in the mailbox it
// was written in until it has been sent.
func TestTrashAndDrafts(t *testing.T) {
	var clock atomic.Int64
	w := sentTown(t, &clock)
	addr := w.serveIMAP()
	for name, prefix := range map[string]string{"own": "Shared/" + infoAt + "/", "star": "", "backslash": "", "authorized": ""} {
		t.Run(name, func(t *testing.T) {
			p := w.program(addr, name)
			for _, way := range []string{"move", "copy"} {
				id := name + "-" + way
				p.keep(t, prefix+"INBOX", "Message-ID: <"+id+"@example.test>\r\n\r\nx\r\n")
				uids := p.find(t, prefix+"INBOX", id)
				if way == "move" {
					if _, err := p.imap.Move(uids, prefix+"Trash").Wait(); err != nil {
						t.Fatal(err)
					}
				} else {
					if _, err := p.imap.Copy(uids, prefix+"Trash").Wait(); err != nil {
						t.Fatal(err)
					}
					p.remove(t, uids)
				}
				if n := len(p.find(t, prefix+"INBOX", id)); n != 0 {
					t.Errorf("%s: still in the inbox", way)
				}
				if _, lies := w.flags(infoAt, "/Trash")[id]; !lies {
					t.Errorf("%s: not in the Trash of info@", way)
				}
				if _, lies := w.flags(annaAt, "/Trash")[id]; lies {
					t.Errorf("%s: in the Trash of anna@", way)
				}
			}
			id := name + "-draft"
			draft := "From: " + infoAt + "\r\nTo: x@example.org\r\nMessage-ID: <" + id + "@example.test>\r\n\r\nx\r\n"
			p.keep(t, prefix+"Drafts", draft)
			if _, lies := w.flags(infoAt, "/Drafts")[id]; !lies || len(w.flags(annaAt, "/Drafts")) != 0 {
				t.Error("the draft is not where it was written")
			}
			uids := p.find(t, prefix+"Drafts", id)
			if err := p.smtp.SendMail(infoAt, []string{"x@example.org"}, strings.NewReader(draft)); err != nil {
				t.Fatal(err)
			}
			if _, lies := w.flags(infoAt, "/Sent")[id]; !lies {
				t.Error("not in Sent")
			}
			p.remove(t, uids)
			if _, lies := w.flags(infoAt, "/Drafts")[id]; lies {
				t.Error("the draft stays after it was sent")
			}
		})
	}
}

// find selects a mailbox and looks for a message.
func (p *program) find(t *testing.T, mailbox, id string) imap.UIDSet {
	t.Helper()
	if _, err := p.imap.Select(mailbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := p.imap.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id + "@"}}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	return imap.UIDSetNum(found.AllUIDs()...)
}

// remove flags and expunges messages of the selected mailbox.
func (p *program) remove(t *testing.T, uids imap.UIDSet) {
	t.Helper()
	flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := p.imap.Store(uids, flags, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.imap.UIDExpunge(uids).Close(); err != nil {
		t.Fatal(err)
	}
}
