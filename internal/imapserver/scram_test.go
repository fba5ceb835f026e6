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
		challenge, ok := strings.CutPrefix(c.line(), "+ ")
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

// The exchange is bound to the TLS connection (RFC 5802 §6, RFC 9266).
func TestSCRAMPlus(t *testing.T) {
	h := newHouse(t)
	dial := func() (*client, *tls.Conn) {
		conn, err := tls.Dial("tcp", h.tls, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the certificate is the test's own
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
		c.line()
		return c, conn
	}
	binding := func(conn *tls.Conn) scram.ChannelBinding {
		state := conn.ConnectionState()
		b, err := scram.NewTLSExporterBinding(&state)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	user := scramClient(t, "anna@example.test", storetest.Password, "")
	c, conn := dial()
	if got := c.signSCRAM("SCRAM-SHA-256-PLUS", user.NewConversationWithChannelBinding(binding(conn))); !strings.HasPrefix(got, "OK") {
		t.Errorf("bound: %s", got)
	}
	_, other := dial()
	c, _ = dial()
	if got := c.signSCRAM("SCRAM-SHA-256-PLUS", user.NewConversationWithChannelBinding(binding(other))); !strings.HasPrefix(got, "NO") {
		t.Errorf("bound to another connection: %s", got)
	}
}

// dialled is dial with the greeting read.
func (h *house) dialled() *client {
	c := h.dial()
	c.line()
	return c
}
