package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	day = 24 * time.Hour
	// expiryForgotten is how long after its end a share is still told to have
	// ended: a server may have been off.
	expiryForgotten = 7 * day
	expiriesAtOnce  = 500
)

// expiryStage is how far the end of a grant was told.
type expiryStage int64

const (
	endsInAWeek expiryStage = 1 + iota
	endsInADay
	hasEnded
)

// ending is a grant that ends soon or has ended.
type ending struct {
	seq          int64
	target       postroom.SendTarget
	grantee      postroom.Grantee
	since, until time.Time
	stage        expiryStage
	reason       string // of broken glass
}

// endings finds grants of which another stage is to be told. $1 is now, $2 and
// $3 a day and a week later, $4 and $5 the limits, $6 how many.
const endings = `SELECT g.seq, g.account_id, g.member, g.grantee_kind, g.grantee_id, g.since, g.until_at, g.stage, g.reason FROM (
	SELECT seq, account_id, 0 AS member, grantee_kind, grantee_id, since, until_at,
		CASE WHEN until_at <= $1 THEN 3 WHEN until_at <= $2 THEN 2 ELSE 1 END AS stage, reason FROM access_grant
		WHERE until_at <> 0 AND until_at > $4 AND until_at <= $3 AND negative = 0 AND rights <> 0 AND grantee_kind <= 2
	UNION ALL
	SELECT seq, target_account, target_group, grantee_kind, grantee_id, since, until_at,
		CASE WHEN until_at <= $1 THEN 3 WHEN until_at <= $2 THEN 2 ELSE 1 END, '' FROM send_grant
		WHERE until_at <> 0 AND until_at > $4 AND until_at <= $3 AND deny = 0 AND grantee_kind <= 2
	) g LEFT JOIN expiry_told t ON t.seq = g.seq WHERE g.stage > COALESCE(t.stage, 0) ORDER BY g.until_at, g.seq LIMIT $5`

func readEndings(tx *db.Tx, now time.Time) (list []ending, err error) {
	err = tx.Each(endings, []any{now, now.Add(day), now.Add(7 * day), now.Add(-expiryForgotten), expiriesAtOnce},
		func(scan func(...any) error) error {
			var e ending
			var since, until int64
			err := scan(&e.seq, &e.target.Account, &e.target.Group, &e.grantee.Kind, &e.grantee.ID, &since, &until, &e.stage, &e.reason)
			e.since, e.until = db.Time(since), db.Time(until)
			list = append(list, e)
			return err
		})
	return list, err
}

// NoteEndings puts into the outbox what is to be told about grants that end in
// a week, in a day, or have ended, each once. A share given for less than a
// week is not told to end within one: the notice that it began said so. To be
// called from time to time.
func (n *NoticeSession) NoteEndings(ctx context.Context) error {
	s := n.session.store
	for {
		found := 0
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			list, err := readEndings(tx, s.now())
			found = len(list)
			return err
		})
		if err != nil || found == 0 {
			return err
		}
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			if err := tx.ChangeRights(); err != nil {
				return err
			}
			return s.noteEndings(tx)
		})
		if err != nil || found < expiriesAtOnce {
			return err
		}
	}
}

func (s *Store) noteEndings(tx *db.Tx) error {
	now := s.now()
	list, err := readEndings(tx, now)
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.told(now) {
			if err := s.noteEnding(tx, e); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO expiry_told (seq, stage, until_at) VALUES ($1, $2, $3)
			ON CONFLICT (seq) DO UPDATE SET stage = excluded.stage`, e.seq, e.stage, e.until)
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM expiry_told WHERE until_at <= $1`, now.Add(-expiryForgotten))
	return err
}

// told reports whether a stage is worth a notice.
func (e ending) told(now time.Time) bool {
	given := e.until.Sub(e.since)
	return e.stage == hasEnded || e.stage == endsInADay && given > day || e.stage == endsInAWeek && given > 7*day
}

func (s *Store) noteEnding(tx *db.Tx, e ending) error {
	sort := sharesEnding
	if e.stage == hasEnded {
		sort = sharesEnded
		if err := s.tellEnded(tx, e.target.Account, e.grantee, e.until); err != nil {
			return err
		}
		if e.reason != "" {
			g := postroom.Grant{Target: postroom.CollectionRef{Account: e.target.Account}, Grantee: e.grantee, Reason: e.reason}
			if err := s.noteGlass(tx, glassEnded, g, 0, e.until); err != nil {
				return err
			}
		}
	}
	row, err := s.openNotice(tx, sort, e.target)
	if err != nil {
		return err
	}
	entry, fresh := row.entry(e.grantee)
	if fresh || e.until.Before(entry.At) {
		entry.At = e.until
	}
	return s.saveNotice(tx, row)
}
