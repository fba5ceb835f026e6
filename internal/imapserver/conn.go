package imapserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"postroom/internal/imapserver/deflate"
	"postroom/internal/imapserver/inlet"
	"postroom/internal/imapserver/outlet"
	"postroom/internal/imapserver/spool"
	"postroom/internal/imapwire"
	"postroom/internal/store"
	"postroom/internal/tlscert"
)

// conn is one connection. All of it belongs to the connection's goroutine,
// but for awaitInput, which lends the reader for a while.
type conn struct {
	server   *Server
	stop     context.CancelFunc // asks it to end after the command under way
	stopped  <-chan struct{}    // closed by stop
	base     net.Conn           // what was accepted; closing it ends everything
	raw      net.Conn           // base, or TLS over it
	began    time.Time
	in       *bufio.Reader
	plain    *bufio.Reader // what in inflates, with COMPRESS; else nil
	inflater *deflate.Reader
	dec      *imapwire.Decoder
	enc      *imapwire.Encoder
	out      *outlet.Outlet
	peeked   chan error // the result of the peek under way; nil when there is none

	session  *store.Session // nil before signing in
	life     *store.Watch   // hints that the session may have ended
	watch    *store.Watch   // of the selected mailbox's account
	selected *selected      // nil when no mailbox is selected
	notify   *notify        // nil until NOTIFY is used
	queue    spool.Queue    // of APPENDs that are not stored yet
	failures int            // of signing in
	mistakes int            // commands in a row that could not be understood

	rev2, condStore, qresync, utf8, uidOnly bool // ENABLEd
	closing                                 bool // after LOGOUT or BYE
}

const (
	// maxFailures is how many times a connection may fail to sign in.
	maxFailures = 5
	readBuffer  = 4 << 10 // bytes
	// maxMistakes is how many commands in a row may be no IMAP: what talks to
	// the server then is no mail client.
	maxMistakes = 20
)

func newConn(s *Server, base, raw net.Conn, stop context.CancelFunc) *conn {
	c := &conn{server: s, base: base, raw: raw, stop: stop, began: time.Now()}
	c.in = bufio.NewReaderSize(c.inlet(raw), readBuffer)
	c.dec = imapwire.NewDecoder(c.in, imapwire.PreAuthLimits())
	c.enc = imapwire.NewEncoder(nil)
	c.out = outlet.New(&s.buffers, c.enc)
	c.out.To(outlet.Deadline{Conn: raw, Limit: writeTimeout})
	c.dec.Continue = func() error {
		c.settle()
		c.enc.Continue("go on")
		return c.enc.Flush()
	}
	return c
}

// run is the life of a connection. When ctx ends, the command under way is
// finished first.
func (c *conn) run(ctx context.Context) {
	c.stopped = ctx.Done()
	defer c.base.Close()
	defer c.unwatch()
	defer c.deselect()
	defer c.endNotify()
	if secure, ok := c.raw.(*tls.Conn); ok && !c.handshake(ctx, secure) {
		return
	}
	work := context.WithoutCancel(ctx)
	c.greet()
	for c.enc.Flush() == nil && !c.closing {
		if !c.awaitCommand(work) {
			break
		}
		req, err := c.dec.Next()
		if _, more := req.Command.(*imapwire.Append); !more {
			c.settle()
		}
		if c.closing || err != nil && !c.refuse(err) {
			break
		}
		if err == nil {
			c.mistakes = 0
			c.handle(work, req)
		}
	}
	c.settle()
	if c.enc.Flush() == nil {
		c.linger()
	}
}

// inlet reads from a connection: what was received is settled before the client
// is waited for.
func (c *conn) inlet(raw net.Conn) *inlet.Inlet {
	return &inlet.Inlet{Conn: raw, Limit: c.timeout, Waits: func() bool { return !c.queue.Empty() },
		Settle: func() error {
			c.settle()
			return c.enc.Flush()
		}}
}

// linger ends the connection so that the last words arrive: closing it while
// the client still sends would have the network throw them away.
func (c *conn) linger() {
	half, ok := c.raw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.peeked != nil {
		return // nothing is sent, or somebody reads already
	}
	c.base.SetReadDeadline(time.Now().Add(lingerTime))
	io.Copy(io.Discard, c.base)
}

// handshake begins TLS, in bounded time.
func (c *conn) handshake(ctx context.Context, secure *tls.Conn) bool {
	c.base.SetDeadline(time.Now().Add(signInTimeout))
	return secure.HandshakeContext(ctx) == nil
}

// greet sends the greeting with the capabilities (RFC 9051 §7.1).
func (c *conn) greet() {
	c.enc.Status(imapwire.Status{Kind: imapwire.OK, Code: imapwire.CodeCapability(c.capabilities()),
		Text: c.server.opts.Hostname + " Postroom IMAP ready"})
}

