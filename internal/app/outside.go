package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"postroom/internal/config"
	"postroom/internal/dns"
	"postroom/internal/queue"
	"postroom/internal/smtpclient"
	"postroom/internal/tlscert"
)

// certificate is where the TLS configuration comes from.
type certificate struct {
	config *tls.Config
	acme   *tlscert.ACME
}

func openCertificate(cfg config.Config, log *slog.Logger) (*certificate, error) {
	names := append([]string{cfg.Hostname}, cfg.TLS.Names...)
	dir := filepath.Join(cfg.Dir, "tls")
	switch cfg.TLS.Mode {
	case "files":
		f, err := tlscert.LoadFiles(cfg.TLS.Cert, cfg.TLS.Key, tlscert.FilesOptions{
			OnError: func(err error) { log.Error("certificate not read again", "error", err) }})
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		return &certificate{config: f.Config()}, nil
	case "acme":
		a, err := tlscert.StartACME(tlscert.ACMEOptions{Names: names, Dir: dir, Email: cfg.TLS.Email, Directory: cfg.TLS.Directory,
			HTTPPort: portOf(cfg.Listen.HTTP), TLSPort: portOf(cfg.Listen.HTTPS),
			OnEvent: func(event string, details map[string]any) {
				log.Info("certificate", "event", event, "details", details)
			}})
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		return &certificate{config: a.Config(), acme: a}, nil
	}
	f, err := tlscert.SelfSigned(dir, time.Now(), append(names, "localhost", "127.0.0.1", "::1")...)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return &certificate{config: f.Config()}, nil
}

// challenge answers the questions of an ACME authority before h.
func (c *certificate) challenge(h http.Handler) http.Handler {
	if c.acme == nil {
		return h
	}
	return c.acme.Handler(h)
}

func (c *certificate) close() {
	if c != nil && c.acme != nil {
		c.acme.Close()
	}
}

func portOf(address string) int {
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return n
}

func newResolver(c config.DNS) (dns.Resolver, error) {
	if c.Off {
		return dns.None{}, nil
	}
	return dns.NewClient(dns.Options{Servers: c.Servers})
}

// hosts finds a smarthost that was named by the operator, with the system's
// resolver.
type hosts struct{ dns.None }

// LookupIPAddr asks the system.
func (hosts) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return net.DefaultResolver.LookupIPAddr(ctx, host)
}

// newTransport is how mail leaves: into a folder, through a smarthost, or to
// the hosts of the recipients.
func newTransport(cfg config.Config, resolver dns.Resolver) queue.Transport {
	if cfg.Outbox != "" {
		return &queue.Outbox{Dir: cfg.Outbox}
	}
	security := map[string]smtpclient.Security{"opportunistic": smtpclient.Opportunistic, "encrypted": smtpclient.Encrypted,
		"verified": smtpclient.Verified, "implicit": smtpclient.Implicit, "plain": smtpclient.Plain}
	d := &smtpclient.Dialer{Hostname: cfg.Hostname, Resolver: resolver, Security: security[cfg.Smarthost.TLS],
		Smarthost: smtpclient.Smarthost{Addr: cfg.Smarthost.Address, User: cfg.Smarthost.User, Password: cfg.Smarthost.Password}}
	if cfg.Smarthost.Address != "" && cfg.DNS.Off {
		d.Resolver = hosts{}
	}
	return d
}
