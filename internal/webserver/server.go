// Package webserver answers HTTP: health, metrics and a start page. What it says
// of the server's state it is told by the wiring.
package webserver

import (
	"context"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"postroom/internal/autoconfig"
	"postroom/internal/httpauth"
	"postroom/internal/store"
)

//go:embed start.html invitation.html invitation.css
var pages embed.FS

// readyTimeout bounds the question whether the server is ready.
const readyTimeout = 5 * time.Second

// Options of a handler.
type Options struct {
	Hostname string
	Version  string
	// Ready answers nil when the server can do its work.
	Ready   func(context.Context) error
	Metrics prometheus.Gatherer
	// MetricsFrom are the networks that may read /metrics; this machine always
	// may. To others it is not there.
	MetricsFrom []netip.Prefix
	Logger      *slog.Logger
	// Services are shown on the start page.
	Services []Service
	// Store holds the invitations; nil leaves their page out.
	Store *store.Store
	// PublicURL is how the world reaches this server, without a slash at the
	// end.
	PublicURL string
	// Local reports whether a domain's mail is here, and Mail has the servers
	// that programs are told of; nil leaves the settings out.
	Local func(ctx context.Context, domain string) (bool, error)
	Mail  autoconfig.Settings
	// Gate tells who asks for settings of their own; needed with Local.
	Gate *httpauth.Gate
}

// startPage is what the start page says.
type startPage struct {
	Options
	// Client says that this binary has the web client.
	Client bool
	// German is the language the page is in; else English.
	German bool
}

// Service is one protocol with its port.
type Service struct{ Name, Address string }

// New builds the handler.
//
//	/          the web client, or the start page when this binary has none
//	/services  the start page: what mail programs need
//	/healthz   200 while the process lives
//	/readyz    200 when it can work, else 503
//	/invitation/TOKEN   where somebody invited chooses a password
//	/mail/config-v1.1.xml, /autodiscover/autodiscover.xml   settings for mail programs
//	/profile.mobileconfig   the same for Apple's, for who signs in
//	/metrics   Prometheus text format, for those who may
func New(o Options) http.Handler {
	start := template.Must(template.ParseFS(pages, "start.html"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		if err := o.Ready(ctx); err != nil {
			o.Logger.Warn("not ready", "error", err)
			plain(w, http.StatusServiceUnavailable, "not ready\n")
			return
		}
		plain(w, http.StatusOK, "ready\n")
	})
	metrics := promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if !allowed(r.RemoteAddr, o.MetricsFrom) {
			http.NotFound(w, r)
			return
		}
		metrics.ServeHTTP(w, r)
	})
	bundled := registerClient(mux)
	services := func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Vary", "Accept-Language")
		if err := start.Execute(w, startPage{o, bundled, wantsGerman(r)}); err != nil {
			o.Logger.Debug("start page not written", "error", err)
		}
	}
	mux.HandleFunc("GET /services", services)
	if !bundled {
		mux.HandleFunc("GET /{$}", services)
	}
	if o.Store != nil {
		invitations := newInvitationPage(o)
		mux.HandleFunc("GET /invitation/{token}", invitations.get)
		mux.HandleFunc("POST /invitation/{token}", invitations.post)
	}
	if o.Local != nil {
		(&discovery{o}).register(mux)
	}
	return mux
}

// allowed reports whether a peer (address and port) is this machine or in one
// of the networks.
func allowed(peer string, networks []netip.Prefix) bool {
	from, err := netip.ParseAddrPort(peer)
	if err != nil {
		return false
	}
	addr := from.Addr().Unmap()
	return addr.IsLoopback() || slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}

func plain(w http.ResponseWriter, status int, text string) {
	secure(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has gone is no fault
}

// secure sets what every answer of ours has.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
}
