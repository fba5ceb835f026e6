package db

import (
	"context"
	"database/sql"
)

// maxStatements bounds the prepared statements of one connection.
const maxStatements = 400

// conn is one SQLite connection with its prepared statements: preparing costs
// several times as much as running a short statement.
type conn struct {
	raw   *sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, pool *sql.DB) (*conn, error) {
	raw, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, stmts: make(map[string]*sql.Stmt)}, nil
}

func (c *conn) close() {
	c.forget()
	c.raw.Close()
}

func (c *conn) forget() {
	for _, s := range c.stmts {
		s.Close()
	}
	clear(c.stmts)
}

// prepare finds or makes a statement. Statements are forgotten between
// transactions only, when there are too many: rows of one may be open.
func (c *conn) prepare(query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.raw.PrepareContext(context.Background(), query)
	if err == nil {
		c.stmts[query] = s
	}
	return s, err
}

func (c *conn) trim() {
	if len(c.stmts) > maxStatements {
		c.forget()
	}
}

func (c *conn) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *conn) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	s, err := c.prepare(query)
	if err != nil {
		// The same failure once more, in the shape of a row.
		return c.raw.QueryRowContext(ctx, query, args...)
	}
	return s.QueryRowContext(ctx, args...)
}
