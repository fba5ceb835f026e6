package app

import (
	"net/http"
	"strings"

	"postroom/internal/httpauth"
	"postroom/internal/jmapserver"
	"postroom/internal/store"
)

// jmap builds what answers JMAP.
func (a *App) jmap(gate *httpauth.Gate) http.Handler {
	s := jmapserver.New(jmapserver.Options{Challenge: httpauth.Challenge, Logger: a.log.With("service", "jmap"), Submission: a.submit,
		Images: a.images, Session: func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }})
	a.atEnd = append(a.atEnd, s.Close)
	return s
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
