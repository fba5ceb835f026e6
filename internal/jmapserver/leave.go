package jmapserver

import (
	"context"
	"time"

	"postroom/internal/store"
)

// leaving bounds how long it may take to keep that somebody has left.
const leaving = 5 * time.Second

// leave ends a stream of changes. With the last one of a person ends where they
// are present: the program that was told of changes is closed, or was killed. A
// program that comes back says anew where they are.
func (s *Server) leave(session *store.Session) {
	who := session.Actor().Account
	s.give(s.streams, who)
	s.mu.Lock()
	others := s.streams[who]
	s.mu.Unlock()
	if others > 0 || s.closing.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), leaving)
	defer stop()
	if err := session.EndPresence(ctx); err != nil {
		s.opts.Logger.Debug("jmap: a presence ends by itself", "error", err)
	}
}
