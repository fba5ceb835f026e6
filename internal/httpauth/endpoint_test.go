package httpauth_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// browser keeps the cookie and the token of a page.
type browser struct {
	t      *testing.T
	gate   *httpauth.Gate
	cookie *http.Cookie
	csrf   string
}

// ask sends a request of our own page, with a JSON body.
func (b *browser) ask(method, path, body string) (*http.Response, string) {
	r := httptest.NewRequest(method, "https://mail.example.test"+path, strings.NewReader(body))
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://mail.example.test")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "cors")
	b.dress(r)
	w := httptest.NewRecorder()
	b.gate.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
	}
	return w.Result(), w.Body.String()
}

func (b *browser) dress(r *http.Request) {
	if b.cookie != nil && b.cookie.MaxAge >= 0 {
		r.AddCookie(&http.Cookie{Name: b.cookie.Name, Value: b.cookie.Value})
	}
	if b.csrf != "" {
		r.Header.Set(httpauth.CSRFHeader, b.csrf)
	}
}

// signIn signs in and checks the status.
func (b *browser) signIn(body string, status int) (signed httpauth.Signed, text string) {
	b.t.Helper()
	res, text := b.ask("POST", "/auth/sign-in", body)
	if res.StatusCode != status {
		b.t.Fatalf("sign-in: %d %s", res.StatusCode, text)
	}
	if status == 200 {
		if err := json.Unmarshal([]byte(text), &signed); err != nil {
			b.t.Fatal(err)
		}
		b.csrf = signed.CSRF
	}
	return signed, text
}

const asAnna = `{"address":"anna@example.test","password":"` + storetest.Password + `"}`

func TestCookie(t *testing.T) {
	h := newHouse(t)
	b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
	signed, _ := b.signIn(asAnna, 200)
	if signed.Address != "anna@example.test" || signed.Name != "Anna" || signed.Admin != "none" || signed.CSRF == "" || signed.SecondFactor {
		t.Errorf("%+v", signed)
	}
	c := b.cookie
	if c.Name != "__Host-postroom" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" ||
		len(c.Value) != 43 || c.MaxAge != int(store.WebSessionLife/time.Second) {
		t.Errorf("cookie %+v", c)
	}
	res, text := b.ask("GET", "/auth/session", "")
	if res.StatusCode != 200 || !strings.Contains(text, b.csrf) || strings.Contains(text, c.Value) || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", res.StatusCode, text)
	}
	read, change := ask("GET"), ask("POST")
	b.dress(read)
	b.dress(change)
	for _, r := range []*http.Request{read, change} {
		if s, err := b.gate.Session(r, "jmap"); err != nil || s.Actor().Account != h.Anna.ID || s.Actor().Protocol != "jmap" {
			t.Errorf("%s: %v", r.Method, err)
		}
	}
	// Another site's page lacks the token, or has somebody else's.
	for _, token := range []string{"", "x", b.csrf[:42], c.Value} {
		change.Header.Set(httpauth.CSRFHeader, token)
		_, err := b.gate.Session(change, "jmap")
		want(t, err, postroom.Denied)
	}
	socket := ask("GET", "Upgrade", "websocket")
	b.dress(socket)
	_, err := b.gate.Session(socket, "jmap")
	want(t, err, postroom.Denied)
	socket.Header.Set("Origin", "https://mail.example.test")
	if _, err := b.gate.Session(socket, "jmap"); err != nil {
		t.Error(err)
	}
	// A request that names a credential stands on that alone.
	read.SetBasicAuth("anna@example.test", "wrong")
	_, err = b.gate.Session(read, "jmap")
	want(t, err, postroom.SignInFailed)
}

