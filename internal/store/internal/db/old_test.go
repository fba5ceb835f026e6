package db_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"postroom/internal/store/storetest"
)

// onOld runs a test on each database as it was after a step of the migrations.
func onOld(t *testing.T, version int64, test func(t *testing.T, pool *sql.DB, p *goose.Provider)) {
	for _, one := range []struct {
		name, driver string
		dialect      goose.Dialect
		source       func(t *testing.T) string
	}{
		{"sqlite", "sqlite", goose.DialectSQLite3, func(t *testing.T) string { return filepath.Join(t.TempDir(), "old.db") }},
		{"postgres", "pgx", goose.DialectPostgres, func(t *testing.T) string { return storetest.Database(t) }},
	} {
		t.Run(one.name, func(t *testing.T) {
			pool, err := sql.Open(one.driver, one.source(t))
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			pool.SetMaxOpenConns(1)
			p, err := goose.NewProvider(one.dialect, pool, os.DirFS(filepath.Join("migrations", one.name)), goose.WithDisableGlobalRegistry(true))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(t.Context(), version); err != nil {
				t.Fatal(err)
			}
			test(t, pool, p)
		})
	}
}
