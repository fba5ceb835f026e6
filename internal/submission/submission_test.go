package submission

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/mailauth"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

const password = "correct horse"

// office has anna, who may send as info@ (alias sales@) and, shown as the sender, as
// show@; who may send on behalf of desk@; and who reads info@. cleo may do nothing.
type office struct {
	t       *testing.T
	store   *store.Store
	console *store.Session
	queue   *store.QueueSession
	agent   *Agent
	info    postroom.Account
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t}
	log := slog.New(slog.DiscardHandler)
	var err error
	o.store, err = store.Open(t.Context(), storetest.Prepared(t, store.Options{Dir: storetest.Dir(t), Logger: log, Hostname: "mx.example.test"}))
	o.must(err)
	t.Cleanup(func() { o.store.Close() })
	o.console, o.queue = system.Console(o.store), system.Queue(o.store)
	o.agent = New(Options{Hostname: "mx.example.test", Logger: log, Now: func() time.Time {
		return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	}})
	ctx, d := t.Context(), o.console.Directory()
	org, err := d.CreateOrganisation(ctx, "Example")
	o.must(err)
	_, err = d.CreateDomain(ctx, org.ID, "example.test")
	o.must(err)
	for _, n := range []store.NewAccount{
		{Address: "anna@example.test", Name: "Anna Änderung", Password: password},
		{Address: "cleo@example.test", Password: password},
		{Address: "show@example.test", Kind: postroom.Shared},
		{Address: "desk@example.test", Kind: postroom.Shared},
		{Address: "info@example.test", Name: "Info", Kind: postroom.Shared},
	} {
		o.info, err = d.CreateAccount(ctx, n)
		o.must(err)
	}
	o.must(d.AddAlias(ctx, postroom.Alias{Address: "sales@example.test", Target: postroom.SendTarget{Account: o.info.ID}, Delegable: true}))
	o.grant("info@example.test", postroom.SendAs, postroom.InheritSender)
	o.grant("show@example.test", postroom.SendAs, postroom.ShowSender)
	o.grant("desk@example.test", postroom.SendOnBehalfOf, postroom.InheritSender)
	o.must(d.PutGrant(ctx, postroom.Grant{
		Target:  postroom.CollectionRef{Account: o.info.ID, Collection: postroom.RootCollection},
		Grantee: o.anna(), Rights: postroom.Lookup | postroom.Read, Mode: postroom.Automount,
	}))
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) anna() postroom.Grantee {
	o.t.Helper()
	g, err := o.console.Directory().FindGrantee(o.t.Context(), o.info.ID, "anna@example.test")
	o.must(err)
	return g
}

func (o *office) sendGrant(target string, right postroom.SendRight, shown postroom.DisplayedSender) postroom.SendGrant {
	o.t.Helper()
	a, err := o.console.Directory().Account(o.t.Context(), target)
	o.must(err)
	return postroom.SendGrant{Target: postroom.SendTarget{Account: a.ID}, Grantee: o.anna(), Right: right, Displayed: shown}
}

func (o *office) grant(target string, right postroom.SendRight, shown postroom.DisplayedSender) {
	o.t.Helper()
	o.must(o.console.Directory().PutSendGrant(o.t.Context(), o.sendGrant(target, right, shown)))
}

func (o *office) session(name string) *store.Session {
	o.t.Helper()
	s, err := login.Authenticate(o.t.Context(), o.store, login.Credentials{Username: name + "@example.test", Password: password, Protocol: "smtp"})
	o.must(err)
	return s
}

func letter(header string) Mail {
	return Mail{
		Sender: "anna@example.test", Raw: []byte(header + "To: x@example.org\r\n\r\nthe body\r\n"), With: "ESMTPSA", ID: "T1",
		Recipients: []store.Recipient{{Address: "x@example.org"}},
	}
}

