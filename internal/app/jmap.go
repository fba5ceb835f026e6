package app

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"postroom/internal/config"
	"postroom/internal/egress"
	"postroom/internal/httpauth"
	"postroom/internal/jmapserver"
	"postroom/internal/store"
	"postroom/internal/store/system"
	"postroom/internal/webpush"
)

// jmap builds what answers JMAP.
func (a *App) jmap(gate *httpauth.Gate) http.Handler {
	o := jmapserver.Options{Challenge: httpauth.Challenge, Logger: a.log.With("service", "jmap"), Submission: a.submit, Images: a.images, Hostname: a.cfg.Hostname,
		Session: func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }, Base: gate.Base}
	if a.signer != nil {
		o.Push, o.PushKey = system.Push(a.store), a.signer.PublicKey()
		o.PushClient = webpush.NewClient(webpush.Options{Signer: a.signer, Dial: pushDialer(a.cfg.Push).Dial})
	}
	s := jmapserver.New(o)
	a.atEnd = append(a.atEnd, s.Close)
	return s
}

// newSigner reads the key by which push services know this server, or makes it;
// nil when there is no push.
func newSigner(ctx context.Context, s *store.Store, cfg config.Config) (*webpush.Signer, error) {
	if cfg.Push.Off {
		return nil, nil
	}
	key, err := system.Push(s).Key(ctx, webpush.NewKey)
	if err != nil {
		return nil, err
	}
	contact := cfg.Public()
	if !strings.HasPrefix(contact, "https://") {
		contact = "mailto:postmaster@" + cfg.Hostname
	}
	return webpush.NewSigner(key, contact)
}

// pushDialer connects to push services, which the system's resolver finds: they may
// be in our own network.
func pushDialer(p config.Push) *egress.Dialer {
	d := &egress.Dialer{Resolver: net.DefaultResolver}
	if p.Private {
		d.Allowed = func(netip.AddrPort) bool { return true }
	}
	return d
}

// jmapSession is the URL of the session resource, empty when there is no HTTP or
// none that passwords may cross.
func (a *App) jmapSession() string {
	public := strings.TrimSuffix(a.cfg.Public(), "/")
	if a.cfg.Listen.HTTP == "" && a.cfg.Listen.HTTPS == "" || !strings.HasPrefix(public, "https://") && !a.cfg.SignIn.PlainOnLoopback {
		return ""
	}
	return public + "/jmap/session"
}
