// Package app builds the server from its configuration, by hand: every part is
// made here and given what it needs. It runs the parts and ends them in order.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"postroom"
	"postroom/internal/adminserver"
	"postroom/internal/adminwire"
	"postroom/internal/config"
	"postroom/internal/delivery"
	"postroom/internal/egress"
	"postroom/internal/imageproxy"
	"postroom/internal/imapserver/tally"
	"postroom/internal/mailauth"
	"postroom/internal/queue"
	"postroom/internal/sharing"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/system"
	"postroom/internal/submission"
	"postroom/internal/webpush"
)

// shutdownTime bounds how long commands under way may take when the server ends.
const shutdownTime = 10 * time.Second

// Options besides the configuration.
type Options struct {
	Logger  *slog.Logger
	Version string
}

// App is a server. Make it with New; Run serves until its context ends; Close
// it when it was not run.
type App struct {
	cfg  config.Config
	log  *slog.Logger
	opts Options

	store    *store.Store
	console  *store.Session
	queue    *store.QueueSession
	delivery *delivery.Agent
	submit   *submission.Agent
	worker   *queue.Worker
	sharing  *sharing.Service
	images   *imageproxy.Fetcher
	signer   *webpush.Signer // nil: nothing is pushed
	tls      *certificate
	metrics  *metrics
	// imapTally counts for both IMAP listeners.
	imapTally *tally.Tally
	providers *login.Providers
	published *publishedRecords

	services []*service
	// atEnd ends what services do until they are told to stop.
	atEnd []func()
	ready atomic.Bool
	close sync.Once
}

// service is one listener with what serves it.
type service struct {
	name     string
	listener net.Listener
	serve    func(net.Listener) error
	shutdown func(context.Context) error
}

// New opens the store and builds every part; nothing is listened on yet.
func New(ctx context.Context, cfg config.Config, o Options) (*App, error) {
	a := &App{cfg: cfg, log: o.Logger, opts: o, metrics: newMetrics(o.Version),
		imapTally: tally.New(tally.Limits{PerAddress: cfg.IMAP.ConnectionsPerAddress, PerAccount: cfg.IMAP.ConnectionsPerAccount})}
	var err error
	a.store, err = store.Open(ctx, store.Options{Dir: cfg.Dir, DatabaseURL: cfg.Database.URL, Logger: o.Logger, Hostname: cfg.Hostname, KeyFile: cfg.SignIn.KeyFile, Providers: providerDomains(cfg.OpenID),
		WebSessionLife: cfg.SignIn.SessionLength, WebSessionIdle: cfg.SignIn.SessionIdle, ProofLife: cfg.SignIn.ConfirmAfter, Metrics: a.metrics.store()})
	if err != nil {
		return nil, err
	}
	if a.signer, err = newSigner(ctx, a.store, cfg); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	if err := a.build(); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) build() error {
	a.console = system.Console(a.store)
	a.queue = system.Queue(a.store)
	a.metrics.registry.MustRegister(newFigures(a.console.Directory(), a.log))
	var err error
	if a.tls, err = openCertificate(a.cfg, a.log); err != nil {
		return err
	}
	if err := a.openProviders(); err != nil {
		return err
	}
	resolver, err := newResolver(a.cfg.DNS)
	if err != nil {
		return err
	}
	if a.published, err = newPublished(a.cfg.DNS, a.cfg.Hostname); err != nil {
		return err
	}
	a.delivery = delivery.New(delivery.Options{Store: system.Delivery(a.store),
		Hostname: a.cfg.Hostname, Resolver: resolver, Logger: a.log})
	a.submit = submission.New(submission.Options{Hostname: a.cfg.Hostname, Logger: a.log})
	a.images = imageproxy.New(imageproxy.Options{Dial: (&egress.Dialer{Resolver: resolver}).Dial})
	a.sharing = sharing.New(sharing.Options{Notices: system.Notices(a.store), Logger: a.log})
	a.worker = queue.New(queue.Options{Queue: a.queue, Local: a.delivery, Transport: newTransport(a.cfg, resolver),
		Hostname: a.cfg.Hostname, Postmaster: a.delivery.Postmaster, Logger: a.log, Attempted: a.metrics.attempted,
		Messages: a.cfg.Limits.MessagesAtOnce, PerDomain: a.perDomain()})
	return nil
}

// perDomain spreads the load on others' servers; a smarthost wants it all.
func (a *App) perDomain() int {
	if a.cfg.Smarthost.Address != "" || a.cfg.Outbox != "" {
		return 0
	}
	if n := a.cfg.Limits.DeliveriesPerDomain; n > 0 {
		return n
	}
	return 4
}

// Console is the session of whoever holds the machine.
func (a *App) Console() *store.Session { return a.console }

// Addresses are the addresses listened on, by the name of the service.
func (a *App) Addresses() map[string]string {
	m := map[string]string{}
	for _, s := range a.services {
		if s.name != adminService {
			m[s.name] = s.listener.Addr().String()
		}
	}
	return m
}

