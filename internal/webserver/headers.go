package webserver

import (
	"net/http"
	"net/url"
)

// hsts is for a year (RFC 6797 §6.1). Other hosts of the domain are not ours to
// speak for.
const hsts = "max-age=31536000"

// Shielded puts what every answer has into those of all rooms, which may say
// something else: nothing in them is guessed, run, framed or told to other sites.
// Over TLS browsers are told to come back by TLS only, if publicURL is at the
// usual port: it counts for all ports of the host.
func Shielded(publicURL string, next http.Handler) http.Handler {
	u, err := url.Parse(publicURL)
	only := err == nil && u.Scheme == "https" && u.Port() == ""
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		if only && r.TLS != nil {
			h.Set("Strict-Transport-Security", hsts)
		}
		next.ServeHTTP(w, r)
	})
}
