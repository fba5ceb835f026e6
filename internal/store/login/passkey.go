package login

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"postroom"
	"postroom/internal/store"
)

// ceremonyLife is for how long a challenge is waited for.
const ceremonyLife = 5 * time.Minute

// RelyingParty is what passkeys are bound to.
type RelyingParty struct {
	// ID is a domain: the host that browsers see, or a domain above it.
	ID string
	// Name is shown by some authenticators.
	Name string
	// Origin is that of our pages: https://mail.example.test.
	Origin string
}

// Passkeys lets people sign in with keys of WebAuthn (level 3). All of them are
// discoverable, and their user is verified: such a key alone is two factors.
// What a ceremony needs to remember is in a token that the browser brings back;
// it is sealed, ends after five minutes, and counts once.
type Passkeys struct {
	store *store.Store
	web   *webauthn.WebAuthn
}

// NewPasskeys is for pages of one origin.
func NewPasskeys(s *store.Store, rp RelyingParty) (*Passkeys, error) {
	web, err := webauthn.New(&webauthn.Config{RPID: rp.ID, RPDisplayName: rp.Name, RPOrigins: []string{rp.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, err
	}
	return &Passkeys{s, web}, nil
}

// RPID is the domain that passkeys are bound to.
func (p *Passkeys) RPID() string { return p.web.Config.RPID }

// Ceremony is what a browser is asked: Options go to navigator.credentials,
// State comes back with the answer.
type Ceremony struct {
	Options any    `json:"options"`
	State   string `json:"state"`
}

// KeyAnswer is what the browser brings back: Response is a PublicKeyCredential
// as JSON (WebAuthn §5.1).
type KeyAnswer struct {
	State    string          `json:"state"`
	Response json.RawMessage `json:"response"`
}

// From says where a request comes from, for limits and the audit log.
type From struct{ Protocol, Remote, Agent string }

// The purposes of ceremonies. All but the first are of one account.
const (
	signInCeremony  = "passkey sign-in"
	secondCeremony  = "passkey second "
	addCeremony     = "passkey add "
	confirmCeremony = "passkey confirm "
)

func of(purpose string, id postroom.AccountID) string {
	return purpose + strconv.FormatInt(int64(id), 10)
}

// person is an account as WebAuthn sees it. Its user handle is the UUID: it says
// nothing of the person and stays when the address changes.
type person struct {
	account postroom.Account
	keys    []webauthn.Credential
}

func (u person) WebAuthnID() []byte                         { return []byte(u.account.UUID) }
func (u person) WebAuthnName() string                       { return u.account.Address }
func (u person) WebAuthnDisplayName() string                { return u.account.Address }
func (u person) WebAuthnCredentials() []webauthn.Credential { return u.keys }

// descriptors name a person's keys to the browser.
func (u person) descriptors() (list []protocol.CredentialDescriptor) {
	for _, k := range u.keys {
		list = append(list, k.Descriptor())
	}
	return list
}

func toKey(c *webauthn.Credential) (k store.PasskeyKey, err error) {
	kept := *c
	kept.Attestation = webauthn.CredentialAttestation{} // nobody looks at it again
	k = store.PasskeyKey{ID: c.ID, SignCount: c.Authenticator.SignCount, Synced: c.Flags.BackupEligible}
	k.Record, err = json.Marshal(kept)
	return k, err
}

func fromKey(k store.PasskeyKey) (c webauthn.Credential, err error) {
	err = json.Unmarshal(k.Record, &c)
	c.Authenticator.SignCount = k.SignCount
	return c, err
}

func keyed(ctx context.Context, gate *store.SignIn, a postroom.Account) (u person, err error) {
	keys, err := gate.KeysOf(ctx, a.ID)
	if err != nil {
		return u, err
	}
	u.account = a
	for _, k := range keys {
		c, err := fromKey(k)
		if err != nil {
			return u, err
		}
		u.keys = append(u.keys, c)
	}
	return u, nil
}

// ask begins a ceremony in which a key signs. list names the keys that may; with
// none the browser finds one by itself.
func (p *Passkeys) ask(gate *store.SignIn, purpose string, list []protocol.CredentialDescriptor) (c Ceremony, err error) {
	options, session, err := p.web.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired),
		webauthn.WithAllowedCredentials(list))
	if err != nil {
		return c, err
	}
	c.Options = options.Response
	c.State, err = gate.Seal(purpose, ceremonyLife, session)
	return c, err
}

