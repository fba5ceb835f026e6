package imapserver_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Access tokens by both mechanisms, in one's own mailbox and as a delegate; an
// error is told, acknowledged and answered NO, and ends with the token.
func TestOAuth(t *testing.T) {
	h := newHouse(t)
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, rights.Manager)
	d := h.House.SignIn("anna").Directory()
	token, err := d.AddToken(t.Context(), h.Anna.ID, store.Token{Name: "mail", Mask: rights.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	encode := func(text string) string {
		return base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(text, "^", "\x01")))
	}
	bearer := func(user string) string { return encode("n,a=" + user + ",^host=x^auth=Bearer " + token + "^^") }
	xoauth := func(user string) string { return encode("user=" + user + "^auth=Bearer " + token + "^^") }
	for _, first := range []string{"OAUTHBEARER " + bearer("anna@example.test"), "XOAUTH2 " + xoauth("anna@example.test"),
		"OAUTHBEARER " + bearer("info@example.test"), "XOAUTH2 " + xoauth("info@example.test")} {
		c := h.dial()
		c.line()
		c.must("AUTHENTICATE " + first)
		c.must("SELECT INBOX")
		if _, result := c.do("STORE 1:* +FLAGS (\\Flagged)"); strings.HasPrefix(result, "OK") {
			t.Errorf("the token may only read: %s", result)
		}
	}
	c := h.dial()
	c.line()
	c.send("a AUTHENTICATE OAUTHBEARER")
	if line := c.line(); line != "+ " {
		t.Errorf("asked %q", line)
	}
	c.send(bearer("cleo@example.test"))
	if line := c.line(); line != "+ "+encode(`{"schemes":"bearer","status":"invalid_token"}`) {
		t.Errorf("told %q", line)
	}
	c.send(encode("^"))
	if line := c.line(); !strings.HasPrefix(line, "a NO [AUTHENTICATIONFAILED]") {
		t.Errorf("answered %q", line)
	}
	c.must("AUTHENTICATE OAUTHBEARER " + bearer("anna@example.test"))
	if err := d.RemoveToken(t.Context(), h.Anna.ID, "mail"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.read(); err != nil { // BYE
		t.Error(err)
	}
}