// send submits as anna and returns what was queued.
func (o *office) send(m Mail) (store.QueuedMessage, string) {
	o.t.Helper()
	ctx := o.t.Context()
	done, err := o.agent.Submit(ctx, o.session("anna"), m)
	o.must(err)
	list, err := o.console.Directory().QueuedMessages(ctx)
	o.must(err)
	last := list[len(list)-1]
	if last.ID != done.QueueID {
		o.t.Fatalf("queued as %d, said %d", last.ID, done.QueueID)
	}
	content, err := o.queue.Content(ctx, last.ID)
	o.must(err)
	defer content.Close()
	raw, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
	o.must(err)
	return last, string(raw)
}

func TestDisplayedSender(t *testing.T) {
	o := newOffice(t)
	const annaSender = "=?utf-8?b?QW5uYSDDhG5kZXJ1bmc=?= <anna@example.test>"
	tests := []struct {
		name, header string
		display      Display
		sender       string // Sender field that leaves, "" for none
		envelope     string
	}{
		{"own", "From: anna@example.test\r\n", ByPolicy, "", "anna@example.test"},
		{"own, Sender the same", "From: anna@example.test\r\nSender: Anna <ANNA@example.test>\r\n", ByPolicy, "", "anna@example.test"},
		{"own, Sender of another one may use", "From: anna@example.test\r\nSender: info@example.test\r\n", ByPolicy, "info@example.test", "anna@example.test"},
		{"own, wish to show", "From: anna@example.test\r\n", ShowActor, "", "anna@example.test"},
		{"send as", "From: Info <info@example.test>\r\n", ByPolicy, "", "info@example.test"},
		{"send as, Sender written by the client", "From: info@example.test\r\nSender: anna@example.test\r\n", ByPolicy, "", "info@example.test"},
		{"send as, wish to show", "From: info@example.test\r\n", ShowActor, annaSender, "info@example.test"},
		{"send as an alias", "From: Sales@Example.test\r\n", ByPolicy, "", "sales@example.test"},
		{"send as a subaddress", "From: info+news@example.test\r\n", ByPolicy, "", "info+news@example.test"},
		{"send as, shown by policy", "From: show@example.test\r\n", ByPolicy, annaSender, "show@example.test"},
		{"on behalf", "From: desk@example.test\r\n", ByPolicy, annaSender, "desk@example.test"},
		{"on behalf, another Sender", "From: desk@example.test\r\nSender: info@example.test\r\n", ByPolicy, annaSender, "desk@example.test"},
		{"quoted, commented", "From: (a) \"info\"@example.test (b)\r\n", ByPolicy, "", "info@example.test"},
	}
	for _, test := range tests {
		m := letter(test.header)
		m.Display = test.display
		queued, raw := o.send(m)
		header := message.HeaderOf([]byte(raw))
		if got := header.Get("Sender"); got != test.sender || header.Count("Sender") > 1 || header.Count("From") != 1 {
			t.Errorf("%s: Sender %q in\n%s", test.name, got, raw)
		}
		if queued.Sender != test.envelope {
			t.Errorf("%s: bounces go to %q", test.name, queued.Sender)
		}
	}
}

// TestNullSender: a disposition notification has nobody to bounce to, and still
// needs the right to its From (RFC 8098 §3).
func TestNullSender(t *testing.T) {
	o := newOffice(t)
	m := letter("From: info@example.test\r\n")
	m.Sender, m.NullSender = "", true
	if queued, _ := o.send(m); queued.Sender != "" {
		t.Errorf("bounces go to %q", queued.Sender)
	}
	if _, err := o.agent.Submit(t.Context(), o.session("cleo"), m); postroom.KindOf(err) != postroom.Denied {
		t.Errorf("without the right: %v", err)
	}
	m.NullSender = false // none given
	if queued, _ := o.send(m); queued.Sender != "info@example.test" {
		t.Errorf("bounces go to %q", queued.Sender)
	}
	m.Sender, m.NullSender = "anna@example.test", true // contradicts itself: somebody hears
	if queued, _ := o.send(m); queued.Sender != "info@example.test" {
		t.Errorf("bounces go to %q", queued.Sender)
	}
}

