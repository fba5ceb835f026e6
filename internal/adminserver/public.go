package adminserver

import (
	"encoding/json"
	"mime"
	"net/http"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/store"
)

// Gate tells who makes a request: an httpauth.Gate.
type Gate interface {
	Session(r *http.Request, protocol string) (*store.Session, error)
	Check(r *http.Request) error
}

// NewPublic builds a server for a listener that everybody reaches: each request
// gets the session of the person who signs in. Nothing is taken that another
// site's page could send: beside what the gate refuses, changes must say that
// they are JSON, which a page of another origin may not without being asked for
// leave.
func NewPublic(o Options, g Gate) http.Handler {
	o.Session = func(r *http.Request) (*store.Session, error) { return g.Session(r, "admin") }
	return &public{server: New(o), gate: g}
}

type public struct {
	server *Server
	gate   Gate
}

// ServeHTTP answers one request.
func (p *public) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Vary", "Authorization, Cookie, Origin, Sec-Fetch-Mode, Sec-Fetch-Site")
	if status, err := p.refused(r); err != nil {
		p.problem(w, status, err)
		return
	}
	// The framework says only that somebody must sign in.
	p.server.ServeHTTP(challenge{w, r}, r)
}

// refused says what is not even looked at.
func (p *public) refused(r *http.Request) (int, error) {
	if err := p.gate.Check(r); err != nil {
		return status(postroom.KindOf(err)), err
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

// challenge adds to 401 how to sign in.
type challenge struct {
	http.ResponseWriter
	request *http.Request
}

func (c challenge) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		httpauth.Challenge(c.ResponseWriter, c.request)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (c challenge) Unwrap() http.ResponseWriter { return c.ResponseWriter }
