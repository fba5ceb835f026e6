package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	maxPostgresConns = 24
	maxAttempts      = 12
)

func (d *DB) openPostgres(ctx context.Context, url string) error {
	d.dialect = Postgres
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{"application_name": "postroom", "lock_timeout": "30000",
		"idle_in_transaction_session_timeout": "60000"} {
		if _, set := cfg.RuntimeParams[name]; !set {
			cfg.RuntimeParams[name] = value
		}
	}
	// Nothing is acknowledged before it is durable, whatever the server's default.
	cfg.RuntimeParams["synchronous_commit"] = "on"
	d.pool = stdlib.OpenDB(*cfg)
	d.pool.SetMaxOpenConns(maxPostgresConns)
	d.pool.SetMaxIdleConns(maxPostgresConns)
	if err := migrate(ctx, d.pool, Postgres); err != nil {
		return err
	}
	d.connect = func() *sql.DB { return stdlib.OpenDB(*cfg) }
	if err := d.keepHistoryPostgres(ctx); err != nil {
		return err
	}
	d.wire = newWire(d, cfg)
	return nil
}

func (d *DB) readPostgres(ctx context.Context, fn func(*Tx) error) error {
	raw, err := d.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer raw.Rollback()
	return call(&Tx{db: d, ctx: ctx, tx: raw, readOnly: true}, fn)
}

func (d *DB) writePostgres(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		hooks, err := d.attempt(ctx, fn)
		if err == nil {
			for _, hook := range hooks {
				hook()
			}
			return nil
		}
		if !repeatable(err) || attempt == maxAttempts {
			return err
		}
		if err := backoff(ctx, attempt); err != nil {
			return err
		}
	}
}

// attempt runs fn once. The context may end the wait for a connection, and nothing
// after that: an answer lost half-way, above all that of the commit, would leave the
// caller not knowing what is stored.
func (d *DB) attempt(ctx context.Context, fn func(*Tx) error) ([]func(), error) {
	c, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	lasting := context.WithoutCancel(ctx)
	raw, err := c.BeginTx(lasting, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	tx := &Tx{db: d, ctx: lasting, tx: raw}
	if err := call(tx, fn); err != nil {
		raw.Rollback()
		return nil, err
	}
	if err := raw.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	return tx.hooks, nil
}

// repeatable reports whether a transaction may simply be run again:
// serialization_failure and deadlock_detected, and a connection that turned out to
// be gone before it began.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.Is(err, driver.ErrBadConn) || errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}
