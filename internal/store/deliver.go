package store

import (
	"context"
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// Arrival is a message with its trace fields, to be put into inboxes.
type Arrival struct {
	Raw []byte
	// Received is the time of arrival.
	Received time.Time
	Sender   string // envelope sender
	// Copies are the accounts, each with the mailbox its copy goes to.
	Copies []ArrivalCopy
	// Onward is what goes on by way of the queue: to outside members, and to
	// recipients that are to be tried again.
	Onward []NewReport
	// Replies are the automatic replies to the sender.
	Replies []Reply
	// QueuedID is the queued message this is, and Settles are the places in it
	// of the recipients who have it by this delivery: a crash right after it
	// delivers to them no second time.
	QueuedID int64
	Settles  []int
}

// ArrivalCopy is one account's copy. Zero Mailbox is the inbox; a named folder
// (subaddress) falls back to the inbox.
type ArrivalCopy struct {
	Account  postroom.AccountID
	Mailbox  postroom.CollectionID
	Flags    postroom.Flags
	Keywords string
	// Prefix are trace fields of this copy alone (Delivered-To,
	// Return-Path), put before Raw; empty when none.
	Prefix []byte
}

// Deliver stores one blob for all and an item for each copy, and queues what
// goes onward, in one transaction: all or nothing, so that a sender who tries
// again makes no second copy. It is durable when it returns. The quota was
// asked at Resolve, before the message was accepted; here it keeps nothing
// away. An account that was deleted meanwhile gets no copy; NotFound when all
// were and nothing goes onward.
func (d *DeliverySession) Deliver(ctx context.Context, a Arrival) error {
	s := d.session.store
	if int64(len(a.Raw)) > s.AppendLimit() {
		return errTooLarge(s.AppendLimit())
	}
	drafts, err := s.prepareOutgoing(a)
	defer drafts.close()
	if err != nil {
		return err
	}
	local, err := s.prepareCopies(a)
	if err != nil {
		return err
	}
	defer local.close()
	return s.db.Write(ctx, func(tx *db.Tx) error {
		stored, err := local.store(tx, s, s.micros(a.Received))
		if err != nil {
			return err
		}
		if stored+len(a.Onward) == 0 {
			return postroom.Errorf(postroom.NotFound, "no such user")
		}
		for _, n := range a.Settles {
			_, err := tx.Exec(`UPDATE queue_recipient SET state = $3, attempts = attempts + 1
				WHERE queue_id = $1 AND number = $2`, a.QueuedID, n, Delivered)
			if err != nil {
				return err
			}
		}
		for i, r := range a.Onward {
			if _, err := s.enqueue(tx, drafts[i], r.queued()); err != nil {
				return err
			}
		}
		for i, r := range a.Replies {
			if err := s.reply(tx, drafts[len(a.Onward)+i], r); err != nil {
				return err
			}
		}
		return nil
	})
}

// outgoingDrafts are what goes onward, then the replies, made ready outside the
// transaction.
type outgoingDrafts []*blob.Draft

func (s *Store) prepareOutgoing(a Arrival) (drafts outgoingDrafts, err error) {
	add := func(raw []byte) error {
		draft, err := s.blobs.Prepare(raw)
		if err == nil {
			drafts = append(drafts, draft)
		}
		return err
	}
	for _, r := range a.Onward {
		if err := add(r.Raw); err != nil {
			return drafts, err
		}
	}
	for _, r := range a.Replies {
		if err := add(r.Raw); err != nil {
			return drafts, err
		}
	}
	return drafts, nil
}

func (d outgoingDrafts) close() {
	for _, draft := range d {
		draft.Close()
	}
}

// localCopies are the copies of an arrival, made ready outside the transaction.
type localCopies struct {
	parsed *parsed // nil without copies
	copies []ArrivalCopy
}

func (s *Store) prepareCopies(a Arrival) (l localCopies, err error) {
	if len(a.Copies) == 0 {
		return l, nil
	}
	l.copies = slices.Clone(a.Copies)
	for i := range l.copies {
		if l.copies[i].Keywords, err = cleanKeywords(l.copies[i].Keywords); err != nil {
			return l, err
		}
	}
	slices.SortStableFunc(l.copies, func(x, y ArrivalCopy) int { return int(x.Account - y.Account) })
	draft, err := s.blobs.Prepare(a.Raw)
	if err != nil {
		return l, err
	}
	l.parsed = parse(draft)
	for _, c := range l.copies {
		l.parsed.bytes(len(c.Prefix))
	}
	return l, nil
}

func (l *localCopies) close() {
	if l.parsed != nil {
		l.parsed.draft.Close()
	}
}

// store files the copies of those accounts that are still there and tells how
// many they were.
func (l *localCopies) store(tx *db.Tx, s *Store, received int64) (stored int, err error) {
	for _, c := range l.copies {
		err := s.deliverCopy(tx, l.parsed, c, received)
		if postroom.KindOf(err) == postroom.NotFound {
			continue
		}
		if err != nil {
			return 0, err
		}
		stored++
	}
	if stored == 0 {
		return 0, nil
	}
	return stored, l.parsed.draft.Keep(tx, stored)
}

// deliverCopy files one account's copy. NotFound, before anything was written,
// when there is no such account.
func (s *Store) deliverCopy(tx *db.Tx, p *parsed, to ArrivalCopy, received int64) error {
	// Counting is the first act, and locks the account as begin does.
	c := &change{tx: tx, store: s, account: to.Account}
	size := p.draft.Size + int64(len(to.Prefix))
	taken, err := c.count(counters{emails: 1, bytes: size})
	if err != nil {
		return err
	}
	box := to.Mailbox
	if box == 0 {
		box = postroom.InboxCollection
	}
	if box != postroom.InboxCollection {
		var kind postroom.CollectionKind
		err := tx.QueryRow(`SELECT kind FROM collection WHERE account_id = $1 AND collection_id = $2`, to.Account, box).Scan(&kind)
		if err != nil && !noRow(err) {
			return err
		}
		if kind != postroom.MailCollection || box == postroom.RootCollection {
			box = postroom.InboxCollection
		}
	}
	r := row{size: size, received: received, saved: s.micros(time.Time{})}
	r.Email, r.Flags, r.Keywords = taken.email, to.Flags, to.Keywords
	t := tally{uids: 1}
	t.add(r.Flags, size, 1)
	if r.UID, _, err = c.touch(box, t); err != nil {
		return err
	}
	if err := c.insertEmail(p, to.Prefix, taken.email, taken.thread); err != nil {
		return err
	}
	return c.insertItem(box, r)
}
