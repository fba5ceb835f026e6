package httpauth_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"

	"postroom/internal/httpauth"
	"postroom/internal/openid/openidtest"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// linkable are the providers that a page may offer to link.
func (p *page) linkable() (list []string) {
	p.t.Helper()
	var m httpauth.Methods
	must(p.t, json.NewDecoder(p.send(httptest.NewRequest("GET", "https://mail.example.test/auth/methods", nil)).Body).Decode(&m))
	for _, one := range m.Providers {
		if one.MayLink {
			list = append(list, one.ID)
		}
	}
	return list
}

// prove goes to the provider from a session and comes back.
func (p *page) prove(fake *openidtest.Provider) string {
	p.t.Helper()
	var to httpauth.Continue
	if status := p.post("/auth/openid/corp/link", struct{}{}, &to); status != 200 {
		p.t.Fatal(status)
	}
	u, err := url.Parse(to.URL)
	must(p.t, err)
	before := p.cookies["__Host-postroom"]
	at := p.arrive(fake.Code(u.Query())).Header.Get("Location")
	if p.cookies["__Host-postroom"] != before {
		p.t.Error("linking signed somebody in")
	}
	return at
}

// Somebody signed in links an account elsewhere; nobody links one for them.
func TestLinking(t *testing.T) {
	h := newHouse(t)
	gate, fake := corp(t, h, login.BySelf)
	fake.Claims = is("ben@elsewhere.test", true, "7")
	p, other := newPage(t, gate), newPage(t, gate)
	if p.post("/auth/openid/corp/link", struct{}{}, nil) != 401 || len(p.linkable()) != 0 {
		t.Error("without a session")
	}
	for who, page := range map[string]*page{"ben": p, "cleo": other} {
		if status := page.post("/auth/sign-in", httpauth.SignIn{Address: who + "@example.test", Password: storetest.Password}, nil); status != 200 || page.who() == "" {
			t.Fatal(status)
		}
	}
	if len(p.linkable()) != 1 {
		t.Error("not offered")
	}
	csrf := p.csrf
	if p.csrf = ""; p.post("/auth/openid/corp/link", struct{}{}, nil) != 403 {
		t.Error("begun without the token of the page")
	}
	p.csrf = csrf
	if status := p.post("/auth/openid/link", struct{}{}, nil); status != 422 {
		t.Error("nothing was proved:", status)
	}
	if at := p.prove(fake); at != "/#/settings/sign-in?link=corp" {
		t.Fatal(at)
	}
	if p.csrf = ""; p.post("/auth/openid/link", struct{}{}, nil) != 403 {
		t.Error("linked without the token of the page")
	}
	p.csrf = csrf
	// Put into somebody else's browser, it links nothing there.
	other.cookies["__Host-postroom-link"] = p.cookies["__Host-postroom-link"]
	if status := other.post("/auth/openid/link", struct{}{}, nil); status != 422 {
		t.Error(status)
	}
	if status := p.post("/auth/openid/link", struct{}{}, nil); status != 200 || p.cookies["__Host-postroom-link"] != nil {
		t.Error(status, p.cookies)
	}
	fresh := newPage(t, gate)
	if at := fresh.there(fake); at != "/" || fresh.who() != "ben@example.test" {
		t.Error(at)
	}
	if at := other.prove(fake); at != "/#/settings/sign-in?link=corp" {
		t.Error(at)
	}
	if status := other.post("/auth/openid/link", struct{}{}, nil); status != 409 {
		t.Error("linked with two:", status)
	}
	fake.Refuse = "invalid_grant"
	if at := other.prove(fake); at != "/#/settings/sign-in?refused=failed" {
		t.Error(at)
	}
}
