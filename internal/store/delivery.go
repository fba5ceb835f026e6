package store

import (
	"context"

	"postroom/internal/store/internal/db"
)

// DeliverySession may resolve recipients and insert messages; it cannot read
// any. It is made by store/system.
type DeliverySession struct{ session *Session }

// Postmaster is the address for mail about the server itself: postmaster of the
// primary domain, which is the one made first; "" while there is none.
func (d *DeliverySession) Postmaster(ctx context.Context) (address string, err error) {
	err = d.session.store.db.Read(ctx, func(tx *db.Tx) error {
		err := tx.QueryRow(`SELECT 'postmaster@' || name FROM domain ORDER BY id LIMIT 1`).Scan(&address)
		if noRow(err) {
			return nil
		}
		return err
	})
	return address, err
}
