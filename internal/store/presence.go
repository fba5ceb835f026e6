package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// PresenceFor is how long a presence holds unless it is said again; programs say
// it every half of that.
const PresenceFor = 40 * time.Second

// maxPresence bounds how many conversations one person is at, each program of
// theirs counted.
const maxPresence = 100

// SetPresence says that the session's person is at a conversation, for
// PresenceFor or until the stream of the program ends; zero says that this
// program has left it. It is told to all who may read it, and is not recorded.
// Needs Read on a mailbox with a message of it.
func (s *Session) SetPresence(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID, stream postroom.StreamID, a postroom.Activity) error {
	if a > postroom.Answering {
		return postroom.Errorf(postroom.Invalid, "one reads or answers")
	}
	if _, ok := postroom.ParseStreamID(string(stream)); !ok {
		return postroom.Errorf(postroom.Invalid, "a stream is named by letters, digits, - and _")
	}
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		if _, err := s.threadItems(tx, account, thread); err != nil {
			return err
		}
		now, me := s.store.now(), s.Actor().Account
		if _, err := tx.Exec(`DELETE FROM presence WHERE person_id = $1 AND until_at <= $2`, me, db.Micros(now)); err != nil {
			return err
		}
		var had int
		err := tx.QueryRow(`SELECT activity FROM presence WHERE account_id = $1 AND thread_id = $2 AND person_id = $3 AND stream_id = $4`,
			account, thread, me, string(stream)).Scan(&had)
		if err != nil && !noRow(err) {
			return err
		}
		p := postroom.Presence{Thread: thread, Activity: a, Since: now, Until: now.Add(PresenceFor)}
		if err := putPresence(tx, account, me, stream, p); err != nil {
			return err
		}
		if had != int(a) {
			tx.Notify(topicAccount, strconv.FormatInt(int64(account), 10))
		}
		return nil
	})
}

// EndPresence says that a program of the session's person is at no conversation
// any more: its stream of changes has ended. It needs no right, and holds for a
// session that has ended.
func (s *Session) EndPresence(ctx context.Context, stream postroom.StreamID) error {
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		var left []postroom.AccountID
		err := tx.Each(`DELETE FROM presence WHERE person_id = $1 AND stream_id = $2 RETURNING account_id`, []any{s.Actor().Account, string(stream)},
			func(scan func(...any) error) error {
				var id postroom.AccountID
				err := scan(&id)
				left = append(left, id)
				return err
			})
		slices.Sort(left)
		for _, id := range slices.Compact(left) {
			wakeAccount(tx, id)
		}
		return err
	})
}

func putPresence(tx *db.Tx, account, who postroom.AccountID, stream postroom.StreamID, p postroom.Presence) error {
	if p.Activity == 0 {
		_, err := tx.Exec(`DELETE FROM presence WHERE account_id = $1 AND thread_id = $2 AND person_id = $3 AND stream_id = $4`,
			account, p.Thread, who, string(stream))
		return err
	}
	_, err := tx.Exec(`INSERT INTO presence (account_id, thread_id, person_id, stream_id, activity, since, until_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, thread_id, person_id, stream_id) DO UPDATE SET
		since = CASE WHEN presence.activity = excluded.activity THEN presence.since ELSE excluded.since END,
		activity = excluded.activity, until_at = excluded.until_at`,
		account, p.Thread, who, string(stream), int(p.Activity), db.Micros(p.Since), db.Micros(p.Until))
	if err != nil {
		return err
	}
	var count int
	err = tx.QueryRow(`SELECT COUNT(*) FROM presence WHERE person_id = $1`, who).Scan(&count)
	if err == nil && count > maxPresence {
		err = postroom.Errorf(postroom.Limit, "one may be at %d conversations at a time", maxPresence)
	}
	return err
}

// Presence lists who is at conversations of an account now, the session's own
// person included, by conversation and time. Needs Read on a mailbox with a
// message of each; others are passed over. Who has lost that right is not told
// of any more.
func (s *Session) Presence(ctx context.Context, account postroom.AccountID) (list []postroom.Presence, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		have, err := s.rightsIn(tx, account)
		if err != nil {
			return err
		}
		if !canReadSome(have) {
			return noSuchMailbox("")
		}
		list, err = s.presenceIn(tx, account)
		return err
	})
	return list, err
}

// readPresence reads who is at the conversations of an account: each person once
// at each.
func (s *Session) readPresence(tx *db.Tx, account postroom.AccountID) (map[postroom.ThreadID][]postroom.Presence, error) {
	all := make(map[postroom.ThreadID][]postroom.Presence)
	err := tx.Each(`SELECT thread_id, person_id, stream_id, activity, since, until_at FROM presence WHERE account_id = $1 AND until_at > $2
		ORDER BY thread_id, person_id`, []any{account, db.Micros(s.store.now())}, func(scan func(...any) error) error {
		var p postroom.Presence
		var stream postroom.StreamID
		var since, until int64
		err := scan(&p.Thread, &p.Who.Account, &stream, &p.Activity, &since, &until)
		p.Since, p.Until = db.Time(since), db.Time(until)
		if p.Who.Account == s.Actor().Account {
			p.Streams = []postroom.StreamID{stream}
		}
		there := all[p.Thread]
		if n := len(there); n > 0 && there[n-1].Who.Account == p.Who.Account {
			there[n-1] = joinPresence(there[n-1], p)
		} else {
			all[p.Thread] = append(there, p)
		}
		return err
	})
	return all, err
}

// joinPresence makes one of what two programs of a person say.
func joinPresence(p, q postroom.Presence) postroom.Presence {
	streams := append(p.Streams, q.Streams...)
	switch {
	case p.Activity < q.Activity:
		p = q
	case p.Activity == q.Activity:
		if q.Since.Before(p.Since) {
			p.Since = q.Since
		}
		if q.Until.After(p.Until) {
			p.Until = q.Until
		}
	}
	slices.Sort(streams) // here: the databases do not agree on the order of text
	p.Streams = streams
	return p
}

// stillThere leaves out who may not read the conversation any more, and names
// the others.
func (s *Session) stillThere(tx *db.Tx, account postroom.AccountID, items []threadItem, some []postroom.Presence) ([]postroom.Presence, error) {
	m, epoch, err := s.store.facts.now(tx, account)
	if err != nil {
		return nil, err
	}
	t, err := m.tree(account, epoch)
	if err != nil || t == nil {
		return nil, err
	}
	kept := some[:0]
	for _, p := range some {
		who, err := m.principal(p.Who.Account)
		if err != nil {
			return nil, err
		}
		if who == nil || !s.reads(who, t, items) {
			continue
		}
		p.Who = postroom.Colleague{Account: p.Who.Account, Address: who.account.Address, Name: who.account.Name}
		kept = append(kept, p)
	}
	return kept, nil
}
