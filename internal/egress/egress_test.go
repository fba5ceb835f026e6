package egress_test

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"postroom"
	"postroom/internal/egress"
)

// names answers each look-up with the next of its answers, the last one for ever.
type names [][]net.IPAddr

func (n *names) LookupIPAddr(context.Context, string) ([]net.IPAddr, error) {
	if len(*n) == 0 {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	answer := (*n)[0]
	if len(*n) > 1 {
		*n = (*n)[1:]
	}
	return answer, nil
}

// at are addresses as a resolver gives them.
func at(texts ...string) (list []net.IPAddr) {
	for _, text := range texts {
		ip := netip.MustParseAddr(text)
		list = append(list, net.IPAddr{IP: ip.AsSlice(), Zone: ip.Zone()})
	}
	return list
}

// What is connected to is what was found by the one look-up there is, if all of it
// is allowed; what does not answer is passed over.
func TestDial(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	allowed := []string{"127.0.0.1", "127.0.0.2"} // nothing listens at the second
	const elsewhere = "10.0.0.1"
	tests := []struct {
		name, host string
		answers    names
		to         string // empty: nowhere
		err        postroom.ErrorKind
	}{
		{"an address", "127.0.0.1", nil, "127.0.0.1", 0},
		{"an address as IPv6", "::ffff:127.0.0.1", nil, "127.0.0.1", 0},
		{"another address", elsewhere, nil, "", postroom.Denied},
		{"a name", "name.test", names{at("127.0.0.1"), at(elsewhere)}, "127.0.0.1", 0},
		{"a name that leads elsewhere", "name.test", names{at(elsewhere), at("127.0.0.1")}, "", postroom.Denied},
		{"a name that leads elsewhere too", "name.test", names{at("127.0.0.1", elsewhere)}, "", postroom.Denied},
		{"a name as IPv6", "name.test", names{at("::ffff:127.0.0.1")}, "127.0.0.1", 0},
		{"a name on one link", "name.test", names{{{IP: net.IPv4(127, 0, 0, 1), Zone: "lo"}}}, "", postroom.Denied},
		{"no such address", "name.test", names{{{IP: net.IP{1, 2, 3}}}}, "", postroom.Denied},
		{"a place that does not answer before one that does", "name.test", names{at("127.0.0.2", "127.0.0.1")}, "127.0.0.1", 0},
		{"a place that does not answer", "name.test", names{at("127.0.0.2")}, "", postroom.Internal},
		{"no name", "name.test", nil, "", postroom.Internal},
		{"a name without an address", "name.test", names{{}}, "", postroom.Unavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := egress.Dialer{Resolver: &test.answers, Allowed: func(at netip.AddrPort) bool { return slices.Contains(allowed, at.Addr().String()) }}
			conn, err := d.Dial(t.Context(), "tcp", net.JoinHostPort(test.host, port))
			if err != nil {
				if kind := postroom.KindOf(err); kind != test.err || test.to != "" {
					t.Errorf("%v", err)
				}
				return
			}
			defer conn.Close()
			if got := conn.RemoteAddr().String(); got != net.JoinHostPort(test.to, port) {
				t.Errorf("connected to %s", got)
			}
		})
	}
}

// Who says nothing about it is kept on the public internet.
func TestOnlyPublic(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := egress.Dialer{Resolver: net.DefaultResolver}
	for _, address := range []string{l.Addr().String(), "127.0.0.1:443"} {
		if conn, err := d.Dial(t.Context(), "tcp", address); postroom.KindOf(err) != postroom.Denied {
			t.Errorf("%s: %v, %v", address, conn, err)
		}
	}
}

func TestPublic(t *testing.T) {
	for _, ip := range []string{"0.0.0.1", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.0.2.1",
		"192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
		"::", "::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::", "3fff::1",
		"5f00::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1"} {
		if egress.Public(netip.AddrPortFrom(netip.MustParseAddr(ip), 443)) {
			t.Errorf("%s is called public", ip)
		}
	}
	for _, ip := range []string{"1.1.1.1", "93.184.215.14", "::ffff:1.1.1.1", "2606:4700::1111", "2a00:1450::1"} {
		for port, want := range map[uint16]bool{80: true, 443: true, 0: false, 22: false, 25: false, 8080: false} {
			if at := netip.AddrPortFrom(netip.MustParseAddr(ip), port); egress.Public(at) != want {
				t.Errorf("%s is not %t", at, want)
			}
		}
	}
}
