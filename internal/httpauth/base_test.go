package httpauth_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http/httptest"
	"testing"

	"postroom/internal/httpauth"
)

// TestBase: only names of this server come back, and the public URL for all
// others.
func TestBase(t *testing.T) {
	local := func(_ context.Context, domain string) (bool, error) {
		if domain == "broken.example.test" {
			return true, errors.New("no database")
		}
		return domain == "example.test" || domain == "xn--mnchen-3ya.example.test", nil
	}
	o := httpauth.Options{Store: newHouse(t).Store, PublicURL: "https://public.example.test:8443",
		Hosts: []string{"mail.example.test", "Other.example.test"}, Local: local}
	world := httpauth.New(o)
	o.Exposure = httpauth.LoopbackToo
	demo := httpauth.New(o)
	const public = "https://public.example.test:8443"
	for _, tt := range []struct {
		host, peer string
		gate       *httpauth.Gate
		tls        bool
		want       string
	}{
		{host: "public.example.test:8443", want: public}, // whatever a proxy asks us by
		{host: "PUBLIC.example.test:8443", tls: true, want: public},
		{host: "public.example.test", tls: true, want: public},
		{host: "mail.example.test", tls: true, want: "https://mail.example.test"},
		{host: "mail.example.test", want: "http://mail.example.test"},
		{host: "Mail.Example.test:444", tls: true, want: "https://mail.example.test:444"},
		{host: "other.example.test", tls: true, want: "https://other.example.test"},
		{host: "example.test", tls: true, want: "https://example.test"},
		{host: "xn--mnchen-3ya.example.test", tls: true, want: "https://xn--mnchen-3ya.example.test"},
		{host: "evil.test", tls: true, want: public},
		{host: "evil.test:443", tls: true, want: public},
		{host: "mail.example.test.evil.test", tls: true, want: public},
		{host: "evil.test/mail.example.test", tls: true, want: public},
		{host: "evil@mail.example.test", tls: true, want: public},
		{host: "mail.example.test:443@evil.test", tls: true, want: public},
		{host: "mail.example.test:evil", tls: true, want: public},
		{host: "mail.example.test:", tls: true, want: public},
		{host: "broken.example.test", tls: true, want: public},
		{host: "192.0.2.9", tls: true, want: public},
		{host: "[2001:db8::1]:443", tls: true, want: public},
		{host: "", tls: true, want: public},
		{host: "localhost:8080", want: public},
		{host: "127.0.0.1:8080", peer: "127.0.0.1:5", want: public},
		{host: "127.0.0.1:8080", peer: "127.0.0.1:5", gate: demo, want: "http://127.0.0.1:8080"},
		{host: "[::1]:8080", peer: "[::1]:5", gate: demo, want: "http://[::1]:8080"},
		{host: "localhost:8443", peer: "127.0.0.1:5", gate: demo, tls: true, want: "https://localhost:8443"},
		{host: "localhost:8080", peer: "192.0.2.1:5", gate: demo, want: public},
		{host: "evil.test", peer: "127.0.0.1:5", gate: demo, want: public},
	} {
		r := httptest.NewRequest("GET", "/jmap/session", nil)
		r.Host, r.TLS = tt.host, nil
		r.Header.Set("X-Forwarded-Proto", "https") // of nobody who is trusted
		r.Header.Set("X-Forwarded-Host", "evil.test")
		if tt.peer != "" {
			r.RemoteAddr = tt.peer
		}
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		gate := tt.gate
		if gate == nil {
			gate = world
		}
		if got := gate.Base(r); got != tt.want {
			t.Errorf("%q from %s: %s, want %s", tt.host, r.RemoteAddr, got, tt.want)
		}
	}
}
