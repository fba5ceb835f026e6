package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"time"

	"postroom"
	"postroom/internal/ratelimit"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// maxPasskeys of one account.
const maxPasskeys = 50

// Passkey is a key of WebAuthn with which somebody signs in, instead of the
// password or after it.
type Passkey struct {
	Name    string
	Created time.Time
	// Used is when it was used last, to some minutes; zero for never.
	Used Use
	// Synced is set for one that its owner's devices share.
	Synced bool
}

// PasskeyKey is what is stored of a passkey to check what it signs. Only
// store/login makes one, from what an authenticator said and was checked.
type PasskeyKey struct {
	// ID is the authenticator's number of the key, Record the rest.
	ID     []byte
	Record json.RawMessage
	// SignCount is how often it has signed, 0 when it does not count.
	SignCount uint32
	Synced    bool
}

// keyRecord is what is stored in passkey.record.
type keyRecord struct {
	Record json.RawMessage `json:"record"`
	Synced bool            `json:"synced"`
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// NewPasskey is a passkey that was checked and may be added to an account.
type NewPasskey struct {
	account   postroom.AccountID
	key       PasskeyKey
	challenge Sealed
}

// Checked says that a new passkey was checked, for an account, against the
// challenge in a token.
func (g *SignIn) Checked(account postroom.AccountID, key PasskeyKey, challenge Sealed) NewPasskey {
	return NewPasskey{account, key, challenge}
}

// AddPasskey adds a passkey to the caller's own account. Where there is a second
// factor, it takes a code of that. Exists when the name is taken, Invalid for a
// wrong code. It is for who is there: not for a program with an app password.
func (d *Directory) AddPasskey(ctx context.Context, id postroom.AccountID, name, code string, k NewPasskey) error {
	name, err := cleanName("the name", name)
	if err != nil {
		return err
	}
	if name == "" || name == passwordName {
		return postroom.Errorf(postroom.Invalid, "the passkey needs a name")
	}
	return d.withCodeIfAny(ctx, id, code, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		ok, err := d.session.store.spend(tx, k.challenge)
		if err != nil || !ok || k.account != id {
			return orError(err, errUsed())
		}
		if err := roomForPasskey(tx, id, name, k.key.ID); err != nil {
			return err
		}
		number, err := insertCredential(tx, id, passkeyKind, AppPassword{Name: name, Mask: postroom.AllRights, MaySend: true,
			Abilities: postroom.AllAbilities}, secret{}, d.session.store.now())
		if err != nil {
			return err
		}
		record, err := json.Marshal(keyRecord{k.key.Record, k.key.Synced})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO passkey (credential_id, account_id, key_id, record, sign_count) VALUES ($1, $2, $3, $4, $5)`,
			number, id, keyID(k.key.ID), string(record), int64(k.key.SignCount))
		if err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.passkey.add", postroom.CollectionRef{Account: id}, map[string]string{"name": name})
	})
}

// roomForPasskey refuses one too many, one that is there, and a name that is
// taken.
func roomForPasskey(tx *db.Tx, id postroom.AccountID, name string, key []byte) error {
	var n int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM passkey WHERE account_id = $1`, id).Scan(&n); err != nil {
		return err
	}
	if n >= maxPasskeys {
		return postroom.Errorf(postroom.Limit, "an account has at most %d passkeys", maxPasskeys)
	}
	there, err := exists(tx, `SELECT 1 FROM passkey WHERE key_id = $1`, keyID(key))
	if err != nil || there {
		return orError(err, postroom.Errorf(postroom.Exists, "this passkey is there already"))
	}
	return nameFree(tx, id, name)
}

func nameFree(tx *db.Tx, id postroom.AccountID, name string) error {
	taken, err := exists(tx, `SELECT 1 FROM credential WHERE account_id = $1 AND name = $2`, id, name)
	if err != nil || taken {
		return orError(err, postroom.Errorf(postroom.Exists, "this name is taken: %s", printable(name)))
	}
	return nil
}

// withCodeIfAny is withCode for an account with a second factor, and needs no
// code for another.
func (d *Directory) withCodeIfAny(ctx context.Context, id postroom.AccountID, code string, fn func(*db.Tx, *caller) error) error {
	var second bool
	err := d.session.store.db.Read(ctx, func(tx *db.Tx) (err error) {
		second, err = hasSecondFactor(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if second {
		return d.withCode(ctx, id, code, fn)
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		second, err := hasSecondFactor(tx, id)
		if err != nil || second {
			return orError(err, errCode())
		}
		return fn(tx, c)
	})
}

// Passkeys lists those of an account by age: for the account itself and its
// administrators.
func (d *Directory) Passkeys(ctx context.Context, id postroom.AccountID) (all []Passkey, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		all = nil
		return tx.Each(`SELECT c.name, c.created, p.record, COALESCE(u.used, 0), COALESCE(u.remote, ''), COALESCE(u.agent, '')
			FROM credential c JOIN passkey p ON p.credential_id = c.id LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE c.account_id = $1 ORDER BY c.id`, []any{id}, func(scan func(...any) error) error {
			var k Passkey
			var created, used int64
			var text string
			err := scan(&k.Name, &created, &text, &used, &k.Used.Remote, &k.Used.Agent)
			if err != nil {
				return err
			}
			var record keyRecord
			err = json.Unmarshal([]byte(text), &record)
			k.Created, k.Used.At, k.Synced = db.Time(created), db.Time(used), record.Synced
			all = append(all, k)
			return err
		})
	})
	return all, err
}

// RenamePasskey gives a passkey of the caller's own account another name.
func (d *Directory) RenamePasskey(ctx context.Context, id postroom.AccountID, name, to string) error {
	to, err := cleanName("the name", to)
	if err != nil {
		return err
	}
	if to == "" || to == passwordName {
		return postroom.Errorf(postroom.Invalid, "the passkey needs a name")
	}
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		if to != name {
			if err := nameFree(tx, id, to); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`UPDATE credential SET name = $1 WHERE account_id = $2 AND kind = $3 AND name = $4`, to, id, passkeyKind, name)
		if err != nil || n == 0 {
			return orError(err, noSuch("passkey", name))
		}
		return d.session.record(tx, "account.passkey.rename", postroom.CollectionRef{Account: id}, map[string]string{"name": to, "was": name})
	})
}

