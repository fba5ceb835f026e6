package store_test

import (
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// Mail in bulk and backups are the console's: the server's own services and
// whoever else has a session are refused.
func TestBulkIsForTheConsole(t *testing.T) {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other := system.Housekeeping(s)
	_, imported := system.Import(t.Context(), other, 1, "x")
	_, exported := system.Export(t.Context(), other, 1, "/")
	copied := system.Backup(t.Context(), other, store.WithDatabase, func(store.BackupFile) error {
		t.Error("a file was given away")
		return nil
	})
	for what, err := range map[string]error{"import": imported, "export": exported, "backup": copied} {
		if err == nil || postroom.KindOf(err) != postroom.Denied {
			t.Errorf("%s: %v, want denied", what, err)
		}
	}
	if _, err := system.Export(t.Context(), system.Console(s), 1, "/"); postroom.KindOf(err) != postroom.NotFound {
		t.Errorf("export of nobody: %v", err)
	}
}
