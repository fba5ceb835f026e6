package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

const (
	// WebSessionLife and WebSessionIdle are for how long a web session lasts
	// at most, and unused, when the options do not say.
	WebSessionLife = 30 * 24 * time.Hour
	WebSessionIdle = 3 * 24 * time.Hour
	// maxWebSessions of one account; the one opened first goes.
	maxWebSessions = 50
	// useStep is how exactly the last use is known.
	useStep = 5 * time.Minute
	// maxAgent bounds what is kept of a client's name for itself, in bytes.
	maxAgent = 300
)

// WebSession is a browser in which somebody is signed in.
type WebSession struct {
	// Name tells it from others; the audit log names it so.
	Name string
	// With is the name of the credential it was opened with.
	With           string
	Created, Until time.Time
	Used           Use
	// Own is the session that asks.
	Own bool
}

// WebSessions lists the browsers in which an account is signed in, by age.
func (d *Directory) WebSessions(ctx context.Context, id postroom.AccountID) (all []WebSession, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		all = nil
		now := d.session.store.now()
		return tx.Each(`SELECT c.id, c.name, COALESCE(p.name, ''), c.created, c.until_at, u.used, u.remote, u.agent FROM credential c
			JOIN credential_use u ON u.credential_id = c.id LEFT JOIN credential p ON p.id = c.parent
			WHERE c.account_id = $1 AND c.kind = $2 AND c.until_at > $3 AND u.used > $4 ORDER BY c.id`,
			[]any{id, webSessionKind, now, now.Add(-d.session.store.webIdle())}, func(scan func(...any) error) error {
				var w WebSession
				var number, created, until, used int64
				err := scan(&number, &w.Name, &w.With, &created, &until, &used, &w.Used.Remote, &w.Used.Agent)
				w.Created, w.Until, w.Used.At = db.Time(created), db.Time(until), db.Time(used)
				w.Own = number == d.session.credential.Load()
				all = append(all, w)
				return err
			})
	})
	return all, err
}

// EndWebSession signs a browser out.
func (d *Directory) EndWebSession(ctx context.Context, id postroom.AccountID, name string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND name = $3`, id, webSessionKind, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuch("session", name)
		}
		if err := d.session.store.credentialsEnded(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.session.end", postroom.CollectionRef{Account: id}, map[string]string{"name": name})
	})
}

// EndWebSessions signs every browser out but the one that asks.
func (d *Directory) EndWebSessions(ctx context.Context, id postroom.AccountID) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		if err := endWebSessions(tx, id, d.session.credential.Load()); err != nil {
			return err
		}
		if err := d.session.store.credentialsEnded(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.session.end", postroom.CollectionRef{Account: id}, map[string]string{"name": "all"})
	})
}

// endWebSessions removes those of an account but one; credentialsEnded is still
// to be called.
func endWebSessions(tx *db.Tx, id postroom.AccountID, but int64) error {
	_, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND id <> $3`, id, webSessionKind, but)
	return err
}

// WebSessionLife is for how long a web session lasts at most.
func (s *Store) WebSessionLife() time.Duration {
	if s.opts.WebSessionLife > 0 {
		return s.opts.WebSessionLife
	}
	return WebSessionLife
}

func (s *Store) webIdle() time.Duration {
	if s.opts.WebSessionIdle > 0 {
		return s.opts.WebSessionIdle
	}
	return WebSessionIdle
}

