package egress

import (
	"net"
	"net/netip"
)

// notPublic are the networks nobody outside can be in: the special-purpose
// registries of RFC 6890, and what stands for addresses of IPv4.
var notPublic = prefixes("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")

// unicast is all that is given out of IPv6 (RFC 4291 §2.4).
var unicast = netip.MustParsePrefix("2000::/3")

func prefixes(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		all[i] = netip.MustParsePrefix(text)
	}
	return all
}

// Public reports whether a place is a web server out in the world: at the port
// of http or https of a public address that is not one of this machine.
func Public(at netip.AddrPort) bool {
	ip := at.Addr().Unmap()
	if at.Port() != 80 && at.Port() != 443 || ip.Zone() != "" || ip.Is6() && !unicast.Contains(ip) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(ip) {
			return false
		}
	}
	return ip.IsValid() && !own(ip)
}

// own reports whether an address is of this machine: what it lets itself do may
// be more than it lets others.
func own(ip netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return true // then nobody knows
	}
	for _, a := range list {
		n, is := a.(*net.IPNet)
		if !is {
			continue
		}
		if mine, ok := netip.AddrFromSlice(n.IP); ok && mine.Unmap() == ip {
			return true
		}
	}
	return false
}
