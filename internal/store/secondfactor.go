package store

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"postroom"
	"postroom/internal/ratelimit"
	"postroom/internal/store/internal/db"
)

const (
	// codeStep is the time step of RFC 6238 §4.1, and codeSkew how many of
	// them a clock may be off.
	codeStep = 30 * time.Second
	codeSkew = 1
	// recoveryCodes are made at a time.
	recoveryCodes = 10
)

// newCodeLimiter is stricter than that of passwords: a code is short, and who
// tries some knows the password.
func newCodeLimiter() *ratelimit.Limiter {
	return ratelimit.New(ratelimit.Options{Window: time.Hour, PerPair: 10, PerAccount: 20})
}

// SecondFactorState is whether an account has a second factor.
type SecondFactorState struct {
	On    bool
	Since time.Time
	// RecoveryCodes are left.
	RecoveryCodes int
	// App is set when an authenticator app has its key: otherwise passkeys
	// and recovery codes are all there is.
	App bool
}

// SecondFactor tells whether an account has a second factor: for the account
// itself and its administrators.
func (d *Directory) SecondFactor(ctx context.Context, id postroom.AccountID) (state SecondFactorState, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		var since int64
		state = SecondFactorState{}
		var key string
		err := tx.QueryRow(`SELECT created, secret, (SELECT COUNT(*) FROM recovery_code WHERE account_id = $1) FROM second_factor
			WHERE account_id = $1 AND confirmed = 1`, id).Scan(&since, &key, &state.RecoveryCodes)
		if noRow(err) {
			return nil
		}
		state.On, state.Since, state.App = err == nil, db.Time(since), key != ""
		return err
	})
	return state, err
}

// BeginSecondFactor makes the secret of a second factor for the caller's own
// account, for an authenticator app (base32, RFC 6238). It counts only once
// ConfirmSecondFactor has seen a code of it. Exists when there is one already.
func (d *Directory) BeginSecondFactor(ctx context.Context, id postroom.AccountID) (secretText string, err error) {
	raw := make([]byte, 20) // as long as the hash, RFC 4226 §4
	rand.Read(raw)
	secretText = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	sealed, err := d.session.store.box.Seal(factorPurpose(id), []byte(secretText))
	if err != nil {
		return "", err
	}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		on, err := hasSecondFactor(tx, id)
		if err != nil || on {
			return orError(err, postroom.Errorf(postroom.Exists, "there is a second factor already: remove it first"))
		}
		_, err = tx.Exec(`INSERT INTO second_factor (account_id, secret, created) VALUES ($1, $2, $3)
			ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, created = excluded.created, step = 0`,
			id, sealed, d.session.store.now())
		return err
	})
	if err != nil {
		return "", err
	}
	return secretText, nil
}

// ConfirmSecondFactor turns the second factor on and returns recovery codes,
// each of which stands for one code of the app. All other web sessions end, and
// so does whatever was opened with the password alone. Invalid for a code that
// is wrong.
func (d *Directory) ConfirmSecondFactor(ctx context.Context, id postroom.AccountID, code string) (recovery []string, err error) {
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		ok, err := d.session.store.takeCode(tx, id, code, 0)
		if err != nil || !ok {
			return orError(err, errCode())
		}
		if _, err := tx.Exec(`UPDATE second_factor SET confirmed = 1 WHERE account_id = $1`, id); err != nil {
			return err
		}
		recovery, err = d.factorBegins(tx, id, "app")
		return err
	})
	return recovery, err
}

// factorBegins is what follows when a second factor is turned on.
func (d *Directory) factorBegins(tx *db.Tx, id postroom.AccountID, with string) (recovery []string, err error) {
	if recovery, err = makeRecoveryCodes(tx, id); err != nil {
		return nil, err
	}
	if err := endWebSessions(tx, id, d.session.credential.Load()); err != nil {
		return nil, err
	}
	if err := d.session.store.credentialsEnded(tx, id); err != nil {
		return nil, err
	}
	return recovery, d.session.record(tx, "account.factor.add", postroom.CollectionRef{Account: id}, map[string]string{"with": with})
}

