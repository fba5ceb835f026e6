package main

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
	"sort"
	"time"

	"postroom"
	"postroom/internal/app"
	"postroom/internal/config"
	"postroom/internal/provision"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

type serveCommand struct{}

func (serveCommand) Run(c *command) error {
	cfg, err := c.configuration()
	if err != nil {
		return err
	}
	log := app.NewLogger(cfg.Log, c.err)
	a, err := app.New(c.ctx, cfg, app.Options{Logger: log, Version: version})
	if err != nil {
		return err
	}
	if err := a.Listen(); err != nil {
		return errors.Join(err, a.Close())
	}
	return a.Run(c.ctx, func() { log.Info("ready", "hostname", cfg.Hostname, "listen", a.Addresses(), "socket", cfg.Socket) })
}

type demoCommand struct {
	Dir       string `default:"demo-data" help:"Where the data is; a second start finds everything as it was."`
	PortBase  int    `default:"10000" help:"Added to the usual port numbers."`
	Smarthost string `help:"Send mail to outside domains through this host instead of writing it to DIR/outbox." placeholder:"HOST:PORT"`
	Database  string `help:"PostgreSQL database (postgres://) instead of SQLite in DIR." placeholder:"URL"`
	Empty     bool   `help:"Only the domain and its administrator."`
	OpenID    string `name:"openid" help:"File with the identity providers at which people sign in, [[openid]]." placeholder:"FILE"`

	ConfirmAfter time.Duration `help:"How long a sign-in in a browser counts before it has to be confirmed; 10m if not given." placeholder:"DURATION"`
}

func (d *demoCommand) Run(c *command) error {
	if d.PortBase < 0 || d.PortBase > 65535-993 {
		return usagef("--port-base must be between 0 and %d", 65535-993)
	}
	if d.ConfirmAfter < 0 {
		return usagef("--confirm-after must not be negative")
	}
	content := app.DemoFull
	if d.Empty {
		content = app.DemoEmpty
	}
	var providers []config.OpenID
	if d.OpenID != "" {
		var err error
		if providers, err = config.LoadProviders(d.OpenID); err != nil {
			return err
		}
	}
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelInfo}))
	a, ready, err := app.NewDemo(c.ctx, app.DemoOptions{Dir: d.Dir, PortBase: d.PortBase, Smarthost: d.Smarthost,
		DatabaseURL: d.Database, OpenID: providers, ConfirmAfter: d.ConfirmAfter, Content: content, Logger: log, Version: version})
	if err != nil {
		return err
	}
	return a.Run(c.ctx, func() { d.tell(c, ready) })
}

// tell prints the one line that says the demonstration is ready, and for
// people what they can do with it.
func (d *demoCommand) tell(c *command, ready app.DemoReady) {
	if c.flags.JSON {
		raw, err := json.Marshal(ready)
		if err != nil { // of strings alone: cannot be
			panic(err)
		}
		c.printf("%s\n", raw)
		return
	}
	c.printf("Postroom is ready: %s (socket %s)\n", ready.HTTPURL, ready.Socket)
	var names []string
	for name := range ready.Listen {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		_, _ = fmt.Fprintf(c.err, "  %-12s %s\n", name, ready.Listen[name])
	}
	for _, a := range ready.Accounts {
		_, _ = fmt.Fprintf(c.err, "  %-24s %s\n", a.Address, a.Password)
	}
}

type initCommand struct {
	Dir      string `required:"" help:"Where configuration and data go."`
	Domain   string `required:"" help:"The first mail domain."`
	Admin    string `required:"" help:"Address of the administrator, in that domain."`
	Hostname string `help:"Name of this server; mail.DOMAIN if not given."`
}

// initAnswer is what init tells.
type initAnswer struct {
	Config   string     `json:"config"`
	Admin    string     `json:"admin"`
	Password string     `json:"password"`
	Records  []dnsEntry `json:"records"`
}

