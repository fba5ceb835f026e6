package httpauth_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/openid"
	"postroom/internal/openid/openidtest"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// page is a page of ours in a browser, with all its cookies.
type page struct {
	t       *testing.T
	gate    *httpauth.Gate
	cookies map[string]*http.Cookie
	csrf    string
	// strict is whether strict cookies go with what it asks.
	strict bool
}

func newPage(t *testing.T, gate *httpauth.Gate) *page {
	return &page{t: t, gate: gate, cookies: make(map[string]*http.Cookie), strict: true}
}

func (p *page) send(r *http.Request) *http.Response {
	r.RemoteAddr = "192.0.2.1:1234"
	for _, c := range p.cookies {
		if p.strict || c.SameSite != http.SameSiteStrictMode {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
		}
	}
	w := httptest.NewRecorder()
	p.gate.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if p.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(p.cookies, c.Name)
		}
		if !c.HttpOnly || !c.Secure || c.Path != "/" || !strings.HasPrefix(c.Name, "__Host-postroom") {
			p.t.Errorf("cookie %+v", c)
		}
	}
	return w.Result()
}

// post sends JSON and reads the answer into out.
func (p *page) post(path string, in, out any) int {
	p.t.Helper()
	raw, err := json.Marshal(in)
	must(p.t, err)
	r := httptest.NewRequest("POST", "https://mail.example.test"+path, strings.NewReader(string(raw)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://mail.example.test")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set(httpauth.CSRFHeader, p.csrf)
	res := p.send(r)
	if out != nil {
		must(p.t, json.NewDecoder(res.Body).Decode(out))
	}
	return res.StatusCode
}

// arrive follows a link from another site.
func (p *page) arrive(to string) *http.Response {
	r := httptest.NewRequest("GET", to, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Dest", "document")
	p.strict = false
	defer func() { p.strict = true }()
	return p.send(r)
}

// who is signed in on a page, "" for nobody.
func (p *page) who() string {
	r := httptest.NewRequest("GET", "https://mail.example.test/auth/session", nil)
	var signed httpauth.Signed
	must(p.t, json.NewDecoder(p.send(r).Body).Decode(&signed))
	p.csrf = signed.CSRF
	return signed.Address
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func withPasskeys(t *testing.T, h *storetest.House, providers *login.Providers) *httpauth.Gate {
	rp, err := httpauth.RelyingParty("https://mail.example.test", "")
	must(t, err)
	keys, err := login.NewPasskeys(h.Store, rp)
	must(t, err)
	return httpauth.New(httpauth.Options{Store: h.Store, PublicURL: "https://mail.example.test", Passkeys: keys, Providers: providers})
}

type asked struct {
	Options json.RawMessage `json:"options"`
	State   string          `json:"state"`
}

func (a asked) signed(t *testing.T, d *storetest.Device, key virtualwebauthn.Credential, owner string) login.KeyAnswer {
	t.Helper()
	response, err := d.Signed(a.Options, key, owner)
	must(t, err)
	return login.KeyAnswer{State: a.State, Response: response}
}

// A passkey is added, signs in, and stands for a code, all over HTTP.
func TestPasskeyOverHTTP(t *testing.T) {
	h := newHouse(t)
	gate, device := withPasskeys(t, h, nil), storetest.NewDevice("mail.example.test")
	anna, err := h.Console.Directory().AccountByID(t.Context(), h.Anna.ID)
	must(t, err)
	p := newPage(t, gate)
	var a asked
	if status := p.post("/auth/passkey/add/begin", struct{}{}, nil); status != 401 {
		t.Fatal("without a session:", status)
	}
	if status := p.post("/auth/sign-in", httpauth.SignIn{Address: "anna@example.test", Password: storetest.Password}, nil); status != 200 || p.who() == "" {
		t.Fatal(status)
	}
	if status := p.post("/auth/passkey/add/begin", struct{}{}, &a); status != 200 || !strings.Contains(string(a.Options), `"residentKey":"required"`) ||
		!strings.Contains(string(a.Options), `"userVerification":"required"`) {
		t.Fatalf("%d %s", status, a.Options)
	}
	key := device.NewKey()
	response, err := device.Made(a.Options, key)
	must(t, err)
	add := httpauth.NewPasskey{Name: "phone", KeyAnswer: login.KeyAnswer{State: a.State, Response: response}}
	csrf := p.csrf
	if p.csrf = "wrong"; p.post("/auth/passkey/add", add, nil) != 403 {
		t.Error("without the token of the page")
	}
	if p.csrf = csrf; p.post("/auth/passkey/add", add, nil) != 200 {
		t.Fatal("not added")
	}

	other := newPage(t, gate)
	if status := other.post("/auth/passkey/sign-in/begin", struct{}{}, &a); status != 200 {
		t.Fatal(status)
	}
	answer := a.signed(t, device, key, anna.UUID)
	if status := other.post("/auth/passkey/sign-in", answer, nil); status != 200 || other.who() != "anna@example.test" {
		t.Error(status)
	}
	if status := newPage(t, gate).post("/auth/passkey/sign-in", answer, nil); status != 401 {
		t.Error("the same answer again:", status)
	}
	if status := other.post("/auth/passkey/confirm/begin", struct{}{}, &a); status != 200 {
		t.Fatal(status)
	}
	var confirmed httpauth.Confirmation
	if status := other.post("/auth/passkey/confirm", a.signed(t, device, key, anna.UUID), &confirmed); status != 200 || confirmed.Code == "" {
		t.Error(status)
	}
	var m httpauth.Methods
	r := httptest.NewRequest("GET", "https://mail.example.test/auth/methods", nil)
	must(t, json.NewDecoder(other.send(r).Body).Decode(&m))
	if m.Passkeys == nil || m.Passkeys.RPID != "mail.example.test" || len(m.Providers) != 0 {
		t.Errorf("%+v", m)
	}
}

func TestRelyingParty(t *testing.T) {
	for _, tt := range []struct{ public, domain, id, origin string }{
		{"https://mail.example.test", "", "mail.example.test", "https://mail.example.test"},
		{"https://Mail.example.test:8443", "example.test", "example.test", "https://Mail.example.test:8443"},
		{"http://127.0.0.1:10080", "", "localhost", "http://localhost:10080"},
		{"http://[::1]:10080", "", "localhost", "http://localhost:10080"},
		{"http://mail.example.test", "", "", ""}, {"https://192.0.2.1", "", "", ""},
		{"https://mail.example.test", "other.test", "", ""}, {"https://mail.example.test", "ample.test", "", ""},
	} {
		rp, err := httpauth.RelyingParty(tt.public, tt.domain)
		if rp.ID != tt.id || rp.Origin != tt.origin || (err == nil) != (tt.id != "") {
			t.Errorf("%s %s: %+v %v", tt.public, tt.domain, rp, err)
		}
	}
}

// corp is a gate with one provider.
func corp(t *testing.T, h *storetest.House, link login.Link) (*httpauth.Gate, *openidtest.Provider) {
	fake := openidtest.New(t)
	c := openid.New(openid.Settings{ID: "corp", Title: "Corp", Issuer: fake.URL, ClientID: fake.ClientID, ClientSecret: fake.ClientSecret,
		Scopes: []string{"email"}, RedirectURL: httpauth.CallbackURL("https://mail.example.test", "corp")})
	return withPasskeys(t, h, login.NewProviders(h.Store, []login.Provider{{Client: c, Domains: []string{"example.test"}, Link: link,
		SignOut: login.SignOutThere}})), fake
}

// depart begins a sign-in; what it returns is where the provider sends the
// browser.
func (p *page) depart(fake *openidtest.Provider) string {
	p.t.Helper()
	var to httpauth.Continue
	if status := p.post("/auth/openid/corp", struct{}{}, &to); status != 200 {
		p.t.Fatal(status)
	}
	u, err := url.Parse(to.URL)
	must(p.t, err)
	return fake.Code(u.Query())
}

// there signs in at the provider and tells where our page is then.
func (p *page) there(fake *openidtest.Provider) string {
	p.t.Helper()
	res := p.arrive(p.depart(fake))
	if res.StatusCode != http.StatusSeeOther {
		p.t.Errorf("%d", res.StatusCode)
	}
	return res.Header.Get("Location")
}

func is(email string, verified bool, subject string) map[string]any {
	return map[string]any{"email": email, "email_verified": verified, "sub": subject}
}

// A verified address links once; from then on the subject counts.
func TestProvider(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.ByEmail)
	for _, who := range []map[string]any{is("anna@example.test", false, "1"), is("nobody@example.test", true, "1"), is("anna@elsewhere.test", true, "1"),
		is("info@example.test", true, "1"), is("", true, "1")} {
		fake.Claims = who
		p := newPage(t, gate)
		if at := p.there(fake); at != "/#/sign-in?refused=notLinked" || p.who() != "" {
			t.Errorf("%v: %s", who, at)
		}
	}
	fake.Claims = is("Anna@Example.test", true, "1")
	p := newPage(t, gate)
	if at := p.there(fake); at != "/" || p.who() != "anna@example.test" || len(p.cookies) != 1 {
		t.Errorf("%s %v", at, p.cookies)
	}
	fake.Claims = is("ben@example.test", true, "1") // the address has changed there
	again := newPage(t, gate)
	if at := again.there(fake); at != "/" || again.who() != "anna@example.test" {
		t.Error(at)
	}
	fake.Claims = is("anna@example.test", true, "2") // somebody else has it now
	if at := newPage(t, gate).there(fake); at != "/#/sign-in?refused=linkedElsewhere" {
		t.Error(at)
	}
	var to httpauth.Continue
	if status := again.post("/auth/sign-out", struct{}{}, &to); status != 200 || !strings.HasPrefix(to.URL, fake.URL+"/end?") {
		t.Errorf("%d %s", status, to.URL)
	}
	must(t, h.Console.Directory().RemoveProviderAccount(t.Context(), h.Anna.ID, "corp"))
	if p.who() != "" {
		t.Error("a session goes on without what it was opened with")
	}
}

// Where the subject counts, no address links.
func TestProviderBySubject(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.BySubject)
	fake.Claims = is("anna@example.test", true, "1")
	if at := newPage(t, gate).there(fake); at != "/#/sign-in?refused=notLinked" {
		t.Error(at)
	}
	d := h.Console.Directory()
	a := store.ProviderAccount{Provider: "corp", Issuer: fake.URL, Subject: "1"}
	must(t, d.AddProviderAccount(t.Context(), h.Anna.ID, a))
	want(t, d.AddProviderAccount(t.Context(), h.Ben.ID, a), postroom.Exists)
	p := newPage(t, gate)
	if at := p.there(fake); at != "/" || p.who() != "anna@example.test" {
		t.Error(at)
	}
	anna, err := d.AccountByID(t.Context(), h.Anna.ID)
	must(t, err)
	anna.Login = false
	must(t, d.UpdateAccount(t.Context(), anna))
	if at := newPage(t, gate).there(fake); at != "/#/sign-in?refused=disabled" {
		t.Error(at)
	}
}

// What another browser began, and what was answered already, signs nobody in.
func TestProviderAttacks(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.ByEmail)
	fake.Claims = is("anna@example.test", true, "1")
	mine, theirs := newPage(t, gate), newPage(t, gate)
	home := mine.depart(fake)
	theirs.depart(fake)
	for name, p := range map[string]*page{"another browser": theirs, "a browser that began nothing": newPage(t, gate)} {
		if at := p.arrive(home).Header.Get("Location"); at != "/#/sign-in?refused=failed" || p.who() != "" {
			t.Errorf("%s: %s", name, at)
		}
	}
	p := newPage(t, gate)
	home = p.depart(fake)
	kept := p.cookies["__Host-postroom-attempt"]
	if at := p.arrive(home).Header.Get("Location"); at != "/" {
		t.Error(at)
	}
	asked := fake.Asked
	late := newPage(t, gate)
	late.cookies[kept.Name] = kept
	if at := late.arrive(home).Header.Get("Location"); at != "/#/sign-in?refused=failed" || fake.Asked != asked {
		t.Error("an attempt counts twice:", at)
	}
	if res := p.arrive("https://mail.example.test/auth/openid/other/callback?code=x&state=y"); res.Header.Get("Location") == "/" {
		t.Error("a provider that is not there")
	}
	r := httptest.NewRequest("POST", "https://mail.example.test/auth/openid/corp", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if res := p.send(r); res.StatusCode != 403 {
		t.Error("begun by another site:", res.StatusCode)
	}
}

// Whoever goes back from the provider is told so, and it is no failure of theirs.
func TestProviderCancelled(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.ByEmail)
	fake.Claims = is("anna@example.test", true, "1")
	for code, at := range map[string]string{"access_denied": "cancelled", "server_error": "unavailable", "invalid_request": "failed"} {
		p := newPage(t, gate)
		home, err := url.Parse(p.depart(fake))
		must(t, err)
		q := home.Query()
		q.Del("code")
		q.Set("error", code)
		home.RawQuery = q.Encode()
		for range 30 {
			if code != "access_denied" {
				break
			}
			again := newPage(t, gate)
			u, err := url.Parse(again.depart(fake))
			must(t, err)
			v := u.Query()
			v.Set("error", code)
			u.RawQuery = v.Encode()
			again.arrive(u.String())
		}
		if to := p.arrive(home.String()).Header.Get("Location"); to != "/#/sign-in?refused="+at {
			t.Errorf("%s: %s", code, to)
		}
	}
	if at := newPage(t, gate).there(fake); at != "/" {
		t.Error(at)
	}
}

// With a second factor, the provider is the first.
func TestProviderAndSecondFactor(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.ByEmail)
	fake.Claims = is("anna@example.test", true, "1")
	d := h.SignIn("anna").Directory()
	secret, err := d.BeginSecondFactor(t.Context(), h.Anna.ID)
	must(t, err)
	code, err := totp.GenerateCode(secret, now())
	must(t, err)
	recovery, err := d.ConfirmSecondFactor(t.Context(), h.Anna.ID, code)
	must(t, err)
	p := newPage(t, gate)
	if at := p.there(fake); at != "/#/sign-in?second" || p.who() != "" {
		t.Fatal(at)
	}
	var step httpauth.Step
	if status := p.post("/auth/openid/second", struct{}{}, &step); status != 200 || step.Type != "needsCode" || !step.App || step.Passkey != nil {
		t.Errorf("%d %+v", status, step)
	}
	if status := p.post("/auth/openid/second", httpauth.SecondStep{Code: "000000"}, nil); status != 401 {
		t.Error(status)
	}
	rest := p.cookies["__Host-postroom-rest"]
	if status := p.post("/auth/openid/second", httpauth.SecondStep{Code: recovery[0]}, nil); status != 200 || p.who() != "anna@example.test" {
		t.Error(status)
	}
	late := newPage(t, gate)
	late.cookies[rest.Name] = rest
	if status := late.post("/auth/openid/second", httpauth.SecondStep{Code: recovery[1]}, nil); status != 401 {
		t.Error("what was kept counts twice:", status)
	}
	if status := newPage(t, gate).post("/auth/openid/second", httpauth.SecondStep{Code: recovery[2]}, nil); status != 401 {
		t.Error("without the provider:", status)
	}
}
