// Package sharing tells people by mail what is shared with them: what is new,
// changed, taken back, about to end or ended, and what comes with a group they
// have joined; and it writes the letters about requests to join or leave a group
// and about access reviews, of which it is the clock.
// The store writes down each change with the change itself and
// knows who is concerned; here the words are found and the notices handed back
// to be put into inboxes.
package sharing

import (
	"context"
	"log/slog"
	"time"

	"postroom/internal/store"
)

// Options of a Service. Notices is needed.
type Options struct {
	Notices *store.NoticeSession
	Logger  *slog.Logger // nil discards
	// Now is the clock; nil means time.Now. It must be that of the store.
	Now func() time.Time
	// Tick is how often shares that end are looked for; default 1 minute.
	Tick time.Duration
	// Retry is for how long a notice is put off that could not be delivered;
	// default 1 minute.
	Retry time.Duration
}

// Service sends notices.
type Service struct{ opts Options }

// New makes a service; Run it.
func New(o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tick == 0 {
		o.Tick = time.Minute
	}
	if o.Retry == 0 {
		o.Retry = time.Minute
	}
	return &Service{opts: o}
}

// Run sends what is due until ctx ends. Faults are logged and tried again.
func (s *Service) Run(ctx context.Context) error {
	var looked time.Time
	for ctx.Err() == nil {
		now := s.opts.Now()
		if looked.IsZero() || !now.Before(looked.Add(s.opts.Tick)) {
			looked = now
			s.fault(ctx, "looking for shares that end", s.opts.Notices.NoteEndings(ctx))
			s.fault(ctx, "looking for requests that expire", s.opts.Notices.ExpireRequests(ctx))
			s.fault(ctx, "looking after access reviews", s.opts.Notices.TurnReviews(ctx))
		}
		_, err := s.send(ctx)
		s.fault(ctx, "sending notices", err)
		s.pause(ctx, err)
	}
	return nil
}

// Round looks for shares that end and sends all notices that are due. It
// returns how many it sent.
func (s *Service) Round(ctx context.Context) (sent int, err error) {
	if err := s.opts.Notices.NoteEndings(ctx); err != nil {
		return 0, err
	}
	if err := s.opts.Notices.ExpireRequests(ctx); err != nil {
		return 0, err
	}
	if err := s.opts.Notices.TurnReviews(ctx); err != nil {
		return 0, err
	}
	return s.send(ctx)
}

func (s *Service) send(ctx context.Context) (sent int, err error) {
	for {
		b, err := s.opts.Notices.Next(ctx)
		if err != nil {
			return sent, err
		}
		if b == nil {
			written, err := s.answer(ctx)
			if err != nil {
				return sent + written, err
			}
			asked, err := s.askReviewers(ctx)
			return sent + written + asked, err
		}
		letters := s.letters(b)
		if err := s.opts.Notices.Deliver(ctx, b, letters); err != nil {
			if ctx.Err() != nil {
				return sent, err
			}
			// The others must not wait for this one.
			s.opts.Logger.Warn("a notice about a share is put off", "notices", len(letters), "error", err)
			if err := s.opts.Notices.Postpone(ctx, b, s.opts.Retry); err != nil {
				return sent, err
			}
			continue
		}
		sent += len(letters)
	}
}

// letters composes the mails of a batch. One that cannot be composed is logged
// and left out: it would not be another time either.
func (s *Service) letters(b *store.NoticeBatch) []store.NoticeLetter {
	letters := make([]store.NoticeLetter, 0, len(b.Notices))
	for i := range b.Notices {
		n := &b.Notices[i]
		raw, err := Compose(n, s.opts.Now())
		if err != nil {
			s.opts.Logger.Warn("a notice about a share cannot be written", "to", n.To.Address, "error", err)
			continue
		}
		letters = append(letters, store.NoticeLetter{To: n.To.ID, Raw: raw})
	}
	return letters
}

// pause waits until something is due, changed, or it is time to look again.
func (s *Service) pause(ctx context.Context, failed error) {
	wait := s.opts.Tick
	if failed != nil {
		wait = min(wait, s.opts.Retry)
	} else if next, err := s.opts.Notices.NextDue(ctx); err == nil && !next.IsZero() {
		wait = min(wait, max(0, next.Sub(s.opts.Now()))+time.Millisecond)
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	changed := s.opts.Notices.Wake()
	if failed != nil {
		changed = nil
	}
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-changed:
	}
}

func (s *Service) fault(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.opts.Logger.Warn(what, "error", err)
	}
}
