package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
)

// GroupLetterKind is what a letter about a request says.
type GroupLetterKind uint8

// The kinds.
const (
	// LetterConfirm asks whom a mail spoke of whether they wrote it.
	LetterConfirm GroupLetterKind = 1 + iota
	// LetterDecide asks an owner.
	LetterDecide
	// LetterOutcome tells who asked what became of it.
	LetterOutcome
	// LetterLate tells an owner that it was decided before they answered.
	LetterLate
)

// GroupLetter is a letter about a request that is to be written.
type GroupLetter struct {
	Kind    GroupLetterKind
	To      postroom.Account // of somebody outside only the address is set
	Request GroupRequest
	Group   postroom.Group
	// Asker is who asked: of somebody outside only the address is set.
	Asker postroom.Account
	// DecidedBy is the owner who did; empty for the console.
	DecidedBy postroom.Account
	// Confirm, Approve and Refuse are secret addresses: mail to them is that
	// answer.
	Confirm, Approve, Refuse string
	// Key is that of no other letter.
	Key string

	id int64
}

// requestLetters queues the letters that a new request needs.
func (s *Store) requestLetters(tx *db.Tx, g postroom.Group, r GroupRequest) error {
	if r.State == RequestUnconfirmed {
		return s.queueLetter(tx, r.ID, LetterConfirm, r.Member)
	}
	wakeOrganisation(tx, g.Org) // those who decide may have the list of requests before them
	owners, err := s.managersOf(tx, g)
	if err != nil {
		return err
	}
	for _, id := range owners {
		if err := s.queueLetter(tx, r.ID, LetterDecide, postroom.Member{Account: id}); err != nil {
			return err
		}
	}
	return nil
}

// managersOf lists who is asked about a group: the accounts that own it, by
// themselves or as members of a group, and without any the administrators of the
// organisation.
func (s *Store) managersOf(tx *db.Tx, g postroom.Group) (ids []postroom.AccountID, err error) {
	if ids, err = s.owningAccounts(tx, g); err == nil && len(ids) == 0 {
		ids, err = administratorsOf(tx, g.Org)
	}
	return ids, err
}

// owningAccounts lists the accounts that own a group.
func (s *Store) owningAccounts(tx *db.Tx, g postroom.Group) (ids []postroom.AccountID, err error) {
	facts, err := groupFacts(tx, g)
	if err != nil {
		return nil, err
	}
	grants, err := sendGrantsOn(tx, facts.Target)
	if err != nil {
		return nil, err
	}
	now := s.now()
	named := make(map[postroom.Grantee]bool)
	for _, owner := range rights.Owners(grants, now) {
		named[owner] = owner.Kind == postroom.GranteeAccount || owner.Kind == postroom.GranteeGroup
	}
	candidates, err := reachedBy(tx, named, g.Org)
	if err != nil {
		return nil, err
	}
	m, _, err := s.facts.now(tx, 0)
	if err != nil {
		return nil, err
	}
	for _, id := range candidates {
		p, err := m.principal(id)
		if err != nil {
			return nil, err
		}
		if p != nil && rights.DecideSend(p.subject, facts, postroom.Own, "", grants, now).Allowed {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *Store) queueLetter(tx *db.Tx, request int64, kind GroupLetterKind, to postroom.Member) error {
	id, err := nextID(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO group_letter (id, request_id, kind, account_id, outside, due) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, request, kind, to.Account, to.Address, s.now())
	tx.Notify(topicLetters, "")
	return err
}

// NextLetter reads the letter that is due longest; nil when none is.
func (n *NoticeSession) NextLetter(ctx context.Context) (l *GroupLetter, err error) {
	s := n.session.store
	key, err := s.requestKey(ctx)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		l = &GroupLetter{}
		var request int64
		var outside string
		err := tx.QueryRow(`SELECT id, request_id, kind, account_id, outside FROM group_letter WHERE due <= $1 ORDER BY due, id LIMIT 1`,
			s.now()).Scan(&l.id, &request, &l.Kind, &l.To.ID, &outside)
		if noRow(err) {
			l = nil
			return nil
		}
		if err != nil {
			return err
		}
		if l.Request, err = readRequest(tx, request); err != nil {
			return err
		}
		if l.Group, err = readGroup(tx, l.Request.Group); err != nil {
			return err
		}
		for _, of := range []struct {
			who     *postroom.Account
			id      postroom.AccountID
			outside string
		}{{&l.To, l.To.ID, outside}, {&l.Asker, l.Request.Member.Account, l.Request.Address}, {&l.DecidedBy, l.Request.DecidedBy, ""}} {
			if of.id == 0 {
				of.who.Address = of.outside
			} else if *of.who, err = readAccount(tx, of.id); err != nil && postroom.KindOf(err) != postroom.NotFound {
				return err
			}
		}
		l.Key = requestToken(key, "letter", l.id, l.To.ID)
		l.Confirm = answerAddress(key, l.Group, confirmAnswer, request, l.Request.Member.Account)
		l.Approve = answerAddress(key, l.Group, approveAnswer, request, l.To.ID)
		l.Refuse = answerAddress(key, l.Group, refuseAnswer, request, l.To.ID)
		return nil
	})
	return l, err
}