const adminService = "admin"

// Listen opens every listener: all or none.
func (a *App) Listen() (err error) {
	defer func() {
		if err != nil {
			a.closeListeners()
		}
	}()
	for _, on := range a.cfg.Listen.ByName() {
		l, err := net.Listen("tcp", on.Address)
		if err != nil {
			return fmt.Errorf("listen.%s: %w", on.Name, err)
		}
		s := &service{name: on.Name, listener: a.metrics.count(on.Name, l)}
		a.services = append(a.services, s)
	}
	l, err := adminserver.Listen(a.cfg.Socket)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	a.services = append(a.services, &service{name: adminService, listener: l})
	for _, s := range a.services {
		a.equip(s)
	}
	return nil
}

func (a *App) closeListeners() {
	for _, s := range a.services {
		_ = s.listener.Close()
	}
	a.services = nil
}

// Run serves on what Listen has opened until ctx ends, then lets what is under
// way finish, closes the store and returns. ready is called when every
// listener answers.
func (a *App) Run(ctx context.Context, ready func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	faults := make(chan error, len(a.services)+2)
	var running sync.WaitGroup
	for _, s := range a.services {
		running.Go(func() {
			if err := s.serve(s.listener); err != nil && ctx.Err() == nil {
				faults <- fmt.Errorf("%s: %w", s.name, err)
			}
		})
	}
	running.Go(func() {
		if err := a.worker.Run(ctx); err != nil {
			faults <- fmt.Errorf("queue: %w", err)
		}
	})
	running.Go(func() {
		if err := a.sharing.Run(ctx); err != nil {
			faults <- fmt.Errorf("sharing: %w", err)
		}
	})
	a.ready.Store(true)
	ready()
	var err error
	select {
	case <-ctx.Done():
	case err = <-faults:
	}
	a.log.Info("shutting down")
	a.ready.Store(false)
	cancel()
	a.shutdown()
	running.Wait()
	return errors.Join(err, a.Close())
}

// shutdown ends all services at once, the administration last of all to close.
func (a *App) shutdown() {
	a.endServices()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	var wait sync.WaitGroup
	for _, s := range a.services {
		wait.Go(func() {
			if err := s.shutdown(ctx); err != nil {
				a.log.Warn("cut off", "service", s.name, "error", err)
			}
		})
	}
	wait.Wait()
}

// endServices ends what services do besides serving, once.
func (a *App) endServices() {
	for _, end := range a.atEnd {
		end()
	}
	a.atEnd = nil
}

// Close ends what New began. Run does it by itself.
func (a *App) Close() (err error) {
	a.close.Do(func() {
		a.endServices()
		a.closeListeners()
		a.tls.close()
		err = a.store.Close()
	})
	return err
}

// isReady is the answer of /readyz: it listens and the database answers.
func (a *App) isReady(ctx context.Context) error {
	if !a.ready.Load() {
		return errors.New("not serving")
	}
	_, err := a.console.Directory().Domains(ctx)
	return err
}

// admin builds the administration API for the socket: who may open the socket
// is the console.
func (a *App) admin() http.Handler {
	o := a.adminOptions()
	o.Session = func(*http.Request) (*store.Session, error) { return a.console, nil }
	return adminserver.New(o)
}

func (a *App) adminOptions() adminserver.Options {
	return adminserver.Options{
		Records:   func(d postroom.Domain) ([]adminwire.Record, error) { return Records(d, a.cfg.Hostname) },
		Published: a.published.check,
		Logger:    a.log,
		Issuers:   a.issuers(),

		Invitations: adminserver.Invitations{Link: a.invitationLink, Compose: a.composeInvitation,
			Accept: func(ctx context.Context, token, password string, from postroom.Actor) (store.Invitee, error) {
				return login.Accept(ctx, a.store, token, password, from.Protocol, from.Remote)
			}},
	}
}

// recordsOf are the records of a domain with the key that it has.
func recordsOf(d postroom.Domain, host string) ([]mailauth.DNSRecord, error) {
	var keys []mailauth.Key
	if d.DKIMKey != "" {
		key, err := mailauth.ParseKey(d.DKIMSelector, []byte(d.DKIMKey))
		if err != nil {
			return nil, fmt.Errorf("DKIM key of %s: %w", d.Name, err)
		}
		keys = append(keys, key)
	}
	return mailauth.Records(d.Name, host, keys...)
}

// Records lists the DNS records to publish for a domain served by host.
func Records(d postroom.Domain, host string) ([]adminwire.Record, error) {
	list, err := recordsOf(d, host)
	if err != nil {
		return nil, err
	}
	out := make([]adminwire.Record, len(list))
	for i, r := range list {
		out[i] = adminwire.Record{Name: r.Name, Type: r.Type, Value: r.Value}
	}
	return out, nil
}

// tlsConfig of the listeners.
func (a *App) tlsConfig() *tls.Config { return a.tls.config }
