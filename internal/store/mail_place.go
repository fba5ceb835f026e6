package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// NewMailbox says what CreateMailbox makes.
type NewMailbox struct {
	Path string
	Role postroom.Role
}

// CreateMailbox is Session.CreateCollection in this account.
func (m *Mail) CreateMailbox(ctx context.Context, spec NewMailbox) (ref postroom.CollectionRef, err error) {
	var address string
	err = m.read(ctx, func(_ *db.Tx, r *outlook) error {
		address = r.owner.Address
		return nil
	})
	if err != nil {
		return ref, err
	}
	return m.session.CreateCollection(ctx, address, spec.Path, NewCollection{Role: spec.Role})
}

// SetOrder gives a mailbox a place among its siblings, for everybody: the
// lowest is shown first. Needs DeleteCollection, as to rename it does. NotFound,
// Denied.
func (m *Mail) SetOrder(ctx context.Context, id postroom.CollectionID, order int) error {
	return m.write(ctx, func(c *change, r *outlook) error {
		ref := postroom.CollectionRef{Account: m.account, Collection: id}
		if err := m.session.check(c.tx, ref, postroom.Lookup|postroom.DeleteCollection, ref.String()); err != nil {
			return err
		}
		if err := c.logChanged(id); err != nil {
			return err
		}
		if _, _, err := c.touch(id, tally{}); err != nil {
			return err
		}
		_, err := c.tx.Exec(`UPDATE collection_log SET sort_order = $3 WHERE account_id = $1 AND collection_id = $2`, m.account, id, order)
		return err
	})
}

// Subscribe subscribes this person to a mailbox in sight, or unsubscribes.
// NotFound.
func (m *Mail) Subscribe(ctx context.Context, id postroom.CollectionID, wish Subscription) error {
	var name string
	err := m.read(ctx, func(tx *db.Tx, r *outlook) error {
		for _, c := range r.all {
			if c.Ref.Collection == id && (r.rights[id].Has(postroom.Lookup) || r.shown[id]) {
				seen := SeenCollection{Collection: c, Owner: r.owner}
				name = seen.spelling(m.session.Home())
				return nil
			}
		}
		return noSuchMailbox(postroom.CollectionRef{Account: m.account, Collection: id}.String())
	})
	if err != nil {
		return err
	}
	return m.session.SetSubscribed(ctx, name, wish)
}
