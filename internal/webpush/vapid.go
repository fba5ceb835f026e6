package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"time"

	"postroom"
)

// tokenLife is for how long a signature holds; RFC 8292 §2 allows 24 hours.
const tokenLife = 12 * time.Hour

// Signer tells push services who sends (RFC 8292).
type Signer struct {
	key *ecdsa.PrivateKey
	// contact is a URI by which the services reach who runs this server.
	contact string
}

// NewKey makes the private key of a signer.
func NewKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return key.Bytes()
}

// NewSigner makes a signer of a private key. contact is a mailto: or https: URI.
func NewSigner(key []byte, contact string) (*Signer, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key)
	if err != nil {
		return nil, postroom.Errorf(postroom.Invalid, "not a private key of P-256")
	}
	return &Signer{private, contact}, nil
}

// PublicKey is the point in base64url, as browsers take it for
// applicationServerKey (RFC 9749 §3).
func (s *Signer) PublicKey() string {
	point, err := s.key.PublicKey.Bytes()
	if err != nil {
		return "" // a key on the curve always has one
	}
	return base64.RawURLEncoding.EncodeToString(point)
}

// authorization is the header field for a request to a push service (RFC 8292 §3).
func (s *Signer) authorization(to *url.URL, now time.Time) (string, error) {
	claims, err := json.Marshal(struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub,omitempty"`
	}{to.Scheme + "://" + to.Host, now.Add(tokenLife).Unix(), s.contact})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))
	r, t, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	// RFC 7518 §3.4: both numbers, 32 bytes each.
	signature := append(r.FillBytes(make([]byte, 32)), t.FillBytes(make([]byte, 32))...)
	return "vapid t=" + signed + "." + encode(signature) + ", k=" + s.PublicKey(), nil
}
