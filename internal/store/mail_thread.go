package store

import (
	"cmp"
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Threads reads the emails of threads that the session may read, the oldest
// first; a thread without any is not in the map. state is that of the emails.
func (m *Mail) Threads(ctx context.Context, ids []postroom.ThreadID) (threads map[postroom.ThreadID][]postroom.EmailID, state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		threads = make(map[postroom.ThreadID][]postroom.EmailID, len(ids))
		for _, id := range ids {
			emails, err := m.thread(tx, r, id)
			if err != nil {
				return err
			}
			if len(emails) > 0 {
				threads[id] = emails
			}
		}
		state, err = m.emailState(tx, r)
		return err
	})
	return threads, state, err
}

// thread lists the emails of a thread in the order they came in.
func (m *Mail) thread(tx *db.Tx, r *outlook, id postroom.ThreadID) ([]postroom.EmailID, error) {
	type member struct {
		email    postroom.EmailID
		received int64
	}
	var list []member
	err := tx.Each(`SELECT i.email_id, i.collection_id, i.received FROM email e JOIN item i ON i.account_id = e.account_id AND i.email_id = e.email_id
		WHERE e.account_id = $1 AND e.thread_id = $2`, []any{m.account, id}, func(scan func(...any) error) error {
		var one member
		var box postroom.CollectionID
		err := scan(&one.email, &box, &one.received)
		if err == nil && r.reads(box) {
			list = append(list, one)
		}
		return err
	})
	slices.SortFunc(list, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.received, b.received), cmp.Compare(a.email, b.email))
	})
	emails := make([]postroom.EmailID, 0, len(list))
	for _, one := range list {
		if !slices.Contains(emails, one.email) {
			emails = append(emails, one.email)
		}
	}
	return emails, err
}

// ThreadChanges tells what became of threads since a state of the emails: those
// that emails came into or left.
func (m *Mail) ThreadChanges(ctx context.Context, state string, most int) (c Changes, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		traces, from, now, err := m.traces(tx, r, state)
		if err != nil {
			return err
		}
		if err := m.threads(tx, traces); err != nil {
			return err
		}
		// Of each thread, its emails that came or left.
		moved := make(map[postroom.ThreadID]*threadTrace)
		for id, t := range traces {
			known := from.knew(int64(t.thread))
			before := t.at(known)
			if before == t.now || t.last <= known {
				continue
			}
			of := moved[t.thread]
			if of == nil {
				of = &threadTrace{come: make(map[postroom.EmailID]bool)}
				moved[t.thread] = of
			}
			of.last = max(of.last, t.last)
			of.before = of.before || before
			if t.now {
				of.come[id] = true
			}
		}
		var events []event
		for id, t := range moved {
			emails, err := m.thread(tx, r, id)
			if err != nil {
				return err
			}
			stayed := slices.ContainsFunc(emails, func(e postroom.EmailID) bool { return !t.come[e] })
			if kind := kindOf(t.before || stayed, len(emails) > 0); kind != 0 {
				events = append(events, event{t.last, int64(id), kind})
			}
		}
		c = cutChanges(events, most, now)
		return nil
	})
	return c, err
}

// threadTrace is what became of a thread.
type threadTrace struct {
	last   postroom.ModSeq
	before bool // it had an email that has gone
	come   map[postroom.EmailID]bool
}