type dnsEntry struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (i *initCommand) Run(c *command) error {
	dir, err := filepath.Abs(i.Dir)
	if err != nil {
		return err
	}
	if i.Hostname == "" {
		i.Hostname = "mail." + i.Domain
	}
	file := filepath.Join(dir, "postroom.toml")
	if _, err := os.Lstat(file); err == nil {
		return postroom.Errorf(postroom.Exists, "%s is already there", file)
	}
	text := config.Initial(i.Hostname, dir)
	cfg, err := config.Parse(text)
	if err != nil {
		return wrongUsage{err.Error()}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	password, dom, err := first(c.ctx, cfg, i)
	if err != nil {
		return err
	}
	// The file comes last: it says that all before it was done.
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	records, err := app.Records(dom, i.Hostname)
	if err != nil {
		return err
	}
	answer := initAnswer{Config: file, Admin: i.Admin, Password: password}
	for _, r := range records {
		answer.Records = append(answer.Records, dnsEntry(r))
	}
	return c.answer(answer, func() {
		c.printf("wrote %s\nadministrator: %s\none-time password: %s\nchange it with: postroom account set %s --password-stdin\n\nDNS records to publish:\n", file, i.Admin, password, i.Admin)
		c.records(records)
		c.printf("\nstart with: postroom serve --config %s\n", file)
	})
}

func first(ctx context.Context, cfg config.Config, i *initCommand) (password string, dom postroom.Domain, err error) {
	st, err := store.Open(ctx, store.Options{Dir: cfg.Dir, DatabaseURL: cfg.Database.URL, Hostname: cfg.Hostname})
	if err != nil {
		return "", dom, err
	}
	d := system.Console(st).Directory()
	password, dom, err = provision.First(ctx, d, provision.FirstSpec{Domain: i.Domain, Admin: i.Admin})
	if err != nil && postroom.KindOf(err) == postroom.Exists {
		// An init that was interrupted before it could tell the password.
		var admin postroom.Account
		if admin, err = d.Account(ctx, i.Admin); err == nil {
			err = d.SetOneTimePassword(ctx, admin.ID, password)
		}
	}
	return password, dom, errors.Join(err, st.Close())
}

type fsckCommand struct {
	Dir string `arg:"" optional:"" help:"Data directory; the configuration's if not given."`
}

// Run checks the store of a server that is not running.
func (f *fsckCommand) Run(c *command) error {
	cfg := config.Config{Dir: f.Dir, Socket: filepath.Join(f.Dir, "postroom.sock")}
	if f.Dir == "" {
		var err error
		if cfg, err = c.configuration(); err != nil {
			return err
		}
	}
	if _, err := os.Stat(cfg.Dir); err != nil {
		return postroom.Errorf(postroom.NotFound, "there is no directory %s", cfg.Dir)
	}
	if running(cfg.Socket) {
		return postroom.Errorf(postroom.Unavailable, "the server is running: end it first")
	}
	if _, err := os.Stat(filepath.Join(cfg.Dir, "postroom.db")); cfg.Database.URL == "" && errors.Is(err, fs.ErrNotExist) {
		return postroom.Errorf(postroom.NotFound, "there is no database in %s", cfg.Dir)
	}
	st, err := store.Open(c.ctx, store.Options{Dir: cfg.Dir, DatabaseURL: cfg.Database.URL})
	if err != nil {
		return err
	}
	faults, err := st.Check(c.ctx)
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	if faults == nil {
		faults = []string{}
	}
	if err := c.answer(map[string]any{"faults": faults}, func() {
		for _, fault := range faults {
			c.printf("%s\n", fault)
		}
		if len(faults) == 0 {
			c.printf("no faults found\n")
		}
	}); err != nil {
		return err
	}
	if len(faults) > 0 {
		return postroom.Errorf(postroom.Invalid, "%d faults found", len(faults))
	}
	return nil
}

// running reports whether somebody answers on a server's socket.
func running(socket string) bool {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
