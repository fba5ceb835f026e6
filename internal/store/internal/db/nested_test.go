package db_test

import (
	"errors"
	"testing"

	"postroom/internal/store/internal/db"
	"postroom/internal/store/storetest"
)

// TestNested: what fails inside undoes its own writes and hooks, also after an
// error of the database, and the rest of the transaction is kept.
func TestNested(t *testing.T) {
	lite, err := db.Open(t.Context(), db.Options{File: t.TempDir() + "/x.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer lite.Close()
	for _, d := range []*db.DB{lite, openPostgres(t, storetest.Database(t))} {
		write(t, d, "CREATE TABLE probe (n bigint PRIMARY KEY)")
		boom := errors.New("boom")
		hooks := ""
		insert := func(tx *db.Tx, n int, hook string) error {
			tx.AfterCommit(func() { hooks += hook })
			_, err := tx.Exec("INSERT INTO probe (n) VALUES ($1)", n)
			return err
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := insert(tx, 1, "a"); err != nil {
				return err
			}
			err := tx.Nested(func(tx *db.Tx) error {
				if err := tx.Nested(func(tx *db.Tx) error { return insert(tx, 2, "b") }); err != nil {
					return err
				}
				return boom
			})
			if err != boom {
				t.Errorf("%v: %v", d.Dialect(), err)
			}
			if err := tx.Nested(func(tx *db.Tx) error { return insert(tx, 1, "c") }); !db.IsUnique(err) {
				t.Errorf("%v: %v", d.Dialect(), err)
			}
			return tx.Nested(func(tx *db.Tx) error { return insert(tx, 3, "d") })
		})
		if err != nil {
			t.Fatal(d.Dialect(), err)
		}
		var n, sum int64
		err = d.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("SELECT COUNT(*), SUM(n) FROM probe").Scan(&n, &sum) })
		if err != nil || n != 2 || sum != 4 || hooks != "ad" {
			t.Errorf("%v: %d rows, sum %d, hooks %q, %v", d.Dialect(), n, sum, hooks, err)
		}
	}
}
