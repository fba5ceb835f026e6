package smtpclient

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"postroom/internal/addr"
)

// host is a mail host on loopback that keeps what it gets.
type host struct {
	port string
	pool *x509.CertPool

	mu       sync.Mutex
	got      []received
	refuse   map[string]error // by RCPT address
	mailErr  error
	dataErr  error
	sessions int
}

type received struct {
	from    string
	mail    smtp.MailOptions
	to      []string
	options []smtp.RcptOptions
	body    string
	tls     bool
	helo    string
	user    string
}

type hostSession struct {
	h *host
	c *smtp.Conn
	received
}

func (h *host) NewSession(c *smtp.Conn) (smtp.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions++
	return &hostSession{h: h, c: c}, nil
}

func (s *hostSession) Reset()        { s.received = received{user: s.user} }
func (s *hostSession) Logout() error { return nil }

func (s *hostSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *hostSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "secret" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *hostSession) Mail(from string, o *smtp.MailOptions) error {
	s.from, s.mail = from, *o
	return s.h.mailErr
}

func (s *hostSession) Rcpt(to string, o *smtp.RcptOptions) error {
	if err := s.h.refuse[to]; err != nil {
		return err
	}
	s.to, s.options = append(s.to, to), append(s.options, *o)
	return nil
}

func (s *hostSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.body = string(b)
	_, s.tls = s.c.TLSConnectionState()
	s.helo = s.c.Hostname()
	s.h.mu.Lock()
	defer s.h.mu.Unlock()
	if s.h.dataErr != nil {
		return s.h.dataErr
	}
	s.h.got = append(s.h.got, s.received)
	return nil
}

func newHost(t *testing.T, configure func(*host, *smtp.Server)) *host {
	t.Helper()
	h := &host{refuse: map[string]error{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, h.port, _ = net.SplitHostPort(l.Addr().String())
	s := smtp.NewServer(h)
	s.Domain, s.EnableDSN, s.EnableSMTPUTF8, s.AllowInsecureAuth = "mx.example.test", true, true, true
	if configure != nil {
		configure(h, s)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return h
}

func withTLS(t *testing.T) func(*host, *smtp.Server) {
	return func(h *host, s *smtp.Server) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example.test"},
			DNSNames: []string{"mx.example.test"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, _ := x509.ParseCertificate(der)
		h.pool = x509.NewCertPool()
		h.pool.AddCert(cert)
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	}
}

// names is a resolver: domain to MX hosts, all hosts on loopback.
type names struct {
	mx   map[string][]*net.MX
	fail map[string]error
}

func (n names) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	name = strings.TrimSuffix(name, ".")
	if err := n.fail[name]; err != nil {
		return nil, err
	}
	if mx, ok := n.mx[name]; ok {
		return mx, nil
	}
	return nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}

func (n names) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	if err := n.fail[host]; err != nil {
		return nil, err
	}
	if strings.HasPrefix(host, "gone") {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if strings.HasPrefix(host, "dead") {
		return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 2)}}, nil
	}
	return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 1)}}, nil
}

func testNames() names {
	return names{
		mx: map[string][]*net.MX{
			"example.test": {{Host: "mx.example.test.", Pref: 10}},
			"null.test":    {{Host: ".", Pref: 0}},
			"self.test":    {{Host: "mx.example.test.", Pref: 20}, {Host: "Client.test.", Pref: 10}},
			"backup.test":  {{Host: "mx.example.test.", Pref: 20}, {Host: "dead.test.", Pref: 10}},
			"gone.test":    {{Host: "gone1.test.", Pref: 20}},
		},
		fail: map[string]error{"broken.test": &net.DNSError{Err: "timeout", IsTimeout: true, IsTemporary: true}},
	}
}

// patience is how long a busy machine may take.
const patience = time.Minute

func dialer(h *host) *Dialer {
	return &Dialer{Hostname: "client.test", Resolver: testNames(), Port: h.port,
		Timeouts: Timeouts{Connect: patience, Command: patience, Write: patience, Final: patience}}
}

func parse(t *testing.T, s string) addr.Address {
	t.Helper()
	a, err := addr.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func envelope(t *testing.T, from string, to ...string) Envelope {
	t.Helper()
	var e Envelope
	if from != "" {
		e.From = parse(t, from)
	}
	for _, s := range to {
		e.Recipients = append(e.Recipients, Recipient{Address: parse(t, s)})
	}
	return e
}

func text(s string) (int64, func() (io.ReadCloser, error)) {
	return int64(len(s)), func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

const letter = "From: anna@example.test\r\nSubject: x\r\n\r\nhello\r\n"

func deliver(t *testing.T, d *Dialer, e Envelope, body string) []Result {
	t.Helper()
	size, open := text(body)
	results, err := d.Deliver(context.Background(), e, size, open)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(e.Recipients) {
		t.Fatalf("%d results for %d recipients", len(results), len(e.Recipients))
	}
	return results
}
