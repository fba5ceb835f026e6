package blob

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"postroom"
)

// Folder is a depot in the file system: dir/aa/aabb….
type Folder struct {
	dir     string
	syncDir func(dir string) error // makes the names in a folder durable
}

// staleAfter is the age at which a file in the scratch is what a crash left:
// those in use live for seconds, and other nodes may share the folder.
const staleAfter = time.Hour

// OpenFolder opens or makes a folder, for its owner alone.
func OpenFolder(dir string) (*Folder, error) {
	f := &Folder{dir, syncDir}
	if err := os.MkdirAll(f.Scratch(), 0o700); err != nil {
		return nil, err
	}
	// Nobody else looks in, also when the folder was made by other hands.
	if err := os.Chmod(dir, 0o700); err != nil {
		return nil, err
	}
	if err := f.clean(time.Now().Add(-staleAfter)); err != nil {
		return nil, err
	}
	for i := range 256 {
		err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return f, syncDir(dir)
}

// clean removes old files from the scratch.
func (f *Folder) clean(before time.Time) error {
	entries, err := os.ReadDir(f.Scratch())
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.ModTime().Before(before) {
			continue // gone meanwhile, or young
		}
		if err := os.Remove(filepath.Join(f.Scratch(), e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Scratch is dir/tmp.
func (f *Folder) Scratch() string { return filepath.Join(f.dir, "tmp") }

func (f *Folder) path(id postroom.BlobID) string {
	name := id.String()
	return filepath.Join(f.dir, name[:2], name)
}

// Put writes a temporary file, makes it durable and gives it its name. A file that is
// there may have got its name this moment, by another delivery of the same bytes: the
// name is made durable again, or the crash that takes it would take this one's too.
func (f *Folder) Put(id postroom.BlobID, r io.Reader, size int64) error {
	path := f.path(id)
	if info, err := os.Stat(path); err == nil && info.Size() == size {
		now := time.Now()
		return errors.Join(os.Chtimes(path, now, now), f.syncDir(filepath.Dir(path)))
	}
	tmp, err := os.CreateTemp(f.Scratch(), "put-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once it is renamed
	n, err := io.Copy(tmp, r)
	if err == nil && n != size {
		err = fmt.Errorf("blob: %d bytes instead of %d", n, size)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return f.syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// file is content in a file.
type file struct {
	*os.File
	size int64
}

func (f file) Size() int64 { return f.size }

// Open opens the file of a blob.
func (f *Folder) Open(id postroom.BlobID, size int64) (Content, error) {
	o, err := os.Open(f.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrMissing, id)
	}
	if err != nil {
		return nil, err
	}
	return file{o, size}, nil
}

// Delete removes the file of a blob that is older than a time; one that is not
// there is fine.
func (f *Folder) Delete(id postroom.BlobID, unlessSince time.Time) error {
	info, err := os.Stat(f.path(id))
	if err == nil && info.ModTime().Before(unlessSince) {
		err = os.Remove(f.path(id))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Each names the blobs whose files are older than before.
func (f *Folder) Each(before time.Time, fn func(postroom.BlobID) error) error {
	return filepath.WalkDir(f.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		raw, err := hex.DecodeString(e.Name())
		if err != nil || len(raw) != len(postroom.BlobID{}) {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		return fn(postroom.BlobID(raw))
	})
}
