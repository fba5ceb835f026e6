package store

import (
	"context"

	"postroom/internal/store/internal/db"
)

// TamperForTest runs a statement behind the store's back.
func (s *Store) TamperForTest(ctx context.Context, query string) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
}
