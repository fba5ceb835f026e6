package store

import (
	"sync"
	"time"

	"postroom"
	"postroom/internal/store/internal/mint"
)

// sittingTime is for how long the sessions that somebody begins are one
// sitting.
const sittingTime = 15 * time.Minute

// maxSittings bounds the sittings that are remembered; after that they begin
// anew, and what was read in them is recorded again.
const maxSittings = 500

// sitting is what somebody has opened and read, as far as it is in the audit
// log: a client opens many connections, and a browser one session a request,
// which is one person looking at one mailbox all the same. A sitting is of the
// sessions of one credential, protocol and address that begin within a quarter
// of an hour, and ends when anybody's rights change: through what somebody acts
// may be another way then.
type sitting struct {
	began time.Time
	epoch int64 // of the rights, by then
	noted noted // read
	// searched are the messages that were looked into, and not shown.
	searched noted
}

// sittingKey says whose sitting it is. The actor has protocol and address.
type sittingKey struct {
	actor      postroom.Actor
	home       postroom.AccountID
	credential int64
	mask       postroom.Rights
	purpose    mint.Purpose
}

// sittings are those that sessions may still join.
type sittings struct {
	mu  sync.Mutex
	all map[sittingKey]*sitting
}

// sat is the sitting of a session, joined when there is first something to
// remember: by then the session has read what the rights are.
func (s *Session) sat() *sitting {
	s.joining.Do(func() { s.sitting = s.store.sitting(s.warrant) })
	return s.sitting
}

// sitting is the one that a session of a warrant joins, or begins. Without an
// address nobody can tell who else is the same person at the same place.
func (s *Store) sitting(w mint.Warrant) *sitting {
	now := &sitting{began: s.now(), epoch: s.facts.latest()}
	if w.Purpose != mint.Person || w.Actor.Remote == "" {
		return now
	}
	key := sittingKey{w.Actor, w.Home, w.Credential, w.Mask, w.Purpose}
	all := &s.sittings
	all.mu.Lock()
	defer all.mu.Unlock()
	if known := all.all[key]; known != nil && known.epoch == now.epoch && now.began.Sub(known.began) < sittingTime {
		return known
	}
	if all.all == nil || len(all.all) >= maxSittings {
		all.clean(now)
	}
	all.all[key] = now
	return now
}

// clean forgets the sittings that are over, or all if that is not enough.
func (a *sittings) clean(now *sitting) {
	for key, known := range a.all {
		if now.began.Sub(known.began) >= sittingTime || known.epoch != now.epoch {
			delete(a.all, key)
		}
	}
	if a.all == nil || len(a.all) >= maxSittings {
		a.all = make(map[sittingKey]*sitting)
	}
}
