package db

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

func openTest(t testing.TB) *DB {
	t.Helper()
	d, err := Open(t.Context(), Options{File: filepath.Join(t.TempDir(), "a b?.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	err = d.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.Exec("CREATE TABLE probe (id BIGINT PRIMARY KEY, word TEXT NOT NULL)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func count(t testing.TB, d *DB) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *Tx) error {
		return tx.QueryRow("SELECT COUNT(*) FROM probe").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestParametersByNumber(t *testing.T) {
	d := openTest(t)
	var a, b string
	err := d.Read(t.Context(), func(tx *Tx) error {
		return tx.QueryRow("SELECT $2 || $1, $1", "x", "y").Scan(&a, &b)
	})
	if err != nil || a != "yx" || b != "x" {
		t.Fatal(a, b, err)
	}
}

// One failing, one panicking and many good writes share commits: each has its
// own outcome.
func TestGroupCommitKeepsOutcomesApart(t *testing.T) {
	d := openTest(t)
	boom := errors.New("boom")
	var wg sync.WaitGroup
	var mu sync.Mutex
	hooks := 0
	for i := range 300 {
		wg.Go(func() {
			err := d.Write(context.Background(), func(tx *Tx) error {
				if _, err := tx.Exec("INSERT INTO probe (id, word) VALUES ($1, $2)", i, "w"); err != nil {
					return err
				}
				tx.AfterCommit(func() { mu.Lock(); hooks++; mu.Unlock() })
				switch i % 3 {
				case 1:
					return boom
				case 2:
					panic("boom")
				}
				return nil
			})
			if (i%3 == 0) != (err == nil) || i%3 == 1 && err != boom {
				t.Errorf("write %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := count(t, d); n != 100 || hooks != 100 {
		t.Fatalf("%d rows, %d hooks", n, hooks)
	}
}

func TestConstraintUndoesOnlyItsOwn(t *testing.T) {
	d := openTest(t)
	insert := func(id int) error {
		return d.Write(t.Context(), func(tx *Tx) error {
			_, err := tx.Exec("INSERT INTO probe (id, word) VALUES ($1, 'x')", id)
			return err
		})
	}
	if err := insert(1); err != nil {
		t.Fatal(err)
	}
	if err := insert(1); !IsUnique(err) {
		t.Fatal(err)
	}
	if err := insert(2); err != nil {
		t.Fatal(err)
	}
}

func TestCancelledBeforeItBegan(t *testing.T) {
	d := openTest(t)
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	release := make(chan struct{})
	first := make(chan error)
	go func() {
		first <- d.Write(context.Background(), func(*Tx) error { close(began); <-release; return nil })
	}()
	<-began
	second := make(chan error)
	go func() {
		second <- d.Write(ctx, func(tx *Tx) error {
			_, err := tx.Exec("INSERT INTO probe (id, word) VALUES (9, 'x')")
			return err
		})
	}()
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if n := count(t, d); n != 0 {
		t.Fatal(n)
	}
}

func TestReadersSeeASnapshotAndCannotWrite(t *testing.T) {
	d := openTest(t)
	err := d.Read(t.Context(), func(tx *Tx) error {
		before := 0
		if err := tx.QueryRow("SELECT COUNT(*) FROM probe").Scan(&before); err != nil {
			return err
		}
		done := make(chan error)
		go func() {
			done <- d.Write(context.Background(), func(tx *Tx) error {
				_, err := tx.Exec("INSERT INTO probe (id, word) VALUES (1, 'x')")
				return err
			})
		}()
		if err := <-done; err != nil {
			return err
		}
		after := 0
		if err := tx.QueryRow("SELECT COUNT(*) FROM probe").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("%d then %d rows in one snapshot", before, after)
		}
		if _, err := tx.Exec("DELETE FROM probe"); err == nil {
			t.Error("a reader wrote")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, d); n != 1 {
		t.Fatal(n)
	}
}

func TestHintsAfterCommitOnly(t *testing.T) {
	d := openTest(t)
	var got []string
	d.Listen(func(topic, payload string) { got = append(got, topic+" "+payload) })
	d.Write(t.Context(), func(tx *Tx) error { tx.Notify("a", "lost"); return errors.New("no") })
	if err := d.Write(t.Context(), func(tx *Tx) error { tx.Notify("a", "kept"); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0] != "a kept" {
		t.Fatal(got)
	}
}

func TestClosed(t *testing.T) {
	d := openTest(t)
	d.Close()
	if err := d.Write(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
	if err := d.Read(t.Context(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatal(err)
	}
}
