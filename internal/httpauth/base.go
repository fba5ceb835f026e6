package httpauth

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"postroom/internal/addr"
)

// Base is the URL of this server for who made a request, without a slash at the
// end: the public one. A host that the client names itself is believed only when
// it is one of ours: the links of an answer are followed with credentials, and
// caches may hand the answer on.
func (g *Gate) Base(r *http.Request) string {
	if strings.EqualFold(r.Host, g.host) || !g.known(r) {
		return g.opts.PublicURL
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return scheme + strings.ToLower(r.Host)
}

// known reports whether the host that a request names is one of this server, at
// whatever port: a configured name, a local domain, or the machine itself where
// people sign in on it in the clear.
func (g *Gate) known(r *http.Request) bool {
	name, ok := hostName(r.Host)
	if !ok {
		return false
	}
	if ip, err := netip.ParseAddr(name); name == "localhost" || err == nil && ip.Unmap().IsLoopback() {
		return g.opts.Exposure == LoopbackToo && loopback(r)
	}
	if _, err := addr.ParseDomain(name); err != nil {
		return false
	}
	name = addr.CanonicalDomain(name)
	if slices.ContainsFunc(g.opts.Hosts, func(h string) bool { return addr.CanonicalDomain(h) == name }) {
		return true
	}
	if g.opts.Local == nil {
		return false
	}
	local, err := g.opts.Local(r.Context(), name)
	return err == nil && local
}

// hostName is the host of a Host field (RFC 9110 §7.2) without its port. false
// for what is none.
func hostName(field string) (string, bool) {
	name, port, err := net.SplitHostPort(field)
	if err != nil {
		return strings.ToLower(strings.Trim(field, "[]")), field != ""
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return strings.ToLower(name), err == nil && name != ""
}
