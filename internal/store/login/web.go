package login

import (
	"context"

	"postroom"
	"postroom/internal/store"
)

// ErrSecondFactor is the error of BeginWeb when the password was right and a
// code of the second factor is still needed.
var ErrSecondFactor error = postroom.Errorf(postroom.SignInFailed, "enter the code of your authenticator app")

// Bearer is an access token that a client presented (RFC 6750, RFC 7628).
type Bearer struct {
	Token string
	// User is whose account the client wants to open: an address of the
	// token's own account, one of another account as a delegate, or "".
	User string
	// Protocol and Remote go into the audit log; Agent is what the client
	// calls itself.
	Protocol, Remote, Agent string
}

// AuthenticateBearer is Authenticate with an access token.
func AuthenticateBearer(ctx context.Context, s *store.Store, b Bearer) (*store.Session, error) {
	gate := open(s, b.Protocol, b.Remote)
	v, target, err := bearer(ctx, gate, b)
	if err != nil {
		return nil, err
	}
	session, err := gate.Open(ctx, v, target)
	if err != nil {
		return nil, err
	}
	return session, gate.Used(ctx, v, b.Agent)
}

// bearer checks a token, and in whose account it is used.
func bearer(ctx context.Context, gate *store.SignIn, b Bearer) (v store.Verified, target string, err error) {
	if v, err = gate.Token(ctx, b.Token); err != nil {
		return v, "", err
	}
	user, target := split(b.User)
	if target == "" {
		return v, user, nil
	}
	// Both are named: the token must be the actor's.
	is, err := gate.Is(ctx, v, user)
	if err == nil && !is {
		err = failed()
	}
	return v, target, err
}

// Second is what completes a sign-in where the password is not enough: a code,
// or a passkey.
type Second struct {
	Code string
	Key  *KeyAnswer
}

// StepNeeded is the error of a sign-in in which the first factor was right and a
// second is needed; it is ErrSecondFactor.
type StepNeeded struct {
	// Key asks for a passkey; nil when the account has none.
	Key *Ceremony
	// App says whether the account has an authenticator app.
	App bool
}

// Error says what is needed.
func (*StepNeeded) Error() string { return ErrSecondFactor.Error() }

// Is makes it ErrSecondFactor.
func (*StepNeeded) Is(target error) bool { return target == ErrSecondFactor }

// BeginWeb opens a web session and returns its secret. ErrSecondFactor asks for
// a code; a wrong one is answered like a wrong password. In a web session nobody
// is a delegate: it has all accounts at once.
func BeginWeb(ctx context.Context, s *store.Store, c Credentials, code, agent string) (secret string, err error) {
	return beginWeb(ctx, open(s, c.Protocol, c.Remote), nil, c, Second{Code: code}, agent)
}

// Password is BeginWeb, in which a passkey may be the second factor. p may be
// nil: then only a code is. StepNeeded tells what is missing.
func (p *Passkeys) Password(ctx context.Context, s *store.Store, c Credentials, second Second, agent string) (secret string, err error) {
	return beginWeb(ctx, open(s, c.Protocol, c.Remote), p, c, second, agent)
}

func beginWeb(ctx context.Context, gate *store.SignIn, p *Passkeys, c Credentials, second Second, agent string) (string, error) {
	user, target, ok := names(c.Username, c.Authzid)
	v, err := gate.Password(ctx, user, c.Password)
	if err != nil {
		return "", err
	}
	if !ok || target != "" {
		return "", failed()
	}
	if v, err = p.complete(ctx, gate, v, second); err != nil {
		return "", err
	}
	return gate.OpenWeb(ctx, v, agent)
}

// complete takes the second factor of a sign-in that needs one.
func (p *Passkeys) complete(ctx context.Context, gate *store.SignIn, v store.Verified, second Second) (store.Verified, error) {
	switch {
	case !v.Half():
		return v, nil
	case second.Key != nil && p != nil:
		key, err := p.check(ctx, gate, of(secondCeremony, v.Account().ID), *second.Key)
		if err != nil {
			return v, err
		}
		return gate.SecondKey(v, key)
	case second.Code != "":
		return gate.SecondFactor(ctx, v, second.Code)
	}
	need := &StepNeeded{}
	var err error
	if need.App, err = gate.HasApp(ctx, v); err != nil || p == nil {
		return v, orElse(err, need)
	}
	u, err := keyed(ctx, gate, v.Account())
	if err != nil || len(u.keys) == 0 {
		return v, orElse(err, need)
	}
	c, err := p.ask(gate, of(secondCeremony, v.Account().ID), u.descriptors())
	need.Key = &c
	return v, orElse(err, need)
}

func orElse(err error, need *StepNeeded) error {
	if err != nil {
		return err
	}
	return need
}

// EndWeb ends the web session with a secret, if there is one.
func EndWeb(ctx context.Context, s *store.Store, secret, protocol, remote string) error {
	return open(s, protocol, remote).EndWeb(ctx, secret)
}

// Bearer is AuthenticateBearer, with shared sessions.
func (k *Remembered) Bearer(ctx context.Context, b Bearer) (*store.Session, error) {
	gate := open(k.store, b.Protocol, b.Remote)
	v, target, err := bearer(ctx, gate, b)
	if err != nil {
		return nil, err
	}
	session, err := k.open(ctx, gate, v, visit{v.Credential(), target, b.Protocol, b.Remote})
	if err != nil {
		return nil, err
	}
	return session, gate.Used(ctx, v, b.Agent)
}

// Web returns the session of a browser by its secret. SignInFailed when there
// is none or it has ended.
func (k *Remembered) Web(ctx context.Context, secret, protocol, remote, agent string) (*store.Session, error) {
	gate := open(k.store, protocol, remote)
	v, err := gate.Web(ctx, secret)
	if err != nil {
		return nil, err
	}
	session, err := k.open(ctx, gate, v, visit{v.Credential(), "", protocol, remote})
	if err != nil {
		return nil, err
	}
	return session, gate.Used(ctx, v, agent)
}
