package store

import (
	"context"
	"encoding/hex"
	"time"

	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// PushSession tells people of changes through push services. It is made by
// store/system, and the only way to look at things as somebody who is not there:
// as one who signed in with the credential that the subscription belongs to.
type PushSession struct{ session *Session }

// NewPush opens a session for push; the warrant must be for that.
func (s *Store) NewPush(w mint.Warrant) *PushSession {
	return &PushSession{session: s.service(w, mint.Push)}
}

// Wake is hinted whenever subscriptions changed. Every call gives the same
// channel.
func (p *PushSession) Wake() <-chan struct{} { return p.session.store.pushes.join(p) }

// Subscribed gives the versions of the subscriptions there are, by number.
func (p *PushSession) Subscribed(ctx context.Context) (all map[int64]int64, err error) {
	s := p.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		all = make(map[int64]int64)
		return tx.Each(`SELECT id, version FROM push_subscription WHERE expires > $1`, []any{s.now()}, func(scan func(...any) error) error {
			var id, version int64
			err := scan(&id, &version)
			all[id] = version
			return err
		})
	})
	return all, err
}

// PushTask is a subscription and whose it is.
type PushTask struct {
	PushSubscription
	// Session sees what its owner sees.
	Session *Session
	// Unasked: the code was not sent yet.
	Unasked bool
	// Told stands for what was told last.
	Told string
	// Failures in a row, and when to try again.
	Failures  int
	NotBefore time.Time
	Version   int64
}

// Task reads a subscription. NotFound.
func (p *PushSession) Task(ctx context.Context, id int64) (t PushTask, err error) {
	s := p.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		t = PushTask{}
		if t.PushSubscription, err = scanPush(tx.QueryRow(pushColumns+`WHERE id = $1 AND expires > $2`, id, s.now()).Scan); err != nil {
			return orNotFound(err)
		}
		var w mint.Warrant
		var before int64
		var verified pushState
		err := tx.QueryRow(`SELECT a.id, a.address, p.home_id, p.protocol, c.id, c.name, c.once, c.mask, c.may_send, c.abilities, p.verified,
			p.told, p.failures, p.not_before, p.version FROM push_subscription p JOIN account a ON a.id = p.account_id
			JOIN credential c ON c.id = p.credential_id AND c.account_id = p.account_id WHERE p.id = $1`, id).
			Scan(&w.Actor.Account, &w.Actor.Address, &w.Home, &w.Actor.Protocol, &w.Credential, &w.Actor.Credential, &w.OneTime, &w.Mask, &w.MaySend,
				&w.Abilities, &verified, &t.Told, &t.Failures, &before, &t.Version)
		if err != nil {
			return orNotFound(err)
		}
		t.Unasked, t.NotBefore = verified == pushNew, db.Time(before)
		w.Actor.Remote = "push"
		t.Session = s.NewSession(mint.Seal(w))
		return nil
	})
	return t, err
}

// Asked notes that the code of a subscription is about to be sent; false when it
// was, or is by another node.
func (p *PushSession) Asked(ctx context.Context, id int64) (bool, error) {
	return p.update(ctx, `UPDATE push_subscription SET verified = $2 WHERE id = $1 AND verified = $3`, id, pushAsked, pushNew)
}

// Tell notes that something is about to be told: what stands for all that was
// told is now, and was before. It is false when another node was faster, so that
// each change is told once.
func (p *PushSession) Tell(ctx context.Context, id int64, before, now string) (bool, error) {
	return p.update(ctx, `UPDATE push_subscription SET told = $3 WHERE id = $1 AND told = $2`, id, before, now)
}

// Tried notes how often in a row a push service could not be reached, and when to
// try again.
func (p *PushSession) Tried(ctx context.Context, id int64, failures int, notBefore time.Time) error {
	_, err := p.update(ctx, `UPDATE push_subscription SET failures = $2, not_before = $3 WHERE id = $1`, id, failures, notBefore)
	return err
}

// End removes a subscription: nobody is there any more.
func (p *PushSession) End(ctx context.Context, id int64) error {
	_, err := p.update(ctx, `DELETE FROM push_subscription WHERE id = $1`, id)
	return err
}

func (p *PushSession) update(ctx context.Context, query string, args ...any) (done bool, err error) {
	err = p.session.store.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(query, args...)
		done = n > 0
		return err
	})
	return done, err
}

// Key is the private key by which push services know this server, the same on all
// nodes; fresh makes it, once.
func (p *PushSession) Key(ctx context.Context, fresh func() ([]byte, error)) (key []byte, err error) {
	s := p.session.store
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		var text string
		err := tx.QueryRow(`SELECT value FROM server_secret WHERE name = 'vapid'`).Scan(&text)
		if err == nil {
			key, err = hex.DecodeString(text)
			return err
		}
		if !noRow(err) {
			return err
		}
		if key, err = fresh(); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO server_secret (name, value) VALUES ('vapid', $1) ON CONFLICT DO NOTHING`, hex.EncodeToString(key))
		if err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT value FROM server_secret WHERE name = 'vapid'`).Scan(&text); err != nil {
			return err
		}
		key, err = hex.DecodeString(text)
		return err
	})
	return key, err
}
