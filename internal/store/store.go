// Package store is the door: everything that is kept is read and written here,
// and every right is checked here, in the same transaction as the act.
//
//	login.Authenticate -> *Session -> Mailbox, Directory, Identity -> db
//
// A handle's method checks the right, does the deed, writes the change log and
// the audit log, and commits once. The three answers (done, Denied, NotFound)
// are decided here and nowhere else; see docs/adr/0001-one-door.md.
package store

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"postroom/internal/ratelimit"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
	"postroom/internal/store/internal/seal"
)

// Options says where the store keeps things.
type Options struct {
	// Dir holds the embedded database and large blobs. Nodes of one database
	// share it.
	Dir string
	// DatabaseURL is a postgres:// URL; empty means SQLite in Dir.
	DatabaseURL string
	// KeyFile holds the key that seals secrets in the database; it is made when
	// it is missing. Empty is secret.key in Dir. Nodes of one database share it.
	KeyFile string
	// Logger for faults that no caller hears of; nil discards them.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Hostname names this server in Message-IDs and reports.
	Hostname string
	// WebSessionLife and WebSessionIdle are for how long a web session lasts
	// at most, and unused; zero is the constant of that name.
	WebSessionLife, WebSessionIdle time.Duration
	// ProofLife is for how long a web session has proved who is there; zero is
	// the constant of that name.
	ProofLife time.Duration
	// Providers are the names of the identity providers, with the domains whose
	// accounts sign in there.
	Providers map[string][]string
	// Metrics are told what happens.
	Metrics Metrics
	// PasswordCost is the work that a password takes.
	PasswordCost PasswordCost
	// SigningKey makes the DKIM key of a new domain; nil makes an RSA key of
	// 2048 bits (RFC 8301 §3.2), the longest that every verifier takes.
	SigningKey func() (*rsa.PrivateKey, error)
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	opts     Options
	db       *db.DB
	box      *seal.Box
	blobs    *blob.Store
	facts    *facts
	proofs   *proofs
	limiter  *ratelimit.Limiter // of failed sign-ins
	codes    *ratelimit.Limiter // of wrong codes of second factors
	pictures *pictures
	traits   *traits
	letters  *letters
	terms    *fts.Cache
	hub      *hub
	// mailFacts and counted are what JMAP sorts and counts by.
	mailFacts *mailFacts
	mailTexts *mailTexts
	// colleagues stand for the accounts and groups of organisations.
	colleagues colleagues
	counted    *mailCounts
	grounds    *grounds

	stop    context.CancelFunc
	workers sync.WaitGroup
	ahead   ahead
	// sittings are joined by new sessions.
	sittings sittings
	index    chan struct{} // hints the indexer
	mail     *wakes        // hints of the queue
	rights   *wakes        // hints that rights changed
	pushes   *wakes        // hints that push subscriptions changed
}

// Open opens a store, makes what is missing and begins its housekeeping.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.PasswordCost = o.PasswordCost.orDefault()
	if o.SigningKey == nil {
		o.SigningKey = func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	depot, err := blob.OpenFolder(filepath.Join(o.Dir, "blobs"))
	if err != nil {
		return nil, fmt.Errorf("store: blobs: %w", err)
	}
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(o.Dir, "secret.key")
	}
	box, _, err := seal.Load(o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("store: key: %w", err)
	}
	d, err := db.Open(ctx, db.Options{File: filepath.Join(o.Dir, "postroom.db"), URL: o.DatabaseURL, Logger: o.Logger,
		Committed: o.Metrics.Committed, Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	s := &Store{opts: o, db: d, box: box, blobs: blob.New(depot), facts: newFacts(), proofs: newProofs(o.PasswordCost),
		limiter: ratelimit.New(ratelimit.Options{}), codes: newCodeLimiter(), pictures: newPictures(), traits: newTraits(), letters: &letters{}, terms: fts.NewCache(),
		hub: newHub(), mailFacts: newMailFacts(), counted: newMailCounts(), grounds: newGrounds(), mailTexts: newMailTexts(), index: make(chan struct{}, 1), mail: newWakes(), rights: newWakes(), pushes: newWakes()}
	if err := s.sealFactors(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("store: %w", err), d.Close())
	}
	d.Listen(s.heard)
	s.keepHouse()
	return s, nil
}

// Close ends the housekeeping, waits for the writes under way and closes the
// database. Sessions fail from then on.
func (s *Store) Close() error {
	s.stop()
	s.workers.Wait()
	s.ahead.close()
	s.hub.close()
	err := s.db.Close()
	if errors.Is(err, db.ErrClosed) {
		return nil
	}
	return err
}

// now is the clock of the store.
func (s *Store) now() time.Time { return s.opts.Now() }

// AppendLimit is the size of the largest message the store takes, in bytes.
func (s *Store) AppendLimit() int64 { return 100 << 20 }
