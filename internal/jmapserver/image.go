package jmapserver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/imageproxy"
	"postroom/internal/jmapserver/email"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// imageCapability offers the pictures that messages name elsewhere:
// docs/jmap.md.
const imageCapability = "urn:x-postroom:remote-images"

const imagePath = "/jmap/image/"

// imagesAtOnce bounds the pictures fetched at a time for one person.
const imagesAtOnce = 6

// Images fetches pictures.
type Images interface {
	Get(ctx context.Context, address string) (imageproxy.Picture, error)
}

// imageOffer is what the Session object says of imageCapability.
type imageOffer struct {
	URL     string `json:"url"`
	MaxSize int    `json:"maxSize"`
	Most    int    `json:"maxConcurrent"`
	// Checker is the authserv-id of what this server found out about a message
	// (RFC 8601 §2.5): no message comes in with it.
	Checker string `json:"authenticationServer,omitempty"`
}

func newImageOffer(base, hostname string) imageOffer {
	return imageOffer{base + imagePath + "{accountId}/{emailId}?url={url}", imageproxy.MaxBytes, imagesAtOnce, hostname}
}

// getImage fetches a picture for somebody who may read, at this moment, the
// email whose HTML names it. What no such email names is not fetched.
func (s *Server) getImage(w http.ResponseWriter, r *http.Request, session *store.Session) {
	who := session.Actor().Account
	if !s.take(s.fetching, who, imagesAtOnce) {
		s.problem(w, jmapwire.OverLimit("maxConcurrent", http.StatusTooManyRequests))
		return
	}
	defer s.give(s.fetching, who)
	c, m := s.accountOf(w, r, session)
	if m == nil {
		return
	}
	address := imageproxy.Spelled(r.URL.Query().Get("url"))
	named, err := c.namesImage(m, jmapwire.ID(r.PathValue("email")), address)
	if err == nil && !named {
		err = postroom.Errorf(postroom.NotFound, "the message names no such picture")
	}
	if err != nil {
		s.blobProblem(w, c, err)
		return
	}
	tag := imageTag(r.PathValue("email"), address)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified) // its sender hears of it once
		return
	}
	picture, err := s.opts.Images.Get(r.Context(), address)
	if err != nil {
		w.Header().Del("ETag")
		w.Header().Set("Cache-Control", "no-store")
		s.blobProblem(w, c, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", picture.Type)
	h.Set("Content-Length", strconv.Itoa(len(picture.Data)))
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	_, _ = w.Write(picture.Data) // a client that has gone is no fault
}

// imageTag is the entity tag of a picture. It stands for what was fetched for
// one message: what its sender puts there later is not asked for.
func imageTag(email, address string) string {
	sum := sha256.Sum256([]byte(email + " " + address))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// namesImage reports whether the HTML of an email names a picture.
func (c *call) namesImage(m *store.Mail, id jmapwire.ID, address string) (bool, error) {
	number, ok := jmapwire.ParseEmailID(m.Account(), id)
	if !ok || address == "" {
		return false, nil
	}
	content, err := m.Open(c.ctx, number)
	if err != nil {
		return false, err
	}
	defer content.Close()
	raw := make([]byte, content.Size())
	if _, err := io.ReadFull(io.NewSectionReader(content, 0, content.Size()), raw); err != nil {
		return false, err
	}
	msg := email.Read(raw, func(string) jmapwire.ID { return "" })
	for _, v := range msg.Values(email.Wanted{HTML: true}) {
		if slices.Contains(imageproxy.Named(v.Value), address) {
			return true, nil
		}
	}
	return false, nil
}