// refuse answers a command that could not be understood; it reports whether
// the connection can go on.
func (c *conn) refuse(err error) bool {
	var refused *imapwire.CommandError
	if !errors.As(err, &refused) {
		return false
	}
	c.enc.Status(refused.Status())
	if c.mistakes++; c.mistakes >= maxMistakes && !refused.Fatal {
		c.bye("too many commands that cannot be understood")
		return false
	}
	return !refused.Fatal
}

// awaitCommand waits until the client sends something. Meanwhile it watches
// whether the selected mailbox is still the client's to see, and tells what
// NOTIFY asked for. False ends the connection.
func (c *conn) awaitCommand(ctx context.Context) bool {
	for {
		switch c.awaitInput() {
		case inputReady:
			return true
		case hinted:
			if !c.alive(ctx) || !c.hear(ctx) {
				return false
			}
		case timedOut:
			c.bye("idle for too long")
			return false
		case stopped:
			c.bye("the server is shutting down")
			return false
		case gone:
			return false
		}
	}
}

// event is what ended a wait.
type event uint8

const (
	inputReady event = iota
	hinted           // something changed in the store
	timedOut
	stopped
	gone
)

// awaitInput waits for input, a hint of the store, the time-out or the end. The
// reader is lent to a goroutine that peeks; it is back when inputReady or gone
// is returned, and stays lent otherwise, until the next call.
func (c *conn) awaitInput() event {
	if c.peeked == nil && c.in.Buffered() > 0 {
		return inputReady
	}
	c.out.Give()
	defer c.out.Take()
	if c.peeked == nil {
		c.peeked = make(chan error, 1)
		c.raw.SetReadDeadline(time.Now().Add(c.timeout()))
		go func(result chan<- error) {
			_, err := c.in.Peek(1)
			result <- err
		}(c.peeked)
	}
	for {
		if e, ok := c.awaitOne(); ok {
			return e
		}
	}
}

// awaitOne waits for one thing; false says that it can wait longer.
func (c *conn) awaitOne() (event, bool) {
	var hints, wider, life <-chan struct{}
	var due <-chan time.Time
	if c.life != nil {
		life = c.life.C
	}
	if c.watch != nil {
		hints = c.watch.C
	}
	if n := c.notify; n != nil && n.watch != nil {
		if wait, late := n.pace.Due(time.Now()); late {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			due = timer.C
		} else {
			wider = n.watch.C
		}
	}
	select {
	case err := <-c.peeked:
		c.peeked = nil
		return eventOf(err), true
	case <-hints:
	case <-life:
	case <-due:
	case <-wider:
		if c.notify.pace.Waits(time.Now()) {
			return 0, false
		}
		select {
		case <-hints: // of the same change
		default:
		}
	case <-c.stopped:
		return stopped, true
	}
	return hinted, true
}

func eventOf(err error) event {
	var timeout net.Error
	switch {
	case err == nil:
		return inputReady
	case errors.As(err, &timeout) && timeout.Timeout():
		return timedOut
	default:
		return gone
	}
}

// timeout is how long the client may be silent. To sign in there is a time in
// all, however much is said meanwhile.
func (c *conn) timeout() time.Duration {
	if c.session == nil {
		return max(0, time.Until(c.began.Add(signInTimeout)))
	}
	return c.server.opts.IdleTimeout
}

// bye says why the connection ends.
func (c *conn) bye(text string) {
	c.enc.Status(imapwire.Status{Kind: imapwire.BYE, Text: text})
	c.closing = true
}

// startTLS upgrades the connection. What was sent behind the command before
// TLS began is an injection: the connection ends (RFC 9051 §11.1).
func (c *conn) startTLS(ctx context.Context, tag string) {
	if c.tls() || c.server.opts.TLS == nil || c.session != nil {
		c.answerBad(tag, "STARTTLS is not available now")
		return
	}
	if c.dec.Buffered() > 0 {
		c.bye("nothing may follow STARTTLS before TLS begins")
		return
	}
	c.answerOK(tag, "", "begin TLS now")
	if c.enc.Flush() != nil {
		c.closing = true
		return
	}
	secure := tls.Server(tlscert.Remember(c.raw), c.server.opts.TLS)
	if !c.handshake(ctx, secure) {
		c.closing = true
		return
	}
	c.raw = secure
	c.in = bufio.NewReaderSize(c.inlet(secure), readBuffer)
	c.dec.Reset(c.in)
	c.out.To(outlet.Deadline{Conn: secure, Limit: writeTimeout})
}

// tls reports whether the connection is encrypted.
func (c *conn) tls() bool {
	_, ok := c.raw.(*tls.Conn)
	return ok
}

// remote is the client's address without a port.
func (c *conn) remote() string {
	host, _, err := net.SplitHostPort(c.raw.RemoteAddr().String())
	if err != nil {
		return c.raw.RemoteAddr().String()
	}
	return host
}
