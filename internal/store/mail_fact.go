package store

import (
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/shelf"
	"postroom/internal/store/internal/db"
)

// mailFact is what emails are sorted and counted by and what never changes of
// one. Thread zero: there is no such email.
type mailFact struct {
	thread         postroom.ThreadID
	size           int64
	received, sent int64 // microseconds; seconds of Unix time
	attached       bool  // it has an attachment
}

// mailFactBytes is the memory of one, maxMailFactBytes bounds that of all:
// about five million emails.
const mailFactBytes, maxMailFactBytes = 40, 192 << 20

// mailFacts keeps the facts of the accounts asked for last. Numbers of emails
// only grow and name one email for ever, so that what is kept never goes stale:
// only newer ones are read again. What was deleted stays until the account is
// dropped.
type mailFacts struct {
	by *shelf.Shelf[postroom.AccountID, []mailFact] // that of email n is at n
}

func newMailFacts() *mailFacts {
	return &mailFacts{by: shelf.New[postroom.AccountID, []mailFact](maxMailFactBytes)}
}

// read returns the facts of all emails of an account that tx sees, by their
// numbers. They must not be changed.
func (k *mailFacts) read(tx *db.Tx, account postroom.AccountID) ([]mailFact, error) {
	kept, _ := k.by.Get(account)
	var next int64
	if err := tx.QueryRow(`SELECT next_email FROM account_counter WHERE account_id = $1`, account).Scan(&next); err != nil {
		return nil, err
	}
	if int64(len(kept)) >= next {
		return kept, nil
	}
	all := make([]mailFact, next)
	if err := readFacts(tx, account, copy(all, kept), all); err != nil {
		return nil, err
	}
	k.by.Put(account, all, mailFactBytes*len(all), func(old []mailFact) bool { return len(old) < len(all) })
	return all, nil
}

// readFacts reads those from a number on. When emails came is asked for by
// itself: within the same query SQLite would walk the account for each of them.
func readFacts(tx *db.Tx, account postroom.AccountID, from int, all []mailFact) error {
	err := tx.Each(`SELECT email_id, received FROM item WHERE account_id = $1 AND email_id >= $2`, []any{account, from}, func(scan func(...any) error) error {
		var id postroom.EmailID
		var at int64
		err := scan(&id, &at)
		if f := &all[id]; f.received == 0 || at < f.received {
			f.received = at
		}
		return err
	})
	if err != nil {
		return err
	}
	// Emails that are older than the column of attachments have NULL in it: their whole summary tells.
	return tx.Each(`SELECT email_id, thread_id, size, COALESCE(attached, 2), CASE WHEN attached IS NULL THEN summary ELSE substr(summary, 1, 40) END
		FROM email WHERE account_id = $1 AND email_id >= $2`,
		[]any{account, from}, func(scan func(...any) error) error {
			var id postroom.EmailID
			var head []byte
			var thread postroom.ThreadID
			var size, attached int64
			if err := scan(&id, &thread, &size, &attached, &head); err != nil {
				return err
			}
			f := &all[id]
			f.thread, f.size, f.sent = thread, size, time.UnixMicro(f.received).Unix()
			f.attached = attached == 1 || attached == 2 && message.SummaryAttached(head)
			if sent, ok := message.SummarySent(head); ok {
				f.sent = sent.Unix()
			}
			return nil
		})
}
