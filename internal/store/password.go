package store

import (
	"context"

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
// one, but for the session that does it. An empty one takes the password away.
func (d *Directory) SetPassword(ctx context.Context, id postroom.AccountID, password string) error {
	return d.setPassword(ctx, id, password, ForGood)
}

// SetOneTimePassword is SetPassword with one that its owner is to change.
func (d *Directory) SetOneTimePassword(ctx context.Context, id postroom.AccountID, password string) error {
	return d.setPassword(ctx, id, password, OneTime)
}

func (d *Directory) setPassword(ctx context.Context, id postroom.AccountID, password string, use PasswordUse) error {
	s, err := derive(password)
	if err != nil {
		return err
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		old, err := passwordOf(tx, id)
		if err != nil {
			return err
		}
		if err := d.replacePassword(tx, id, password, s, use); err != nil {
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

// replacePassword stores what is kept of a password, or takes it away.
func (d *Directory) replacePassword(tx *db.Tx, id postroom.AccountID, password string, s secret, use PasswordUse) (err error) {
	if password == "" {
		_, err = tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2`, id, passwordKind)
	} else {
		_, err = storePassword(tx, id, s, use, d.session.store.now())
	}
	if err != nil {
		return err
	}
	if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
		return err
	}
	details := map[string]string(nil)
	if use == OneTime {
		details = map[string]string{"use": "one-time"}
	}
	return d.session.record(tx, "account.password", postroom.CollectionRef{Account: id}, details)
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

// credentialsOf lists the numbers of an account's credentials, and of the app
// passwords among them.
func credentialsOf(tx *db.Tx, id postroom.AccountID) (all, apps []int64, err error) {
	err = tx.Each(`SELECT id, kind FROM credential WHERE account_id = $1`, []any{id}, func(scan func(...any) error) error {
		var n, kind int64
		err := scan(&n, &kind)
		if all = append(all, n); kind == appPasswordKind {
			apps = append(apps, n)
		}
		return err
	})
	return all, apps, err
}
