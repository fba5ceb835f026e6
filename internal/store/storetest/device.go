package storetest

import (
	"encoding/json"

	"github.com/descope/virtualwebauthn"
)

// Device is an authenticator that holds passkeys of one site, and answers as a
// browser would.
type Device struct {
	Site          virtualwebauthn.RelyingParty
	Authenticator virtualwebauthn.Authenticator
}

// NewDevice is one for pages of https://host, with passkeys for the host.
func NewDevice(host string) *Device {
	return &Device{Site: virtualwebauthn.RelyingParty{ID: host, Name: host, Origin: "https://" + host},
		Authenticator: virtualwebauthn.NewAuthenticator()}
}

// fullKey is the length of a public key of P-256 as COSE has it. The library
// leaves leading zeros of its numbers out.
const fullKey = 77

// NewKey is a new key.
func (d *Device) NewKey() virtualwebauthn.Credential {
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(c.Key.AttestationData()) == fullKey {
			return c
		}
	}
}

// Made is the answer to navigator.credentials.create, with a new key.
func (d *Device) Made(options any, key virtualwebauthn.Credential) (json.RawMessage, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	o, err := virtualwebauthn.ParseAttestationOptions(string(text))
	if err != nil {
		return nil, err
	}
	return json.RawMessage(virtualwebauthn.CreateAttestationResponse(d.Site, d.Authenticator, key, *o)), nil
}

// Signed is the answer to navigator.credentials.get by a key of the person with
// a handle.
func (d *Device) Signed(options any, key virtualwebauthn.Credential, handle string) (json.RawMessage, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, err
	}
	o, err := virtualwebauthn.ParseAssertionOptions(string(text))
	if err != nil {
		return nil, err
	}
	a := d.Authenticator
	a.Options.UserHandle = []byte(handle)
	return json.RawMessage(virtualwebauthn.CreateAssertionResponse(d.Site, a, key, *o)), nil
}
