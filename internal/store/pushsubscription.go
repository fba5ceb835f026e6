package store

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

const (
	// maxPushSubscriptions of one person.
	maxPushSubscriptions = 20
	// PushLife is how long a subscription lasts, at most, by a credential that
	// has no end of its own.
	PushLife = 30 * day
	// pushUnverified is for how long a subscription may wait for its code.
	pushUnverified = time.Hour
	// maxPushText bounds each text of a subscription, in bytes.
	maxPushText = 2000
)

// PushSubscription is where a person wants to be told of changes. It belongs to
// the credential it was made with, and ends with that.
type PushSubscription struct {
	ID     int64
	Device string
	// URL of the push service; P256DH and Auth are the keys in base64url, empty
	// when what is pushed is not encrypted. They are kept to themselves.
	URL, P256DH, Auth string
	// Code is what the push service was told; the person knows it when Verified.
	Code     string
	Verified bool
	Expires  time.Time
	// Types are the names of data types; nil for all.
	Types []string
}

const pushColumns = `SELECT id, device, url, p256dh, auth, code, verified, types, expires FROM push_subscription `

func scanPush(scan func(...any) error) (p PushSubscription, err error) {
	var verified, expires int64
	var types string
	if err := scan(&p.ID, &p.Device, &p.URL, &p.P256DH, &p.Auth, &p.Code, &verified, &types, &expires); err != nil {
		return p, err
	}
	p.Verified, p.Expires = verified == int64(pushVerified), db.Time(expires)
	if types != "" {
		err = json.Unmarshal([]byte(types), &p.Types)
	}
	return p, err
}

// pushState is how far a subscription is.
type pushState int64

const (
	pushNew pushState = iota
	pushAsked
	pushVerified
)

// subscribing checks that the session goes on, and is somebody's.
func (s *Session) subscribing(tx *db.Tx) error {
	v, err := s.look(tx, 0)
	if err == nil && (s.warrant.Credential == 0 || s.ordered || !s.lives(v.who)) {
		err = errDenied()
	}
	return err
}

// PushSubscriptions lists those that were made with the session's credential.
func (s *Session) PushSubscriptions(ctx context.Context) (list []PushSubscription, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		if err := s.subscribing(tx); err != nil {
			return err
		}
		return tx.Each(pushColumns+`WHERE account_id = $1 AND credential_id = $2 AND home_id = $3 AND expires > $4 ORDER BY id`,
			[]any{s.Actor().Account, s.credential.Load(), s.Home(), s.store.now()}, func(scan func(...any) error) error {
				p, err := scanPush(scan)
				list = append(list, p)
				return err
			})
	})
	return list, err
}

