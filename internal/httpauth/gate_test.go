package httpauth_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"postroom"
	"postroom/internal/httpauth"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func newHouse(t *testing.T) *storetest.House {
	return storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
}

// ask makes a request over TLS.
func ask(method string, header ...string) *http.Request {
	r := httptest.NewRequest(method, "https://mail.example.test/x", nil)
	r.RemoteAddr = "192.0.2.1:1234"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func want(t *testing.T, err error, kind postroom.ErrorKind) {
	t.Helper()
	if err == nil || postroom.KindOf(err) != kind {
		t.Errorf("%v, want %v", err, kind)
	}
}

func basic(name, password string) *http.Request {
	r := ask("POST")
	r.SetBasicAuth(name, password)
	return r
}

func TestCheck(t *testing.T) {
	h := newHouse(t)
	g := httpauth.New(httpauth.Options{Store: h.Store, PublicURL: "https://public.example.test"})
	local := httpauth.New(httpauth.Options{Store: h.Store, Exposure: httpauth.LoopbackToo})
	for _, tt := range []struct {
		name   string
		gate   *httpauth.Gate
		peer   string
		method string
		tls    *tls.ConnectionState
		header []string
		ok     bool
	}{
		{name: "TLS", tls: &tls.ConnectionState{}, ok: true},
		{name: "in the clear"},
		{name: "in the clear from here", peer: "127.0.0.1:1"},
		{name: "in the clear from here, permitted", gate: local, peer: "127.0.0.1:1", ok: true},
		{name: "in the clear from elsewhere", gate: local, peer: "192.0.2.1:1"},
		{name: "own page", tls: &tls.ConnectionState{}, header: []string{"Origin", "https://mail.example.test", "Sec-Fetch-Site", "same-origin"}, ok: true},
		{name: "own page behind a proxy", tls: &tls.ConnectionState{}, header: []string{"Origin", "https://public.example.test"}, ok: true},
		{name: "another origin", tls: &tls.ConnectionState{}, header: []string{"Origin", "https://mail.example.test.evil.test"}},
		{name: "another port", tls: &tls.ConnectionState{}, header: []string{"Origin", "https://mail.example.test:8443"}},
		{name: "no origin", tls: &tls.ConnectionState{}, header: []string{"Origin", "null"}},
		{name: "another site", tls: &tls.ConnectionState{}, header: []string{"Sec-Fetch-Site", "cross-site"}},
		{name: "another host of the site", tls: &tls.ConnectionState{}, header: []string{"Sec-Fetch-Site", "same-site"}},
		{name: "a link followed", tls: &tls.ConnectionState{}, header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, ok: true},
		{name: "a link in a frame", tls: &tls.ConnectionState{}, header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}},
		{name: "a form sent", method: "POST", tls: &tls.ConnectionState{}, header: []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.method == "" {
				tt.method = "GET"
			}
			r := ask(tt.method, tt.header...)
			if r.TLS = tt.tls; tt.peer != "" {
				r.RemoteAddr = tt.peer
			}
			if tt.gate == nil {
				tt.gate = g
			}
			err := tt.gate.Check(r)
			if tt.ok && err != nil {
				t.Error(err)
			}
			if !tt.ok {
				want(t, err, postroom.Denied)
				_, err = tt.gate.Session(r, "http")
				want(t, err, postroom.Denied)
			}
		})
	}
}

func TestBasic(t *testing.T) {
	h := newHouse(t)
	g := httpauth.New(httpauth.Options{Store: h.Store})
	for _, r := range []*http.Request{ask("POST"), basic("anna@example.test", "wrong"), basic("anna@example.test", ""),
		basic("nobody@example.test", storetest.Password), ask("POST", "Authorization", "Basic !"), ask("POST", "Authorization", "Basic")} {
		_, err := g.Session(r, "http")
		want(t, err, postroom.SignInFailed)
	}
	r := basic("anna@example.test", storetest.Password)
	first, err := g.Session(r, "jmap")
	if err != nil {
		t.Fatal(err)
	}
	if a := first.Actor(); a.Account != h.Anna.ID || a.Protocol != "jmap" || a.Remote != "192.0.2.1" {
		t.Errorf("actor %+v", a)
	}
	if second, err := g.Session(r, "jmap"); err != nil || second != first {
		t.Errorf("the second request got another session: %v", err)
	}
	if other, err := g.Session(r, "admin"); err != nil || other == first {
		t.Errorf("another protocol got the same session: %v", err)
	}
}

// What was remembered ends with what it stood on.
func TestBasicEnds(t *testing.T) {
	for name, end := range map[string]struct {
		act  func(*storetest.House, *store.Session) error
		kind postroom.ErrorKind
	}{
		"password changed": {func(h *storetest.House, _ *store.Session) error {
			return h.Console.Directory().SetPassword(h.T.Context(), h.Anna.ID, "another password 1")
		}, postroom.SignInFailed},
		"password changed by the session itself": {func(h *storetest.House, s *store.Session) error {
			return s.Directory().SetPassword(h.T.Context(), h.Anna.ID, "another password 1")
		}, postroom.SignInFailed},
		"password taken away": {func(h *storetest.House, _ *store.Session) error {
			return h.Console.Directory().SetPassword(h.T.Context(), h.Anna.ID, "")
		}, postroom.SignInFailed},
		"locked": {func(h *storetest.House, _ *store.Session) error {
			a := h.Anna
			a.State = postroom.Locked
			return h.Console.Directory().UpdateAccount(h.T.Context(), a)
		}, postroom.SignInDisabled},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			g := httpauth.New(httpauth.Options{Store: h.Store})
			r := basic("anna@example.test", storetest.Password)
			s, err := g.Session(r, "jmap")
			if err != nil {
				t.Fatal(err)
			}
			if err := end.act(h, s); err != nil {
				t.Fatal(err)
			}
			_, err = g.Session(r, "jmap")
			want(t, err, end.kind)
		})
	}
}

func TestChallenge(t *testing.T) {
	for mode, want := range map[string]int{"": 2, "navigate": 2, "cors": 1, "same-origin": 1} {
		w, r := httptest.NewRecorder(), ask("GET")
		if mode != "" {
			r.Header.Set("Sec-Fetch-Mode", mode)
		}
		httpauth.Challenge(w, r)
		if n := len(w.Header().Values("WWW-Authenticate")); n != want {
			t.Errorf("%q: %d challenges", mode, n)
		}
	}
}

func now() time.Time { return time.Now() }
