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
	"log/slog"
	"time"

	"postroom/internal/store/internal/db"
)

// Options says where the store keeps things.
type Options struct {
	// Dir holds the embedded database and large blobs.
	Dir string
	// DatabaseURL is a postgres:// URL; empty means SQLite in Dir.
	DatabaseURL string
	// Logger for faults that no caller hears of. Never nil.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Hostname names this server in Message-IDs and reports.
	Hostname string
}

// Store is an open store. It is safe for concurrent use.
type Store struct {
	opts Options
	db   *db.DB
}
