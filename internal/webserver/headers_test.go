package webserver

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestShielded(t *testing.T) {
	own := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Security-Policy", "own") })
	for _, tt := range []struct {
		public, asked, sts string
		next               http.Handler
		policy             string
	}{
		{"https://mail.example.test", "https://mail.example.test/x", hsts, http.NotFoundHandler(), "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"},
		{"https://mail.example.test", "http://mail.example.test/x", "", own, "own"},
		{"https://mail.example.test:8443", "https://mail.example.test:8443/x", "", own, "own"},
		{"http://127.0.0.1:10080", "http://127.0.0.1:10080/x", "", own, "own"},
	} {
		w := httptest.NewRecorder()
		Shielded(tt.public, tt.next).ServeHTTP(w, httptest.NewRequest("GET", tt.asked, nil))
		h := w.Header()
		if h.Get("Strict-Transport-Security") != tt.sts || h.Get("Content-Security-Policy") != tt.policy || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", tt.asked, h)
		}
	}
}
