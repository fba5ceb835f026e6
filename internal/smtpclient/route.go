package smtpclient

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"postroom/internal/addr"
)

const (
	// maxHosts and maxAddresses bound the attempts of one delivery.
	maxHosts     = 5
	maxAddresses = 4
)

// Route returns the hosts that take mail for domain, the best first (RFC 5321 §5.1):
// its MX records by preference, equal ones in random order, or the domain itself
// when it has none. self is left out, with all that is not better.
// Names come without a final dot. An error is a *net.DNSError, or has a text
// that begins with a status code of RFC 3463.
func Route(ctx context.Context, r Resolver, domain, self string) ([]string, error) {
	if ip, ok := addr.IPLiteral(domain); ok {
		return []string{ip.String()}, nil
	}
	domain = addr.CanonicalDomain(domain)
	mx, err := r.LookupMX(ctx, domain+".")
	var dnsErr *net.DNSError
	if errors.As(err, &dnsErr) && dnsErr.IsNotFound {
		return []string{domain}, nil // implicit MX
	}
	if err != nil {
		return nil, err
	}
	if len(mx) == 1 && (mx[0].Host == "." || mx[0].Host == "") {
		// RFC 7505 §4: the domain takes no mail.
		return nil, failed("5.1.10", "the domain "+domain+" does not accept mail")
	}
	mx = slices.Clone(mx)
	rand.Shuffle(len(mx), func(i, j int) { mx[i], mx[j] = mx[j], mx[i] })
	slices.SortStableFunc(mx, func(a, b *net.MX) int { return cmp.Compare(a.Pref, b.Pref) })
	var hosts []string
	limit := -1
	for _, m := range mx {
		if self != "" && strings.EqualFold(strings.TrimSuffix(m.Host, "."), strings.TrimSuffix(self, ".")) {
			limit = int(m.Pref)
		}
	}
	for _, m := range mx {
		host := strings.ToLower(strings.TrimSuffix(m.Host, "."))
		if host != "" && (limit < 0 || int(m.Pref) < limit) && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if len(hosts) == 0 {
		return nil, failed("5.4.6", "mail for "+domain+" loops back to this server")
	}
	return hosts[:min(len(hosts), maxHosts)], nil
}

// target is one address of one host.
type target struct {
	host string // for EHLO replies, certificates and reports
	addr string // ip:port
}

// targets returns the addresses to try for domain, the best first.
func (d *Dialer) targets(ctx context.Context, domain string) ([]target, error) {
	if d.Smarthost.Addr != "" {
		host, port, err := net.SplitHostPort(d.Smarthost.Addr)
		if err != nil {
			return nil, deferred("4.3.5", "the smarthost is not host:port")
		}
		return d.resolve(ctx, []string{host}, port)
	}
	hosts, err := Route(ctx, d.Resolver, domain, d.Hostname)
	if err != nil {
		return nil, err
	}
	return d.resolve(ctx, hosts, cmp.Or(d.Port, "25"))
}

func (d *Dialer) resolve(ctx context.Context, hosts []string, port string) ([]target, error) {
	var out []target
	var last error
	missing := 0
	for _, host := range hosts {
		ips, err := d.lookup(ctx, host)
		if err != nil {
			var dnsErr *net.DNSError
			if errors.As(err, &dnsErr) && dnsErr.IsNotFound {
				missing++
			} else {
				last = err
			}
			continue
		}
		for _, ip := range ips[:min(len(ips), maxAddresses)] {
			out = append(out, target{host, net.JoinHostPort(ip.String(), port)})
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case missing == len(hosts) && d.Smarthost.Addr == "":
		return nil, failed("5.1.2", "the domain has no mail host: "+hosts[0]+" does not exist")
	case last == nil:
		return nil, deferred("4.4.3", "the host "+hosts[0]+" was not found")
	}
	return nil, last
}

// lookup resolves a host; an IP address and localhost (RFC 6761 §6.3) need no resolver.
func (d *Dialer) lookup(ctx context.Context, host string) ([]net.IPAddr, error) {
	if ip := net.ParseIP(host); ip != nil {
		return []net.IPAddr{{IP: ip}}, nil
	}
	if host == "localhost" {
		return []net.IPAddr{{IP: net.IPv4(127, 0, 0, 1)}, {IP: net.IPv6loopback}}, nil
	}
	return d.Resolver.LookupIPAddr(ctx, host)
}
