package webserver

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"postroom/web"
)

// clientPolicy is what the web client may do: run its own files, speak to this
// server, show pictures it fetched itself. No script and no style in the page,
// no eval.
const clientPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
	"frame-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// messagePolicy is what the text of a message may do in the empty page the
// client puts it into: look as its author styled it, and show pictures that
// the client made for it. Nothing runs there and nothing is fetched, whatever
// the client might have left in it. The client has to reach in, so the origin
// is kept; without scripts nothing in it can use that.
const messagePolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src blob: data:; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"

const messagePage = "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title></title></head><body></body></html>\n"

// client serves the bundle of the web client.
type client struct{ files fs.FS }

// register takes / for the client and reports whether this binary has one.
func registerClient(mux *http.ServeMux) bool {
	files, ok := web.Files()
	if !ok {
		return false
	}
	c := &client{files}
	mux.HandleFunc("GET /{$}", c.index)
	mux.HandleFunc("GET /assets/{name}", c.asset)
	mux.HandleFunc("GET /favicon.svg", func(w http.ResponseWriter, r *http.Request) { c.file(w, r, "favicon.svg", "public, max-age=86400") })
	mux.HandleFunc("GET /message.html", func(w http.ResponseWriter, _ *http.Request) {
		shield(w.Header(), messagePolicy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600") // it has nothing of anybody, and each message with HTML asks for it
		_, _ = w.Write([]byte(messagePage))                     // a client that has gone is no fault
	})
	return true
}

// index is fetched anew each time: it names the files of this version.
func (c *client) index(w http.ResponseWriter, r *http.Request) {
	c.file(w, r, web.Index, "no-store")
}

// asset has its contents in its name and never changes.
func (c *client) asset(w http.ResponseWriter, r *http.Request) {
	c.file(w, r, "assets/"+r.PathValue("name"), "public, max-age=31536000, immutable")
}

// kinds are the types of the files in a bundle. They are not asked of the
// machine, whose own table may say otherwise.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".woff2": "font/woff2", ".json": "application/json", ".webmanifest": "application/manifest+json",
}

// file sends one file, compressed when the client takes that and it is there.
func (c *client) file(w http.ResponseWriter, r *http.Request, name, caching string) {
	kind, known := kinds[path.Ext(name)]
	body, err := fs.ReadFile(c.files, name)
	if err != nil || !known {
		plain(w, http.StatusNotFound, "not found\n")
		return
	}
	h := w.Header()
	shield(h, clientPolicy)
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", caching)
	h.Set("Vary", "Accept-Encoding")
	for _, form := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(r, form.coding) {
			continue
		}
		if small, err := fs.ReadFile(c.files, name+form.suffix); err == nil {
			h.Set("Content-Encoding", form.coding)
			body = small
			break
		}
	}
	_, _ = w.Write(body) // a client that has gone is no fault
}

// accepts reports whether a client takes a coding (RFC 9110 §12.5.3). A weight
// of 0 refuses it; other weights do not matter between two that are good.
func accepts(r *http.Request, coding string) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(name, coding) {
			return strings.Trim(strings.TrimPrefix(strings.ToLower(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}

// shield sets the headers of the client's own pages.
func shield(h http.Header, policy string) {
	secure(h)
	h.Set("Content-Security-Policy", policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
}
