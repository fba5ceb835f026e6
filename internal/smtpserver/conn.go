package smtpserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"postroom/internal/store"
	"postroom/internal/tlscert"
)

// Limits of a line, in octets with its CRLF. RFC 5321 §4.5.3.1.4 has 512, its
// extensions add to it; RFC 4954 §4 has 12288 for AUTH.
const (
	maxCommand = 4096
	maxAuth    = 12288
)

// errQuit ends a connection after its last reply has been written.
var errQuit = errors.New("quit")

// conn is one connection.
type conn struct {
	server *Server
	nc     net.Conn // the TCP connection
	stream net.Conn // nc, or TLS over it
	r      *bufio.Reader
	w      *bufio.Writer
	remote netip.Addr
	tls    *tls.ConnectionState // nil without TLS

	mu          sync.Mutex
	idle        bool // waiting for a command
	interrupted bool

	perRead  time.Duration // while a message is read, else 0
	deadline time.Time     // of the command or the message

	helo     string
	extended bool // EHLO or LHLO
	session  *store.Session
	life     life         // of the session
	tx       *transaction // nil outside of one

	badCommands, refusals, failedSignIns int
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, nc: nc, remote: remoteIP(nc)}
	c.setStream(nc)
	return c
}

// setStream begins anew on a stream: whatever was buffered from the old one is gone,
// so that nothing sent before TLS is taken as sent over it (RFC 3207 §4.2).
func (c *conn) setStream(stream net.Conn) {
	c.stream = stream
	c.r = bufio.NewReaderSize(blockingReader{c}, 8<<10)
	c.w = bufio.NewWriterSize(stream, 4<<10)
}

// blockingReader flushes replies before it waits for the client: replies to
// pipelined commands leave together (RFC 2920 §3.2).
type blockingReader struct{ c *conn }

func (b blockingReader) Read(p []byte) (int, error) {
	c := b.c
	if err := c.flush(); err != nil {
		return 0, err
	}
	deadline := c.deadline
	if c.perRead > 0 {
		if d := time.Now().Add(c.perRead); d.Before(deadline) {
			deadline = d
		}
	}
	c.mu.Lock()
	if c.idle && c.interrupted {
		deadline = time.Now()
	}
	c.nc.SetReadDeadline(deadline)
	c.mu.Unlock()
	return c.stream.Read(p)
}

func (c *conn) flush() error {
	if c.w.Buffered() == 0 {
		return nil
	}
	c.nc.SetWriteDeadline(time.Now().Add(c.server.opts.Limits.Data))
	return c.w.Flush()
}

// interrupt wakes a connection that waits for a command.
func (c *conn) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupted = true
	if c.idle {
		c.nc.SetReadDeadline(time.Now())
	}
}

func (c *conn) setIdle(on bool) {
	c.mu.Lock()
	c.idle = on
	c.mu.Unlock()
}

// stopping reports whether the server is shutting down.
func (c *conn) stopping() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.interrupted
}

// write queues a reply; it is sent when the client is waited for.
func (c *conn) write(r reply) { c.w.WriteString(r.lines()) }

// serve runs the connection to its end.
func (c *conn) serve(ctx context.Context) {
	defer func() {
		if fault := recover(); fault != nil {
			c.server.opts.Logger.Error("smtp: connection failed", "remote", c.remote, "fault", fault, "stack", string(debug.Stack()))
			c.write(reply{421, "4.3.0", "internal server error"})
			c.flush()
		}
		c.endTransaction()
		c.life.end()
	}()
	if c.server.opts.Role == Submissions && c.handshake(ctx) != nil {
		return
	}
	name := " ESMTP"
	if c.server.opts.Role == LMTP {
		name = " LMTP"
	}
	c.write(reply{220, "", c.server.opts.Hostname + name})
	for {
		line, err := c.readCommand(maxCommand)
		if err == nil {
			err = c.handle(ctx, line)
		}
		var bad *badLine
		if errors.As(err, &bad) {
			err = c.bad(bad.reply)
		}
		if err != nil {
			c.leave(err)
			return
		}
	}
}

