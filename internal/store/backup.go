package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

const (
	databaseFile = "postroom.db"
	blobFolder   = "blobs"
	scratch      = "tmp" // in blobFolder
)

// BackupFile is a file of a backup: Name is its slash-separated path below the
// data directory of the server that is restored from it.
type BackupFile struct {
	Name string
	Path string // where its bytes are now
	Size int64
}

// DatabasePart says whether a backup has the database.
type DatabasePart uint8

// The two answers.
const (
	// WithDatabase copies the embedded database; with PostgreSQL it is
	// refused.
	WithDatabase DatabasePart = iota
	// WithoutDatabase copies only what is beside it: the database was copied
	// before, by its own means.
	WithoutDatabase
)

// Backup gives each file of a consistent copy of the whole store to take: a
// snapshot of the embedded database, every larger blob, and what else is kept
// in the directory (certificates, configuration). The server goes on
// meanwhile; blobs that the snapshot names stay until it is done. Only the
// console may, and the audit log has it. A file must be read before take
// returns. Invalid for WithDatabase on PostgreSQL.
func Backup(ctx context.Context, asker *Session, part DatabasePart, take func(BackupFile) error) error {
	if asker.warrant.Purpose != mint.Console {
		return errDenied()
	}
	s := asker.store
	if part == WithDatabase && s.db.Dialect() != db.SQLite {
		return postroom.Errorf(postroom.Invalid, "the database is PostgreSQL, which this command does not copy: "+
			"run pg_dump first, then this command again with --without-database for the files beside it")
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return asker.recordOn(tx, "server.backup", 0, "", nil)
	})
	if err != nil {
		return err
	}
	defer s.blobs.Hold()()
	if part == WithDatabase {
		if err := s.backupDatabase(ctx, take); err != nil {
			return err
		}
	}
	return s.backupFiles(ctx, take)
}

// backupDatabase makes a snapshot and gives it away.
func (s *Store) backupDatabase(ctx context.Context, take func(BackupFile) error) error {
	tmp, err := os.CreateTemp(filepath.Join(s.opts.Dir, blobFolder, scratch), "snapshot-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	if err := tmp.Close(); err != nil {
		return err
	}
	if err := s.db.Snapshot(ctx, filepath.Join(s.opts.Dir, databaseFile), tmp.Name()); err != nil {
		return err
	}
	info, err := os.Stat(tmp.Name())
	if err != nil {
		return err
	}
	return take(BackupFile{Name: databaseFile, Path: tmp.Name(), Size: info.Size()})
}

// backupFiles gives away the regular files of the directory, but not the
// database (a copy of a file that is written to is none), nor scratch files.
func (s *Store) backupFiles(ctx context.Context, take func(BackupFile) error) error {
	return filepath.WalkDir(s.opts.Dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != s.opts.Dir {
			return nil // gone meanwhile
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(s.opts.Dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if name == blobFolder+"/"+scratch {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || name == databaseFile || strings.HasPrefix(name, databaseFile+"-") {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return take(BackupFile{Name: name, Path: path, Size: info.Size()})
	})
}

// Restored makes a store that was put back from a backup fit for use: clients
// may have seen what came after the backup, so every mailbox tells them to
// forget what they know (UIDVALIDITY, RFC 9051 §2.3.1.1). It is recorded.
func (s *Store) Restored(ctx context.Context) error {
	console := s.NewSession(mint.Seal(mint.Warrant{Purpose: mint.Console, Mask: postroom.AllRights,
		Actor: postroom.Actor{Address: "console", Protocol: "socket"}}))
	now := s.now().Unix()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE collection SET uidvalidity = CASE WHEN uidvalidity < $1 THEN $1 ELSE uidvalidity + 1 END`, now)
		if err != nil {
			return err
		}
		return console.recordOn(tx, "server.restore", 0, "", nil)
	})
}
