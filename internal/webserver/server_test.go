package webserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestMetricsAreNotForEverybody(t *testing.T) {
	h := New(Options{Metrics: prometheus.NewRegistry(), MetricsFrom: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for peer, status := range map[string]int{
		"127.0.0.1:5": 200, "[::1]:5": 200, "[::ffff:127.0.0.1]:5": 200, "10.1.2.3:5": 200, "10.2.0.1:5": 404, "[2001:db8::1]:5": 404, "": 404,
	} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: %d, want %d", peer, w.Code, status)
		}
	}
}

func TestHandler(t *testing.T) {
	var fault error
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "postroom_test_total", Help: "Test."})
	registry := prometheus.NewRegistry()
	registry.MustRegister(counter)
	h := New(Options{Hostname: "mail.example.test", Version: "1", Metrics: registry, Logger: slog.New(slog.DiscardHandler),
		Ready:    func(context.Context) error { return fault },
		Services: []Service{{"imap", "<b>:143"}}})
	asked := httptest.NewRequest("GET", "/services", nil)
	asked.Header.Set("Accept-Language", "de-AT, en;q=0.5")
	german := httptest.NewRecorder()
	h.ServeHTTP(german, asked)
	if page := german.Body.String(); !strings.Contains(page, `lang="de"`) || !strings.Contains(page, "Richten Sie Ihr Mailprogramm") || strings.Contains(page, "Service") {
		t.Errorf("in German: %s", page)
	}
	tests := []struct {
		method, path string
		fault        error
		status       int
		body         string
	}{
		{"GET", "/healthz", errors.New("x"), 200, "ok"},
		{"GET", "/readyz", nil, 200, "ready"},
		{"GET", "/readyz", errors.New("database"), 503, "not ready"},
		{"GET", "/metrics", nil, 200, "postroom_test_total 0"},
		{"GET", "/services", nil, 200, "mail.example.test runs Postroom"},
		{"GET", "/services", nil, 200, "&lt;b&gt;:143"},
		{"HEAD", "/healthz", nil, 200, ""},
		{"POST", "/", nil, 405, ""},
		{"GET", "/nothing", nil, 404, ""},
	}
	for _, test := range tests {
		fault = test.fault
		w := httptest.NewRecorder()
		r := httptest.NewRequest(test.method, test.path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		h.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != test.status || !strings.Contains(string(body), test.body) {
			t.Errorf("%s %s: %d %q", test.method, test.path, w.Code, body)
		}
		if strings.Contains(string(body), "database") {
			t.Error("a fault was told to the world")
		}
	}
}
