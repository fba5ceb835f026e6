package smtpserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/xdg-go/scram"

	"postroom/internal/addr"
	"postroom/internal/dns"
	"postroom/internal/smtpclient"

	"postroom"
	"postroom/internal/store"
)

// The tests here drive the server with the client of emersion/go-smtp, which
// shares no code with it.

// scramClient is a sasl.Client for SCRAM-SHA-256.
type scramClient struct {
	name         string
	conversation *scram.ClientConversation
}

func newScramClient(t *testing.T, user, pass string, state *tls.ConnectionState) *scramClient {
	t.Helper()
	client, err := scram.SHA256.NewClient(user, pass, "")
	if err != nil {
		t.Fatal(err)
	}
	if state == nil {
		return &scramClient{"SCRAM-SHA-256", client.NewConversation()}
	}
	binding, err := scram.NewTLSExporterBinding(state)
	if err != nil {
		t.Fatal(err)
	}
	return &scramClient{"SCRAM-SHA-256-PLUS", client.NewConversationWithChannelBinding(binding)}
}

func (s *scramClient) Start() (string, []byte, error) {
	first, err := s.conversation.Step("")
	return s.name, []byte(first), err
}

func (s *scramClient) Next(challenge []byte) ([]byte, error) {
	response, err := s.conversation.Step(string(challenge))
	return []byte(response), err
}

func (w *town) client(role string) *smtp.Client {
	w.t.Helper()
	var c *smtp.Client
	var err error
	insecure := &tls.Config{InsecureSkipVerify: true}
	switch role {
	case "submission":
		c, err = smtp.NewClientStartTLS(w.dial(role), insecure)
	case "submissions":
		c = smtp.NewClient(tls.Client(w.dial(role), insecure))
	case "lmtp":
		c = smtp.NewClientLMTP(w.dial(role))
	default:
		c = smtp.NewClient(w.dial(role))
	}
	w.must(err)
	w.t.Cleanup(func() { c.Close() })
	return c
}

func TestSignInMechanisms(t *testing.T) {
	w := newTown(t)
	const anna = "anna@example.test"
	bearer := func(token string) sasl.Client {
		return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: anna, Token: token, Host: "mail.example.test", Port: 465})
	}
	a, err := w.console.Directory().Account(t.Context(), anna)
	w.must(err)
	token, err := w.console.Directory().AddToken(t.Context(), a.ID, store.Token{Name: "mail", Mask: postroom.AllRights, MaySend: true})
	w.must(err)
	for _, role := range []string{"submission", "submissions"} {
		for name, mechanism := range map[string]func(*tls.ConnectionState) sasl.Client{
			"OAUTHBEARER": func(*tls.ConnectionState) sasl.Client { return bearer(token) },
			"XOAUTH2":     func(*tls.ConnectionState) sasl.Client { return xoauth2(token) },
			"PLAIN":       func(*tls.ConnectionState) sasl.Client { return sasl.NewPlainClient("", anna, password) },
			"LOGIN":       func(*tls.ConnectionState) sasl.Client { return sasl.NewLoginClient(anna, password) },
			"SCRAM":       func(*tls.ConnectionState) sasl.Client { return newScramClient(t, anna, password, nil) },
			"PLUS":        func(s *tls.ConnectionState) sasl.Client { return newScramClient(t, anna, password, s) },
			"PLUS, end point": func(s *tls.ConnectionState) sasl.Client {
				binding, err := scram.NewTLSServerEndpointBinding(s)
				w.must(err)
				client, err := scram.SHA256.NewClient(anna, password, "")
				w.must(err)
				return &scramClient{"SCRAM-SHA-256-PLUS", client.NewConversationWithChannelBinding(binding)}
			},
		} {
			c := w.client(role)
			w.must(c.Hello("client.example.net"))
			state, ok := c.TLSConnectionState()
			if !ok {
				t.Fatal("no TLS")
			}
			if err := c.Auth(mechanism(&state)); err != nil {
				t.Errorf("%s %s: %v", role, name, err)
			}
			if err := c.Mail(anna, nil); err != nil {
				t.Errorf("%s %s: %v", role, name, err)
			}
		}
	}
	for _, wrong := range []sasl.Client{
		sasl.NewPlainClient("", anna, "wrong"), sasl.NewLoginClient(anna, "wrong"), xoauth2("wrong"),
		sasl.NewPlainClient("info@example.test", "cleo@example.test", password),
		sasl.NewPlainClient("", "info@example.test", password),
		newScramClient(t, anna, "wrong", nil), newScramClient(t, "nobody@example.test", password, nil),
	} {
		err := w.client("submissions").Auth(wrong)
		var reply *smtp.SMTPError
		if !errors.As(err, &reply) || reply.Code != 535 || reply.EnhancedCode != (smtp.EnhancedCode{5, 7, 8}) {
			t.Errorf("wrong credentials: %v", err)
		}
	}
}