// A new sign-in has a new secret, and the old one ends: who planted one in a
// browser gains nothing.
func TestFixation(t *testing.T) {
	h := newHouse(t)
	b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
	b.signIn(asAnna, 200)
	first := *b
	b.signIn(asAnna, 200)
	if b.cookie.Value == first.cookie.Value || b.csrf == first.csrf {
		t.Error("the secret stayed")
	}
	if res, _ := first.ask("GET", "/auth/session", ""); res.StatusCode != 401 {
		t.Errorf("the first session answers %d", res.StatusCode)
	}
	planted := &browser{t: t, gate: b.gate, cookie: &http.Cookie{Name: "__Host-postroom", Value: strings.Repeat("A", 43)}}
	planted.signIn(asAnna, 200)
	if planted.cookie.Value == strings.Repeat("A", 43) {
		t.Error("a planted secret was taken")
	}
}

// Browsers are told both before and after a sign-in that they keep nothing.
func TestMemoryOnly(t *testing.T) {
	h := newHouse(t)
	for _, only := range []bool{false, true} {
		b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store, MemoryOnly: only})}
		_, methods := b.ask("GET", "/auth/methods", "")
		signed, _ := b.signIn(asAnna, 200)
		_, session := b.ask("GET", "/auth/session", "")
		word := fmt.Sprintf(`"memory_only":%t`, only)
		if !strings.Contains(methods, word) || signed.MemoryOnly != only || !strings.Contains(session, word) {
			t.Errorf("%t: %s %+v %s", only, methods, signed, session)
		}
	}
}

func TestSignOut(t *testing.T) {
	h := newHouse(t)
	b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
	b.signIn(asAnna, 200)
	before := *b
	token := b.csrf
	b.csrf = ""
	if res, _ := b.ask("POST", "/auth/sign-out", ""); res.StatusCode != 403 {
		t.Errorf("without the token: %d", res.StatusCode)
	}
	b.csrf = token
	if res, _ := b.ask("POST", "/auth/sign-out", ""); res.StatusCode != 204 || b.cookie.MaxAge >= 0 {
		t.Errorf("%d %+v", res.StatusCode, b.cookie)
	}
	if res, _ := before.ask("GET", "/auth/session", ""); res.StatusCode != 401 {
		t.Errorf("afterwards: %d", res.StatusCode)
	}
	if res, _ := b.ask("POST", "/auth/sign-out", ""); res.StatusCode != 204 {
		t.Errorf("twice: %d", res.StatusCode)
	}
}

func TestSignInRefused(t *testing.T) {
	h := newHouse(t)
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, rights.Manager)
	b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
	var texts []string
	for _, body := range []string{
		`{"address":"anna@example.test","password":"wrong"}`,
		`{"address":"anna@example.test","password":""}`,
		`{"address":"nobody@example.test","password":"wrong"}`,
		`{"address":"info@example.test","password":"wrong"}`,
		`{}`,
		`{"address":"info@example.test*anna@example.test","password":"` + storetest.Password + `"}`,
	} {
		_, text := b.signIn(body, 401)
		texts = append(texts, text)
	}
	for _, text := range texts {
		if text != texts[0] {
			t.Errorf("answers differ: %s %s", text, texts[0])
		}
	}
	for _, body := range []string{``, `[]`, `{"address":1}`, `{"user":"x"}`, `{"address":"` + strings.Repeat("x", 70000) + `"}`} {
		b.signIn(body, 422)
	}
	r := httptest.NewRequest("POST", "https://mail.example.test/auth/sign-in", strings.NewReader(asAnna))
	w := httptest.NewRecorder()
	b.gate.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	if w.Code != 422 {
		t.Errorf("a form: %d", w.Code)
	}
	r = httptest.NewRequest("POST", "https://mail.example.test/auth/sign-in", strings.NewReader(asAnna))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://evil.test")
	w = httptest.NewRecorder()
	b.gate.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	if w.Code != 403 || len(w.Result().Cookies()) > 0 {
		t.Errorf("another site: %d", w.Code)
	}
}

