package login

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"postroom"
	"postroom/internal/store"
)

// OAuth is one sign-in with an access token by SASL. It is a sasl.Server of
// emersion/go-sasl, whose own does not survive an empty answer to an error and
// does not decode names.
type OAuth struct {
	ctx     context.Context
	store   *store.Store
	bearer  Bearer
	parse   func(string) (user, token string, ok bool)
	told    func(*store.Session, error)
	session *store.Session
	failure error // told, and waiting for the client to say that it has heard
}

// OAuthOptions say how the exchange is spoken.
type OAuthOptions struct {
	// Mechanism is OAUTHBEARER (RFC 7628) or XOAUTH2, an older form without an
	// RFC that many clients speak: "user=" name ^A "auth=Bearer " token ^A ^A.
	Mechanism string
	// Protocol and Remote go into the audit log.
	Protocol, Remote string
	// Told is called with what the exchange comes to; it may be nil.
	Told func(*store.Session, error)
}

// NewOAuth begins an exchange. ctx must live as long as it does.
func NewOAuth(ctx context.Context, s *store.Store, opts OAuthOptions) *OAuth {
	o := &OAuth{ctx: ctx, store: s, bearer: Bearer{Protocol: opts.Protocol, Remote: opts.Remote}, told: opts.Told, parse: parseOAuthBearer}
	if opts.Mechanism == "XOAUTH2" {
		o.parse = parseXOAuth2
	}
	if o.told == nil {
		o.told = func(*store.Session, error) {}
	}
	return o
}

// Session is the session of who signed in, nil before Next said done.
func (o *OAuth) Session() *store.Session { return o.session }

// Next takes a message of the client, nil when it sent no initial response. An
// error is told in a challenge of JSON (RFC 7628 §3.2.2); what the client then
// says ends the exchange, and the error is returned.
func (o *OAuth) Next(response []byte) (challenge []byte, done bool, err error) {
	challenge, done, err = o.step(response)
	if done || err != nil {
		o.told(o.session, err)
	}
	return challenge, done, err
}

func (o *OAuth) step(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case o.failure != nil:
		return nil, false, o.failure
	case o.session != nil:
		return nil, false, errors.New("unexpected client response")
	case response == nil:
		return []byte{}, false, nil
	}
	user, token, ok := o.parse(string(response))
	if !ok || len(response) > maxStep {
		return o.refuse("invalid_request", failed())
	}
	o.bearer.User, o.bearer.Token = user, token
	o.session, err = AuthenticateBearer(o.ctx, o.store, o.bearer)
	switch postroom.KindOf(err) {
	case postroom.SignInFailed, postroom.SignInDisabled:
		o.session = nil
		return o.refuse("invalid_token", err)
	}
	return nil, err == nil, err
}

func (o *OAuth) refuse(status string, err error) ([]byte, bool, error) {
	o.failure = err
	text, err := json.Marshal(map[string]string{"status": status, "schemes": "bearer"})
	return text, false, err
}

// kvsep separates the pairs of both forms (RFC 7628 §3.1).
const kvsep = "\x01"

// parseOAuthBearer reads gs2-header kvsep *kvpair kvsep.
func parseOAuthBearer(text string) (user, token string, ok bool) {
	header, pairs, ok := strings.Cut(text, kvsep)
	part := strings.Split(header, ",")
	if !ok || len(part) != 3 || part[0] != "n" && part[0] != "y" || part[2] != "" {
		return "", "", false
	}
	if part[1] != "" {
		name, given := strings.CutPrefix(part[1], "a=")
		if user, ok = saslName(name); !ok || !given || user == "" {
			return "", "", false
		}
	}
	token, ok = authPair(pairs)
	return user, token, ok
}

// saslName decodes =2C and =3D (RFC 5801 §4).
func saslName(name string) (string, bool) {
	plain := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
	return plain, strings.Count(name, "=") == strings.Count(name, "=2C")+strings.Count(name, "=3D")
}

func parseXOAuth2(text string) (user, token string, ok bool) {
	first, pairs, ok := strings.Cut(text, kvsep)
	user, named := strings.CutPrefix(first, "user=")
	if !ok || !named || user == "" {
		return "", "", false
	}
	token, ok = authPair(pairs)
	return user, token, ok
}

// authPair finds the token among pairs that end with an empty one. What else
// there is (host, port) is for others.
func authPair(pairs string) (token string, ok bool) {
	list, ended := strings.CutSuffix(pairs, kvsep+kvsep)
	if !ended {
		return "", false
	}
	for pair := range strings.SplitSeq(list, kvsep) {
		key, value, is := strings.Cut(pair, "=")
		if !is {
			return "", false
		}
		if !strings.EqualFold(key, "auth") {
			continue
		}
		scheme, rest, _ := strings.Cut(value, " ")
		if ok || !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		token, ok = strings.TrimSpace(rest), true
	}
	return token, ok && token != ""
}