func TestNoTraceOfWhoSent(t *testing.T) {
	o := newOffice(t)
	const traces = "Received: from annas-laptop ([192.0.2.7]) by annas-laptop\r\nX-Sender: anna@example.test\r\n" +
		"X-Originating-IP: 192.0.2.7\r\nX-Authenticated-User: anna@example.test\r\nReturn-Path: <anna@example.test>\r\n"
	_, raw := o.send(letter(traces + "From: info@example.test\r\nSubject: hello\r\n"))
	for _, word := range []string{"anna", "192.0.2.7", "laptop"} {
		if strings.Contains(strings.ToLower(raw), word) {
			t.Errorf("%q is in:\n%s", word, raw)
		}
	}
	if !strings.Contains(raw, "Received: by mx.example.test with ESMTPSA id T1;\r\n\tMon, 02 Mar 2026 10:00:00 +0000\r\n") {
		t.Errorf("no Received of this server:\n%s", raw)
	}
	// One's own mail keeps the way it came: loops are found by it.
	_, raw = o.send(letter(traces + "From: anna@example.test\r\n"))
	if message.HeaderOf([]byte(raw)).Count("Received") != 2 {
		t.Errorf("own mail:\n%s", raw)
	}
}

func TestCompletion(t *testing.T) {
	o := newOffice(t)
	_, raw := o.send(letter("From: anna@example.test\r\nBcc: secret@example.org\r\nResent-Bcc: secret@example.org\r\n" +
		"Authentication-Results: mx.example.test; spf=pass\r\n"))
	h := message.HeaderOf([]byte(raw))
	if h.Get("Date") != "Mon, 02 Mar 2026 10:00:00 +0000" || !strings.HasSuffix(h.Get("Message-ID"), "@example.test>") {
		t.Errorf("Date or Message-ID:\n%s", raw)
	}
	if strings.Contains(raw, "secret") || h.Count("Authentication-Results") != 0 {
		t.Errorf("what should not leave:\n%s", raw)
	}
	_, raw = o.send(letter("From: anna@example.test\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <mine@example.test>\r\n"))
	h = message.HeaderOf([]byte(raw))
	if h.Get("Date") != "Thu, 01 Jan 2026 00:00:00 +0000" || h.Get("Message-ID") != "<mine@example.test>" || h.Count("Date") != 1 {
		t.Errorf("the client's own have changed:\n%s", raw)
	}
	if !strings.HasSuffix(raw, "\r\n\r\nthe body\r\n") {
		t.Errorf("the body has changed:\n%s", raw)
	}
}

// TestBlindCopies: Bcc stays in the copy of who sent, and nobody else gets it.
func TestBlindCopies(t *testing.T) {
	o := newOffice(t)
	for _, from := range []string{"anna@example.test", "info@example.test"} {
		_, raw := o.send(letter("From: " + from + "\r\nbcc: Secret <secret@example.org>,\r\n other@example.org\r\nSubject: x\r\n"))
		if strings.Contains(raw, "secret") || strings.Contains(raw, "other@") {
			t.Errorf("%s: Bcc has left:\n%s", from, raw)
		}
		s := o.session("anna")
		found, err := s.Resolve(t.Context(), from, "/Sent")
		o.must(err)
		box, err := s.Mailbox(t.Context(), found.Ref, store.ReadOnly)
		o.must(err)
		content, err := box.Open(t.Context(), 1)
		o.must(err)
		b, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
		o.must(err)
		content.Close()
		bcc := message.HeaderOf(b).Addresses("Bcc")
		if len(bcc) != 2 || bcc[0].Mailbox != "secret" || !strings.HasSuffix(string(b), raw) {
			t.Errorf("%s: the copy in Sent is\n%s\nwhat left is\n%s", from, b, raw)
		}
	}
}

// keyZone answers with the record of the one key.
type keyZone struct{ record string }

func (z keyZone) LookupTXT(context.Context, string) ([]string, error) { return []string{z.record}, nil }
func (keyZone) LookupMX(context.Context, string) ([]*net.MX, error)   { return nil, &net.DNSError{} }
func (keyZone) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) {
	return nil, &net.DNSError{}
}
func (keyZone) LookupAddr(context.Context, string) ([]string, error) { return nil, &net.DNSError{} }

