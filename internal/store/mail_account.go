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
	if r, _, ok := m.kept(ctx); ok {
		return r.readOnly(), nil
	}
	err = m.read(ctx, func(_ *db.Tx, r *outlook) error {
		only = r.readOnly()
		return nil
	})
	return only, err
}

func (r *outlook) readOnly() bool {
	for _, have := range r.rights {
		if have.Any(changing) {
			return false
		}
	}
	return true
}

// MailAccounts lists the accounts of VisibleAccounts, the home first, with what
// may be done in each.
func (s *Session) MailAccounts(ctx context.Context) (list []MailAccount, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		visible, err := s.visibleAccounts(tx)
		if err != nil {
			return err
		}
		said, err := s.answers(tx)
		if err != nil {
			return err
		}
		for i, a := range visible {
			v, err := s.look(tx, a.ID)
			if err != nil {
				return err
			}
			if i == 0 || s.listsAny(v, said) {
				list = append(list, s.mailAccount(v, a))
			}
		}
		return nil
	})
	return list, err
}

// mailAccount says what may be done in an account.
func (s *Session) mailAccount(v view, a postroom.Account) MailAccount {
	have := s.onAll(v)
	m := MailAccount{Account: a, Root: have[postroom.RootCollection], ReadOnly: true}
	for _, r := range have {
		m.ReadOnly = m.ReadOnly && !r.Any(changing)
	}
	return m
}

// listsAny reports whether there is a collection in an account in sight that the
// person has not declined.
func (s *Session) listsAny(v view, said *answers) bool {
	if !said.declined {
		return true
	}
	listed, _ := s.listedOn(v, said)
	for _, r := range listed {
		if r.Has(postroom.Lookup) {
			return true
		}
	}
	return false
}
