package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// peer is a running mail server of either make.
type peer struct {
	name       string
	imap, lmtp string
	http       string // the URL of what speaks JMAP; may be empty
	password   string // of every account
	user       func(n int) string
	shared     string // prefix of the mailboxes that u0 shares; "" for none
	make       func() *exec.Cmd
	environ    []string // what make adds to the environment
	cmd        *exec.Cmd
	dir        string
	memory     *memoryWatch
	cleanup    func() // of what else was started; may be nil
}

// start runs the server, again after a halt.
func (p *peer) start() error {
	p.cmd = p.make()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.memory = watchMemory(p.cmd.Process.Pid)
	if err := waitListening(p.lmtp); err != nil {
		return err
	}
	return waitListening(p.imap)
}

// halt ends the server and leaves its data.
func (p *peer) halt() {
	p.memory.stop()
	p.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { p.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		p.cmd.Process.Kill()
		<-done
	}
}

func (p *peer) stop() {
	p.halt()
	if p.cleanup != nil {
		p.cleanup()
	}
	os.RemoveAll(p.dir)
}

// memoryWatch samples the proportional set size of a process and its children
// and keeps the peak: the same way for one process and for many.
type memoryWatch struct {
	mu   sync.Mutex
	peak int64 // bytes
	end  chan struct{}
}

func watchMemory(pid int) *memoryWatch {
	w := &memoryWatch{end: make(chan struct{})}
	go func() {
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.end:
				return
			case <-tick.C:
				w.sample(pid)
			}
		}
	}()
	return w
}

// usage is the proportional set size of a process and its descendants.
func usage(pid int) (total int64) {
	for _, p := range append([]int{pid}, descendants(pid)...) {
		total += pss(p)
	}
	return total
}

func (w *memoryWatch) sample(pid int) {
	total := usage(pid)
	w.mu.Lock()
	w.peak = max(w.peak, total)
	w.mu.Unlock()
}

func (w *memoryWatch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Sprintf("%d MB", w.peak>>20)
}

func (w *memoryWatch) stop() { close(w.end) }

func pss(pid int) int64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), "Pss:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

func descendants(pid int) []int {
	var found []int
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, f := range files {
		text, _ := os.ReadFile(f)
		for _, word := range strings.Fields(string(text)) {
			child, _ := strconv.Atoi(word)
			found = append(append(found, child), descendants(child)...)
		}
	}
	return found
}

// freePorts finds a base with nothing listening on the offsets.
func freePorts(base int, offsets ...int) (int, error) {
	for ; base < 60000; base += 1000 {
		free := true
		for _, o := range offsets {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+o))
			if err != nil {
				free = false
				break
			}
			l.Close()
		}
		if free {
			return base, nil
		}
	}
	return 0, fmt.Errorf("no free ports")
}

func waitListening(addr string) error {
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	limit := time.Now().Add(60 * time.Second)
	for time.Now().Before(limit) {
		c, err := net.Dial(network, addr)
		if err == nil {
			c.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on %s", addr)
}