func TestSignatureVerifies(t *testing.T) {
	o := newOffice(t)
	domain, err := o.console.Directory().Domain(t.Context(), "example.test")
	o.must(err)
	key, err := mailauth.ParseKey(domain.DKIMSelector, []byte(domain.DKIMKey))
	o.must(err)
	record, err := key.Record()
	o.must(err)
	_, raw := o.send(letter("From: desk@example.test\r\nSubject: x\r\n"))
	results, err := mailauth.Verify(t.Context(), keyZone{record}, strings.NewReader(raw))
	o.must(err)
	if len(results) != 1 || results[0].Value != mailauth.Pass || results[0].Domain != "example.test" {
		t.Fatalf("%+v", results)
	}
	// Sender is signed too: taking it away or giving another one breaks the signature.
	forged := strings.Replace(raw, "<anna@example.test>", "<cleo@example.test>", 1)
	results, err = mailauth.Verify(t.Context(), keyZone{record}, strings.NewReader(forged))
	o.must(err)
	if forged == raw || results[0].Value == mailauth.Pass {
		t.Errorf("forged Sender: %+v", results)
	}
}

func TestResent(t *testing.T) {
	o := newOffice(t)
	_, raw := o.send(letter("Resent-From: desk@example.test\r\nResent-Sender: info@example.test\r\nFrom: anna@example.test\r\n"))
	h := message.HeaderOf([]byte(raw))
	if h.Count("Resent-Sender") != 1 || !strings.HasSuffix(h.Get("Resent-Sender"), "<anna@example.test>") {
		t.Errorf("on behalf:\n%s", raw)
	}
	_, raw = o.send(letter("Resent-From: info@example.test\r\nResent-Sender: anna@example.test\r\nX-Sender: anna@example.test\r\nFrom: info@example.test\r\n"))
	if strings.Contains(raw, "anna") {
		t.Errorf("send as:\n%s", raw)
	}
}

