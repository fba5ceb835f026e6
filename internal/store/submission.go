package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// MaxHold is for how long a message may be held back.
	MaxHold = 366 * 24 * time.Hour
	// maxHeld bounds the messages that one person has waiting.
	maxHeld = 1000
	// submissionsKept is for how long submissions are remembered, and
	// submissionStates for how long their changes can be told.
	submissionsKept, submissionStates = 90 * 24 * time.Hour, 60 * 24 * time.Hour
)

// NewSubmission is what is to be remembered of a message that is sent.
type NewSubmission struct {
	Account  postroom.AccountID // in which the email is
	Identity string
	Email    postroom.EmailID
	Thread   postroom.ThreadID
	Envelope string
}

// Submitted mail, as its sender sees it; others see none of it.
type SentMail struct {
	postroom.Submission
	// Recipients with what became of each so far.
	Recipients []QueuedRecipient
}

// order is what a person ordered, kept for when a held message is due.
type order struct {
	Actor              postroom.Actor
	Home               postroom.AccountID
	Address            string
	MessageID          string
	InReplyTo          []string
	References         []string
	Forwarded          bool
	Sender             string // shown
	Right              postroom.SendRight
	SendTo             postroom.SendTarget
	NullSender         bool
	EnvelopeID, Return string
	SMTPUTF8           bool
	Blind              []byte `json:",omitempty"`
}

// remember writes the row of a submission. held tells that it waits.
func (i *Identity) remember(changes map[postroom.AccountID]*change, out Outgoing, queue int64, held bool) (postroom.SubmissionID, error) {
	n := out.Submission
	if n == nil {
		return 0, nil
	}
	s := i.session
	b, err := json.Marshal(order{Actor: s.Actor(), Home: s.Home(), Address: i.Address, MessageID: out.MessageID, InReplyTo: out.InReplyTo,
		References: out.References, Forwarded: out.Forwarded, Sender: i.Sender, Right: i.Right, SendTo: i.Target, NullSender: out.NullSender,
		EnvelopeID: out.EnvelopeID, Return: out.Return, SMTPUTF8: out.SMTPUTF8, Blind: out.Blind})
	if err != nil {
		return 0, err
	}
	c := changes[n.Account]
	m, err := c.number()
	if err != nil {
		return 0, err
	}
	now, at, undo := s.store.now(), out.HoldUntil, postroom.UndoPending
	if !held {
		at, undo = now, postroom.UndoFinal
	}
	_, err = c.tx.Exec(`INSERT INTO submission (account_id, submission_id, actor_id, identity, email_id, thread_id, envelope, created,
		send_at, undo, queue_id, order_json, modseq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $2)`,
		n.Account, m, s.Actor().Account, n.Identity, n.Email, n.Thread, n.Envelope, db.Micros(now), db.Micros(at), int(undo), queue, string(b))
	return postroom.SubmissionID(m), err
}

// mayHold checks that a message may be held back.
func (i *Identity) mayHold(tx *db.Tx, out Outgoing) error {
	now := i.session.store.now()
	switch {
	case out.HoldUntil.After(now.Add(MaxHold)):
		return postroom.Errorf(postroom.Invalid, "a message can be held for %d days at most", int(MaxHold.Hours()/24))
	case out.Submission == nil:
		return postroom.Errorf(postroom.Invalid, "only a submission that is remembered can be held")
	}
	var n int
	err := tx.QueryRow(`SELECT COUNT(*) FROM submission WHERE actor_id = $1 AND undo = 0`, i.session.Actor().Account).Scan(&n)
	if err == nil && n >= maxHeld {
		err = postroom.Errorf(postroom.Limit, "%d messages wait already", n)
	}
	return err
}

const submissionColumns = `SELECT submission_id, identity, email_id, thread_id, envelope, created, send_at, undo, queue_id, delivery
	FROM submission WHERE account_id = $1 AND actor_id = $2 AND removed = 0`

func scanSubmission(scan func(...any) error) (m SentMail, err error) {
	var created, at int64
	var delivery string
	err = scan(&m.ID, &m.Identity, &m.Email, &m.Thread, &m.Envelope, &created, &at, &m.Undo, &m.Queued, &delivery)
	if err != nil {
		return m, err
	}
	m.Created, m.SendAt = db.Time(created), db.Time(at)
	if delivery != "" {
		err = json.Unmarshal([]byte(delivery), &m.Recipients)
	}
	return m, err
}

// Submissions reads what the session's person has sent from this account, the
// latest first: those named, or with nil all; and the state it is of.
func (m *Mail) Submissions(ctx context.Context, ids []postroom.SubmissionID) (list []SentMail, state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, _ *outlook) error {
		list = nil
		take := func(scan func(...any) error) error {
			s, err := scanSubmission(scan)
			list = append(list, s)
			return err
		}
		me := m.session.Actor().Account
		if ids == nil {
			if err := tx.Each(submissionColumns+` ORDER BY submission_id DESC LIMIT 10000`, []any{m.account, me}, take); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if err := tx.Each(submissionColumns+` AND submission_id = $3`, []any{m.account, me, id}, take); err != nil {
				return err
			}
		}
		for i := range list {
			if list[i].Queued == 0 {
				continue
			}
			var err error
			if list[i].Recipients, err = readRecipients(tx, list[i].Queued); err != nil {
				return err
			}
		}
		var err error
		state, err = m.submissionState(tx)
		return err
	})
	return list, state, err
}

