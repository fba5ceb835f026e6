package httpauth

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// The headers in which proxies say for whom they ask.
const (
	XForwardedFor   = "x-forwarded-for"
	ForwardedHeader = "forwarded" // RFC 7239
)

// Proxies are those whose word is taken on who asks.
type Proxies struct {
	// From are their networks.
	From []netip.Prefix
	// Header is XForwardedFor, with X-Forwarded-Proto beside it, or
	// ForwardedHeader. Only the one that the proxies set may be read: the
	// other one they may pass on as a client wrote it.
	Header string
}

// Forwarded puts the client's address, and whether it speaks TLS, into requests
// that come by such a proxy. Others stay as they are.
func Forwarded(p Proxies, next http.Handler) http.Handler {
	if len(p.From) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddr(Remote(r)); err == nil && p.trust(peer) {
			r = p.told(r, peer.Unmap())
		}
		next.ServeHTTP(w, r)
	})
}

func (p Proxies) trust(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, n := range p.From {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// told is the request as the proxy says it was made.
func (p Proxies) told(r *http.Request, peer netip.Addr) *http.Request {
	var hops []hop
	if p.Header == ForwardedHeader {
		hops = forwarded(strings.Join(r.Header.Values("Forwarded"), ","))
	} else {
		hops = forwardedFor(strings.Join(r.Header.Values("X-Forwarded-For"), ","))
		if list := r.Header.Values("X-Forwarded-Proto"); len(list) > 0 && len(hops) > 0 {
			all := strings.Split(list[len(list)-1], ",")
			hops[len(hops)-1].proto = strings.ToLower(strings.TrimSpace(all[len(all)-1]))
		}
	}
	out := *r
	client, proto := p.client(peer, hops)
	out.RemoteAddr = net.JoinHostPort(client.String(), "0")
	switch {
	case proto == "https" && r.TLS == nil:
		out.TLS = &tls.ConnectionState{}
	case proto == "http":
		out.TLS = nil
	}
	return &out
}

// client goes from the nearest hop outwards, as long as those who tell of the
// next one are trusted. The protocol is what the first of them saw last.
func (p Proxies) client(peer netip.Addr, hops []hop) (client netip.Addr, proto string) {
	client = peer
	for i := len(hops) - 1; i >= 0 && p.trust(client); i-- {
		if hops[i].proto != "" {
			proto = hops[i].proto
		}
		if !hops[i].addr.IsValid() {
			return client, proto
		}
		client = hops[i].addr
	}
	return client, proto
}

// hop is one that a request came by: whom a proxy was asked by, and over what.
type hop struct {
	addr  netip.Addr // zero when the proxy does not say
	proto string
}

// maxHops bounds how many are looked at, from the nearest.
const maxHops = 32

func forwardedFor(list string) (hops []hop) {
	if list == "" {
		return nil
	}
	for _, part := range lastOf(strings.Split(list, ",")) {
		hops = append(hops, hop{addr: node(strings.TrimSpace(part))})
	}
	return hops
}

func lastOf(parts []string) []string { return parts[max(0, len(parts)-maxHops):] }

// forwarded reads RFC 7239 §4. Of an element that is not well-formed nothing is
// known.
func forwarded(list string) (hops []hop) {
	if list == "" {
		return nil
	}
	for _, element := range lastOf(split(list, ',')) {
		var h hop
		for _, pair := range split(element, ';') {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = unquote(value)
			switch strings.ToLower(name) {
			case "for":
				h.addr = node(value)
			case "proto":
				h.proto = strings.ToLower(value)
			}
		}
		hops = append(hops, h)
	}
	return hops
}

// split cuts at a separator that is not in a quoted string.
func split(text string, at byte) (parts []string) {
	begin, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	return append(parts, text[begin:])
}

func unquote(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	var b strings.Builder
	for i := 1; i < len(value)-1; i++ {
		if value[i] == '\\' && i < len(value)-2 {
			i++
		}
		b.WriteByte(value[i])
	}
	return b.String()
}

// node is an address, perhaps with a port, in brackets when it is IPv6; the zero
// Addr for "unknown", a name, and anything else.
func node(text string) netip.Addr {
	if a, err := netip.ParseAddr(text); err == nil {
		return a.Unmap()
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return ap.Addr().Unmap()
	}
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]")); err == nil && strings.HasSuffix(inner, "]") {
			return a.Unmap()
		}
	}
	return netip.Addr{}
}
