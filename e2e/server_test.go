// Package e2e drives the real binary from outside, with clients that are not
// ours: go-imap's imapclient, go-smtp, curl and neomutt.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"postroom/internal/app/apptest"
	"postroom/internal/store/storetest"
)

// patience bounds every wait for an event; it is a failure's limit, not a
// measurement.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	// Before the tests: on a busy machine the build takes a minute, and would be
	// taken for a stall of the first test that needs it.
	binary()
	storetest.Main(m)
}

// binary builds the real binary once; every test runs the same.
var binary = sync.OnceValue(func() string {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("postroom-e2e-%d", os.Getuid()))
	build := exec.Command("go", "build", "-o", file, "postroom/cmd/postroom")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	return file
})

// ready is the line that `postroom demo --json` prints.
type ready struct {
	Ready    bool              `json:"ready"`
	Dir      string            `json:"dir"`
	Domain   string            `json:"domain"`
	Socket   string            `json:"socket"`
	HTTPURL  string            `json:"http_url"`
	Listen   map[string]string `json:"listen"`
	Accounts []struct{ Address, Password, Role string }
	Shared   []string
	Groups   []string
}

// server is a running demo.
type server struct {
	ready
	t    *testing.T
	base int
	args []string
	cmd  *exec.Cmd
	log  *lockedBuffer
	done chan error
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// startDemo runs a demo in a fresh directory on free ports until the test ends.
func startDemo(t *testing.T, args ...string) *server {
	t.Helper()
	base, release, err := apptest.PortBase()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	s := &server{t: t, base: base, args: args}
	s.Dir = t.TempDir()
	s.start()
	t.Cleanup(func() {
		s.stop(syscall.SIGTERM)
		if t.Failed() {
			t.Logf("server log:\n%s", tail(s.log.String(), 8000))
		}
	})
	return s
}

func (s *server) start() {
	s.t.Helper()
	args := append([]string{"demo", "--json", "--dir", s.Dir, "--port-base", fmt.Sprint(s.base)}, s.args...)
	s.cmd = exec.Command(binary(), args...)
	s.log = &lockedBuffer{}
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.done = make(chan error, 1)
	line := make(chan string, 1)
	go func() {
		r := bufio.NewReader(out)
		text, _ := r.ReadString('\n')
		line <- text
		for err == nil {
			_, err = r.ReadString('\n')
		}
		s.done <- s.cmd.Wait()
	}()
	select {
	case text := <-line:
		if err := json.Unmarshal([]byte(text), &s.ready); err != nil || !s.Ready {
			s.t.Fatalf("ready line %q: %v\n%s", text, err, tail(s.log.String(), 8000))
		}
	case <-time.After(patience):
		s.cmd.Process.Kill()
		s.t.Fatalf("demo did not get ready\n%s", tail(s.log.String(), 8000))
	}
}

// stop ends the server with a signal and waits for it; SIGTERM must end it
// cleanly.
func (s *server) stop(sig syscall.Signal) {
	s.t.Helper()
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(sig)
	select {
	case err := <-s.done:
		if sig == syscall.SIGTERM && err != nil {
			s.t.Errorf("SIGTERM did not end the demo cleanly: %v", err)
		}
	case <-time.After(patience):
		s.cmd.Process.Kill()
		s.t.Errorf("the demo did not end on %v", sig)
	}
	s.cmd = nil
}

func (s *server) password(address string) string {
	s.t.Helper()
	for _, a := range s.Accounts {
		if a.Address == address {
			return a.Password
		}
	}
	s.t.Fatalf("the demo names no account %s", address)
	return ""
}

// cli runs the binary against the server's socket and returns its output,
// exit status and standard error.
func (s *server) cli(args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	cmd := exec.Command(binary(), args...)
	cmd.Env = append(os.Environ(), "POSTROOM_SOCKET="+s.Socket)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		s.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// run is cli for a command line that must succeed; words are separated by one
// space and may not be quoted.
func (s *server) run(line string) string {
	s.t.Helper()
	out, errs, status := s.cli(strings.Fields(line)...)
	if status != 0 {
		s.t.Fatalf("postroom %s: exit %d\n%s%s", line, status, out, errs)
	}
	return out
}

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
