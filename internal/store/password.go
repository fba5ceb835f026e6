package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// PasswordUse is for how long a password is meant.
type PasswordUse uint8

// The two uses.
const (
	// ForGood: until it is changed.
	ForGood PasswordUse = iota
	// OneTime: it was handed out, and its owner is told at every sign-in to
	// choose another.
	OneTime
)

// SetPassword replaces the password and ends the sessions opened with the old
// one, but for the session that does it. An empty one takes the password away:
// Invalid for the caller's own when nothing else is left to sign in with.
func (d *Directory) SetPassword(ctx context.Context, id postroom.AccountID, password string) error {
	return d.setPassword(ctx, id, password, ForGood)
}

// SetOneTimePassword is SetPassword with one that its owner is to change.
func (d *Directory) SetOneTimePassword(ctx context.Context, id postroom.AccountID, password string) error {
	return d.setPassword(ctx, id, password, OneTime)
}

func (d *Directory) setPassword(ctx context.Context, id postroom.AccountID, password string, use PasswordUse) error {
	s, err := d.session.store.opts.PasswordCost.derive(password)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.waysOf(tx, c, id); err != nil {
			return err
		}
		old, err := passwordOf(tx, id)
		if err != nil {
			return err
		}
		if err := d.replacePassword(tx, c, id, password, s, use); err != nil {
			return err
		}
		if err := d.keepsAWay(tx, c, id); err != nil {
			return err
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActPassword, ""); err != nil {
			return err
		}
		if c.is(id) && old != 0 {
			fresh, err := passwordOf(tx, id)
			if err != nil {
				return err
			}
			tx.AfterCommit(func() { d.session.credential.CompareAndSwap(old, fresh) })
		}
		return nil
	})
}

// replacePassword stores what is kept of a password, or takes it away. All web
// sessions end, however they were opened, but for the caller's.
func (d *Directory) replacePassword(tx *db.Tx, c *caller, id postroom.AccountID, password string, s secret, use PasswordUse) (err error) {
	if password == "" {
		_, err = tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2`, id, passwordKind)
	} else {
		err = d.storeOver(tx, c, id, s, use)
	}
	if err != nil {
		return err
	}
	if err := endWebSessions(tx, id, d.session.credential.Load()); err != nil {
		return err
	}
	if err := d.session.store.credentialsEnded(tx, id); err != nil {
		return err
	}
	details := map[string]string(nil)
	if use == OneTime {
		details = map[string]string{"use": "one-time"}
	}
	return d.session.record(tx, "account.password", postroom.CollectionRef{Account: id}, details)
}

// storeOver replaces a password and lets the caller's own web session go on
// with the new one.
func (d *Directory) storeOver(tx *db.Tx, c *caller, id postroom.AccountID, s secret, use PasswordUse) error {
	old, err := passwordOf(tx, id)
	if err != nil {
		return err
	}
	fresh, err := storePassword(tx, id, s, use, d.session.store.now())
	if err != nil || !c.is(id) || old == 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE credential SET parent = $1, once = 0 WHERE id = $2 AND parent = $3`, fresh, d.session.credential.Load(), old)
	return err
}

// passwordOf is the number of an account's password, zero when it has none.
func passwordOf(tx *db.Tx, id postroom.AccountID) (number int64, err error) {
	err = tx.QueryRow(`SELECT id FROM credential WHERE account_id = $1 AND kind = $2`, id, passwordKind).Scan(&number)
	if noRow(err) {
		return 0, nil
	}
	return number, err
}

// PasswordState is whether an account has a password.
type PasswordState string

// The states.
const (
	NoPassword      PasswordState = "none"
	PasswordSet     PasswordState = "set"
	PasswordOneTime PasswordState = "one-time"
)

// PasswordState tells whether an account has a password, and whether that is
// still to be changed: for the account itself and its administrators.
func (d *Directory) PasswordState(ctx context.Context, id postroom.AccountID) (state PasswordState, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		var once bool
		err := tx.QueryRow(`SELECT once FROM credential WHERE account_id = $1 AND kind = $2`, id, passwordKind).Scan(&once)
		switch {
		case noRow(err):
			state = NoPassword
		case err != nil:
			return err
		case once:
			state = PasswordOneTime
		default:
			state = PasswordSet
		}
		return nil
	})
	return state, err
}

// keyring are the credentials an account can sign in with.
type keyring struct {
	// numbers are of all of them, with when they end (microseconds, 0 for
	// never); apps are the app passwords and access tokens among them.
	numbers map[int64]int64
	apps    []int64
}

// credentialsOf reads them. With a second factor the password alone is none:
// web sessions that were opened with both are credentials of their own.
func credentialsOf(tx *db.Tx, id postroom.AccountID) (h keyring, err error) {
	h.numbers = make(map[int64]int64)
	err = tx.Each(`SELECT id, kind, until_at FROM credential WHERE account_id = $1 AND NOT (kind = $2
		AND EXISTS (SELECT 1 FROM second_factor WHERE account_id = $1 AND confirmed = 1))`, []any{id, passwordKind},
		func(scan func(...any) error) error {
			var n, kind, until int64
			err := scan(&n, &kind, &until)
			if h.numbers[n] = until; kind == appPasswordKind || kind == tokenKind {
				h.apps = append(h.apps, n)
			}
			return err
		})
	return h, err
}

// has reports whether a credential is still there.
func (h keyring) has(credential int64, now time.Time) bool {
	until, ok := h.numbers[credential]
	return ok && (until == 0 || db.Micros(now) < until)
}
