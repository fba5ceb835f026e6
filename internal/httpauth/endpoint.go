package httpauth

import (
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// Prefix is where the endpoints of a Handler are.
const Prefix = "/auth/"

// maxBody bounds what a sign-in may send, in bytes.
const maxBody = 64 << 10

// protocol is what the audit log calls sign-ins by these endpoints.
const protocol = "web"

// SignIn is the body of POST /auth/sign-in.
type SignIn struct {
	Address  string `json:"address"`
	Password string `json:"password"`
	// Code of the second factor, or a recovery code.
	Code string `json:"code,omitempty"`
	// Passkey answers the Passkey of a Step, instead of a code.
	Passkey *login.KeyAnswer `json:"passkey,omitempty"`
}

// Step is the answer of a sign-in that is not over: the password was right, and
// it is to be sent again with a code or a passkey ("needsCode").
type Step struct {
	Type string `json:"type"`
	// App is set when an authenticator app shows codes.
	App bool `json:"app"`
	// Passkey asks for one, when the account has any.
	Passkey *login.Ceremony `json:"passkey,omitempty"`
}

// Signed is the answer of GET /auth/session and of every sign-in.
type Signed struct {
	Address string `json:"address"`
	Name    string `json:"name"`
	// Admin is none, org or server; Abilities what that includes.
	Admin     string   `json:"admin"`
	Abilities []string `json:"abilities"`
	// CSRF goes into the header X-Postroom-CSRF of every request that changes
	// something; empty when there is no cookie.
	CSRF string `json:"csrf,omitempty"`
	// OneTimePassword is set while the password was handed out and is to be
	// changed; SecondFactor when the account has one.
	OneTimePassword bool `json:"one_time_password"`
	SecondFactor    bool `json:"second_factor"`
	// MemoryOnly says that a browser keeps no mail on the device.
	MemoryOnly bool `json:"memory_only"`
	// Confirmed is set while nothing has to be confirmed by POST /auth/confirm.
	Confirmed bool `json:"confirmed"`
}

// Handler serves the endpoints by which browsers sign in and out:
//
//	POST /auth/sign-in    an address and a password, and a code where one is needed
//	POST /auth/sign-out   ends the web session
//	GET  /auth/session    who is signed in
//	GET  /auth/methods    the ways to sign in that there are
//	POST /auth/passkey/…  signing in with a passkey, adding one, confirming
//	POST /auth/openid/…   signing in at an identity provider
//	POST /auth/confirm…   proving again who is there, before what takes a recent proof
func (g *Gate) Handler(log *slog.Logger) http.Handler {
	e := &endpoints{gate: g, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/sign-in", e.signIn)
	mux.HandleFunc("POST /auth/sign-out", e.signOut)
	mux.HandleFunc("GET /auth/session", e.session)
	mux.HandleFunc("GET /auth/methods", e.methods)
	e.confirms(mux)
	e.passkeys(mux)
	e.providers(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if err := g.Check(r); err != nil {
			e.refuse(w, r, err)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

type endpoints struct {
	gate *Gate
	log  *slog.Logger
}

func (e *endpoints) signIn(w http.ResponseWriter, r *http.Request) {
	var in SignIn
	if err := read(w, r, &in); err != nil {
		e.refuse(w, r, err)
		return
	}
	secret, err := e.gate.opts.Passkeys.Password(r.Context(), e.gate.opts.Store, login.Credentials{Username: in.Address, Password: in.Password,
		Protocol: protocol, Remote: Remote(r)}, login.Second{Code: in.Code, Key: in.Passkey}, r.UserAgent())
	if e.another(w, err) {
		return
	}
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	e.welcome(w, r, secret)
}

// another answers that a sign-in needs a second factor, if it does.
func (e *endpoints) another(w http.ResponseWriter, err error) bool {
	var need *login.StepNeeded
	if !errors.As(err, &need) {
		return false
	}
	e.answer(w, http.StatusOK, "application/json", Step{Type: "needsCode", App: need.App, Passkey: need.Key})
	return true
}

// welcome gives the browser a new web session. The one it had ends: nobody goes
// on in a session that was there before the sign-in.
func (e *endpoints) welcome(w http.ResponseWriter, r *http.Request, secret string) {
	g := e.gate
	session, err := g.remembered.Web(r.Context(), secret, protocol, Remote(r), r.UserAgent())
	if err == nil {
		err = g.end(r)
	}
	var signed Signed
	if err == nil {
		signed, err = g.who(r, session)
	}
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	signed.CSRF = csrf(secret)
	g.setCookie(w, r, secret, lifetime(g.opts.Store))
	e.answer(w, http.StatusOK, "application/json", signed)
}

// end ends the web session that a request came with.
func (g *Gate) end(r *http.Request) error {
	if old := g.cookie(r); old != "" {
		return login.EndWeb(r.Context(), g.opts.Store, old, protocol, Remote(r))
	}
	return nil
}

func (e *endpoints) signOut(w http.ResponseWriter, r *http.Request) {
	elsewhere := ""
	if secret := e.gate.cookie(r); secret != "" {
		err := guarded(r, secret)
		if err == nil {
			if p := e.gate.opts.Providers; p != nil {
				elsewhere = p.SignOutURL(r.Context(), secret, e.gate.opts.PublicURL+"/", from(r))
			}
			err = e.gate.end(r)
		}
		if err != nil {
			e.refuse(w, r, err)
			return
		}
	}
	e.gate.setCookie(w, r, "", -1)
	if elsewhere != "" {
		e.tell(w, r, Continue{elsewhere}, nil)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (e *endpoints) session(w http.ResponseWriter, r *http.Request) {
	session, err := e.gate.Session(r, protocol)
	var signed Signed
	if err == nil {
		signed, err = e.gate.who(r, session)
	}
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	if r.Header.Get("Authorization") == "" {
		signed.CSRF = csrf(e.gate.cookie(r))
	}
	e.answer(w, http.StatusOK, "application/json", signed)
}

// who tells who is signed in.
func (g *Gate) who(r *http.Request, s *store.Session) (Signed, error) {
	d := s.Directory()
	a, err := d.AccountByID(r.Context(), s.Actor().Account)
	if err != nil {
		return Signed{}, err
	}
	factor, err := d.SecondFactor(r.Context(), a.ID)
	if postroom.KindOf(err) == postroom.Denied {
		err = nil // a credential that can do less learns less
	}
	if err != nil {
		return Signed{}, err
	}
	err = d.Proven(r.Context())
	confirmed := err == nil
	if postroom.KindOf(err) == postroom.ConfirmationNeeded {
		err = nil
	}
	signed := Signed{Address: a.Address, Name: a.Name, Admin: adminwire.AdminScope(a.Admin), Abilities: append([]string{}, a.Abilities.Names()...),
		OneTimePassword: s.PasswordIsOneTime(), SecondFactor: factor.On, MemoryOnly: g.opts.MemoryOnly, Confirmed: confirmed}
	return signed, err
}

// read reads a body of JSON: a form of another site cannot send that.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return postroom.Errorf(postroom.Invalid, "the content type must be application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return postroom.Errorf(postroom.Invalid, "the body is not what is expected")
	}
	return nil
}

// refuse answers with an error in the form of RFC 9457.
func (e *endpoints) refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind := postroom.KindOf(err)
	status, ok := map[postroom.ErrorKind]int{postroom.Invalid: http.StatusUnprocessableEntity, postroom.SignInFailed: http.StatusUnauthorized,
		postroom.SignInDisabled: http.StatusForbidden, postroom.Denied: http.StatusForbidden,
		postroom.ConfirmationNeeded: http.StatusForbidden, postroom.NotFound: http.StatusNotFound,
		postroom.Limit: http.StatusTooManyRequests, postroom.Exists: http.StatusConflict, postroom.Unavailable: http.StatusServiceUnavailable}[kind]
	if !ok {
		status = http.StatusInternalServerError
		e.log.Error("sign-in", "error", err)
	}
	p := adminwire.Problem{Type: adminwire.ProblemType(kind), Title: http.StatusText(status), Status: status, Detail: postroom.TextOf(err), Kind: kind.String(), Reason: postroom.ReasonOf(err)}
	if status == http.StatusUnauthorized {
		Challenge(w, r)
	}
	e.answer(w, status, "application/problem+json", p)
}

func (e *endpoints) answer(w http.ResponseWriter, status int, kind string, body any) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		e.log.Debug("sign-in answer not written", "error", err)
	}
}
