package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// pruneHistory forgets what there was longer ago than organisations keep their
// audit records. Whole days are forgotten.
func (s *Store) pruneHistory(ctx context.Context) error {
	due := make(map[postroom.OrgID]time.Time)
	today := s.now().UTC().Truncate(24 * time.Hour)
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		clear(due)
		return tx.Each(`SELECT o.id, o.audit_days, COALESCE(h.since, 0) FROM organisation o LEFT JOIN history_since h ON h.org_id = o.id
			WHERE o.audit_days > 0`, nil, func(scan func(...any) error) error {
			var org postroom.OrgID
			var days int
			var since int64
			err := scan(&org, &days, &since)
			if before := today.AddDate(0, 0, -days); db.Micros(before) > since {
				due[org] = before
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for org, before := range due {
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) error {
				// First of all, nobody is told half of it.
				_, err := tx.Exec(`INSERT INTO history_since (org_id, since) VALUES ($1, $2)
					ON CONFLICT (org_id) DO UPDATE SET since = excluded.since`, org, before)
				if err != nil {
					return err
				}
				n, err := tx.PruneHistory(int64(org), before, eraseChunk)
				more = n == eraseChunk
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