// OpenWeb opens a web session for somebody verified, and returns its secret,
// which is stored nowhere. SignInDisabled as for Open.
func (g *SignIn) OpenWeb(ctx context.Context, v Verified, agent string) (secretText string, err error) {
	if err := g.may(ctx, v); err != nil {
		return "", err
	}
	if k := v.credential.kind; k == appPasswordKind || k == tokenKind {
		return "", errSignIn() // it is for a program, and can less than somebody who is there
	}
	secretText, hash := newSecret("")
	name := "web-" + newToken()[:10]
	err = g.store.db.Write(ctx, func(tx *db.Tx) error {
		now := g.store.now()
		there, err := exists(tx, `SELECT 1 FROM credential WHERE id = $1`, v.credential.id)
		if err != nil || !there {
			return orError(err, errSignIn())
		}
		if err := makeRoom(tx, v.account.ID); err != nil {
			return err
		}
		id, err := insertCredential(tx, v.account.ID, webSessionKind, AppPassword{Name: name, Mask: v.credential.Mask,
			MaySend: v.credential.MaySend, Abilities: v.credential.Abilities, Until: now.Add(g.store.WebSessionLife())}, secret{hash: hash}, now)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE credential SET parent = $1, once = $2, proved = $3 WHERE id = $4`, v.credential.id, v.credential.once, now, id); err != nil {
			return err
		}
		if err := g.touch(tx, id, v.account.ID, agent); err != nil {
			return err
		}
		if err := g.store.advance(tx, addedCredential, int64(v.account.ID)); err != nil {
			return err
		}
		w := mint.Warrant{Actor: g.actor, Home: v.account.ID, Credential: id}
		w.Actor.Account, w.Actor.Address, w.Actor.Credential = v.account.ID, v.account.Address, name
		return g.store.NewSession(mint.Seal(w)).record(tx, "account.session.begin", postroom.CollectionRef{Account: v.account.ID},
			map[string]string{"name": name, "with": v.credential.Name})
	})
	return secretText, err
}

// makeRoom removes the oldest web sessions of an account that has many.
func makeRoom(tx *db.Tx, id postroom.AccountID) error {
	n, err := tx.Exec(`DELETE FROM credential WHERE id IN (SELECT id FROM credential WHERE account_id = $1 AND kind = $2
		ORDER BY id DESC LIMIT 1000 OFFSET $3)`, id, webSessionKind, maxWebSessions-1)
	if err != nil || n == 0 {
		return err
	}
	return dropLoose(tx, id)
}

// touch notes that a credential is used.
func (g *SignIn) touch(tx *db.Tx, credential int64, account postroom.AccountID, agent string) error {
	if len(agent) > maxAgent {
		agent = agent[:maxAgent]
	}
	_, err := tx.Exec(`INSERT INTO credential_use (credential_id, account_id, agent, remote, used)
		SELECT id, account_id, $1, $2, $3 FROM credential WHERE id = $4 AND account_id = $5
		ON CONFLICT (credential_id) DO UPDATE SET agent = excluded.agent, remote = excluded.remote, used = excluded.used`,
		printable(agent), g.actor.Remote, g.store.now(), credential, account)
	return err
}

// Used notes that a credential is used, at most every few minutes. Passwords
// are not noted.
func (g *SignIn) Used(ctx context.Context, v Verified, agent string) error {
	now := g.store.now()
	if v.credential.kind == passwordKind || now.Sub(v.credential.Used.At) < useStep {
		return nil
	}
	return g.store.db.Write(ctx, func(tx *db.Tx) error { return g.touch(tx, v.credential.id, v.account.ID, agent) })
}

// Token checks an access token. SignInFailed for anything that is none.
func (g *SignIn) Token(ctx context.Context, token string) (Verified, error) {
	v, err := g.bySecret(ctx, tokenKind, token)
	if err == nil {
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInRight)
	}
	return v, err
}

// Is reports whether an address is one of the account of somebody verified.
func (g *SignIn) Is(ctx context.Context, v Verified, address string) (is bool, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		t, found, err := entryNamed(tx, canonicalOrSelf(address))
		is = found && t.Account == v.account.ID
		return err
	})
	return is, err
}

// Web checks the secret of a web session. SignInFailed also for one that was
// not used for too long.
func (g *SignIn) Web(ctx context.Context, secretText string) (Verified, error) {
	v, err := g.bySecret(ctx, webSessionKind, secretText)
	if err == nil && g.store.now().Sub(v.credential.Used.At) >= g.store.webIdle() {
		return Verified{}, errSignIn()
	}
	return v, err
}

// EndWeb ends the web session with a secret; one that is not there has ended.
func (g *SignIn) EndWeb(ctx context.Context, secretText string) error {
	v, err := g.bySecret(ctx, webSessionKind, secretText)
	if postroom.KindOf(err) == postroom.SignInFailed {
		return nil
	}
	if err != nil {
		return err
	}
	return g.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ChangeRights(); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM credential WHERE id = $1`, v.credential.id); err != nil {
			return err
		}
		if err := g.store.credentialsEnded(tx, v.account.ID); err != nil {
			return err
		}
		w := mint.Warrant{Actor: g.actor, Home: v.account.ID, Credential: v.credential.id}
		w.Actor.Account, w.Actor.Address, w.Actor.Credential = v.account.ID, v.account.Address, v.credential.Name
		return g.store.NewSession(mint.Seal(w)).record(tx, "account.session.end", postroom.CollectionRef{Account: v.account.ID},
			map[string]string{"name": v.credential.Name})
	})
}

// bySecret finds a credential by its secret.
func (g *SignIn) bySecret(ctx context.Context, kind int, text string) (v Verified, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		var id postroom.AccountID
		v = Verified{credential: credentialRow{kind: kind}}
		c := &v.credential
		var used, until int64
		err := tx.QueryRow(`SELECT c.id, c.account_id, c.once, c.name, c.mask, c.may_send, c.abilities, c.until_at, COALESCE(u.used, 0)
			FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id WHERE c.hash = $1 AND c.kind = $2`,
			secretHash(text), kind).Scan(&c.id, &id, &c.once, &c.Name, &c.Mask, &c.MaySend, &c.Abilities, &until, &used)
		if noRow(err) || err == nil && until != 0 && until <= db.Micros(g.store.now()) {
			return errSignIn()
		}
		if err != nil {
			return err
		}
		c.Used.At = db.Time(used)
		v.account, err = readAccount(tx, id)
		return err
	})
	if postroom.KindOf(err) == postroom.SignInFailed {
		// Nobody guesses 256 bits: there is nothing to slow down.
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInWrong)
	}
	if err != nil {
		return Verified{}, err
	}
	return v, nil
}

// forgetWebSessions removes web sessions that have ended by themselves.
func (s *Store) forgetWebSessions(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var owners []postroom.AccountID
		now := s.now()
		err := tx.Each(`SELECT DISTINCT c.account_id FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE c.kind = $1 AND (c.until_at <= $2 OR COALESCE(u.used, 0) <= $3) LIMIT 500`,
			[]any{webSessionKind, now, now.Add(-s.webIdle())}, func(scan func(...any) error) error {
				var id postroom.AccountID
				err := scan(&id)
				owners = append(owners, id)
				return err
			})
		if err != nil {
			return err
		}
		for _, id := range owners {
			_, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND (until_at <= $3
				OR COALESCE((SELECT used FROM credential_use WHERE credential_id = credential.id), 0) <= $4)`,
				id, webSessionKind, now, now.Add(-s.webIdle()))
			if err := orError(err, dropLoose(tx, id)); err != nil {
				return err
			}
		}
		return nil
	})
}
