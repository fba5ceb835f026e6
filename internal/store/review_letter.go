package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// ReviewLetterKind is what a letter about a review says.
type ReviewLetterKind uint8

// The kinds.
const (
	// LetterStart: a review has begun, and the reader is asked.
	LetterStart ReviewLetterKind = 1 + iota
	// LetterReminder: answers are still awaited.
	LetterReminder
	// LetterPutOff: there is more time, because the server was not there.
	LetterPutOff
)

// ReviewLetter is a letter about a review that is to be written.
type ReviewLetter struct {
	Kind   ReviewLetterKind
	To     postroom.Account
	Review Review
	// Items are the first that wait for an answer of the reader, Open how many
	// there are.
	Items []ReviewItem
	Open  int
	// Organisation of the reader, and its wordings.
	Organisation postroom.Organisation
	Wordings     []postroom.Wording
	// Key is that of no other letter.
	Key string

	id int64
}

// maxLetterItems bounds the entries that a letter lists.
const maxLetterItems = 50

// openReviewers lists who is asked about something that is open.
func (s *Store) openReviewers(tx *db.Tx, r *reviewRow) (ids []postroom.AccountID, err error) {
	who := s.newReviewers(tx, r.Org)
	err = s.eachReviewItem(tx, r.ID, 0, func(i *ReviewItem) error {
		if i.State != MarkOpen {
			return nil
		}
		asked, err := who.of(i)
		if ids = append(ids, asked...); len(ids) > 10_000 {
			ids = sortedIDs(ids)
		}
		return err
	})
	return sortedIDs(ids), err
}

// askReviewers queues a letter to everybody who has not answered all.
func (s *Store) askReviewers(tx *db.Tx, r *reviewRow, kind ReviewLetterKind) error {
	ids, err := s.openReviewers(tx, r)
	if err != nil {
		return err
	}
	// A letter that was not written yet would say the same.
	if _, err := tx.Exec(`DELETE FROM review_letter WHERE review_id = $1`, r.ID); err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.queueReviewLetter(tx, r.ID, id, kind); err != nil {
			return err
		}
	}
	return nil
}

// askNewReviewers writes to those who have come to be asked since the review
// began: others have left, or rights were given elsewhere.
func (s *Store) askNewReviewers(tx *db.Tx, r *reviewRow) error {
	var epoch int64
	if err := tx.QueryRow(`SELECT epoch FROM rights_epoch WHERE id = 1`).Scan(&epoch); err != nil || epoch == r.epoch {
		return err
	}
	r.epoch = epoch
	ids, err := s.openReviewers(tx, r)
	if err != nil {
		return err
	}
	var told []postroom.AccountID
	err = tx.Each(`SELECT account_id FROM review_told WHERE review_id = $1`, []any{r.ID}, func(scan func(...any) error) error {
		var id postroom.AccountID
		err := scan(&id)
		told = append(told, id)
		return err
	})
	for _, id := range ids {
		if err != nil {
			return err
		}
		if !slices.Contains(told, id) {
			err = s.queueReviewLetter(tx, r.ID, id, LetterStart)
		}
	}
	return err
}

func (s *Store) queueReviewLetter(tx *db.Tx, review int64, to postroom.AccountID, kind ReviewLetterKind) error {
	id, err := nextID(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO review_letter (id, review_id, account_id, kind, queued, due) VALUES ($1, $2, $3, $4, $5, $5)`,
		id, review, to, kind, s.now())
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO review_told (review_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, review, to)
	tx.Notify(topicLetters, "")
	return err
}

// NextReviewLetter reads the letter that is due longest; nil when none is. One
// that has no entries any more, or nobody to read it, has an empty Items; it is
// given to DeliverReviewLetter without a text.
func (n *NoticeSession) NextReviewLetter(ctx context.Context) (l *ReviewLetter, err error) {
	s := n.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		l = &ReviewLetter{}
		var review int64
		var to postroom.AccountID
		err := tx.QueryRow(`SELECT id, review_id, kind, account_id FROM review_letter WHERE due <= $1 ORDER BY due, id LIMIT 1`,
			s.now()).Scan(&l.id, &review, &l.Kind, &to)
		if noRow(err) {
			l = nil
			return nil
		}
		if err != nil {
			return err
		}
		l.Key = "review." + strconv.FormatInt(review, 10) + "." + strconv.FormatInt(l.id, 10)
		return s.fillLetter(tx, l, review, to)
	})
	return l, err
}

func (s *Store) fillLetter(tx *db.Tx, l *ReviewLetter, review int64, to postroom.AccountID) (err error) {
	if l.To, err = readAccount(tx, to); err != nil {
		if postroom.KindOf(err) == postroom.NotFound {
			err = nil
		}
		return err
	}
	r, err := readReview(tx, review)
	if err != nil {
		return err
	}
	l.Review = r.Review
	who := s.newReviewers(tx, r.Org)
	err = s.eachReviewItem(tx, review, 0, func(i *ReviewItem) error {
		if i.State != MarkOpen {
			return nil
		}
		asked, err := who.of(i)
		if err != nil || !slices.Contains(asked, to) {
			return err
		}
		if l.Open++; len(l.Items) >= maxLetterItems {
			return nil
		}
		if i.Kind == ReviewMember {
			i.Gives, i.GivesMore, err = who.givenBy(i.Target.Group)
		}
		l.Items = append(l.Items, *i)
		return err
	})
	if err != nil {
		return err
	}
	if l.Organisation, err = scanOrganisation(tx.QueryRow(organisationColumns+` WHERE id = $1`, l.To.Org).Scan); err != nil {
		return err
	}
	l.Wordings, err = readWordings(tx, l.To.Org)
	return err
}

// DeliverReviewLetter puts a letter into the inbox it is for and takes it out of
// the list, in one transaction. Without a text it is only taken out.
func (n *NoticeSession) DeliverReviewLetter(ctx context.Context, l *ReviewLetter, raw []byte) error {
	s := n.session.store
	if len(raw) == 0 {
		return s.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM review_letter WHERE id = $1`, l.id)
			return err
		})
	}
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
		gone, err := tx.Exec(`DELETE FROM review_letter WHERE id = $1`, l.id)
		if err != nil || gone == 0 {
			return err // over meanwhile
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

// PostponeReviewLetter puts off a letter that could not be written or delivered.
func (n *NoticeSession) PostponeReviewLetter(ctx context.Context, l *ReviewLetter, d time.Duration) error {
	s := n.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE review_letter SET due = $2 WHERE id = $1`, l.id, s.now().Add(d))
		return err
	})
}
