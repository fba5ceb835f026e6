package webserver

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestClientFiles(t *testing.T) {
	c := &client{fstest.MapFS{
		"index.html":         {Data: []byte("<!doctype html>")},
		"assets/a-1.js":      {Data: []byte("plain")},
		"assets/a-1.js.br":   {Data: []byte("brotli")},
		"assets/a-1.js.gz":   {Data: []byte("gzipped")},
		"assets/style.css":   {Data: []byte("css")},
		"assets/secret.conf": {Data: []byte("no")},
	}}
	tests := []struct {
		name, accept           string
		status                 int
		body, coding, lifetime string
	}{
		{"a-1.js", "", 200, "plain", "", "immutable"},
		{"a-1.js", "gzip, deflate, br", 200, "brotli", "br", "immutable"},
		{"a-1.js", "gzip;q=0.5, br;q=0", 200, "gzipped", "gzip", "immutable"},
		{"a-1.js", "br; q=0.000, gzip; q=0", 200, "plain", "", "immutable"},
		{"style.css", "br", 200, "css", "", "immutable"},
		{"a-1.js.br", "", 404, "not found", "", "no-store"},
		{"secret.conf", "", 404, "not found", "", "no-store"},
		{"../index.html", "", 404, "not found", "", "no-store"},
		{"absent.js", "", 404, "not found", "", "no-store"},
	}
	for _, test := range tests {
		r := httptest.NewRequest("GET", "/assets/x", nil)
		r.SetPathValue("name", test.name)
		r.Header.Set("Accept-Encoding", test.accept)
		w := httptest.NewRecorder()
		c.asset(w, r)
		h := w.Header()
		if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) || h.Get("Content-Encoding") != test.coding ||
			!strings.Contains(h.Get("Cache-Control"), test.lifetime) {
			t.Errorf("%s (%s): %d %s %v", test.name, test.accept, w.Code, w.Body, h)
		}
	}
	w := httptest.NewRecorder()
	c.index(w, httptest.NewRequest("GET", "/", nil))
	h := w.Header()
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cross-Origin-Opener-Policy") != "same-origin" {
		t.Errorf("headers of the page: %v", h)
	}
}

// What is written into the page of a message can neither run nor fetch.
func TestMessagePagePolicy(t *testing.T) {
	for _, want := range []string{"default-src 'none'", "sandbox ", "form-action 'none'", "img-src blob: data:;"} {
		if !strings.Contains(messagePolicy, want) {
			t.Errorf("lacks %s", want)
		}
	}
	for _, never := range []string{"allow-scripts", "script-src", "allow-forms", "allow-top-navigation", "https:"} {
		if strings.Contains(messagePolicy, never) {
			t.Errorf("has %s", never)
		}
	}
}
