package storetest_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
	_ "modernc.org/sqlite"             // the driver

	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// The twin migrations make the same tables, columns and indexes. The search
// index is each database's own.
func TestMigrationsAreTwins(t *testing.T) {
	dir, url := t.TempDir(), storetest.Database(t)
	for _, u := range []string{"", url} {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, DatabaseURL: u})
		must(t, err)
		must(t, s.Close())
	}
	lite := columns(t, "sqlite", filepath.Join(dir, "postroom.db"), `SELECT m.name, p.name, p."notnull" = 1 OR p.pk > 0 FROM sqlite_master m
		JOIN pragma_table_info(m.name) p WHERE m.type = 'table'
		UNION ALL SELECT 'index', name, 1 FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'`)
	pg := columns(t, "pgx", url, `SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns WHERE table_schema = 'public'
		UNION ALL SELECT 'index', indexname, true FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'`)
	if !slices.Equal(lite, pg) {
		for _, c := range lite {
			if !slices.Contains(pg, c) {
				// Tables of history are made at Open; their keys have other names in PostgreSQL.
				if !strings.Contains(c, "_history_key") {
					t.Errorf("only in SQLite: %s", c)
				}
			}
		}
		for _, c := range pg {
			if !slices.Contains(lite, c) {
				t.Errorf("only in PostgreSQL: %s", c)
			}
		}
	}
	if len(lite) < 100 {
		t.Errorf("only %d columns found", len(lite))
	}
}

func columns(t *testing.T, driver, source, query string) (list []string) {
	t.Helper()
	d, err := sql.Open(driver, source)
	must(t, err)
	defer d.Close()
	rows, err := d.Query(query)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var table, column string
		var needed bool
		must(t, rows.Scan(&table, &column, &needed))
		if strings.HasPrefix(table, "goose") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		list = append(list, fmt.Sprintf("%s.%s needed=%v", table, column, needed))
	}
	must(t, rows.Err())
	slices.Sort(list)
	return list
}
