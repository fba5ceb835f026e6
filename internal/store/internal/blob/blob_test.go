package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"postroom/internal/store/internal/db"
)

func open(t *testing.T) (*Store, *db.DB, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := db.Open(t.Context(), db.Options{File: filepath.Join(dir, "b.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	f, err := OpenFolder(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	return New(f), d, dir
}

func keep(t *testing.T, s *Store, d *db.DB, raw []byte) *Draft {
	t.Helper()
	draft, err := s.Receive(bytes.NewReader(raw), 10<<20)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(draft.Bytes(), raw) {
		t.Fatal("the draft has other bytes")
	}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return draft.Keep(tx, 1) }); err != nil {
		t.Fatal(err)
	}
	draft.Close()
	return draft
}

func read(t *testing.T, s *Store, d *db.DB, id [32]byte, prefix string) string {
	t.Helper()
	var c Content
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		c, err = s.Open(tx, id[:], []byte(prefix))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	if err != nil || int64(len(b)) != c.Size() {
		t.Fatal(len(b), c.Size(), err)
	}
	return string(b)
}

func TestSizes(t *testing.T) {
	s, d, _ := open(t)
	for _, n := range []int{0, 1, Inline, Inline + 1, inMemory - 1, inMemory, inMemory + 1, 3 << 20} {
		raw := bytes.Repeat([]byte{'a', 'b', 'c'}, n/3+1)[:n]
		draft := keep(t, s, d, raw)
		for _, prefix := range []string{"", "Return-Path: <>\r\n"} {
			if got := read(t, s, d, draft.ID, prefix); got != prefix+string(raw) {
				t.Fatalf("%d bytes came back as %d", n, len(got))
			}
		}
	}
	if _, err := s.Receive(bytes.NewReader(make([]byte, 11<<20)), 10<<20); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
	if _, err := s.Receive(bytes.NewReader(make([]byte, 11)), 10); !errors.Is(err, ErrTooLarge) {
		t.Fatal(err)
	}
}

// A prefix and a file read at any offset.
func TestPrefixedReadAt(t *testing.T) {
	s, d, _ := open(t)
	raw := bytes.Repeat([]byte("0123456789"), 10_000)
	draft := keep(t, s, d, raw)
	want := append([]byte("prefix"), raw...)
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		c, err := s.Open(tx, draft.ID[:], []byte("prefix"))
		if err != nil {
			return err
		}
		defer c.Close()
		for _, off := range []int{0, 3, 5, 6, 7, len(want) - 4} {
			b := make([]byte, 8)
			n, err := c.ReadAt(b, int64(off))
			if err != nil && err != io.EOF || !bytes.Equal(b[:n], want[off:min(off+8, len(want))]) {
				t.Errorf("at %d: %q %v", off, b[:n], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCollectAndSweep(t *testing.T) {
	s, d, dir := open(t)
	ctx := context.Background()
	large := keep(t, s, d, make([]byte, 2*Inline))
	small := keep(t, s, d, []byte("small"))
	stray, err := s.Prepare(bytes.Repeat([]byte("x"), 2*Inline)) // a crash before the commit
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Collect(ctx, d, time.Now(), 10); n != 0 || err != nil {
		t.Fatal("collected while a draft was under way", n, err)
	}
	stray.Close()
	now := time.Now()
	err = d.Write(ctx, func(tx *db.Tx) error {
		if err := Share(tx, large.ID[:]); err != nil {
			return err
		}
		if err := Release(tx, [][]byte{large.ID[:]}, 1, now); err != nil {
			return err
		}
		return Release(tx, [][]byte{small.ID[:]}, 1, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Collect(ctx, d, now, 10); n != 0 || err != nil {
		t.Fatal("collected too early", n, err)
	}
	if n, err := s.Collect(ctx, d, now.Add(time.Hour), 10); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := s.Sweep(ctx, d, now.Add(-time.Hour)); n != 0 || err != nil {
		t.Fatal("swept a young file", n, err)
	}
	if n, err := s.Sweep(ctx, d, time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if len(files) != 1 || filepath.Base(files[0]) != large.ID.String() {
		t.Fatal(files)
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return Release(tx, [][]byte{large.ID[:]}, 1, now) }); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Collect(ctx, d, now.Add(time.Hour), 10); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := os.Stat(files[0]); !os.IsNotExist(err) {
		t.Fatal("the file stayed", err)
	}
}

// Whoever stores bytes that another is just storing must not answer before their
// name is durable.
func TestPutOfWhatIsThereIsDurable(t *testing.T) {
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	raw := bytes.Repeat([]byte("x"), Inline+1)
	var synced []string
	f.syncDir = func(dir string) error { synced = append(synced, dir); return syncDir(dir) }
	for range 2 {
		if _, err := New(f).Prepare(raw); err != nil {
			t.Fatal(err)
		}
	}
	if len(synced) != 2 || synced[0] != synced[1] {
		t.Errorf("folders made durable: %q; want the same one for each", synced)
	}
}
