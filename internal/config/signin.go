package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"

	"postroom/internal/addr"
)

// Proxy says by what proxies people reach the HTTP listeners.
type Proxy struct {
	// Trusted are the networks of proxies whose word is taken on the client's
	// address; none when empty.
	Trusted []netip.Prefix `toml:"trusted"`
	// Header is the one they set: x-forwarded-for (with X-Forwarded-Proto) or
	// forwarded (RFC 7239).
	Header string `toml:"header"`
}

// OpenID is an identity provider at which people sign in (OpenID Connect).
type OpenID struct {
	// Name is in the addresses and the audit log: letters, digits and hyphens.
	Name string `toml:"name"`
	// Title is on the button; empty is the name.
	Title  string `toml:"title"`
	Issuer string `toml:"issuer"`
	// ClientID and ClientSecret are what the provider knows this server by;
	// the secret may be in a file instead.
	ClientID         string `toml:"client_id"`
	ClientSecret     string `toml:"client_secret"`
	ClientSecretFile string `toml:"client_secret_file"`
	// Domains are those whose accounts may sign in there.
	Domains []string `toml:"domains"`
	// Link is email, self or subject; empty is email.
	Link string `toml:"link"`
	// Scopes that are asked for besides openid; empty is email.
	Scopes []string `toml:"scopes"`
	// SignOut signs browsers out at the provider, too.
	SignOut bool `toml:"sign_out"`
}

// Secret is the client's secret.
func (o OpenID) Secret() (string, error) {
	if o.ClientSecretFile == "" {
		return o.ClientSecret, nil
	}
	raw, err := os.ReadFile(o.ClientSecretFile)
	if err != nil {
		return "", fmt.Errorf("openid %s: %w", o.Name, err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// LoadProviders reads a file that has identity providers, [[openid]], and nothing
// else: the demonstration has the rest of its configuration from itself.
func LoadProviders(path string) ([]OpenID, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("identity providers: %w", err)
	}
	var only struct {
		OpenID []OpenID `toml:"openid"`
	}
	if err := decode(string(raw), &only); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := Config{OpenID: only.OpenID}
	if err := c.checkSignIn(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c.OpenID, nil
}

var openIDName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func (c *Config) checkSignIn() error {
	if c.SignIn.SessionLength < 0 || c.SignIn.SessionIdle < 0 || c.SignIn.ConfirmAfter < 0 {
		return errors.New("sign_in.session_length, session_idle and confirm_after must not be negative")
	}
	if d := c.SignIn.PasskeyDomain; d != "" {
		if _, err := addr.ParseDomain(d); err != nil {
			return fmt.Errorf("sign_in.passkey_domain %q: %w", d, err)
		}
	}
	names := make(map[string]bool)
	for i := range c.OpenID {
		o := &c.OpenID[i]
		if err := o.check(); err != nil {
			return err
		}
		if names[o.Name] {
			return fmt.Errorf("openid %s is there twice", o.Name)
		}
		names[o.Name] = true
	}
	return nil
}

// check checks a provider, and fills in what is not said.
func (o *OpenID) check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("openid %s: %s", o.Name, fmt.Sprintf(format, args...))
	}
	if !openIDName.MatchString(o.Name) || o.Name == "second" || o.Name == "link" {
		return fmt.Errorf("openid name %q must be lower-case letters, digits and hyphens, at most 40, and not second or link", o.Name)
	}
	if o.Title == "" {
		o.Title = o.Name
	}
	if o.Link == "" {
		o.Link = "email"
	}
	if len(o.Scopes) == 0 {
		o.Scopes = []string{"email"}
	}
	u, err := url.Parse(o.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return wrong("issuer is %q, must be such as https://login.example.test", o.Issuer)
	}
	switch {
	case o.ClientID == "":
		return wrong("client_id is missing")
	case o.ClientSecret != "" && o.ClientSecretFile != "":
		return wrong("give client_secret or client_secret_file, not both")
	case o.Link != "email" && o.Link != "self" && o.Link != "subject":
		return wrong("link is %q, must be email, self or subject", o.Link)
	case len(o.Domains) == 0:
		return wrong("domains is missing: those whose accounts may sign in there")
	}
	for _, d := range o.Domains {
		if _, err := addr.ParseDomain(d); err != nil {
			return wrong("domain %q: %v", d, err)
		}
	}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
