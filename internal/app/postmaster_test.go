package app

import (
	"context"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// addDomain makes example.test with an administrator.
func addDomain(t *testing.T, a *App) {
	t.Helper()
	_, _, err := provision.First(t.Context(), a.Console().Directory(),
		provision.FirstSpec{Domain: "example.test", Admin: "admin@example.test"})
	if err != nil {
		t.Fatal(err)
	}
}

// Mail to <Postmaster> without a domain is for the primary domain, also when that
// was made after the server began (RFC 5321 §4.5.1).
func TestPostmasterWithoutDomain(t *testing.T) {
	a, stop := serve(t, anyPort(t.TempDir()))
	defer stop()
	addDomain(t, a)
	c, err := textproto.Dial("tcp", a.Addresses()["smtp"])
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	say := func(line string, code int) {
		t.Helper()
		if line != "" {
			if err := c.PrintfLine("%s", line); err != nil {
				t.Fatal(err)
			}
		}
		if _, text, err := c.ReadResponse(code); err != nil {
			t.Fatalf("%s: %v %s", line, err, text)
		}
	}
	say("", 220)
	say("EHLO client.test", 250)
	say("MAIL FROM:<x@outside.test>", 250)
	say("RCPT TO:<Postmaster>", 250)
	say("QUIT", 221)
}

// Reports are from an address that exists.
func TestReportsAreFromTheDomain(t *testing.T) {
	ctx, cfg := context.Background(), anyPort(t.TempDir())
	a, err := New(ctx, cfg, Options{Logger: storetest.Logger(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	addDomain(t, a)
	_, err = a.queue.Enqueue(ctx, store.NewReport{Sender: "x@outside.test", Raw: []byte("Subject: hello\r\n\r\n"),
		Recipients: []store.Recipient{{Address: "nobody@example.test"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.worker.Drain(ctx); err != nil { // the message, then the report
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(cfg.Outbox, "*.eml"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(raw), "<postmaster@example.test>\r\n") {
		t.Errorf("%v\n%s", err, raw)
	}
}
