package store

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/xdg-go/scram"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Cost of a password: argon2id as OWASP recommends, 19 MiB and two passes.
const (
	argonMemory = 19 << 10 // KiB
	argonPasses = 2
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
	// scramIterations of PBKDF2: RFC 7677 §4 wants 4096 at least.
	scramIterations = 10_000
	maxPassword     = 1024 // bytes
)

// The kinds of credentials.
const (
	passwordKind = 1 + iota
	appPasswordKind
)

// passwordName is the name of the credential that is the account's password.
const passwordName = "password"

// secret is what is stored of a password.
type secret struct {
	hash                 string // argon2id, PHC string format
	salt, stored, server string // SCRAM-SHA-256, base64; empty for none
	iterations           int
}

// derive computes what is stored of a password; "" gives the zero secret.
func derive(password string) (s secret, err error) {
	if password == "" {
		return s, nil
	}
	if len(password) > maxPassword || strings.ContainsRune(password, 0) {
		return s, postroom.Errorf(postroom.Invalid, "the password is too long or has a character that is not allowed")
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	b64 := base64.RawStdEncoding
	s.hash = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(argon(password, salt)))
	// SASLprep refuses some passwords; those sign in by PLAIN alone.
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		return s, nil
	}
	rand.Read(salt)
	c, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: scramIterations})
	if err != nil {
		return s, nil
	}
	s.salt, s.iterations = base64.StdEncoding.EncodeToString(salt), scramIterations
	s.stored = base64.StdEncoding.EncodeToString(c.StoredKey)
	s.server = base64.StdEncoding.EncodeToString(c.ServerKey)
	return s, nil
}

func argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, argonPasses, argonMemory, argonLanes, keyBytes)
}

