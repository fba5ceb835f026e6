package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"postroom"
	"postroom/internal/config"
	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// DemoOptions of the demonstration.
type DemoOptions struct {
	Dir string
	// PortBase is added to the usual port numbers; zero is 10000.
	PortBase int
	// Smarthost takes mail to outside domains; empty writes it to Dir/outbox.
	Smarthost   string
	DatabaseURL string
	// OpenID are identity providers at which people sign in.
	OpenID []config.OpenID
	// ConfirmAfter is that of the configuration.
	ConfirmAfter time.Duration
	// Content is what the demonstration begins with.
	Content DemoContent
	Logger  *slog.Logger
	Version string
}

// DemoContent is what a demonstration begins with.
type DemoContent uint8

// The two beginnings.
const (
	DemoFull DemoContent = iota
	// DemoEmpty has only the domain and its administrator.
	DemoEmpty
)

// DemoReady is what the demonstration tells when it is ready.
type DemoReady struct {
	Ready    bool              `json:"ready"`
	Dir      string            `json:"dir"`
	Domain   string            `json:"domain"`
	Socket   string            `json:"socket"`
	HTTPURL  string            `json:"http_url"`
	Listen   map[string]string `json:"listen"`
	Accounts []DemoAccount     `json:"accounts"`
	Shared   []string          `json:"shared"`
	Groups   []string          `json:"groups"`
}

// DemoAccount is an account with its password.
type DemoAccount struct {
	Address  string `json:"address"`
	Password string `json:"password"`
	Role     string `json:"role,omitempty"`
}

// demoFile keeps the passwords of a demonstration, and whether it was filled.
const demoFile = "demo.json"

type demoState struct {
	Passwords map[string]string `json:"passwords"`
	Empty     bool              `json:"empty,omitempty"`
	Seeded    bool              `json:"seeded"`
}

// NewDemo builds the demonstration and listens; Run it.
func NewDemo(ctx context.Context, o DemoOptions) (*App, DemoReady, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, DemoReady{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, DemoReady{}, err
	}
	state, err := loadDemo(dir, o.Content)
	if err != nil {
		return nil, DemoReady{}, err
	}
	a, err := New(ctx, demoConfig(dir, o), Options{Logger: o.Logger, Version: o.Version})
	if err != nil {
		return nil, DemoReady{}, err
	}
	err = a.fill(ctx, dir, state)
	if err == nil {
		err = a.Listen()
	}
	if err != nil {
		return nil, DemoReady{}, errors.Join(err, a.Close())
	}
	return a, a.demoReady(dir, state), nil
}

func demoConfig(dir string, o DemoOptions) config.Config {
	base := o.PortBase
	if base == 0 {
		base = 10000
	}
	at := func(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(base+port)) }
	cfg := config.Config{
		Hostname: "mail." + provision.DemoDomain, Dir: dir, Socket: filepath.Join(dir, "postroom.sock"),
		PublicURL: "http://" + at(80), Database: config.Database{URL: o.DatabaseURL},
		Listen: config.Listen{SMTP: at(25), LMTP: at(24), Submission: at(587), Submissions: at(465),
			IMAP: at(143), IMAPS: at(993), HTTP: at(80), HTTPS: at(443)},
		TLS:       config.TLS{Mode: "self-signed"},
		Smarthost: config.Smarthost{Address: o.Smarthost, TLS: "opportunistic"},
		DNS:       config.DNS{Off: true},
		SignIn:    config.SignIn{PlainOnLoopback: true, ConfirmAfter: o.ConfirmAfter},
		OpenID:    o.OpenID,
	}
	if o.Smarthost == "" {
		cfg.Outbox = filepath.Join(dir, "outbox")
	}
	return cfg
}

// loadDemo reads the state of a demonstration, or begins a new one: the
// passwords are on disk before any account has them.
func loadDemo(dir string, content DemoContent) (*demoState, error) {
	raw, err := os.ReadFile(filepath.Join(dir, demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		s := &demoState{Passwords: map[string]string{}, Empty: content == DemoEmpty}
		s.Passwords[provision.DemoAdmin] = provision.NewPassword()
		if !s.Empty {
			for _, p := range provision.DemoPeople {
				s.Passwords[p.Address] = provision.NewPassword()
			}
		}
		return s, s.save(dir)
	}
	if err != nil {
		return nil, err
	}
	s := new(demoState)
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, demoFile), err)
	}
	return s, nil
}

// save replaces the file as a whole.
func (s *demoState) save(dir string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(dir, demoFile)
	if err := os.WriteFile(name+".new", append(raw, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// fill seeds the store when that was not done, or not to its end.
func (a *App) fill(ctx context.Context, dir string, state *demoState) error {
	if state.Seeded {
		return nil
	}
	seed := provision.Seeder{Directory: a.console.Directory().Quietly(), Delivery: system.Delivery(a.store),
		Passwords: state.Passwords, Now: time.Now(),
		Acting: func(ctx context.Context, id postroom.AccountID) (*store.Session, error) {
			return system.ActingFor(ctx, a.console, id)
		}}
	fill := seed.Full
	if state.Empty {
		fill = seed.Empty
	}
	if err := fill(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	state.Seeded = true
	return state.save(dir)
}

func (a *App) demoReady(dir string, state *demoState) DemoReady {
	r := DemoReady{Ready: true, Dir: dir, Domain: provision.DemoDomain, Socket: a.cfg.Socket, Listen: a.Addresses(),
		Accounts: []DemoAccount{{Address: provision.DemoAdmin, Password: state.Passwords[provision.DemoAdmin], Role: "admin"}},
		Shared:   []string{}, Groups: []string{}}
	r.HTTPURL = "http://" + r.Listen["http"]
	if state.Empty {
		return r
	}
	for _, p := range provision.DemoPeople {
		r.Accounts = append(r.Accounts, DemoAccount{Address: p.Address, Password: state.Passwords[p.Address]})
	}
	r.Shared, r.Groups = []string{provision.DemoShared}, []string{provision.DemoGroup}
	return r
}
