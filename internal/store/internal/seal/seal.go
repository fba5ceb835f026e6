// Package seal keeps short secrets from whoever has the database but not the key
// file, and makes tokens that only this server's nodes can have made.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	keyBytes = 32
	// prefix begins every sealed text.
	prefix = "sealed1."
	// maxKeys bounds a key file: one to seal, some to open what is older.
	maxKeys = 16
)

// ErrOpen is the error for a text that none of the keys has sealed for that
// purpose.
var ErrOpen = errors.New("seal: not sealed by a key of this server")

// Box seals and opens. It is safe for concurrent use.
type Box struct {
	keys []key // the first seals
}

type key struct {
	id     string
	secret []byte
}

// Load reads a key file, or makes it with a fresh key when there is none; made
// tells which. Each line is a key of 32 bytes in base64: the first one seals,
// all of them open, so a new first line is a new key. Empty lines and those
// that begin with # are passed by.
func Load(path string) (b *Box, made bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err != nil {
			return nil, false, err
		}
		made = true
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, false, err
	}
	b = &Box{}
	for n, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		secret, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(secret) != keyBytes {
			return nil, false, fmt.Errorf("%s: line %d is not a key of %d bytes in base64", path, n+1, keyBytes)
		}
		sum := sha256.Sum256(append([]byte("postroom key id"), secret...))
		b.keys = append(b.keys, key{hex.EncodeToString(sum[:4]), secret})
	}
	if len(b.keys) == 0 || len(b.keys) > maxKeys {
		return nil, false, fmt.Errorf("%s: has %d keys, must have 1 to %d", path, len(b.keys), maxKeys)
	}
	return b, made, nil
}

// create makes a key file in one step: another node may do the same, and then
// the first one counts.
func create(path string) error {
	secret := make([]byte, keyBytes)
	rand.Read(secret)
	text := "# The key that seals secrets in the database. Whoever loses it turns second factors off and on again.\n" +
		base64.StdEncoding.EncodeToString(secret) + "\n"
	f, err := os.CreateTemp(filepath.Dir(path), ".key-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the name of a new file durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// aead of a key for a purpose: what is sealed for one opens for no other.
func (k key) aead(purpose string) (cipher.AEAD, error) {
	sub, err := hkdf.Key(sha256.New, k.secret, nil, "postroom "+purpose, keyBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(sub)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal seals a text (AES-256-GCM).
func (b *Box) Seal(purpose string, text []byte) (string, error) {
	a, err := b.keys[0].aead(purpose)
	if err != nil {
		return "", err
	}
	return prefix + b.keys[0].id + "." + base64.RawURLEncoding.EncodeToString(a.Seal(nil, nil, text, []byte(purpose))), nil
}

// Open opens what Seal has sealed for a purpose. ErrOpen for anything else.
func (b *Box) Open(purpose, sealed string) ([]byte, error) {
	rest, ok := strings.CutPrefix(sealed, prefix)
	id, body, dotted := strings.Cut(rest, ".")
	if !ok || !dotted {
		return nil, ErrOpen
	}
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return nil, ErrOpen
	}
	for _, k := range b.keys {
		if k.id != id {
			continue
		}
		a, err := k.aead(purpose)
		if err != nil {
			return nil, err
		}
		if text, err := a.Open(nil, nil, raw, []byte(purpose)); err == nil {
			return text, nil
		}
	}
	return nil, ErrOpen
}

// Current reports whether a text is sealed by the key that seals now.
func (b *Box) Current(text string) bool { return strings.HasPrefix(text, prefix+b.keys[0].id+".") }

// Sealed reports whether a text is sealed, by whatever key.
func Sealed(text string) bool { return strings.HasPrefix(text, prefix) }