// verify reports whether a password is the one of a hash made by derive.
func verify(hash, password string) bool {
	f := strings.Split(hash, "$")
	if len(f) != 6 || f[1] != "argon2id" || len(password) > maxPassword {
		return false
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(f[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || memory > 1<<20 || passes > 64 || passes == 0 || lanes == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(f[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(f[5])
	if err != nil || len(want) < 16 {
		return false
	}
	got := argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// proofs remembers for a while which passwords were right, so that a client
// that connects again costs no hashing. It keeps a MAC under a key of this
// process over the stored hash and the password: it says nothing of either,
// and a new password makes it worthless.
type proofs struct {
	key   [32]byte
	slots chan struct{} // limits the hashing at once

	mu    sync.Mutex
	known map[[32]byte]time.Time // until when

	decoyOnce sync.Once
	decoy     string
}

const (
	proofTime = 10 * time.Minute
	maxProofs = 50_000
)

func newProofs() *proofs {
	p := &proofs{slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0))), known: make(map[[32]byte]time.Time)}
	rand.Read(p.key[:])
	return p
}

// check reports whether a password is right for one of the hashes, and for
// which. With none it takes the same time as with one.
func (p *proofs) check(ctx context.Context, hashes []string, password string, now time.Time) (int, error) {
	for i, hash := range hashes {
		if p.remembered(hash, password, now) {
			return i, nil
		}
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return -1, ctx.Err()
	}
	if len(hashes) == 0 {
		p.decoyOnce.Do(func() {
			s, _ := derive("decoy")
			p.decoy = s.hash
		})
		verify(p.decoy, password)
		return -1, nil
	}
	for i, hash := range hashes {
		if verify(hash, password) {
			p.remember(hash, password, now)
			return i, nil
		}
	}
	return -1, nil
}

func (p *proofs) mac(hash, password string) (sum [32]byte) {
	m := hmac.New(sha256.New, p.key[:])
	m.Write([]byte(strconv.Itoa(len(hash)) + "\x00" + hash + password))
	copy(sum[:], m.Sum(nil))
	return sum
}

func (p *proofs) remembered(hash, password string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.known[p.mac(hash, password)]
	return ok && now.Before(until)
}

func (p *proofs) remember(hash, password string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxProofs {
		clear(p.known)
	}
	p.known[p.mac(hash, password)] = now.Add(proofTime)
}

// storePassword replaces the password of an account and returns its number.
func storePassword(tx *db.Tx, account postroom.AccountID, s secret, use PasswordUse, now time.Time) (int64, error) {
	if _, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2`, account, passwordKind); err != nil {
		return 0, err
	}
	id, err := insertCredential(tx, account, passwordKind, AppPassword{Name: passwordName, Mask: postroom.AllRights, MaySend: true,
		Abilities: postroom.AllAbilities}, s, now)
	if err == nil && use == OneTime {
		_, err = tx.Exec(`UPDATE credential SET once = 1 WHERE id = $1`, id)
	}
	return id, err
}

func insertCredential(tx *db.Tx, account postroom.AccountID, kind int, a AppPassword, s secret, now time.Time) (int64, error) {
	id, err := nextID(tx)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec(`INSERT INTO credential (id, account_id, kind, name, mask, may_send, abilities, hash, scram_salt, scram_iterations,
		scram_stored, scram_server, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		id, account, kind, a.Name, a.Mask, a.MaySend, a.Abilities, s.hash, s.salt, s.iterations, s.stored, s.server, now)
	return id, err
}

// AppPassword is a further password of an account, which can do less.
type AppPassword struct {
	Name string
	// Mask is what is left of the account's rights.
	Mask    postroom.Rights
	MaySend bool
	// Abilities are what is left of the account's as an administrator.
	Abilities postroom.Abilities
	Created   time.Time
}

// AddAppPassword makes an app password for an account and returns it: it is
// shown this once. Exists when the name is taken.
func (d *Directory) AddAppPassword(ctx context.Context, id postroom.AccountID, a AppPassword) (password string, err error) {
	if a.Name, err = cleanName("the name", a.Name); err != nil {
		return "", err
	}
	if a.Name == "" || a.Name == passwordName || a.Mask&^postroom.AllRights != 0 || a.Abilities&^postroom.AllAbilities != 0 {
		return "", postroom.Errorf(postroom.Invalid, "invalid app password")
	}
	password = rand.Text()
	s, err := derive(password)
	if err != nil {
		return "", err
	}
	// It is long and random: SCRAM, which has one secret a user, is left to
	// the account's own password.
	s = secret{hash: s.hash}
	err = d.change(ctx, func(tx *db.Tx, c *caller) error {
		owner, err := d.changeable(tx, c, id, postroom.ResetPasswords)
		if err != nil {
			return err
		}
		if c.account.ID != 0 && !c.is(id) && owner.Kind == postroom.Person && a.Mask.Any(gains) {
			// Their own password goes on working: nobody would notice.
			return postroom.Errorf(postroom.Denied,
				"permission denied: administrators make no app password that reads the mail of %s", owner.Address)
		}
		plan, err := planOfAccount(tx, id)
		if err != nil {
			return err
		}
		if !plan.Features.Has(postroom.UseAppPasswords) {
			return errPlan(owner.Address, "app passwords")
		}
		if err := d.noteAct(tx, c, postroom.SendTarget{Account: id}, ActAppPassword, a.Name); err != nil {
			return err
		}
		taken, err := exists(tx, `SELECT 1 FROM credential WHERE account_id = $1 AND name = $2`, id, a.Name)
		if err != nil || taken {
			return orError(err, postroom.Errorf(postroom.Exists, "app password already exists: %s", printable(a.Name)))
		}
		if _, err := insertCredential(tx, id, appPasswordKind, a, s, d.session.store.now()); err != nil {
			return err
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.apppassword.add", postroom.CollectionRef{Account: id}, map[string]string{"name": a.Name})
	})
	return password, err
}

// AppPasswords lists the app passwords of an account by age.
func (d *Directory) AppPasswords(ctx context.Context, id postroom.AccountID) (all []AppPassword, err error) {
	err = d.read(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		all = nil
		return tx.Each(`SELECT name, mask, may_send, abilities, created FROM credential WHERE account_id = $1 AND kind = $2 ORDER BY id`,
			[]any{id, appPasswordKind}, func(scan func(...any) error) error {
				var a AppPassword
				var created int64
				err := scan(&a.Name, &a.Mask, &a.MaySend, &a.Abilities, &created)
				a.Created = db.Time(created)
				all = append(all, a)
				return err
			})
	})
	return all, err
}

// RemoveAppPassword takes an app password back and ends the sessions opened
// with it.
func (d *Directory) RemoveAppPassword(ctx context.Context, id postroom.AccountID, name string) error {
	return d.change(ctx, func(tx *db.Tx, c *caller) error {
		if _, err := d.changeable(tx, c, id, postroom.ResetPasswords); err != nil {
			return err
		}
		n, err := tx.Exec(`DELETE FROM credential WHERE account_id = $1 AND kind = $2 AND name = $3`, id, appPasswordKind, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuch("app password", name)
		}
		if err := d.session.store.changed(tx, changedAccount, int64(id)); err != nil {
			return err
		}
		return d.session.record(tx, "account.apppassword.remove", postroom.CollectionRef{Account: id}, map[string]string{"name": name})
	})
}
