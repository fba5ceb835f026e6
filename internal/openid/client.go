// Package openid asks identity providers who somebody is: OpenID Connect Core
// 1.0, authorization code with PKCE (RFC 7636).
package openid

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"postroom"
)

const (
	timeout = 10 * time.Second
	// maxAnswer bounds what a provider may answer, in bytes.
	maxAnswer = 1 << 20
)

// Settings of a provider.
type Settings struct {
	// ID is in our addresses and the audit log, Title on the button.
	ID, Title string
	Issuer    string
	// ClientID and ClientSecret are what the provider knows this server by.
	ClientID, ClientSecret string
	// Scopes besides openid.
	Scopes []string
	// RedirectURL is where the provider sends people back to. Each provider
	// has its own, so that none can pass for another (RFC 9700 §4.4).
	RedirectURL string
	// Transport for requests to it; nil is http.DefaultTransport without connections
	// that are kept: between two sign-ins the provider would close them.
	Transport http.RoundTripper
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Client asks one provider. It is safe for concurrent use. What the provider
// says of itself is read when it is needed first.
type Client struct {
	settings Settings
	http     *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// New builds a client.
func New(s Settings) *Client {
	if s.Transport == nil {
		fresh := http.DefaultTransport.(*http.Transport).Clone()
		fresh.DisableKeepAlives = true
		s.Transport = fresh
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return &Client{settings: s, http: &http.Client{Timeout: timeout, Transport: bounded{s.Transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// ID and Title are those of the settings.
func (c *Client) ID() string    { return c.settings.ID }
func (c *Client) Title() string { return c.settings.Title }

// Attempt is one sign-in under way. The browser it belongs to keeps it, where
// nobody else can read it.
type Attempt struct {
	Provider string `json:"provider"`
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	// Since is when somebody was sent there to sign in anew, in seconds since
	// 1970; 0 when who is signed in there already is good enough.
	Since int64 `json:"since,omitempty"`
}

// Presence is who has to be at the provider.
type Presence uint8

// The two.
const (
	// AnySession: the provider may know the browser already.
	AnySession Presence = iota
	// SignInAnew: it is to ask who is there, and to say when it did.
	SignInAnew
)

// clockSkew is how far the provider's clock may be behind.
const clockSkew = time.Minute

// Person is who the provider says somebody is. Issuer and Subject never change
// for a person; Email is "" unless the provider has verified it.
type Person struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	Email   string `json:"email,omitempty"`
}

// Begin is the address to send a browser to. Unavailable when the provider does
// not answer.
func (c *Client) Begin(ctx context.Context, p Presence) (to string, a Attempt, err error) {
	conf, _, err := c.discovered(ctx)
	if err != nil {
		return "", a, err
	}
	a = Attempt{Provider: c.settings.ID, State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if p == SignInAnew { // OpenID Connect Core 1.0 §3.1.2.1: with max_age the provider says when it was
		a.Since = c.settings.Now().Unix()
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return conf.AuthCodeURL(a.State, options...), a, nil
}

// ErrCancelled is found in the error when somebody went back from the provider, or
// was not let through there.
var ErrCancelled = errors.New("access_denied")

// ErrNotAsked is found in the error when somebody was to sign in anew, and the
// provider did not have them do so, or does not say.
var ErrNotAsked = errors.New("not asked anew")

// Finish takes what the provider has sent a browser back with. SignInFailed when
// somebody else's sign-in or another provider's is answered, when the provider
// refuses, and for a token that does not prove who it is about; Unavailable when
// the provider does not answer.
func (c *Client) Finish(ctx context.Context, a Attempt, q url.Values) (p Person, err error) {
	conf, provider, err := c.discovered(ctx)
	if err != nil {
		return p, err
	}
	if a.Provider != c.settings.ID || a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(q.Get("state"))) != 1 {
		return p, refused(nil, "this sign-in was not begun in this browser, or long ago: try again")
	}
	// A provider that names itself must be the one asked (RFC 9207 §2.4).
	if iss, named := q["iss"]; named && (len(iss) != 1 || iss[0] != c.settings.Issuer) {
		return p, refused(nil, "another provider has answered")
	}
	switch code := q.Get("error"); code {
	case "":
	case "access_denied": // RFC 6749 §4.1.2.1
		return p, refused(ErrCancelled, "nobody was signed in at %s", c.settings.Title)
	case "server_error", "temporarily_unavailable":
		return p, c.silent(errors.New(code))
	default:
		return p, refused(errors.New(code), "%s did not sign you in", c.settings.Title)
	}
	if q.Get("code") == "" {
		return p, refused(nil, "%s did not say who you are", c.settings.Title)
	}
	token, err := conf.Exchange(oidc.ClientContext(ctx, c.http), q.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		var answered *oauth2.RetrieveError
		if errors.As(err, &answered) && answered.Response.StatusCode < 500 {
			return p, refused(err, "%s did not sign you in", c.settings.Title)
		}
		return p, c.silent(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return p, refused(errors.New("no id_token"), "%s did not say who you are", c.settings.Title)
	}
	return c.read(ctx, provider, a, raw)
}

// claims besides those that the library reads.
type claims struct {
	Party    string `json:"azp"`
	Email    string `json:"email"`
	Verified any    `json:"email_verified"`
	At       any    `json:"auth_time"`
}

// since reports whether somebody signed in there after a time, as the provider
// says.
func (c claims) since(at time.Time) bool {
	seconds, said := c.At.(float64)
	return said && seconds >= float64(at.Unix())
}

// algorithms of signatures: none that the client's secret makes, and not none.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// read checks an ID token (OpenID Connect Core 1.0 §3.1.3.7).
func (c *Client) read(ctx context.Context, provider *oidc.Provider, a Attempt, raw string) (p Person, err error) {
	bad := func(err error) (Person, error) {
		return Person{}, refused(err, "what %s says of you cannot be relied on", c.settings.Title)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: c.settings.ClientID, SupportedSigningAlgs: algorithms, Now: c.settings.Now})
	token, err := verifier.Verify(oidc.ClientContext(ctx, c.http), raw)
	if err != nil {
		return bad(err)
	}
	var also claims
	if err := token.Claims(&also); err != nil {
		return bad(err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(a.Nonce)) != 1:
		return bad(errors.New("another nonce"))
	case also.Party != "" && also.Party != c.settings.ClientID, also.Party == "" && len(token.Audience) > 1:
		return bad(errors.New("issued to somebody else"))
	case token.Subject == "" || len(token.Subject) > 255:
		return bad(errors.New("no subject"))
	case a.Since != 0 && !also.since(time.Unix(a.Since, 0).Add(-clockSkew)):
		return Person{}, refused(ErrNotAsked, "%s did not ask who you are", c.settings.Title)
	}
	p = Person{Issuer: token.Issuer, Subject: token.Subject}
	// Some providers write the truth value as a text.
	if also.Verified == true || also.Verified == "true" {
		p.Email = also.Email
	}
	return p, nil
}

// SignOutURL is where a browser signs out at the provider as well, and comes back
// to a page of ours; "" when the provider has no such page (OpenID Connect
// RP-Initiated Logout 1.0).
func (c *Client) SignOutURL(ctx context.Context, back string) string {
	_, provider, err := c.discovered(ctx)
	if err != nil {
		return ""
	}
	var more struct {
		End string `json:"end_session_endpoint"`
	}
	if provider.Claims(&more) != nil {
		return ""
	}
	u, err := url.Parse(more.End)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	q := u.Query()
	q.Set("client_id", c.settings.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String()
}

// discovered reads what the provider says of itself, once.
func (c *Client) discovered(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		// The keys are fetched with this context, later too.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), c.http), c.settings.Issuer)
		if err != nil {
			return nil, nil, c.silent(err)
		}
		c.provider = p
	}
	return &oauth2.Config{ClientID: c.settings.ClientID, ClientSecret: c.settings.ClientSecret, Endpoint: endpoint(c.provider),
		RedirectURL: c.settings.RedirectURL, Scopes: scopes(c.settings.Scopes)}, c.provider, nil
}

// endpoint has the way to give the client's secret that the provider takes
// (OpenID Connect Discovery 1.0 §3: by Basic unless it says otherwise). It is not
// found out by trying: a code counts once (RFC 6749 §4.1.2).
func endpoint(p *oidc.Provider) oauth2.Endpoint {
	e := p.Endpoint()
	e.AuthStyle = oauth2.AuthStyleInHeader
	var more struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if p.Claims(&more) == nil && slices.Contains(more.Methods, "client_secret_post") && !slices.Contains(more.Methods, "client_secret_basic") {
		e.AuthStyle = oauth2.AuthStyleInParams
	}
	return e
}

func scopes(more []string) []string {
	list := []string{oidc.ScopeOpenID}
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func refused(cause error, format string, values ...any) error {
	return postroom.Errorf(postroom.SignInFailed, format, values...).By(cause)
}

func (c *Client) silent(cause error) error {
	return postroom.Errorf(postroom.Unavailable, "%s does not answer: try again later", c.settings.Title).By(cause)
}

// bounded cuts answers that are too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip asks, and bounds the answer.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if res.ContentLength > maxAnswer {
		_ = res.Body.Close()
		return nil, fmt.Errorf("an answer of %d bytes", res.ContentLength)
	}
	res.Body = limited{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}

type limited struct {
	io.Reader
	io.Closer
}