// RemovePasskey takes a passkey back and ends the web sessions opened with it:
// for the account itself and its administrators, who tell the owner by that.
// Invalid for the last one while passkeys are the account's second factor, and
// for what the caller's own account signs in with when nothing else is left.
func (d *Directory) RemovePasskey(ctx context.Context, id postroom.AccountID, name string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.waysOf(tx, c, id); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND name = $3`, id, passkeyKind, name)
		if err != nil || n == 0 {
			return orError(err, noSuch("passkey", name))
		}
		needed, err := exists(tx, `SELECT 1 FROM second_factor WHERE account_id = $1 AND confirmed = 1 AND secret = ''
			AND NOT EXISTS (SELECT 1 FROM credential WHERE account_id = $1 AND kind = $2)`, id, passkeyKind)
		if err != nil || needed {
			return orError(err, postroom.Errorf(postroom.Invalid, "it is the second factor of this account: turn that off first"))
		}
		if err := d.keepsAWay(tx, c, id); err != nil {
			return err
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActPasskey, name); err != nil {
			return err
		}
		if err := d.session.store.credentialsEnded(tx, id); err != nil {
			return err
		}
		return d.session.record(tx, "account.passkey.remove", postroom.CollectionRef{Account: id}, map[string]string{"name": name})
	})
}

// PasskeysAsSecondFactor makes the passkeys of the caller's own account its
// second factor, without an authenticator app, and returns recovery codes. What
// was opened with the password alone ends. Exists when there is a second factor
// already, which passkeys then count for anyway; Invalid without a passkey.
func (d *Directory) PasskeysAsSecondFactor(ctx context.Context, id postroom.AccountID) (recovery []string, err error) {
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		if err := d.ownSignIn(tx, c, id); err != nil {
			return err
		}
		on, err := hasSecondFactor(tx, id)
		if err != nil || on {
			return orError(err, postroom.Errorf(postroom.Exists, "there is a second factor already"))
		}
		any, err := exists(tx, `SELECT 1 FROM passkey WHERE account_id = $1`, id)
		if err != nil || !any {
			return orError(err, postroom.Errorf(postroom.Invalid, "there is no passkey: add one first"))
		}
		_, err = tx.Exec(`INSERT INTO second_factor (account_id, secret, confirmed, created) VALUES ($1, '', 1, $2)
			ON CONFLICT (account_id) DO UPDATE SET secret = '', confirmed = 1, created = excluded.created, step = 0`, id, d.session.store.now())
		if err != nil {
			return err
		}
		recovery, err = d.factorBegins(tx, id, "passkeys")
		return err
	})
	return recovery, err
}

// KeysOf are the passkeys of somebody verified.
func (g *SignIn) KeysOf(ctx context.Context, account postroom.AccountID) (keys []PasskeyKey, err error) {
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		keys = nil
		return tx.Each(`SELECT key_id, record, sign_count FROM passkey WHERE account_id = $1 ORDER BY credential_id`, []any{account},
			func(scan func(...any) error) error {
				k, err := scanKey(scan)
				keys = append(keys, k)
				return err
			})
	})
	return keys, err
}

func scanKey(scan func(...any) error, more ...any) (k PasskeyKey, err error) {
	var id, text string
	var count int64
	if err := scan(append([]any{&id, &text, &count}, more...)...); err != nil {
		return k, err
	}
	var record keyRecord
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return k, err
	}
	k.Record, k.Synced, k.SignCount = record.Record, record.Synced, uint32(count)
	k.ID, err = base64.RawURLEncoding.DecodeString(id)
	return k, err
}

// ByKey finds whose passkey it is that has a number, and refuses those who fail
// too often, as for passwords. Nothing is verified before TakeKey.
func (g *SignIn) ByKey(ctx context.Context, id []byte) (v Verified, k PasskeyKey, err error) {
	if err := g.Admit(g.anybody()); err != nil {
		return v, k, err
	}
	err = g.store.db.Read(ctx, func(tx *db.Tx) error {
		v = Verified{credential: credentialRow{kind: passkeyKind}}
		var account postroom.AccountID
		c := &v.credential
		row := tx.QueryRow(`SELECT p.key_id, p.record, p.sign_count, c.id, c.account_id, c.name, c.mask, c.may_send, c.abilities, COALESCE(u.used, 0)
			FROM passkey p JOIN credential c ON c.id = p.credential_id LEFT JOIN credential_use u ON u.credential_id = c.id
			WHERE p.key_id = $1`, keyID(id))
		var used int64
		k, err = scanKey(row.Scan, &c.id, &account, &c.Name, &c.Mask, &c.MaySend, &c.Abilities, &used)
		if noRow(err) {
			return errPasskey()
		}
		if err != nil {
			return err
		}
		c.Used.At = db.Time(used)
		v.account, err = readAccount(tx, account)
		return err
	})
	if postroom.KindOf(err) == postroom.SignInFailed {
		g.Failed(g.anybody())
		return Verified{}, k, err
	}
	if err == nil {
		err = g.Admit(v.account.Address)
	}
	return v, k, err
}

// anybody stands for an account while it is not known whose passkey is used:
// failures count by network.
func (g *SignIn) anybody() string {
	ip, err := netip.ParseAddr(g.actor.Remote)
	if err != nil {
		return "passkey"
	}
	return "passkey " + ratelimit.Network(ip).String()
}

// errPasskey is the one answer for every passkey that is not taken.
func errPasskey() error {
	return postroom.Errorf(postroom.SignInFailed, "this passkey is not known here, or was not confirmed")
}

// ErrPasskey is that answer, and counts the failure.
func (g *SignIn) ErrPasskey(v Verified) error {
	g.Failed(g.anybody())
	if v.account.ID != 0 {
		g.Failed(v.account.Address)
	}
	return errPasskey()
}

// TakeKey notes that a passkey has signed a challenge, which is used up by it.
// SignInFailed when the challenge was used before, and when the key has not
// counted on: then there are two of it (WebAuthn §6.1.1), and the audit log has
// that.
func (g *SignIn) TakeKey(ctx context.Context, v Verified, k PasskeyKey, challenge Sealed) error {
	copied := false
	err := g.store.db.Write(ctx, func(tx *db.Tx) error {
		copied = false
		if ok, err := g.store.spend(tx, challenge); err != nil || !ok {
			return orError(err, errUsed())
		}
		record, err := json.Marshal(keyRecord{k.Record, k.Synced})
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE passkey SET record = $1, sign_count = $2 WHERE credential_id = $3
			AND (sign_count < $2 OR sign_count = 0 AND $2 = 0)`, string(record), int64(k.SignCount), v.credential.id)
		if err != nil {
			return err
		}
		if copied = n == 0; !copied {
			return nil
		}
		w := mint.Warrant{Actor: g.actor, Home: v.account.ID, Credential: v.credential.id}
		w.Actor.Account, w.Actor.Address, w.Actor.Credential = v.account.ID, v.account.Address, v.credential.Name
		return g.store.NewSession(mint.Seal(w)).record(tx, "account.passkey.copied", postroom.CollectionRef{Account: v.account.ID},
			map[string]string{"name": v.credential.Name})
	})
	if err != nil {
		return err
	}
	if copied {
		return g.ErrPasskey(v)
	}
	return nil
}

// Account is who was verified.
func (v Verified) Account() postroom.Account { return v.account }

// SecondKey completes a sign-in that a passkey of the same account has
// confirmed. SignInFailed for that of another.
func (g *SignIn) SecondKey(v, key Verified) (Verified, error) {
	if key.account.ID != v.account.ID || key.credential.kind != passkeyKind {
		return v, g.ErrPasskey(v)
	}
	v.half = false
	g.Succeeded(v.account.Address, v)
	return v, nil
}

// Confirmed gives somebody in a session, who has confirmed with a passkey of
// their own, what stands for one code of their second factor.
func (g *SignIn) Confirmed(s *Session, key Verified) (string, error) {
	if key.account.ID != s.Actor().Account || key.credential.kind != passkeyKind {
		return "", g.ErrPasskey(key)
	}
	return g.codeFor(key.account.ID)
}