// DeliverLetter puts a letter into the inbox it is for, or into the queue, and
// takes it out of the list, in one transaction.
func (n *NoticeSession) DeliverLetter(ctx context.Context, l *GroupLetter, raw []byte) error {
	s := n.session.store
	draft, err := s.blobs.Prepare(raw)
	if err != nil {
		return err
	}
	defer draft.Close()
	p := parse(draft)
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		gone, err := tx.Exec(`DELETE FROM group_letter WHERE id = $1`, l.id)
		if err != nil || gone == 0 || l.To.Address == "" {
			return err // decided meanwhile, or the account was deleted
		}
		if l.To.ID == 0 {
			_, err := s.enqueue(tx, draft, queued{recipients: []Recipient{{Address: l.To.Address, Notify: "NEVER"}}})
			return err
		}
		err = s.deliverCopy(tx, p, ArrivalCopy{Account: l.To.ID, Prefix: []byte("Return-Path: <>\r\n")}, s.micros(time.Time{}))
		if postroom.KindOf(err) == postroom.NotFound {
			return nil
		}
		if err == nil {
			err = keepOne(tx, p.draft)
		}
		return err
	})
}

// PostponeLetter puts off a letter that could not be written or delivered.
func (n *NoticeSession) PostponeLetter(ctx context.Context, l *GroupLetter, d time.Duration) error {
	s := n.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE group_letter SET due = $2 WHERE id = $1`, l.id, s.now().Add(d))
		return err
	})
}

// ExpireRequests ends the requests that nobody answered in time, tells who asked,
// and forgets those that ended long ago. To be called from time to time.
func (n *NoticeSession) ExpireRequests(ctx context.Context) error {
	s := n.session.store
	var due []GroupRequest
	old := false
	read := func(tx *db.Tx) (err error) {
		due, err = readRequests(tx, `WHERE r.state <= $1 AND r.expires <= $2 ORDER BY r.id LIMIT $3`, RequestWaiting, s.now(), expiriesAtOnce)
		if err == nil {
			old, err = exists(tx, `SELECT 1 FROM group_request WHERE forget <= $1 LIMIT 1`, s.now())
		}
		return err
	}
	if err := s.db.Read(ctx, read); err != nil || len(due) == 0 && !old {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := read(tx); err != nil {
			return err
		}
		for _, r := range due {
			unconfirmed := r.State == RequestUnconfirmed
			r.State = RequestExpired
			if err := s.settleRequest(tx, r); err != nil {
				return err
			}
			if !unconfirmed {
				continue
			}
			// Whoever did not confirm may never have asked.
			if _, err := tx.Exec(`DELETE FROM group_letter WHERE request_id = $1`, r.ID); err != nil {
				return err
			}
		}
		return dropRequests(tx, `forget <= $1`, db.Micros(s.now()))
	})
}

// nextLetterDue is when the next letter is due, zero when none is.
const nextLetterDue = `SELECT COALESCE(MIN(due), 0) FROM (SELECT due FROM group_letter UNION ALL SELECT due FROM review_letter) l`

// answerAddress is the secret address that stands for an answer: in the group's
// name where that leaves room, else in the postmaster's.
func answerAddress(key []byte, g postroom.Group, answer string, request int64, who postroom.AccountID) string {
	a, err := addr.Parse(g.Address)
	if err != nil {
		return ""
	}
	tag := string(addr.Delimiter) + answer + requestToken(key, answer, request, who)
	if len(a.Local)+len(tag) > addr.MaxLocal || strings.ContainsFunc(a.Local, notPlain) || slices.Contains([]byte(a.Local), addr.Delimiter) {
		a.Local = "postmaster"
	}
	a.Local += tag
	return a.String()
}

func notPlain(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r))
}