// NewRecoveryCodes replaces the recovery codes of the caller's own account; it
// takes a code.
func (d *Directory) NewRecoveryCodes(ctx context.Context, id postroom.AccountID, code string) (recovery []string, err error) {
	err = d.withCode(ctx, id, code, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		if recovery, err = makeRecoveryCodes(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.factor.recovery", postroom.CollectionRef{Account: id}, nil)
	})
	return recovery, err
}

// RemoveSecondFactor turns it off. People need a code of theirs for that, or a
// recovery code; administrators who may reset passwords need none, and the
// owner is told.
func (d *Directory) RemoveSecondFactor(ctx context.Context, id postroom.AccountID, code string) error {
	return d.withCode(ctx, id, code, func(tx *db.Tx, c *caller) error {
		n, err := tx.Exec(`DELETE FROM second_factor WHERE account_id = $1 AND confirmed = 1`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return postroom.Errorf(postroom.NotFound, "there is no second factor")
		}
		if _, err := tx.Exec(`DELETE FROM recovery_code WHERE account_id = $1`, id); err != nil {
			return err
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActFactor, ""); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.factor.remove", postroom.CollectionRef{Account: id}, nil)
	})
}

// withCode runs fn for the account itself, once a code was right, or for its
// administrators. A code is used up even where fn fails.
func (d *Directory) withCode(ctx context.Context, id postroom.AccountID, code string, fn func(*db.Tx, *caller) error) error {
	own := d.session.Actor().Account == id
	if own {
		if err := d.session.admitCode(id); err != nil {
			return err
		}
	}
	err := d.change(ctx, func(tx *db.Tx, c *caller) error {
		if !own {
			if _, err := d.waysOf(tx, c, id); err != nil {
				return err
			}
			return fn(tx, c)
		}
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		ok, err := d.session.store.takeAnyCode(tx, id, code)
		if err != nil || !ok {
			return orError(err, errCode())
		}
		return fn(tx, c)
	})
	if own && errors.Is(err, errWrongCode) {
		d.session.failCode(id)
	}
	return err
}

// ownSignIn allows what only somebody does who is there, and has proved that a
// short while ago: not a program with an app password or a token.
func (d *Directory) ownSignIn(tx *db.Tx, c *caller, id postroom.AccountID) error {
	if !c.is(id) {
		a, err := d.changeable(tx, c, id, postroom.ResetPasswords)
		if err != nil {
			return err
		}
		return postroom.Errorf(postroom.Denied, "permission denied: only %s can do that", a.Address)
	}
	there, err := exists(tx, `SELECT 1 FROM credential c WHERE c.id = $1 AND (c.kind = $2 OR c.kind = $3
		AND c.parent IN (SELECT id FROM credential WHERE kind IN ($2, $4, $5)))`,
		c.session.credential.Load(), passwordKind, webSessionKind, passkeyKind, providerKind)
	if err != nil || !there {
		return orError(err, postroom.Errorf(postroom.Denied, "permission denied: sign in with your password or in the browser"))
	}
	return c.session.proven(tx)
}

// errWrongCode is found in the error for a wrong code.
var errWrongCode = errors.New("wrong code")

func errCode() error {
	return postroom.Errorf(postroom.Invalid, "the code is wrong or was used already").By(errWrongCode)
}

// makeRecoveryCodes replaces an account's recovery codes.
func makeRecoveryCodes(tx *db.Tx, id postroom.AccountID) (codes []string, err error) {
	if _, err := tx.Exec(`DELETE FROM recovery_code WHERE account_id = $1`, id); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		text := strings.ToLower(rand.Text()[:16]) // 80 bits
		if _, err := tx.Exec(`INSERT INTO recovery_code (account_id, hash) VALUES ($1, $2)`, id, secretHash(text)); err != nil {
			return nil, err
		}
		codes = append(codes, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
	}
	return codes, nil
}

