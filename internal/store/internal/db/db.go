// Package db runs transactions on SQLite or PostgreSQL. One SQL text serves
// both: the common subset with $1 placeholders; what differs is in dialect.go
// and in the twin migrations.
package db

import (
	"context"
	"database/sql"
)

// DB is an open database.
type DB struct{}

// Tx is a transaction. It must not be kept after the function it was given to
// returned.
type Tx struct{}

// Read runs fn on one consistent snapshot. fn must not write.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error { panic("unbuilt") }

// Write runs fn and returns when what it did is durable. Many calls may share
// one commit (group commit); an error of fn undoes only its own writes. fn
// must be quick, must not wait for anything but the database, and may run more
// than once (a serialization failure is retried), so it must not touch
// anything outside but by assigning results.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error { panic("unbuilt") }

// Exec runs a statement and returns the number of rows it affected.
func (tx *Tx) Exec(query string, args ...any) (int64, error) { panic("unbuilt") }

// Query returns rows; the caller closes them.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) { panic("unbuilt") }

// QueryRow returns at most one row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row { panic("unbuilt") }

// AfterCommit has fn run once, after the commit is durable.
func (tx *Tx) AfterCommit(fn func()) { panic("unbuilt") }

// LockAccount serialises writers of one account until the transaction ends.
// On SQLite, where there is one writer, it does nothing.
func (tx *Tx) LockAccount(id int64) error { panic("unbuilt") }

// ShareRights keeps rights from changing until the transaction ends, so that
// an act and the check it stands on are one. On SQLite it does nothing.
func (tx *Tx) ShareRights() error { panic("unbuilt") }

// ChangeRights waits for the acts under way and keeps others from starting
// until the transaction ends. On SQLite it does nothing.
func (tx *Tx) ChangeRights() error { panic("unbuilt") }
