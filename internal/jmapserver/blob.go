package jmapserver

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"postroom"
	"postroom/internal/jmapserver/email"
	"postroom/internal/jmapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// blob reads a blob of an account into memory, with the rights of the moment.
func (c *call) blob(m *store.Mail, id jmapwire.ID) ([]byte, error) {
	b, ok := jmapwire.ParseBlobID(m.Account(), id)
	if !ok {
		return nil, errNoBlob()
	}
	content, err := openBlob(c, m, b)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return readBlob(content, b)
}

func errNoBlob() error { return postroom.Errorf(postroom.NotFound, "no such blob") }

// openBlob opens the email or upload that a blob is of.
func openBlob(c *call, m *store.Mail, b jmapwire.Blob) (store.Content, error) {
	if b.Email != 0 {
		return m.Open(c.ctx, b.Email)
	}
	return m.OpenUpload(c.ctx, b.Upload)
}

// readBlob reads the whole or the part that is meant, decoded.
func readBlob(content store.Content, b jmapwire.Blob) ([]byte, error) {
	raw := make([]byte, content.Size())
	if _, err := io.ReadFull(io.NewSectionReader(content, 0, content.Size()), raw); err != nil {
		return nil, err
	}
	if b.Part == "" {
		return raw, nil
	}
	p := email.FindPart(raw, b.Part)
	if p == nil {
		return nil, errNoBlob()
	}
	data, err := p.Decode(raw)
	if errors.Is(err, message.ErrUnknownEncoding) {
		return p.Body(raw), nil
	}
	return data, err
}

// accountOf opens the account in the path of a request; it answers when there
// is none.
func (s *Server) accountOf(w http.ResponseWriter, r *http.Request, session *store.Session) (*call, *store.Mail) {
	c := &call{ctx: r.Context(), server: s, session: session}
	m, err := c.mail(jmapwire.ID(r.PathValue("account")))
	if err != nil {
		s.blobProblem(w, c, err)
		return nil, nil
	}
	return c, m
}

// blobStatus are the statuses of uploads and downloads.
var blobStatus = map[postroom.ErrorKind]int{
	postroom.Denied: http.StatusForbidden, postroom.TooLarge: http.StatusRequestEntityTooLarge, postroom.Limit: http.StatusTooManyRequests,
	postroom.Invalid: http.StatusBadRequest, postroom.OverQuota: http.StatusInsufficientStorage, postroom.Unavailable: http.StatusServiceUnavailable,
}

func (s *Server) blobProblem(w http.ResponseWriter, c *call, err error) {
	status, is := blobStatus[postroom.KindOf(err)]
	switch own := (*jmapwire.Error)(nil); {
	case errors.As(err, &own), postroom.KindOf(err) == postroom.NotFound:
		s.problem(w, &jmapwire.Problem{Type: "about:blank", Status: http.StatusNotFound, Detail: "not found"})
		return
	case !is:
		status = http.StatusInternalServerError
		if c.ctx.Err() == nil {
			s.opts.Logger.Error("jmap: blob", "error", err)
		}
	}
	s.problem(w, &jmapwire.Problem{Type: "about:blank", Status: status, Detail: postroom.TextOf(err), Reason: postroom.ReasonOf(err)})
}

// postUpload keeps what is sent (RFC 8620 §6.1).
func (s *Server) postUpload(w http.ResponseWriter, r *http.Request, session *store.Session) {
	who := session.Actor().Account
	if !s.take(s.uploading, who, limits.ConcurrentUpload) {
		s.problem(w, jmapwire.OverLimit("maxConcurrentUpload", http.StatusTooManyRequests))
		return
	}
	defer s.give(s.uploading, who)
	c, m := s.accountOf(w, r, session)
	if m == nil {
		return
	}
	u, err := m.Upload(r.Context(), http.MaxBytesReader(w, r.Body, limits.SizeUpload))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) || postroom.KindOf(err) == postroom.TooLarge {
		s.problem(w, jmapwire.OverLimit("maxSizeUpload", http.StatusRequestEntityTooLarge))
		return
	}
	if err != nil {
		s.blobProblem(w, c, err)
		return
	}
	s.json(w, http.StatusCreated, "application/json", map[string]any{"accountId": jmapwire.AccountID(m.Account()),
		"blobId": jmapwire.UploadBlobID(m.Account(), u.ID), "type": mediaTypeOf(r.Header.Get("Content-Type")), "size": u.Size})
}

// mediaTypeOf is a media type that may stand in a header.
func mediaTypeOf(s string) string {
	if kind, params, err := mime.ParseMediaType(s); err == nil {
		if written := mime.FormatMediaType(kind, params); written != "" {
			return written
		}
	}
	return "application/octet-stream"
}

// getDownload gives a blob to who may read it at this moment (RFC 8620 §6.2).
// Nothing of it runs in a browser, and caches ask again each time.
func (s *Server) getDownload(w http.ResponseWriter, r *http.Request, session *store.Session) {
	c, m := s.accountOf(w, r, session)
	if m == nil {
		return
	}
	id := jmapwire.ID(r.PathValue("blob"))
	b, ok := jmapwire.ParseBlobID(m.Account(), id)
	if !ok {
		s.blobProblem(w, c, errNoBlob())
		return
	}
	content, err := openBlob(c, m, b)
	if err != nil {
		s.blobProblem(w, c, err)
		return
	}
	defer content.Close()
	var body io.ReadSeeker = io.NewSectionReader(content, 0, content.Size())
	if b.Part != "" {
		data, err := readBlob(content, b)
		if err != nil {
			s.blobProblem(w, c, err)
			return
		}
		body = bytes.NewReader(data)
	}
	h := w.Header()
	h.Set("Content-Type", mediaTypeOf(r.URL.Query().Get("type")))
	if disposition := mime.FormatMediaType("attachment", map[string]string{"filename": r.PathValue("name")}); disposition != "" {
		h.Set("Content-Disposition", disposition)
	} else {
		h.Set("Content-Disposition", "attachment")
	}
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+string(id)+`"`)
	http.ServeContent(w, r, "", time.Time{}, body)
}
