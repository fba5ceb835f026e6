package db_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"postroom/internal/store/storetest"
)

// TestItemChangeCarriesData: of mailboxes that were there before ranges of
// changes were kept, one range tells the last change; an empty one has none.
func TestItemChangeCarriesData(t *testing.T) {
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
			if _, err := p.UpTo(t.Context(), 25); err != nil {
				t.Fatal(err)
			}
			for uid, modseq := range []int{7, 12, 9} {
				_, err := pool.Exec(fmt.Sprintf(`INSERT INTO item (account_id, collection_id, uid, email_id, flags, modseq, size, received, saved, added)
					VALUES (3, 2, %d, 1, 0, %d, 1, 0, 0, 0)`, uid+4, modseq))
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := p.Up(t.Context()); err != nil {
				t.Fatal(err)
			}
			var ranges, first, last, modseq int
			err = pool.QueryRow(`SELECT COUNT(*), MIN(first_uid), MAX(last_uid), MAX(modseq) FROM item_change`).Scan(&ranges, &first, &last, &modseq)
			if err != nil || ranges != 1 || first != 1 || last != 6 || modseq != 12 {
				t.Fatalf("%d ranges from %d to %d at %d, %v", ranges, first, last, modseq, err)
			}
			if _, err := p.DownTo(t.Context(), 25); err != nil {
				t.Fatal(err)
			}
		})
	}
}
