package imapserver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"postroom/internal/imapserver"
	"postroom/internal/store/storetest"
)

// attack writes bytes to a fresh connection and returns what came back until
// the server closed it or has nothing more to say for a while.
func (h *house) attack(what io.Reader) string {
	h.T.Helper()
	conn, err := net.Dial("tcp", h.addr)
	if err != nil {
		h.T.Fatal(err)
	}
	defer conn.Close()
	go func() {
		conn.SetWriteDeadline(time.Now().Add(patience))
		io.Copy(conn, what)
		conn.(*net.TCPConn).CloseWrite()
	}()
	conn.SetReadDeadline(time.Now().Add(patience))
	said, _ := io.ReadAll(io.LimitReader(conn, 1<<20))
	return string(said)
}

// endless repeats a text n times without holding it in memory.
func endless(text string, n int) io.Reader {
	readers := make([]io.Reader, n)
	for i := range readers {
		readers[i] = strings.NewReader(text)
	}
	return io.MultiReader(readers...)
}

// heap is the memory in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAttacksBeforeSignIn(t *testing.T) {
	h := newHouse(t)
	big := strings.Repeat("x", 1<<20)
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(rand.IntN(256))
	}
	for _, a := range []struct {
		name, want string
		bytes      func() io.Reader
	}{
		{"literal of 4 GB", "a BAD [TOOBIG]", func() io.Reader { return strings.NewReader("a LOGIN {4294967295}\r\n") }},
		{"literal of 4 GB, not asking", "* BYE", func() io.Reader {
			return io.MultiReader(strings.NewReader("a LOGIN {4294967295+}\r\n"), endless(big, 8))
		}},
		{"literal beyond 64 bits", "BAD", func() io.Reader { return strings.NewReader("a LOGIN {99999999999999999999}\r\n") }},
		{"many literals", "* BYE", func() io.Reader {
			return io.MultiReader(strings.NewReader("a LOGIN"), endless(" {1+}\r\nx", 5000), strings.NewReader("\r\n"))
		}},
		{"literals as commands", "* BYE too many", func() io.Reader { return endless("{1000+}\r\n", 5000) }},
		{"line of 8 MB", "* BYE [TOOBIG]", func() io.Reader { return io.MultiReader(endless(big, 8), strings.NewReader("\r\n")) }},
		{"noise", "BAD", func() io.Reader { return strings.NewReader(string(noise)) }},
		{"TLS on the plain port", "BAD", func() io.Reader { return strings.NewReader("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n") }},
		{"HTTP", "BAD", func() io.Reader { return strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }},
		{"NULs", "BAD", func() io.Reader { return strings.NewReader("a LOGIN \x00 \x00\r\n") }},
		{"APPEND before sign-in", "a ", func() io.Reader { return strings.NewReader("a APPEND INBOX {100000000+}\r\n") }},
		{"guessing", "* BYE too many", func() io.Reader { return endless("a LOGIN anna@example.test guess\r\n", 6) }},
	} {
		t.Run(a.name, func(t *testing.T) {
			before := heap()
			if said := h.attack(a.bytes()); !strings.Contains(said, a.want) {
				t.Errorf("said %.300q, want %q in it", said, a.want)
			}
			if after := heap(); after > before+8<<20 {
				t.Errorf("holds %d bytes more", after-before)
			}
		})
	}
	h.as("ben").must("SELECT INBOX") // others go on
}

// A command injected before TLS begins must not be run after (RFC 9051 §11.1).
func TestStartTLSInjection(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	c.line()
	c.send("a STARTTLS\r\nb NOOP")
	for {
		line, err := c.read()
		if err != nil {
			return // closed
		}
		if strings.HasPrefix(line, "b ") || strings.HasPrefix(line, "a OK") {
			t.Fatalf("got %q", line)
		}
	}
}

// A client that reads nothing holds up nobody but itself, and makes the server
// keep no more than a buffer.
func TestSlowReader(t *testing.T) {
	h := newHouse(t)
	for range 20 {
		h.sent++
		h.Deliver(storetest.Message(h.sent, strings.Repeat("A line that is repeated to be a large message.\r\n", 20000)), h.Info)
	}
	before := heap()
	var slow []*client
	for range 5 {
		c := h.as("anna")
		c.must("SELECT Shared/info@example.test/INBOX")
		c.send("x FETCH 1:* (BODY.PEEK[])")
		slow = append(slow, c)
	}
	ben := h.as("ben")
	ben.must("SELECT Shared/info@example.test/INBOX")
	ben.must("STORE 1 +FLAGS (\\Flagged)")
	ben.must("APPEND Shared/info@example.test/INBOX {6+}\r\na: b\r\n")
	ben.must("STORE 2 +FLAGS (\\Deleted)")
	ben.must("EXPUNGE")
	if after := heap(); after > before+64<<20 {
		t.Errorf("holds %d MB more", (after-before)>>20)
	}
	for _, c := range slow {
		c.conn.Close()
	}
}

// A flood of commands whose answers nobody reads stops at the buffers.
func TestFlood(t *testing.T) {
	h := newHouse(t)
	c := h.as("anna")
	before := heap()
	stopped := make(chan error, 1)
	go func() {
		flood := strings.Repeat("x LIST \"\" *\r\n", 1000)
		for range 1000 {
			c.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
			if _, err := io.WriteString(c.conn, flood); err != nil {
				stopped <- err
				return
			}
		}
		stopped <- nil
	}()
	ben := h.as("ben")
	for range 20 {
		ben.must(`LIST "" "*"`)
	}
	if err := <-stopped; err == nil {
		t.Error("13 MB of commands went through unread")
	}
	if after := heap(); after > before+16<<20 {
		t.Errorf("holds %d bytes more", after-before)
	}
	c.conn.Close()
}

