package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/seal"
)

// Sealed is a token that was opened: it counts once.
type Sealed struct {
	hash  string
	until time.Time
}

// sealedText is what a token says.
type sealedText struct {
	Until time.Time       `json:"until"`
	Text  json.RawMessage `json:"text"`
}

// Seal makes a token that only Open on this server opens, for the same purpose
// and for a while. Nothing is stored.
func (g *SignIn) Seal(purpose string, life time.Duration, v any) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if raw, err = json.Marshal(sealedText{g.store.now().Add(life), raw}); err != nil {
		return "", err
	}
	return g.store.box.Seal(purpose, raw)
}

// Unseal opens a token into v. SignInFailed for one that is none, not for that
// purpose, or over. That it counts once is seen to by who uses it.
func (g *SignIn) Unseal(purpose, token string, v any) (Sealed, error) {
	return g.store.unseal(purpose, token, v)
}

func (s *Store) unseal(purpose, token string, v any) (Sealed, error) {
	raw, err := s.box.Open(purpose, token)
	var t sealedText
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err == nil {
		err = json.Unmarshal(t.Text, v)
	}
	if err != nil || !s.now().Before(t.Until) {
		return Sealed{}, postroom.Errorf(postroom.SignInFailed, "that took too long, or was used already: try again")
	}
	return Sealed{secretHash(token), t.Until}, nil
}

// spend notes in the transaction of its use that a token was used. false for
// one that was used before.
func (s *Store) spend(tx *db.Tx, t Sealed) (bool, error) {
	if t.hash == "" {
		return false, nil
	}
	n, err := tx.Exec(`INSERT INTO spent (hash, until_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, t.hash, t.until)
	return n == 1, err
}

// Spend uses a token up. SignInFailed for one that was used before.
func (g *SignIn) Spend(ctx context.Context, t Sealed) error {
	return g.store.db.Write(ctx, func(tx *db.Tx) error {
		ok, err := g.store.spend(tx, t)
		if err == nil && !ok {
			err = errUsed()
		}
		return err
	})
}

func errUsed() error {
	return postroom.Errorf(postroom.SignInFailed, "that was used already: try again")
}

// forgetSpent removes the marks of tokens that have ended.
func (s *Store) forgetSpent(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM spent WHERE until_at <= $1`, s.now())
		return err
	})
}

// The purposes of what the store itself seals.
const (
	confirmPurpose = "confirmation"
	factorTexts    = "second factor "
	// confirmationLife is for how long a passkey stands for a code.
	confirmationLife = 5 * time.Minute
)

// factorPurpose binds the key of an authenticator app to its account.
func factorPurpose(id postroom.AccountID) string {
	return factorTexts + strconv.FormatInt(int64(id), 10)
}

// factorKey opens the key of an authenticator app.
func (s *Store) factorKey(id postroom.AccountID, sealed string) (string, error) {
	text, err := s.box.Open(factorPurpose(id), sealed)
	if err != nil {
		return "", postroom.Errorf(postroom.Unavailable,
			"codes of the app cannot be checked, the key of this server has changed: use a recovery code, or ask your administrator").By(err)
	}
	return string(text), nil
}

// sealFactors seals the keys of authenticator apps that are in the clear, or
// sealed by a key that seals no more. Those that no key opens stay.
func (s *Store) sealFactors(ctx context.Context) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		old := make(map[postroom.AccountID]string)
		err := tx.Each(`SELECT account_id, secret FROM second_factor WHERE secret <> ''`, nil, func(scan func(...any) error) error {
			var id postroom.AccountID
			var text string
			err := scan(&id, &text)
			if !s.box.Current(text) {
				old[id] = text
			}
			return err
		})
		if err != nil {
			return err
		}
		lost := 0
		for id, text := range old {
			plain := []byte(text)
			if seal.Sealed(text) {
				if plain, err = s.box.Open(factorPurpose(id), text); err != nil {
					lost++
					continue
				}
			}
			sealed, err := s.box.Seal(factorPurpose(id), plain)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE second_factor SET secret = $1 WHERE account_id = $2 AND secret = $3`, sealed, id, text); err != nil {
				return err
			}
		}
		if lost > 0 {
			s.opts.Logger.Error("the key file does not open what it sealed: put the old key into it, or turn these second factors off",
				"file", s.opts.KeyFile, "second_factors", lost)
		}
		return nil
	})
}

// confirmation is that somebody has just confirmed with a passkey.
type confirmation struct {
	Account postroom.AccountID `json:"account"`
	Nonce   string             `json:"nonce"`
}

// takeConfirmation takes, once, what stands for a code because a passkey has
// confirmed.
func (s *Store) takeConfirmation(tx *db.Tx, id postroom.AccountID, code string) (bool, error) {
	code = strings.TrimSpace(code)
	if !seal.Sealed(code) {
		return false, nil
	}
	var c confirmation
	t, err := s.unseal(confirmPurpose, code, &c)
	if err != nil || c.Account != id {
		return false, nil
	}
	return s.spend(tx, t)
}
