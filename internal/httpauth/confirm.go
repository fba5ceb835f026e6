package httpauth

import (
	"net/http"
	"net/url"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
)

// proofCookie keeps what a provider has proved for somebody who confirms.
const proofCookie = "proof"

// ConfirmWays is the answer of POST /auth/confirm/begin: what somebody can
// confirm with that it is them. Any one of it is enough.
type ConfirmWays struct {
	// Password, with a code or a passkey where "needsCode" asks for it.
	Password bool `json:"password"`
	// Passkey asks for one, when the account has any.
	Passkey *login.Ceremony `json:"passkey,omitempty"`
	// Providers are those at which the account is linked.
	Providers []ProviderMethod `json:"providers"`
}

// Confirm is the body of POST /auth/confirm: a password, a passkey, or what was
// begun by POST /auth/confirm/openid/{provider}.
type Confirm struct {
	Password string `json:"password,omitempty"`
	// Provider is set when one has sent the browser back.
	Provider bool `json:"provider,omitempty"`
	// Code of the second factor, or a recovery code, after "needsCode".
	Code string `json:"code,omitempty"`
	// Passkey answers that of ConfirmWays, or of a Step after "needsCode".
	Passkey *login.KeyAnswer `json:"passkey,omitempty"`
}

// confirms registers what lets somebody in a session prove again who they are.
func (e *endpoints) confirms(mux *http.ServeMux) {
	mux.HandleFunc("POST /auth/confirm/begin", e.inSession(e.beginConfirm))
	mux.HandleFunc("POST /auth/confirm", e.confirm)
	if p := e.gate.opts.Providers; p != nil && len(p.List()) > 0 {
		mux.HandleFunc("POST /auth/confirm/openid/{provider}", e.confirmAt)
	}
}

func (e *endpoints) beginConfirm(r *http.Request, s *store.Session) (any, error) {
	has, err := e.gate.confirmer.Ways(r.Context(), s, from(r))
	ways := ConfirmWays{Password: has.Password, Passkey: has.Passkey, Providers: []ProviderMethod{}}
	for _, p := range has.Providers {
		ways.Providers = append(ways.Providers, ProviderMethod{ID: p.Client.ID(), Title: p.Client.Title()})
	}
	return ways, err
}

// confirm takes a proof: asked by our page, in the session for which it counts.
func (e *endpoints) confirm(w http.ResponseWriter, r *http.Request) {
	session, err := e.gate.Session(r, protocol)
	var in Confirm
	if err == nil {
		err = read(w, r, &in)
	}
	code := ""
	if err == nil {
		proof := login.Proof{Password: in.Password, Second: login.Second{Code: in.Code, Key: in.Passkey}}
		if in.Provider {
			if proof.Provider = e.gate.kept(r, proofCookie); proof.Provider == "" {
				err = postroom.Errorf(postroom.Invalid, "nothing was begun in this browser, or long ago: try again")
			}
		}
		if err == nil {
			code, err = e.gate.confirmer.Confirm(r.Context(), session, proof, from(r))
		}
	}
	if e.another(w, err) {
		return
	}
	if err == nil && in.Provider {
		e.gate.keep(w, r, proofCookie, "")
	}
	e.tell(w, r, Confirmation{code}, err)
}

// confirmAt sends somebody in a session to a provider, to be asked there who they
// are. What the provider answers comes without the strict cookie of the session:
// so it only goes into a cookie, for confirm.
func (e *endpoints) confirmAt(w http.ResponseWriter, r *http.Request) {
	e.inSession(func(r *http.Request, s *store.Session) (any, error) {
		var in struct{}
		if err := read(w, r, &in); err != nil {
			return nil, err
		}
		to, kept, err := e.gate.opts.Providers.BeginProof(r.Context(), s, r.PathValue("provider"), from(r))
		if err == nil {
			e.gate.keep(w, r, attemptCookie, kept)
		}
		return Continue{to}, err
	})(w, r)
}

// confirmedPage is where a browser comes back to from a provider that was to
// confirm: its window tells the page that opened it, and closes.
func confirmedPage(word string) string {
	return "confirmed?" + url.Values{"is": {word}}.Encode()
}
