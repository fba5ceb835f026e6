package dns

import (
	"cmp"
	"context"
	"net"
	"slices"

	"github.com/miekg/dns"
)

// Published looks up what a mail domain has published for others: the records
// of Resolver that name hosts and texts, its services and its aliases. The
// methods are those of *net.Resolver.
type Published interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	// LookupSRV returns the SRV records of _service._proto.name, or with both
	// empty of name itself, ordered by priority.
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	// LookupCNAME returns what host is an alias of, with the final dot.
	LookupCNAME(ctx context.Context, host string) (string, error)
}

var (
	_ Published = None{}
	_ Published = (*Client)(nil)
	_ Published = (*Zone)(nil)
)

// serviceName is where the SRV records of a service are (RFC 2782).
func serviceName(service, proto, name string) string {
	if service == "" && proto == "" {
		return name
	}
	return "_" + service + "._" + proto + "." + name
}

func sortSRV(list []*net.SRV) {
	slices.SortStableFunc(list, func(a, b *net.SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
	})
}

// LookupSRV implements Published.
func (c *Client) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	name = serviceName(service, proto, name)
	a, err := c.Lookup(ctx, name, dns.TypeSRV)
	if err != nil {
		return "", nil, err
	}
	var out []*net.SRV
	for _, rr := range a.Records {
		if s, ok := rr.(*dns.SRV); ok {
			out = append(out, &net.SRV{Target: s.Target, Port: s.Port, Priority: s.Priority, Weight: s.Weight})
		}
	}
	sortSRV(out)
	return dns.Fqdn(name), out, nil
}

// LookupCNAME implements Published. Its answers are not kept: an alias that is
// followed by other look-ups is no answer to this one.
func (c *Client) LookupCNAME(ctx context.Context, host string) (string, error) {
	if _, ok := dns.IsDomainName(host); !ok || host == "" {
		return "", notFound(host)
	}
	name := dns.CanonicalName(host)
	m, err := c.exchange(ctx, name, dns.TypeCNAME)
	if err != nil {
		return "", err
	}
	if target := alias(m, name, &Answer{}); target != "" {
		return target, nil
	}
	return "", notFound(host)
}

// LookupSRV fails.
func (n None) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	return "", nil, n.fail(serviceName(service, proto, name))
}

// LookupCNAME fails.
func (n None) LookupCNAME(_ context.Context, host string) (string, error) { return "", n.fail(host) }

// AddSRV adds a service record to the whole name, such as _imaps._tcp.example.test.
func (z *Zone) AddSRV(name string, record net.SRV) {
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.srv, key(name), record)
}

// AddCNAME makes a name an alias. Look-ups of other types do not follow it.
func (z *Zone) AddCNAME(name, target string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	put(&z.cname, key(name), dns.CanonicalName(target))
}

// LookupSRV implements Published.
func (z *Zone) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	name = serviceName(service, proto, name)
	found, err := find(ctx, z, &z.srv, name)
	if err != nil {
		return "", nil, err
	}
	out := make([]*net.SRV, len(found))
	for i := range found {
		out[i] = &found[i]
	}
	sortSRV(out)
	return dns.Fqdn(name), out, nil
}

// LookupCNAME implements Published.
func (z *Zone) LookupCNAME(ctx context.Context, host string) (string, error) {
	found, err := find(ctx, z, &z.cname, host)
	if err != nil {
		return "", err
	}
	return found[0], nil
}
