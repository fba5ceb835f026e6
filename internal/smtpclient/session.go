package smtpclient

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxReplies bounds all that a remote host may say on one connection, octets.
const maxReplies = 4 << 20

// errTLS marks a failure of STARTTLS, after which plain text may be tried.
var errTLS = errors.New("TLS failed")

// session is a connection past EHLO (and STARTTLS and AUTH, as needed).
type session struct {
	client *smtp.Client
	target target
	tls    string      // version, "" for plain text
	stop   func() bool // unties the connection from the context
}

func (s *session) close() {
	s.stop()
	s.client.Close()
}

// connect opens a session with t.
func (d *Dialer) connect(ctx context.Context, t target, security Security) (*session, error) {
	timeouts := d.Timeouts.withDefaults()
	dialCtx, cancel := context.WithTimeout(ctx, timeouts.Connect)
	defer cancel()
	dial := d.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	raw, err := dial(dialCtx, "tcp", t.addr)
	if err != nil {
		return nil, deferred("4.4.1", "no connection to "+t.host+": "+err.Error())
	}
	conn := net.Conn(&boundedConn{Conn: raw, left: maxReplies, timeout: timeouts.Write})
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	s, err := d.negotiate(ctx, conn, t, security)
	if err != nil {
		stop()
		raw.Close()
		return nil, err
	}
	s.stop = stop
	return s, nil
}

