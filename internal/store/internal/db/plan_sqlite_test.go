package db

import (
	"path/filepath"
	"strings"
	"testing"
)

// What looks a few messages up must not read all of an account.
func TestPlans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plans.db")
	for _, opened := range []string{"new", "again", "with other sizes"} {
		d, err := Open(t.Context(), Options{File: file})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ query, index string }{
			{`SELECT i.received FROM email e JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id
				WHERE e.account_id = $1 AND e.thread_id = $2`, "i USING INDEX item_email (account_id=? AND email_id=?)"},
			{`SELECT message_hash FROM email WHERE account_id = $1 AND thread_id = $2 ORDER BY email_id DESC LIMIT 9`, "email_thread (account_id=? AND thread_id=?)"},
			{`SELECT 1 FROM email WHERE account_id = $1 AND message_hash = $2 AND message_hash <> 0`, "email_message (account_id=? AND message_hash=?)"},
			{`SELECT received FROM item WHERE account_id = $1 AND email_id = $2`, "item_email (account_id=? AND email_id=?)"},
			{`SELECT flags FROM item WHERE account_id = $1 AND collection_id = $2 ORDER BY uid`, "PRIMARY KEY (account_id=? AND collection_id=?)"},
			{`SELECT email_id FROM email WHERE account_id = $1 AND indexed = 0 AND email_id > $2 ORDER BY email_id`, "email_todo"},
			{`SELECT account_id, email_id, summary FROM email WHERE attached IS NULL ORDER BY account_id, email_id LIMIT $1`, "email_attached_todo"},
		} {
			var plan []string
			err := d.Read(t.Context(), func(tx *Tx) error {
				plan = nil
				args := []any{1, 2, 3}[:strings.Count(c.query, "$")]
				return tx.Each("EXPLAIN QUERY PLAN "+c.query, args, func(scan func(...any) error) error {
					var id, parent, unused int
					var step string
					err := scan(&id, &parent, &unused, &step)
					plan = append(plan, step)
					return err
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.Join(plan, "; "), c.index) {
				t.Errorf("%s: %s\ngoes by %q, not by %s", opened, c.query, plan, c.index)
			}
		}
		if opened == "again" {
			err := d.Write(t.Context(), func(tx *Tx) error {
				_, err := tx.Exec(`UPDATE sqlite_stat1 SET stat = '2 1 1 1'`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
