package dns

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// serve answers on loopback, UDP and TCP on one port, and counts questions.
func serve(t *testing.T, records ...string) (addr string, asked *atomic.Int64) {
	t.Helper()
	var rrs []dns.RR
	for _, s := range records {
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		rrs = append(rrs, rr)
	}
	asked = new(atomic.Int64)
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		asked.Add(1)
		m := answer(q, rrs)
		if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
			m.Truncate(dns.MinMsgSize)
		}
		_ = w.WriteMsg(m)
	})
	l, p := listen(t)
	for _, s := range []*dns.Server{{Listener: l, Handler: handler}, {PacketConn: p, Handler: handler}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go s.ActivateAndServe()
		<-started
		t.Cleanup(func() { s.Shutdown() })
	}
	return l.Addr().String(), asked
}

// listen has the same port of both kinds: the one that is free of the first may
// be another's of the second.
func listen(t *testing.T) (l net.Listener, p net.PacketConn) {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if p, err = net.ListenPacket("udp", l.Addr().String()); err == nil {
			return l, p
		}
		_ = l.Close()
	}
	t.Fatal("no port that is free of both kinds")
	return nil, nil
}

func answer(q *dns.Msg, rrs []dns.RR) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.AuthenticatedData = true
	name, exists := q.Question[0].Name, false
	if strings.HasPrefix(name, "servfail.") {
		m.Rcode = dns.RcodeServerFailure
		return m
	}
	for again := true; again; {
		again = false
		for _, rr := range rrs {
			h := rr.Header()
			if h.Name != name {
				continue
			}
			exists = true
			if c, ok := rr.(*dns.CNAME); ok && q.Question[0].Qtype != dns.TypeCNAME && len(m.Answer) < 20 {
				m.Answer = append(m.Answer, rr)
				name, again = c.Target, true
				break
			}
			if h.Rrtype == q.Question[0].Qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
	}
	if !exists {
		m.Rcode = dns.RcodeNameError
	}
	if len(m.Answer) == 0 {
		soa, _ := dns.NewRR("test. 60 IN SOA ns.test. root.test. 1 1 1 1 60")
		m.Ns = append(m.Ns, soa)
	}
	return m
}

func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClient(t *testing.T) {
	long := strings.Repeat("v=spf1 ", 35)
	records := []string{
		"example.test. 60 IN MX 20 mx2.example.test.", "example.test. 60 IN MX 10 mx1.example.test.",
		"null.test. 60 IN MX 0 .",
		"mx1.example.test. 60 IN A 192.0.2.1", "mx1.example.test. 60 IN AAAA 2001:db8::1",
		"www.example.test. 60 IN CNAME alias.example.test.", "alias.example.test. 60 IN CNAME mx1.example.test.",
		`example.test. 60 IN TXT "v=spf1 " "-all"`, `quote.test. 60 IN TXT "a\"b\\c\195\164"`,
		"1.2.0.192.in-addr.arpa. 60 IN PTR mx1.example.test.",
		"loop.test. 60 IN CNAME loop2.test.", "loop2.test. 60 IN CNAME loop.test.",
	}
	for range 4 {
		records = append(records, `big.test. 60 IN TXT "`+long+`" "`+long+`"`)
	}
	server, asked := serve(t, records...)
	c := newClient(t, Options{Servers: []string{server}, Timeout: time.Minute})
	ctx := context.Background()

	mx, err := c.LookupMX(ctx, "Example.Test")
	if err != nil || len(mx) != 2 || mx[0].Host != "mx1.example.test." || mx[1].Pref != 20 {
		t.Errorf("MX %v %v", mx, err)
	}
	if mx, err = c.LookupMX(ctx, "null.test."); err != nil || len(mx) != 1 || mx[0].Host != "." {
		t.Errorf("null MX %v %v", mx, err)
	}
	ips, err := c.LookupIPAddr(ctx, "www.example.test")
	if err != nil || len(ips) != 2 || ips[0].String() != "2001:db8::1" || ips[1].String() != "192.0.2.1" {
		t.Errorf("IP %v %v", ips, err)
	}
	txt, err := c.LookupTXT(ctx, "example.test")
	if err != nil || !slices.Equal(txt, []string{"v=spf1 -all"}) {
		t.Errorf("TXT %q %v", txt, err)
	}
	if txt, err = c.LookupTXT(ctx, "quote.test"); err != nil || txt[0] != `a"b\cä` {
		t.Errorf("TXT %q %v", txt, err)
	}
	if txt, err = c.LookupTXT(ctx, "big.test"); err != nil || len(txt) != 4 || txt[0] != long+long {
		t.Errorf("TXT over TCP: %d records, %v", len(txt), err)
	}
	if ptr, err := c.LookupAddr(ctx, "192.0.2.1"); err != nil || ptr[0] != "mx1.example.test." {
		t.Errorf("PTR %v %v", ptr, err)
	}
	a, err := c.Lookup(ctx, "example.test", dns.TypeMX)
	if err != nil || !a.Authentic || a.TTL != time.Minute {
		t.Errorf("%+v %v", a, err)
	}
	var d *net.DNSError
	if _, err = c.LookupTXT(ctx, "none.test"); !errors.As(err, &d) || !d.IsNotFound || d.Temporary() {
		t.Errorf("missing name: %v", err)
	}
	if _, err = c.LookupTXT(ctx, "mx1.example.test"); !errors.As(err, &d) || !d.IsNotFound {
		t.Errorf("missing record: %v", err)
	}
	if _, err = c.LookupTXT(ctx, "servfail.test"); !errors.As(err, &d) || d.IsNotFound || !d.Temporary() {
		t.Errorf("server failure: %v", err)
	}
	if _, err = c.LookupTXT(ctx, "loop.test"); !errors.As(err, &d) || d.IsNotFound {
		t.Errorf("loop: %v", err)
	}
	before := asked.Load()
	c.LookupMX(ctx, "example.test")
	c.LookupTXT(ctx, "none.test")
	if asked.Load() != before {
		t.Error("answers were not kept")
	}
}

