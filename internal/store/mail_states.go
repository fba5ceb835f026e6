package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MailStates name the states of the emails, mailboxes, threads and notes of an
// account, as those the methods of Mail give, of who is at them, and of where
// the person is mentioned.
type MailStates struct{ Email, Mailbox, Thread, Note, Mention, Presence string }

// MailStates reads the states of the accounts of VisibleAccounts, in one
// snapshot; of those given alone when there are any.
func (s *Session) MailStates(ctx context.Context, only ...postroom.AccountID) (all map[postroom.AccountID]MailStates, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		all = make(map[postroom.AccountID]MailStates)
		wishes, err := s.wishes(tx)
		if err != nil {
			return err
		}
		seen, err := s.accountsInSight(tx)
		if err != nil {
			return err
		}
		for _, account := range append(seen, s.Home()) {
			if _, twice := all[account]; twice || len(only) > 0 && !slices.Contains(only, account) {
				continue
			}
			m := &Mail{session: s, account: account}
			r, err := m.outlook(tx)
			if postroom.KindOf(err) == postroom.NotFound {
				continue // declined
			}
			if err != nil {
				return err
			}
			if all[account], err = m.states(tx, r, wishes); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

func (m *Mail) states(tx *db.Tx, r *outlook, wishes wishes) (s MailStates, err error) {
	log, err := m.log(tx, r)
	if err != nil {
		return s, err
	}
	s.Email = m.emailMark(r, log).String()
	s.Thread = s.Email
	boxes, err := m.mailboxMark(tx, r, log, wishes)
	if err != nil {
		return s, err
	}
	s.Mailbox = boxes.String()
	if s.Note, err = m.noteState(tx, r); err != nil {
		return s, err
	}
	mentions, err := m.session.mentionsIn(tx, m.account)
	if err != nil {
		return s, err
	}
	s.Mention = mentionState(mentions)
	s.Presence, err = m.presenceState(tx)
	return s, err
}