func TestRefusals(t *testing.T) {
	o := newOffice(t)
	s := o.session("cleo")
	const text = "cleo@example.test may not send as info@example.test: no sendAs or sendOnBehalfOf right"
	m := letter("From: info@example.test\r\n")
	m.Sender = ""
	if _, err := o.agent.Submit(t.Context(), s, m); postroom.KindOf(err) != postroom.Denied || postroom.TextOf(err) != text {
		t.Errorf("From: %v", err)
	}
	if err := o.agent.MaySend(t.Context(), s, "info@example.test"); postroom.TextOf(err) != text {
		t.Errorf("envelope: %v", err)
	}
	for name, header := range map[string]string{
		"8-bit header": "From: anna@example.test\r\nSubject: \xe4\r\n", "UTF-8 header": "From: anna@example.test\r\nSubject: ä\r\n",
		"no From": "Subject: x\r\n", "unreadable From": "From: anna\r\n", "bad field": "From: anna@example.test\r\nnonsense\r\n",
	} {
		if _, err := o.agent.Submit(t.Context(), o.session("anna"), letter(header)); postroom.KindOf(err) != postroom.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := "From: anna@example.test\r\n" + strings.Repeat("Resent-From: anna+", 1)
	for n := range 30 {
		many += strings.Repeat("x", n+1) + "@example.test\r\nResent-From: anna+"
	}
	if _, err := o.agent.Submit(t.Context(), o.session("anna"), letter(many+"y@example.test\r\n")); postroom.KindOf(err) != postroom.Invalid {
		t.Errorf("many origins: %v", err)
	}
	none := letter("From: anna@example.test\r\n")
	none.Recipients = nil
	if _, err := o.agent.Submit(t.Context(), o.session("anna"), none); postroom.KindOf(err) != postroom.Invalid {
		t.Errorf("no recipients: %v", err)
	}
	if list, err := o.console.Directory().QueuedMessages(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("queued: %v %v", list, err)
	}
}

// TestRevokedAtOnce: a session that is open does not outlive its right.
func TestRevokedAtOnce(t *testing.T) {
	o := newOffice(t)
	s := o.session("anna")
	m := letter("From: info@example.test\r\n")
	_, err := o.agent.Submit(t.Context(), s, m)
	o.must(err)
	o.must(o.console.Directory().RemoveSendGrant(t.Context(), o.sendGrant("info@example.test", postroom.SendAs, postroom.InheritSender)))
	if _, err := o.agent.Submit(t.Context(), s, m); postroom.KindOf(err) != postroom.Denied {
		t.Errorf("after revocation: %v", err)
	}
}

// TestOriginalIsMarked: an answer marks what it answers in the shared mailbox, a
// forward what it forwards; the copy is in the shared Sent, once, read.
func TestOriginalIsMarked(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	deliver := system.Delivery(o.store)
	for _, id := range []string{"<1@example.org>", "<2@example.org>", "<3@example.org>"} {
		o.must(deliver.Deliver(ctx, store.Arrival{
			Raw: []byte("Message-ID: " + id + "\r\nSubject: q\r\n\r\n"), Received: time.Now(),
			Copies: []store.ArrivalCopy{{Account: o.info.ID}},
		}))
	}
	o.send(letter("From: info@example.test\r\nIn-Reply-To: <1@example.org>\r\nReferences: <1@example.org>\r\nMessage-ID: <answer@example.test>\r\n"))
	o.send(letter("From: info@example.test\r\nX-Forwarded-Message-Id: <2@example.org>\r\nReferences: <2@example.org>\r\n"))
	o.send(letter("From: info@example.test\r\nSubject: WG: q\r\nReferences: <3@example.org>\r\n"))
	inbox, sent := o.view("/Inbox"), o.view("/Sent")
	if len(inbox) != 3 || len(sent) != 3 {
		t.Fatalf("%d in Inbox, %d in Sent", len(inbox), len(sent))
	}
	if inbox[0].Flags&postroom.FlagAnswered == 0 || inbox[0].Keywords != "" {
		t.Errorf("answered: %+v", inbox[0])
	}
	for _, item := range inbox[1:] {
		if item.Flags&postroom.FlagAnswered != 0 || item.Keywords != "$forwarded" {
			t.Errorf("forwarded: %+v", item)
		}
	}
	if sent[0].Flags&postroom.FlagSeen == 0 {
		t.Errorf("the copy in Sent is unread: %+v", sent[0])
	}
}

// view reads a mailbox of info@ as anna.
func (o *office) view(path string) []postroom.ItemMeta {
	o.t.Helper()
	s := o.session("anna")
	c, err := s.Resolve(o.t.Context(), "info@example.test", path)
	o.must(err)
	box, err := s.Mailbox(o.t.Context(), c.Ref, store.ReadOnly)
	o.must(err)
	view, err := box.View(o.t.Context())
	o.must(err)
	return view.Items
}

func FuzzComplete(f *testing.F) {
	f.Add([]byte("From: info@example.test\r\nSender: anna@example.test\r\nBcc: x\r\n\r\nbody"), true)
	f.Add([]byte("Resent-From: a@example.test\r\n\r\n"), false)
	f.Add([]byte("\r\n"), false)
	f.Fuzz(func(t *testing.T, raw []byte, own bool) {
		a := &Agent{opts: Options{Hostname: "mx.example.test", Now: time.Now, Logger: slog.New(slog.DiscardHandler)}}
		o := &origin{own: own, actor: "anna@example.test", from: &store.Identity{Address: "info@example.test"}}
		if !own {
			o.from.Sender = "anna@example.test"
		}
		out, err := a.complete(Mail{Raw: raw}, o)
		if err != nil {
			return
		}
		before, after := message.HeaderOf(raw), message.HeaderOf(out)
		if after.Count("Bcc") != 0 || after.Count("Sender") > 1 && !own || after.Count("Date") == 0 || after.Count("Message-ID") == 0 {
			t.Fatalf("%q became %q", raw, out)
		}
		if !bytes.HasSuffix(out, raw[len(before):]) {
			t.Fatalf("the body of %q changed: %q", raw, out)
		}
	})
}
