package store

import (
	"context"
	"time"

	"postroom/internal/store/internal/db"
)

// Directory is the handle on organisations, domains, plans, accounts, groups
// and grants. Every method checks what its session may do there: the console
// and server administrators everything, organisation administrators what is in
// their organisation, owners of a group that group, holders of Administer the
// grants of that collection, a person their own account's settings. None of
// them reads mail by it.
//
// Names resolve case-insensitively; a 36-character UUID also names an entry.
// Aliases resolve to their target. NotFound when absent or not to be seen.
type Directory struct {
	session *Session
	quiet   bool
	trial   *trial    // nil but inside Simulate and Together
	at      time.Time // zero but inside Past
}

// Quietly returns a handle whose changes of shares and members send no notices
// to those concerned.
func (d *Directory) Quietly() *Directory {
	return &Directory{session: d.session, quiet: true, trial: d.trial}
}

// Together runs several methods as one change: all that do does with the
// Directory it gets is done or, when it returns an error, nothing of it. That
// Directory is of no use afterwards; do may run more than once.
func (d *Directory) Together(ctx context.Context, do func(*Directory) error) error {
	return d.change(ctx, func(tx *db.Tx, _ *caller) error {
		t := &trial{tx: tx}
		defer func() { t.tx = nil }()
		return do(&Directory{session: d.session, quiet: d.quiet, trial: t})
	})
}

// Directory returns the handle of this session.
func (s *Session) Directory() *Directory { return &Directory{session: s} }
