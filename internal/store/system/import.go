package system

import (
	"context"

	"postroom"
	"postroom/internal/store"
)

// Import lets the console bring mail into the mailboxes of one account; it
// cannot read any. from says in the audit log where the mail comes from. Denied
// for everybody else.
func Import(ctx context.Context, console *store.Session, account postroom.AccountID, from string) (*store.ImportSession, error) {
	return store.OpenImport(ctx, console, account, from)
}

// Export lets the console read the mail of one account at and below a path. It
// is an act of whoever holds the machine: to be an administrator is not enough.
func Export(ctx context.Context, console *store.Session, account postroom.AccountID, path string) (*store.ExportSession, error) {
	return store.OpenExport(ctx, console, account, path)
}

// Backup gives each file of a consistent copy of the store to take. Denied for
// everybody but the console.
func Backup(ctx context.Context, console *store.Session, part store.DatabasePart, take func(store.BackupFile) error) error {
	return store.Backup(ctx, console, part, take)
}
