package webserver

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestHandler(t *testing.T) {
	var fault error
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "postroom_test_total", Help: "Test."})
	registry := prometheus.NewRegistry()
	registry.MustRegister(counter)
	h := New(Options{Hostname: "mail.example.test", Version: "1", Metrics: registry, Logger: slog.New(slog.DiscardHandler),
		Ready:    func(context.Context) error { return fault },
		Services: []Service{{"imap", "<b>:143"}}})
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
		{"GET", "/", nil, 200, "mail.example.test runs Postroom"},
		{"GET", "/", nil, 200, "&lt;b&gt;:143"},
		{"HEAD", "/healthz", nil, 200, ""},
		{"POST", "/", nil, 405, ""},
		{"GET", "/nothing", nil, 404, ""},
	}
	for _, test := range tests {
		fault = test.fault
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(test.method, test.path, nil))
		body, _ := io.ReadAll(w.Body)
		if w.Code != test.status || !strings.Contains(string(body), test.body) {
			t.Errorf("%s %s: %d %q", test.method, test.path, w.Code, body)
		}
		if strings.Contains(string(body), "database") {
			t.Error("a fault was told to the world")
		}
	}
}
