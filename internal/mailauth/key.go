package mailauth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
)

// Algorithm of a signing key.
type Algorithm string

const (
	// RSA signs with 2048 bits: what every verifier knows.
	RSA Algorithm = "rsa"
	// Ed25519 (RFC 8463) is short and fast; not every verifier knows it, so it goes
	// beside RSA.
	Ed25519 Algorithm = "ed25519"
)

// Key is a DKIM key with the selector it is published under.
type Key struct {
	Selector string
	Private  crypto.Signer // *rsa.PrivateKey or ed25519.PrivateKey
}

// GenerateKey makes a key.
func GenerateKey(selector string, algorithm Algorithm) (Key, error) {
	switch algorithm {
	case RSA:
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		return Key{selector, k}, err
	case Ed25519:
		_, k, err := ed25519.GenerateKey(rand.Reader)
		return Key{selector, k}, err
	}
	return Key{}, fmt.Errorf("unknown key algorithm %q", algorithm)
}

// ParseKey reads a private key in PEM: PKCS #8, or PKCS #1 for RSA.
func ParseKey(selector string, text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("DKIM key: no PEM block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		rsaKey, rsaErr := x509.ParsePKCS1PrivateKey(block.Bytes)
		if rsaErr != nil {
			return Key{}, fmt.Errorf("DKIM key: %w", err)
		}
		parsed = rsaKey
	}
	switch k := parsed.(type) {
	case *rsa.PrivateKey:
		if k.N.BitLen() < 1024 {
			return Key{}, errors.New("DKIM key: RSA with less than 1024 bits") // RFC 8301 §3.2
		}
		return Key{selector, k}, nil
	case ed25519.PrivateKey:
		return Key{selector, k}, nil
	}
	return Key{}, fmt.Errorf("DKIM key: %T is neither RSA nor Ed25519", parsed)
}

// MarshalPEM writes the private key as PKCS #8 in PEM.
func (k Key) MarshalPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// Algorithm tells the kind of key, "" for one that cannot sign DKIM.
func (k Key) Algorithm() Algorithm {
	switch k.Private.(type) {
	case *rsa.PrivateKey:
		return RSA
	case ed25519.PrivateKey:
		return Ed25519
	}
	return ""
}

// Record is the text of the TXT record that publishes the key (RFC 6376 §3.6.1).
func (k Key) Record() (string, error) {
	var public []byte
	switch p := k.Private.Public().(type) {
	case *rsa.PublicKey:
		der, err := x509.MarshalPKIXPublicKey(p)
		if err != nil {
			return "", err
		}
		public = der
	case ed25519.PublicKey:
		public = p // RFC 8463 §4: the bare 32 octets
	default:
		return "", fmt.Errorf("DKIM key: %T is neither RSA nor Ed25519", p)
	}
	return "v=DKIM1; k=" + string(k.Algorithm()) + "; p=" + base64.StdEncoding.EncodeToString(public), nil
}
