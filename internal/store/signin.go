package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/netip"

	"github.com/xdg-go/scram"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// SignIn checks credentials and opens sessions. Only a warrant for that purpose
// makes one, so only store/login has it.
type SignIn struct {
	store *Store
	actor postroom.Actor
}

// SignIn begins a sign-in; the actor of the warrant says from where.
func (s *Store) SignIn(w mint.Warrant) *SignIn {
	if !w.Valid() || w.Purpose != mint.SignIn {
		panic("store: a sign-in without a warrant")
	}
	return &SignIn{store: s, actor: w.Actor}
}

// errSignIn is the one answer for everything wrong.
func errSignIn() error { return postroom.Errorf(postroom.SignInFailed, "wrong user name or password") }

// Verified is somebody whose credential was checked.
type Verified struct {
	account    postroom.Account
	credential credentialRow
	// half is set while the password was right and a code is still needed.
	half bool
}

// Half reports whether a second factor is still needed.
func (v Verified) Half() bool { return v.half }

// Credential is the number of the credential that was checked; zero for that of
// nobody. A password that is replaced gets another.
func (v Verified) Credential() int64 { return v.credential.id }

// credentialRow is a credential as stored.
type credentialRow struct {
	AppPassword
	secret
	id   int64
	kind int
	once bool
}

// credentials finds an account by one of its addresses, with its passwords that
// hold, and tells whether it has a second factor.
func (g *SignIn) credentials(ctx context.Context, address string) (a postroom.Account, all []credentialRow, second bool, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		a, all, second = postroom.Account{}, nil, false
		t, found, err := entryNamed(tx, canonicalOrSelf(address))
		if err != nil || !found || t.Account == 0 {
			return err
		}
		if a, err = readAccount(tx, t.Account); err != nil {
			return err
		}
		if second, err = hasSecondFactor(tx, t.Account); err != nil {
			return err
		}
		return tx.Each(`SELECT c.id, c.kind, c.once, c.name, c.mask, c.may_send, c.abilities, c.hash, c.scram_salt, c.scram_iterations,
			c.scram_stored, c.scram_server, COALESCE(u.used, 0) FROM credential c LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE c.account_id = $1 AND c.kind IN ($2, $3) AND (c.until_at = 0 OR c.until_at > $4) ORDER BY c.kind, c.id`,
			[]any{t.Account, passwordKind, appPasswordKind, g.store.now()}, func(scan func(...any) error) error {
				var c credentialRow
				var used int64
				err := scan(&c.id, &c.kind, &c.once, &c.Name, &c.Mask, &c.MaySend, &c.Abilities, &c.hash, &c.salt, &c.iterations,
					&c.stored, &c.server, &used)
				c.Used.At = db.Time(used)
				all = append(all, c)
				return err
			})
	})
	return a, all, second, err
}

func hasSecondFactor(tx *db.Tx, id postroom.AccountID) (bool, error) {
	return exists(tx, `SELECT 1 FROM second_factor WHERE account_id = $1 AND confirmed = 1`, id)
}

// Password checks a password against those of the account with an address.
func (g *SignIn) Password(ctx context.Context, address, password string) (v Verified, err error) {
	a, all, second, err := g.credentials(ctx, address)
	if err != nil {
		return v, err
	}
	hashes := make([]string, len(all))
	for i := range all {
		hashes[i] = all[i].hash
	}
	if password == "" || len(password) > maxPassword {
		hashes, password = nil, "-"
	}
	if err := g.Admit(address); err != nil {
		return v, err
	}
	n, err := g.store.proofs.check(ctx, hashes, password, g.store.now())
	if err != nil {
		return v, err
	}
	if n < 0 {
		g.Failed(address)
		return v, errSignIn()
	}
	v = Verified{a, all[n], second && all[n].kind == passwordKind}
	g.Succeeded(address, v)
	return v, nil
}

// Admit refuses, in the words for a wrong password, while there were too many
// failures with an address or from the client's network.
func (g *SignIn) Admit(address string) error {
	ip, err := netip.ParseAddr(g.actor.Remote)
	if err == nil && g.store.limiter.Wait(canonicalOrSelf(address), ip, g.store.now()) > 0 {
		g.store.opts.Metrics.signIn(g.actor.Protocol, SignInLimited)
		return errSignIn()
	}
	return nil
}

// Failed counts a failure.
func (g *SignIn) Failed(address string) {
	g.store.opts.Metrics.signIn(g.actor.Protocol, SignInWrong)
	if ip, err := netip.ParseAddr(g.actor.Remote); err == nil {
		g.store.limiter.Fail(canonicalOrSelf(address), ip, g.store.now())
	}
}

// Succeeded notes a network from which an address has signed in. Half of it is
// not enough: or who knows the password could try codes without end.
func (g *SignIn) Succeeded(address string, v Verified) {
	if v.half {
		return
	}
	g.store.opts.Metrics.signIn(g.actor.Protocol, SignInRight)
	if ip, err := netip.ParseAddr(g.actor.Remote); err == nil {
		g.store.limiter.Succeed(canonicalOrSelf(address), ip, g.store.now())
	}
}

