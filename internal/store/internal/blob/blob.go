// Package blob keeps the bytes of messages, named by their SHA-256 and shared
// between everybody who has them. Small ones are rows of the database and
// durable with its commit; larger ones are files that are durable before it.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// Inline is the size up to which bytes are kept in the database.
	Inline = 64 << 10
	// inMemory is the size up to which an incoming blob is held in memory.
	inMemory = 1 << 20
)

// ErrTooLarge is returned by Receive for more bytes than allowed.
var ErrTooLarge = errors.New("blob: too large")

// ErrMissing says that the bytes of a blob are not where they should be.
var ErrMissing = errors.New("blob: missing")

// Content is open bytes.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Depot keeps larger blobs. What Put stored is durable when it returns.
type Depot interface {
	// Put stores bytes; storing what is there already only makes it younger.
	Put(id postroom.BlobID, r io.Reader, size int64) error
	Open(id postroom.BlobID, size int64) (Content, error)
	// Delete removes a blob, unless it was stored again after a time: another
	// node may be about to name it.
	Delete(id postroom.BlobID, unlessSince time.Time) error
	// Each names the blobs stored before a time.
	Each(before time.Time, fn func(postroom.BlobID) error) error
	// Scratch is a folder for files that do not outlive the process.
	Scratch() string
}

// Store keeps blobs.
type Store struct {
	depot Depot
	// gate is shared by drafts, from their file to their commit, and held to
	// take files away.
	gate sync.RWMutex
}

// New keeps larger blobs in a depot.
func New(d Depot) *Store { return &Store{depot: d} }

// Draft is a blob whose bytes are safe but that no row names yet. Close it
// after the commit.
type Draft struct {
	ID    postroom.BlobID
	Size  int64
	bytes []byte
	close func()
}

// Bytes are the whole blob. They are valid until Close and must not be
// changed.
func (d *Draft) Bytes() []byte { return d.bytes }

// Close frees what the draft holds.
func (d *Draft) Close() {
	if d.close != nil {
		d.close()
		d.close = nil
	}
	d.bytes = nil
}

