package db

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNoSnapshot says that the database is not one that is kept in a file here.
var ErrNoSnapshot = errors.New("db: only the embedded database can be copied")

// Snapshot writes a consistent copy of the embedded database to a file that is
// empty or does not exist yet. Writers go on meanwhile; what they commit after
// the beginning is not in it. ErrNoSnapshot on PostgreSQL.
func (d *DB) Snapshot(ctx context.Context, source, file string) (err error) {
	if d.dialect != SQLite {
		return ErrNoSnapshot
	}
	if d.closed() {
		return ErrClosed
	}
	// A connection of its own: those of the pool may not write, and the
	// writer would keep everybody waiting.
	pool, err := sql.Open("sqlite", dsn(source, false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.ExecContext(ctx, "VACUUM INTO $1", file)
	return err
}