// check verifies what a key has signed, and uses the challenge up.
func (p *Passkeys) check(ctx context.Context, gate *store.SignIn, purpose string, a KeyAnswer) (v store.Verified, err error) {
	var session webauthn.SessionData
	challenge, err := gate.Unseal(purpose, a.State, &session)
	if err != nil {
		return v, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(a.Response)
	if err != nil {
		return v, gate.ErrPasskey(v)
	}
	v, key, err := gate.ByKey(ctx, parsed.RawID)
	if err != nil {
		return store.Verified{}, err
	}
	c, err := fromKey(key)
	if err != nil {
		return store.Verified{}, err
	}
	// The allowed keys were only for the browser: whose this one is, is looked at.
	session.AllowedCredentialIDs = nil
	u := person{v.Account(), []webauthn.Credential{c}}
	find := func(_, handle []byte) (webauthn.User, error) {
		if !bytes.Equal(handle, u.WebAuthnID()) {
			return nil, protocol.ErrBadRequest
		}
		return u, nil
	}
	if len(parsed.Response.UserHandle) == 0 { // left out by keys that were named (WebAuthn §7.2)
		parsed.Response.UserHandle = u.WebAuthnID()
		if purpose == signInCeremony {
			return store.Verified{}, gate.ErrPasskey(v)
		}
	}
	_, signed, err := p.web.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return store.Verified{}, gate.ErrPasskey(v)
	}
	if key, err = toKey(signed); err != nil {
		return store.Verified{}, err
	}
	key.SignCount = parsed.Response.AuthenticatorData.Counter
	if err := gate.TakeKey(ctx, v, key, challenge); err != nil {
		return store.Verified{}, err
	}
	return v, nil
}

// Begin asks for a passkey of whoever is there.
func (p *Passkeys) Begin(from From) (Ceremony, error) {
	return p.ask(open(p.store, from.Protocol, from.Remote), signInCeremony, nil)
}

// SignIn opens a web session for whoever has signed the challenge of Begin, and
// returns its secret. SignInFailed for anything wrong, SignInDisabled when the
// account may not sign in.
func (p *Passkeys) SignIn(ctx context.Context, a KeyAnswer, from From) (secret string, err error) {
	gate := open(p.store, from.Protocol, from.Remote)
	v, err := p.check(ctx, gate, signInCeremony, a)
	if err != nil {
		return "", err
	}
	secret, err = gate.OpenWeb(ctx, v, from.Agent)
	if err != nil {
		return "", err
	}
	gate.Succeeded(v.Account().Address, v)
	return secret, gate.Used(ctx, v, from.Agent)
}

// BeginAdd asks for a new passkey for the account of a session.
// ConfirmationNeeded until its owner has proved who they are.
func (p *Passkeys) BeginAdd(ctx context.Context, s *store.Session, from From) (c Ceremony, err error) {
	if err := s.Directory().Proven(ctx); err != nil {
		return c, err
	}
	gate := open(p.store, from.Protocol, from.Remote)
	a, err := s.Directory().AccountByID(ctx, s.Actor().Account)
	if err != nil {
		return c, err
	}
	u, err := keyed(ctx, gate, a)
	if err != nil {
		return c, err
	}
	options, session, err := p.web.BeginRegistration(u, webauthn.WithExclusions(u.descriptors()))
	if err != nil {
		return c, err
	}
	c.Options = options.Response
	c.State, err = gate.Seal(of(addCeremony, a.ID), ceremonyLife, session)
	return c, err
}

// Add adds the passkey that the challenge of BeginAdd has brought. Invalid for
// one that is not as it must be, else as store.Directory.AddPasskey.
func (p *Passkeys) Add(ctx context.Context, s *store.Session, name, code string, a KeyAnswer, from From) error {
	gate := open(p.store, from.Protocol, from.Remote)
	account, err := s.Directory().AccountByID(ctx, s.Actor().Account)
	if err != nil {
		return err
	}
	var session webauthn.SessionData
	challenge, err := gate.Unseal(of(addCeremony, account.ID), a.State, &session)
	if err != nil {
		return postroom.Restate(postroom.Invalid, err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(a.Response)
	if err != nil {
		return errNewKey(err)
	}
	made, err := p.web.CreateCredential(person{account: account}, session, parsed)
	if err != nil {
		return errNewKey(err)
	}
	key, err := toKey(made)
	if err != nil {
		return err
	}
	return s.Directory().AddPasskey(ctx, account.ID, name, code, gate.Checked(account.ID, key, challenge))
}

func errNewKey(cause error) error {
	return postroom.Errorf(postroom.Invalid, "this passkey cannot be used here").By(cause)
}

// BeginConfirm asks somebody in a session for a passkey of theirs.
func (p *Passkeys) BeginConfirm(ctx context.Context, s *store.Session, from From) (c Ceremony, err error) {
	gate := open(p.store, from.Protocol, from.Remote)
	u, err := keyed(ctx, gate, postroom.Account{ID: s.Actor().Account})
	if err != nil {
		return c, err
	}
	if len(u.keys) == 0 {
		return c, postroom.Errorf(postroom.NotFound, "this account has no passkey")
	}
	return p.ask(gate, of(confirmCeremony, u.account.ID), u.descriptors())
}

// Confirm returns what stands for one code of the second factor for five
// minutes.
func (p *Passkeys) Confirm(ctx context.Context, s *store.Session, a KeyAnswer, from From) (code string, err error) {
	gate := open(p.store, from.Protocol, from.Remote)
	v, err := p.check(ctx, gate, of(confirmCeremony, s.Actor().Account), a)
	if err != nil {
		return "", postroom.Restate(postroom.Invalid, err)
	}
	return gate.Confirmed(s, v)
}
