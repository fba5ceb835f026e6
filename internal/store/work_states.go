package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// NoteState is the state of the notes of the account that the session may read.
func (m *Mail) NoteState(ctx context.Context) (state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		state, err = m.noteState(tx, r)
		return err
	})
	return state, err
}

// noteState moves with the notes about conversations that the session may read.
func (m *Mail) noteState(tx *db.Tx, r *outlook) (string, error) {
	b := bookmark{fingerprint: r.fingerprint(toRead)}
	boxes := r.readable()
	if len(boxes) == 0 {
		return b.String(), nil
	}
	query, args := `SELECT COALESCE(MAX(n.modseq), 0) FROM note n WHERE n.account_id = $1`, []any{m.account}
	if !r.uniform {
		for _, box := range boxes {
			args = append(args, box.Ref.Collection)
		}
		query += ` AND EXISTS (SELECT 1 FROM email e JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id
			WHERE e.account_id = n.account_id AND e.thread_id = n.thread_id AND i.collection_id IN (` + placeholders(2, len(boxes)) + `))`
	}
	err := tx.QueryRow(query, args...).Scan(&b.at)
	return b.String(), err
}

// presenceState stands for who is at which conversation that the session may
// read, and what they do there.
func (m *Mail) presenceState(tx *db.Tx) (string, error) {
	list, err := m.session.presenceIn(tx, m.account)
	if err != nil || len(list) == 0 {
		return "0", err
	}
	h := fnv.New64a()
	for _, p := range list {
		_, _ = fmt.Fprintf(h, "%d %d %d %v ", p.Thread, p.Who.Account, p.Activity, p.Streams) // never fails
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// presenceIn lists who is at conversations of an account that the session may
// read, by conversation and time.
func (s *Session) presenceIn(tx *db.Tx, account postroom.AccountID) (list []postroom.Presence, err error) {
	all, err := s.readPresence(tx, account)
	if err != nil {
		return nil, err
	}
	for thread, some := range all {
		items, err := s.threadItems(tx, account, thread)
		if postroom.KindOf(err) == postroom.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		if some, err = s.stillThere(tx, account, items, some); err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b postroom.Presence) int {
		return cmp.Or(cmp.Compare(a.Thread, b.Thread), a.Since.Compare(b.Since), cmp.Compare(a.Who.Address, b.Who.Address))
	})
	return list, nil
}
