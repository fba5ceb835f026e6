// Package config reads the server's configuration: strict TOML, in which an
// unknown key is an error that names the line.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"postroom/internal/addr"
)

// Config is the whole configuration.
type Config struct {
	// Hostname of this server as the world knows it.
	Hostname string `toml:"hostname"`
	// Dir holds the database, blobs and keys.
	Dir string `toml:"dir"`
	// PublicURL is how people reach the server by HTTP, for the links in
	// mails: https://mail.example.test. Empty is https, the hostname and the
	// port of listen.https.
	PublicURL string `toml:"public_url"`
	// Socket is the path of the administration socket; empty is
	// postroom.sock in Dir.
	Socket    string    `toml:"socket"`
	Database  Database  `toml:"database"`
	Listen    Listen    `toml:"listen"`
	TLS       TLS       `toml:"tls"`
	Smarthost Smarthost `toml:"smarthost"`
	Outbox    string    `toml:"outbox"`
	Limits    Limits    `toml:"limits"`
	DNS       DNS       `toml:"dns"`
	Log       Log       `toml:"log"`
	SignIn    SignIn    `toml:"sign_in"`
	Proxy     Proxy     `toml:"proxy"`
	OpenID    []OpenID  `toml:"openid"`
	IMAP      IMAP      `toml:"imap"`
	Metrics   Metrics   `toml:"metrics"`
	Push      Push      `toml:"push"`
	Web       Web       `toml:"web"`
}

// Web is how the web client is served.
type Web struct {
	// MemoryOnly forbids the web client to keep mail on people's devices.
	MemoryOnly bool `toml:"memory_only"`
}

// Push says whether people's programs may be told of changes through push
// services, which are on the internet and named by whoever wants it.
type Push struct {
	Off bool `toml:"off"`
	// Private permits services on this machine and in private networks, at any
	// port: for tests, and for networks that have their own.
	Private bool `toml:"private"`
}

// Metrics says who may read /metrics. They tell how busy the server is and how
// many sign-ins fail, which is nobody else's business.
type Metrics struct {
	// From are the networks that may; this machine always may.
	From []netip.Prefix `toml:"from"`
}

// Database says where the directory and mail are kept.
type Database struct {
	// URL of a PostgreSQL database (postgres://); empty is SQLite in Dir.
	URL string `toml:"url"`
}

// Listen has an address (host:port, the host may be empty) for each protocol;
// an empty one is not listened on. There is no ManageSieve listener yet.
type Listen struct {
	SMTP        string `toml:"smtp"`
	LMTP        string `toml:"lmtp"`
	Submission  string `toml:"submission"`
	Submissions string `toml:"submissions"`
	IMAP        string `toml:"imap"`
	IMAPS       string `toml:"imaps"`
	HTTP        string `toml:"http"`
	HTTPS       string `toml:"https"`
}

// ByName lists the listeners that are on, with their names in order.
func (l Listen) ByName() []Listener {
	var on []Listener
	for _, n := range []Listener{
		{"smtp", l.SMTP}, {"lmtp", l.LMTP}, {"submission", l.Submission}, {"submissions", l.Submissions},
		{"imap", l.IMAP}, {"imaps", l.IMAPS}, {"http", l.HTTP}, {"https", l.HTTPS},
	} {
		if n.Address != "" {
			on = append(on, n)
		}
	}
	return on
}

// Listener is one protocol's address.
type Listener struct{ Name, Address string }

// TLS says where the certificate comes from.
type TLS struct {
	// Mode is self-signed, files or acme.
	Mode string `toml:"mode"`
	// Cert and Key are PEM files, for files.
	Cert string `toml:"cert"`
	Key  string `toml:"key"`
	// Email and Directory are for acme; Directory empty is Let's Encrypt.
	Email     string `toml:"email"`
	Directory string `toml:"directory"`
	// Names besides the hostname that the certificate holds.
	Names []string `toml:"names"`
}

// Smarthost takes all outgoing mail; empty sends to the recipients' hosts.
type Smarthost struct {
	Address  string `toml:"address"`
	User     string `toml:"user"`
	Password string `toml:"password"`
	// TLS is opportunistic, encrypted, verified, implicit or plain.
	TLS string `toml:"tls"`
}

// Limits of the listeners; zero is the default of the protocol.
type Limits struct {
	MessageBytes        int64 `toml:"message_bytes"`
	Recipients          int   `toml:"recipients"`
	Connections         int   `toml:"connections"`
	ConnectionsPerPeer  int   `toml:"connections_per_peer"`
	MessagesAtOnce      int   `toml:"messages_at_once"`
	DeliveriesPerDomain int   `toml:"deliveries_per_domain"`
}

// IMAP is how IMAP is served; zero is the default of each.
type IMAP struct {
	// ConnectionsPerAddress and ConnectionsPerAccount are how many there may
	// be at a time, on all listeners together.
	ConnectionsPerAddress int `toml:"connections_per_address"`
	ConnectionsPerAccount int `toml:"connections_per_account"`
	// Unauthenticate lets a client sign out and in again on one connection
	// (RFC 8437). Behind an IMAP proxy it must stay off.
	Unauthenticate bool `toml:"unauthenticate"`
}

// DNS says who is asked for names.
type DNS struct {
	// Servers are recursive resolvers; empty are the system's.
	Servers []string `toml:"servers"`
	// Off asks nobody: sender checks say temperror, and outside mail needs a
	// smarthost.
	Off bool `toml:"off"`
}