// AddPushSubscription makes one. Its number, its code and when it ends are set by
// the store: in 30 days at the latest, or with a credential that has an end. The
// code is sent to the push service, and nothing else before it comes back. Limit
// for a person who has many.
func (s *Session) AddPushSubscription(ctx context.Context, p PushSubscription) (PushSubscription, error) {
	for _, text := range []string{p.Device, p.URL, p.P256DH, p.Auth, strings.Join(p.Types, "")} {
		if len(text) > maxPushText {
			return p, postroom.Errorf(postroom.TooLarge, "a part of the subscription is too long")
		}
	}
	types, err := pushTypes(p.Types)
	if err != nil {
		return p, err
	}
	p.Code, p.Verified = newToken(), false
	err = s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.subscribing(tx); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(`SELECT COUNT(*) FROM push_subscription WHERE account_id = $1`, s.Actor().Account).Scan(&n); err != nil {
			return err
		}
		if n >= maxPushSubscriptions {
			return postroom.Errorf(postroom.Limit, "there are %d push subscriptions already", n)
		}
		if p.Expires, err = s.pushEnd(tx, p.Expires); err != nil {
			return err
		}
		if err := tx.QueryRow(`UPDATE directory_sequence SET value = value + 1 WHERE id = 5 RETURNING value`).Scan(&p.ID); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO push_subscription (id, account_id, home_id, credential_id, protocol, device, url, p256dh, auth, code,
			verified, types, created, expires, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)`,
			p.ID, s.Actor().Account, s.Home(), s.credential.Load(), s.Actor().Protocol, p.Device, p.URL, p.P256DH, p.Auth, p.Code,
			pushNew, types, s.store.now(), p.Expires)
		tx.Notify(topicPush, "")
		return err
	})
	return p, err
}

func pushTypes(types []string) (string, error) {
	if types == nil {
		return "", nil
	}
	b, err := json.Marshal(types)
	return string(b), err
}

// pushEnd is when a subscription ends that is wanted until some time; zero for as
// long as possible. RFC 8620 §7.2: a credential with an end bounds it by that
// alone.
func (s *Session) pushEnd(tx *db.Tx, wanted time.Time) (time.Time, error) {
	var until int64
	err := tx.QueryRow(`SELECT until_at FROM credential WHERE id = $1`, s.credential.Load()).Scan(&until)
	if err != nil {
		return wanted, orNotFound(err)
	}
	now := s.store.now()
	last := now.Add(PushLife)
	if until != 0 {
		last = db.Time(until)
	}
	if wanted.IsZero() || wanted.After(last) {
		wanted = last
	}
	if !wanted.After(now) {
		return wanted, postroom.Errorf(postroom.Invalid, "the time at which it ends is over")
	}
	return db.Time(db.Micros(wanted)), nil
}

func orNotFound(err error) error {
	if noRow(err) {
		return postroom.Errorf(postroom.NotFound, "no such push subscription")
	}
	return err
}

// PushChange is what is to be changed of a subscription; nil leaves it.
type PushChange struct {
	// Code is what the push service was told.
	Code *string
	// Expires is when it is to end; the zero time for as long as possible.
	Expires *time.Time
	// Types are the names of data types; a nil slice for all.
	Types *[]string
}

// ChangePushSubscription changes one of the session's credential and returns it.
// NotFound; Invalid for a wrong code.
func (s *Session) ChangePushSubscription(ctx context.Context, id int64, c PushChange) (p PushSubscription, err error) {
	err = s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.subscribing(tx); err != nil {
			return err
		}
		p, err = scanPush(tx.QueryRow(pushColumns+`WHERE id = $1 AND account_id = $2 AND credential_id = $3 AND home_id = $4 AND expires > $5`,
			id, s.Actor().Account, s.credential.Load(), s.Home(), s.store.now()).Scan)
		if err != nil {
			return orNotFound(err)
		}
		if c.Code != nil {
			if subtle.ConstantTimeCompare([]byte(*c.Code), []byte(p.Code)) == 0 {
				return postroom.Errorf(postroom.Invalid, "the verification code is wrong")
			}
			p.Verified = true
			if _, err := tx.Exec(`UPDATE push_subscription SET verified = $2 WHERE id = $1`, id, pushVerified); err != nil {
				return err
			}
		}
		if c.Expires != nil {
			if p.Expires, err = s.pushEnd(tx, *c.Expires); err != nil {
				return err
			}
		}
		if c.Types != nil {
			p.Types = *c.Types
		}
		types, err := pushTypes(p.Types)
		if err != nil || len(types) > maxPushText {
			return orError(err, postroom.Errorf(postroom.TooLarge, "too many types"))
		}
		_, err = tx.Exec(`UPDATE push_subscription SET types = $2, expires = $3, version = version + 1 WHERE id = $1`, id, types, p.Expires)
		tx.Notify(topicPush, "")
		return err
	})
	return p, err
}

// RemovePushSubscription removes one of the session's credential. NotFound.
func (s *Session) RemovePushSubscription(ctx context.Context, id int64) error {
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := s.subscribing(tx); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM push_subscription WHERE id = $1 AND account_id = $2 AND credential_id = $3 AND home_id = $4`,
			id, s.Actor().Account, s.credential.Load(), s.Home())
		if err == nil && n == 0 {
			err = postroom.Errorf(postroom.NotFound, "no such push subscription")
		}
		tx.Notify(topicPush, "")
		return err
	})
}

// prunePush removes what has ended, and what was not verified in time.
func (s *Store) prunePush(tx *db.Tx) error {
	now := s.now()
	_, err := tx.Exec(`DELETE FROM push_subscription WHERE expires <= $1 OR verified <> $2 AND created <= $3`, now, pushVerified, now.Add(-pushUnverified))
	return err
}
