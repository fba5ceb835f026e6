package mailauth

import (
	"bytes"
	"sync"
)

// Keyring signs with keys as they are stored, and keeps them parsed: parsing one
// costs more than finding it. The zero value is ready; it is safe for concurrent
// use.
type Keyring struct {
	mu   sync.Mutex
	keys map[keyName]Key
}

type keyName struct{ selector, pem string }

// maxKeys of a Keyring; then it begins anew.
const maxKeys = 1000

// Sign is [Sign] of a whole message with a key as [ParseKey] takes it.
func (k *Keyring) Sign(raw []byte, domain, selector, pem string) (string, error) {
	key, err := k.parse(selector, pem)
	if err != nil {
		return "", err
	}
	return Sign(bytes.NewReader(raw), domain, key)
}

func (k *Keyring) parse(selector, pem string) (Key, error) {
	name := keyName{selector, pem}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[name]; ok {
		return key, nil
	}
	key, err := ParseKey(selector, []byte(pem))
	if err != nil {
		return Key{}, err
	}
	if k.keys == nil || len(k.keys) >= maxKeys {
		k.keys = map[keyName]Key{}
	}
	k.keys[name] = key
	return key, nil
}
