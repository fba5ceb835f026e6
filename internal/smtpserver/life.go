package smtpserver

import (
	"context"
	"sync"
	"sync/atomic"

	"postroom/internal/store"
)

// life watches whether the session of a connection goes on: one whose account
// was locked or whose password is no more must not stay open. The zero value
// watches nothing.
type life struct {
	over   atomic.Bool
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// begin watches a session and calls ended, once, when it is over.
func (l *life) begin(session *store.Session, ended func()) error {
	ctx, cancel := context.WithCancel(context.Background())
	watch, err := session.WatchLife(ctx)
	if err != nil {
		cancel()
		return err
	}
	l.cancel = cancel
	l.done.Go(func() {
		defer watch.Close()
		// It may have ended before the watch began.
		for session.Alive(ctx) == nil {
			select {
			case <-watch.C:
			case <-ctx.Done():
				return
			}
		}
		if ctx.Err() == nil {
			l.over.Store(true)
			ended()
		}
	})
	return nil
}

// end stops watching.
func (l *life) end() {
	if l.cancel != nil {
		l.cancel()
		l.done.Wait()
	}
}
