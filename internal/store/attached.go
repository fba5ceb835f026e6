package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
)

// fillAttached tells by their summaries which of the emails that are older than
// the column of attachments have some, a few at a time: it works a quarter of
// the time, and takes up where it was left. Readers need it not, but without it
// they read each summary.
func (s *Store) fillAttached(ctx context.Context) error {
	for {
		began := time.Now()
		n, err := s.fillSomeAttached(ctx)
		if n < emailsAtOnce || err != nil {
			return err
		}
		if !pause(ctx, 3*time.Since(began)) {
			return ctx.Err()
		}
	}
}

// fillSomeAttached fills in those of at most emailsAtOnce emails, and reports of
// how many. What was read is true for ever: emails do not change.
func (s *Store) fillSomeAttached(ctx context.Context) (n int, err error) {
	type key struct {
		account postroom.AccountID
		has     int
	}
	var found map[key][]postroom.EmailID
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		n, found = 0, make(map[key][]postroom.EmailID)
		return tx.Each(`SELECT account_id, email_id, summary FROM email WHERE attached IS NULL ORDER BY account_id, email_id LIMIT $1`, []any{emailsAtOnce},
			func(scan func(...any) error) error {
				var k key
				var id postroom.EmailID
				var summary []byte
				err := scan(&k.account, &id, &summary)
				if message.SummaryAttached(summary) {
					k.has = 1
				}
				n++
				found[k] = append(found[k], id)
				return err
			})
	})
	if err != nil || n == 0 {
		return n, err
	}
	return n, s.db.Write(ctx, func(tx *db.Tx) error {
		for k, ids := range found {
			err := execIn(tx, `UPDATE email SET attached = $1 WHERE account_id = $2 AND attached IS NULL AND email_id IN (?)`, []any{k.has, k.account}, ids)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
