package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// CreateCollection makes a mailbox, and those above it, in an account that is
// administered from outside: for the console it acts for the account, which is
// audited; everybody else needs the rights Session.CreateCollection asks for.
// Exists, NotFound, Denied, Invalid.
func (d *Directory) CreateCollection(ctx context.Context, account postroom.AccountID, path string) (ref postroom.CollectionRef, err error) {
	clean := cleanPath(path)
	if err := checkPath(clean); err != nil {
		return ref, err
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, _, err := c.mayGrant(tx, postroom.CollectionRef{Account: account, Collection: postroom.RootCollection}, postroom.ManageGrants); err != nil {
			return err
		}
		s := d.session
		if s.warrant.Purpose == mint.Console && s.warrant.Home == 0 {
			if err := s.record(tx, "session.act", postroom.CollectionRef{Account: account}, nil); err != nil {
				return err
			}
			w := s.warrant
			w.Home = account
			s = s.store.NewSession(w)
		}
		made, err := s.store.begin(tx, account)
		if err != nil {
			return err
		}
		ref, err = s.create(made, clean, NewCollection{Kind: postroom.MailCollection})
		return err
	})
	return ref, err
}
