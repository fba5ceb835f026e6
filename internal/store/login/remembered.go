package login

import (
	"context"
	"sync"
	"time"

	"postroom"
	"postroom/internal/store"
)

const (
	// rememberTime is for how long a session serves requests.
	rememberTime  = 10 * time.Minute
	maxRemembered = 4096
)

// Remembered opens sessions for protocols in which every request brings its
// credentials. Each time they are checked anew; but requests of one client
// with one credential share a session, so that what a session does once
// (noting who read a message) is done once. It is safe for concurrent use.
type Remembered struct {
	store *store.Store
	now   func() time.Time

	mu   sync.Mutex
	kept map[visit]keptSession
}

// visit is what requests have in common that share a session.
type visit struct {
	credential               int64
	target, protocol, remote string
}

type keptSession struct {
	session *store.Session
	until   time.Time
}

// NewRemembered begins with no session.
func NewRemembered(s *store.Store) *Remembered {
	return &Remembered{store: s, now: time.Now, kept: make(map[visit]keptSession)}
}

// Authenticate is the function Authenticate, with shared sessions.
func (k *Remembered) Authenticate(ctx context.Context, c Credentials) (*store.Session, error) {
	gate := open(k.store, c.Protocol, c.Remote)
	user, target, ok := names(c.Username, c.Authzid)
	v, err := gate.Password(ctx, user, c.Password)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, failed()
	}
	session, err := k.open(ctx, gate, v, visit{v.Credential(), target, c.Protocol, c.Remote})
	if err != nil {
		return nil, err
	}
	return session, gate.Used(ctx, v, c.Agent)
}

// open gives the session of a visit, or begins one.
func (k *Remembered) open(ctx context.Context, gate *store.SignIn, v store.Verified, at visit) (*store.Session, error) {
	if s := k.find(at); s != nil {
		switch err := s.Alive(ctx); {
		case err == nil:
			return s, nil
		case postroom.KindOf(err) != postroom.SignInDisabled:
			return nil, err
		}
		// Open says why it is refused, or begins anew.
	}
	s, err := gate.Open(ctx, v, at.target)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.kept) >= maxRemembered {
		clear(k.kept)
	}
	k.kept[at] = keptSession{s, k.now().Add(rememberTime)}
	return s, nil
}

func (k *Remembered) find(at visit) *store.Session {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.kept[at]
	if ok && k.now().Before(s.until) {
		return s.session
	}
	delete(k.kept, at)
	return nil
}