// takeCode takes a code of the app, once, from a factor in a state (0 or 1).
func (s *Store) takeCode(tx *db.Tx, id postroom.AccountID, code string, confirmed int) (bool, error) {
	var sealed string
	var last int64
	err := tx.QueryRow(`SELECT secret, step FROM second_factor WHERE account_id = $1 AND confirmed = $2 AND secret <> ''`,
		id, confirmed).Scan(&sealed, &last)
	if noRow(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	secretText, err := s.factorKey(id, sealed)
	if err != nil {
		return false, err
	}
	at := s.now().Unix() / int64(codeStep/time.Second)
	for step := max(at-codeSkew, last+1); step <= at+codeSkew; step++ {
		ok, err := hotp.ValidateCustom(plainCode(code), uint64(step), secretText, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil || !ok {
			continue // the library's errors are about the form of the code
		}
		n, err := tx.Exec(`UPDATE second_factor SET step = $1 WHERE account_id = $2 AND step < $1`, step, id)
		return n == 1, err
	}
	return false, nil
}

// takeAnyCode takes a recovery code, a code of the app, or what a passkey has
// confirmed.
func (s *Store) takeAnyCode(tx *db.Tx, id postroom.AccountID, code string) (bool, error) {
	if ok, err := s.takeConfirmation(tx, id, code); err != nil || ok {
		return ok, err
	}
	n, err := tx.Exec(`DELETE FROM recovery_code WHERE account_id = $1 AND hash = $2`, id, secretHash(plainCode(code)))
	if err != nil || n == 1 {
		return n == 1, err
	}
	return s.takeCode(tx, id, code, 1)
}

// plainCode takes out what people put in to read a code.
func plainCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
}

// SecondFactor takes the code that completes a sign-in. SignInFailed for a
// wrong one, one taken already, and after too many.
func (g *SignIn) SecondFactor(ctx context.Context, v Verified, code string) (Verified, error) {
	if !v.half {
		return v, nil
	}
	ip, err := netip.ParseAddr(g.actor.Remote)
	known := err == nil
	if known && g.store.codes.Wait(v.account.Address, ip, g.store.now()) > 0 {
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInLimited)
		return v, errSignIn()
	}
	var ok bool
	err = g.store.db.Write(ctx, func(tx *db.Tx) (err error) {
		ok, err = g.store.takeAnyCode(tx, v.account.ID, code)
		return err
	})
	if err != nil {
		return v, err
	}
	if !ok {
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInWrong)
		if known {
			g.store.codes.Fail(v.account.Address, ip, g.store.now())
		}
		return v, errSignIn()
	}
	if known {
		g.store.codes.Succeed(v.account.Address, ip, g.store.now())
	}
	v.half = false
	g.Succeeded(v.account.Address, v)
	return v, nil
}

// HasApp reports whether somebody verified has an authenticator app.
func (g *SignIn) HasApp(ctx context.Context, v Verified) (has bool, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		has, err = exists(tx, `SELECT 1 FROM second_factor WHERE account_id = $1 AND confirmed = 1 AND secret <> ''`, v.account.ID)
		return err
	})
	return has, err
}

// admitCode and failCode count the codes that a session tries for its account.
func (s *Session) admitCode(id postroom.AccountID) error {
	ip, err := netip.ParseAddr(s.Actor().Remote)
	if err == nil && s.Actor().Account == id && s.store.codes.Wait(s.Actor().Address, ip, s.store.now()) > 0 {
		return postroom.Errorf(postroom.Limit, "too many wrong codes: wait a while and try again")
	}
	return nil
}

func (s *Session) failCode(id postroom.AccountID) {
	if ip, err := netip.ParseAddr(s.Actor().Remote); err == nil && s.Actor().Account == id {
		s.store.codes.Fail(s.Actor().Address, ip, s.store.now())
	}
}
