package storetest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// crashDir names the variable by which the test binary is told to be the
// process that is killed.
const crashDir = "POSTROOM_TEST_CRASH_DIR"

// A process that is killed in the middle of a delivery storm loses nothing it
// has acknowledged, and stores nothing twice.
func TestKilled(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		storm(t, dir)
		return
	}
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)})
	must(t, err)
	h := storetest.NewHouse(t, s)
	must(t, s.Close())

	acknowledged := stormAndKill(t, dir, 400)
	if s, err = store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h.Store = s
	storetest.CheckConsistency(t, s)
	there := make(map[string]int)
	for _, a := range []postroom.Account{h.Anna, h.Ben} {
		m := h.Open(h.SignIn(a.Address), a, "/Inbox")
		for it, err := range m.Fetch(t.Context(), uidsOf(h.View(m))) {
			must(t, err)
			var sum message.Summary
			must(t, sum.UnmarshalBinary(it.Summary))
			there[a.Address+" "+sum.MessageID]++
		}
	}
	for _, id := range acknowledged {
		for _, who := range []string{"anna", "ben"} {
			if n := there[who+"@example.test "+id]; n != 1 {
				t.Errorf("%s has %d of %s", who, n, id)
			}
		}
	}
}

// stormAndKill runs the storm in another process, kills it after n answers and
// returns the messages it acknowledged.
func stormAndKill(t *testing.T, dir string, n int) (ids []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilled$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "ack "); ok {
			ids = append(ids, id)
		}
		if len(ids) == n {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait() // it was killed
	if len(ids) < n {
		t.Fatalf("the storm ended after %d messages", len(ids))
	}
	return ids
}

// storm delivers until it is killed, and says what it delivered.
func storm(t *testing.T, dir string) {
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	must(t, err)
	d := system.Delivery(s)
	var accounts []store.ArrivalCopy
	for _, name := range []string{"anna", "ben"} {
		a, err := system.Console(s).Directory().Account(t.Context(), name+"@example.test")
		must(t, err)
		accounts = append(accounts, store.ArrivalCopy{Account: a.ID, Prefix: []byte("Delivered-To: " + name + "\r\n")})
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 100_000 {
				n := w*1_000_000 + i
				body := "x"
				if i%20 == 0 {
					body = strings.Repeat("large\r\n", 10_000+n%1000)
				}
				err := d.Deliver(context.Background(), store.Arrival{Raw: []byte(storetest.Message(n, body)), Copies: accounts})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				fmt.Printf("ack m%d@example.org\n", n)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
