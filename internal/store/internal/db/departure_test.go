package db_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestDeparturesCarryData: what left before runs of it were kept is known as
// before, and is again when the step is taken back.
func TestDeparturesCarryData(t *testing.T) { onOld(t, 20, carryDepartures) }

func carryDepartures(t *testing.T, pool *sql.DB, p *goose.Provider) {
	t.Helper()
	run := func(format string, args ...any) {
		t.Helper()
		if _, err := pool.Exec(fmt.Sprintf(format, args...)); err != nil {
			t.Fatal(err)
		}
	}
	run(`INSERT INTO collection (account_id, collection_id, parent_id, kind, name, path, uidvalidity, modseq) VALUES (3, 2, 1, 1, 'Inbox', '/Inbox', 1, 40)`)
	// UID 1 left before the log of emails began; 4 to 6 and 9 left with their
	// emails 14 to 16 and 21; 2,000 left at once; the account 4 is gone.
	run(`INSERT INTO gone (account_id, kind, collection_id, modseq, object) VALUES (3, 1, 2, 5, 1)`)
	item := func(uid, email, modseq int) {
		run(`INSERT INTO gone (account_id, kind, collection_id, modseq, object) VALUES (3, 1, 2, %d, %d)`, modseq, uid)
		run(`INSERT INTO item_gone (account_id, modseq, collection_id, uid, email_id, thread_id, added) VALUES (3, %d, 2, %d, %d, %d, %d)`,
			modseq, uid, email, email+100, uid)
	}
	place := func(account, uid, email, removed int) {
		run(`INSERT INTO audit_gone (account_id, collection_id, uid, email_id, message_hash, org_id, path, removed)
			VALUES (%d, 2, %d, %d, %d, 1, '/Inbox', %d)`, account, uid, email, email%2*(email+1000), removed)
	}
	for i := range 3 {
		item(4+i, 14+i, 20)
		place(3, 4+i, 14+i, 7)
	}
	item(9, 21, 30)
	place(3, 9, 21, 8)
	place(4, 1, 1, 9)
	run(`INSERT INTO audit_gone (account_id, collection_id, uid, email_id, message_hash, org_id, path, removed)
		WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) SELECT 3, 2, 3000 + i, 5000 + i, 0, 1, '/Inbox', 9 FROM n`)
	_, err := pool.Exec(`INSERT INTO email (account_id, email_id, thread_id, blob, prefix, size, message_hash, summary)
		VALUES (3, 15, 115, $1, $1, 1, 1015, $1)`, []byte{})
	if err != nil {
		t.Fatal(err)
	}
	dump := func(query string) (lines []string) {
		t.Helper()
		rows, err := pool.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line)
		}
		return lines
	}
	expect := func(query string, want ...string) {
		t.Helper()
		if got := dump(query); !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", query, got, want)
		}
	}
	const (
		items  = `SELECT modseq || ' ' || uid || ' ' || email_id || ' ' || thread_id || ' ' || added FROM item_gone ORDER BY uid`
		gone   = `SELECT kind || ' ' || collection_id || ' ' || modseq || ' ' || object FROM gone ORDER BY object`
		places = `SELECT account_id || ' ' || uid || ' ' || email_id || ' ' || message_hash || ' ' || path || ' ' || removed FROM audit_gone ORDER BY account_id, uid`
	)
	before := [][]string{dump(items), dump(gone), dump(places)}
	if _, err := p.ApplyVersion(t.Context(), 24, true); err != nil {
		t.Fatal(err)
	}
	expect(`SELECT modseq || ': ' || first_uid || '-' || last_uid || ': ' || stays FROM departure ORDER BY first_uid`,
		"5: 1-1: ", "20: 4-4: 14 4", "20: 5-5: 15 5", "20: 6-6: 16 6", "30: 9-9: 21 9")
	expect(`SELECT email_id || ' ' || thread_id FROM email_gone ORDER BY email_id`, "14 114", "16 116", "21 121")
	expect(`SELECT account_id || ': ' || first_uid || '-' || last_uid || ' from ' || first_email FROM audit_place ORDER BY account_id, first_uid`,
		"3: 4-6 from 14", "3: 9-9 from 21", "3: 3000-3999 from 5000", "3: 4000-4999 from 6000", "4: 1-1 from 1")
	expect(`SELECT account_id || ' ' || email_id || ' ' || message_hash || ' ' || removed FROM audit_email WHERE email_id < 5000 ORDER BY account_id, email_id`,
		"3 21 1021 8", "4 1 1001 9")
	// A run of several as it is written now, and back.
	run(`INSERT INTO departure (account_id, collection_id, modseq, first_uid, last_uid, stays) VALUES (3, 2, 41, 10, 12, '31 11,1 0,-5 1')`)
	if _, err := p.ApplyVersion(t.Context(), 24, false); err != nil {
		t.Fatal(err)
	}
	expect(items, append(before[0], "41 10 31 0 11", "41 11 32 0 11", "41 12 27 0 12")...)
	expect(gone, append(before[1], "1 2 41 10", "1 2 41 11", "1 2 41 12")...)
	expect(places, before[2]...)
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}
