package submission

import (
	"bytes"
	"context"
	"sync"

	"postroom/internal/mailauth"
	"postroom/internal/store"
)

// keyring keeps parsed keys: parsing one costs more than finding it.
type keyring struct {
	mu   sync.Mutex
	keys map[keyName]mailauth.Key
}

type keyName struct{ selector, pem string }

// maxKeys of a keyring; then it begins anew.
const maxKeys = 1000

func (k *keyring) parse(selector, pem string) (mailauth.Key, error) {
	name := keyName{selector, pem}
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[name]; ok {
		return key, nil
	}
	key, err := mailauth.ParseKey(selector, []byte(pem))
	if err != nil {
		return mailauth.Key{}, err
	}
	if k.keys == nil || len(k.keys) >= maxKeys {
		k.keys = map[keyName]mailauth.Key{}
	}
	k.keys[name] = key
	return key, nil
}

// sign makes the DKIM-Signature for the domain in From, so that DMARC aligns. A
// domain without a key is not signed for; a key that does not work is logged and does
// not hold the mail up.
func (a *Agent) sign(ctx context.Context, raw []byte, from *store.Identity) ([]byte, error) {
	domain, err := from.DKIM(ctx)
	if err != nil {
		return nil, err
	}
	if domain.DKIMKey == "" {
		return nil, nil
	}
	key, err := a.keys.parse(domain.DKIMSelector, domain.DKIMKey)
	if err == nil {
		var signature string
		if signature, err = mailauth.Sign(bytes.NewReader(raw), domain.Name, key); err == nil {
			return []byte(signature), nil
		}
	}
	a.opts.Logger.Error("submission: message not signed", "domain", domain.Name, "error", err)
	return nil, nil
}
