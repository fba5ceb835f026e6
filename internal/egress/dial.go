// Package egress connects to hosts that somebody else names, such as the sender
// of a mail or a program of its reader: to public addresses, never into our own
// network.
package egress

import (
	"context"
	"net"
	"net/netip"
	"time"

	"postroom"
)

// patience is for how long a connection is tried, at all addresses of a host.
const patience = 10 * time.Second

// Resolver looks hosts up; net.Resolver is one.
type Resolver interface {
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// Dialer connects. Resolver is needed.
type Dialer struct {
	Resolver Resolver
	// Allowed says where to connect; nil is Public.
	Allowed func(netip.AddrPort) bool
}

// Dial looks a host up once and connects to what was found: a name that is looked
// up twice could lead elsewhere the second time. One address that is not allowed
// spoils all of a name: Denied. Fits http.Transport.DialContext.
func (d *Dialer) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	places, err := d.places(ctx, address)
	if err != nil {
		return nil, err
	}
	err = postroom.Errorf(postroom.Unavailable, "the host has no address")
	for i, at := range places {
		var conn net.Conn
		if conn, err = try(ctx, network, at, len(places)-i); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// try connects to one of the places that are left: none may use up the time of
// those behind it.
func try(ctx context.Context, network string, at netip.AddrPort, left int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(left))
		defer cancel()
	}
	return (&net.Dialer{}).DialContext(ctx, network, at.String())
}

// places are those that an address stands for, all of them allowed.
func (d *Dialer) places(ctx context.Context, address string) (places []netip.AddrPort, err error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ips, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	allowed := d.Allowed
	if allowed == nil {
		allowed = Public
	}
	for _, ip := range ips {
		at, err := netip.ParseAddrPort(net.JoinHostPort(ip.Unmap().String(), port))
		if err != nil || !allowed(at) {
			return nil, notAllowed()
		}
		places = append(places, at)
	}
	return places, nil
}

func (d *Dialer) lookup(ctx context.Context, host string) (ips []netip.Addr, err error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	found, err := d.Resolver.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		ip, ok := netip.AddrFromSlice(a.IP)
		if !ok || a.Zone != "" {
			return nil, notAllowed()
		}
		ips = append(ips, ip)
	}
	return ips, nil
}

func notAllowed() error {
	return postroom.Errorf(postroom.Denied, "the host is not on the public internet")
}
