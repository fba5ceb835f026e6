package app

import (
	"net/http"

	"postroom/internal/httpauth"
	"postroom/internal/jmapserver"
	"postroom/internal/store"
)

// jmap builds what answers JMAP.
func (a *App) jmap(gate *httpauth.Gate) http.Handler {
	return jmapserver.New(jmapserver.Options{Challenge: httpauth.Challenge, Logger: a.log.With("service", "jmap"),
		Session: func(r *http.Request) (*store.Session, error) { return gate.Session(r, "jmap") }})
}
