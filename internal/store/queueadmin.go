package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// QueuedMessages lists what waits in the queue, oldest first: everything for who
// administers the server, and for an administrator of an organisation what its
// accounts have submitted. Mail of the server itself belongs to no organisation.
func (d *Directory) QueuedMessages(ctx context.Context) (list []QueuedMessage, err error) {
	return d.FindQueued(ctx, QueueFilter{})
}

// QueuedMessage reads one message of QueuedMessages.
func (d *Directory) QueuedMessage(ctx context.Context, id int64) (m QueuedMessage, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) (err error) {
		m, err = c.queuedMessage(tx, id)
		return err
	})
	return m, err
}

// RetryQueued makes all waiting recipients of a message due now.
func (d *Directory) RetryQueued(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		m, err := c.queuedMessage(tx, id)
		if err != nil {
			return err
		}
		if !m.HeldUntil.IsZero() {
			return postroom.Errorf(postroom.Invalid, "its sender wants this message to wait until %s", m.HeldUntil.UTC().Format(time.RFC3339))
		}
		if m.OnHold {
			return postroom.Errorf(postroom.Invalid, "the message %d is on hold: release it first", id)
		}
		now := c.session.store.now()
		if _, err := tx.Exec(`UPDATE queue SET next_due = $2 WHERE queue_id = $1`, id, now); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE queue_recipient SET next_at = $2 WHERE queue_id = $1 AND state = 'waiting'`, id, now)
		if err != nil {
			return err
		}
		tx.Notify(topicQueue, "retry")
		return c.recordQueue(tx, "queue.retry", m)
	})
}

// DeleteQueued removes a message without a report to its sender.
func (d *Directory) DeleteQueued(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		m, err := c.queuedMessage(tx, id)
		if err != nil {
			return err
		}
		if err := c.session.store.settleSubmission(tx, m); err != nil {
			return err
		}
		if err := c.session.store.dequeue(tx, id); err != nil {
			return err
		}
		return c.recordQueue(tx, "queue.delete", m)
	})
}

// queued reads the messages that the caller administers, as far as a condition
// and its arguments say. Denied for who administers nothing.
func (c *caller) queued(tx *db.Tx, where string, args []any) ([]QueuedMessage, error) {
	switch {
	case c.server(postroom.ManageQueue):
	case c.administers(c.account.Org, postroom.ManageQueue):
		args = append(args, c.account.Org)
		where = fmt.Sprintf("account_id IN (SELECT id FROM account WHERE org_id = $%d) AND ", len(args)) + where
	default:
		return nil, errDenied()
	}
	return readQueue(tx, "WHERE "+where, args...)
}

func (c *caller) queuedMessage(tx *db.Tx, id int64) (m QueuedMessage, err error) {
	list, err := c.queued(tx, "queue_id = $1", []any{id})
	if err != nil {
		return m, err
	}
	if len(list) == 0 {
		return m, postroom.Errorf(postroom.NotFound, "no message %d in the queue", id)
	}
	return list[0], nil
}

// recordQueue writes into the audit log what was done with whose message.
func (c *caller) recordQueue(tx *db.Tx, action string, m QueuedMessage) error {
	to := make([]string, 0, len(m.Recipients))
	for _, r := range m.Recipients[:min(len(m.Recipients), 50)] {
		to = append(to, r.Address)
	}
	return c.session.record(tx, action, postroom.CollectionRef{Account: m.Account}, map[string]string{
		"queue": strconv.FormatInt(m.ID, 10), "sender": m.Sender,
		"recipients": strconv.Itoa(len(m.Recipients)), "to": strings.Join(to, " ")})
}
