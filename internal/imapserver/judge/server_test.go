// Package judge_test holds what judges the IMAP server from outside: a raw
// client that shares no code with it, a plain model of a mailbox, Debian's
// Dovecot where the standards leave no freedom, and a client of another author.
package judge_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"postroom"
	"postroom/internal/imapserver"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

var (
	seed   = flag.Uint64("judge.seed", 1, "begin of the series of random numbers")
	rounds = flag.Int("judge.rounds", 1, "how long the random tests are")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is one that scripts run against.
type server struct {
	name string
	addr string
	// users has, by number of the connection, who signs in; prefix is where
	// the mailboxes of the scripts are.
	users    [connections]string
	password string
	prefix   string
}

// connections is how many a script has.
const connections = 3

func (s *server) dial(t testing.TB, number int) *wire {
	w := dial(t, s.addr)
	w.signIn(s.users[number], s.password)
	return w
}

// postrooms are one server twice: with own mailboxes and with a shared one,
// which anna and ben have by their group.
func postrooms(t testing.TB) (own, shared *server) {
	t.Helper()
	st := storetest.Open(t, func(*store.Options) {})
	h := storetest.NewHouse(t, st)
	for _, a := range []postroom.Account{h.Anna, h.Ben} {
		h.Grant(storetest.In(h.Info, postroom.RootCollection), a, rights.Manager)
	}
	addr := serve(t, imapserver.New(imapserver.Options{Store: st, Hostname: "mail.example.test", Logger: storetest.Logger(t), PlainSignIn: imapserver.Allowed}))
	anna, ben := h.Anna.Address, h.Ben.Address
	own = &server{name: "own", addr: addr, users: [connections]string{anna, anna, anna}, password: storetest.Password}
	shared = &server{name: "shared", addr: addr, users: [connections]string{anna, ben, ben}, password: storetest.Password, prefix: "Shared/info@example.test/"}
	return own, shared
}

func serve(t testing.TB, s *imapserver.Server) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		l.Close()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// dovecotConfig is that of a small server with one format of mailboxes, which
// everybody may enter who knows the password.
const dovecotConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = sdbox:~/sdbox
first_valid_uid = 1
mail_max_userip_connections = 1000
default_vsz_limit = 1G
imap_capability = +NOTIFY
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/home/%%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
namespace inbox {
  inbox = yes
  separator = /
}
`

// startDovecot runs Debian's Dovecot; the test is skipped where there is none,
// or no root to run it: its processes change to other users.
func startDovecot(t testing.TB) *server {
	t.Helper()
	program, err := exec.LookPath("dovecot")
	if err != nil {
		program = "/usr/sbin/dovecot" // not everybody's path has it
	}
	if _, err := os.Stat(program); err != nil || os.Geteuid() != 0 {
		t.Skip("Dovecot is not installed, or this is not root")
	}
	dir, err := os.MkdirTemp("", "judge-")
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"home", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, sub := range []string{"", "home"} { // whatever the umask: its processes run as their own users
		if err := os.Chmod(filepath.Join(dir, sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	port := freePort(t)
	file := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, dovecotConfig, dir, port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-F", "-c", file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		os.RemoveAll(dir)
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	waitListening(t, addr)
	return &server{name: "dovecot", addr: addr, users: [connections]string{"anna", "anna", "anna"}, password: "secret"}
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// waitListening waits for a process of its own: there is no event to wait for.
func waitListening(t testing.TB, addr string) {
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatal("Dovecot does not listen")
}
