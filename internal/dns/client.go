package dns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	// maxCNAME is how many aliases are followed for one lookup.
	maxCNAME = 8
	// maxRecords bounds what one answer may make us keep.
	maxRecords = 256
	// udpSize is the EDNS buffer that avoids fragments (DNS Flag Day 2020).
	udpSize = 1232
)

// Options of a Client. The zero value reads /etc/resolv.conf.
type Options struct {
	// Servers are recursive resolvers, "host:port" or an IP address for port 53.
	// Empty: those of /etc/resolv.conf.
	Servers []string
	// Timeout of one try at one server; 0 is 3 seconds.
	Timeout time.Duration
	// Tries through the list of servers; 0 is 2.
	Tries int
	// CacheSize is the number of answers kept; 0 is 4096, negative none.
	CacheSize int
	// Now is the clock of the cache; nil is time.Now.
	Now func() time.Time
}

// Client asks recursive resolvers over UDP, over TCP when an answer is
// truncated, and keeps answers for their TTL.
type Client struct {
	servers []string
	timeout time.Duration
	tries   int
	cache   *cache
}

// NewClient returns a Client. It fails when no server is known.
func NewClient(o Options) (*Client, error) {
	c := &Client{timeout: cmp.Or(o.Timeout, 3*time.Second), tries: cmp.Or(o.Tries, 2)}
	servers := o.Servers
	if len(servers) == 0 {
		conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
		if err != nil {
			return nil, fmt.Errorf("dns: no servers given and none read: %w", err)
		}
		for _, s := range conf.Servers {
			servers = append(servers, net.JoinHostPort(s, conf.Port))
		}
	}
	for _, s := range servers {
		if _, _, err := net.SplitHostPort(s); err != nil {
			s = net.JoinHostPort(strings.Trim(s, "[]"), "53")
		}
		c.servers = append(c.servers, s)
	}
	if len(c.servers) == 0 {
		return nil, errors.New("dns: no servers given and none in /etc/resolv.conf")
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	if o.CacheSize >= 0 {
		c.cache = newCache(cmp.Or(o.CacheSize, 4096), now)
	}
	return c, nil
}

// Answer is what the DNS said to one question.
type Answer struct {
	// Records of the asked type, at the end of any chain of aliases. Empty
	// when there are none.
	Records []dns.RR
	// Authentic is the AD flag of the resolver (RFC 6840 §5.7): it says the
	// data was validated with DNSSEC. Worth as much as the path to the resolver.
	Authentic bool
	// TTL is how long the answer may be kept.
	TTL time.Duration
}

// Lookup asks for the records of one type, such as dns.TypeMX. A name without
// such records gives an error with IsNotFound.
func (c *Client) Lookup(ctx context.Context, name string, rrtype uint16) (Answer, error) {
	if _, ok := dns.IsDomainName(name); !ok || name == "" {
		return Answer{}, notFound(name)
	}
	asked := dns.CanonicalName(name)
	a, ok := c.cache.get(asked, rrtype)
	if !ok {
		var err error
		if a, err = c.resolve(ctx, asked, rrtype); err != nil {
			return Answer{}, err
		}
		c.cache.put(asked, rrtype, a)
	}
	if len(a.Records) == 0 {
		return a, notFound(name)
	}
	return a, nil
}

// resolve follows aliases from name. No records and no error: there are none.
func (c *Client) resolve(ctx context.Context, name string, rrtype uint16) (Answer, error) {
	out := Answer{Authentic: true, TTL: maxTTL}
	for hops := 0; hops <= maxCNAME; {
		m, err := c.exchange(ctx, name, rrtype)
		if err != nil {
			return Answer{}, err
		}
		out.Authentic = out.Authentic && m.AuthenticatedData
		// A recursive resolver puts the whole chain into one answer. What is
		// off the chain is not ours to believe.
		owner := name
		for ; hops <= maxCNAME; hops++ {
			target := alias(m, owner, &out)
			if target == "" {
				break
			}
			owner = target
		}
		for _, rr := range m.Answer {
			if rr.Header().Rrtype == rrtype && dns.CanonicalName(rr.Header().Name) == owner && len(out.Records) < maxRecords {
				out.Records = append(out.Records, rr)
				out.limit(rr.Header().Ttl)
			}
		}
		if len(out.Records) > 0 || owner == name || m.Rcode == dns.RcodeNameError {
			if len(out.Records) == 0 {
				out.limitNegative(m)
			}
			return out, nil
		}
		name = owner
	}
	return Answer{}, &net.DNSError{Err: "too many aliases", Name: name}
}

// alias returns the target of owner's CNAME in m, or "".
func alias(m *dns.Msg, owner string, out *Answer) string {
	for _, rr := range m.Answer {
		if c, ok := rr.(*dns.CNAME); ok && dns.CanonicalName(c.Hdr.Name) == owner {
			out.limit(c.Hdr.Ttl)
			return dns.CanonicalName(c.Target)
		}
	}
	return ""
}

func (a *Answer) limit(seconds uint32) {
	a.TTL = min(a.TTL, time.Duration(seconds)*time.Second)
}

// limitNegative takes the time to keep a "no" from the SOA record (RFC 2308 §5).
func (a *Answer) limitNegative(m *dns.Msg) {
	a.TTL = min(a.TTL, maxNegativeTTL)
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			a.limit(min(soa.Hdr.Ttl, soa.Minttl))
			return
		}
	}
	a.TTL = 0 // no SOA: not to be kept
}

