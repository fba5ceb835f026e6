package httpauth

import (
	"errors"
	"net/http"
	"net/url"

	"postroom"
	"postroom/internal/openid"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// ProviderMethod is an identity provider at which people sign in.
type ProviderMethod struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// MayLink is set, for who is signed in, where they may link their account
	// themselves.
	MayLink bool `json:"may_link,omitempty"`
}

// Continue is an answer that sends the browser somewhere else.
type Continue struct {
	URL string `json:"continue"`
}

const (
	// attemptCookie keeps a sign-in at a provider, restCookie one that needs a
	// second factor, linkCookie what was proved for somebody who wants to link.
	attemptCookie = "attempt"
	restCookie    = "rest"
	linkCookie    = "link"
	// cookieLife is for how long browsers keep them, in seconds. What is in
	// them may end before.
	cookieLife = 15 * 60
)

// CallbackURL is where a provider sends people back to.
func CallbackURL(publicURL, id string) string {
	return publicURL + Prefix + "openid/" + id + "/callback"
}

// keep gives a browser something to keep beside its session, or takes it away
// when it is "". The browser brings it when a provider sends it back, so it
// cannot be strict.
func (g *Gate) keep(w http.ResponseWriter, r *http.Request, name, value string) {
	age := cookieLife
	if value == "" {
		age = -1
	}
	http.SetCookie(w, &http.Cookie{Name: g.cookieName(r) + "-" + name, Value: value, Path: "/", MaxAge: age,
		Secure: g.secure(r), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (g *Gate) kept(r *http.Request, name string) string {
	c, err := r.Cookie(g.cookieName(r) + "-" + name)
	if err != nil {
		return ""
	}
	return c.Value
}

// providers registers what needs them; without them it is not there.
func (e *endpoints) providers(mux *http.ServeMux) {
	p := e.gate.opts.Providers
	if p == nil || len(p.List()) == 0 {
		return
	}
	mux.HandleFunc("POST /auth/openid/{provider}", func(w http.ResponseWriter, r *http.Request) {
		var in struct{}
		err := read(w, r, &in)
		var to, kept string
		if err == nil {
			to, kept, err = p.Begin(r.Context(), r.PathValue("provider"), from(r))
		}
		if err != nil {
			e.refuse(w, r, err)
			return
		}
		e.gate.keep(w, r, attemptCookie, kept)
		e.tell(w, r, Continue{to}, nil)
	})
	mux.HandleFunc("GET /auth/openid/{provider}/callback", e.callback)
	mux.HandleFunc("POST /auth/openid/second", e.second)
	mux.HandleFunc("POST /auth/openid/{provider}/link", e.beginLink)
	mux.HandleFunc("POST /auth/openid/link", e.link)
}

// callback is where a provider sends a browser back to. It answers with a page
// of ours, whose fragment says what came of it: nobody else sees that.
func (e *endpoints) callback(w http.ResponseWriter, r *http.Request) {
	e.gate.keep(w, r, attemptCookie, "")
	came, err := e.gate.opts.Providers.Finish(r.Context(), r.PathValue("provider"), e.gate.kept(r, attemptCookie), r.URL.Query(), from(r))
	page := "sign-in"
	if came.Linking {
		page = "settings/sign-in"
	}
	if err != nil {
		e.log.Info("sign-in at a provider refused", "provider", r.PathValue("provider"), "why", postroom.TextOf(err), "cause", errors.Unwrap(err))
	}
	switch {
	case err != nil && came.Proving:
		back(w, r, confirmedPage(reason(err)))
	case err != nil:
		back(w, r, page+"?refused="+reason(err))
	case came.Proving:
		e.gate.keep(w, r, proofCookie, came.Proof)
		back(w, r, confirmedPage("proved"))
	case came.Linking:
		e.gate.keep(w, r, linkCookie, came.Link)
		back(w, r, page+"?link="+url.QueryEscape(r.PathValue("provider")))
	case came.Rest != "":
		e.gate.keep(w, r, restCookie, came.Rest)
		back(w, r, page+"?second")
	default:
		// The strict cookie of a session before does not come with this
		// request: that session goes on elsewhere, or is forgotten.
		e.gate.setCookie(w, r, came.Session, lifetime(e.gate.opts.Store))
		back(w, r, "")
	}
}

// reason is one of some words, for which the page has texts: whoever makes a link
// to it cannot make it say something else.
func reason(err error) string {
	switch {
	case errors.Is(err, store.ErrNotLinked):
		return "notLinked"
	case errors.Is(err, openid.ErrCancelled):
		return "cancelled"
	case errors.Is(err, openid.ErrNotAsked):
		return "notAsked"
	case postroom.KindOf(err) == postroom.SignInFailed:
		return "failed"
	case postroom.KindOf(err) == postroom.SignInDisabled:
		return "disabled"
	case postroom.KindOf(err) == postroom.Exists:
		return "linkedElsewhere"
	}
	return "unavailable"
}

// back sends a browser to a place in our page.
func back(w http.ResponseWriter, r *http.Request, place string) {
	to := "/"
	if place != "" {
		to += "#/" + place
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// SecondStep is the body of POST /auth/openid/second; with neither it is asked
// what is needed.
type SecondStep struct {
	Code    string           `json:"code,omitempty"`
	Passkey *login.KeyAnswer `json:"passkey,omitempty"`
}

// second takes the second factor of somebody whom a provider has proved.
func (e *endpoints) second(w http.ResponseWriter, r *http.Request) {
	var in SecondStep
	err := read(w, r, &in)
	secret := ""
	if err == nil {
		secret, err = e.gate.opts.Providers.Complete(r.Context(), e.gate.opts.Passkeys, e.gate.kept(r, restCookie),
			login.Second{Code: in.Code, Key: in.Passkey}, from(r))
	}
	if e.another(w, err) {
		return
	}
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	e.gate.keep(w, r, restCookie, "")
	e.welcome(w, r, secret)
}
