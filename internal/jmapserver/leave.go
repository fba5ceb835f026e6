package jmapserver

import (
	"context"
	"net/http"
	"time"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// leaving bounds how long it may take to keep that somebody has left.
const leaving = 5 * time.Second

// program is one of a person's that follows changes: a page, say. Those that do
// not name their streams are one.
type program struct {
	who    postroom.AccountID
	stream postroom.StreamID
}

func tooManyStreams() *jmapwire.Problem {
	return &jmapwire.Problem{Type: "about:blank", Status: http.StatusTooManyRequests, Detail: "too many streams of changes"}
}

// join begins a stream of changes; false when the person has too many.
func (s *Server) join(p program) bool {
	if !s.take(s.streams, p.who, maxStreams) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.programs[p]++
	return true
}

// leave ends a stream of changes. With the last one of a program ends where it
// said its person is: the program that was told of changes is closed, or was
// killed. One that comes back says anew where they are. What programs said that
// name no stream ends with the last stream of the person.
func (s *Server) leave(session *store.Session, p program) {
	s.give(s.streams, p.who)
	s.mu.Lock()
	var over []postroom.StreamID
	if s.programs[p]--; s.programs[p] == 0 {
		delete(s.programs, p)
		if p.stream != "" {
			over = append(over, p.stream)
		}
	}
	if s.streams[p.who] == 0 {
		over = append(over, "")
	}
	s.mu.Unlock()
	if s.closing.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), leaving)
	defer stop()
	for _, stream := range over {
		if err := session.EndPresence(ctx, stream); err != nil {
			s.opts.Logger.Debug("jmap: a presence ends by itself", "error", err)
		}
	}
}
