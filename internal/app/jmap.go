package app

import (
	"context"
	"net/http"
	"net/netip"
	"strings"

	"postroom/internal/config"
	"postroom/internal/httpauth"
	"postroom/internal/imageproxy"
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
		o.PushClient = webpush.NewClient(webpush.Options{Signer: a.signer, Allowed: pushable(a.cfg.Push)})
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

// pushable tells where push services may be.
func pushable(p config.Push) func(netip.AddrPort) bool {
	if p.Private {
		return func(netip.AddrPort) bool { return true }
	}
	return imageproxy.Public
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
