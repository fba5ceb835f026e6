package adminserver_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/httpauth"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// page asks as a page of ours does: with the cookie of the web session.
type page struct {
	t      *testing.T
	server http.Handler
	cookie *http.Cookie
	csrf   string
}

func (p *page) ask(method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "https://mail.example.test"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://mail.example.test")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if p.cookie != nil {
		r.AddCookie(p.cookie)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	return w
}

// signIn with a code of the second factor, or "" without.
func (p *page) signIn(code string) {
	p.t.Helper()
	w := p.ask("POST", "/auth/sign-in", `{"address":"anna@example.test","password":"`+storetest.Password+`","code":"`+code+`"}`)
	var signed httpauth.Signed
	if err := json.Unmarshal(w.Body.Bytes(), &signed); err != nil || w.Code != 200 || signed.CSRF == "" {
		p.t.Fatalf("sign-in: %d %s", w.Code, w.Body)
	}
	p.cookie, p.csrf = w.Result().Cookies()[0], signed.CSRF
}

// The web session of an administrator reaches the API like their password, with
// a second factor too; without the token of our page it changes nothing.
func TestCookie(t *testing.T) {
	ctx := t.Context()
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	if err := h.Console.Directory().SetAdministrator(ctx, h.Anna.ID, postroom.OrgAdmin, postroom.UsualAbilities); err != nil {
		t.Fatal(err)
	}
	gate := httpauth.New(httpauth.Options{Store: h.Store})
	mux := http.NewServeMux()
	mux.Handle("/admin/v1/", adminserver.NewPublic(adminserver.Options{Logger: storetest.Logger(t)}, gate))
	mux.Handle("/auth/", gate.Handler(slog.New(slog.DiscardHandler)))

	administers := func(p *page) {
		t.Helper()
		const body = `{"name":"Ben the second"}`
		for _, c := range []struct {
			method, path, body string
			header             []string
			status             int
		}{
			{"GET", "/audit", "", nil, 200},
			{"PATCH", "/accounts/ben@example.test", body, nil, 403},
			{"PATCH", "/accounts/ben@example.test", body, []string{httpauth.CSRFHeader, "x" + p.csrf}, 403},
			{"PATCH", "/accounts/ben@example.test", body, []string{httpauth.CSRFHeader, p.csrf, "Origin", "https://elsewhere.test"}, 403},
			{"PATCH", "/accounts/ben@example.test", body, []string{httpauth.CSRFHeader, p.csrf, "Content-Type", "text/plain"}, 415},
			{"PATCH", "/accounts/ben@example.test", body, []string{httpauth.CSRFHeader, p.csrf}, 200},
			{"POST", "/simulate/accounts", `{"address":"desk@example.test","kind":"shared"}`, []string{httpauth.CSRFHeader, p.csrf}, 200},
		} {
			if w := p.ask(c.method, "/admin/v1"+c.path, c.body, c.header...); w.Code != c.status {
				t.Errorf("%s %s %v: %d, want %d: %s", c.method, c.path, c.header, w.Code, c.status, w.Body)
			}
		}
	}
	plain := &page{t: t, server: mux}
	plain.signIn("")
	administers(plain)

	anna := h.SignIn("anna").Directory()
	key, err := anna.BeginSecondFactor(ctx, h.Anna.ID)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	recovery, err := anna.ConfirmSecondFactor(ctx, h.Anna.ID, code)
	if err != nil {
		t.Fatal(err)
	}
	second := &page{t: t, server: mux}
	second.signIn(recovery[0])
	administers(second)
	if w := (&page{t: t, server: mux}).ask("GET", "/admin/v1/audit", ""); w.Code != 401 {
		t.Errorf("nobody: %d", w.Code)
	}
}