func TestCacheExpiresAndIsBounded(t *testing.T) {
	server, asked := serve(t, "example.test. 60 IN A 192.0.2.1")
	now := time.Unix(1e9, 0)
	c := newClient(t, Options{Servers: []string{server}, CacheSize: 8, Now: func() time.Time { return now }})
	ctx := context.Background()
	c.Lookup(ctx, "example.test", dns.TypeA)
	now = now.Add(59 * time.Second)
	c.Lookup(ctx, "example.test", dns.TypeA)
	if n := asked.Load(); n != 1 {
		t.Fatalf("asked %d times within the TTL", n)
	}
	now = now.Add(time.Second)
	c.Lookup(ctx, "example.test", dns.TypeA)
	if n := asked.Load(); n != 2 {
		t.Fatalf("asked %d times after the TTL", n)
	}
	for i := range 50 {
		c.cache.put(strings.Repeat("x", i+1), 1, Answer{TTL: time.Hour})
	}
	if n := len(c.cache.entries); n > 8 {
		t.Fatalf("%d entries", n)
	}
}

func TestServerFailsOver(t *testing.T) {
	dead, err := net.ListenPacket("udp", "127.0.0.1:0") // takes questions, never answers
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	server, _ := serve(t, "example.test. 60 IN A 192.0.2.1")
	// On a busy machine a living server may take longer than one wants to wait for a dead one.
	var c *Client
	for timeout := 50 * time.Millisecond; ; timeout *= 4 {
		c = newClient(t, Options{Servers: []string{dead.LocalAddr().String(), server}, Timeout: timeout})
		_, err := c.LookupIPAddr(context.Background(), "example.test")
		if err == nil {
			break
		}
		if timeout > 10*time.Second {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var d *net.DNSError
	if _, err := c.LookupTXT(ctx, "example.test"); !errors.As(err, &d) || !d.Temporary() {
		t.Error(err)
	}
}

func TestZoneAndNone(t *testing.T) {
	ctx := context.Background()
	var z Zone
	z.AddMX("example.test", 20, "b.example.test")
	z.AddMX("example.test.", 10, "a.example.test.")
	z.AddIP("a.example.test", "192.0.2.1")
	z.AddPTR("192.0.2.1", "a.example.test")
	z.AddTXT("example.test", "v=spf1 -all")
	z.Break("broken.test")
	mx, err := z.LookupMX(ctx, "EXAMPLE.test.")
	if err != nil || len(mx) != 2 || mx[0].Host != "a.example.test." {
		t.Error(mx, err)
	}
	var d *net.DNSError
	if _, err := z.LookupTXT(ctx, "broken.test"); !errors.As(err, &d) || !d.Temporary() {
		t.Error(err)
	}
	if _, err := z.LookupTXT(ctx, "a.example.test"); !errors.As(err, &d) || !d.IsNotFound {
		t.Error(err)
	}
	if _, err := (None{}).LookupMX(ctx, "example.test"); !errors.As(err, &d) || !d.Temporary() {
		t.Error(err)
	}
	if ips, err := (None{}).LookupIPAddr(ctx, "::1"); err != nil || len(ips) != 1 {
		t.Error(ips, err)
	}
	if got := z.Asked(); !slices.Equal(got, []string{"a.example.test", "broken.test", "example.test"}) {
		t.Error(got)
	}
}

func TestNewClientNamesServers(t *testing.T) {
	c := newClient(t, Options{Servers: []string{"192.0.2.53", "[2001:db8::53]", "2001:db8::53", "ns.example.test:5353"}})
	want := []string{"192.0.2.53:53", "[2001:db8::53]:53", "[2001:db8::53]:53", "ns.example.test:5353"}
	if !slices.Equal(c.servers, want) {
		t.Error(c.servers)
	}
}
