package store

import (
	"context"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// ProofLife is for how long somebody in a web session has proved who they are,
// when the options do not say.
const ProofLife = 10 * time.Minute

func (s *Store) proofLife() time.Duration {
	if s.opts.ProofLife > 0 {
		return s.opts.ProofLife
	}
	return ProofLife
}

// proven refuses in a web session, whose browser may stand there alone, what
// outlives it: ways in and who administers. Whoever is there confirms, and goes
// on (OWASP ASVS 5.0 §7.5.1, NIST SP 800-63B-4 §5.2). Other sessions show their
// credential each time.
func (s *Session) proven(tx *db.Tx) error {
	var proved int64
	err := tx.QueryRow(`SELECT proved FROM credential WHERE id = $1 AND kind = $2`, s.credential.Load(), webSessionKind).Scan(&proved)
	if noRow(err) {
		return nil
	}
	if err == nil && s.store.now().Sub(db.Time(proved)) >= s.store.proofLife() {
		return postroom.Errorf(postroom.ConfirmationNeeded, "confirm that it is you: you signed in a while ago")
	}
	return err
}

// Proven refuses, as ConfirmationNeeded, what takes a recent proof of who is
// there, before somebody goes to the trouble of it. The act itself decides.
func (d *Directory) Proven(ctx context.Context) error {
	return d.read(ctx, func(tx *db.Tx, _ *caller) error { return d.session.proven(tx) })
}

// waysOf allows changing what an account signs in with: its owner, who is there
// and not a program, and its administrators.
func (d *Directory) waysOf(tx *db.Tx, c *caller, id postroom.AccountID) (a postroom.Account, err error) {
	if a, err = d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
		return a, err
	}
	if c.is(id) {
		return a, d.ownSignIn(tx, c, id)
	}
	return a, d.session.proven(tx)
}

// ProofWays are what somebody can prove with who they are.
type ProofWays struct {
	Password bool
	// Providers are those at which they have an account that lets them in.
	Providers []string
}

// ProofWays finds those of somebody in a session. Passkeys are told by KeysOf.
func (g *SignIn) ProofWays(ctx context.Context, s *Session) (w ProofWays, err error) {
	id := s.Actor().Account
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		w = ProofWays{}
		number, err := passwordOf(tx, id)
		if err != nil {
			return err
		}
		w.Password = number != 0
		w.Providers, err = g.store.providersOf(tx, id)
		return err
	})
	return w, err
}

// providersOf are the providers by which an account can sign in, by age of the
// link.
func (s *Store) providersOf(tx *db.Tx, id postroom.AccountID) (list []string, err error) {
	a, err := readAccount(tx, id)
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT p.provider FROM provider_account p JOIN credential c ON c.id = p.credential_id WHERE p.account_id = $1 ORDER BY c.id`, []any{id}, func(scan func(...any) error) error {
		var provider string
		err := scan(&provider)
		// One that was taken out of the configuration lets nobody in.
		if inDomains(a.Address, s.opts.Providers[provider]) {
			list = append(list, provider)
		}
		return err
	})
	return list, err
}

// Prove notes that somebody in a web session has proved again who they are.
// With a second factor that was in the proof, and code stands for one code of
// it. SignInFailed for somebody else, and for what is no proof of a person;
// Invalid in a session that is not of a browser.
func (g *SignIn) Prove(ctx context.Context, s *Session, v Verified) (code string, err error) {
	kind := v.credential.kind
	if v.half || v.account.ID != s.Actor().Account || kind != passwordKind && kind != passkeyKind && kind != providerKind {
		g.Failed(s.Actor().Address)
		return "", errSignIn()
	}
	second := false
	err = g.store.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE credential SET proved = $1 WHERE id = $2 AND account_id = $3 AND kind = $4`,
			g.store.now(), s.credential.Load(), v.account.ID, webSessionKind)
		if err != nil || n == 0 {
			return orError(err, postroom.Errorf(postroom.Invalid, "this is not a browser that is signed in: there is nothing to confirm"))
		}
		if second, err = hasSecondFactor(tx, v.account.ID); err != nil {
			return err
		}
		return s.record(tx, "account.session.confirm", postroom.CollectionRef{Account: v.account.ID},
			map[string]string{"name": s.Actor().Credential, "with": v.credential.Name})
	})
	if err != nil || !second {
		return "", err
	}
	return g.codeFor(v.account.ID)
}

// codeFor is what stands for one code of an account's second factor.
func (g *SignIn) codeFor(id postroom.AccountID) (string, error) {
	nonce, _ := newSecret("")
	return g.Seal(confirmPurpose, confirmationLife, confirmation{id, nonce})
}
