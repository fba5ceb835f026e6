// Package storetest runs tests of the store on both of its databases, and
// checks after each that what it holds is consistent.
package storetest

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/internal/store"
)

// Run runs a test on SQLite and on PostgreSQL, each with an empty store, and
// checks the store's consistency at the end.
func Run(t *testing.T, test func(*testing.T, *store.Store)) {
	t.Helper()
	RunWith(t, func(*store.Options) {}, test)
}

// RunWith is Run with options changed by set.
func RunWith(t *testing.T, set func(*store.Options), test func(*testing.T, *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t, set)) })
	t.Run("postgres", func(t *testing.T) {
		url := Tables(t)
		test(t, Open(t, func(o *store.Options) { o.DatabaseURL = url; set(o) }))
	})
}

// Open opens an empty store for a test; SQLite in a temporary folder unless set
// says otherwise. At the end of the test it is checked and closed.
func Open(t testing.TB, set func(*store.Options)) *store.Store {
	t.Helper()
	o := store.Options{Dir: Dir(t), Logger: Logger(t), Hostname: "mx.example.test", Providers: map[string][]string{"corp": {"example.test"}}}
	set(&o)
	s, err := store.Open(context.Background(), Prepared(t, o))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		CheckConsistency(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// CheckConsistency fails the test when the store contradicts itself. A store
// that was closed is passed over.
func CheckConsistency(t testing.TB, s *store.Store) {
	t.Helper()
	faults, err := s.Check(context.Background())
	if err != nil && !store.IsClosed(err) {
		t.Errorf("checking consistency: %v", err)
	}
	for _, f := range faults {
		t.Errorf("inconsistent: %s", f)
	}
}

// Logger writes warnings and errors into the test's log and fails the test on
// errors.
func Logger(t testing.TB) *slog.Logger {
	l := &lines{t: t}
	t.Cleanup(l.end)
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// lines is a test's log as a writer; after the test it swallows.
type lines struct {
	mu   sync.Mutex
	t    testing.TB
	over bool
}

var _ io.Writer = (*lines)(nil)

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.t.Log(strings.TrimSpace(string(b)))
		if strings.Contains(string(b), "level=ERROR") {
			l.t.Fail()
		}
	}
	return len(b), nil
}

func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// Clock is a clock that stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock begins at a time.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
