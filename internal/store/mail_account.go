package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MailAccount is an account as its mail is offered to a session.
type MailAccount struct {
	postroom.Account
	// Root is what the session may do with the root of the account.
	Root postroom.Rights
	// ReadOnly: the session may change nothing in it.
	ReadOnly bool
}

// changing are the rights to change anything of mail.
const changing = postroom.Seen | postroom.Write | postroom.Insert | postroom.CreateChild | postroom.DeleteCollection |
	postroom.DeleteItems | postroom.Expunge | postroom.Administer

// ReadOnly reports whether the session may change nothing in the account.
func (m *Mail) ReadOnly(ctx context.Context) (only bool, err error) {
	err = m.read(ctx, func(_ *db.Tx, r *outlook) error {
		only = true
		for _, have := range r.rights {
			only = only && !have.Any(changing)
		}
		return nil
	})
	return only, err
}

// MailAccounts lists the accounts of VisibleAccounts, the home first, with what
// may be done in each.
func (s *Session) MailAccounts(ctx context.Context) (list []MailAccount, err error) {
	visible, err := s.VisibleAccounts(ctx)
	if err != nil {
		return nil, err
	}
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		for _, a := range visible {
			have, err := s.rightsIn(tx, a.ID)
			if err != nil {
				return err
			}
			m := MailAccount{Account: a, Root: have[postroom.RootCollection], ReadOnly: true}
			for _, r := range have {
				m.ReadOnly = m.ReadOnly && !r.Any(changing)
			}
			list = append(list, m)
		}
		return nil
	})
	return list, err
}
