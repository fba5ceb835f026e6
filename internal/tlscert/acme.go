package tlscert

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// ACMEOptions says whom to ask for what.
type ACMEOptions struct {
	// Names to certify, at least one; DNS must point them at this server.
	Names []string
	// Dir keeps account, keys and certificates.
	Dir string
	// Email of the account, for the authority's warnings; may be empty.
	Email string
	// Directory is the URL of the authority's directory; "" is Let's Encrypt.
	Directory string
	// Roots to trust when talking to the authority; nil are those of the system.
	Roots *x509.CertPool
	// HTTPPort and TLSPort are where this server listens for what the world knows as ports
	// 80 and 443; 0 means just these.
	HTTPPort, TLSPort int
	// OnEvent hears what happens: "cert_obtained", "cert_failed" and others of
	// certmagic, with details. nil ignores it.
	OnEvent func(event string, details map[string]any)
}

// ACME obtains certificates and renews them in the background.
type ACME struct {
	config *certmagic.Config
	cache  *certmagic.Cache
	issuer *certmagic.ACMEIssuer
	cancel context.CancelFunc
}

// StartACME begins to manage certificates and returns at once; handshakes fail until the
// first one is there. The operator's use of it is taken as agreement to the authority's terms.
// It works until Close.
func StartACME(o ACMEOptions) (*ACME, error) {
	if len(o.Names) == 0 || o.Dir == "" {
		return nil, errors.New("ACME: names and a folder are needed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &ACME{cancel: cancel}
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return a.config, nil },
		Logger:           zap.NewNop(), // OnEvent tells
	})
	a.config = certmagic.New(a.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: o.Dir},
		Logger:  zap.NewNop(),
		OnEvent: func(_ context.Context, event string, details map[string]any) error {
			if o.OnEvent != nil {
				o.OnEvent(event, details)
			}
			return nil
		},
	})
	a.issuer = certmagic.NewACMEIssuer(a.config, certmagic.ACMEIssuer{
		CA: cmp.Or(o.Directory, certmagic.LetsEncryptProductionCA), Email: o.Email, Agreed: true,
		TrustedRoots: o.Roots, AltHTTPPort: o.HTTPPort, AltTLSALPNPort: o.TLSPort, Logger: zap.NewNop(),
	})
	a.config.Issuers = []certmagic.Issuer{a.issuer}
	if err := a.config.ManageAsync(ctx, o.Names); err != nil {
		a.Close()
		return nil, fmt.Errorf("ACME: %w", err)
	}
	return a, nil
}

// Config is a server configuration; it also answers the tls-alpn-01 challenge (RFC 8737).
// A server of HTTPS puts its own protocols before those in NextProtos.
func (a *ACME) Config() *tls.Config {
	c := baseConfig(a.config.GetCertificate)
	c.NextProtos = a.config.TLSConfig().NextProtos
	return c
}

// Handler answers the http-01 challenge (RFC 8555 §8.3) and passes other requests on. It
// belongs on the port the world knows as 80.
func (a *ACME) Handler(next http.Handler) http.Handler { return a.issuer.HTTPChallengeHandler(next) }

// Close ends the renewals. Certificates in use stay in use.
func (a *ACME) Close() {
	a.cancel()
	a.cache.Stop()
}
