package openid_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/openid"
	"postroom/internal/openid/openidtest"
)

const back = "https://mail.example.test/auth/openid/corp/callback"

func client(p *openidtest.Provider) *openid.Client {
	return openid.New(openid.Settings{ID: "corp", Title: "Corp", Issuer: p.URL, ClientID: p.ClientID, ClientSecret: p.ClientSecret,
		Scopes: []string{"email"}, RedirectURL: back})
}

// begin sends a browser to the provider; the answer is what it comes back with.
func begin(t *testing.T, c *openid.Client, p *openidtest.Provider) (openid.Attempt, url.Values) {
	t.Helper()
	to, a, err := c.Begin(t.Context(), openid.AnySession)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, p.URL+"/authorize?") {
		t.Fatal(to, err)
	}
	q := u.Query()
	if q.Get("response_type") != "code" || q.Get("scope") != "openid email" || q.Get("code_challenge_method") != "S256" || len(q.Get("nonce")) < 40 ||
		len(q.Get("state")) < 40 || strings.Contains(to, a.Verifier) {
		t.Fatal(to)
	}
	home, err := url.Parse(p.Code(q))
	if err != nil {
		t.Fatal(err)
	}
	return a, home.Query()
}

func TestFinish(t *testing.T) {
	p := openidtest.New(t)
	c := client(p)
	for email, want := range map[string]struct {
		verified any
		is       string
	}{
		"anna@example.test": {true, "anna@example.test"}, "ben@example.test": {"true", "ben@example.test"},
		"cleo@example.test": {false, ""}, "dora@example.test": {nil, ""}, "emil@example.test": {"false", ""},
	} {
		p.Claims = map[string]any{"email": email, "email_verified": want.verified}
		a, q := begin(t, c, p)
		person, err := c.Finish(t.Context(), a, q)
		if err != nil || person != (openid.Person{Issuer: p.URL, Subject: "subject-1", Email: want.is}) {
			t.Errorf("%s: %+v %v", email, person, err)
		}
	}
	if to := c.SignOutURL(t.Context(), "https://mail.example.test/"); to != p.URL+"/end?client_id=postroom&post_logout_redirect_uri=https%3A%2F%2Fmail.example.test%2F" {
		t.Error(to)
	}
}

// A code is given once, in the way the provider takes it, whatever comes of it.
func TestACodeIsGivenOnce(t *testing.T) {
	for _, post := range []bool{false, true} {
		p := openidtest.New(t)
		p.Post = post
		c := client(p)
		a, q := begin(t, c, p)
		if _, err := c.Finish(t.Context(), a, q); err != nil || p.Asked != 1 {
			t.Errorf("in the body %t: %v, asked %d times", post, err, p.Asked)
		}
		p.Refuse = "invalid_client"
		a, q = begin(t, c, p)
		if _, err := c.Finish(t.Context(), a, q); err == nil || p.Asked != 2 {
			t.Errorf("in the body %t, refused: %v, asked %d times", post, err, p.Asked)
		}
	}
}

// No token is taken that somebody else may have got, made or kept.
func TestFinishRefuses(t *testing.T) {
	forged, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*openidtest.Provider, *openid.Attempt, url.Values) {
		return func(p *openidtest.Provider, _ *openid.Attempt, _ url.Values) { p.Claims = map[string]any{name: value} }
	}
	other := openidtest.New(t)
	for name, spoil := range map[string]func(p *openidtest.Provider, a *openid.Attempt, q url.Values){
		"nonce":            claim("nonce", "another"),
		"no nonce":         claim("nonce", nil),
		"issuer":           claim("iss", other.URL),
		"audience":         claim("aud", "somebody else"),
		"no audience":      claim("aud", nil),
		"audiences":        claim("aud", []string{"postroom", "somebody else"}),
		"authorized party": claim("azp", "somebody else"),
		"expired":          claim("exp", time.Now().Add(-time.Minute).Unix()),
		"no end":           claim("exp", nil),
		"not yet":          claim("nbf", time.Now().Add(time.Hour).Unix()),
		"no subject":       claim("sub", nil),
		"not signed":       func(p *openidtest.Provider, _ *openid.Attempt, _ url.Values) { p.Algorithm = "none" },
		"by the secret":    func(p *openidtest.Provider, _ *openid.Attempt, _ url.Values) { p.Algorithm = "HS256" },
		"another key":      func(p *openidtest.Provider, _ *openid.Attempt, _ url.Values) { p.Key = forged },
		"state":            func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Set("state", "x") },
		"no state":         func(_ *openidtest.Provider, a *openid.Attempt, q url.Values) { a.State = ""; q.Del("state") },
		"code":             func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Set("code", "x") },
		"no code":          func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Del("code") },
		"verifier":         func(_ *openidtest.Provider, a *openid.Attempt, _ url.Values) { a.Verifier = strings.Repeat("x", 43) },
		"another provider": func(_ *openidtest.Provider, a *openid.Attempt, _ url.Values) { a.Provider = "other" },
		"mixed up":         func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Set("iss", other.URL) },
		"named twice":      func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Add("iss", other.URL) },
		"refused":          func(_ *openidtest.Provider, _ *openid.Attempt, q url.Values) { q.Set("error", "access_denied") },
		"refused late":     func(p *openidtest.Provider, _ *openid.Attempt, _ url.Values) { p.Refuse = "invalid_client" },
	} {
		t.Run(name, func(t *testing.T) {
			p := openidtest.New(t)
			c := client(p)
			a, q := begin(t, c, p)
			spoil(p, &a, q)
			person, err := c.Finish(t.Context(), a, q)
			if err == nil || postroom.KindOf(err) != postroom.SignInFailed || person != (openid.Person{}) {
				t.Errorf("%+v %v", person, err)
			}
		})
	}
}

// A code that was used is used: the same answer twice opens nothing twice.
func TestCodeCountsOnce(t *testing.T) {
	p := openidtest.New(t)
	c := client(p)
	a, q := begin(t, c, p)
	if _, err := c.Finish(t.Context(), a, q); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Finish(t.Context(), a, q); postroom.KindOf(err) != postroom.SignInFailed {
		t.Error(err)
	}
}

// A provider that is not there, or says it is another, is told of plainly.
func TestSilence(t *testing.T) {
	p := openidtest.New(t)
	c := client(p)
	a, q := begin(t, c, p)
	p.Close()
	if _, err := c.Finish(t.Context(), a, q); postroom.KindOf(err) != postroom.Unavailable {
		t.Error(err)
	}
	if _, _, err := client(p).Begin(t.Context(), openid.AnySession); postroom.KindOf(err) != postroom.Unavailable || !strings.Contains(postroom.TextOf(err), "Corp") {
		t.Error(err)
	}
	if to := client(p).SignOutURL(context.Background(), "x"); to != "" {
		t.Error(to)
	}
	liar := openidtest.New(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"issuer":"https://evil.test","authorization_endpoint":"https://evil.test/a"}`))
	})
	liar.Config.Handler = mux
	if _, _, err := client(liar).Begin(t.Context(), openid.AnySession); postroom.KindOf(err) != postroom.Unavailable {
		t.Error(err)
	}
}
