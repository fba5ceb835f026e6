// Package httpauth tells who makes an HTTP request: it turns what a request
// carries into a session of the store. Everything that speaks HTTP with people
// asks it, and nobody else reads the Authorization header
// or cookies.
package httpauth

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// Exposure is over what people may sign in.
type Exposure uint8

// The two exposures.
const (
	// TLSOnly takes no secret in the clear.
	TLSOnly Exposure = iota
	// LoopbackToo takes them from this machine.
	LoopbackToo
)

// Options of a gate. Store is needed.
type Options struct {
	Store    *store.Store
	Exposure Exposure
	// PublicURL is how the world reaches this server: pages from there are
	// ours, whatever host a proxy asks us for.
	PublicURL string
	// Hosts are other names of this server, and Local reports whether a domain
	// is one of its own: under those it may be reached, too. Local may be nil.
	Hosts []string
	Local func(ctx context.Context, domain string) (bool, error)
	// Passkeys lets people sign in with them; nil when nobody can.
	Passkeys *login.Passkeys
	// Providers are identity providers at which people sign in; it may be nil.
	Providers *login.Providers
	// MemoryOnly is told to browsers: they keep no mail on the device.
	MemoryOnly bool
}

// Gate tells who makes a request. It is safe for concurrent use.
type Gate struct {
	opts       Options
	host       string // of PublicURL
	https      bool
	remembered *login.Remembered
	confirmer  *login.Confirmer
}

// New builds a gate.
func New(o Options) *Gate {
	g := &Gate{opts: o, remembered: login.NewRemembered(o.Store), confirmer: login.NewConfirmer(o.Store, o.Passkeys, o.Providers)}
	if u, err := url.Parse(o.PublicURL); err == nil {
		g.host, g.https = u.Host, u.Scheme == "https"
	}
	return g
}

// Session returns the session of who makes a request; protocol goes into the
// audit log ("jmap", "admin"). It takes HTTP Basic (RFC 7617) with a password or
// an app password, an access token (RFC 6750), or the cookie of a web session.
//
// SignInFailed when nobody can be told, the same for every reason;
// SignInDisabled when the account may not sign in; Denied for what Check
// refuses, and for a change with a cookie that lacks its CSRF token.
//
// Requests of one client with one credential may share a session. It is
// checked each time that it still is one.
func (g *Gate) Session(r *http.Request, protocol string) (*store.Session, error) {
	if err := g.Check(r); err != nil {
		return nil, err
	}
	ctx, remote, agent := r.Context(), Remote(r), r.UserAgent()
	if user, password, ok := r.BasicAuth(); ok {
		return g.remembered.Authenticate(ctx, login.Credentials{Username: user, Password: password,
			Protocol: protocol, Remote: remote, Agent: agent})
	}
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, errNobody()
		}
		return g.remembered.Bearer(ctx, login.Bearer{Token: strings.TrimSpace(token), Protocol: protocol, Remote: remote, Agent: agent})
	}
	secret := g.cookie(r)
	if secret == "" {
		return nil, errNobody()
	}
	if err := guarded(r, secret); err != nil {
		return nil, err
	}
	return g.remembered.Web(ctx, secret, protocol, remote, agent)
}

func errNobody() error {
	return postroom.Errorf(postroom.SignInFailed, "sign in with your address and password")
}

// Check refuses, as Denied, what is not even looked at: requests that others
// could have listened to, and those that a page of another site made. Browsers
// tell where a request comes from (Fetch Metadata, and Origin with everything
// that changes something and with WebSockets); there is no CORS.
func (g *Gate) Check(r *http.Request) error {
	if r.TLS == nil && !(g.opts.Exposure == LoopbackToo && loopback(r)) {
		return postroom.Errorf(postroom.Denied, "only over HTTPS")
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		if !followed(r) {
			return errElsewhere()
		}
	}
	if origin := r.Header.Get("Origin"); origin != "" && !g.ours(r, origin) {
		return errElsewhere()
	}
	return nil
}

// followed reports whether somebody followed a link in their browser, to look at
// the answer: the page with the link learns nothing.
func followed(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		r.Header.Get("Sec-Fetch-Dest") == "document"
}

// ours reports whether an origin is this server's. "null" is not.
func (g *Gate) ours(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && (strings.EqualFold(u.Host, r.Host) || strings.EqualFold(u.Host, g.host))
}

func errElsewhere() error { return postroom.Errorf(postroom.Denied, "not from another site") }

// Challenge says in a 401 how to sign in (RFC 9110 §11.6.1). The scripts of a
// page are not offered Basic: their browser would ask its user for a password.
func Challenge(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("WWW-Authenticate", `Bearer realm="Postroom"`)
	switch r.Header.Get("Sec-Fetch-Mode") {
	case "", "navigate":
		w.Header().Add("WWW-Authenticate", `Basic realm="Postroom", charset="UTF-8"`)
	}
}

// Remote is the client's address without its port, "" when there is none.
func Remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

func loopback(r *http.Request) bool {
	a, err := netip.ParseAddr(Remote(r))
	return err == nil && a.Unmap().IsLoopback()
}
