package store_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// TestPrivateFiles: whatever the umask and whatever was there before, nobody but
// the owner can read what the store keeps. It sets the umask of the process and
// so runs beside no other test.
func TestPrivateFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := filepath.Join(t.TempDir(), "data")
	for _, start := range []string{"new", "again"} {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)})
		if err != nil {
			t.Fatal(err)
		}
		if start == "new" {
			house := storetest.NewHouse(t, s)
			house.Deliver("Subject: large\r\n\r\n"+strings.Repeat("x", 200_000), house.Anna)
		}
		wantPrivate(t, start, dir)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		wantPrivate(t, start+", closed", dir)
		for _, name := range []string{"postroom.db", "blobs"} {
			if err := os.Chmod(filepath.Join(dir, name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func wantPrivate(t *testing.T, when, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: %s is %v", when, path, info.Mode())
		}
		return nil
	})
	if err != nil || files < 2 {
		t.Errorf("%s: %d files, %v", when, files, err)
	}
}
