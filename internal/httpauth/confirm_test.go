package httpauth_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"postroom/internal/adminwire"
	"postroom/internal/httpauth"
	"postroom/internal/openid/openidtest"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// confirmWays reads what a page may confirm with.
type confirmWays struct {
	Password  bool
	Passkey   *asked
	Providers []httpauth.ProviderMethod
}

// session is what GET /auth/session says.
func (p *page) session() (s httpauth.Signed) {
	p.t.Helper()
	must(p.t, json.NewDecoder(p.send(httptest.NewRequest("GET", "https://mail.example.test/auth/session", nil)).Body).Decode(&s))
	return s
}

// TestConfirmOverHTTP: what takes a recent proof is refused in a form that a
// program can tell, and taken after the confirmation.
func TestConfirmOverHTTP(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	h := storetest.NewHouse(t, storetest.Open(t, func(o *store.Options) { o.Now = clock.Now }))
	gate := withPasskeys(t, h, nil)
	p := newPage(t, gate)
	if p.post("/auth/confirm/begin", struct{}{}, nil) != 401 || p.post("/auth/confirm", httpauth.Confirm{Password: storetest.Password}, nil) != 401 {
		t.Error("without a session")
	}
	if status := p.post("/auth/sign-in", httpauth.SignIn{Address: "anna@example.test", Password: storetest.Password}, nil); status != 200 || p.who() == "" {
		t.Fatal(status)
	}
	if status := p.post("/auth/passkey/add/begin", struct{}{}, nil); status != 200 || !p.session().Confirmed {
		t.Fatal("one has just signed in:", status)
	}
	clock.Advance(store.ProofLife)
	var problem adminwire.Problem
	if status := p.post("/auth/passkey/add/begin", struct{}{}, &problem); status != 403 || problem.Kind != "confirmationNeeded" ||
		problem.Type != adminwire.ConfirmationNeeded || problem.Detail == "" || p.session().Confirmed {
		t.Fatalf("%d %+v", status, problem)
	}
	var ways confirmWays
	if status := p.post("/auth/confirm/begin", struct{}{}, &ways); status != 200 || !ways.Password || ways.Passkey != nil || ways.Providers == nil {
		t.Fatalf("%d %+v", status, ways)
	}
	if status := p.post("/auth/confirm", httpauth.Confirm{Password: "a guess"}, &problem); status != 422 || problem.Kind != "invalid" {
		t.Errorf("%d %+v", status, problem)
	}
	if status := p.post("/auth/confirm", httpauth.Confirm{Provider: true}, nil); status != 422 {
		t.Error("nothing was begun at a provider:", status)
	}
	csrf := p.csrf
	if p.csrf = ""; p.post("/auth/confirm", httpauth.Confirm{Password: storetest.Password}, nil) != 403 || p.session().Confirmed {
		t.Error("confirmed without the token of the page")
	}
	p.csrf = csrf
	if status := p.post("/auth/confirm", httpauth.Confirm{Password: storetest.Password}, nil); status != 200 || !p.session().Confirmed {
		t.Error(status)
	}
	if status := p.post("/auth/passkey/add/begin", struct{}{}, nil); status != 200 {
		t.Error("after the confirmation:", status)
	}
	clock.Advance(store.ProofLife)
	r := httptest.NewRequest("POST", "https://mail.example.test/auth/confirm", strings.NewReader(`{"password":"`+storetest.Password+`"}`))
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth("anna@example.test", storetest.Password)
	if res := newPage(t, gate).send(r); res.StatusCode != 422 {
		t.Error("a program confirms:", res.StatusCode)
	}
}

// proveAgain goes to the provider to confirm, and comes back in another window.
func (p *page) proveAgain(fake *openidtest.Provider) string {
	p.t.Helper()
	var to httpauth.Continue
	if status := p.post("/auth/confirm/openid/corp", struct{}{}, &to); status != 200 {
		p.t.Fatal(status)
	}
	u, err := url.Parse(to.URL)
	must(p.t, err)
	return p.arrive(fake.Code(u.Query())).Header.Get("Location")
}

// TestConfirmAtProviderOverHTTP: what comes back from the provider counts only
// when the page asks for it, in its session.
func TestConfirmAtProviderOverHTTP(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	h := storetest.NewHouse(t, storetest.Open(t, func(o *store.Options) {
		o.Now, o.Providers = clock.Now, map[string][]string{"corp": {"example.test"}}
	}))
	gate, fake := corp(t, h, login.ByEmail)
	fake.Claims = is("ben@example.test", true, "7")
	p, other := newPage(t, gate), newPage(t, gate)
	p.there(fake)
	if p.who() != "ben@example.test" {
		t.Fatal("not signed in")
	}
	clock.Advance(store.ProofLife)
	if at := p.proveAgain(fake); at != "/#/confirmed?is=notAsked" {
		t.Error(at)
	}
	fake.Claims["auth_time"] = time.Now().Unix()
	if at := p.proveAgain(fake); at != "/#/confirmed?is=proved" || p.session().Confirmed {
		t.Fatal(at)
	}
	if status := other.post("/auth/sign-in", httpauth.SignIn{Address: "cleo@example.test", Password: storetest.Password}, nil); status != 200 || other.who() == "" {
		t.Fatal(status)
	}
	other.cookies["__Host-postroom-proof"] = p.cookies["__Host-postroom-proof"]
	if status := other.post("/auth/confirm", httpauth.Confirm{Provider: true}, nil); status != 422 {
		t.Error("somebody else's proof:", status)
	}
	if status := p.post("/auth/confirm", httpauth.Confirm{Provider: true}, nil); status != 200 || !p.session().Confirmed || p.cookies["__Host-postroom-proof"] != nil {
		t.Error(status)
	}
}
