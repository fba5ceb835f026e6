// Package jmapserver answers JMAP (RFC 8620): the session resource, method calls,
// uploads and downloads. What a person may do is decided in the store.
package jmapserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"sync"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
	"postroom/internal/submission"
	"postroom/internal/webpush"
)

// Options of a server.
type Options struct {
	// Session tells who makes a request.
	Session func(*http.Request) (*store.Session, error)
	// Challenge says in a 401 how to sign in.
	Challenge func(http.ResponseWriter, *http.Request)
	// Base is the URL of this server for who makes a request, without a slash at
	// the end.
	Base   func(*http.Request) string
	Logger *slog.Logger
	// Submission sends.
	Submission *submission.Agent
	// Hostname is the authserv-id of this server, empty where it checks nothing.
	Hostname string
	// Images fetches the pictures that messages name elsewhere; nil: they
	// cannot be had.
	Images Images
	// Push and PushClient tell of changes through push services; nil: there is no
	// such push. PushKey is the key by which the services know this server.
	Push       *store.PushSession
	PushClient *webpush.Client
	PushKey    string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Limits are those of the Session object (RFC 8620 §2).
type Limits struct {
	SizeUpload         int64 `json:"maxSizeUpload"`
	ConcurrentUpload   int   `json:"maxConcurrentUpload"`
	SizeRequest        int64 `json:"maxSizeRequest"`
	ConcurrentRequests int   `json:"maxConcurrentRequests"`
	CallsInRequest     int   `json:"maxCallsInRequest"`
	ObjectsInGet       int   `json:"maxObjectsInGet"`
	ObjectsInSet       int   `json:"maxObjectsInSet"`
}

var limits = Limits{SizeUpload: 100 << 20, ConcurrentUpload: 4, SizeRequest: 10 << 20, ConcurrentRequests: 8, CallsInRequest: 64,
	ObjectsInGet: 1000, ObjectsInSet: 1000}

// maxResponse bounds the results of one request, in bytes.
const maxResponse = 64 << 20

// Server answers JMAP. It is safe for concurrent use.
type Server struct {
	opts    Options
	methods map[string]method
	mux     *http.ServeMux

	mu        sync.Mutex
	requests  map[postroom.AccountID]int // under way
	uploading map[postroom.AccountID]int
	streams   map[postroom.AccountID]int
	programs  map[program]int            // streams of each
	fetching  map[postroom.AccountID]int // pictures

	pushes *pusher
	found  *foundEmails

	closing context.Context
	close   context.CancelFunc
}

// New builds a server of
//
//	/.well-known/jmap                 the way to the session resource
//	/jmap/session                     the session resource
//	/jmap/api                         method calls
//	/jmap/upload/{accountId}/         POST of bytes
//	/jmap/download/{accountId}/{blobId}/{name}
//	/jmap/events                      a stream of changes
//	/jmap/image/{accountId}/{emailId} a picture that a message names elsewhere
//	/jmap/ws                          method calls and changes over a WebSocket
func New(o Options) *Server {
	s := &Server{opts: o, methods: methods(), mux: http.NewServeMux(), requests: make(map[postroom.AccountID]int),
		uploading: make(map[postroom.AccountID]int), streams: make(map[postroom.AccountID]int), programs: make(map[program]int), fetching: make(map[postroom.AccountID]int),
		found: newFoundEmails()}
	s.closing, s.close = context.WithCancel(context.Background())
	s.pushes = newPusher(s)
	s.mux.HandleFunc("GET /.well-known/jmap", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, sessionPath, http.StatusTemporaryRedirect)
	})
	s.handle("GET "+sessionPath, s.getSession)
	s.handle("POST "+apiPath, s.postAPI)
	s.handle("POST "+uploadPath+"{account}/{$}", s.postUpload)
	s.handle("GET "+downloadPath+"{account}/{blob}/{name}", s.getDownload)
	s.handle("GET "+eventsPath, s.getEvents)
	s.handle("GET "+socketPath, s.getSocket)
	if o.Images != nil {
		s.handle("GET "+imagePath+"{account}/{email}", s.getImage)
	}
	return s
}

// now is the time.
func (s *Server) now() time.Time {
	if s.opts.Now != nil {
		return s.opts.Now()
	}
	return time.Now()
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close ends what would go on by itself: the streams of changes, and push.
func (s *Server) Close() {
	s.close()
	s.pushes.wait()
}

// handle registers what needs a session.
func (s *Server) handle(pattern string, answer func(http.ResponseWriter, *http.Request, *store.Session)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache, no-store, must-revalidate")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		session, err := s.opts.Session(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		answer(w, r, session)
	})
}

// refuse answers who could not sign in.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := &jmapwire.Problem{Type: "about:blank", Status: http.StatusUnauthorized, Detail: postroom.TextOf(err), Reason: postroom.ReasonOf(err)}
	switch postroom.KindOf(err) {
	case postroom.SignInFailed, postroom.SignInDisabled:
		s.opts.Challenge(w, r)
	case postroom.Denied:
		p.Status = http.StatusForbidden
	case postroom.Unavailable, postroom.Limit:
		p.Status = http.StatusServiceUnavailable
	default:
		s.opts.Logger.Error("jmap: sign in", "error", err)
		p.Status = http.StatusInternalServerError
	}
	s.problem(w, p)
}

func (s *Server) problem(w http.ResponseWriter, p *jmapwire.Problem) {
	s.json(w, p.Status, "application/problem+json", p)
}

// json writes an answer.
func (s *Server) json(w http.ResponseWriter, status int, kind string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.opts.Logger.Error("jmap: answer", "error", err)
		status, b = http.StatusInternalServerError, []byte(`{"type":"about:blank","status":500}`)
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // a client that has gone is no fault
}

// take counts one more of what is bounded for each person; false when there are
// too many.
func (s *Server) take(count map[postroom.AccountID]int, who postroom.AccountID, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if count[who] >= most {
		return false
	}
	count[who]++
	return true
}

func (s *Server) give(count map[postroom.AccountID]int, who postroom.AccountID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if count[who]--; count[who] == 0 {
		delete(count, who)
	}
}

// postAPI answers a Request object (RFC 8620 §3.1).
func (s *Server) postAPI(w http.ResponseWriter, r *http.Request, session *store.Session) {
	who := session.Actor().Account
	if !s.take(s.requests, who, limits.ConcurrentRequests) {
		s.problem(w, jmapwire.OverLimit("maxConcurrentRequests", http.StatusTooManyRequests))
		return
	}
	defer s.give(s.requests, who)
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		s.problem(w, jmapwire.NotJSON("the content type is not application/json"))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limits.SizeRequest))
	if err != nil {
		if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
			s.problem(w, jmapwire.OverLimit("maxSizeRequest", http.StatusRequestEntityTooLarge))
		}
		return
	}
	request, problem := jmapwire.ParseRequest(body)
	if problem != nil {
		s.problem(w, problem)
		return
	}
	response, problem := s.Run(r.Context(), session, request)
	if problem != nil {
		s.problem(w, problem)
		return
	}
	s.json(w, http.StatusOK, "application/json", response)
}
