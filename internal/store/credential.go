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

const (
	argonLanes  = 1
	saltBytes   = 16
	keyBytes    = 32
	maxPassword = 1024 // bytes
)

// PasswordCost is what it costs to compute what is stored of a password. The
// zero value is what a server should use; tests that hash at each step use less.
type PasswordCost struct {
	// Memory of argon2id in KiB, and how often it is passed over: 19 MiB and two
	// as OWASP recommends.
	Memory, Passes uint32
	// Iterations of PBKDF2, for SCRAM: 10,000; RFC 7677 §4 wants 4096 at least.
	Iterations int
}

func (c PasswordCost) orDefault() PasswordCost {
	if c == (PasswordCost{}) {
		return PasswordCost{Memory: 19 << 10, Passes: 2, Iterations: 10_000}
	}
	return c
}

// The kinds of credentials.
const (
	passwordKind = 1 + iota
	appPasswordKind
	tokenKind
	webSessionKind
	passkeyKind
	providerKind
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
func (c PasswordCost) derive(password string) (s secret, err error) {
	if password == "" {
		return s, nil
	}
	if len(password) > maxPassword || strings.ContainsRune(password, 0) {
		return s, postroom.Errorf(postroom.Invalid, "the password is too long or has a character that is not allowed")
	}
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	b64 := base64.RawStdEncoding
	s.hash = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(c.argon(password, salt)))
	// SASLprep refuses some passwords; those sign in by PLAIN alone.
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		return s, nil
	}
	rand.Read(salt)
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt), Iters: c.Iterations})
	if err != nil {
		return s, nil
	}
	s.salt, s.iterations = base64.StdEncoding.EncodeToString(salt), c.Iterations
	s.stored = base64.StdEncoding.EncodeToString(stored.StoredKey)
	s.server = base64.StdEncoding.EncodeToString(stored.ServerKey)
	return s, nil
}

func (c PasswordCost) argon(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Passes, c.Memory, argonLanes, keyBytes)
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
	cost  PasswordCost
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

func newProofs(cost PasswordCost) *proofs {
	p := &proofs{cost: cost, slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0))), known: make(map[[32]byte]time.Time)}
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
			s, _ := p.cost.derive("decoy")
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
		scram_stored, scram_server, created, until_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		id, account, kind, a.Name, a.Mask, a.MaySend, a.Abilities, s.hash, s.salt, s.iterations, s.stored, s.server, now, a.Until)
	return id, err
}
