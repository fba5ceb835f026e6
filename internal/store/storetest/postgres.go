package storetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// requirePostgres names the variable that turns a missing PostgreSQL from a
// reason to skip into a failure.
const requirePostgres = "POSTROOM_REQUIRE_POSTGRES"

// Postgres is a PostgreSQL server of its own on a loopback port, with a
// database for whoever asks. Durability is off: it lives for the tests.
type Postgres struct {
	dir   string
	port  int
	cmd   *exec.Cmd
	count atomic.Int64

	templateOnce sync.Once
	templateErr  error
}

// template is the database in which the tables are made already.
const template = "template_of_tables"

// errNoPostgres says that the server's programs are not installed.
var errNoPostgres = errors.New("PostgreSQL is not installed (Debian: postgresql)")

// StartPostgres starts a server. Stop it.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(bins) == 0 {
		return nil, errNoPostgres
	}
	bin := slices.Max(bins)
	dir, err := makeDir()
	if err != nil {
		return nil, err
	}
	p := &Postgres{dir: dir}
	as, err := p.unprivileged()
	if err != nil {
		p.Stop()
		return nil, err
	}
	data := filepath.Join(dir, "data")
	init := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", data, "--username=test", "--auth=trust",
		"--encoding=UTF8", "--locale=C", "--no-sync")
	init.SysProcAttr, init.Dir = as, dir
	if out, err := init.CombinedOutput(); err != nil {
		p.Stop()
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if p.port, err = freePort(); err != nil {
		p.Stop()
		return nil, err
	}
	p.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(p.port), "-k", dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=400",
		"-c", "shared_buffers=64MB", "-c", "max_wal_size=256MB", "-c", "autovacuum=off")
	p.cmd.SysProcAttr, p.cmd.Dir = as, dir
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		p.Stop()
		return nil, err
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		p.Stop()
		return nil, err
	}
	if err := p.await(ctx); err != nil {
		text, _ := os.ReadFile(filepath.Join(dir, "log"))
		p.Stop()
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return p, nil
}

// unprivileged is how to run the server: PostgreSQL refuses to run as root.
// The server also dies with the tests.
func (p *Postgres) unprivileged() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(p.dir, uid, gid)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// url is the address of a database.
func (p *Postgres) url(database string) string {
	return fmt.Sprintf("postgres://test@127.0.0.1:%d/%s?sslmode=disable", p.port, database)
}

// await waits until the server answers.
func (p *Postgres) await(ctx context.Context) error {
	var err error
	for range 300 {
		var c *pgx.Conn
		if c, err = pgx.Connect(ctx, p.url("postgres")); err == nil {
			return c.Close(ctx)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database(ctx context.Context) (string, error) {
	return p.copyOf(ctx, "template1")
}

// Tables makes a database in which nothing is but the tables of a store.
func (p *Postgres) Tables(ctx context.Context) (string, error) {
	if err := p.makeTemplate(ctx); err != nil {
		return "", err
	}
	return p.copyOf(ctx, template)
}

func (p *Postgres) copyOf(ctx context.Context, original string) (string, error) {
	name := fmt.Sprintf("test%d", p.count.Add(1))
	return p.url(name), p.create(ctx, name, original)
}

func (p *Postgres) create(ctx context.Context, name, original string) error {
	c, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+original+" STRATEGY FILE_COPY")
	return err
}

// Drop removes a database that Database made.
func (p *Postgres) Drop(ctx context.Context, url string) error {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return err
	}
	c, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, "DROP DATABASE IF EXISTS "+cfg.Database+" WITH (FORCE)")
	return err
}

// Stop ends the server and removes its files.
func (p *Postgres) Stop() error {
	if p.cmd != nil {
		// Immediate shutdown: nothing of it is needed.
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		_ = p.cmd.Wait()
	}
	return os.RemoveAll(p.dir)
}

// server is the one server of a test binary, started when first asked for.
type server struct {
	once sync.Once
	p    *Postgres
	err  error
}

// shared holds the server of this test binary between its first test and
// Main's end.
var shared server

// Main runs the tests of a package that use Run and stops the server they
// shared. Call it from TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if shared.p != nil {
		if err := shared.p.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping PostgreSQL:", err)
		}
	}
	os.Exit(code)
}

// Database gives a test a PostgreSQL database of its own. The test is skipped
// where PostgreSQL is not installed, unless POSTROOM_REQUIRE_POSTGRES is set.
func Database(t testing.TB) string {
	t.Helper()
	return database(t, (*Postgres).Database)
}

// Tables is Database with the tables of a store in it.
func Tables(t testing.TB) string {
	t.Helper()
	return database(t, (*Postgres).Tables)
}

func database(t testing.TB, made func(*Postgres, context.Context) (string, error)) string {
	t.Helper()
	shared.once.Do(func() { shared.p, shared.err = StartPostgres(context.Background()) })
	if errors.Is(shared.err, errNoPostgres) && os.Getenv(requirePostgres) == "" {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	url, err := made(shared.p, context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := shared.p.Drop(context.Background(), url); err != nil {
			t.Error(err)
		}
	})
	return url
}
