package store

import (
	"container/list"
	"sync"
	"time"

	"postroom"
	"postroom/internal/message"
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
	mu    sync.Mutex
	bytes int
	by    map[postroom.AccountID]*list.Element
	order *list.List // of *mailFactList, latest first
}

// mailFactList has the fact of email n at n.
type mailFactList struct {
	account postroom.AccountID
	facts   []mailFact
}

func newMailFacts() *mailFacts {
	return &mailFacts{by: make(map[postroom.AccountID]*list.Element), order: list.New()}
}

func (k *mailFacts) known(account postroom.AccountID) []mailFact {
	k.mu.Lock()
	defer k.mu.Unlock()
	el := k.by[account]
	if el == nil {
		return nil
	}
	k.order.MoveToFront(el)
	facts := el.Value.(*mailFactList).facts
	return facts[:len(facts):len(facts)]
}

func (k *mailFacts) keep(account postroom.AccountID, all []mailFact) {
	k.mu.Lock()
	defer k.mu.Unlock()
	el := k.by[account]
	if el == nil {
		el = k.order.PushFront(&mailFactList{account: account})
		k.by[account] = el
	}
	l := el.Value.(*mailFactList)
	if len(all) <= len(l.facts) {
		return
	}
	k.bytes += mailFactBytes * (cap(all) - cap(l.facts))
	l.facts = all
	for k.bytes > maxMailFactBytes {
		last := k.order.Back()
		old := k.order.Remove(last).(*mailFactList)
		delete(k.by, old.account)
		k.bytes -= mailFactBytes * cap(old.facts)
	}
}

// read returns the facts of all emails of an account that tx sees, by their
// numbers.
func (k *mailFacts) read(tx *db.Tx, account postroom.AccountID) ([]mailFact, error) {
	kept := k.known(account)
	var next int64
	if err := tx.QueryRow(`SELECT next_email FROM account_counter WHERE account_id = $1`, account).Scan(&next); err != nil {
		return nil, err
	}
	if int64(len(kept)) >= next {
		return kept, nil
	}
	all := kept
	if int64(cap(all)) < next {
		all = make([]mailFact, len(kept), next+next/16+16)
		copy(all, kept)
	}
	all = all[:next]
	if err := readFacts(tx, account, len(kept), all); err != nil {
		return nil, err
	}
	k.keep(account, all)
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