// submissionState is the highest ModSeq and the day.
func (m *Mail) submissionState(tx *db.Tx) (string, error) {
	var at int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(modseq), 0) FROM submission WHERE account_id = $1 AND actor_id = $2`,
		m.account, m.session.Actor().Account).Scan(&at)
	return fmt.Sprintf("%d-%d", at, m.session.store.now().Unix()/86400), err
}

// SubmissionChanges are the submissions that changed since a state.
type SubmissionChanges struct {
	Created, Updated, Destroyed []postroom.SubmissionID
	State                       string
}

// SubmissionsChanged tells what changed since a state of Submissions. Stale when
// that was too long ago to tell.
func (m *Mail) SubmissionsChanged(ctx context.Context, since string) (c SubmissionChanges, err error) {
	seq, day, _ := strings.Cut(since, "-")
	from, err1 := strconv.ParseInt(seq, 10, 64)
	days, err2 := strconv.ParseInt(day, 10, 64)
	if err1 != nil || err2 != nil || m.session.store.now().Unix()/86400-days > int64(submissionStates.Hours()/24) {
		return c, postroom.Errorf(postroom.Stale, "the changes since then are not known")
	}
	err = m.read(ctx, func(tx *db.Tx, _ *outlook) error {
		c = SubmissionChanges{}
		err := tx.Each(`SELECT submission_id, removed FROM submission WHERE account_id = $1 AND actor_id = $2 AND modseq > $3 ORDER BY modseq`,
			[]any{m.account, m.session.Actor().Account, from}, func(scan func(...any) error) error {
				var id postroom.SubmissionID
				var removed bool
				err := scan(&id, &removed)
				switch known := int64(id) <= from; { // its number is the ModSeq it was made at
				case removed && known:
					c.Destroyed = append(c.Destroyed, id)
				case removed:
				case known:
					c.Updated = append(c.Updated, id)
				default:
					c.Created = append(c.Created, id)
				}
				return err
			})
		if err == nil {
			c.State, err = m.submissionState(tx)
		}
		return err
	})
	return c, err
}

// ofMine runs a change of one of the person's own submissions. NotFound.
func (m *Mail) ofMine(ctx context.Context, id postroom.SubmissionID, do func(*change, SentMail) error) error {
	s := m.session
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := m.outlook(tx); err != nil {
			return err
		}
		c, err := s.store.begin(tx, m.account)
		if err != nil {
			return err
		}
		sent, err := scanSubmission(tx.QueryRow(submissionColumns+` AND submission_id = $3`, m.account, s.Actor().Account, id).Scan)
		if noRow(err) {
			return postroom.Errorf(postroom.NotFound, "no such submission")
		}
		if err != nil {
			return err
		}
		return do(c, sent)
	})
}

// CancelSubmission takes back a message that is held: it does not leave. Stale
// when it has left.
func (m *Mail) CancelSubmission(ctx context.Context, id postroom.SubmissionID) error {
	return m.ofMine(ctx, id, func(c *change, sent SentMail) error {
		// The row of the queue is locked by who releases it, so one comes first.
		n, err := c.tx.Exec(`UPDATE queue SET held = 2 WHERE queue_id = $1 AND held = 1`, sent.Queued)
		if err != nil {
			return err
		}
		if sent.Undo != postroom.UndoPending || n == 0 {
			return postroom.Errorf(postroom.Stale, "the message has left")
		}
		if err := c.store.dequeue(c.tx, sent.Queued); err != nil {
			return err
		}
		seq, err := c.number()
		if err != nil {
			return err
		}
		_, err = c.tx.Exec(`UPDATE submission SET undo = 2, queue_id = 0, order_json = '', modseq = $3 WHERE account_id = $1 AND submission_id = $2`,
			m.account, id, seq)
		return err
	})
}

// DestroySubmission forgets a submission; the message goes its way. Stale for
// one that is still held.
func (m *Mail) DestroySubmission(ctx context.Context, id postroom.SubmissionID) error {
	return m.ofMine(ctx, id, func(c *change, sent SentMail) error {
		if sent.Undo == postroom.UndoPending {
			return postroom.Errorf(postroom.Stale, "the message is still held: take it back first")
		}
		seq, err := c.number()
		if err != nil {
			return err
		}
		_, err = c.tx.Exec(`UPDATE submission SET removed = 1, queue_id = 0, order_json = '', delivery = '', envelope = '', modseq = $3
			WHERE account_id = $1 AND submission_id = $2`, m.account, id, seq)
		return err
	})
}

// settleSubmission keeps what became of a message that leaves the queue.
func (s *Store) settleSubmission(tx *db.Tx, m QueuedMessage) error {
	var account postroom.AccountID
	var id postroom.SubmissionID
	err := tx.QueryRow(`SELECT account_id, submission_id FROM submission WHERE queue_id = $1 AND queue_id <> 0`, m.ID).Scan(&account, &id)
	if noRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	b, err := json.Marshal(m.Recipients)
	if err != nil {
		return err
	}
	c, err := s.begin(tx, account)
	if err != nil {
		return err
	}
	seq, err := c.number()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE submission SET queue_id = 0, order_json = '', delivery = $3, undo = CASE WHEN undo = 0 THEN 1 ELSE undo END, modseq = $4
		WHERE account_id = $1 AND submission_id = $2`, account, id, string(b), seq)
	return err
}
