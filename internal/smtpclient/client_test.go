package smtpclient

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

func TestDeliver(t *testing.T) {
	h := newHost(t, withTLS(t))
	h.refuse["no@example.test"] = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no\x1b such user"}
	h.refuse["later@example.test"] = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "greylisted"}
	e := envelope(t, "anna@exämple.test", "ben@example.test", "no@example.test", "later@example.test", `"b c"@Example.TEST`)
	e.Return, e.ID = "HDRS", "id 1+2"
	e.Recipients[0].Notify = []string{"SUCCESS", "FAILURE"}
	e.Recipients[0].OriginalType, e.Recipients[0].Original = "RFC822", "old+x@example.test"
	rs := deliver(t, dialer(h), e, letter)
	for i, want := range []struct {
		status   Status
		code     int
		enhanced string
	}{{Delivered, 250, "2.0.0"}, {Failed, 550, "5.1.1"}, {Deferred, 450, "4.2.1"}, {Delivered, 250, "2.0.0"}} {
		r := rs[i]
		if r.Status != want.status || r.Code != want.code || r.Enhanced != want.enhanced || r.Host != "mx.example.test" || r.IP != "127.0.0.1" || r.TLS != "TLS 1.3" {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if rs[1].Text != "no  such user" || !rs[1].Permanent() || !rs[0].PassedDSN {
		t.Errorf("%+v", rs)
	}
	if len(h.got) != 1 {
		t.Fatalf("%d messages", len(h.got))
	}
	g := h.got[0]
	if g.from != "anna@xn--exmple-cua.test" || strings.Join(g.to, " ") != `ben@example.test b c@example.test` || // the test host undoes the quotes
		g.body != letter || !g.tls || g.helo != "client.test" {
		t.Errorf("%+v", g)
	}
	if g.mail.Return != "HDRS" || g.mail.EnvelopeID != "id 1+2" || g.mail.Size != int64(len(letter)) || g.mail.Body != smtp.Body8BitMIME {
		t.Errorf("%+v", g.mail)
	}
	if o := g.options[0]; len(o.Notify) != 2 || o.OriginalRecipient != "old+x@example.test" {
		t.Errorf("%+v", o)
	}
}

func TestRoute(t *testing.T) {
	h := newHost(t, nil)
	for domain, want := range map[string]Result{
		"null.test":      {Status: Failed, Enhanced: "5.1.10"},
		"self.test":      {Status: Failed, Enhanced: "5.4.6"},
		"gone.test":      {Status: Failed, Enhanced: "5.1.2"},
		"broken.test":    {Status: Deferred, Enhanced: "4.4.3"},
		"backup.test":    {Status: Delivered, Enhanced: "2.0.0", Host: "mx.example.test"},
		"implicit.test":  {Status: Delivered, Enhanced: "2.0.0", Host: "implicit.test"},
		"[127.0.0.1]":    {Status: Delivered, Enhanced: "2.0.0", Host: "127.0.0.1"},
		"dead.mail.test": {Status: Deferred, Enhanced: "4.4.1", Host: "dead.mail.test"},
	} {
		r := deliver(t, dialer(h), envelope(t, "", "a@"+domain), letter)[0]
		if r.Status != want.Status || r.Enhanced != want.Enhanced || r.Host != want.Host {
			t.Errorf("%s: %+v", domain, r)
		}
	}
	hosts, err := Route(context.Background(), names{mx: map[string][]*net.MX{"x.test": {{Host: "c.", Pref: 30}, {Host: "a.", Pref: 10}, {Host: "me.", Pref: 20}, {Host: "A.", Pref: 10}}}}, "X.test", "me")
	if err != nil || len(hosts) != 1 || hosts[0] != "a" {
		t.Error(hosts, err)
	}
}

func TestSecurity(t *testing.T) {
	plain, secure := newHost(t, nil), newHost(t, withTLS(t))
	broken := newHost(t, func(_ *host, s *smtp.Server) { s.TLSConfig = &tls.Config{} }) // offers TLS, has no certificate
	for _, tt := range []struct {
		name     string
		host     *host
		security Security
		pool     *x509.CertPool
		want     Status
		enhanced string
		tls      bool
	}{
		{"offered", secure, Opportunistic, nil, Delivered, "2.0.0", true},
		{"not offered", plain, Opportunistic, nil, Delivered, "2.0.0", false},
		{"broken falls back", broken, Opportunistic, nil, Delivered, "2.0.0", false},
		{"required, not offered", plain, Encrypted, nil, Deferred, "4.7.4", false},
		{"required, broken", broken, Encrypted, nil, Deferred, "4.7.5", false},
		{"required", secure, Encrypted, nil, Delivered, "2.0.0", true},
		{"unknown root", secure, Verified, nil, Deferred, "4.7.5", false},
		{"verified", secure, Verified, secure.pool, Delivered, "2.0.0", true},
		{"never", secure, Plain, nil, Delivered, "2.0.0", false},
	} {
		d := dialer(tt.host)
		d.Security = tt.security
		if tt.pool != nil {
			d.TLS = &tls.Config{RootCAs: tt.pool}
		}
		r := deliver(t, d, envelope(t, "", "a@example.test"), letter)[0]
		if r.Status != tt.want || r.Enhanced != tt.enhanced || (r.TLS != "") != tt.tls {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

func TestSMTPUTF8(t *testing.T) {
	old := newHost(t, func(_ *host, s *smtp.Server) { s.EnableSMTPUTF8 = false })
	rs := deliver(t, dialer(old), envelope(t, "a@example.test", "ben@example.test", "jürgen@example.test"), letter)
	if rs[0].Status != Delivered || rs[1].Status != Failed || rs[1].Enhanced != "5.6.7" {
		t.Errorf("%+v", rs)
	}
	if r := deliver(t, dialer(old), envelope(t, "ä@example.test", "ben@example.test"), letter)[0]; r.Enhanced != "5.6.7" {
		t.Errorf("%+v", r)
	}
	e := envelope(t, "a@example.test", "ben@example.test")
	e.UTF8Header = true
	if r := deliver(t, dialer(old), e, letter)[0]; r.Enhanced != "5.6.9" {
		t.Errorf("%+v", r)
	}
	h := newHost(t, nil)
	if r := deliver(t, dialer(h), envelope(t, "ä@example.test", "jürgen@exämple.test"), letter)[0]; r.Status != Delivered {
		t.Errorf("%+v", r)
	}
	if g := h.got[0]; !g.mail.UTF8 || g.to[0] != "jürgen@xn--exmple-cua.test" {
		t.Errorf("%+v", g)
	}
}

func TestLimitsAndRefusals(t *testing.T) {
	small := newHost(t, func(_ *host, s *smtp.Server) { s.MaxMessageBytes = 10 })
	if r := deliver(t, dialer(small), envelope(t, "", "a@example.test"), letter)[0]; r.Enhanced != "5.3.4" || !r.Permanent() {
		t.Errorf("%+v", r)
	}
	h := newHost(t, nil)
	h.mailErr = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "odd"}
	if r := deliver(t, dialer(h), envelope(t, "", "a@example.test"), letter)[0]; r.Status != Deferred || r.Code != 451 || r.Enhanced != "4.0.0" {
		t.Errorf("%+v", r)
	}
	h.mailErr, h.dataErr = nil, &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam"}
	if r := deliver(t, dialer(h), envelope(t, "", "a@example.test"), letter)[0]; r.Status != Failed || r.Code != 554 || r.Enhanced != "5.7.1" {
		t.Errorf("%+v", r)
	}
	h.dataErr = nil
	d := dialer(h)
	d.MaxRecipients = 2
	rs := deliver(t, d, envelope(t, "", "a@example.test", "b@example.test", "c@example.test", "d@other.test", "e@EXAMPLE.test"), letter)
	for _, r := range rs {
		if r.Status != Delivered {
			t.Errorf("%+v", r)
		}
	}
	if len(h.got) != 3 {
		t.Errorf("%d transactions", len(h.got))
	}
}

func TestMessageCannotBeRead(t *testing.T) {
	h := newHost(t, nil)
	bad := errors.New("disk")
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("Subject: x\r\n\r\nhalf"), errReader{bad})), nil
	}
	rs, err := dialer(h).Deliver(context.Background(), envelope(t, "", "a@example.test", "b@other.test"), 100, open)
	if !errors.Is(err, bad) || rs[0].Status != Deferred || rs[0].Enhanced != "4.3.0" || rs[1].Status != Deferred {
		t.Errorf("%v %+v", err, rs)
	}
	if len(h.got) != 0 {
		t.Errorf("half a message was delivered: %+v", h.got)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestSmarthost(t *testing.T) {
	h := newHost(t, withTLS(t))
	d := dialer(h)
	d.Smarthost = Smarthost{Addr: "127.0.0.1:" + h.port, User: "relay", Password: "secret"}
	rs := deliver(t, d, envelope(t, "", "a@null.test", "b@gone.test"), letter)
	if rs[0].Status != Delivered || rs[1].Status != Delivered || len(h.got) != 1 || h.got[0].user != "relay" {
		t.Errorf("%+v %+v", rs, h.got)
	}
	d.Smarthost.Password = "wrong"
	if r := deliver(t, d, envelope(t, "", "a@x.test"), letter)[0]; r.Status != Deferred || r.Enhanced != "4.7.8" || r.Code != 535 {
		t.Errorf("%+v", r)
	}
	// A host that is not on loopback gets no password without verified TLS.
	d.Smarthost = Smarthost{Addr: "192.0.2.9:" + h.port, User: "relay", Password: "secret"}
	d.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+h.port)
	}
	if r := deliver(t, d, envelope(t, "", "a@x.test"), letter)[0]; r.Status != Deferred || r.Enhanced != "4.7.5" {
		t.Errorf("%+v", r)
	}
	d.Security = Plain
	if r := deliver(t, d, envelope(t, "", "a@x.test"), letter)[0]; r.Enhanced != "4.7.11" {
		t.Errorf("%+v", r)
	}
}