// leave says goodbye where there is something to say, and sends what is queued.
func (c *conn) leave(err error) {
	switch {
	case errors.Is(err, errQuit), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
	case c.life.over.Load():
		c.write(reply{421, "4.7.0", "the session has ended: sign in again"})
	case c.stopping():
		c.write(reply{421, "4.3.2", c.server.opts.Hostname + " is shutting down"})
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.write(reply{421, "4.4.2", c.server.opts.Hostname + " timeout, closing connection"})
	}
	c.flush()
}

// handshake starts TLS on the connection.
func (c *conn) handshake(ctx context.Context) error {
	t := tls.Server(tlscert.Remember(c.nc), c.server.opts.TLS)
	deadline := time.Now().Add(time.Minute)
	c.nc.SetDeadline(deadline)
	if err := t.HandshakeContext(ctx); err != nil {
		return err
	}
	c.nc.SetDeadline(time.Time{})
	state := t.ConnectionState()
	c.tls = &state
	c.setStream(t)
	return nil
}

// badLine is a line that is no command.
type badLine struct{ reply reply }

func (b *badLine) Error() string { return b.reply.text }

// readCommand reads a line of at most max octets. A line that is too long or holds
// what a command cannot hold has been read to its end when *badLine comes back.
func (c *conn) readCommand(max int) (string, error) {
	c.perRead, c.deadline = 0, time.Now().Add(c.server.opts.Limits.Command)
	c.setIdle(true)
	defer c.setIdle(false)
	line, err := c.readLine(max)
	if err != nil {
		return "", err
	}
	text, ok := strings.CutSuffix(line, "\r\n")
	if !ok || strings.ContainsAny(text, "\r\x00") {
		return "", &badLine{reply{500, "5.5.2", "a command line ends in CRLF and holds no bare CR, LF or NUL"}}
	}
	if !utf8.ValidString(text) {
		return "", &badLine{reply{500, "5.5.2", "command line is not UTF-8"}}
	}
	return text, nil
}

// readLine reads up to and with LF.
func (c *conn) readLine(max int) (string, error) {
	var line []byte
	length := 0
	for {
		piece, err := c.r.ReadSlice('\n')
		length += len(piece)
		if length <= max {
			line = append(line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if length > 1<<20 { // this is not a client
				return "", errQuit
			}
		case err != nil:
			return "", err
		case length > max:
			return "", &badLine{reply{500, "5.5.2", "line too long"}}
		default:
			return string(line), nil
		}
	}
}

// bad answers a command that makes no sense and counts it.
func (c *conn) bad(r reply) error {
	c.write(r)
	if c.badCommands++; c.badCommands >= c.server.opts.Limits.BadCommands {
		c.write(reply{421, "4.7.0", "too many bad commands"})
		return errQuit
	}
	return nil
}

// handle answers one command.
func (c *conn) handle(ctx context.Context, line string) error {
	verb, rest := splitCommand(line)
	switch verb {
	case "HELO", "EHLO", "LHLO":
		return c.hello(verb, rest)
	case "STARTTLS":
		return c.startTLS(ctx, rest)
	case "AUTH":
		return c.auth(ctx, rest)
	case "MAIL":
		return c.mail(ctx, rest)
	case "RCPT":
		return c.rcpt(ctx, rest)
	case "DATA":
		return c.data(ctx, rest)
	case "BDAT":
		return c.bdat(ctx, rest)
	case "RSET":
		if rest != "" {
			return c.bad(reply{501, "5.5.4", "RSET takes no argument"})
		}
		c.endTransaction()
		c.write(reply{250, "2.0.0", "ok"})
	case "NOOP":
		c.write(reply{250, "2.0.0", "ok"})
	case "QUIT":
		c.write(reply{221, "2.0.0", c.server.opts.Hostname + " closing connection"})
		return errQuit
	case "VRFY":
		c.write(reply{252, "2.5.1", "cannot verify, but will take a message and try"})
	case "HELP":
		c.write(reply{214, "2.0.0", "RFC 5321"})
	case "EXPN", "TURN", "ETRN", "SEND", "SOML", "SAML":
		c.write(reply{502, "5.5.1", verb + " is not implemented"})
	case "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "PRI":
		// A browser was tricked into speaking to this port; what follows are
		// words of somebody else.
		c.write(reply{421, "4.7.0", "this is not a web server"})
		return errQuit
	default:
		return c.bad(reply{500, "5.5.1", "command not recognized"})
	}
	return nil
}
