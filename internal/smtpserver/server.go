package smtpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"postroom/internal/delivery"
	"postroom/internal/store"
	"postroom/internal/submission"
	"postroom/internal/tlscert"
)

// Role is what a listener is for.
type Role uint8

const (
	// MX takes mail for this server's domains from anybody (port 25).
	MX Role = 1 + iota
	// LMTP takes mail for this server's domains from a trusted relay, with
	// one reply for each recipient (port 24, RFC 2033).
	LMTP
	// Submission takes mail from people who sign in, after STARTTLS (port 587).
	Submission
	// Submissions is Submission with TLS from the first octet (port 465).
	Submissions
)

func (r Role) submits() bool { return r == Submission || r == Submissions }

// Exposure says where passwords may be shown to the network.
type Exposure uint8

const (
	// TLSOnly offers AUTH only over TLS.
	TLSOnly Exposure = iota
	// LoopbackToo offers it also to clients on this very machine.
	LoopbackToo
)

// Limits of a server; a zero field gets the default.
type Limits struct {
	// MessageSize in octets, announced with SIZE; default 50 MiB.
	MessageSize int64
	// Recipients of one message; default 1000 (RFC 5321 §4.5.3.1.8 wants 100).
	Recipients int
	// Connections at once, in all and from one remote address (/64 in
	// IPv6); defaults 2000 and 100. LMTP counts only in all.
	Connections, PerRemote int
	// BadCommands, Refusals (of recipients) and SignIns (failed) after which
	// a connection is closed; defaults 20, 200 and 5.
	BadCommands, Refusals, SignIns int
	// Command is how long a client may take for a command, Data for a block
	// of a message, Message for a whole one; defaults 5, 3 and 60 minutes
	// (RFC 5321 §4.5.3.2).
	Command, Data, Message time.Duration
	// Memory for large messages on their way to the store; default 256 MiB.
	Memory int64
}

func (l Limits) withDefaults() Limits {
	setInt := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	setTime := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
	}
	setInt(&l.Recipients, 1000)
	setInt(&l.Connections, 2000)
	setInt(&l.PerRemote, 100)
	setInt(&l.BadCommands, 20)
	setInt(&l.Refusals, 200)
	setInt(&l.SignIns, 5)
	setTime(&l.Command, 5*time.Minute)
	setTime(&l.Data, 3*time.Minute)
	setTime(&l.Message, time.Hour)
	if l.MessageSize == 0 {
		l.MessageSize = 50 << 20
	}
	if l.Memory == 0 {
		l.Memory = 256 << 20
	}
	return l
}

// Options of a server.
type Options struct {
	Role Role
	// Hostname is the name in the greeting and in trace fields.
	Hostname string
	// TLS is needed for Submissions; without it the others offer no STARTTLS.
	TLS *tls.Config
	// Store is where people sign in; needed for Submission and Submissions.
	Store *store.Store
	// Delivery takes what is for this server, and knows its addresses.
	Delivery *delivery.Agent
	// Submission takes what people send; needed for Submission and Submissions.
	Submission *submission.Agent
	Exposure   Exposure
	// SpoolDir holds messages under way that are too large for memory; "" is
	// the system's temporary directory.
	SpoolDir string
	Limits   Limits
	// Answered is told of each recipient that is refused at RCPT, and of each
	// that a complete message is answered for; nil is not.
	Answered func(Answer)
	// Logger is never nil.
	Logger *slog.Logger
	// Now is the clock for trace fields; nil means time.Now.
	Now func() time.Time
}

// acceptPause is how long nobody is let in after the files have run out.
const acceptPause = 100 * time.Millisecond

// Answer is what was said about one recipient of a message.
type Answer string

// The answers.
const (
	Accepted Answer = "accepted"
	Deferred Answer = "deferred" // 4yz: the client tries again
	Refused  Answer = "refused"  // 5yz
)