// SCRAM returns the stored credentials of an address for SCRAM-SHA-256. For an
// address without any they are made up, the same each time (RFC 5802 §9), and
// cannot be fulfilled. Who fulfils the exchange is Verified by Fulfilled.
func (g *SignIn) SCRAM(ctx context.Context, address string) (c scram.StoredCredentials, fulfilled Verified, err error) {
	a, all, second, err := g.credentials(ctx, address)
	if err != nil {
		return c, fulfilled, err
	}
	for _, row := range all {
		if row.iterations == 0 {
			continue
		}
		salt, err1 := base64.StdEncoding.DecodeString(row.salt)
		stored, err2 := base64.StdEncoding.DecodeString(row.stored)
		server, err3 := base64.StdEncoding.DecodeString(row.server)
		if err := orError(orError(err1, err2), err3); err != nil {
			return c, fulfilled, err
		}
		c = scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(salt), Iters: row.iterations}, StoredKey: stored, ServerKey: server}
		return c, Verified{a, row, second && row.kind == passwordKind}, nil
	}
	key, err := g.store.serverSecret(ctx)
	if err != nil {
		return c, fulfilled, err
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(canonicalOrSelf(address)))
	impossible := make([]byte, sha256.Size)
	rand.Read(impossible)
	c = scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(m.Sum(nil)[:saltBytes]), Iters: g.store.opts.PasswordCost.Iterations},
		StoredKey: impossible, ServerKey: impossible}
	return c, Verified{}, nil
}

// serverSecret is a random key that all nodes share and that never changes.
func (s *Store) serverSecret(ctx context.Context) (key []byte, err error) {
	read := func(tx *db.Tx) error {
		var text string
		err := tx.QueryRow(`SELECT value FROM server_secret WHERE name = 'scram'`).Scan(&text)
		if err != nil {
			return err
		}
		key, err = hex.DecodeString(text)
		return err
	}
	if err = s.db.Read(ctx, read); !noRow(err) {
		return key, err
	}
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO server_secret (name, value) VALUES ('scram', $1) ON CONFLICT DO NOTHING`, hex.EncodeToString(fresh))
		if err != nil {
			return err
		}
		return read(tx)
	})
	return key, err
}

// Open opens the session of somebody verified, in their own account or, when
// target is an address of another one, as a delegate there. For that the actor
// needs Lookup and Read on its root; without, the answer is that for a wrong
// password.
func (g *SignIn) Open(ctx context.Context, v Verified, target string) (*Session, error) {
	if err := g.may(ctx, v); err != nil {
		return nil, err
	}
	w := mint.Warrant{Actor: g.actor, Home: v.account.ID, Credential: v.credential.id, Mask: v.credential.Mask, MaySend: v.credential.MaySend,
		Abilities: v.credential.Abilities, OneTime: v.credential.once}
	w.Actor.Account, w.Actor.Address, w.Actor.Credential = v.account.ID, v.account.Address, v.credential.Name
	s := g.store.NewSession(mint.Seal(w))
	if target == "" {
		return s, nil
	}
	var home postroom.AccountID
	err := g.store.db.Write(ctx, func(tx *db.Tx) error {
		home = 0
		t, found, err := entryNamed(tx, target)
		if err != nil {
			return err
		}
		if !found || t.Account == 0 {
			return errSignIn()
		}
		if t.Account == v.account.ID {
			home = t.Account
			return nil
		}
		root := postroom.CollectionRef{Account: t.Account, Collection: postroom.RootCollection}
		have, err := s.rightsOn(tx, root)
		if err != nil {
			return err
		}
		if !have.Has(rights.Viewer) {
			return errSignIn()
		}
		home = t.Account
		return s.record(tx, "session.open", postroom.CollectionRef{Account: t.Account}, nil)
	})
	if err != nil {
		return nil, err
	}
	w.Home = home
	return g.store.NewSession(mint.Seal(w)), nil
}

// may refuses those who may not sign in.
func (g *SignIn) may(ctx context.Context, v Verified) error {
	switch {
	case v.account.ID == 0:
		return errSignIn()
	case !v.account.Login || v.account.State != postroom.Active:
		return postroom.Errorf(postroom.SignInDisabled, "sign-in is disabled for this account")
	case v.half:
		return postroom.Errorf(postroom.SignInDisabled, "this account has a second factor: use an app password or an access token")
	}
	return g.included(ctx, v)
}

// ActingFor returns a session in which the console acts for an account: it
// sees, makes, renames, deletes and grants the account's collections, and
// reads nothing of what is in them. The beginning is audited, and so is each
// act.
func (s *Session) ActingFor(ctx context.Context, id postroom.AccountID) (*Session, error) {
	if s.warrant.Purpose != mint.Console {
		return nil, errDenied()
	}
	err := s.store.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := readAccount(tx, id); err != nil {
			return err
		}
		return s.record(tx, "session.act", postroom.CollectionRef{Account: id}, nil)
	})
	if err != nil {
		return nil, err
	}
	w := s.warrant
	w.Home = id
	return s.store.NewSession(w), nil
}

// NewDelivery opens a delivery session; the warrant must be for that.
func (s *Store) NewDelivery(w mint.Warrant) *DeliverySession {
	return &DeliverySession{session: s.service(w, mint.Delivery)}
}

// NewQueue opens a queue session; the warrant must be for that.
func (s *Store) NewQueue(w mint.Warrant) *QueueSession {
	return &QueueSession{session: s.service(w, mint.Queue)}
}

// NewNotices opens a session for notices; the warrant must be for that.
func (s *Store) NewNotices(w mint.Warrant) *NoticeSession {
	return &NoticeSession{session: s.service(w, mint.Notices)}
}

func (s *Store) service(w mint.Warrant, p mint.Purpose) *Session {
	if w.Purpose != p {
		panic("store: a warrant for something else")
	}
	return s.NewSession(w)
}
