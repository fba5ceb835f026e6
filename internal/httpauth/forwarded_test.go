package httpauth_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"postroom/internal/httpauth"
)

// through tells what a request looks like behind Forwarded.
func through(p httpauth.Proxies, peer string, secure *tls.ConnectionState, header ...string) (remote string, https bool) {
	r := httptest.NewRequest("GET", "http://mail.example.test/", nil)
	r.RemoteAddr, r.TLS = peer, secure
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	httpauth.Forwarded(p, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		remote, https = httpauth.Remote(r), r.TLS != nil
	})).ServeHTTP(httptest.NewRecorder(), r)
	return remote, https
}

func TestForwarded(t *testing.T) {
	networks := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("127.0.0.1/32")}
	x := httpauth.Proxies{From: networks, Header: httpauth.XForwardedFor}
	f := httpauth.Proxies{From: networks, Header: httpauth.ForwardedHeader}
	const proxy, stranger = "10.0.0.1:999", "203.0.113.5:999"
	for name, tt := range map[string]struct {
		p      httpauth.Proxies
		peer   string
		header []string
		remote string
		https  bool
	}{
		"nobody is trusted":      {httpauth.Proxies{}, proxy, []string{"X-Forwarded-For", "192.0.2.1"}, "10.0.0.1", false},
		"a stranger lies":        {x, stranger, []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https"}, "203.0.113.5", false},
		"a proxy":                {x, proxy, []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https"}, "192.0.2.1", true},
		"plain":                  {x, proxy, []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http"}, "192.0.2.1", false},
		"no protocol":            {x, proxy, []string{"X-Forwarded-For", "192.0.2.1"}, "192.0.2.1", false},
		"what the client made":   {x, proxy, []string{"X-Forwarded-For", "127.0.0.1, 192.0.2.1"}, "192.0.2.1", false},
		"two headers":            {x, proxy, []string{"X-Forwarded-For", "127.0.0.1", "X-Forwarded-For", "192.0.2.1"}, "192.0.2.1", false},
		"its protocol":           {x, proxy, []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https", "X-Forwarded-Proto", "http"}, "192.0.2.1", false},
		"proxies in a row":       {x, proxy, []string{"X-Forwarded-For", "192.0.2.1, 10.1.2.3"}, "192.0.2.1", false},
		"only proxies":           {x, proxy, []string{"X-Forwarded-For", "10.9.9.9, 10.1.2.3"}, "10.9.9.9", false},
		"no header":              {x, proxy, nil, "10.0.0.1", false},
		"unknown":                {x, proxy, []string{"X-Forwarded-For", "192.0.2.1, unknown"}, "10.0.0.1", false},
		"the other header":       {x, proxy, []string{"Forwarded", "for=192.0.2.1;proto=https"}, "10.0.0.1", false},
		"with a port":            {x, proxy, []string{"X-Forwarded-For", "192.0.2.1:4711"}, "192.0.2.1", false},
		"IPv6":                   {x, "[::1]:5", []string{"X-Forwarded-For", "2001:db8::1"}, "2001:db8::1", false},
		"Forwarded":              {f, proxy, []string{"Forwarded", `for=192.0.2.1;proto=https;by=10.0.0.1`}, "192.0.2.1", true},
		"Forwarded IPv6":         {f, proxy, []string{"Forwarded", `For="[2001:db8::1]:4711"; Proto=HTTPS`}, "2001:db8::1", true},
		"Forwarded in a row":     {f, proxy, []string{"Forwarded", `for=127.0.0.1;proto=https, for=192.0.2.1;proto=http, for=10.1.1.1`}, "192.0.2.1", false},
		"Forwarded hidden":       {f, proxy, []string{"Forwarded", `for=192.0.2.1, for=_gazonk;proto=https`}, "10.0.0.1", true},
		"Forwarded with a quote": {f, proxy, []string{"Forwarded", `for="a, for=192.0.2.1`}, "10.0.0.1", false},
		"Forwarded, X- ignored":  {f, proxy, []string{"X-Forwarded-For", "192.0.2.1"}, "10.0.0.1", false},
	} {
		if remote, https := through(tt.p, tt.peer, nil, tt.header...); remote != tt.remote || https != tt.https {
			t.Errorf("%s: %s %v, want %s %v", name, remote, https, tt.remote, tt.https)
		}
	}
	if _, https := through(x, proxy, &tls.ConnectionState{}, "X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http"); https {
		t.Error("TLS of the proxy alone")
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("192.0.2.1, 10.0.0.2", `for="[2001:db8::1]:4711";proto=https, for=_x`)
	f.Add(strings.Repeat(",", 100), `for="\"`)
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f.Fuzz(func(t *testing.T, list, elements string) {
		for _, kind := range []string{httpauth.XForwardedFor, httpauth.ForwardedHeader} {
			remote, _ := through(httpauth.Proxies{From: trusted, Header: kind}, "10.0.0.1:1", nil, "X-Forwarded-For", list, "Forwarded", elements)
			if _, err := netip.ParseAddr(remote); err != nil {
				t.Errorf("%q %q: %q", list, elements, remote)
			}
			if remote, _ := through(httpauth.Proxies{From: trusted, Header: kind}, "203.0.113.1:1", nil, "X-Forwarded-For", list, "Forwarded", elements); remote != "203.0.113.1" {
				t.Errorf("a stranger's %q %q: %q", list, elements, remote)
			}
		}
	})
}
