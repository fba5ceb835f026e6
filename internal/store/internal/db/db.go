// Package db runs transactions on SQLite or PostgreSQL. One SQL text serves
// both: the common subset with $1 placeholders; what differs is in dialect.go
// and in the twin migrations.
//
// Common subset: booleans are 0 or 1 in integer columns, times are
// microseconds since 1970 in bigint columns, bytes are []byte.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// ErrClosed is returned once Close was called.
var ErrClosed = errors.New("db: closed")

// Options say which database to open.
type Options struct {
	// File of the embedded database; used when URL is empty.
	File string
	// URL is a postgres:// URL.
	URL string
	// Logger for faults that no caller hears of; nil discards them.
	Logger *slog.Logger
	// Committed is told of each commit: how many writes it held and how long
	// it took from its beginning. It must not block; nil is not told.
	Committed func(writes int, took time.Duration)
	// Now is the clock that dates what changes; nil means time.Now.
	Now func() time.Time
}

// DB is an open database.
type DB struct {
	dialect Dialect
	pool    *sql.DB // PostgreSQL: everything; SQLite: readers
	log     *slog.Logger
	told    func(writes int, took time.Duration) // of each commit
	now     func() time.Time
	watched map[string]*table
	pasts   chan struct{}  // one for each who looks into the past
	connect func() *sql.DB // PostgreSQL only: more connections

	// SQLite only.
	file       string
	writerPool *sql.DB
	writer     *conn
	readers    chan *conn // capacity is the number of readers; nil: not yet open
	jobs       chan *job
	waiting    atomic.Int64 // writers between the queue and their answer

	gate    sync.RWMutex // held to close, shared to enter
	closing chan struct{}
	once    sync.Once
	workers sync.WaitGroup
	wire    *wire
}

// Open opens the database and brings its tables up to date.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{log: o.Logger, told: o.Committed, now: o.Now, closing: make(chan struct{}),
		pasts: make(chan struct{}, maxPasts)}
	if d.now == nil {
		d.now = time.Now
	}
	if d.told == nil {
		d.told = func(int, time.Duration) {}
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if o.URL == "" {
		err = d.openSQLite(ctx, o.File)
	} else {
		err = d.openPostgres(ctx, o.URL)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Dialect tells which database this is.
func (d *DB) Dialect() Dialect { return d.dialect }

// Close waits for the writes that were accepted and closes the database.
func (d *DB) Close() error {
	var err error
	d.once.Do(func() {
		d.gate.Lock()
		close(d.closing)
		d.gate.Unlock()
		d.workers.Wait()
		if d.readers != nil {
			for range cap(d.readers) {
				if c := <-d.readers; c != nil {
					c.close()
				}
			}
		}
		if d.writer != nil {
			d.writer.close()
		}
		for _, p := range []*sql.DB{d.pool, d.writerPool} {
			if p != nil {
				err = errors.Join(err, p.Close())
			}
		}
	})
	return err
}

func (d *DB) closed() bool {
	select {
	case <-d.closing:
		return true
	default:
		return false
	}
}

// Read runs fn on one consistent snapshot. fn must not write.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed() {
		return ErrClosed
	}
	if d.dialect == SQLite {
		return d.readSQLite(ctx, fn)
	}
	return d.readPostgres(ctx, fn)
}

// Row runs one query that is a snapshot by itself and scans its row;
// sql.ErrNoRows when there is none.
func (d *DB) Row(ctx context.Context, query string, args []any, dest ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed() {
		return ErrClosed
	}
	if d.dialect != SQLite {
		return d.pool.QueryRowContext(ctx, query, plain(args)...).Scan(dest...)
	}
	return d.onReader(ctx, func(c *conn) (*conn, error) {
		return c, c.queryRow(context.Background(), query, plain(args)).Scan(dest...)
	})
}

// Write runs fn and returns when what it did is durable. Many calls may share
// one commit (group commit); an error of fn undoes only its own writes. fn
// must be quick, must not wait for anything but the database, and may run more
// than once (a serialization failure is retried), so it must not touch
// anything outside but by assigning results. fn must not call Read or Write.
// A context that ends before fn has begun prevents it; after that the outcome
// is waited for.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.closed() {
		return ErrClosed
	}
	if d.dialect == SQLite {
		return d.writeSQLite(ctx, fn)
	}
	began := time.Now()
	err := d.writePostgres(ctx, fn)
	if err == nil {
		d.told(1, time.Since(began))
	}
	return err
}

