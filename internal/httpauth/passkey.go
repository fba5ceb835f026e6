package httpauth

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// Methods is the answer of GET /auth/methods.
type Methods struct {
	// Passkeys is nil when nobody can sign in with one.
	Passkeys *PasskeyMethod `json:"passkeys,omitempty"`
	// Providers are in the order in which to show them.
	Providers []ProviderMethod `json:"providers"`
	// MemoryOnly says that a browser keeps no mail on the device.
	MemoryOnly bool `json:"memory_only"`
}

// PasskeyMethod is what passkeys are bound to: browsers take them only on pages
// of that domain, or below it.
type PasskeyMethod struct {
	RPID string `json:"rp_id"`
}

// NewPasskey is the body of POST /auth/passkey/add.
type NewPasskey struct {
	Name string `json:"name"`
	// Code of the second factor, where there is one; or of POST
	// /auth/passkey/confirm.
	Code string `json:"code,omitempty"`
	login.KeyAnswer
}

// Confirmation is the answer of POST /auth/passkey/confirm: what stands for one
// code of the second factor, for five minutes.
type Confirmation struct {
	Code string `json:"code"`
}

// RelyingParty is what passkeys of a server are bound to whose pages are at a
// public URL. domain is a domain above its host that they are to be bound to,
// "" for the host. Invalid when browsers have no passkeys for such pages: over
// plain HTTP, but on the machine itself, and for hosts without a name. The
// addresses of the machine itself are called localhost there.
func RelyingParty(publicURL, domain string) (rp login.RelyingParty, err error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return rp, err
	}
	host := strings.ToLower(u.Hostname())
	if ip, err := netip.ParseAddr(host); err == nil {
		if !ip.IsLoopback() {
			return rp, postroom.Errorf(postroom.Invalid, "there are no passkeys for %s: browsers want a name", publicURL)
		}
		u.Host = strings.Replace(u.Host, u.Hostname(), "localhost", 1)
		u.Host = strings.NewReplacer("[", "", "]", "").Replace(u.Host)
		host = "localhost"
	}
	if u.Scheme != "https" && host != "localhost" {
		return rp, postroom.Errorf(postroom.Invalid, "there are no passkeys for %s: browsers want https", publicURL)
	}
	if domain = strings.ToLower(domain); domain == "" {
		domain = host
	}
	if domain != host && !strings.HasSuffix(host, "."+domain) {
		return rp, postroom.Errorf(postroom.Invalid, "passkeys for pages of %s cannot be bound to %s", host, domain)
	}
	return login.RelyingParty{ID: domain, Name: domain, Origin: u.Scheme + "://" + u.Host}, nil
}

func (e *endpoints) methods(w http.ResponseWriter, r *http.Request) {
	m := Methods{Providers: []ProviderMethod{}, MemoryOnly: e.gate.opts.MemoryOnly}
	if p := e.gate.opts.Passkeys; p != nil {
		m.Passkeys = &PasskeyMethod{RPID: p.RPID()}
	}
	if p := e.gate.opts.Providers; p != nil {
		who := ""
		if session, err := e.gate.Session(r, protocol); err == nil {
			who = session.Actor().Address
		}
		for _, one := range p.List() {
			m.Providers = append(m.Providers, ProviderMethod{one.Client.ID(), one.Client.Title(), who != "" && one.Linkable(who)})
		}
	}
	e.answer(w, http.StatusOK, "application/json", m)
}

// passkeys registers what needs them; without them it is not there.
func (e *endpoints) passkeys(mux *http.ServeMux) {
	p := e.gate.opts.Passkeys
	if p == nil {
		return
	}
	mux.HandleFunc("POST /auth/passkey/sign-in/begin", func(w http.ResponseWriter, r *http.Request) {
		c, err := p.Begin(from(r))
		e.tell(w, r, c, err)
	})
	mux.HandleFunc("POST /auth/passkey/sign-in", func(w http.ResponseWriter, r *http.Request) {
		var in login.KeyAnswer
		err := read(w, r, &in)
		secret := ""
		if err == nil {
			secret, err = p.SignIn(r.Context(), in, from(r))
		}
		if err != nil {
			e.refuse(w, r, err)
			return
		}
		e.welcome(w, r, secret)
	})
	mux.HandleFunc("POST /auth/passkey/add/begin", e.inSession(func(r *http.Request, s *store.Session) (any, error) {
		return p.BeginAdd(r.Context(), s, from(r))
	}))
	mux.HandleFunc("POST /auth/passkey/add", inBody(e, func(r *http.Request, s *store.Session, in NewPasskey) (any, error) {
		return struct{}{}, p.Add(r.Context(), s, in.Name, in.Code, in.KeyAnswer, from(r))
	}))
	mux.HandleFunc("POST /auth/passkey/confirm/begin", e.inSession(func(r *http.Request, s *store.Session) (any, error) {
		return p.BeginConfirm(r.Context(), s, from(r))
	}))
	mux.HandleFunc("POST /auth/passkey/confirm", inBody(e, func(r *http.Request, s *store.Session, in login.KeyAnswer) (any, error) {
		code, err := p.Confirm(r.Context(), s, in, from(r))
		return Confirmation{code}, err
	}))
}

func from(r *http.Request) login.From {
	return login.From{Protocol: protocol, Remote: Remote(r), Agent: r.UserAgent()}
}

// inSession answers a request of somebody signed in.
func (e *endpoints) inSession(do func(*http.Request, *store.Session) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		session, err := e.gate.Session(r, protocol)
		var out any
		if err == nil {
			out, err = do(r, session)
		}
		e.tell(w, r, out, err)
	}
}

// inBody is inSession with a body.
func inBody[I any](e *endpoints, do func(*http.Request, *store.Session, I) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		e.inSession(func(r *http.Request, s *store.Session) (any, error) {
			var in I
			if err := read(w, r, &in); err != nil {
				return nil, err
			}
			return do(r, s, in)
		})(w, r)
	}
}

// tell answers with what came of a request.
func (e *endpoints) tell(w http.ResponseWriter, r *http.Request, out any, err error) {
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	e.answer(w, http.StatusOK, "application/json", out)
}
