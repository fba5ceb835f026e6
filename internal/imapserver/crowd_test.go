package imapserver_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/internal/imapserver"
	"postroom/internal/imapserver/tally"
	"postroom/internal/store/storetest"
)

// pipes is a listener whose connections take no file descriptors.
type pipes struct {
	conns chan net.Conn
	once  sync.Once
	end   chan struct{}
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), end: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.end:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.end) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- fromHere{theirs}
	return ours
}

// fromHere is a connection of a client on this machine.
type fromHere struct{ net.Conn }

func (fromHere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// inUse is the memory of the heap and of all stacks.
func inUse() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// crowd is how many connections idle at a time, and how much each may hold, its
// side and the client's.
const (
	crowd    = 10_000
	perIdler = 32 << 10
)

// Ten thousand connections in IDLE hold little each, and others are served
// meanwhile; when something happens all of them hear of it.
func TestTenThousandIdle(t *testing.T) {
	n := crowd
	if testing.Short() || raceDetector {
		n = 500
	}
	st := storetest.Open(t, nothing)
	h := &house{House: storetest.NewHouse(t, st)}
	h.server = imapserver.New(imapserver.Options{Store: st, Hostname: "mail.example.test", Logger: storetest.Logger(t),
		PlainSignIn: imapserver.Allowed, Tally: tally.New(tally.Limits{PerAddress: 2 * crowd, PerAccount: 2 * crowd})})
	listener := newPipes()
	ended := make(chan error, 1)
	go func() { ended <- h.server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		h.server.Shutdown(ctx)
		<-ended
	})
	before := inUse()
	idlers := make([]net.Conn, n)
	for i := range idlers {
		idlers[i] = listener.dial()
		idleOn(t, idlers[i])
	}
	// The race detector keeps a shadow of what is in use, which is counted too.
	if each := (inUse() - before) / uint64(n); each > perIdler && !raceDetector {
		t.Errorf("a connection in IDLE holds %d KB", each>>10)
	} else {
		t.Logf("a connection in IDLE holds %.1f KB", float64(each)/1024)
	}
	other := listener.dial()
	say(t, other, bufio.NewReader(other), fmt.Sprintf("a LOGIN ben@example.test %q", storetest.Password), "b SELECT INBOX", "c LOGOUT")
	other.Close()
	var heard sync.WaitGroup
	for _, c := range idlers {
		heard.Go(func() {
			in := bufio.NewReaderSize(c, 256)
			for line := ""; !strings.Contains(line, "EXISTS"); {
				var err error
				if line, err = in.ReadString('\n'); err != nil {
					t.Errorf("not told: %v", err)
					break
				}
			}
			c.Close()
		})
	}
	h.letter(h.Anna)
	heard.Wait()
}

// idleOn signs anna in, selects her inbox and begins to idle.
func idleOn(t *testing.T, c net.Conn) {
	t.Helper()
	in := bufio.NewReaderSize(c, 256)
	say(t, c, in, fmt.Sprintf("a LOGIN anna@example.test %q", storetest.Password), "b SELECT INBOX")
	fmt.Fprint(c, "c IDLE\r\n")
	if line, err := in.ReadString('\n'); err != nil || line[0] != '+' {
		t.Fatalf("IDLE: %q, %v", line, err)
	}
	c.SetDeadline(time.Time{})
}

// say sends commands, and waits for the OK of each.
func say(t *testing.T, c net.Conn, in *bufio.Reader, commands ...string) {
	t.Helper()
	c.SetDeadline(farAway)
	for _, command := range commands {
		go fmt.Fprintf(c, "%s\r\n", command) // a pipe has no buffer, and the greeting may be under way
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			if strings.HasPrefix(line, command[:2]) {
				if !strings.HasPrefix(line[2:], "OK") {
					t.Fatalf("%s: %s", command, line)
				}
				break
			}
		}
	}
}

// Literals that were announced and are not sent hold nothing of what they
// announce, before signing in and after, and hold up nobody else.
func TestLiteralsNotSent(t *testing.T) {
	h := newHouse(t)
	before := heap()
	const n = 100
	var waiting []*client
	for i := range n {
		var c *client
		if i%2 == 0 {
			c = h.dial()
			c.line()
			c.send("x LOGIN {900}")
		} else {
			c = h.as("anna")
			c.send("x APPEND INBOX {30000000}")
		}
		if line := c.line(); !strings.HasPrefix(line, "+") {
			t.Fatalf("got %q", line)
		}
		c.conn.Write([]byte("a beginning"))
		waiting = append(waiting, c)
	}
	if after := heap(); after > before+n*64<<10 {
		t.Errorf("%d waiting literals hold %d KB each", n, (after-before)/n>>10)
	}
	h.as("ben").must("SELECT INBOX")
	for _, c := range waiting {
		c.conn.Close()
	}
}

// A flood of commands before signing in whose answers nobody reads stops at the
// buffers, like one after it.
func TestFloodBeforeSignIn(t *testing.T) {
	h := newHouse(t)
	c := h.dial()
	before := heap()
	stopped := make(chan error, 1)
	go func() {
		flood := []byte(strings.Repeat("x CAPABILITY\r\n", 5000))
		for range 1000 {
			c.conn.SetWriteDeadline(time.Now().Add(2 * time.Second))
			if _, err := c.conn.Write(flood); err != nil {
				stopped <- err
				return
			}
		}
		stopped <- nil
	}()
	h.as("ben").must("SELECT INBOX")
	if err := <-stopped; err == nil {
		t.Error("70 MB of commands went through unread")
	}
	if after := heap(); after > before+16<<20 {
		t.Errorf("holds %d bytes more", after-before)
	}
	c.conn.Close()
}
