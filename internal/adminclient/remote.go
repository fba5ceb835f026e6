package adminclient

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"postroom"
)

// Remote is a server that is asked as a person.
type Remote struct {
	// URL is https://HOST[:PORT]; http:// only of this machine.
	URL            string
	User, Password string
	// Token is an access token, instead of both.
	Token string
	// Roots are the certificate authorities trusted, in PEM; nil for those of
	// the system.
	Roots []byte
}

// NewRemote makes a client that signs in with each request. Invalid.
func NewRemote(r Remote) (*Client, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" {
		return nil, postroom.Errorf(postroom.Invalid, "not the URL of a server: give https://HOST")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	default:
		return nil, postroom.Errorf(postroom.Invalid, "a password goes only over https: %s", u.Host)
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if r.Roots != nil {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(r.Roots) {
			return nil, postroom.Errorf(postroom.Invalid, "there is no certificate in PEM in that file")
		}
	}
	base := u.Scheme + "://" + u.Host
	return &Client{socket: base, base: base, user: r.User, password: r.Password, token: r.Token, http: &http.Client{
		// Whoever is sent elsewhere would take the password along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{TLSClientConfig: conf, TLSHandshakeTimeout: 10 * time.Second, Proxy: http.ProxyFromEnvironment},
	}}, nil
}

func (c *Client) authorize(r *http.Request) {
	switch {
	case c.token != "":
		r.Header.Set("Authorization", "Bearer "+c.token)
	case c.user != "":
		r.SetBasicAuth(c.user, c.password)
	}
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
