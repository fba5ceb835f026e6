package store

import (
	"context"
	"maps"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// emailTrace is what the log knows of an email since a state, in the mailboxes
// the reader sees.
type emailTrace struct {
	last   postroom.ModSeq   // of the changes
	thread postroom.ThreadID // zero until threads
	now    bool              // it is in a mailbox the reader sees
	// spans are when it was in one of them; end zero: it still is.
	spans []stay
}

type stay struct{ begin, end postroom.ModSeq }

// at reports whether the email could be seen at a ModSeq.
func (t *emailTrace) at(m postroom.ModSeq) bool {
	for _, s := range t.spans {
		if s.begin <= m && (s.end == 0 || s.end > m) {
			return true
		}
	}
	return false
}

// Changes tells what became of emails since a state: their numbers. most bounds
// how many are told at once; zero is MaxMailChanges. Stale when that cannot be
// told: rights changed.
func (m *Mail) Changes(ctx context.Context, state string, most int) (c Changes, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		traces, from, now, err := m.traces(tx, r, state)
		if err != nil {
			return err
		}
		var events []event
		for id, t := range traces {
			e := event{at: t.last, id: int64(id)}
			known := from.knew(e.id)
			if e.kind = kindOf(t.at(known), t.now); e.kind != 0 && t.last > known {
				events = append(events, e)
			}
		}
		c = cutChanges(events, most, now)
		return nil
	})
	return c, err
}

// kindOf is what became of something that was there or not, and is or not.
func kindOf(before, now bool) outcome {
	switch {
	case before && now:
		return wasUpdated
	case now:
		return wasCreated
	case before:
		return wasDestroyed
	}
	return 0
}

// tracing is what becomes of emails, as it is read.
type tracing map[postroom.EmailID]*emailTrace

// touch notes that an email changed.
func (t tracing) touch(id postroom.EmailID, at postroom.ModSeq) *emailTrace {
	one := t[id]
	if one == nil {
		one = &emailTrace{}
		t[id] = one
	}
	one.last = max(one.last, at)
	return one
}

// traces reads what became of emails since a state, and the two states.
func (m *Mail) traces(tx *db.Tx, r *outlook, state string) (traces tracing, from, now bookmark, err error) {
	log, err := m.log(tx, r)
	if err != nil {
		return nil, from, now, err
	}
	now = m.emailMark(r, log)
	from, err = since(state, now, r, log, log.itemsFloor(r))
	if err != nil || from.at == now.at && from.upTo == 0 {
		return nil, from, now, err
	}
	traces = make(tracing)
	after := from.at
	if from.upTo != 0 {
		after--
	}
	for _, box := range r.readable() {
		if id := box.Ref.Collection; log[id].items > after {
			if err := m.touched(tx, r, id, after, traces); err != nil {
				return nil, from, now, err
			}
		}
	}
	err = eachDeparture(tx, m.account, after, func(d departure) {
		if !log.sees(r, d.collection) {
			return
		}
		for _, s := range d.stays {
			t := traces.touch(s.email, d.modseq)
			t.spans = append(t.spans, stay{s.added, d.modseq})
		}
	})
	if err != nil {
		return nil, from, now, err
	}
	return traces, from, now, m.present(tx, r, traces)
}

// touched reads which emails of a mailbox changed for the reader.
func (m *Mail) touched(tx *db.Tx, r *outlook, box postroom.CollectionID, after postroom.ModSeq, traces tracing) error {
	touch := func(scan func(...any) error) error {
		var id postroom.EmailID
		var at postroom.ModSeq
		err := scan(&id, &at)
		traces.touch(id, at)
		return err
	}
	runs, err := changedRuns(tx, postroom.CollectionRef{Account: m.account, Collection: box}, after)
	if err != nil {
		return err
	}
	for query, args := range inRuns(`SELECT i.email_id, i.modseq FROM item i WHERE i.account_id = $1 AND i.collection_id = $2 AND i.modseq > $3`,
		[]any{m.account, box, after}, runs) {
		if err := tx.Each(query, args, touch); err != nil {
			return err
		}
	}
	if !r.each[box] {
		return nil
	}
	return tx.Each(`SELECT i.email_id, s.modseq FROM read_state s JOIN item i ON i.account_id = s.account_id
		AND i.collection_id = s.collection_id AND i.uid = s.uid
		WHERE s.account_id = $1 AND s.collection_id = $2 AND s.reader_id = $3 AND s.modseq > $4`,
		[]any{m.account, box, m.session.Actor().Account, after}, touch)
}

