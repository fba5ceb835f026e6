package store

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Messages that are held (RFC 8621 §7, FUTURERELEASE of RFC 4865) leave when they
// are due, with the rights that their sender has at that time. Who has lost the
// right to send in between gets the message back as undeliverable.

// releaseLater is for how long a message is put off that could not be released
// for a fault of the server.
const releaseLater = time.Minute

// held is one message that is due.
type held struct {
	queue   int64
	account postroom.AccountID
	id      postroom.SubmissionID
	created time.Time
	order   order
}

// releaseDue releases the held messages that are due.
func (s *Store) releaseDue(ctx context.Context, most int) error {
	var due []held
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		due = nil
		return tx.Each(`SELECT q.queue_id, s.account_id, s.submission_id, s.created, s.order_json FROM queue q
			JOIN submission s ON s.queue_id = q.queue_id WHERE q.held = 1 AND q.next_due <= $1 ORDER BY q.next_due LIMIT $2`,
			[]any{s.now(), most}, func(scan func(...any) error) error {
				var h held
				var text string
				var created int64
				err := scan(&h.queue, &h.account, &h.id, &created, &text)
				h.created = db.Time(created)
				if err == nil {
					err = json.Unmarshal([]byte(text), &h.order)
				}
				due = append(due, h)
				return err
			})
	})
	for _, h := range due {
		if err != nil {
			break
		}
		if err := s.release(ctx, h); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.fault("releasing a held message", err)
			err = s.db.Write(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`UPDATE queue SET next_due = $2 WHERE queue_id = $1 AND held = 1`, h.queue, s.now().Add(releaseLater))
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return err
}

// release sends one message on its way: files the copies in Sent, marks the
// original, records who sent; or notes that it was refused.
func (s *Store) release(ctx context.Context, h held) error {
	session := s.NewSession(mint.Seal(mint.Warrant{Actor: h.order.Actor, Home: h.order.Home, Mask: postroom.AllRights, MaySend: true}))
	session.ordered = true
	i := &Identity{session: session, Address: h.order.Address, Target: h.order.SendTo, Right: h.order.Right, Sender: h.order.Sender, ordered: h.created}
	c, err := (&QueueSession{session: session}).Content(ctx, h.queue)
	if err != nil {
		return err
	}
	draft, err := s.receive(io.NewSectionReader(c, 0, c.Size()), c.Size())
	c.Close()
	if err != nil {
		return err
	}
	defer draft.Close()
	p := parseSent(draft, h.order.Blind, h.order.MessageID)
	out := Outgoing{MessageID: h.order.MessageID, InReplyTo: h.order.InReplyTo, References: h.order.References, Forwarded: h.order.Forwarded}
	originals, err := i.originals(ctx, out)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		changes, err := s.lockAll(tx, append(append([]postroom.AccountID{h.account}, originals...), i.mailboxes()...)...)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE queue SET held = 0 WHERE queue_id = $1 AND held = 1`, h.queue)
		if err != nil || n == 0 {
			return err // taken back, or released by another node
		}
		list, err := readRecipients(tx, h.queue)
		if err != nil {
			return err
		}
		for _, r := range list {
			out.Recipients = append(out.Recipients, r.Recipient)
		}
		err = i.mayStill(tx, out, draft.Size)
		if postroom.KindOf(err) == postroom.Denied || postroom.KindOf(err) == postroom.TooLarge {
			_, err = tx.Exec(`UPDATE queue SET refused = $2 WHERE queue_id = $1`, h.queue, postroom.TextOf(err))
		} else if err == nil {
			_, err = i.leave(tx, p, changes, out, h.queue)
		}
		if err != nil {
			return err
		}
		seq, err := changes[h.account].number()
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE submission SET undo = 1, modseq = $3 WHERE account_id = $1 AND submission_id = $2`, h.account, h.id, seq)
		return err
	})
}

// mayStill decides again about a message that was held.
func (i *Identity) mayStill(tx *db.Tx, out Outgoing, size int64) error {
	if err := i.recheck(tx); err != nil {
		return err
	}
	return maySubmit(tx, i.session.Actor().Account, i.mailboxes()[0], out, size)
}

// mailboxes are the accounts in whose Sent a copy may be: of the target, of the
// actor, of the session's home.
func (i *Identity) mailboxes() []postroom.AccountID {
	own, target := i.session.Actor().Account, i.Target.Account
	if target == 0 {
		target = own // a group has no mailbox
	}
	return []postroom.AccountID{target, own, i.session.Home()}
}

// dropHeld takes what is held of an account that goes out of the queue.
func (s *Store) dropHeld(tx *db.Tx, account postroom.AccountID) error {
	var ids []int64
	err := tx.Each(`SELECT queue_id FROM submission WHERE account_id = $1 AND undo = 0`, []any{account}, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		if err == nil {
			err = s.dequeue(tx, id)
		}
	}
	return err
}
