package store

import (
	"context"
	"io"
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
	Raw        io.Reader
	Size       int64
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
}

// Submitted tells what Submit did.
type Submitted struct {
	QueueID int64
	Copies  []Appended // in Sent
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
	p := parse(draft)
	if h := messageHash(out.MessageID); h != 0 {
		p.hash = h
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		done = Submitted{}
		own := i.session.Actor().Account
		target := i.Target.Account
		if target == 0 {
			target = own // a group has no mailbox
		}
		changes, err := s.lockAll(tx, own, target)
		if err != nil {
			return err
		}
		if err := i.recheck(tx); err != nil {
			return err
		}
		q := queued{account: own, sender: i.Address, envelopeID: out.EnvelopeID, ret: out.Return, smtputf8: out.SMTPUTF8,
			recipients: out.Recipients}
		if out.NullSender {
			q.sender = ""
		}
		if done.QueueID, err = s.enqueue(tx, draft, q); err != nil {
			return err
		}
		if done.Copies, err = i.fileCopies(tx, p, changes[own], changes[target]); err != nil {
			return err
		}
		marked, err := i.markOriginal(changes[target], out)
		if err != nil {
			return err
		}
		return i.recordSent(tx, target, out, done, marked)
	})
	return done, err
}

// fileCopies files the copies in Sent that the target's policy asks for.
func (i *Identity) fileCopies(tx *db.Tx, p *parsed, own, target *change) ([]Appended, error) {
	accounts := []*change{target}
	if own.account != target.account {
		a, err := readAccount(tx, target.account)
		if err != nil {
			return nil, err
		}
		switch a.Sent {
		case postroom.SentSender:
			accounts = []*change{own}
		case postroom.SentBoth:
			accounts = []*change{target, own}
		case postroom.SentNone:
			return nil, nil
		}
	}
	var copies []Appended
	for _, c := range accounts {
		a, err := c.fileSent(p)
		if postroom.KindOf(err) == postroom.NotFound {
			continue // an actor without a mailbox
		}
		if err != nil {
			return nil, err
		}
		copies = append(copies, a)
	}
	// The client's own copy folds, whichever Sent it goes to: the nearest one.
	for _, c := range []*change{target, own} {
		for _, a := range copies {
			if a.Mailbox.Account == c.account || len(copies) == 1 {
				if err := own.store.rememberSent(tx, c.account, p.hash, a); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	return copies, nil
}

// markOriginal sets \Answered or $Forwarded on the message that this one
// answers, wherever it lies in the account sent for and the sender may read it.
// It returns how many items it marked.
func (i *Identity) markOriginal(c *change, out Outgoing) (int, error) {
	ids := out.InReplyTo
	if len(ids) == 0 && len(out.References) > 0 {
		ids = out.References[len(out.References)-1:]
	}
	marked := 0
	for _, id := range ids[:min(len(ids), 5)] {
		n, err := i.markMessage(c, messageHash(id), out.Forwarded)
		if err != nil {
			return marked, err
		}
		marked += n
	}
	return marked, nil
}

// place is where an item lies.
type place struct {
	collection postroom.CollectionID
	uid        postroom.UID
}

func (i *Identity) markMessage(c *change, hash int64, forwarded bool) (int, error) {
	if hash == 0 {
		return 0, nil
	}
	places, err := c.placesOf(hash)
	if err != nil {
		return 0, err
	}
	marked := 0
	for _, p := range places {
		ref := postroom.CollectionRef{Account: c.account, Collection: p.collection}
		have, err := i.session.rightsOn(c.tx, ref)
		if err != nil {
			return marked, err
		}
		if !have.Has(toRead) {
			continue
		}
		if err := c.markItem(ref, p.uid, forwarded); err != nil {
			return marked, err
		}
		marked++
	}
	return marked, nil
}

// placesOf finds the items of a message by its Message-ID. One look-up after
// the other: as a join SQLite would walk all items of the account.
func (c *change) placesOf(hash int64) (places []place, err error) {
	var emails []postroom.EmailID
	err = c.tx.Each(`SELECT email_id FROM email WHERE account_id = $1 AND message_hash = $2 AND message_hash <> 0`,
		[]any{c.account, hash}, func(scan func(...any) error) error {
			var id postroom.EmailID
			err := scan(&id)
			emails = append(emails, id)
			return err
		})
	for _, id := range emails {
		if err != nil {
			break
		}
		err = c.tx.Each(`SELECT collection_id, uid FROM item WHERE account_id = $1 AND email_id = $2`, []any{c.account, id},
			func(scan func(...any) error) error {
				var p place
				err := scan(&p.collection, &p.uid)
				places = append(places, p)
				return err
			})
	}
	return places, err
}

// markItem sets \Answered or $forwarded on one item.
func (c *change) markItem(ref postroom.CollectionRef, uid postroom.UID, forwarded bool) error {
	rows, err := readRows(c.tx, ref, []postroom.UID{uid})
	if err != nil || len(rows) == 0 {
		return err
	}
	flags, words := rows[0].Flags|postroom.FlagAnswered, rows[0].Keywords
	if forwarded {
		flags = rows[0].Flags
		if words, err = changeKeywords(words, AddFlags, "$forwarded"); err != nil {
			return nil // so many keywords that there is no room: sending goes on
		}
	}
	if flags == rows[0].Flags && words == rows[0].Keywords {
		return nil
	}
	if _, _, err := c.touch(ref.Collection, tally{}); err != nil {
		return err
	}
	return c.updateItem(ref.Collection, uid, flags, words)
}

// recordSent writes message.send into the audit log: for whom, to how many.
func (i *Identity) recordSent(tx *db.Tx, target postroom.AccountID, out Outgoing, done Submitted, marked int) error {
	list := make([]string, 0, len(out.Recipients))
	for _, r := range out.Recipients[:min(len(out.Recipients), 50)] {
		list = append(list, r.Address)
	}
	details := map[string]string{"from": i.Address, "message_id": out.MessageID, "queue": strconv.FormatInt(done.QueueID, 10),
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
}

// enqueue puts a message into the queue, due now. Invalid without recipients.
func (s *Store) enqueue(tx *db.Tx, d *blob.Draft, q queued) (id int64, err error) {
	if len(q.recipients) == 0 {
		return 0, postroom.Errorf(postroom.Invalid, "no recipients")
	}
	if err := d.Keep(tx, 1); err != nil {
		return 0, err
	}
	now := s.micros(time.Time{})
	err = tx.QueryRow(`INSERT INTO queue (account_id, sender, blob, size, queued, envelope_id, ret, smtputf8, next_due)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING queue_id`, q.account, q.sender, d.ID[:], d.Size, now,
		q.envelopeID, q.ret, q.smtputf8, now).Scan(&id)
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