// Tx is a transaction. It must not be kept after the function it was given to
// returned. Rows of one query must be closed before the next statement.
type Tx struct {
	db    *DB
	ctx   context.Context
	conn  *conn   // SQLite
	tx    *sql.Tx // PostgreSQL
	hooks []func()
	last  []func() error // before the commit
	// readOnly: made by Read, so all it sees is committed.
	readOnly bool
	// past: the tables that are watched read as they once were.
	past bool
	// hasDate: the time of its changes is in place.
	hasDate bool
	kept    any
}

// Kept is a place for what the one who reads has learned and needs again in the
// same snapshot; nil at first.
func (tx *Tx) Kept() *any { return &tx.kept }

// ReadOnly reports whether this is a snapshot: all it sees is committed.
func (tx *Tx) ReadOnly() bool { return tx.readOnly }

// Dialect tells which database this is.
func (tx *Tx) Dialect() Dialect { return tx.db.dialect }

// Exec runs a statement and returns the number of rows it affected.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	args = plain(args)
	if err := tx.dated(query); err != nil {
		return 0, err
	}
	var res sql.Result
	var err error
	if tx.conn != nil {
		res, err = tx.conn.exec(tx.ctx, query, args)
	} else {
		res, err = tx.tx.ExecContext(tx.ctx, query, args...)
	}
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Query returns rows; the caller closes them.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	args = plain(args)
	if err := tx.dated(query); err != nil {
		return nil, err
	}
	if tx.conn != nil {
		return tx.conn.query(tx.ctx, query, args)
	}
	return tx.tx.QueryContext(tx.ctx, query, args...)
}

// QueryRow returns at most one row.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	args = plain(args)
	_ = tx.dated(query) // a failure is that of the statement, too
	if tx.conn != nil {
		return tx.conn.queryRow(tx.ctx, query, args)
	}
	return tx.tx.QueryRowContext(tx.ctx, query, args...)
}

// Each runs a query and calls fn for every row, with the row's Scan.
func (tx *Tx) Each(query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Nested runs fn in a savepoint: its error undoes what fn wrote and the hooks it
// left, and nothing else.
func (tx *Tx) Nested(fn func(*Tx) error) error {
	hooks, hasDate := len(tx.hooks), tx.hasDate
	if _, err := tx.Exec("SAVEPOINT nested"); err != nil {
		return err
	}
	err := fn(tx)
	if err != nil {
		tx.hooks, tx.hasDate = tx.hooks[:hooks], hasDate
		if _, undo := tx.Exec("ROLLBACK TO SAVEPOINT nested"); undo != nil {
			return errors.Join(err, undo)
		}
	}
	if _, end := tx.Exec("RELEASE SAVEPOINT nested"); end != nil {
		return errors.Join(err, end)
	}
	return err
}

// AfterCommit has fn run once, after the commit is durable and before Write
// returns.
func (tx *Tx) AfterCommit(fn func()) { tx.hooks = append(tx.hooks, fn) }

// BeforeCommit has fn run once, in the transaction, when all it does is done. An
// error undoes the transaction.
func (tx *Tx) BeforeCommit(fn func() error) { tx.last = append(tx.last, fn) }

// ShareRights keeps rights from changing until the transaction ends, so that
// an act and the check it stands on are one. On SQLite it does nothing.
func (tx *Tx) ShareRights() error {
	return tx.advisory("SELECT pg_advisory_xact_lock_shared(1, 1)")
}

// ChangeRights waits for the acts under way and keeps others from starting
// until the transaction ends. On SQLite it does nothing.
func (tx *Tx) ChangeRights() error { return tx.advisory("SELECT pg_advisory_xact_lock(1, 1)") }

func (tx *Tx) advisory(query string, args ...any) error {
	if tx.db.dialect == SQLite {
		return nil
	}
	_, err := tx.Exec(query, args...)
	return err
}

// call runs fn, and what is to come before the commit, and turns a panic into an
// error.
func call(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("db: panic in transaction: %v\n%s", p, debug.Stack())
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	for _, last := range tx.last {
		if err := last(); err != nil {
			return err
		}
	}
	return nil
}

// backoff waits a little, longer with every attempt.
func backoff(ctx context.Context, attempt int) error {
	d := time.Duration(1<<min(attempt, 7)) * time.Millisecond
	select {
	case <-time.After(d/2 + rand.N(d)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
