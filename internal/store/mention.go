package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/store/internal/db"
)

// maxMentions bounds the mentions that are told to whom they mention: the latest.
const maxMentions = 50

// Mentions lists in which notes about conversations of an account others
// mention the session's person, the latest first, at most 50, and the state of
// that list. Needs Read on a mailbox with a message of each; others are passed
// over.
func (s *Session) Mentions(ctx context.Context, account postroom.AccountID) (list []postroom.Mention, state string, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		have, err := s.rightsIn(tx, account)
		if err != nil {
			return err
		}
		if !canReadSome(have) {
			return noSuchMailbox("")
		}
		all, err := s.mentionsIn(tx, account)
		if err != nil {
			return err
		}
		state = mentionState(all)
		for _, m := range all {
			_, err := s.threadItems(tx, account, m.Thread)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, m)
		}
		return nil
	})
	return list, state, err
}

// NotesMentioning lists the notes of Mentions.
func (s *Session) NotesMentioning(ctx context.Context, account postroom.AccountID) ([]postroom.Note, error) {
	list, _, err := s.Mentions(ctx, account)
	if err != nil {
		return nil, err
	}
	ids := make([]postroom.NoteID, len(list))
	for i := range list {
		ids[i] = list[i].Note
	}
	return s.NotesByID(ctx, account, ids)
}

// SeeMention keeps that the session's person has looked at a note in which they
// are mentioned. It is told to their own clients alone, and is not recorded.
// NotFound when the note does not mention them, or they may not read it.
func (s *Session) SeeMention(ctx context.Context, account postroom.AccountID, id postroom.NoteID) error {
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		if _, err := s.readableNote(tx, account, id); err != nil {
			return err
		}
		me := s.Actor().Account
		var seen int
		err := tx.QueryRow(`SELECT seen FROM mention WHERE account_id = $1 AND person_id = $2 AND note_id = $3`, account, me, id).Scan(&seen)
		if noRow(err) {
			return postroom.Errorf(postroom.NotFound, "no such mention")
		}
		if err != nil || seen != 0 {
			return err
		}
		if _, err := tx.Exec(`UPDATE mention SET seen = 1 WHERE account_id = $1 AND person_id = $2 AND note_id = $3`, account, me, id); err != nil {
			return err
		}
		tx.Notify(topicAccount, strconv.FormatInt(int64(account), 10))
		return nil
	})
}

// mentionsIn reads the latest mentions of the session's person, whether they
// may still read the notes or not.
func (s *Session) mentionsIn(tx *db.Tx, account postroom.AccountID) (list []postroom.Mention, err error) {
	err = tx.Each(`SELECT note_id, thread_id, seen FROM mention WHERE account_id = $1 AND person_id = $2 ORDER BY note_id DESC LIMIT $3`,
		[]any{account, s.Actor().Account, maxMentions}, func(scan func(...any) error) error {
			var m postroom.Mention
			err := scan(&m.Note, &m.Thread, &m.Seen)
			list = append(list, m)
			return err
		})
	return list, err
}

// mentionState stands for a list of mentions, and which of them were seen.
func mentionState(list []postroom.Mention) string {
	if len(list) == 0 {
		return "0"
	}
	h := fnv.New64a()
	for _, m := range list {
		_, _ = fmt.Fprintf(h, "%d %t ", m.Note, m.Seen) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mention keeps whom a note mentions, in place of whom it did, and has those
// told by mail whom it did not mention before.
func (s *Session) mention(tx *db.Tx, account postroom.AccountID, thread postroom.ThreadID, note postroom.NoteID, people []postroom.AccountID) error {
	var before []postroom.AccountID
	err := tx.Each(`SELECT person_id FROM mention WHERE account_id = $1 AND thread_id = $2 AND note_id = $3`, []any{account, thread, note},
		func(scan func(...any) error) error {
			var id postroom.AccountID
			err := scan(&id)
			before = append(before, id)
			return err
		})
	if err != nil {
		return err
	}
	for _, id := range before {
		if slices.Contains(people, id) {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM mention WHERE account_id = $1 AND person_id = $2 AND note_id = $3`, account, id, note); err != nil {
			return err
		}
	}
	for _, id := range people {
		if id == s.Actor().Account || slices.Contains(before, id) {
			continue
		}
		if err := s.store.noteMention(tx, account, thread, id, s.Actor().Account); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO mention (account_id, person_id, note_id, thread_id, seen, told) VALUES ($1, $2, $3, $4, 0, 0)`,
			account, id, note, thread)
		if err != nil {
			return err
		}
	}
	return nil
}