// exchange asks the servers in turn until one answers NOERROR or NXDOMAIN.
func (c *Client) exchange(ctx context.Context, name string, rrtype uint16) (*dns.Msg, error) {
	q := new(dns.Msg)
	q.SetQuestion(name, rrtype)
	q.SetEdns0(udpSize, false)
	q.AuthenticatedData = true // RFC 6840 §5.7: asks for the AD flag
	var last error
	for range c.tries {
		for _, server := range c.servers {
			m, err := c.ask(ctx, q, server)
			if err == nil && (m.Rcode == dns.RcodeSuccess || m.Rcode == dns.RcodeNameError) {
				return m, nil
			}
			if ctx.Err() != nil {
				return nil, lookupError(name, server, ctx.Err())
			}
			if err == nil {
				err = fmt.Errorf("server answers %s", dns.RcodeToString[m.Rcode])
			}
			last = lookupError(name, server, err)
		}
	}
	return nil, last
}

// ask sends q to one server, over TCP if the answer does not fit a datagram.
func (c *Client) ask(ctx context.Context, q *dns.Msg, server string) (*dns.Msg, error) {
	q = q.Copy()
	q.Id = dns.Id()
	for _, network := range []string{"udp", "tcp"} {
		x := dns.Client{Net: network, Timeout: c.timeout, UDPSize: udpSize}
		m, _, err := x.ExchangeContext(ctx, q, server)
		if err != nil {
			return nil, err
		}
		if !m.Response || len(m.Question) != 1 || m.Question[0].Qtype != q.Question[0].Qtype ||
			!strings.EqualFold(m.Question[0].Name, q.Question[0].Name) {
			return nil, errors.New("answer to another question")
		}
		if !m.Truncated {
			return m, nil
		}
	}
	return nil, errors.New("answer truncated over TCP")
}

func lookupError(name, server string, err error) error {
	var timeout net.Error
	return &net.DNSError{
		Err: err.Error(), UnwrapErr: err, Name: name, Server: server, IsTemporary: true,
		IsTimeout: errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded),
	}
}

// LookupMX implements Resolver.
func (c *Client) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a, err := c.Lookup(ctx, name, dns.TypeMX)
	if err != nil {
		return nil, err
	}
	out := make([]*net.MX, 0, len(a.Records))
	for _, rr := range a.Records {
		if mx, ok := rr.(*dns.MX); ok {
			out = append(out, &net.MX{Host: mx.Mx, Pref: mx.Preference})
		}
	}
	sortMX(out)
	return out, nil
}

// sortMX orders by preference and shuffles equals (RFC 5321 §5.1).
func sortMX(mx []*net.MX) {
	rand.Shuffle(len(mx), func(i, j int) { mx[i], mx[j] = mx[j], mx[i] })
	slices.SortStableFunc(mx, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
}

// LookupTXT implements Resolver.
func (c *Client) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a, err := c.Lookup(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(a.Records))
	for _, rr := range a.Records {
		if txt, ok := rr.(*dns.TXT); ok {
			out = append(out, unescapeTXT(strings.Join(txt.Txt, "")))
		}
	}
	return out, nil
}

// LookupIPAddr implements Resolver. IPv6 addresses come first. One family failing
// does not hide the other; both failing reports a temporary failure if there was one.
func (c *Client) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	if ip := literal(host); ip != nil {
		return ip, nil
	}
	var out []net.IPAddr
	a6, err6 := c.Lookup(ctx, host, dns.TypeAAAA)
	for _, rr := range a6.Records {
		if aaaa, ok := rr.(*dns.AAAA); ok {
			out = append(out, net.IPAddr{IP: aaaa.AAAA})
		}
	}
	a4, err4 := c.Lookup(ctx, host, dns.TypeA)
	for _, rr := range a4.Records {
		if a, ok := rr.(*dns.A); ok {
			out = append(out, net.IPAddr{IP: a.A})
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	var d *net.DNSError
	if errors.As(err6, &d) && !d.IsNotFound {
		return nil, err6
	}
	return nil, cmp.Or(err4, notFound(host))
}

// LookupAddr implements Resolver.
func (c *Client) LookupAddr(ctx context.Context, ip string) ([]string, error) {
	name, err := dns.ReverseAddr(ip)
	if err != nil {
		return nil, notFound(ip)
	}
	a, err := c.Lookup(ctx, name, dns.TypePTR)
	if err != nil {
		return nil, err
	}
	out := make([]string, 0, len(a.Records))
	for _, rr := range a.Records {
		if ptr, ok := rr.(*dns.PTR); ok {
			out = append(out, ptr.Ptr)
		}
	}
	return out, nil
}

// unescapeTXT undoes the master-file escapes \DDD and \X that the library
// leaves in the strings of a TXT record.
func unescapeTXT(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			out = append(out, s[i])
			continue
		}
		if i+3 < len(s) && digits(s[i+1:i+4]) {
			out = append(out, (s[i+1]-'0')*100+(s[i+2]-'0')*10+s[i+3]-'0')
			i += 3
			continue
		}
		i++
		out = append(out, s[i])
	}
	return string(out)
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
