package db_test

import (
	"database/sql"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestAttachedCarriesData: of emails that were there before the column of
// attachments it is not known, and they are there when the step is taken back.
func TestAttachedCarriesData(t *testing.T) { onOld(t, 21, carryAttached) }

func carryAttached(t *testing.T, pool *sql.DB, p *goose.Provider) {
	_, err := pool.Exec(`INSERT INTO email (account_id, email_id, thread_id, blob, prefix, size, message_hash, summary) VALUES (3, 1, 1, $1, $1, 5, 0, $1)`, []byte{})
	if err != nil {
		t.Fatal(err)
	}
	holds := func(query string) {
		t.Helper()
		var n int
		if err := pool.QueryRow(query).Scan(&n); err != nil || n != 1 {
			t.Fatalf("%s: %d, %v", query, n, err)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds(`SELECT COUNT(*) FROM email WHERE attached IS NULL AND size = 5`)
	if _, err := p.DownTo(t.Context(), 21); err != nil {
		t.Fatal(err)
	}
	holds(`SELECT COUNT(*) FROM email WHERE size = 5`)
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}
