// Package webpush sends messages to push services (RFC 8030): encrypted for the
// one who reads them (RFC 8291), and signed by the one who sends them (RFC 8292).
// The services are whatever people name, so that nothing is sent to addresses
// inside of a network.
package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"postroom"
)

const (
	// recordSize is that of the one record of a message, and the most that push
	// services take (RFC 8291 §4).
	recordSize = 4096
	saltSize   = 16
	// keySize is that of an uncompressed point of P-256.
	keySize  = 65
	authSize = 16
	// headerSize is that of the header of RFC 8188 §2.1 with a key in it.
	headerSize = saltSize + 4 + 1 + keySize
)

// MaxText is the most bytes that fit into one message: beside them are a header,
// a delimiter and a tag.
const MaxText = recordSize - headerSize - 1 - 16

// Keys are those of who reads messages (RFC 8291 §2).
type Keys struct {
	public *ecdh.PublicKey
	auth   []byte
}

// ParseKeys reads the public key and the authentication secret, in base64url with
// or without padding. Invalid.
func ParseKeys(p256dh, auth string) (*Keys, error) {
	point, err1 := decode(p256dh)
	secret, err2 := decode(auth)
	if err1 != nil || err2 != nil || len(secret) != authSize {
		return nil, postroom.Errorf(postroom.Invalid, "the keys are a point of P-256 and 16 bytes, in base64url")
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, postroom.Errorf(postroom.Invalid, "the key is no point of P-256")
	}
	return &Keys{public, secret}, nil
}

func decode(text string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// Encrypt makes the body of a push message. TooLarge for more than MaxText.
func (k *Keys) Encrypt(text []byte) ([]byte, error) {
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return k.encrypt(text, own, salt)
}

func (k *Keys) encrypt(text []byte, own *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(text) > MaxText {
		return nil, postroom.Errorf(postroom.TooLarge, "a push message has at most %d bytes", MaxText)
	}
	key, nonce, err := k.derive(own, salt)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, headerSize+len(text)+1+sealer.Overhead())
	out = append(out, salt...)
	out = binary.BigEndian.AppendUint32(out, recordSize)
	out = append(out, keySize)
	out = append(out, own.PublicKey().Bytes()...)
	last := append(append(make([]byte, 0, len(text)+1), text...), 2) // RFC 8188 §2: the delimiter of the last record
	return sealer.Seal(out, nonce, last, nil), nil
}

// derive makes key and nonce of RFC 8188 from the secret that both sides share
// (RFC 8291 §3.4).
func (k *Keys) derive(own *ecdh.PrivateKey, salt []byte) (key, nonce []byte, err error) {
	shared, err := own.ECDH(k.public)
	if err != nil {
		return nil, nil, err
	}
	return derive(shared, k.auth, k.public, own.PublicKey(), salt)
}

func derive(shared, auth []byte, reader, sender *ecdh.PublicKey, salt []byte) (key, nonce []byte, err error) {
	info := "WebPush: info\x00" + string(reader.Bytes()) + string(sender.Bytes())
	secret, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, nil, err
	}
	if key, err = hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16); err != nil {
		return nil, nil, err
	}
	nonce, err = hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	return key, nonce, err
}
