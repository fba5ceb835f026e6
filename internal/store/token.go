package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"postroom"
)

// Token is an access token: a program presents it instead of a name and a
// password (RFC 6750, RFC 7628). What it can do is limited as for an app
// password.
type Token AppPassword

// tokenPrefix begins every access token, so that people and programs that look
// for secrets left lying about recognize one.
const tokenPrefix = "postroom_"

// newSecret makes 256 random bits, and what is stored of them. They need no
// salt, and looking the hash up tells nothing by its time.
func newSecret(prefix string) (text string, hash string) {
	raw := make([]byte, 32)
	rand.Read(raw)
	text = prefix + base64.RawURLEncoding.EncodeToString(raw)
	return text, secretHash(text)
}

func secretHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// AddToken makes an access token for an account and returns it: it is shown
// this once. Exists when the name is taken.
func (d *Directory) AddToken(ctx context.Context, id postroom.AccountID, t Token) (token string, err error) {
	token, hash := newSecret(tokenPrefix)
	return token, d.addSecret(ctx, id, tokenKind, AppPassword(t), secret{hash: hash})
}

// Tokens lists the access tokens of an account by age.
func (d *Directory) Tokens(ctx context.Context, id postroom.AccountID) (all []Token, err error) {
	list, err := d.secrets(ctx, id, tokenKind)
	for _, t := range list {
		all = append(all, Token(t))
	}
	return all, err
}

// RemoveToken takes an access token back and ends the sessions opened with it.
func (d *Directory) RemoveToken(ctx context.Context, id postroom.AccountID, name string) error {
	return d.removeSecret(ctx, id, tokenKind, name)
}
