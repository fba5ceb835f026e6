package adminserver

import (
	"encoding/json"
	"mime"
	"net"
	"net/http"
	"net/netip"

	"postroom"
	"postroom/internal/store"
)

// Exposure is over what people may sign in.
type Exposure uint8

// The two exposures.
const (
	// TLSOnly takes no password in the clear.
	TLSOnly Exposure = iota
	// LoopbackToo takes them from this machine.
	LoopbackToo
)

// SignIn checks the name and the password of HTTP Basic (RFC 7617). remote is
// the address of the client.
type SignIn func(r *http.Request, user, password, remote string) (*store.Session, error)

// NewPublic builds a server for a listener that everybody reaches: each request
// signs in with HTTP Basic and gets the session of that person. There are no
// cookies, and nothing is taken that another site's page could send: changes
// must say that they are JSON, which a page of another origin may not without
// being asked for leave, and browsers tell where a request comes from (Fetch
// Metadata).
func NewPublic(o Options, x Exposure, signIn SignIn) http.Handler {
	o.Session = func(r *http.Request) (*store.Session, error) {
		user, password, ok := r.BasicAuth()
		if !ok {
			return nil, postroom.Errorf(postroom.SignInFailed, "sign in with HTTP Basic")
		}
		return signIn(r, user, password, remote(r))
	}
	return &public{server: New(o), exposure: x, origin: http.NewCrossOriginProtection()}
}

type public struct {
	server   *Server
	exposure Exposure
	origin   *http.CrossOriginProtection
}

// ServeHTTP answers one request.
func (p *public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Vary", "Authorization, Origin, Sec-Fetch-Site")
	if status, err := p.refused(r); err != nil {
		p.problem(w, status, err)
		return
	}
	// The framework says only that somebody must sign in.
	p.server.ServeHTTP(challenge{w}, r)
}

// refused says what is not even looked at.
func (p *public) refused(r *http.Request) (int, error) {
	if r.TLS == nil && !(p.exposure == LoopbackToo && loopback(r)) {
		return http.StatusForbidden, postroom.Errorf(postroom.Denied, "only over HTTPS")
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return http.StatusForbidden, postroom.Errorf(postroom.Denied, "not from another site")
	}
	if err := p.origin.Check(r); err != nil {
		return http.StatusForbidden, postroom.Errorf(postroom.Denied, "not from another site")
	}
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			return http.StatusUnsupportedMediaType, postroom.Errorf(postroom.Invalid, "the content type must be application/json")
		}
	}
	return 0, nil
}

func (p *public) problem(w http.ResponseWriter, status int, err error) {
	out := problem(err)
	out.Status, out.Title = status, http.StatusText(status)
	w.Header().Set("Content-Type", out.ContentType(""))
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(out); err != nil {
		p.server.opts.Logger.Debug("admin answer not written", "error", err)
	}
}

// challenge adds to 401 how to sign in (RFC 9110 §11.6.1).
type challenge struct{ http.ResponseWriter }

func (c challenge) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		c.Header().Set("WWW-Authenticate", `Basic realm="Postroom", charset="UTF-8"`)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (c challenge) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

func loopback(r *http.Request) bool {
	a, err := netip.ParseAddr(remote(r))
	return err == nil && a.Unmap().IsLoopback()
}