// negotiate does what comes before the first MAIL. The greeting, EHLO and STARTTLS are
// done here and not by the library: it would say EHLO localhost before STARTTLS.
func (d *Dialer) negotiate(ctx context.Context, conn net.Conn, t target, security Security) (*session, error) {
	timeouts := d.Timeouts.withDefaults()
	var err error
	if security == Implicit {
		if conn, err = d.handshake(ctx, conn, t, security); err != nil {
			return nil, err
		}
	}
	if err := conn.SetDeadline(time.Now().Add(timeouts.Command)); err != nil {
		return nil, err
	}
	offered, err := d.greet(conn)
	if err != nil {
		return nil, err
	}
	if security != Plain && security != Implicit {
		if offered {
			if conn, err = d.startTLS(ctx, conn, t, security); err != nil {
				return nil, err
			}
		} else if security != Opportunistic {
			return nil, deferred("4.7.4", t.host+" does not offer TLS, which is required")
		}
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	s := &session{target: t, client: smtp.NewClient(&greetedConn{Conn: conn, greeting: strings.NewReader("220 -\r\n")})}
	if c, ok := conn.(*tls.Conn); ok {
		s.tls = tls.VersionName(c.ConnectionState().Version)
	}
	s.client.CommandTimeout, s.client.SubmissionTimeout = timeouts.Command, timeouts.Final
	if err := s.client.Hello(d.Hostname); err != nil {
		return nil, err
	}
	if d.Smarthost.Addr != "" && d.Smarthost.User != "" {
		return s, d.signIn(s)
	}
	return s, nil
}

// greet reads the greeting, says EHLO and reports whether STARTTLS is offered.
func (d *Dialer) greet(conn net.Conn) (startTLS bool, err error) {
	br := bufio.NewReaderSize(conn, 4096)
	r := textproto.NewReader(br)
	if _, _, err := readReply(r, 220); err != nil {
		return false, err
	}
	if _, err := fmt.Fprintf(conn, "EHLO %s\r\n", d.Hostname); err != nil {
		return false, err
	}
	_, text, err := readReply(r, 250)
	var f *failure
	if errors.As(err, &f) {
		return false, nil // the library tries HELO
	}
	if err != nil {
		return false, err
	}
	if br.Buffered() > 0 {
		return false, deferred("4.5.0", "the host speaks out of turn")
	}
	for _, line := range strings.Split(text, "\n")[1:] {
		keyword, _, _ := strings.Cut(line, " ")
		if strings.EqualFold(keyword, "STARTTLS") {
			return true, nil
		}
	}
	return false, nil
}

// readReply reads one reply; another code than want is a *failure.
func readReply(r *textproto.Reader, want int) (int, string, error) {
	code, text, err := r.ReadResponse(want)
	var p *textproto.Error
	if errors.As(err, &p) {
		return code, text, parseReply(p.Code, p.Msg)
	}
	return code, text, err
}

// parseReply splits the enhanced code off the text of a negative reply.
func parseReply(code int, text string) *failure {
	var e smtp.EnhancedCode
	word, rest, _ := strings.Cut(text, " ")
	if n, _ := fmt.Sscanf(word, "%1d.%3d.%3d", &e[0], &e[1], &e[2]); n == 3 {
		text = rest
	}
	return replyFailure(code, e, text)
}

// startTLS asks for TLS and shakes hands.
func (d *Dialer) startTLS(ctx context.Context, conn net.Conn, t target, security Security) (net.Conn, error) {
	if _, err := io.WriteString(conn, "STARTTLS\r\n"); err != nil {
		return nil, err
	}
	br := bufio.NewReaderSize(conn, 4096)
	if _, _, err := readReply(textproto.NewReader(br), 220); err != nil {
		return nil, tlsFailure(t, err)
	}
	// Plain text behind the reply would be read as if it came over TLS.
	if br.Buffered() > 0 {
		return nil, tlsFailure(t, errors.New("text injected before TLS"))
	}
	return d.handshake(ctx, conn, t, security)
}

func (d *Dialer) handshake(ctx context.Context, conn net.Conn, t target, security Security) (net.Conn, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if d.TLS != nil {
		config = d.TLS.Clone()
	}
	config.ServerName = t.host
	if (security == Opportunistic || security == Encrypted) && !d.mustVerify(t) {
		config.InsecureSkipVerify = true
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeouts.withDefaults().Connect)
	defer cancel()
	c := tls.Client(conn, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, tlsFailure(t, err)
	}
	return c, nil
}

func tlsFailure(t target, err error) error {
	return errors.Join(deferred("4.7.5", "TLS with "+t.host+" failed: "+err.Error()), errTLS)
}

// mustVerify tells whether a password will go over the connection to t.
func (d *Dialer) mustVerify(t target) bool {
	return d.Smarthost.Addr != "" && d.Smarthost.User != "" && !t.loopback()
}

// ip is the IP address of t.
func (t target) ip() string {
	host, _, _ := net.SplitHostPort(t.addr)
	return host
}

func (t target) loopback() bool {
	return net.ParseIP(t.ip()).IsLoopback()
}

// signIn authenticates to the smarthost. That it refuses is a fault of the set-up,
// not of the message: mail waits until it is put right.
func (d *Dialer) signIn(s *session) error {
	if s.tls == "" && !s.target.loopback() {
		return deferred("4.7.11", "no password is sent to the smarthost without TLS")
	}
	var mechanism sasl.Client
	switch {
	case s.client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", d.Smarthost.User, d.Smarthost.Password)
	case s.client.SupportsAuth(sasl.Login):
		mechanism = sasl.NewLoginClient(d.Smarthost.User, d.Smarthost.Password)
	default:
		return deferred("4.7.4", "the smarthost offers neither AUTH PLAIN nor AUTH LOGIN")
	}
	if err := s.client.Auth(mechanism); err != nil {
		f := *asFailure(err)
		f.status, f.enhanced, f.text = Deferred, "4.7.8", clean("sign-in at the smarthost failed: "+f.text)
		return &f
	}
	return nil
}

// boundedConn gives each write a deadline and ends a connection that says too much.
type boundedConn struct {
	net.Conn
	left    int
	timeout time.Duration
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("the host says too much")
	}
	n, err := c.Conn.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func (c *boundedConn) Write(p []byte) (int, error) {
	if err := c.Conn.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// greetedConn puts a greeting before what the host says: the library expects one, and
// the real one is read already.
type greetedConn struct {
	net.Conn
	greeting *strings.Reader
}

func (c *greetedConn) Read(p []byte) (int, error) {
	if c.greeting.Len() > 0 {
		return c.greeting.Read(p)
	}
	return c.Conn.Read(p)
}