// Log says what is logged and how.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `toml:"level"`
	// Format is text or json.
	Format string `toml:"format"`
}

// SignIn says how people may sign in.
type SignIn struct {
	// PlainOnLoopback permits passwords without TLS from this very machine.
	PlainOnLoopback bool `toml:"plain_on_loopback"`
	// SessionLength and SessionIdle are for how long a browser stays signed
	// in at most, and unused ("12h"); 0 is 720h and 72h.
	SessionLength time.Duration `toml:"session_length"`
	SessionIdle   time.Duration `toml:"session_idle"`
	// ConfirmAfter is how long somebody in a browser changes what people sign in
	// with, or who administers, without confirming that it is them ("5m"); 0 is
	// 10m.
	ConfirmAfter time.Duration `toml:"confirm_after"`
	// PasskeyDomain is a domain above the host of PublicURL that passkeys are
	// bound to, so that they outlive another host name; empty is the host.
	PasskeyDomain string `toml:"passkey_domain"`
	// KeyFile holds the key that seals secrets in the database; empty is
	// secret.key in Dir.
	KeyFile string `toml:"key_file"`
}

// Load reads and checks a file.
func Load(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	c, err := Parse(string(raw))
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Parse reads and checks a text. The error names the line where it can.
func Parse(text string) (Config, error) {
	c := Config{TLS: TLS{Mode: "self-signed"}, Log: Log{Level: "info", Format: "text"}, Smarthost: Smarthost{TLS: "opportunistic"},
		Proxy: Proxy{Header: "x-forwarded-for"}}
	if err := decode(text, &c); err != nil {
		return c, err
	}
	if c.Socket == "" && c.Dir != "" {
		c.Socket = filepath.Join(c.Dir, "postroom.sock")
	}
	return c, c.check()
}

// decode reads TOML strictly.
func decode(text string, into any) error {
	md, err := toml.Decode(text, into)
	if err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return fmt.Errorf("line %d: %s", p.Position.Line, strings.TrimSuffix(p.Message, "."))
		}
		return err
	}
	if unknown := md.Undecoded(); len(unknown) > 0 {
		key := unknown[0]
		return fmt.Errorf("line %d: unknown key %s", lineOf(text, key), key)
	}
	return nil
}

// lineOf finds the line of a key that the decoder knew no place for.
func lineOf(text string, key toml.Key) int {
	want := key.String()
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.SplitN(line, "]", 2)[0], "[ ")
			if table == want || strings.HasPrefix(want, table+".") && strings.HasPrefix(table+".", want+".") {
				return i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		full := strings.Trim(strings.TrimSpace(name), `"'`)
		if table != "" {
			full = table + "." + full
		}
		if full == want {
			return i + 1
		}
	}
	return 1
}

func (c *Config) check() error {
	if c.Hostname == "" {
		return errors.New("hostname is missing")
	}
	if _, err := addr.ParseDomain(c.Hostname); err != nil {
		return fmt.Errorf("hostname %q: %w", c.Hostname, err)
	}
	if c.Dir == "" {
		return errors.New("dir is missing")
	}
	if err := c.checkPublicURL(); err != nil {
		return err
	}
	if u := c.Database.URL; u != "" {
		parsed, err := url.Parse(u)
		if err != nil || parsed.Scheme != "postgres" && parsed.Scheme != "postgresql" {
			return errors.New("database.url must be a postgres:// URL")
		}
	}
	for _, l := range c.Listen.ByName() {
		if _, _, err := net.SplitHostPort(l.Address); err != nil {
			return fmt.Errorf("listen.%s: %w", l.Name, err)
		}
	}
	if err := c.checkSignIn(); err != nil {
		return err
	}
	return c.checkWords()
}

func (c *Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("public_url is %q, must be such as https://mail.example.test", c.PublicURL)
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return nil
}

// Public is PublicURL, or what it is when nothing is said.
func (c *Config) Public() string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme, address, usual := "https", c.Listen.HTTPS, "443"
	if address == "" && c.Listen.HTTP != "" {
		scheme, address, usual = "http", c.Listen.HTTP, "80"
	}
	host := c.Hostname
	if _, port, err := net.SplitHostPort(address); err == nil && port != usual {
		host = net.JoinHostPort(host, port)
	}
	return scheme + "://" + host
}

func (c *Config) checkWords() error {
	words := []struct {
		key, value string
		allowed    []string
	}{
		{"tls.mode", c.TLS.Mode, []string{"self-signed", "files", "acme"}},
		{"smarthost.tls", c.Smarthost.TLS, []string{"opportunistic", "encrypted", "verified", "implicit", "plain"}},
		{"log.level", c.Log.Level, []string{"debug", "info", "warn", "error"}},
		{"log.format", c.Log.Format, []string{"text", "json"}},
		{"proxy.header", c.Proxy.Header, []string{"x-forwarded-for", "forwarded"}},
	}
	for _, w := range words {
		ok := false
		for _, a := range w.allowed {
			ok = ok || a == w.value
		}
		if !ok {
			return fmt.Errorf("%s is %q, must be one of %s", w.key, w.value, strings.Join(w.allowed, ", "))
		}
	}
	if c.TLS.Mode == "files" && (c.TLS.Cert == "" || c.TLS.Key == "") {
		return errors.New("tls.mode files needs tls.cert and tls.key")
	}
	if c.Smarthost.Address != "" {
		if _, _, err := net.SplitHostPort(c.Smarthost.Address); err != nil {
			return fmt.Errorf("smarthost.address: %w", err)
		}
	}
	return nil
}