// tell tells Answered.
func (s *Server) tell(r reply) {
	switch {
	case s.opts.Answered == nil:
	case r.code < 400:
		s.opts.Answered(Accepted)
	case r.code < 500:
		s.opts.Answered(Deferred)
	default:
		s.opts.Answered(Refused)
	}
}

// Server serves one role on any number of listeners.
type Server struct {
	opts   Options
	budget *budget

	ctx    context.Context // ends when connections are to be cut
	cancel context.CancelFunc

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]struct{}
	conns     map[*conn]struct{}
	remotes   map[netip.Addr]int
	wait      sync.WaitGroup
}

// New makes a server. It panics when an option that the role needs is missing.
func New(o Options) *Server {
	if o.Delivery == nil || o.Logger == nil || o.Hostname == "" {
		panic("smtpserver: Delivery, Logger and Hostname are required")
	}
	if o.Role.submits() && (o.Store == nil || o.Submission == nil) || o.Role == Submissions && o.TLS == nil {
		panic("smtpserver: the role needs Store, Submission or TLS")
	}
	o.Limits, o.TLS = o.Limits.withDefaults(), tlscert.Remembering(o.TLS)
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		opts:      o,
		budget:    newBudget(o.Limits.Memory),
		listeners: map[net.Listener]struct{}{},
		conns:     map[*conn]struct{}{},
		remotes:   map[netip.Addr]int{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Serve accepts connections until the listener is closed or Shutdown is called,
// for which it returns nil. The listener is plain TCP or a Unix socket also for
// Submissions: TLS is done here.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return l.Close()
	}
	s.listeners[l] = struct{}{}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.listeners, l)
		s.mu.Unlock()
	}()
	for {
		nc, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			closing := s.closing
			s.mu.Unlock()
			switch {
			case closing, errors.Is(err, net.ErrClosed):
				return nil
			case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
				// It passes when others hang up; nobody may stop the server by connecting.
				s.opts.Logger.Warn("smtp: accept", "error", err)
				select {
				case <-time.After(acceptPause):
				case <-s.ctx.Done():
				}
				continue
			}
			return err
		}
		s.accept(nc)
	}
}

// accept starts a connection, or turns it away when there are too many.
func (s *Server) accept(nc net.Conn) {
	c := newConn(s, nc)
	key := remoteKey(nc)
	s.mu.Lock()
	tooMany := s.closing || len(s.conns) >= s.opts.Limits.Connections ||
		s.opts.Role != LMTP && s.remotes[key] >= s.opts.Limits.PerRemote
	if !tooMany {
		s.conns[c] = struct{}{}
		s.remotes[key]++
		s.wait.Add(1)
	}
	s.mu.Unlock()
	if tooMany {
		if s.opts.Role != Submissions {
			nc.SetWriteDeadline(time.Now().Add(time.Second))
			nc.Write([]byte(reply{421, "4.7.0", s.opts.Hostname + " too many connections, try again later"}.lines()))
		}
		nc.Close()
		return
	}
	go func() {
		defer s.wait.Done()
		defer s.leave(c, key)
		c.serve(s.ctx)
	}()
}

func (s *Server) leave(c *conn, key netip.Addr) {
	c.nc.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.remotes[key]--; s.remotes[key] <= 0 {
		delete(s.remotes, key)
	}
}

// remoteKey is what connections of one remote are counted under.
func remoteKey(nc net.Conn) netip.Addr {
	ip := remoteIP(nc)
	if ip.Is6() {
		if prefix, err := ip.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return ip
}

// remoteIP is the address of the client, the zero Addr on a Unix socket.
func remoteIP(nc net.Conn) netip.Addr {
	if tcp, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// Shutdown stops listening, lets commands under way finish, tells idle clients
// 421, and waits for all to be gone. When ctx ends first, connections are cut.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.interrupt()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.wait.Wait(); close(done) }()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = ctx.Err()
		s.cancel()
		s.mu.Lock()
		for c := range s.conns {
			c.nc.Close()
		}
		s.mu.Unlock()
		<-done
	}
	s.cancel()
	return err
}
