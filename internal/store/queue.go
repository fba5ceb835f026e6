package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// QueueSession leases queued messages and records what became of them. It is
// made by store/system.
type QueueSession struct{ session *Session }

// RecipientState is where a recipient of a queued message is.
type RecipientState string

// The states.
const (
	Waiting   RecipientState = "waiting"
	Delivered RecipientState = "delivered"
	Failed    RecipientState = "failed"
)

// QueuedRecipient is one recipient of a queued message.
type QueuedRecipient struct {
	Recipient
	State    RecipientState
	Attempts int
	Next     time.Time // of the next attempt
	Code     int       // last SMTP reply
	Enhanced string    // "5.1.1"
	Text     string
	Remote   string // host that answered
	Delayed  bool   // a "delayed" notice was sent
}

// QueuedMessage is a message on its way out.
type QueuedMessage struct {
	ID         int64
	Account    postroom.AccountID // who submitted it; zero for server mail
	Sender     string             // envelope sender; "" for reports
	Blob       postroom.BlobID
	Size       int64
	Queued     time.Time
	EnvelopeID string
	Return     string
	SMTPUTF8   bool
	// HeldUntil is when a message that is held may leave, else zero; Refused
	// says why it may not, for good: its sender has lost the right meanwhile.
	HeldUntil time.Time
	Refused   string
	// OnHold: an administrator holds it, until they release it.
	OnHold     bool
	Recipients []QueuedRecipient
}

// NewReport is mail the server itself sends: reports (RFC 3464), notices,
// forwarded copies for outside members.
type NewReport struct {
	// Account in whose name it goes out; zero for the server itself.
	Account    postroom.AccountID
	Sender     string
	Recipients []Recipient
	Raw        []byte
	SMTPUTF8   bool
	// Return is RET of RFC 3461: how much a report sends back.
	Return string
}

func (r *NewReport) queued() queued {
	return queued{account: r.Account, sender: r.Sender, ret: r.Return, smtputf8: r.SMTPUTF8, recipients: r.Recipients}
}

// Enqueue queues mail of the server itself.
func (q *QueueSession) Enqueue(ctx context.Context, r NewReport) (id int64, err error) {
	s := q.session.store
	draft, err := s.blobs.Prepare(r.Raw)
	if err != nil {
		return 0, err
	}
	defer draft.Close()
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		id, err = s.enqueue(tx, draft, r.queued())
		return err
	})
	return id, err
}

// Lease takes up to n messages that have a recipient due, for the time given;
// another node does not get them before the lease is over.
func (q *QueueSession) Lease(ctx context.Context, n int, lease time.Duration) (list []QueuedMessage, err error) {
	s := q.session.store
	if err := s.releaseDue(ctx, n); err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		list = nil
		now := s.now()
		list, err = readQueue(tx, `WHERE held = 0 AND next_due > 0 AND next_due <= $1 AND leased_until <= $1
			ORDER BY next_due, queue_id LIMIT $2`+tx.Dialect().SkipLocked(), now, n)
		if err != nil {
			return err
		}
		for i := range list {
			_, err := tx.Exec(`UPDATE queue SET leased_until = $2 WHERE queue_id = $1`, list[i].ID, now.Add(lease))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err // what is not surely leased is nobody's to send
	}
	return list, nil
}

// Resume ends the leases that a crash left, so that what was under way is due at once.
// Only the embedded database is surely this process's alone; on PostgreSQL, where they
// may be another node's, it does nothing and they run out.
func (q *QueueSession) Resume(ctx context.Context) error {
	return q.session.store.db.Write(ctx, func(tx *db.Tx) error {
		if tx.Dialect() != db.SQLite {
			return nil
		}
		_, err := tx.Exec(`UPDATE queue SET leased_until = 0 WHERE leased_until > 0`)
		return err
	})
}

// Extend prolongs a lease that is held: it ends after the time given, from now.
// A message that is not leased any more stays as it is.
func (q *QueueSession) Extend(ctx context.Context, id int64, lease time.Duration) error {
	s := q.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now := s.now()
		_, err := tx.Exec(`UPDATE queue SET leased_until = $3 WHERE queue_id = $1 AND leased_until > $2`, id, now, now.Add(lease))
		return err
	})
}

