// Package imapserver speaks IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051). It
// parses, asks the store and answers; it decides no rights and holds no mail.
//
// A file is a command or a family of them. The life of a connection is in
// conn.go, the picture of the selected mailbox that the client has in
// selected.go, and what every error of the store becomes in reply.go.
package imapserver

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"postroom/internal/imapserver/deflate"
	"postroom/internal/imapserver/outlet"
	"postroom/internal/imapserver/section"
	"postroom/internal/imapserver/tally"
	"postroom/internal/store"
	"postroom/internal/tlscert"
)

// Options says how to serve.
type Options struct {
	Store *store.Store
	// TLS is used for STARTTLS and by ServeTLS; nil offers neither.
	TLS    *tls.Config
	Logger *slog.Logger
	// Hostname is said in the greeting.
	Hostname string
	// PlainSignIn allows passwords without TLS to clients on this machine (the
	// demo).
	PlainSignIn PlainSignIn
	// IdleTimeout ends a connection that says nothing; at least 30 minutes
	// once signed in (RFC 9051 §5.4). Zero means 35 minutes.
	IdleTimeout time.Duration
	// MaxConns is how many connections are served at a time; more are turned
	// away. Zero means 20,000.
	MaxConns int
	// Tally bounds the connections of one address and of one account; nil is
	// one with the default limits.
	Tally *tally.Tally
	// Progress is how often a client that waits for a long command is told
	// that it goes on. Zero means 10 seconds.
	Progress time.Duration
	// Unauthenticate offers UNAUTHENTICATE. Behind a proxy that does not know
	// the command it would let a client sign in as another past the proxy (RFC
	// 8437 §8).
	Unauthenticate bool
	// JMAP is the URL of the session resource of the JMAP server that shows the
	// same mail under the same ids to who signs in with the same credentials
	// (RFC 9698). Empty offers none.
	JMAP string
}

// PlainSignIn is whether passwords may cross a connection without TLS.
type PlainSignIn uint8

// The two ways.
const (
	NeedsTLS PlainSignIn = iota
	Allowed
)

const (
	signInTimeout = 3 * time.Minute
	writeTimeout  = 5 * time.Minute
	maxIdle       = 35 * time.Minute
	lingerTime    = 2 * time.Second
	acceptPause   = 100 * time.Millisecond
	maxConns      = 20_000
	tooManyFrom   = "* BYE [UNAVAILABLE] too many connections from your address, close some\r\n"
	turnedAway    = "* BYE [UNAVAILABLE] too many connections, try again later\r\n"
)

// Server serves IMAP on any number of listeners.
type Server struct {
	opts Options

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	running   sync.WaitGroup
	deflate   deflate.Pool
	buffers   outlet.Pool
	formats   section.Formats
}

// New returns a server.
func New(opts Options) *Server {
	opts.TLS = tlscert.Remembering(opts.TLS)
	if opts.IdleTimeout == 0 {
		opts.IdleTimeout = maxIdle
	}
	if opts.MaxConns == 0 {
		opts.MaxConns = maxConns
	}
	if opts.Progress == 0 {
		opts.Progress = progressTime
	}
	if opts.Tally == nil {
		opts.Tally = tally.New(tally.Limits{})
	}
	return &Server{opts: opts, listeners: map[net.Listener]struct{}{}, conns: map[*conn]struct{}{}}
}

// Serve answers on a listener without TLS (STARTTLS is offered) until Shutdown.
func (s *Server) Serve(l net.Listener) error { return s.serve(l, nil) }

// ServeTLS answers on a listener with implicit TLS (RFC 8314) until Shutdown.
func (s *Server) ServeTLS(l net.Listener) error { return s.serve(l, s.opts.TLS) }

func (s *Server) serve(l net.Listener, implicit *tls.Config) error {
	if !s.track(l) {
		l.Close()
		return nil
	}
	for {
		raw, err := l.Accept()
		switch {
		case err == nil:
			s.begin(raw, implicit)
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
			// It passes when others hang up.
			s.opts.Logger.Warn("imap: accept", "error", err)
			time.Sleep(acceptPause)
		default:
			return err
		}
	}
}

func (s *Server) track(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.listeners[l] = struct{}{}
	return true
}

// begin starts the goroutine of a connection.
func (s *Server) begin(base net.Conn, implicit *tls.Config) {
	ctx, stop := context.WithCancel(context.Background())
	raw := base
	if implicit != nil {
		raw = tls.Server(tlscert.Remember(base), implicit)
	}
	c := newConn(s, base, raw, stop)
	s.mu.Lock()
	why := turnedAway
	full := s.closing || len(s.conns) >= s.opts.MaxConns
	if address := c.remote(); !full && !s.opts.Tally.AddAddress(address) {
		full, why = true, tooManyFrom
	}
	if full {
		s.mu.Unlock()
		stop()
		if implicit == nil { // one line fits into the buffers of the system
			base.SetWriteDeadline(time.Now().Add(acceptPause))
			base.Write([]byte(why))
		}
		base.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.running.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.running.Done()
		defer stop()
		c.run(ctx)
		s.opts.Tally.RemoveAddress(c.remote())
		if c.session != nil {
			s.opts.Tally.RemoveAccount(c.session.Actor().Account)
		}
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
}

// Shutdown closes the listeners, says BYE to the connections between two
// commands, and waits for the others until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.stop()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		for c := range s.conns {
			c.base.Close()
		}
		s.mu.Unlock()
		<-done
		return ctx.Err()
	}
}

// now is the clock of the searches by age.
func (s *Server) now() time.Time { return time.Now() }
