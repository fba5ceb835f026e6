package adminserver

import (
	"context"
	"net/url"
	"strings"

	"github.com/boombuler/barcode/qr"

	"postroom"
	"postroom/internal/adminwire"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// allRights is the word for a credential that takes no rights on folders away.
const allRights = "all"

func credential(a store.AppPassword) adminwire.Credential {
	w := adminwire.Credential{Name: a.Name, Rights: rights.Zimbra(a.Mask), Send: a.MaySend, Abilities: append([]string{}, a.Abilities.Names()...),
		Created: a.Created, Until: until(a.Until)}
	if a.Mask.Has(postroom.AllRights) {
		w.Rights = allRights
	}
	if !a.Used.At.IsZero() {
		use := lastUse(a.Used)
		w.Used = &use
	}
	return w
}

func lastUse(u store.Use) adminwire.Use {
	return adminwire.Use{At: u.At, Remote: u.Remote, Agent: u.Agent}
}

func token(t store.Token) adminwire.Credential { return credential(store.AppPassword(t)) }

// newCredential reads what a credential is to be.
func newCredential(n adminwire.NewCredential) (a store.AppPassword, err error) {
	a = store.AppPassword{Name: n.Name, Mask: postroom.AllRights, MaySend: n.Send == nil || *n.Send}
	if n.Rights != "" && !strings.EqualFold(n.Rights, allRights) {
		if a.Mask, err = rights.Parse(n.Rights); err != nil {
			return a, err
		}
	}
	if n.Until != nil {
		a.Until = *n.Until
	}
	if len(n.Abilities) > 0 {
		a.Abilities, err = abilities(n.Abilities)
	}
	return a, err
}

// made is the credential just made, with its secret. If it
// was taken back meanwhile, the secret opens nothing.
func made(list []adminwire.Credential, name, secret string) adminwire.Credential {
	c := adminwire.Credential{Name: name}
	for _, each := range list {
		if each.Name == strings.TrimSpace(name) {
			c = each
		}
	}
	c.Secret = secret
	return c
}

type makeCredential struct {
	Name string `path:"name"`
	Body adminwire.NewCredential
}

type credentialNamed struct {
	Name       string `path:"name"`
	Credential string `path:"credential"`
}

// ofAccount turns a function on an account's number into an endpoint's.
func ofAccount[I, O any](name func(*I) string, do func(context.Context, request[I], postroom.Account) (O, error)) func(context.Context, request[I]) (O, error) {
	return func(ctx context.Context, r request[I]) (out O, err error) {
		a, err := r.dir.Account(ctx, name(r.in))
		if err != nil {
			return out, err
		}
		return do(ctx, r, a)
	}
}

func nameOf(in *named) string                     { return in.Name }
func nameOfMade(in *makeCredential) string        { return in.Name }
func nameOfCredential(in *credentialNamed) string { return in.Name }

func (s *Server) credentials() {
	endpoint(s, "GET", "/accounts/{name}/app-passwords", "List the app passwords of an account",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) ([]adminwire.Credential, error) {
			list, err := r.dir.AppPasswords(ctx, a.ID)
			return each(list, credential), err
		}))
	endpoint(s, "POST", "/accounts/{name}/app-passwords", "Make an app password; it is in this answer and nowhere else",
		ofAccount(nameOfMade, func(ctx context.Context, r request[makeCredential], a postroom.Account) (out adminwire.Credential, err error) {
			n, err := newCredential(r.in.Body)
			if err != nil {
				return out, err
			}
			secret, err := r.dir.AddAppPassword(ctx, a.ID, n)
			if err != nil {
				return out, err
			}
			list, err := r.dir.AppPasswords(ctx, a.ID)
			return made(each(list, credential), n.Name, secret), err
		}))
	endpoint(s, "DELETE", "/accounts/{name}/app-passwords/{credential}", "Take an app password back",
		ofAccount(nameOfCredential, func(ctx context.Context, r request[credentialNamed], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RemoveAppPassword(ctx, a.ID, r.in.Credential))
		}))
	endpoint(s, "GET", "/accounts/{name}/tokens", "List the access tokens of an account",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) ([]adminwire.Credential, error) {
			list, err := r.dir.Tokens(ctx, a.ID)
			return each(list, token), err
		}))
	endpoint(s, "POST", "/accounts/{name}/tokens", "Make an access token; it is in this answer and nowhere else",
		ofAccount(nameOfMade, func(ctx context.Context, r request[makeCredential], a postroom.Account) (out adminwire.Credential, err error) {
			n, err := newCredential(r.in.Body)
			if err != nil {
				return out, err
			}
			secret, err := r.dir.AddToken(ctx, a.ID, store.Token(n))
			if err != nil {
				return out, err
			}
			list, err := r.dir.Tokens(ctx, a.ID)
			return made(each(list, token), n.Name, secret), err
		}))
	endpoint(s, "DELETE", "/accounts/{name}/tokens/{credential}", "Take an access token back",
		ofAccount(nameOfCredential, func(ctx context.Context, r request[credentialNamed], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RemoveToken(ctx, a.ID, r.in.Credential))
		}))
	s.webSessions()
	s.secondFactors()
	s.passkeys()
	s.providers()
}