// xoauth2 is a client of XOAUTH2 with the token that it is.
type xoauth2 string

func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=anna@example.test\x01auth=Bearer " + string(x) + "\x01\x01"), nil
}

// Next acknowledges an error.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

func TestGuessingIsBounded(t *testing.T) {
	w := newTown(t)
	c := w.client("submissions")
	w.must(c.Hello("client.example.net"))
	refused := 0
	for range 50 {
		err := c.Auth(sasl.NewPlainClient("", "anna@example.test", "wrong"))
		var reply *smtp.SMTPError
		if !errors.As(err, &reply) {
			break
		}
		refused++
	}
	if refused == 0 || refused > 10 {
		t.Errorf("%d guesses on one connection", refused)
	}
}

// TestDSNParametersReachTheQueue: what a client asks for comes out at the far end.
func TestDSNParametersReachTheQueue(t *testing.T) {
	w := newTown(t)
	c := w.client("submissions")
	w.must(c.Auth(sasl.NewPlainClient("", "anna@example.test", password)))
	w.must(c.Mail("anna@example.test", &smtp.MailOptions{
		Body: smtp.Body8BitMIME, Size: 100, UTF8: true, Return: smtp.DSNReturnHeaders, EnvelopeID: "QQ+3=1",
	}))
	w.must(c.Rcpt("bob@example.org", &smtp.RcptOptions{
		Notify:                []smtp.DSNNotify{smtp.DSNNotifySuccess, smtp.DSNNotifyDelayed},
		OriginalRecipientType: smtp.DSNAddressTypeRFC822, OriginalRecipient: "Bob+1@example.org",
	}))
	data, err := c.Data()
	w.must(err)
	fmt.Fprint(data, "From: anna@example.test\r\nSubject: ä\r\n\r\nx\r\n")
	w.must(data.Close())
	list, err := w.console.Directory().QueuedMessages(t.Context())
	w.must(err)
	if len(list) != 1 {
		t.Fatalf("%d messages queued", len(list))
	}
	m, r := list[0], list[0].Recipients[0]
	if m.Sender != "anna@example.test" || m.EnvelopeID != "QQ+3=1" || m.Return != "HDRS" || !m.SMTPUTF8 {
		t.Errorf("%+v", m)
	}
	if r.Address != "bob@example.org" || r.Notify != "SUCCESS,DELAY" || r.Original != "RFC822;Bob+2B1@example.org" {
		t.Errorf("%+v", r)
	}
}

// TestNotificationHasNoSender: MAIL FROM:<> stays so (RFC 8098 §3).
func TestNotificationHasNoSender(t *testing.T) {
	w := newTown(t)
	c := w.client("submissions")
	w.must(c.Auth(sasl.NewPlainClient("", "anna@example.test", password)))
	w.must(c.SendMail("", []string{"bob@example.org"}, strings.NewReader("From: info@example.test\r\nSubject: read\r\n\r\nx\r\n")))
	list, err := w.console.Directory().QueuedMessages(t.Context())
	w.must(err)
	if len(list) != 1 || list[0].Sender != "" || list[0].Account == 0 {
		t.Errorf("queued: %+v", list)
	}
}

func TestLMTPRepliesForEachRecipient(t *testing.T) {
	w := newTown(t)
	c := w.client("lmtp")
	w.must(c.Mail("someone@example.net", nil))
	w.must(c.Rcpt("anna@example.test", nil))
	w.must(c.Rcpt("ben@example.test", nil))
	data, err := c.Data()
	w.must(err)
	fmt.Fprint(data, "Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n")
	replies, err := data.CloseWithLMTPResponse()
	w.must(err)
	if len(replies) != 2 {
		t.Errorf("%d replies", len(replies))
	}
	for _, box := range []string{"anna@example.test", "ben@example.test"} {
		list := w.messages(box, "/Inbox")
		if len(list) != 1 || !strings.HasSuffix(list[0], "\r\n\r\n.dot\r\n..\r\nend\r\n") {
			t.Errorf("%s: %q", box, list)
		}
	}
}

// TestLargeMessage goes through the spool file.
func TestLargeMessage(t *testing.T) {
	w := newTown(t)
	c := w.client("mx")
	w.must(c.Mail("someone@example.net", nil))
	w.must(c.Rcpt("anna@example.test", nil))
	data, err := c.Data()
	w.must(err)
	body := bytes.Repeat([]byte(".0123456789\r\n"), 60_000) // 780 kB
	fmt.Fprint(data, "Subject: large\r\n\r\n")
	data.Write(body)
	w.must(data.Close())
	list := w.messages("anna@example.test", "/Inbox")
	if len(list) != 1 || !strings.HasSuffix(list[0], "\r\n\r\n"+string(body)) {
		t.Error("the body is not what was sent")
	}
}

