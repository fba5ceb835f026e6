package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"postroom/internal/store/internal/db"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func openPostgres(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func write(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Two transactions that wait for each other are run again, until both are done.
func TestPostgresDeadlockIsRunAgain(t *testing.T) {
	d := openPostgres(t, storetest.Database(t))
	write(t, d, "CREATE TABLE probe (id bigint PRIMARY KEY, n bigint NOT NULL)")
	write(t, d, "INSERT INTO probe (id, n) VALUES (1, 0), (2, 0)")
	var meet sync.WaitGroup
	meet.Add(2)
	var wg sync.WaitGroup
	for _, order := range [][2]int{{1, 2}, {2, 1}} {
		first := true
		wg.Go(func() {
			err := d.Write(context.Background(), func(tx *db.Tx) error {
				for i, id := range order {
					if _, err := tx.Exec("UPDATE probe SET n = n + 1 WHERE id = $1", id); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						meet.Done()
						meet.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var n int
	err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("SELECT SUM(n) FROM probe").Scan(&n) })
	if err != nil || n != 4 {
		t.Fatal(n, err)
	}
}

// A change of rights waits for the acts that stand on them.
func TestPostgresRightsWaitForActs(t *testing.T) {
	d := openPostgres(t, storetest.Database(t))
	sharing, release := make(chan struct{}), make(chan struct{})
	var order []string
	var wg sync.WaitGroup
	wg.Go(func() {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			if err := tx.ShareRights(); err != nil {
				return err
			}
			close(sharing)
			<-release
			order = append(order, "act")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-sharing
	// Others may act at the same time.
	err := d.Write(t.Context(), func(tx *db.Tx) error { return tx.ShareRights() })
	if err != nil {
		t.Fatal(err)
	}
	wg.Go(func() {
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			if err := tx.ChangeRights(); err != nil {
				return err
			}
			order = append(order, "change")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	close(release)
	wg.Wait()
	if len(order) != 2 || order[0] != "act" {
		t.Fatal(order)
	}
}

func TestPostgresReadsDoNotWrite(t *testing.T) {
	d := openPostgres(t, storetest.Database(t))
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM blob")
		return err
	})
	if err == nil {
		t.Fatal("a reader wrote")
	}
	boom := errors.New("boom")
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO blob (id, size, refs) VALUES ($1, 1, 1)", []byte("x")); err != nil {
			return err
		}
		return boom
	})
	if err != boom {
		t.Fatal(err)
	}
	var n int
	err = d.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM blob").Scan(&n) })
	if err != nil || n != 0 {
		t.Fatal(n, err)
	}
}

func TestPostgresHintsReachOtherNodes(t *testing.T) {
	url := storetest.Database(t)
	one, two := openPostgres(t, url), openPostgres(t, url)
	heard := make(chan string, 100)
	two.Listen(func(topic, payload string) { heard <- topic + " " + payload })
	// The listener may not be connected yet: hints are sent until one comes.
	limit := time.After(20 * time.Second)
	for {
		err := one.Write(t.Context(), func(tx *db.Tx) error { tx.Notify("account", "7"); return nil })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case h := <-heard:
			if h == "account 7" {
				return
			}
		case <-time.After(50 * time.Millisecond):
		case <-limit:
			t.Fatal("nothing heard")
		}
	}
}

// Once a write has begun its outcome is waited for: a context that ends meanwhile
// neither undoes it nor hides that it is stored.
func TestPostgresWriteOutlivesItsContext(t *testing.T) {
	d := openPostgres(t, storetest.Database(t))
	write(t, d, "CREATE TABLE probe (n bigint NOT NULL)")
	ctx, cancel := context.WithCancel(t.Context())
	err := d.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("INSERT INTO probe (n) VALUES (1)"); err != nil {
			return err
		}
		cancel()
		_, err := tx.Exec("SELECT pg_sleep(0.05)") // whoever watches the context has noticed
		return err
	})
	if err != nil {
		t.Fatalf("the write was lost with its context: %v", err)
	}
	var n int64
	err = d.Read(t.Context(), func(tx *db.Tx) error { return tx.QueryRow("SELECT COUNT(*) FROM probe").Scan(&n) })
	if err != nil || n != 1 {
		t.Errorf("%d rows, %v; want one", n, err)
	}
	if err := d.Write(ctx, func(*db.Tx) error { t.Error("begun after the context had ended"); return nil }); err == nil {
		t.Error("a write whose context had ended was taken")
	}
}
