package httpauth

import (
	"net/http"

	"postroom"
	"postroom/internal/store"
)

// NewLink is the body of POST /auth/openid/link.
type NewLink struct {
	// Code of the second factor, where there is one; or of POST
	// /auth/passkey/confirm.
	Code string `json:"code,omitempty"`
}

// beginLink sends somebody in a session to a provider, to prove an account there.
// What the provider answers comes without the strict cookie of the session: so it
// only goes into a cookie, for link.
func (e *endpoints) beginLink(w http.ResponseWriter, r *http.Request) {
	e.inSession(func(r *http.Request, s *store.Session) (any, error) {
		var in struct{}
		if err := read(w, r, &in); err != nil {
			return nil, err
		}
		to, kept, err := e.gate.opts.Providers.BeginLink(r.Context(), s, r.PathValue("provider"), from(r))
		if err == nil {
			e.gate.keep(w, r, attemptCookie, kept)
		}
		return Continue{to}, err
	})(w, r)
}

// link links what was proved: asked by our page, in the session for which it was.
// A wrong code leaves it for another try.
func (e *endpoints) link(w http.ResponseWriter, r *http.Request) {
	inBody(e, func(r *http.Request, s *store.Session, in NewLink) (any, error) {
		kept := e.gate.kept(r, linkCookie)
		if kept == "" {
			return nil, postroom.Errorf(postroom.Invalid, "nothing was begun in this browser, or long ago: try again")
		}
		err := e.gate.opts.Providers.Link(r.Context(), s, kept, in.Code, from(r))
		if err == nil {
			e.gate.keep(w, r, linkCookie, "")
		}
		return struct{}{}, err
	})(w, r)
}
