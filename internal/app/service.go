package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/autoconfig"
	"postroom/internal/config"
	"postroom/internal/httpauth"
	"postroom/internal/imapserver"
	"postroom/internal/smtpserver"
	"postroom/internal/store/system"
	"postroom/internal/webserver"
)

// equip gives a service what serves its listener.
func (a *App) equip(s *service) {
	switch s.name {
	case "smtp":
		a.smtp(s, smtpserver.MX)
	case "lmtp":
		a.smtp(s, smtpserver.LMTP)
	case "submission":
		a.smtp(s, smtpserver.Submission)
	case "submissions":
		a.smtp(s, smtpserver.Submissions)
	case "imap":
		srv := a.imap()
		s.serve, s.shutdown = srv.Serve, srv.Shutdown
	case "imaps":
		srv := a.imap()
		s.serve, s.shutdown = srv.ServeTLS, srv.Shutdown
	case "http":
		a.http(s, a.tls.challenge(a.web()), false)
	case "https":
		a.http(s, a.web(), true)
	case adminService:
		a.http(s, a.admin(), false)
	}
}

func (a *App) smtp(s *service, role smtpserver.Role) {
	exposure := smtpserver.TLSOnly
	if a.cfg.SignIn.PlainOnLoopback {
		exposure = smtpserver.LoopbackToo
	}
	srv := smtpserver.New(smtpserver.Options{Role: role, Hostname: a.cfg.Hostname, TLS: a.tlsConfig(), Store: a.store,
		Delivery: a.delivery, Submission: a.submit, Exposure: exposure, Logger: a.log.With("service", s.name),
		Answered: a.metrics.answered(s.name), SpoolDir: filepath.Join(a.cfg.Dir, "spool"),
		Limits: smtpserver.Limits{MessageSize: a.cfg.Limits.MessageBytes, Recipients: a.cfg.Limits.Recipients,
			Connections: a.cfg.Limits.Connections, PerRemote: a.cfg.Limits.ConnectionsPerPeer}})
	s.serve, s.shutdown = srv.Serve, srv.Shutdown
}

func (a *App) imap() *imapserver.Server {
	plain := imapserver.NeedsTLS
	if a.cfg.SignIn.PlainOnLoopback {
		plain = imapserver.Allowed
	}
	return imapserver.New(imapserver.Options{Store: a.store, TLS: a.tlsConfig(), Logger: a.log.With("service", "imap"),
		Hostname: a.cfg.Hostname, PlainSignIn: plain, Tally: a.imapTally, Unauthenticate: a.cfg.IMAP.Unauthenticate,
		JMAP: a.jmapSession()})
}

func (a *App) http(s *service, h http.Handler, secure bool) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.With("service", s.name).Handler(), slog.LevelDebug)}
	s.shutdown = func(ctx context.Context) error {
		if err := srv.Shutdown(ctx); err != nil {
			return errors.Join(err, srv.Close())
		}
		return nil
	}
	serve := srv.Serve
	if secure {
		srv.TLSConfig = a.tlsConfig().Clone()
		serve = func(l net.Listener) error { return srv.ServeTLS(l, "", "") }
	}
	s.serve = func(l net.Listener) error {
		if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
}

func (a *App) web() http.Handler {
	var services []webserver.Service
	for _, s := range a.services {
		switch s.name {
		case "imap", "imaps", "submission", "submissions":
			_, port, _ := net.SplitHostPort(s.listener.Addr().String())
			services = append(services, webserver.Service{Name: s.name, Address: net.JoinHostPort(a.cfg.Hostname, port)})
		}
	}
	mux := http.NewServeMux()
	gate := a.gate()
	jmap := a.jmap(gate)
	mux.Handle("/jmap/", jmap)
	mux.Handle("/.well-known/jmap", jmap)
	mux.Handle(adminwire.Prefix+"/", adminserver.NewPublic(a.adminOptions(), gate))
	mux.Handle(httpauth.Prefix, gate.Handler(a.log))
	mux.Handle("/", webserver.New(webserver.Options{Hostname: a.cfg.Hostname, Version: a.opts.Version, Ready: a.isReady,
		Metrics: a.metrics.registry, MetricsFrom: a.cfg.Metrics.From, Logger: a.log, Services: services,
		Store: a.store, PublicURL: a.cfg.Public(), Local: system.Delivery(a.store).IsLocal, Mail: a.mailSettings(), Gate: gate}))
	return httpauth.Forwarded(httpauth.Proxies{From: a.cfg.Proxy.Trusted, Header: a.cfg.Proxy.Header}, webserver.Shielded(a.cfg.Public(), mux))
}

// mailSettings are the servers that mail programs are told of.
func (a *App) mailSettings() autoconfig.Settings {
	on := make(map[string]autoconfig.Server)
	for _, s := range a.services {
		_, text, _ := net.SplitHostPort(s.listener.Addr().String())
		if port, err := strconv.Atoi(text); err == nil {
			on[s.name] = autoconfig.Server{Host: a.cfg.Hostname, Port: port}
		}
	}
	pick := func(encrypted, upgraded string) (list []autoconfig.Server) {
		if s, ok := on[encrypted]; ok {
			list = append(list, s)
		}
		if s, ok := on[upgraded]; ok {
			s.Security = autoconfig.StartTLS
			list = append(list, s)
		}
		return list
	}
	return autoconfig.Settings{Name: a.cfg.Hostname, IMAP: pick("imaps", "imap"), Submission: pick("submissions", "submission")}
}

// NewLogger makes the logger that a configuration asks for.
func NewLogger(c config.Log, w interface{ Write([]byte) (int, error) }) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked with the configuration
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