func (s *Server) webSessions() {
	endpoint(s, "GET", "/accounts/{name}/sessions", "List the browsers in which an account is signed in",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) ([]adminwire.WebSession, error) {
			list, err := r.dir.WebSessions(ctx, a.ID)
			return each(list, func(w store.WebSession) adminwire.WebSession {
				return adminwire.WebSession{Name: w.Name, With: w.With, Created: w.Created, Until: w.Until, Used: lastUse(w.Used), Own: w.Own}
			}), err
		}))
	endpoint(s, "DELETE", "/accounts/{name}/sessions/{credential}", "Sign a browser out",
		ofAccount(nameOfCredential, func(ctx context.Context, r request[credentialNamed], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.EndWebSession(ctx, a.ID, r.in.Credential))
		}))
	endpoint(s, "DELETE", "/accounts/{name}/sessions", "Sign every browser out but the one that asks",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.EndWebSessions(ctx, a.ID))
		}))
}

type withCode struct {
	Name string `path:"name"`
	Body adminwire.Code
}

func nameOfCode(in *withCode) string { return in.Name }

func (s *Server) secondFactors() {
	const path = "/accounts/{name}/second-factor"
	endpoint(s, "GET", path, "Tell whether an account has a second factor",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) (adminwire.SecondFactor, error) {
			f, err := r.dir.SecondFactor(ctx, a.ID)
			return adminwire.SecondFactor{On: f.On, Since: until(f.Since), RecoveryCodes: f.RecoveryCodes, App: f.App}, err
		}))
	endpoint(s, "POST", path, "Begin a second factor for the own account: the key for an authenticator app",
		ofAccount(nameOf, func(ctx context.Context, r request[named], a postroom.Account) (adminwire.SecondFactorKey, error) {
			key, err := r.dir.BeginSecondFactor(ctx, a.ID)
			if err != nil {
				return adminwire.SecondFactorKey{}, err
			}
			uri := keyURI(a.Address, key)
			code, err := qrCode(uri)
			return adminwire.SecondFactorKey{Secret: key, URI: uri, QR: code}, err
		}))
	endpoint(s, "POST", path+"/confirm", "Turn it on by a first code; the recovery codes are in this answer and nowhere else",
		ofAccount(nameOfCode, func(ctx context.Context, r request[withCode], a postroom.Account) (adminwire.RecoveryCodes, error) {
			codes, err := r.dir.ConfirmSecondFactor(ctx, a.ID, r.in.Body.Code)
			return adminwire.RecoveryCodes{Codes: codes}, err
		}))
	endpoint(s, "POST", path+"/recovery-codes", "Replace the recovery codes of the own account",
		ofAccount(nameOfCode, func(ctx context.Context, r request[withCode], a postroom.Account) (adminwire.RecoveryCodes, error) {
			codes, err := r.dir.NewRecoveryCodes(ctx, a.ID, r.in.Body.Code)
			return adminwire.RecoveryCodes{Codes: codes}, err
		}))
	endpoint(s, "POST", path+"/remove", "Turn a second factor off; administrators need no code",
		ofAccount(nameOfCode, func(ctx context.Context, r request[withCode], a postroom.Account) (adminwire.Done, error) {
			return done(r.dir.RemoveSecondFactor(ctx, a.ID, r.in.Body.Code))
		}))
}

// keyURI is the form in which authenticator apps read a key.
func keyURI(address, key string) string {
	q := url.Values{"secret": {key}, "issuer": {"Postroom"}}
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Postroom:" + address, RawQuery: q.Encode()}
	return u.String()
}

// qrCode draws a text as a QR code, a text of 0 and 1 for each line.
func qrCode(text string) (lines []string, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	size := code.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		line := make([]byte, 0, size.Dx())
		for x := size.Min.X; x < size.Max.X; x++ {
			dot := byte('0')
			if r, _, _, _ := code.At(x, y).RGBA(); r == 0 {
				dot = '1'
			}
			line = append(line, dot)
		}
		lines = append(lines, string(line))
	}
	return lines, nil
}
