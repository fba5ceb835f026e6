package imapserver_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom/internal/imapserver"
	"postroom/internal/imapserver/tally"
	"postroom/internal/store/storetest"
)

// deflated is a connection that compresses each line it sends.
type deflated struct {
	net.Conn
	w *flate.Writer
}

func (d *deflated) Write(p []byte) (int, error) {
	if _, err := d.w.Write(p); err != nil {
		return 0, err
	}
	return len(p), d.w.Flush()
}

// inflate turns compression on, from the client's side.
func (c *client) inflate() {
	c.t.Helper()
	c.must("COMPRESS DEFLATE")
	w, err := flate.NewWriter(c.conn, flate.BestCompression)
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn = &deflated{c.conn, w}
	c.in = bufio.NewReader(flate.NewReader(c.in))
}

// A compressed connection fetches, appends and idles like another.
func TestCompress(t *testing.T) {
	h := newHouse(t)
	for range 50 {
		h.letter(h.Info)
	}
	c := h.as("anna")
	if _, result := c.do("COMPRESS LZW"); !strings.HasPrefix(result, "BAD") {
		t.Errorf("another algorithm: %s", result)
	}
	if caps := c.must("CAPABILITY"); !strings.Contains(caps[0], " COMPRESS=DEFLATE") {
		t.Errorf("before: %s", caps[0])
	}
	c.inflate()
	if caps := c.must("CAPABILITY"); strings.Contains(caps[0], "COMPRESS") {
		t.Errorf("after: %s", caps[0])
	}
	if _, result := c.do("COMPRESS DEFLATE"); !strings.HasPrefix(result, "NO [COMPRESSIONACTIVE]") {
		t.Errorf("twice: %s", result)
	}
	c.must("SELECT Shared/info@example.test/INBOX")
	if lines := c.must("FETCH 1:* (UID FLAGS ENVELOPE BODY.PEEK[])"); len(lines) < 50 {
		t.Errorf("%d lines", len(lines))
	}
	big := strings.Repeat("all work and no play\r\n", 20_000)
	c.must(fmt.Sprintf("APPEND Shared/info@example.test/Drafts {%d+}\r\nSubject: big\r\n\r\n%s", len(big)+16, big))
	c.send("i IDLE")
	if line := c.line(); !strings.HasPrefix(line, "+") {
		t.Fatal(line)
	}
	h.letter(h.Info)
	if line := c.line(); line != "* 51 EXISTS" {
		t.Errorf("idle: %s", line)
	}
	c.line()
	c.send("DONE")
	c.line()
	c.must("LOGOUT")
}

// What is no DEFLATE, what ends in the middle, and what inflates to far more
// than it is all end the connection, not the server.
func TestCompressHostile(t *testing.T) {
	h := newHouse(t)
	var bomb bytes.Buffer
	w, _ := flate.NewWriter(&bomb, flate.BestCompression)
	line := bytes.Repeat([]byte("A"), 1<<20)
	for range 64 { // 64 MB of one line in some 64 KB
		w.Write(line)
	}
	w.Close()
	for name, sent := range map[string][]byte{
		"noise": []byte("x NOOP\r\nx NOOP\r\nx NOOP\r\n"), "bomb": bomb.Bytes(), "half": bomb.Bytes()[:100],
	} {
		c := h.as("anna")
		c.must("COMPRESS DEFLATE")
		c.conn.Write(sent)
		c.conn.(*net.TCPConn).CloseWrite()
		in := bufio.NewReader(flate.NewReader(c.in))
		for {
			if _, err := in.ReadString('\n'); err != nil {
				break
			}
		}
		t.Log(name, "ended")
	}
	h.as("ben").must("NOOP")
}

