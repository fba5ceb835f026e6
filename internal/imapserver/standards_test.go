package imapserver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"postroom/internal/imapserver"
	"postroom/internal/store/storetest"
)

// TestCapabilitiesHaveRows compares what the server offers, in every state of a
// connection, with docs/rfc/10-imap.toml.
func TestCapabilitiesHaveRows(t *testing.T) {
	var table struct {
		Row []struct {
			Standard, State string
			Capabilities    []string
		}
	}
	if _, err := toml.DecodeFile("../../docs/rfc/10-imap.toml", &table); err != nil {
		t.Fatal(err)
	}
	offered := offeredCapabilities(t)
	rows := map[string]string{}
	for _, r := range table.Row {
		for _, name := range r.Capabilities {
			if rows[name] = r.State; offered[name] && r.State == "no" {
				t.Errorf("%s is offered, its row says no", name)
			}
			if !offered[name] && r.State == "done" {
				t.Errorf("%s is not offered, its row says done", name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(offered)) {
		if rows[name] == "" {
			t.Errorf("%s is offered and has no row", name)
		}
	}
}

// offeredCapabilities asks in plain text, in TLS of both versions and signed in.
func offeredCapabilities(t *testing.T) map[string]bool {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.server = imapserver.New(imapserver.Options{Store: st, Logger: storetest.Logger(t), TLS: certificate(t), Unauthenticate: true,
		JMAP: "https://mail.example.test/jmap/session"})
	h.addr, h.tls = h.listen(h.server.Serve), h.listen(h.server.ServeTLS)
	t.Cleanup(func() { h.server.Shutdown(context.Background()) })
	offered := map[string]bool{}
	ask := func(c *client) {
		for _, line := range c.must("CAPABILITY") {
			if list, ok := strings.CutPrefix(line, "* CAPABILITY "); ok {
				for _, name := range strings.Fields(list) {
					if strings.HasPrefix(name, "APPENDLIMIT=") {
						name = "APPENDLIMIT"
					}
					offered[name] = true
				}
			}
		}
	}
	plain := h.dial()
	plain.line()
	ask(plain)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		conn, err := tls.Dial("tcp", h.tls, &tls.Config{InsecureSkipVerify: true, MaxVersion: version}) //nolint:gosec // the certificate is the test's own
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		c := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
		c.line()
		ask(c)
		c.must(`LOGIN anna@example.test "` + storetest.Password + `"`)
		ask(c)
		if lines := c.must("GETJMAPACCESS"); len(lines) != 1 || lines[0] != `* JMAPACCESS "https://mail.example.test/jmap/session"` {
			t.Errorf("GETJMAPACCESS: %q", lines)
		}
	}
	return offered
}