// script is a host that answers from a list and records what it was told.
func script(t *testing.T, conversation func(c net.Conn)) *host {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); conversation(c) }()
		}
	}()
	t.Cleanup(func() { l.Close() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return &host{port: port}
}

func TestOddHosts(t *testing.T) {
	for name, tt := range map[string]struct {
		say  string
		want Result
	}{
		"refuses":       {"554 5.7.1 go away\r\n", Result{Status: Failed, Code: 554, Enhanced: "5.7.1"}},
		"busy":          {"421 busy\r\n", Result{Status: Deferred, Code: 421, Enhanced: "4.0.0"}},
		"not SMTP":      {"HTTP/1.1 400 Bad Request\r\n\r\n", Result{Status: Deferred, Enhanced: "4.4.2"}},
		"closes":        {"", Result{Status: Deferred, Enhanced: "4.4.2"}},
		"speaks on":     {"220 x\r\n250-x\r\n250 STARTTLS\r\n220 go\r\n", Result{Status: Deferred}},
		"never stops":   {"220-" + strings.Repeat("x", maxReplies+10), Result{Status: Deferred, Enhanced: "4.4.2"}},
		"never stops 2": {"220 x\r\n" + strings.Repeat("250-x\r\n", maxReplies/7+10), Result{Status: Deferred, Enhanced: "4.4.2"}},
	} {
		h := script(t, func(c net.Conn) {
			go io.Copy(io.Discard, c)
			io.WriteString(c, tt.say)
		})
		r := deliver(t, dialer(h), envelope(t, "", "a@example.test"), letter)[0]
		if r.Status != tt.want.Status || r.Code != tt.want.Code || tt.want.Enhanced != "" && r.Enhanced != tt.want.Enhanced {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestTextInjectedBeforeTLS(t *testing.T) {
	h := script(t, func(c net.Conn) {
		io.WriteString(c, "220 x\r\n")
		r := bufio.NewReader(c)
		for _, reply := range []string{"250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 injected\r\n"} {
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			io.WriteString(c, reply)
		}
		io.Copy(io.Discard, r)
	})
	d := dialer(h)
	d.Security = Encrypted
	r := deliver(t, d, envelope(t, "", "a@example.test"), letter)[0]
	if r.Enhanced != "4.7.5" || !strings.Contains(r.Text, "injected before TLS") {
		t.Errorf("%+v", r)
	}
}

func TestContextEnds(t *testing.T) {
	started := make(chan struct{}, 1)
	h := script(t, func(c net.Conn) { // says nothing at all
		started <- struct{}{}
		io.Copy(io.Discard, c)
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-started; cancel() }()
	size, open := text(letter)
	d := dialer(h)
	d.Timeouts = Timeouts{}
	rs, err := d.Deliver(ctx, envelope(t, "", "a@example.test", "b@other.test"), size, open)
	if !errors.Is(err, context.Canceled) || rs[0].Status != Deferred || rs[1].Status != Deferred {
		t.Errorf("%v %+v", err, rs)
	}
}

func TestNoSmuggling(t *testing.T) {
	h := newHost(t, nil)
	for _, body := range []string{
		"a\n.\nMAIL FROM:<x@x>\n", "a\r\n.\nb", "a\n.\r\nb\r\n", "a\r.\rb", "a\r\n.\r\nb\r\n", "a\r\r\n.\r\r\n", "a\r", ".\r\n", "\n", "a\x00b\r\n", "..x\r\n.",
	} {
		in := "Subject: x\r\n\r\n" + body
		if r := deliver(t, dialer(h), envelope(t, "", "a@example.test"), in)[0]; r.Status != Delivered {
			t.Errorf("%q: %+v", body, r)
		}
		got := h.got[len(h.got)-1].body
		var want bytes.Buffer
		w := &crlfWriter{w: &want}
		io.WriteString(w, in)
		w.finish()
		if got != want.String() && got != want.String()+"\r\n" {
			t.Errorf("%q arrives as %q", in, got)
		}
	}
	if h.sessions != 11 || len(h.got) != 11 {
		t.Errorf("%d sessions, %d messages", h.sessions, len(h.got))
	}
}

func FuzzCRLF(f *testing.F) {
	f.Add("a\r\nb\rc\nd", 3)
	f.Add("\r\n.\r\n\n\r\r", 1)
	f.Fuzz(func(t *testing.T, s string, split int) {
		var out bytes.Buffer
		w := &crlfWriter{w: &out}
		split = max(1, split)
		for rest := s; rest != ""; {
			n := min(split, len(rest))
			io.WriteString(w, rest[:n])
			rest = rest[n:]
		}
		if err := w.finish(); err != nil {
			t.Fatal(err)
		}
		got := out.String()
		bare := strings.ReplaceAll(got, "\r\n", "")
		if strings.ContainsAny(bare, "\r\n") {
			t.Fatalf("%q goes out as %q", s, got)
		}
		flat := strings.NewReplacer("\r", "", "\n", "")
		if flat.Replace(s) != flat.Replace(got) {
			t.Fatalf("%q loses text: %q", s, got)
		}
	})
}

// localhost is this machine, whatever a resolver says (RFC 6761 §6.3); here there
// is none to be asked.
func TestRouteToThisMachine(t *testing.T) {
	ips, err := new(Dialer).lookup(t.Context(), "localhost")
	if err != nil || len(ips) == 0 {
		t.Fatal(ips, err)
	}
	for _, ip := range ips {
		if !ip.IP.IsLoopback() {
			t.Errorf("%s is another machine", ip.IP)
		}
	}
}
