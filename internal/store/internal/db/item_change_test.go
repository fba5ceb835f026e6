package db_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestItemChangeCarriesData: of mailboxes that were there before ranges of
// changes were kept, one range tells the last change; an empty one has none.
func TestItemChangeCarriesData(t *testing.T) { onOld(t, 25, carryItemChanges) }

func carryItemChanges(t *testing.T, pool *sql.DB, p *goose.Provider) {
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
	err := pool.QueryRow(`SELECT COUNT(*), MIN(first_uid), MAX(last_uid), MAX(modseq) FROM item_change`).Scan(&ranges, &first, &last, &modseq)
	if err != nil || ranges != 1 || first != 1 || last != 6 || modseq != 12 {
		t.Fatalf("%d ranges from %d to %d at %d, %v", ranges, first, last, modseq, err)
	}
	if _, err := p.DownTo(t.Context(), 25); err != nil {
		t.Fatal(err)
	}
}