// Compression is inside of TLS, whether that began at once or by STARTTLS.
func TestCompressTLS(t *testing.T) {
	h := newHouse(t)
	h.letter(h.Anna)
	config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the certificate is the test's own
	implicit, _, _ := h.dialTLS(config.Clone())
	started := h.dialled()
	started.must("STARTTLS")
	secure := tls.Client(started.conn, config)
	started.conn, started.in = secure, bufio.NewReader(secure)
	for name, c := range map[string]*client{"implicit": implicit, "STARTTLS": started} {
		c.must(`LOGIN anna@example.test "` + storetest.Password + `"`)
		c.must("COMPRESS DEFLATE")
		w, _ := flate.NewWriter(c.conn, flate.BestSpeed)
		c.conn, c.in = &deflated{c.conn, w}, bufio.NewReader(flate.NewReader(c.in))
		c.must("SELECT INBOX")
		if lines := c.must("FETCH 1 (BODY.PEEK[])"); !strings.Contains(strings.Join(lines, "\n"), "Subject: ") {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

// Signing out and in again forgets everything, and ends compression.
func TestUnauthenticate(t *testing.T) {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.makeTeam()
	h.server = imapserver.New(imapserver.Options{Store: st, Logger: storetest.Logger(t), PlainSignIn: imapserver.Allowed, Unauthenticate: true,
		Tally: tally.New(tally.Limits{PerAccount: 1})})
	h.addr = h.listen(h.server.Serve)
	t.Cleanup(func() { h.server.Shutdown(context.Background()) })
	c := h.as("anna")
	plain := c.conn
	c.must("ENABLE QRESYNC UIDONLY UTF8=ACCEPT")
	c.must("SELECT Shared/info@example.test/INBOX")
	c.must("NOTIFY SET (selected (MessageNew MessageExpunge)) (personal (MailboxName))")
	c.must("COMPRESS DEFLATE")
	w, _ := flate.NewWriter(plain, flate.BestSpeed)
	raw := c.in
	c.conn, c.in = &deflated{plain, w}, bufio.NewReader(flate.NewReader(raw))
	c.must("UNAUTHENTICATE")
	c.conn, c.in = plain, raw
	if _, result := c.do("SELECT INBOX"); result != "BAD sign in first" {
		t.Errorf("after: %s", result)
	}
	c.must(fmt.Sprintf("LOGIN cleo@example.test %q", storetest.Password))
	h.letter(h.Info)
	c.must("SELECT INBOX")
	if _, result := c.do("FETCH 1:* (FLAGS)"); !strings.HasPrefix(result, "OK") {
		t.Errorf("UIDONLY is still on: %s", result)
	}
	if _, result := c.do("SELECT INBOX (QRESYNC (1 1))"); !strings.HasPrefix(result, "BAD") {
		t.Errorf("QRESYNC is still on: %s", result)
	}
	if _, result := c.do("SELECT Shared/info@example.test/INBOX"); !strings.HasPrefix(result, "NO [NONEXISTENT]") {
		t.Errorf("cleo sees what anna did: %s", result)
	}
	h.as("anna") // whose one place is free again
}

// A client that waits is told that the server is still at it.
func TestProgress(t *testing.T) {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.makeTeam()
	h.server = imapserver.New(imapserver.Options{Store: st, Logger: storetest.Logger(t), PlainSignIn: imapserver.Allowed, Progress: time.Microsecond})
	h.addr = h.listen(h.server.Serve)
	t.Cleanup(func() { h.server.Shutdown(context.Background()) })
	c := h.as("anna")
	c.must("SELECT INBOX")
	told := func(command string) bool {
		for range 20 {
			h.letter(h.Anna)
		}
		c.must("NOOP")
		c.must("STORE 1:* +FLAGS.SILENT (\\Flagged \\Deleted)")
		return slices.Contains(c.must(command), `* OK [INPROGRESS ("t" NIL NIL)] still at it`)
	}
	for _, command := range []string{"COPY 1:* Trash", "SEARCH TEXT price", "STORE 1:* -FLAGS (\\Flagged)", "EXPUNGE"} {
		// A command may be over before the clock has struck once, however often that is.
		for tries := 0; !told(command); tries++ {
			if tries == 50 {
				t.Errorf("%s: not told", command)
				break
			}
		}
	}
}

// More connections of one account, or of one address, than are allowed.
func TestTally(t *testing.T) {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.server = imapserver.New(imapserver.Options{Store: st, Logger: storetest.Logger(t), PlainSignIn: imapserver.Allowed,
		Tally: tally.New(tally.Limits{PerAddress: 4, PerAccount: 2})})
	h.addr = h.listen(h.server.Serve)
	t.Cleanup(func() { h.server.Shutdown(context.Background()) })
	first := h.as("anna")
	h.as("anna")
	third := h.dial()
	third.line()
	untagged, result := third.do(fmt.Sprintf("LOGIN anna@example.test %q", storetest.Password))
	if !strings.HasPrefix(result, "NO [LIMIT]") || len(untagged) != 0 || !strings.HasPrefix(third.line(), "* BYE") {
		t.Errorf("a third of anna: %q %s", untagged, result)
	}
	if _, err := third.read(); err == nil {
		t.Error("it stays open")
	}
	h.as("ben")
	h.dial().line()
	// The third has gone, or goes now: five are never let in.
	for range 3 {
		if line := h.dial().line(); strings.HasPrefix(line, "* BYE [UNAVAILABLE] too many connections from your address") {
			first.must("LOGOUT")
			return
		}
	}
	t.Error("none is turned away")
}
