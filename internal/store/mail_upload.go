package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

const (
	// uploadKept is how long uploaded bytes are kept.
	uploadKept = 24 * time.Hour
	// maxUploads and maxUploadBytes bound what one person has uploaded.
	maxUploads     = 1000
	maxUploadBytes = 1 << 30
)

// Upload is bytes that somebody uploaded, to make an email of them.
type Upload struct {
	ID   int64
	Size int64
}

// Upload keeps bytes for a day, for the person alone who uploads them. The
// account must be one the session may add emails to. TooLarge, Limit, Denied.
func (m *Mail) Upload(ctx context.Context, raw io.Reader) (u Upload, err error) {
	if err := m.read(ctx, func(_ *db.Tx, r *outlook) error { return r.mayUpload() }); err != nil {
		return u, err
	}
	b, err := m.session.store.receive(raw, 0)
	if err != nil {
		return u, err
	}
	defer b.Close()
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails
	u = Upload{ID: int64(binary.BigEndian.Uint64(random[:])>>11) + 1, Size: b.Size}
	now := m.session.store.now()
	who := m.session.Actor().Account
	err = m.write(ctx, func(c *change, r *outlook) error {
		if err := r.mayUpload(); err != nil {
			return err
		}
		var n, bytes int64
		err := c.tx.QueryRow(`SELECT COUNT(*), COALESCE(SUM(size), 0) FROM upload WHERE owner_id = $1 AND expires > $2`, who, now).Scan(&n, &bytes)
		if err != nil {
			return err
		}
		if n >= maxUploads || bytes+b.Size > maxUploadBytes {
			return postroom.Errorf(postroom.Limit, "too much was uploaded in the last day")
		}
		if err := b.Keep(c.tx, 1); err != nil {
			return err
		}
		_, err = c.tx.Exec(`INSERT INTO upload (account_id, upload_id, owner_id, blob, size, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
			m.account, u.ID, who, b.ID[:], b.Size, now.Add(uploadKept))
		return err
	})
	return u, err
}

func (r *outlook) mayUpload() error {
	for _, have := range r.rights {
		if have.Has(postroom.Insert) {
			return nil
		}
	}
	return errDenied()
}

// OpenUpload opens what this person uploaded into the account. NotFound.
func (m *Mail) OpenUpload(ctx context.Context, id int64) (c Content, err error) {
	err = m.read(ctx, func(tx *db.Tx, _ *outlook) error {
		var hash []byte
		err := tx.QueryRow(`SELECT blob FROM upload WHERE account_id = $1 AND upload_id = $2 AND owner_id = $3 AND expires > $4`,
			m.account, id, m.session.Actor().Account, m.session.store.now()).Scan(&hash)
		if noRow(err) {
			return postroom.Errorf(postroom.NotFound, "no such blob")
		}
		if err != nil {
			return err
		}
		c, err = m.session.store.blobs.Open(tx, hash, nil)
		return err
	})
	return c, err
}

// dropUploads removes the uploads that a condition names.
func (s *Store) dropUploads(tx *db.Tx, where string, args ...any) error {
	var ids [][]byte
	err := tx.Each(`SELECT blob FROM upload WHERE `+where, args, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = blob.Release(tx, [][]byte{id}, 1, s.now())
		}
	}
	if err == nil && len(ids) > 0 {
		_, err = tx.Exec(`DELETE FROM upload WHERE `+where, args...)
	}
	return err
}
