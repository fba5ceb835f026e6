package db

import (
	"context"
	"database/sql"
	"errors"
)

// sizes are what SQLite's planner is told of the largest tables: for each index
// the rows, and how many of them share its first column, its first two, and so on
// (sqlite.org/fileformat2.html, 2.6.3). They are those of a large server and the
// same everywhere. Without any, SQLite takes an account to have ten messages, and
// rather reads all of them than look one up in an index; what it would find out
// by itself changes from one day to another, and with it the way a query goes.
var sizes = []struct{ table, index, stat string }{
	{"email", "email", "1000000 100000 1"},
	{"email", "email_thread", "1000000 100000 2"},
	{"email", "email_message", "1000000 100000 1"},
	{"email", "email_todo", "1000 100 1"},
	{"item", "item", "1000000 100000 10000 1"},
	{"item", "item_email", "1000000 100000 1"},
}

// tellSizes writes the sizes into the database, where each connection reads them
// when it opens.
func tellSizes(ctx context.Context, pool *sql.DB) (err error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	told, err := areTold(ctx, c)
	if err != nil || told {
		return err
	}
	// ANALYZE makes the table, if only a little is looked at.
	for _, query := range []string{"PRAGMA analysis_limit = 10", "ANALYZE email", "ANALYZE item"} {
		if _, err := c.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit there is nothing to take back
	if _, err := tx.ExecContext(ctx, `DELETE FROM sqlite_stat1`); err != nil {
		return err
	}
	for _, s := range sizes {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)`, s.table, s.index, s.stat); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "ANALYZE sqlite_schema") // this connection has read the old ones
	return err
}

// areTold reports whether the database has these sizes and no others.
func areTold(ctx context.Context, c *sql.Conn) (bool, error) {
	var n int
	err := c.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'`).Scan(&n)
	if err != nil || n == 0 {
		return false, err
	}
	if err := c.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_stat1`).Scan(&n); err != nil || n != len(sizes) {
		return false, err
	}
	for _, s := range sizes {
		err := c.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = $1 AND idx = $2 AND stat = $3`, s.table, s.index, s.stat).Scan(&n)
		if err != nil || n == 0 {
			return false, err
		}
	}
	return true, nil
}
