package store

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// Recipient of an outgoing message, with its DSN wishes (RFC 3461).
type Recipient struct {
	Address  string
	Notify   string // NOTIFY= as given, empty for default
	Original string // ORCPT= as given
}

// Outgoing is a message that submission has made ready to leave: From, Sender,
// Date, Message-ID and DKIM are in place.
type Outgoing struct {
	Raw  io.Reader
	Size int64
	// Blind is the fields Bcc and Resent-Bcc as their author wrote them, each
	// with its CRLF: the copies in Sent have them, what is sent has not (RFC
	// 5322 §3.6.3). More than 256 KB is not kept.
	Blind      []byte
	MessageID  string // with angle brackets
	InReplyTo  []string
	References []string
	Recipients []Recipient
	// EnvelopeID and Return are ENVID= and RET= of RFC 3461.
	EnvelopeID, Return string
	// NullSender leaves the envelope sender empty, so that nobody hears of a
	// failure: a disposition notification must leave so, or two programs
	// could answer each other for ever (RFC 8098 §3).
	NullSender bool
	// Forwarded is true when the message forwards rather than answers what
	// it refers to.
	Forwarded bool
	SMTPUTF8  bool
	// HoldUntil, when it is in the future, is when the message leaves (RFC
	// 4865); until then Submission can be taken back. The rights to send are
	// checked now, and again then.
	HoldUntil time.Time
	// Submission is what is to be remembered of it; nil is nothing.
	Submission *NewSubmission
}

// Submitted tells what Submit did.
type Submitted struct {
	QueueID int64
	Copies  []Appended // in Sent; of a held message none yet
	// Submission is its number, zero when nothing was to be remembered.
	Submission postroom.SubmissionID
}

// Submit queues a message, files the copies in Sent as the policy of the
// target says (read, once), and marks the original as answered, all in one
// transaction. It is durable when it returns. Denied when the right has gone.
// The envelope sender is the identity's address, so that bounces go to the
// target, or empty for NullSender.
func (i *Identity) Submit(ctx context.Context, out Outgoing) (done Submitted, err error) {
	if len(out.Recipients) == 0 {
		return done, postroom.Errorf(postroom.Invalid, "no recipients")
	}
	s := i.session.store
	draft, err := s.receive(out.Raw, out.Size)
	if err != nil {
		return done, err
	}
	defer draft.Close()
	if len(out.Blind) > maxBlind {
		out.Blind = nil
	}
	p := parseSent(draft, out.Blind, out.MessageID)
	originals, err := i.originals(ctx, out)
	if err != nil {
		return done, err
	}
	mailboxes := i.mailboxes()
	target, own := mailboxes[0], mailboxes[1]
	locked := slices.Concat(mailboxes, originals)
	if out.Submission != nil {
		locked = append(locked, out.Submission.Account)
	}
	waits := out.HoldUntil.After(s.now())
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		done = Submitted{}
		changes, err := s.lockAll(tx, locked...)
		if err != nil {
			return err
		}
		if err := i.recheck(tx); err != nil {
			return err
		}
		if err := maySubmit(tx, own, target, out, draft.Size); err != nil {
			return err
		}
		q := queued{account: own, sender: i.Address, envelopeID: out.EnvelopeID, ret: out.Return, smtputf8: out.SMTPUTF8,
			recipients: out.Recipients}
		if out.NullSender {
			q.sender = ""
		}
		if waits {
			if err := i.mayHold(tx, out); err != nil {
				return err
			}
			q.until = out.HoldUntil
		}
		if done.QueueID, err = s.enqueue(tx, draft, q); err != nil {
			return err
		}
		if done.Submission, err = i.remember(changes, out, done.QueueID, waits); err != nil || waits {
			return err
		}
		done.Copies, err = i.leave(tx, p, changes, out, done.QueueID)
		return err
	})
	return done, err
}

// leave does what goes with a message that leaves: the copies in Sent, the mark on
// the original, the record.
func (i *Identity) leave(tx *db.Tx, p *parsed, changes map[postroom.AccountID]*change, out Outgoing, queue int64) ([]Appended, error) {
	mailboxes := i.mailboxes()
	copies, err := i.fileCopies(tx, p, changes, mailboxes)
	if err != nil {
		return nil, err
	}
	marked, err := i.markOriginals(changes, mailboxes[0], out)
	if err != nil {
		return nil, err
	}
	return copies, i.recordSent(tx, mailboxes[0], out, queue, marked)
}

// recordSent writes message.send into the audit log: for whom, to how many.
func (i *Identity) recordSent(tx *db.Tx, target postroom.AccountID, out Outgoing, queue int64, marked int) error {
	list := make([]string, 0, len(out.Recipients))
	for _, r := range out.Recipients[:min(len(out.Recipients), 50)] {
		list = append(list, r.Address)
	}
	details := map[string]string{"from": i.Address, "message_id": out.MessageID, "queue": strconv.FormatInt(queue, 10),
		"recipients": strconv.Itoa(len(out.Recipients)), "to": strings.Join(list, " ")}
	if i.Sender != "" {
		details["sender"] = i.Sender
	}
	if marked > 0 {
		details["answered"] = strconv.Itoa(marked)
	}
	return i.session.recordSending(tx, i, target, details)
}

// queued is a message on its way into the queue.
type queued struct {
	account         postroom.AccountID
	sender          string
	envelopeID, ret string
	smtputf8        bool
	recipients      []Recipient
	until           time.Time // held until then; zero for not at all
}

// enqueue puts a message into the queue, due now unless it is held. Invalid without recipients.
func (s *Store) enqueue(tx *db.Tx, d *blob.Draft, q queued) (id int64, err error) {
	if len(q.recipients) == 0 {
		return 0, postroom.Errorf(postroom.Invalid, "no recipients")
	}
	if err := d.Keep(tx, 1); err != nil {
		return 0, err
	}
	now, hold := s.micros(time.Time{}), 0
	if !q.until.IsZero() {
		now, hold = db.Micros(q.until), 1
	}
	err = tx.QueryRow(`INSERT INTO queue (account_id, sender, blob, size, queued, envelope_id, ret, smtputf8, next_due, held)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING queue_id`, q.account, q.sender, d.ID[:], d.Size, now,
		q.envelopeID, q.ret, q.smtputf8, now, hold).Scan(&id)
	if err != nil {
		return 0, err
	}
	for n, r := range q.recipients {
		_, err := tx.Exec(`INSERT INTO queue_recipient (queue_id, number, address, notify, original, next_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, id, n, r.Address, r.Notify, r.Original, now)
		if err != nil {
			return 0, err
		}
	}
	tx.Notify(topicQueue, "new")
	return id, nil
}