// An app password is for a program. In a browser it would become somebody who is
// there, who adds passkeys and a second factor.
func TestAppPasswordOpensNoBrowser(t *testing.T) {
	h := newHouse(t)
	for name, mask := range map[string]postroom.Rights{"all": postroom.AllRights, "reader": rights.Viewer} {
		app, err := h.SignIn("anna").Directory().AddAppPassword(t.Context(), h.Anna.ID, store.AppPassword{Name: name, Mask: mask})
		if err != nil {
			t.Fatal(err)
		}
		b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
		b.signIn(`{"address":"anna@example.test","password":"`+app+`"}`, 401)
		if _, err := b.gate.Session(basic("anna@example.test", app), "jmap"); err != nil || b.cookie != nil {
			t.Error(name, err)
		}
	}
}

func TestSignInWithCode(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	b := &browser{t: t, gate: httpauth.New(httpauth.Options{Store: h.Store})}
	b.signIn(asAnna, 200)
	r := ask("GET")
	b.dress(r)
	s, err := b.gate.Session(r, "web")
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Directory().BeginSecondFactor(ctx, h.Anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := s.Directory().ConfirmSecondFactor(ctx, h.Anna.ID, code)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.gate.Session(basic("anna@example.test", storetest.Password), "jmap")
	want(t, err, postroom.SignInDisabled)
	fresh := &browser{t: t, gate: b.gate}
	if signed, text := fresh.signIn(asAnna, 200); text != `{"type":"needsCode","app":true}`+"\n" || signed.Address != "" || fresh.cookie != nil {
		t.Errorf("asked for nothing: %s", text)
	}
	with := func(code string) string { return strings.TrimSuffix(asAnna, "}") + `,"code":"` + code + `"}` }
	if _, text := fresh.signIn(with(code), 401); strings.Contains(text, "needsCode") {
		t.Errorf("the same code: %s", text)
	}
	if signed, _ := fresh.signIn(with(recovery[0]), 200); !signed.SecondFactor {
		t.Errorf("%+v", signed)
	}
}

func TestBearer(t *testing.T) {
	h := newHouse(t)
	ctx, g := t.Context(), httpauth.New(httpauth.Options{Store: h.Store})
	d := h.SignIn("anna").Directory()
	token, err := d.AddToken(ctx, h.Anna.ID, store.Token{Name: "script", Mask: rights.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	r := ask("POST", "Authorization", "bearer "+token)
	s, err := g.Session(r, "jmap")
	if err != nil || s.Actor().Credential != "script" || s.Actor().Account != h.Anna.ID {
		t.Fatal(err)
	}
	for _, header := range []string{"Bearer", "Bearer ", "Bearer x", "Bearer " + storetest.Password, "Digest x", token} {
		_, err := g.Session(ask("POST", "Authorization", header), "jmap")
		want(t, err, postroom.SignInFailed)
	}
	if err := d.RemoveToken(ctx, h.Anna.ID, "script"); err != nil {
		t.Fatal(err)
	}
	_, err = g.Session(r, "jmap")
	want(t, err, postroom.SignInFailed)
}

// Behind a proxy that speaks TLS, the cookie is a secure one.
func TestCookieBehindProxy(t *testing.T) {
	h := newHouse(t)
	g := httpauth.New(httpauth.Options{Store: h.Store, Exposure: httpauth.LoopbackToo, PublicURL: "https://mail.example.test"})
	for host, name := range map[string]string{"mail.example.test": "__Host-postroom", "localhost:8080": "postroom"} {
		r := httptest.NewRequest("POST", "http://"+host+"/auth/sign-in", strings.NewReader(asAnna))
		r.RemoteAddr = "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		g.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
		cookies := w.Result().Cookies()
		if w.Code != 200 || len(cookies) != 1 || cookies[0].Name != name || cookies[0].Secure != (name == "__Host-postroom") {
			t.Errorf("%s: %d %v", host, w.Code, cookies)
		}
	}
}
