package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// onHold is what the column held says of a message that an administrator holds:
// it is not due (0 is the usual, 1 until its sender's time, 2 while it is taken
// back).
const onHold = 3

// QueueFilter selects queued messages; zero fields select all.
type QueueFilter struct {
	// Text is a part of the sender's or of a recipient's address.
	Text string
	// AfterID is a number: only messages behind it.
	AfterID int64
	// Max is how many at most; 0: no limit.
	Max int
}

// FindQueued lists what waits in the queue and fits, oldest first; whose mail is
// as for QueuedMessages.
func (d *Directory) FindQueued(ctx context.Context, f QueueFilter) (list []QueuedMessage, err error) {
	where, args := "queue_id > $1", []any{f.AfterID}
	if text := strings.ToLower(strings.TrimSpace(f.Text)); text != "" {
		args = append(args, containing(text))
		where += ` AND (LOWER(sender) LIKE $2 ESCAPE '!' OR EXISTS (SELECT 1 FROM queue_recipient r
			WHERE r.queue_id = queue.queue_id AND LOWER(r.address) LIKE $2 ESCAPE '!'))`
	}
	where += " ORDER BY queue_id"
	if f.Max > 0 {
		where += fmt.Sprintf(" LIMIT %d", f.Max)
	}
	err = d.read(ctx, func(tx *db.Tx, c *caller) (err error) {
		list, err = c.queued(tx, where, args)
		return err
	})
	return list, err
}

// containing is a pattern for LIKE with the escape "!".
func containing(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

// HoldQueued keeps a message in the queue until it is released; an attempt that
// is under way goes on. Invalid for one that its sender holds, Exists for one
// that is on hold.
func (d *Directory) HoldQueued(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		m, err := c.queuedMessage(tx, id)
		if err != nil {
			return err
		}
		if !m.HeldUntil.IsZero() {
			return postroom.Errorf(postroom.Invalid, "its sender wants this message to wait until %s", m.HeldUntil.UTC().Format(time.RFC3339))
		}
		n, err := tx.Exec(`UPDATE queue SET held = $2 WHERE queue_id = $1 AND held = 0`, id, onHold)
		if err != nil {
			return err
		}
		if n == 0 {
			return postroom.Errorf(postroom.Exists, "the message %d is on hold already", id)
		}
		return c.recordQueue(tx, "queue.hold", m)
	})
}

// ReleaseQueued lets a message go that is on hold: it is due now. Invalid for
// any other.
func (d *Directory) ReleaseQueued(ctx context.Context, id int64) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		m, err := c.queuedMessage(tx, id)
		if err != nil {
			return err
		}
		if !m.OnHold {
			return postroom.Errorf(postroom.Invalid, "the message %d is not on hold", id)
		}
		now := c.session.store.now()
		if _, err := tx.Exec(`UPDATE queue SET held = 0, next_due = $2 WHERE queue_id = $1`, id, now); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE queue_recipient SET next_at = $2 WHERE queue_id = $1 AND state = 'waiting'`, id, now)
		if err != nil {
			return err
		}
		tx.Notify(topicQueue, "release")
		return c.recordQueue(tx, "queue.release", m)
	})
}
