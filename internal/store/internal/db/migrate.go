package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations holds twin texts: the same tables and columns for both databases.
//
//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. On PostgreSQL one node does it while
// the others wait.
func migrate(ctx context.Context, pool *sql.DB, d Dialect) error {
	texts, err := fs.Sub(migrations, "migrations/"+d.String())
	if err != nil {
		return err
	}
	kind := goose.DialectSQLite3
	// Texts are independent of those with higher numbers, which may be older.
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true)}
	if d == Postgres {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(kind, pool, texts, options...)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
