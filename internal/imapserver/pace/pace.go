// Package pace spreads work that others cause, so that it leaves most of a core
// to what is asked for.
package pace

import "time"

// What nobody asked for just now takes at most a tenth of a core: looking at all
// mailboxes of a NOTIFY, which may be thousands, is free for a second of work;
// then the connection rests after each look, and what changes meanwhile is told
// together.
const (
	freeWork = time.Second
	restEach = 10 // of time for one of work
	maxRest  = 3 * time.Second
)

// Pace spreads work that every change causes. The zero Pace is ready.
type Pace struct {
	used time.Duration // of what is free; less with time
	last time.Time     // when work ended
	rest time.Time     // until when
	late bool          // something changed since
}

// Worked counts work, and begins a rest when it was too much.
func (p *Pace) Worked(from, to time.Time) {
	if !p.last.IsZero() {
		p.used = max(0, p.used-from.Sub(p.last)/restEach)
	}
	p.used += to.Sub(from)
	p.last, p.late = to, false
	p.rest = to.Add(min(max(0, p.used-freeWork)*restEach, maxRest))
}

// Waits reports whether work must wait; then it is remembered as due.
func (p *Pace) Waits(now time.Time) bool {
	p.late = now.Before(p.rest)
	return p.late
}

// Due is when work that waits is to be done, false when none does.
func (p *Pace) Due(now time.Time) (time.Duration, bool) {
	return max(0, p.rest.Sub(now)), p.late
}