// present adds where the emails are now.
func (m *Mail) present(tx *db.Tx, r *outlook, traces tracing) error {
	ids := slices.Collect(maps.Keys(traces))
	return eachOfEmails(tx, `SELECT i.email_id, i.collection_id, i.added FROM item i
		WHERE i.account_id = $1 AND i.email_id IN (`+placeholders(2, emailsAtOnce)+`)`, m.account, ids,
		func(scan func(...any) error) error {
			var id postroom.EmailID
			var box postroom.CollectionID
			var s stay
			err := scan(&id, &box, &s.begin)
			if t := traces[id]; err == nil && r.reads(box) {
				t.now, t.spans = true, append(t.spans, s)
			}
			return err
		})
}

// threads adds of which threads the emails are, or were.
func (m *Mail) threads(tx *db.Tx, traces tracing) error {
	ids := slices.Collect(maps.Keys(traces))
	for _, table := range []string{"email", "email_gone"} {
		err := eachOfEmails(tx, `SELECT email_id, thread_id FROM `+table+` WHERE account_id = $1 AND email_id IN (`+
			placeholders(2, emailsAtOnce)+`)`, m.account, ids, func(scan func(...any) error) error {
			var id postroom.EmailID
			var thread postroom.ThreadID
			err := scan(&id, &thread)
			if err == nil {
				traces[id].thread = thread
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachOfEmails runs a query on emails, emailsAtOnce at a time, whose numbers
// are its arguments from the second on.
func eachOfEmails(tx *db.Tx, query string, account postroom.AccountID, ids []postroom.EmailID, scan func(func(...any) error) error) error {
	for len(ids) > 0 {
		chunk := ids[:min(len(ids), emailsAtOnce)]
		ids = ids[len(chunk):]
		args := []any{account}
		for i := range emailsAtOnce {
			args = append(args, chunk[min(i, len(chunk)-1)])
		}
		if err := tx.Each(query, args, scan); err != nil {
			return err
		}
	}
	return nil
}

// MailboxChanges are Changes of mailboxes, by their numbers. CountsOnly: what
// is updated has other counts, and nothing else.
type MailboxChanges struct {
	Changes
	CountsOnly bool
}

// MailboxChanges tells what became of mailboxes since a state.
func (m *Mail) MailboxChanges(ctx context.Context, state string, most int) (c MailboxChanges, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		log, err := m.log(tx, r)
		if err != nil {
			return err
		}
		wishes, err := m.session.wishes(tx)
		if err != nil {
			return err
		}
		now, err := m.mailboxMark(tx, r, log, wishes)
		if err != nil {
			return err
		}
		from, err := since(state, now, r, log, log.treeFloor(r))
		if err != nil {
			return err
		}
		var events []event
		more := make(map[int64]bool) // changed in more than counts
		for id, l := range log {
			e := event{id: int64(id), at: max(l.changed, l.gone)}
			known := from.knew(e.id)
			if l.gone == 0 && r.reads(id) {
				e.at = max(e.at, l.items)
			}
			if !log.looks(r, id) && !r.shown[id] || e.at <= known || id == postroom.RootCollection {
				continue
			}
			e.kind = kindOf(l.added <= known, l.gone == 0)
			more[e.id] = l.changed > known
			if e.kind != 0 {
				events = append(events, e)
			}
		}
		c = MailboxChanges{Changes: cutChanges(events, most, now), CountsOnly: true}
		for _, id := range c.Updated {
			c.CountsOnly = c.CountsOnly && !more[id]
		}
		return nil
	})
	return c, err
}
