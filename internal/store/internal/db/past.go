package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxPasts bounds how many look into the past at once.
const maxPasts = 4

// Past runs fn on a snapshot in which the tables from which rights are computed
// read as they were after the last change that was not later than a time. All
// others read as they are. Columns that are omitted there read as their
// default. fn must not write.
//
// It does so by temporary views that hide the tables, on a connection of its
// own that nobody uses afterwards.
func (d *DB) Past(ctx context.Context, at time.Time, fn func(*Tx) error) (err error) {
	if d.closed() {
		return ErrClosed
	}
	select {
	case d.pasts <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-d.pasts }()
	if d.dialect == SQLite {
		return d.pastSQLite(ctx, at, fn)
	}
	return d.pastPostgres(ctx, at, fn)
}

func (d *DB) pastSQLite(ctx context.Context, at time.Time, fn func(*Tx) error) error {
	pool, err := sql.Open("sqlite", dsn(d.file, false))
	if err != nil {
		return err
	}
	defer pool.Close()
	c, err := newConn(ctx, pool)
	if err != nil {
		return err
	}
	defer c.close()
	background := context.Background()
	if err := d.hideTables(background, c.raw, "main", at); err != nil {
		return err
	}
	for _, s := range []string{`PRAGMA query_only(ON)`, `BEGIN`} {
		if _, err := c.raw.ExecContext(background, s); err != nil {
			return err
		}
	}
	return call(&Tx{db: d, ctx: background, conn: c, readOnly: true, past: true}, fn)
}

func (d *DB) pastPostgres(ctx context.Context, at time.Time, fn func(*Tx) error) (err error) {
	pool := d.connect()
	defer func() { err = errors.Join(err, pool.Close()) }()
	raw, err := pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer raw.Rollback()
	var schema string
	if err := raw.QueryRowContext(ctx, `SELECT quote_ident(current_schema())`).Scan(&schema); err != nil {
		return err
	}
	if err := d.hideTables(ctx, raw, schema, at); err != nil {
		return err
	}
	if _, err := raw.ExecContext(ctx, `SET TRANSACTION READ ONLY`); err != nil {
		return err
	}
	return call(&Tx{db: d, ctx: ctx, tx: raw, readOnly: true, past: true}, fn)
}

// hideTables puts a temporary view before each watched table.
func (d *DB) hideTables(ctx context.Context, q querier, schema string, at time.Time) error {
	for name, t := range d.watched {
		if _, err := q.ExecContext(ctx, `CREATE TEMP VIEW `+name+` AS `+t.past(schema, Micros(at), d.dialect)); err != nil {
			return fmt.Errorf("view of %s as it was: %w", name, err)
		}
	}
	return nil
}

// Past reports whether this is a view into the past.
func (tx *Tx) Past() bool { return tx.past }

// PruneHistory forgets up to max rows of the history of an organisation that
// are older than a time, and reports how many. Before that time, nothing is
// known of it any more.
func (tx *Tx) PruneHistory(org int64, before time.Time, max int) (pruned int64, err error) {
	for _, w := range watchedTables {
		if pruned >= int64(max) {
			break
		}
		n, err := tx.Exec(`DELETE FROM `+w.name+`_history WHERE h_seq IN (SELECT h_seq FROM `+w.name+`_history WHERE h_at < $2 AND `+
			w.ofOrg+` LIMIT $3)`, org, before, int64(max)-pruned)
		if err != nil {
			return pruned, err
		}
		pruned += n
	}
	return pruned, nil
}

// CheckHistory finds what cannot be in the history: something that was made and
// is not there at the next change of it or now, and something that changed
// before it was made.
func (tx *Tx) CheckHistory(fault func(string)) error {
	for _, w := range watchedTables {
		t := tx.db.watched[w.name]
		keys := t.names("", isKey)
		query := `SELECT h.h_seq FROM (SELECT h_seq, h_existed, ` + strings.Join(keys, ", ") + `,
				LEAD(h_existed) OVER (PARTITION BY ` + strings.Join(keys, ", ") + ` ORDER BY h_seq) AS h_next FROM ` + t.name + `_history) h
			LEFT JOIN ` + t.name + ` p ON ` + equal(" = ", " AND ", keys, "p.", "h.") + `
			WHERE h.h_existed = 0 AND COALESCE(h.h_next, CASE WHEN p.` + keys[0] + ` IS NULL THEN 0 ELSE 1 END) = 0`
		err := tx.Each(query, nil, func(scan func(...any) error) error {
			var seq int64
			err := scan(&seq)
			fault(fmt.Sprintf("history of %s: what record %d says was made is not there", t.name, seq))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