// readQueue reads queued messages with their recipients.
func readQueue(tx *db.Tx, where string, args ...any) (list []QueuedMessage, err error) {
	err = tx.Each(`SELECT queue_id, account_id, sender, blob, size, queued, envelope_id, ret, smtputf8,
		CASE WHEN held = 1 THEN next_due ELSE 0 END, refused, held FROM queue `+where,
		args, func(scan func(...any) error) error {
			var m QueuedMessage
			var id []byte
			var queued, utf8, until, held int64
			err := scan(&m.ID, &m.Account, &m.Sender, &id, &m.Size, &queued, &m.EnvelopeID, &m.Return, &utf8, &until, &m.Refused, &held)
			if err != nil {
				return err
			}
			copy(m.Blob[:], id)
			m.Queued, m.SMTPUTF8, m.HeldUntil, m.OnHold = db.Time(queued), utf8 != 0, db.Time(until), held == onHold
			list = append(list, m)
			return nil
		})
	for i := range list {
		if err != nil {
			break
		}
		list[i].Recipients, err = readRecipients(tx, list[i].ID)
	}
	return list, err
}

func readRecipients(tx *db.Tx, id int64) (list []QueuedRecipient, err error) {
	err = tx.Each(`SELECT address, notify, original, state, attempts, next_at, code, enhanced, reply, remote, delayed
		FROM queue_recipient WHERE queue_id = $1 ORDER BY number`, []any{id}, func(scan func(...any) error) error {
		var r QueuedRecipient
		var next, delayed int64
		err := scan(&r.Address, &r.Notify, &r.Original, &r.State, &r.Attempts, &next, &r.Code, &r.Enhanced, &r.Text,
			&r.Remote, &delayed)
		r.Next, r.Delayed = db.Time(next), delayed != 0
		list = append(list, r)
		return err
	})
	return list, err
}

// NextDue is when the next recipient is due; the zero time when none is. What
// is leased is due when its lease ends.
func (q *QueueSession) NextDue(ctx context.Context) (time.Time, error) {
	var due int64
	err := q.session.store.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(`SELECT COALESCE(MIN(CASE WHEN leased_until > next_due THEN leased_until ELSE next_due END), 0)
			FROM queue WHERE next_due > 0 AND held <> $1`, onHold).Scan(&due)
	})
	return db.Time(due), err
}

// Content opens the bytes of a queued message.
func (q *QueueSession) Content(ctx context.Context, id int64) (c Content, err error) {
	s := q.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		var b []byte
		err := tx.QueryRow(`SELECT blob FROM queue WHERE queue_id = $1`, id).Scan(&b)
		if noRow(err) {
			return errNotQueued()
		}
		if err != nil {
			return err
		}
		c, err = s.blobs.Open(tx, b, nil)
		return err
	})
	return c, err
}

func errNotQueued() error { return postroom.Errorf(postroom.NotFound, "no such message in the queue") }

// Record stores the outcome of attempts and ends the lease. A message whose
// recipients are all delivered or failed leaves the queue.
func (q *QueueSession) Record(ctx context.Context, m QueuedMessage) error {
	s := q.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var due time.Time
		for n, r := range m.Recipients {
			if err := m.recordRecipient(tx, n); err != nil {
				return err
			}
			if r.State == Waiting && (due.IsZero() || r.Next.Before(due)) {
				due = r.Next
				if due.IsZero() {
					due = s.now()
				}
			}
		}
		if due.IsZero() {
			if err := s.settleSubmission(tx, m); err != nil {
				return err
			}
			return s.dequeue(tx, m.ID)
		}
		_, err := tx.Exec(`UPDATE queue SET leased_until = 0, next_due = $2 WHERE queue_id = $1`, m.ID, due)
		return err
	})
}

// Note stores the outcome for some recipients, by their place in m.Recipients, while
// the others are still being tried: after a crash those are not tried again. The
// lease goes on.
func (q *QueueSession) Note(ctx context.Context, m QueuedMessage, which []int) error {
	return q.session.store.db.Write(ctx, func(tx *db.Tx) error {
		for _, n := range which {
			if err := m.recordRecipient(tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *QueuedMessage) recordRecipient(tx *db.Tx, n int) error {
	r := &m.Recipients[n]
	_, err := tx.Exec(`UPDATE queue_recipient SET state = $3, attempts = $4, next_at = $5, code = $6,
		enhanced = $7, reply = $8, remote = $9, delayed = $10 WHERE queue_id = $1 AND number = $2`,
		m.ID, n, r.State, r.Attempts, r.Next, r.Code, r.Enhanced, r.Text, r.Remote, r.Delayed)
	return err
}

// dequeue takes a message out of the queue; one that has left is fine.
func (s *Store) dequeue(tx *db.Tx, id int64) error {
	var b []byte
	err := tx.QueryRow(`DELETE FROM queue WHERE queue_id = $1 RETURNING blob`, id).Scan(&b)
	if noRow(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM queue_recipient WHERE queue_id = $1`, id); err != nil {
		return err
	}
	return blob.Release(tx, [][]byte{b}, 1, s.now())
}

// Wake is hinted whenever mail was queued. Every call gives the same channel.
func (q *QueueSession) Wake() <-chan struct{} { return q.session.store.mail.join(q) }
