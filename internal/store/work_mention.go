package store

import (
	"context"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxMentions bounds the notes that are told to whom they mention, and
// maxMentionsRead those that are looked at.
const (
	maxMentions     = 50
	maxMentionsRead = 500
)

// NotesMentioning lists the notes of an account in which others mention the
// session's person, the latest first, at most 50. Needs Read on a mailbox with
// a message of each; others are passed over.
func (s *Session) NotesMentioning(ctx context.Context, account postroom.AccountID) (list []postroom.Note, err error) {
	me := s.Actor().Account
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		have, err := s.rightsIn(tx, account)
		if err != nil {
			return err
		}
		if !canReadSome(have) {
			return noSuchMailbox("")
		}
		// The text of a list of numbers: what has the digits may be it.
		some, err := readNotesWhere(tx, ` AND removed = 0 AND author_id <> $2 AND mentions LIKE $3 ORDER BY note_id DESC LIMIT $4`,
			account, me, "%"+strconv.FormatInt(int64(me), 10)+"%", maxMentionsRead)
		if err != nil {
			return err
		}
		for _, n := range some {
			if len(list) == maxMentions || !slices.ContainsFunc(n.Mention, func(c postroom.Colleague) bool { return c.Account == me }) {
				continue
			}
			_, err := s.threadItems(tx, account, n.Thread)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, n)
		}
		return nil
	})
	return list, err
}
