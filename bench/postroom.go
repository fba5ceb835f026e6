package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ours is a running Postroom with the socket of its commands.
type ours struct {
	peer
	socket string
	binary string
}

// startPostroom runs the demo with nothing in it but n accounts u0@… u{n-1}@….
func startPostroom(s settings, accounts int) (*ours, error) {
	dir, err := os.MkdirTemp("", "bench-postroom-")
	if err != nil {
		return nil, err
	}
	base, err := freePorts(41000, 24, 25, 80, 143, 190, 443, 465, 587, 993)
	if err != nil {
		return nil, err
	}
	binary, err := filepath.Abs(s.binary)
	if err != nil {
		return nil, err
	}
	p := &ours{peer: peer{name: "Postroom", dir: dir, password: "bench-secret-1", user: mailbox,
		imap: fmt.Sprintf("127.0.0.1:%d", base+143), lmtp: fmt.Sprintf("127.0.0.1:%d", base+24),
		http: fmt.Sprintf("http://127.0.0.1:%d", base+80)},
		binary: binary, socket: filepath.Join(dir, "postroom.sock")}
	p.make = func() *exec.Cmd {
		return exec.Command(binary, "demo", "--empty", "--json", "--dir", dir, "--port-base", fmt.Sprint(base))
	}
	if err := p.start(); err != nil {
		return nil, err
	}
	if err := waitListening(p.socket); err != nil {
		return nil, err
	}
	for n := range accounts {
		if err := p.run(p.password+"\n", "account", "create", mailbox(n), "--password-stdin"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// run is one command line against the server.
func (p *ours) run(input string, args ...string) error {
	cmd := exec.Command(p.binary, args...)
	cmd.Env = append(os.Environ(), "POSTROOM_SOCKET="+p.socket)
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("postroom %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

func mailbox(n int) string { return fmt.Sprintf("u%d@example.test", n) }
