package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Quota is how much an account stores and may store, in bytes.
type Quota struct {
	Used int64
	// Limit is negative when there is none.
	Limit int64
}

// Quota reads the quota of the account that a collection is in. Needs Read
// there, as the sizes of its messages are to be seen by it.
func (s *Session) Quota(ctx context.Context, ref postroom.CollectionRef) (q Quota, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		if err := s.check(tx, ref, toRead, ref.String()); err != nil {
			return err
		}
		if q.Limit, err = quotaOf(tx, ref.Account); err != nil {
			return err
		}
		q.Used, err = usedBytes(tx, ref.Account)
		return err
	})
	return q, err
}
