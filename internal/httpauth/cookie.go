package httpauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"postroom"
	"postroom/internal/store"
)

const (
	// CSRFHeader carries the token of a web session with every request that
	// changes something.
	CSRFHeader = "X-Postroom-CSRF"
	// secureCookie can be set neither by other hosts of the domain nor over
	// plain HTTP (RFC 6265bis §4.1.3.2). plainCookie is for a machine that
	// talks with itself.
	secureCookie = "__Host-postroom"
	plainCookie  = "postroom"
)

// secure reports whether the browser speaks TLS, with us or with a proxy of
// ours.
func (g *Gate) secure(r *http.Request) bool {
	return r.TLS != nil || g.https && strings.EqualFold(r.Host, g.host)
}

func (g *Gate) cookieName(r *http.Request) string {
	if g.secure(r) {
		return secureCookie
	}
	return plainCookie
}

// cookie is the secret of a request's web session, "" for none.
func (g *Gate) cookie(r *http.Request) string {
	c, err := r.Cookie(g.cookieName(r))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie gives the browser a secret for maxAge seconds; a negative maxAge
// takes it away. Strict: no other site's link or form carries it. Our page asks
// who is signed in by itself, so a link to it from a mail works all the same.
func (g *Gate) setCookie(w http.ResponseWriter, r *http.Request, secret string, maxAge int) {
	http.SetCookie(w, &http.Cookie{Name: g.cookieName(r), Value: secret, Path: "/", MaxAge: maxAge,
		Secure: g.secure(r), HttpOnly: true, SameSite: http.SameSiteStrictMode})
}

// csrf is the token that goes with the secret of a web session. Who has only
// the token cannot find the secret.
func csrf(secret string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte("postroom csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// guarded refuses requests with a cookie that another site could have made, even
// where a browser tells nothing of where they come from.
func guarded(r *http.Request, secret string) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		if r.Header.Get("Upgrade") != "" && r.Header.Get("Origin") == "" {
			return errElsewhere() // a browser names the origin of a WebSocket
		}
		return nil
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get(CSRFHeader)), []byte(csrf(secret))) != 1 {
		return postroom.Errorf(postroom.Denied, "the request lacks its %s token", CSRFHeader)
	}
	return nil
}

// lifetime of a cookie, in seconds.
func lifetime(s *store.Store) int { return int(s.WebSessionLife().Seconds()) }
