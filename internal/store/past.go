package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Past answers who might do what at a moment that is over: the same questions,
// decided by the same rules, about accounts, groups, folders and grants as they
// were then. Names, too, mean what they meant then.
//
// Whether the caller may ask is decided on what is now: about what has been
// deleted since, administrators may.
type Past struct{ directory *Directory }

// At is the view into the past; the zero time stands for now. What was changed
// at that very moment counts as done. Its methods answer Invalid for a time to
// come, and for one before the history begins.
func (d *Directory) At(at time.Time) *Past {
	return &Past{&Directory{session: d.session, trial: d.trial, at: at}}
}

// ExplainAccess is Directory.ExplainAccess at that time.
func (p *Past) ExplainAccess(ctx context.Context, user, target, path, action string) (AccessAnswer, error) {
	return p.directory.ExplainAccess(ctx, user, target, path, action)
}

// WhoHasAccess is Directory.WhoHasAccess at that time.
func (p *Past) WhoHasAccess(ctx context.Context, target string) ([]Holder, error) {
	return p.directory.WhoHasAccess(ctx, target)
}

// WhatAccess is Directory.WhatAccess at that time.
func (p *Past) WhatAccess(ctx context.Context, user string) ([]Holder, error) {
	return p.directory.WhatAccess(ctx, user)
}

// now is the time for which questions are answered.
func (d *Directory) now() time.Time {
	if !d.at.IsZero() {
		return d.at
	}
	return d.session.store.now()
}

// inquiry is somebody's question about rights.
type inquiry struct {
	*caller
	// tx has what is asked about, present what the caller's rights are decided
	// on. They are one unless the question is about the past.
	tx, present *db.Tx
	// moment is when.
	moment time.Time
}

// inquire runs fn for a question.
func (d *Directory) inquire(ctx context.Context, fn func(*inquiry) error) error {
	return d.read(ctx, func(present *db.Tx, c *caller) error {
		if d.at.IsZero() {
			return fn(&inquiry{caller: c, tx: present, present: present})
		}
		if d.trial != nil {
			return postroom.Errorf(postroom.Invalid, "what is only tried has no past")
		}
		if d.at.After(d.session.store.now()) {
			return postroom.Errorf(postroom.Invalid, "%s is in the future", d.at.UTC().Format(time.RFC3339))
		}
		if err := knownAt(present, d.at, c.account.Org); err != nil {
			return err
		}
		err := d.session.store.db.Past(ctx, d.at, func(tx *db.Tx) error {
			return fn(&inquiry{caller: c, tx: tx, present: present, moment: d.at})
		})
		if postroom.KindOf(err) == postroom.NotFound && c.server(postroom.SeeAccess) {
			// It may have been there and be forgotten.
			err = orError(knownOfAll(present, d.at), err)
		}
		return err
	})
}

// knownAt refuses a time before the history of an organisation begins; 0 is the
// console's, which has none.
func knownAt(tx *db.Tx, at time.Time, org postroom.OrgID) error {
	var since int64
	err := tx.QueryRow(`SELECT MAX(since) FROM history_since WHERE org_id IN (0, $1)`, org).Scan(&since)
	if err != nil || since <= db.Micros(at) {
		return err
	}
	return postroom.Errorf(postroom.Invalid, "what there was before %s is not known", sinceText(since))
}

// knownOfAll refuses a time at which the history of some organisation had not
// begun.
func knownOfAll(tx *db.Tx, at time.Time) error {
	var since int64
	err := tx.QueryRow(`SELECT COALESCE(MAX(since), 0) FROM history_since`).Scan(&since)
	if err != nil || since <= db.Micros(at) {
		return err
	}
	return postroom.Errorf(postroom.Invalid, "nothing is known of it; of some organisations nothing is known before %s", sinceText(since))
}

// sinceText is a time that, to the second, is not before since.
func sinceText(since int64) string {
	return db.Time(since).Add(time.Second - time.Microsecond).Truncate(time.Second).Format(time.RFC3339)
}

// whole reads an account as the caller may see it.
func (q *inquiry) whole(a postroom.Account) (postroom.Account, error) {
	return q.complete(q.present, a)
}

// accountNamed finds an account by what it was called, NotFound when the caller
// may not know of it.
func (q *inquiry) accountNamed(name string) (postroom.Account, error) {
	if !q.tx.Past() {
		return accountNamed(q.tx, q.caller, name)
	}
	t, found, err := entryNamed(q.tx, name)
	if err != nil || !found || t.Account == 0 {
		return postroom.Account{}, orError(err, noSuch("account", name))
	}
	a, err := readAccount(q.tx, t.Account)
	if err != nil {
		return a, err
	}
	if err := knownAt(q.present, q.moment, a.Org); err != nil && q.administers(a.Org, postroom.SeeAccess) {
		return postroom.Account{}, err
	}
	if q.administers(a.Org, postroom.SeeDirectory) {
		return a, nil
	}
	today, err := readAccount(q.present, t.Account)
	if err == nil {
		var sees bool
		if sees, err = q.seesAccount(q.present, today); err == nil && sees {
			return a, nil
		}
	}
	if err != nil && postroom.KindOf(err) != postroom.NotFound {
		return postroom.Account{}, err
	}
	return postroom.Account{}, noSuch("account", name)
}

// mayAsk checks that the caller may ask what somebody might do with a target.
func (q *inquiry) mayAsk(d *Directory, who *principal, t postroom.SendTarget, name string) error {
	if !q.tx.Past() {
		return d.mayAsk(q.tx, q.caller, who, t, name)
	}
	entry, err := readTarget(q.tx, t)
	if err != nil {
		return err
	}
	if q.administers(entry.org, postroom.SeeAccess) && q.administers(who.account.Org, postroom.SeeAccess) {
		return knownAt(q.present, d.at, entry.org)
	}
	err = d.mayAsk(q.present, q.caller, who, t, name)
	if postroom.KindOf(err) == postroom.NotFound {
		err = noSuch("account", name)
	}
	return err
}
