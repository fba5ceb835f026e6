package imapserver_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"postroom/internal/store/storetest"
)

// signSCRAM runs an exchange and returns the tagged answer.
func (c *client) signSCRAM(mechanism string, conversation *scram.ClientConversation) string {
	c.t.Helper()
	out, err := conversation.Step("")
	if err != nil {
		c.t.Fatal(err)
	}
	c.send("t AUTHENTICATE " + mechanism + " " + base64.StdEncoding.EncodeToString([]byte(out)))
	for {
		line := c.line()
		if answer, refused := strings.CutPrefix(line, "t "); refused {
			return answer
		}
		challenge, ok := strings.CutPrefix(line, "+ ")
		if !ok {
			c.t.Fatal("no challenge")
		}
		if challenge == "" {
			return "OK"
		}
		in, err := base64.StdEncoding.DecodeString(challenge)
		if err != nil {
			c.t.Fatal(err)
		}
		if out, err = conversation.Step(string(in)); err != nil {
			c.t.Fatal(err)
		}
		c.send(base64.StdEncoding.EncodeToString([]byte(out)))
		next, err := c.in.Peek(2)
		if err != nil {
			c.t.Fatal(err)
		}
		if string(next) == "t " {
			return strings.TrimPrefix(c.line(), "t ")
		}
	}
}

func scramClient(t *testing.T, user, password, authzid string) *scram.Client {
	t.Helper()
	client, err := scram.SHA256.NewClient(user, password, authzid)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestSCRAM(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	c.line()
	right := scramClient(t, "anna@example.test", storetest.Password, "").NewConversation()
	if got := c.signSCRAM("SCRAM-SHA-256", right); !strings.HasPrefix(got, "OK [CAPABILITY") || !right.Valid() {
		t.Errorf("right password: %s; the server proved itself: %v", got, right.Valid())
	}
	c.must("SELECT INBOX")

	for _, user := range []string{"anna@example.test", "nobody@example.test"} {
		c = h.dial()
		c.line()
		if got := c.signSCRAM("SCRAM-SHA-256", scramClient(t, user, "wrong", "").NewConversation()); !strings.HasPrefix(got, "NO [AUTHENTICATIONFAILED]") {
			t.Errorf("%s with a wrong password: %s", user, got)
		}
	}

	c = h.dial()
	c.line()
	delegated := scramClient(t, "anna@example.test", storetest.Password, "info@example.test").NewConversation()
	if got := c.signSCRAM("SCRAM-SHA-256", delegated); !strings.HasPrefix(got, "OK") {
		t.Errorf("as info@: %s", got)
	}
	if lines := c.must(`LIST "" "Shared*"`); len(lines) > 0 {
		t.Errorf("info@ as its own sees %q", lines)
	}
	if _, got := h.dialled().do("AUTHENTICATE SCRAM-SHA-256-PLUS"); !strings.HasPrefix(got, "NO") {
		t.Errorf("-PLUS without TLS: %s", got)
	}
}

// dialTLS connects with implicit TLS of at most a version and reads the greeting.
func (h *house) dialTLS(config *tls.Config) (*client, *tls.ConnectionState, string) {
	h.T.Helper()
	config.InsecureSkipVerify = true // the certificate is the test's own
	conn, err := tls.Dial("tcp", h.tls, config)
	if err != nil {
		h.T.Fatal(err)
	}
	h.T.Cleanup(func() { conn.Close() })
	c := &client{t: h.T, conn: conn, in: bufio.NewReader(conn)}
	greeting := c.line()
	state := conn.ConnectionState()
	return c, &state, greeting
}

// The exchange is bound to the TLS connection (RFC 5802 §6, RFC 5929, RFC 9266).
func TestSCRAMPlus(t *testing.T) {
	h := newHouse(t)
	unique := func(s *tls.ConnectionState) (scram.ChannelBinding, error) {
		return scram.NewTLSUniqueBinding(s.TLSUnique), nil
	}
	user := scramClient(t, "anna@example.test", storetest.Password, "")
	for _, tt := range []struct {
		name    string
		version uint16
		binding func(*tls.ConnectionState) (scram.ChannelBinding, error)
		ok      bool
	}{
		{"1.3 exporter", tls.VersionTLS13, scram.NewTLSExporterBinding, true},
		{"1.3 end point", tls.VersionTLS13, scram.NewTLSServerEndpointBinding, true},
		{"1.3 unique", tls.VersionTLS13, unique, false}, // there is none
		{"1.2 end point", tls.VersionTLS12, scram.NewTLSServerEndpointBinding, true},
		{"1.2 unique", tls.VersionTLS12, unique, true},
		{"1.2 exporter", tls.VersionTLS12, scram.NewTLSExporterBinding, true}, // with extended master secrets
	} {
		config := func() *tls.Config { return &tls.Config{MaxVersion: tt.version, ServerName: "mail.example.test"} }
		c, state, greeting := h.dialTLS(config())
		if !strings.Contains(greeting, " AUTH=SCRAM-SHA-256-PLUS ") {
			t.Errorf("%s: not offered: %s", tt.name, greeting)
		}
		binding, err := tt.binding(state)
		if err != nil {
			t.Fatal(err)
		}
		if !tt.ok {
			binding.Data = []byte("made up")
		}
		if got := c.signSCRAM("SCRAM-SHA-256-PLUS", user.NewConversationWithChannelBinding(binding)); strings.HasPrefix(got, "OK") != tt.ok {
			t.Errorf("%s: %s", tt.name, got)
		}
		// Of another connection; the end point is that of the certificate.
		_, other, _ := h.dialTLS(config())
		binding, _ = tt.binding(other)
		if binding.Type == scram.ChannelBindingTLSServerEndpoint || !tt.ok {
			binding.Data = []byte("another certificate")
		}
		c, _, _ = h.dialTLS(config())
		if got := c.signSCRAM("SCRAM-SHA-256-PLUS", user.NewConversationWithChannelBinding(binding)); !strings.HasPrefix(got, "NO") {
			t.Errorf("%s of another connection: %s", tt.name, got)
		}
		// Who could bind and was told that the server cannot is warned (flag "y").
		c, _, _ = h.dialTLS(config())
		if got := c.signSCRAM("SCRAM-SHA-256", user.NewConversationAdvertisingChannelBinding()); strings.HasPrefix(got, "OK") {
			t.Errorf("%s talked out of it: %s", tt.name, got)
		}
	}
}

// A session that is resumed presents no certificate: it has the bindings that
// remain.
func TestSCRAMPlusResumed(t *testing.T) {
	h := newHouse(t)
	user := scramClient(t, "anna@example.test", storetest.Password, "")
	cache := tls.NewLRUClientSessionCache(4)
	for _, resumed := range []bool{false, true} {
		c, state, greeting := h.dialTLS(&tls.Config{MaxVersion: tls.VersionTLS12, ServerName: "mail.example.test", ClientSessionCache: cache})
		if state.DidResume != resumed || !strings.Contains(greeting, " AUTH=SCRAM-SHA-256-PLUS ") {
			t.Fatalf("resumed %v: %s", state.DidResume, greeting)
		}
		if got := c.signSCRAM("SCRAM-SHA-256-PLUS", user.NewConversationWithChannelBinding(scram.NewTLSUniqueBinding(state.TLSUnique))); !strings.HasPrefix(got, "OK") {
			t.Errorf("unique, resumed %v: %s", resumed, got)
		}
	}
}

// dialled is dial with the greeting read.
func (h *house) dialled() *client {
	c := h.dial()
	c.line()
	return c
}