// Prepare makes a draft of bytes in memory, which must not change until Close.
func (s *Store) Prepare(raw []byte) (*Draft, error) {
	d := &Draft{ID: sha256.Sum256(raw), Size: int64(len(raw)), bytes: raw}
	if len(raw) <= Inline {
		return d, nil
	}
	s.gate.RLock()
	d.close = s.gate.RUnlock
	if err := s.depot.Put(d.ID, bytes.NewReader(raw), d.Size); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Receive makes a draft of what r gives, up to limit bytes (ErrTooLarge).
// Larger ones pass through a file, so that memory stays bounded.
func (s *Store) Receive(r io.Reader, limit int64) (*Draft, error) {
	r = io.LimitReader(r, limit+1)
	var head bytes.Buffer
	n, err := io.CopyN(&head, r, inMemory)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if n > limit {
		return nil, ErrTooLarge
	}
	if n < inMemory {
		return s.Prepare(head.Bytes())
	}
	return s.receiveLarge(io.MultiReader(&head, r), limit)
}

func (s *Store) receiveLarge(r io.Reader, limit int64) (*Draft, error) {
	sum := sha256.New()
	m, err := spool(s.depot.Scratch(), io.TeeReader(r, sum))
	if err != nil {
		return nil, err
	}
	d := &Draft{ID: sumOf(sum), Size: int64(len(m.bytes)), bytes: m.bytes, close: m.close}
	if d.Size > limit {
		d.Close()
		return nil, ErrTooLarge
	}
	s.gate.RLock()
	d.close = func() { m.close(); s.gate.RUnlock() }
	if err := s.depot.Put(d.ID, bytes.NewReader(d.bytes), d.Size); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func sumOf(h hash.Hash) (id postroom.BlobID) {
	h.Sum(id[:0])
	return id
}

// Held stands where a blob has the time since when it has no references, as long
// as it has some. It takes as much room as a time, so that SQLite changes the
// row in its place and need not write its bytes anew.
const Held = math.MaxInt64

// Keep names a draft in the database and counts refs references to it.
func (d *Draft) Keep(tx *db.Tx, refs int) error {
	var data any
	if d.Size <= Inline {
		data = d.bytes
		if d.bytes == nil {
			data = []byte{}
		}
	}
	_, err := tx.Exec(`INSERT INTO blob (id, size, refs, loose, data) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET refs = blob.refs + excluded.refs, loose = excluded.loose`, d.ID[:], d.Size, refs, Held, data)
	return err
}

// Share counts one more reference to a blob that is there.
func Share(tx *db.Tx, id []byte) error {
	n, err := tx.Exec(`UPDATE blob SET refs = refs + 1, loose = $2 WHERE id = $1`, id, Held)
	if err == nil && n != 1 {
		return fmt.Errorf("%w: %x", ErrMissing, id)
	}
	return err
}

// Release counts n references less to each of some blobs; those without any are
// collected later. It is one statement for all: name a few dozen at a time.
func Release(tx *db.Tx, ids [][]byte, n int, now time.Time) error {
	args, places := []any{n, now}, make([]string, len(ids))
	for i, id := range ids {
		args, places[i] = append(args, id), fmt.Sprintf("$%d", i+3)
	}
	_, err := tx.Exec(`UPDATE blob SET refs = refs - $1, loose = $2 WHERE id IN (`+strings.Join(places, ", ")+`)`, args...)
	return err
}

// Open opens a blob, with prefix put before its bytes. Bytes in the database
// are read here; the content stays readable after the transaction.
func (s *Store) Open(tx *db.Tx, id, prefix []byte) (Content, error) {
	var size int64
	var data []byte
	err := tx.QueryRow(`SELECT size, data FROM blob WHERE id = $1`, id).Scan(&size, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %x", ErrMissing, id)
	}
	if err != nil {
		return nil, err
	}
	return s.Content(postroom.BlobID(id), prefix, size, data)
}

// Content is Open of a row of blob that was read: data is NULL where the bytes
// are in the depot. Nothing of prefix and data is kept.
func (s *Store) Content(id postroom.BlobID, prefix []byte, size int64, data []byte) (Content, error) {
	if data != nil || size == 0 {
		whole := make([]byte, len(prefix)+len(data))
		copy(whole[copy(whole, prefix):], data)
		return memory{bytes.NewReader(whole)}, nil
	}
	c, err := s.depot.Open(id, size)
	if err != nil || len(prefix) == 0 {
		return c, err
	}
	return &prefixed{bytes.Clone(prefix), c}, nil
}

// memory is content in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// prefixed is content with bytes before it.
type prefixed struct {
	prefix []byte
	Content
}

func (p *prefixed) Size() int64 { return int64(len(p.prefix)) + p.Content.Size() }

func (p *prefixed) ReadAt(b []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("blob: negative offset")
	}
	if off < int64(len(p.prefix)) {
		n = copy(b, p.prefix[off:])
		if n == len(b) {
			return n, nil
		}
	}
	m, err := p.Content.ReadAt(b[n:], off+int64(n)-int64(len(p.prefix)))
	return n + m, err
}

// Collect removes up to max blobs without references since before, and reports
// how many it removed.
func (s *Store) Collect(ctx context.Context, d *db.DB, before time.Time, max int) (int, error) {
	if !s.gate.TryLock() {
		return 0, nil // drafts are under way; the next round will do
	}
	defer s.gate.Unlock()
	var files []postroom.BlobID
	var removed int
	err := d.Write(ctx, func(tx *db.Tx) error {
		files, removed = nil, 0
		var ids [][]byte
		err := tx.Each(`SELECT id, size FROM blob WHERE refs = 0 AND loose < $1 ORDER BY loose LIMIT $2`,
			[]any{before, max}, func(scan func(...any) error) error {
				var id []byte
				var size int64
				if err := scan(&id, &size); err != nil {
					return err
				}
				ids = append(ids, id)
				if size > Inline {
					files = append(files, postroom.BlobID(id))
				}
				return nil
			})
		for _, id := range ids {
			if err != nil {
				break
			}
			var n int64
			n, err = tx.Exec(`DELETE FROM blob WHERE id = $1 AND refs = 0`, id)
			removed += int(n)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range files {
		err = errors.Join(err, s.depot.Delete(id, before))
	}
	return removed, err
}

// sweepBatch is how many files are looked up in one snapshot.
const sweepBatch = 500

// Sweep removes files that no row names: what a crash left between a file and
// its commit.
func (s *Store) Sweep(ctx context.Context, d *db.DB, before time.Time) (removed int, err error) {
	batch := make([]postroom.BlobID, 0, sweepBatch)
	flush := func() error {
		n, err := s.sweep(ctx, d, batch, before)
		removed += n
		batch = batch[:0]
		return err
	}
	err = s.depot.Each(before, func(id postroom.BlobID) error {
		batch = append(batch, id)
		if len(batch) < sweepBatch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	return removed, err
}

func (s *Store) sweep(ctx context.Context, d *db.DB, ids []postroom.BlobID, before time.Time) (removed int, err error) {
	if len(ids) == 0 || !s.gate.TryLock() {
		return 0, nil
	}
	defer s.gate.Unlock()
	var strays []postroom.BlobID
	err = d.Read(ctx, func(tx *db.Tx) error {
		strays = nil
		for _, id := range ids {
			var known int
			if err := tx.QueryRow(`SELECT COUNT(*) FROM blob WHERE id = $1`, id[:]).Scan(&known); err != nil {
				return err
			}
			if known == 0 {
				strays = append(strays, id)
			}
		}
		return nil
	})
	for _, id := range strays {
		if err != nil {
			break
		}
		err = s.depot.Delete(id, before)
		removed++
	}
	return removed, err
}
