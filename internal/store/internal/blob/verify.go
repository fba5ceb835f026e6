package blob

import (
	"context"
	"crypto/sha256"
	"io"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Verify reads every blob and tells of those whose bytes are absent or do not
// have the hash they are named by.
func (s *Store) Verify(ctx context.Context, tx *db.Tx, tell func(format string, args ...any)) error {
	return tx.Each(`SELECT id, size, data FROM blob`, nil, func(scan func(...any) error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		var id, data []byte
		var size int64
		if err := scan(&id, &size, &data); err != nil {
			return err
		}
		if size > Inline && data == nil {
			s.verifyFile(postroom.BlobID(id), size, tell)
		} else if sum := sha256.Sum256(data); string(sum[:]) != string(id) || int64(len(data)) != size {
			tell("blob %x has other bytes", id)
		}
		return nil
	})
}

func (s *Store) verifyFile(id postroom.BlobID, size int64, tell func(format string, args ...any)) {
	c, err := s.depot.Open(id, size)
	if err != nil {
		tell("blob %s cannot be opened: %v", id, err)
		return
	}
	defer c.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(c, 0, 1<<62))
	if err != nil || n != size || sumOf(sum) != id {
		tell("blob %s has other bytes", id)
	}
}