// TestShutdownIsGraceful: an idle client hears 421, one in the middle of a message may
// finish it.
func TestShutdownIsGraceful(t *testing.T) {
	w := newTown(t)
	idle := w.dial("mx")
	if line := readLine(t, idle); !strings.HasPrefix(line, "220 ") {
		t.Fatal(line)
	}
	busy := w.dial("mx")
	fmt.Fprint(busy, "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<anna@example.test>\r\nDATA\r\nSubject: x\r\n")
	for range 5 {
		readLine(t, busy)
	}
	done := make(chan error, 1)
	go func() { done <- w.servers["mx"].Shutdown(context.Background()) }()
	if line := readLine(t, idle); !strings.HasPrefix(line, "421 4.3.2 ") {
		t.Errorf("idle: %q", line)
	}
	fmt.Fprint(busy, "\r\nbody\r\n.\r\n")
	if line := readLine(t, busy); !strings.HasPrefix(line, "250 2.0.0 ") {
		t.Errorf("busy: %q", line)
	}
	if line := readLine(t, busy); !strings.HasPrefix(line, "421 4.3.2 ") {
		t.Errorf("busy, then: %q", line)
	}
	w.must(<-done)
	if _, err := net.Dial("tcp", w.addrs["mx"]); err == nil {
		t.Error("still listening")
	}
	if n := len(w.messages("anna@example.test", "/Inbox")); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// TestSlowCommandTimesOut: a client that sends one octet now and then does not hold a
// connection for longer than a command may take.
func TestSlowCommandTimesOut(t *testing.T) {
	w := newTown(t)
	w.listen("hasty", MX, Limits{Command: 50 * time.Millisecond})
	c := w.dial("hasty")
	if line := readLine(t, c); !strings.HasPrefix(line, "220 ") {
		t.Fatal(line)
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				c.Write([]byte("N"))
			}
		}
	}()
	if line := readLine(t, c); !strings.HasPrefix(line, "421 4.4.2 ") {
		t.Errorf("%q", line)
	}
}

// TestDelegatedSignIn: anna signs in as herself and works as info@.
func TestDelegatedSignIn(t *testing.T) {
	w := newTown(t)
	w.open("info@example.test")
	for _, mechanism := range []sasl.Client{
		sasl.NewPlainClient("info@example.test", "anna@example.test", password),
		sasl.NewLoginClient("info@example.test*anna@example.test", password),
		sasl.NewPlainClient("", `anna@example.test\info@example.test`, password),
	} {
		c := w.client("submission")
		w.must(c.Auth(mechanism))
		w.must(c.SendMail("info@example.test", []string{"x@example.org"}, strings.NewReader("From: info@example.test\r\n\r\nx\r\n")))
		if err := c.Mail("desk@example.test", nil); err == nil {
			t.Error("more than anna may")
		}
	}
	if n := len(w.messages("info@example.test", "/Sent")); n != 3 {
		t.Errorf("%d copies in Sent", n)
	}
}

// TestOwnClient: what the house's own client sends, its own server takes: over
// STARTTLS, with UTF-8, and with line ends put right on the way out.
func TestOwnClient(t *testing.T) {
	w := newTown(t)
	d := &smtpclient.Dialer{
		Hostname: "out.example.net", Resolver: dns.None{}, Smarthost: smtpclient.Smarthost{Addr: w.addrs["mx"]},
	}
	to := func(text string) smtpclient.Recipient {
		a, err := addr.Parse(text)
		w.must(err)
		return smtpclient.Recipient{Address: a, Notify: []string{"SUCCESS"}}
	}
	raw := "Subject: ä\nX: y\r\n\r\nbody\n.\nMAIL FROM:<evil@example.net>\r.\r\n..\r\n"
	results, err := d.Deliver(t.Context(), smtpclient.Envelope{
		From: to("someone@example.net").Address, UTF8Header: true, Return: "HDRS", ID: "E+1",
		Recipients: []smtpclient.Recipient{to("anna@example.test"), to("nobody@example.test"), to("ünknown@example.test")},
	}, int64(len(raw)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(raw)), nil })
	w.must(err)
	for i, want := range []string{"delivered 2.", "failed 5.1.1", "failed 5.1.1"} {
		if got := results[i].Status.String() + " " + results[i].Enhanced; !strings.HasPrefix(got, want) {
			t.Errorf("recipient %d: %+v", i, results[i])
		}
	}
	if results[0].TLS == "" || !results[0].PassedDSN {
		t.Errorf("%+v", results[0])
	}
	list := w.messages("anna@example.test", "/Inbox")
	want := "Subject: ä\r\nX: y\r\n\r\nbody\r\n.\r\nMAIL FROM:<evil@example.net>\r\n.\r\n..\r\n"
	if len(list) != 1 || !strings.HasSuffix(list[0], want) || !strings.Contains(list[0], "with UTF8SMTPS") {
		t.Errorf("%q", list)
	}
}