// After signing in a line, a literal and a command have limits too.
func TestAttacksAfterSignIn(t *testing.T) {
	h := newHouse(t)
	for _, a := range []struct{ name, send, want string }{
		{"long line", "t LIST \"\" " + strings.Repeat("x", 8<<20), "t BAD"},
		{"deep search", "t SEARCH " + strings.Repeat("NOT ", 10000) + "ALL", "t BAD"},
		{"deep or", "t SEARCH " + strings.Repeat("(", 10000) + "ALL", "t BAD"},
		{"wide set", "t FETCH " + strings.Repeat("1:4294967295,", 3000) + "1 FLAGS", "t BAD"},
		{"wide uid set", "t UID FETCH " + strings.Repeat("1:4294967295,", 3000) + "1 FLAGS", "t OK"},
		{"great number", "t UID FETCH 99999999999999999999 FLAGS", "t BAD"},
		{"zero", "t FETCH 0 FLAGS", "t BAD"},
		{"patterns", "t LIST \"\" " + strings.Repeat("*%", 400), "t OK"},
		{"many items", "t FETCH 1 (" + strings.Repeat("FLAGS ", 10000) + "UID)", "t NO [LIMIT]"},
		{"negative partial", "t FETCH 1 BODY[]<-1.5>", "t BAD"},
		{"huge partial", "t FETCH 1 BODY.PEEK[]<0.18446744073709551615>", "t BAD"},
		{"huge section", "t FETCH 1 BODY.PEEK[4294967295.4294967295]", "t OK"},
		{"literal in a name", "t SELECT {4294967295}", "t BAD [TOOBIG]"},
	} {
		t.Run(a.name, func(t *testing.T) {
			c := h.as("anna")
			h.letter(h.Anna)
			c.must("SELECT INBOX")
			c.send(a.send)
			for {
				line := c.line()
				if strings.HasPrefix(line, "t ") {
					if !strings.HasPrefix(line, a.want) {
						t.Errorf("got %q, want %q", line, a.want)
					}
					break
				}
			}
			if _, result := c.do("NOOP"); !strings.HasPrefix(result, "OK") {
				t.Errorf("then NOOP: %s", result)
			}
		})
	}
}

// Whoever connects and says nothing is a cost that ends with the server; whoever
// idles is told.
func TestShutdown(t *testing.T) {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.server = imapserver.New(imapserver.Options{Store: st, Hostname: "mail.example.test", Logger: storetest.Logger(t),
		PlainSignIn: imapserver.Allowed, TLS: certificate(t)})
	h.addr, h.tls = h.listen(h.server.Serve), h.listen(h.server.ServeTLS)
	silent, err := net.Dial("tcp", h.tls) // in the middle of the handshake
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	idle := h.as("anna")
	idle.must("SELECT INBOX")
	idle.send("i IDLE")
	idle.line()
	waiting := h.as("ben")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := h.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{idle, waiting} {
		if line := c.line(); !strings.HasPrefix(line, "* BYE") {
			t.Errorf("got %q", line)
		}
	}
	if conn, err := net.Dial("tcp", h.addr); err == nil {
		conn.Close()
		t.Error("still accepts")
	}
}

// More connections than are served are turned away with a word.
func TestTooManyConnections(t *testing.T) {
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.server = imapserver.New(imapserver.Options{Store: st, Logger: storetest.Logger(t), PlainSignIn: imapserver.Allowed, MaxConns: 2})
	h.addr = h.listen(h.server.Serve)
	t.Cleanup(func() { h.server.Shutdown(context.Background()) })
	first := h.as("anna")
	h.as("ben")
	if line := h.dial().line(); !strings.HasPrefix(line, "* BYE [UNAVAILABLE]") {
		t.Errorf("the third got %q", line)
	}
	first.must("LOGOUT")
	for end := time.Now().Add(patience); time.Now().Before(end); { // until the server has seen the first go
		if line := h.dial().line(); strings.HasPrefix(line, "* OK") {
			return
		}
	}
	t.Error("none is let in again")
}

// Signing in over TLS, of both kinds.
func TestTLS(t *testing.T) {
	h := newHouse(t)
	config := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the certificate is the test's own
	c := h.dial()
	c.line()
	c.must("STARTTLS")
	c.conn = tls.Client(c.conn, config)
	c.in = bufio.NewReader(c.conn)
	if caps := c.must("CAPABILITY"); strings.Contains(caps[0], "STARTTLS") || !strings.Contains(caps[0], "AUTH=SCRAM-SHA-256-PLUS") {
		t.Errorf("after STARTTLS: %s", caps[0])
	}
	c.must(fmt.Sprintf("LOGIN anna@example.test %q", storetest.Password))
	conn, err := tls.Dial("tcp", h.tls, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	d := &client{t: t, conn: conn, in: bufio.NewReader(conn)}
	d.line()
	d.must(fmt.Sprintf("LOGIN anna@example.test %q", storetest.Password))
	d.must("SELECT INBOX")
	d.must("LOGOUT")
}
