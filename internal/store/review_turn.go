package store

import (
	"context"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// A review is turned by a clock that counts only time in which the server was
// there: people cannot answer one that is off, and a clock that jumps is no
// time at all. So nothing lapses before everybody was written to, had a day, and
// the review was open for what was announced, or a week.

const (
	// reviewStep is the most that counts between two looks at the clock, and
	// reviewSlack what may be lacking of a span because looks are apart.
	reviewStep  = time.Hour
	reviewSlack = time.Hour
	// reviewCounts is how often the time is written down.
	reviewCounts = 10 * time.Minute
	// lettersWait is how long a letter that cannot be delivered holds up the end.
	lettersWait = 3 * day
	// lapseChunk bounds what one transaction revokes.
	lapseChunk = 200
)

// reviewStage is which letter everybody was sent last.
type reviewStage uint8

const (
	toldStart reviewStage = iota
	toldWeek
	toldDay
)

// reviewTurn is what is to be done now.
type reviewTurn uint8

const (
	turnNothing reviewTurn = iota
	turnRemind             // a letter is due
	turnPutOff             // due was moved, and a letter says so
	turnEnd
)

// pass counts the time since the last look. A clock that went back counts none.
func (r *reviewRow) pass(now time.Time) {
	r.openFor += min(max(now.Sub(r.seen), 0), reviewStep)
	r.seen = now
}

// turn decides what is to be done at a time.
func (r *reviewRow) turn(now time.Time) reviewTurn {
	left := r.Due.Sub(now)
	switch {
	case left <= 0:
		missing := r.minimum - r.openFor
		if r.stage == toldDay {
			missing = max(missing, day-reviewSlack-(r.openFor-r.toldFor))
		} else {
			missing = max(missing, day)
		}
		if missing <= 0 {
			return turnEnd
		}
		r.Due = now.Add(max(missing, reviewStep))
		if missing > day {
			r.stage = toldWeek // another letter comes the day before
		} else if r.stage != toldDay {
			r.stage, r.toldFor = toldDay, r.openFor
		}
		return turnPutOff
	case left <= day && r.stage < toldDay:
		r.stage, r.toldFor = toldDay, r.openFor
		return turnRemind
	case left <= 7*day && r.stage < toldWeek && r.Due.Sub(r.Started) > 7*day:
		r.stage, r.toldFor = toldWeek, r.openFor
		return turnRemind
	}
	return turnNothing
}

// TurnReviews reminds those who are asked in reviews, and ends reviews that are
// due: what is to lapse is revoked. To be called from time to time; it is the
// clock of the reviews.
func (n *NoticeSession) TurnReviews(ctx context.Context) error {
	s := n.session.store
	var open []reviewRow
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		open, err = readReviews(tx, `WHERE r.state <= $1 ORDER BY r.id`, ReviewEnding)
		return err
	})
	if err != nil {
		return err
	}
	for _, r := range open {
		if now := s.now(); r.State == ReviewOpen {
			look := r
			if now.Sub(r.seen) < reviewCounts && !now.Before(r.seen) && look.turn(now) == turnNothing {
				continue
			}
		}
		for more := true; more; {
			err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
				if err := tx.ChangeRights(); err != nil {
					return err
				}
				more, err = n.turnReview(tx, r.ID)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// turnReview does what is due in one review, and reports whether there is more
// of it to do at once.
func (n *NoticeSession) turnReview(tx *db.Tx, id int64) (more bool, err error) {
	s := n.session.store
	r, err := readReview(tx, id)
	if err != nil || r.State > ReviewEnding {
		if postroom.KindOf(err) == postroom.NotFound {
			err = nil
		}
		return false, err
	}
	if r.State == ReviewEnding {
		return n.lapseSome(tx, &r)
	}
	now := db.Time(db.Micros(s.now()))
	r.pass(now)
	if !now.Before(r.Due) {
		// Who was not written to has not been asked.
		waiting, err := s.lettersWaiting(tx, id)
		if err != nil || waiting {
			return false, orError(err, s.saveReview(tx, &r))
		}
	}
	act := r.turn(now)
	switch act {
	case turnRemind, turnPutOff:
		kind := LetterReminder
		if act == turnPutOff {
			kind = LetterPutOff
			if err := n.byReview(&r).recordOn(tx, "review.postpone", r.Org, "", r.details()); err != nil {
				return false, err
			}
		}
		err = s.askReviewers(tx, &r, kind)
	case turnEnd:
		r.State = ReviewEnding
	case turnNothing:
		err = s.askNewReviewers(tx, &r)
	}
	if err == nil {
		err = s.saveReview(tx, &r)
	}
	return act == turnEnd, err
}

func (s *Store) saveReview(tx *db.Tx, r *reviewRow) error {
	_, err := tx.Exec(`UPDATE review SET state = $2, stage = $3, due = $4, seen = $5, open_for = $6, told_for = $7, epoch = $8 WHERE id = $1`,
		r.ID, r.State, r.stage, r.Due, r.seen, r.openFor.Microseconds(), r.toldFor.Microseconds(), r.epoch)
	return err
}

// lettersWaiting reports whether a letter of a review is still to be delivered;
// those that could not be for long are given up.
func (s *Store) lettersWaiting(tx *db.Tx, id int64) (bool, error) {
	_, err := tx.Exec(`DELETE FROM review_letter WHERE review_id = $1 AND queued <= $2`, id, s.now().Add(-lettersWait))
	if err != nil {
		return false, err
	}
	return exists(tx, `SELECT 1 FROM review_letter WHERE review_id = $1 LIMIT 1`, id)
}

// byReview is the session whose acts are recorded as those of a review.
func (n *NoticeSession) byReview(r *reviewRow) *Session {
	w := n.session.warrant
	return n.session.store.NewSession(mint.Seal(mint.Warrant{Purpose: w.Purpose, Mask: w.Mask,
		Actor: postroom.Actor{Address: "review " + strconv.FormatInt(r.ID, 10), Protocol: "review"}}))
}

// lapseSome revokes some of what nobody confirmed, and ends the review when
// there is nothing left. Without lapse it only ends it.
func (n *NoticeSession) lapseSome(tx *db.Tx, r *reviewRow) (more bool, err error) {
	s, session := n.session.store, n.byReview(r)
	if r.Lapse {
		items, err := s.readReviewItems(tx, `WHERE i.review_id = $2 AND i.state = $3 ORDER BY i.number LIMIT $4`, r.ID, MarkOpen, lapseChunk)
		if err != nil {
			return false, err
		}
		d, c := session.Directory(), &caller{session: session}
		for k := range items {
			i := &items[k]
			// One before it may have changed this one.
			there, err := exists(tx, `SELECT 1 FROM review_item i WHERE `+stillThere+` > 0 AND i.review_id = $2 AND i.number = $3`,
				s.now(), r.ID, i.Number)
			if err != nil {
				return false, err
			}
			mark := MarkGone
			if there {
				mark = MarkLapsed
				if err := d.revokeItem(tx, c, i); err != nil {
					return false, err
				}
			}
			if err := s.markItem(tx, i, mark, 0); err != nil {
				return false, err
			}
		}
		if len(items) == lapseChunk {
			return true, nil
		}
	}
	if err := s.endReview(tx, r, ReviewOver); err != nil {
		return false, err
	}
	return false, session.recordOn(tx, "review.end", r.Org, "", r.details())
}

// endReview stores that a review is over; nobody is written to any more.
func (s *Store) endReview(tx *db.Tx, r *reviewRow, state ReviewState) error {
	if _, err := tx.Exec(`UPDATE review SET state = $2, ended = $3 WHERE id = $1`, r.ID, state, s.now()); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM review_letter WHERE review_id = $1`, `DELETE FROM review_told WHERE review_id = $1`} {
		if _, err := tx.Exec(query, r.ID); err != nil {
			return err
		}
	}
	return nil
}

// dropReviews forgets the reviews of an organisation that is no more.
func dropReviews(tx *db.Tx, org postroom.OrgID) error {
	for _, table := range []string{"review_letter", "review_told", "review_item"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE review_id IN (SELECT id FROM review WHERE org_id = $1)`, org); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM review WHERE org_id = $1`, org)
	return err
}
