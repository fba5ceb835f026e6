package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	slash "path"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/config"
)

// A backup is a folder: data/ is the data directory, config/ the configuration
// when that is elsewhere, and manifest.json, written last, names every file with
// its SHA-256. Without a manifest it is none.
const (
	manifestFile   = "manifest.json"
	manifestFormat = 1
	dataPart       = "data"
	configPart     = "config"
	configFile     = "postroom.toml"
)

// manifest names what a backup has.
type manifest struct {
	Format  int       `json:"format"`
	Made    time.Time `json:"made"`
	Version string    `json:"version"`
	// Database is sqlite, or none: then it is kept by other means.
	Database string         `json:"database"`
	Files    []manifestItem `json:"files"`
}

type manifestItem struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type backupCommand struct {
	Dest            string `arg:"" help:"A folder that is made, or is empty."`
	WithoutDatabase bool   `help:"With PostgreSQL: copy the files beside the database, of which pg_dump made a copy before."`
}

// backupAnswer is what a backup tells.
type backupAnswer struct {
	Dest     string   `json:"dest"`
	Files    int      `json:"files"`
	Bytes    int64    `json:"bytes"`
	Database string   `json:"database"`
	Manifest string   `json:"manifest_sha256"`
	Notes    []string `json:"notes"`
}

func (b *backupCommand) Run(c *command) error {
	client, err := c.server()
	if err != nil {
		return err
	}
	m := manifest{Format: manifestFormat, Made: time.Now().UTC().Truncate(time.Second), Version: version, Database: "sqlite"}
	database := ""
	if b.WithoutDatabase {
		m.Database, database = "none", "no"
	}
	empty, err := emptyOrAbsent(b.Dest)
	if err != nil || !empty {
		return orExists(err, b.Dest)
	}
	told := ticker{every: 5 * time.Second, last: time.Now()}
	answer := backupAnswer{Dest: b.Dest, Database: m.Database, Notes: []string{}}
	take := func(name string, in io.Reader) error {
		item, err := keepFile(b.Dest, name, in)
		m.Files = append(m.Files, item)
		answer.Files++
		answer.Bytes += item.Size
		if told.due() {
			_, _ = fmt.Fprintf(c.err, "%d files, %s so far\n", answer.Files, size(answer.Bytes))
		}
		return err
	}
	err = client.Backup(c.ctx, database, func(f adminwire.BackupFile, in io.Reader) error {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("the server named a file %q", f.Name)
		}
		return take(slash.Join(dataPart, f.Name), in)
	})
	if err == nil {
		answer.Notes, err = c.backupConfig(&m, take)
	}
	if err != nil {
		return fmt.Errorf("the backup in %s is not complete: %w", b.Dest, err)
	}
	if answer.Manifest, err = m.write(b.Dest); err != nil {
		return err
	}
	return c.answer(answer, func() {
		for _, n := range answer.Notes {
			_, _ = fmt.Fprintln(c.err, "note: "+n)
		}
		c.printf("%d files (%s) written to %s\nmanifest: sha256 %s\n", answer.Files, size(answer.Bytes), b.Dest, answer.Manifest)
	})
}

func orExists(err error, dir string) error {
	if err != nil {
		return err
	}
	return postroom.Errorf(postroom.Exists, "%s is not empty", dir)
}

// backupConfig copies the configuration when it is not in the data directory. It
// returns what the operator must know to be not in the backup.
func (c *command) backupConfig(m *manifest, take func(string, io.Reader) error) ([]string, error) {
	notes := []string{}
	if m.Database == "none" {
		notes = append(notes, "the database is not in this backup: keep the copy that pg_dump made before it")
	}
	file := c.flags.Config
	if file == "" {
		if _, err := os.Stat(defaultConfig); err == nil && c.flags.Socket == "" {
			file = defaultConfig
		}
	}
	have := m.has(slash.Join(dataPart, configFile))
	if file == "" {
		if !have {
			notes = append(notes, "there is no configuration file in this backup: give --config to have it in")
		}
		return notes, nil
	}
	cfg, err := config.Load(file)
	if err != nil {
		return notes, err
	}
	if cfg.TLS.Mode == "files" {
		notes = append(notes, "the certificate files "+cfg.TLS.Cert+" and "+cfg.TLS.Key+" are not in this backup")
	}
	absolute, err := filepath.Abs(file)
	if err != nil || have && absolute == filepath.Join(cfg.Dir, configFile) {
		return notes, err
	}
	in, err := os.Open(file)
	if err != nil {
		return notes, err
	}
	defer func() { _ = in.Close() }()
	return notes, take(slash.Join(configPart, configFile), in)
}

func (m *manifest) has(name string) bool {
	for _, f := range m.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

// write makes all files durable and then writes the manifest, whose own SHA-256
// it returns.
func (m *manifest) write(dir string) (sum string, err error) {
	raw, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return "", err
	}
	if err := syncAll(dir); err != nil {
		return "", err
	}
	hash := sha256.Sum256(raw)
	if err := os.WriteFile(filepath.Join(dir, manifestFile), raw, 0o600); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash[:]), syncAll(dir)
}

// syncAll makes everything on a folder's file system durable: once, rather than
// file by file.
func syncAll(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return unix.Syncfs(int(f.Fd()))
}

// keepFile writes a new file below dir and returns what there is to say of it.
func keepFile(dir, name string, in io.Reader) (item manifestItem, err error) {
	at := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
		return item, err
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return item, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), in)
	return manifestItem{Name: name, Size: n, SHA256: hex.EncodeToString(hash.Sum(nil))}, err
}

// emptyOrAbsent reports whether a folder has nothing in it.
func emptyOrAbsent(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, cannotRead(dir, err)
	}
	return len(entries) == 0, nil
}

// readManifest reads and checks the manifest of a backup.
func readManifest(dir string) (m manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, postroom.Errorf(postroom.Invalid, "%s is no complete backup: there is no %s in it", dir, manifestFile)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, postroom.Errorf(postroom.Invalid, "%s is damaged: %v", manifestFile, err)
	}
	if m.Format != manifestFormat || m.Database != "sqlite" && m.Database != "none" {
		return m, postroom.Errorf(postroom.Invalid, "this backup has a form that this version does not know")
	}
	seen := make(map[string]bool, len(m.Files))
	for _, f := range m.Files {
		part, rest, _ := strings.Cut(f.Name, "/")
		if part != dataPart && part != configPart || !filepath.IsLocal(rest) || slash.Clean(f.Name) != f.Name || seen[f.Name] {
			return m, postroom.Errorf(postroom.Invalid, "%s names a file %q", manifestFile, f.Name)
		}
		seen[f.Name] = true
	}
	return m, nil
}

// verify reads every file of a backup and tells of those that are not what the
// manifest says.
func (m *manifest) verify(ctx context.Context, dir string) (faults []string, err error) {
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if fault := f.verify(dir); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults, nil
}

func (f manifestItem) verify(dir string) string {
	in, err := os.Open(filepath.Join(dir, filepath.FromSlash(f.Name)))
	if errors.Is(err, fs.ErrNotExist) {
		return f.Name + " is missing"
	}
	if err != nil {
		return f.Name + " cannot be read"
	}
	defer func() { _ = in.Close() }()
	hash := sha256.New()
	n, err := io.Copy(hash, in)
	if err != nil || n != f.Size || hex.EncodeToString(hash.Sum(nil)) != f.SHA256 {
		return f.Name + " has other bytes"
	}
	return ""
}
