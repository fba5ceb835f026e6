package ratelimit

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	start = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	home  = netip.MustParseAddr("192.0.2.1")
	away  = netip.MustParseAddr("198.51.100.1")
)

func TestPairIsLimited(t *testing.T) {
	l := New(Options{PerPair: 3, PerNetwork: 1e6, PerAccount: 1e6, Window: 3 * time.Minute})
	for i := range 3 {
		if w := l.Wait("anna@example.test", home, start); w != 0 {
			t.Fatalf("attempt %d waits %v", i, w)
		}
		l.Fail("anna@example.test", home, start)
	}
	if w := l.Wait("anna@example.test", home, start); w != time.Minute {
		t.Errorf("waits %v", w)
	}
	if w := l.Wait("anna@example.test", netip.MustParseAddr("192.0.2.200"), start); w == 0 {
		t.Error("a neighbour in the network may go on")
	}
	if w := l.Wait("anna@example.test", away, start); w != 0 {
		t.Error("the owner is locked out elsewhere")
	}
	if w := l.Wait("ben@example.test", home, start); w != 0 {
		t.Error("another account is locked out")
	}
	if w := l.Wait("anna@example.test", home, start.Add(time.Minute)); w != 0 {
		t.Errorf("after a minute: %v", w)
	}
	for range 1000 {
		l.Fail("anna@example.test", home, start)
	}
	if w := l.Wait("anna@example.test", home, start); w > 2*time.Minute {
		t.Errorf("hammering closes the door for %v", w)
	}
	l.Succeed("anna@example.test", home, start)
	if w := l.Wait("anna@example.test", home, start); w != 0 {
		t.Errorf("after success: %v", w)
	}
}

func TestNetworkIsLimited(t *testing.T) {
	l := New(Options{PerNetwork: 20})
	for i := range 20 {
		l.Fail(fmt.Sprint("user", i), home, start)
	}
	if l.Wait("fresh", home, start) == 0 || l.Wait("fresh", away, start) != 0 {
		t.Error("a network that tries many accounts")
	}
}

func TestAccountIsLimitedButNotForItsOwner(t *testing.T) {
	l := New(Options{PerAccount: 50})
	l.Succeed("anna", home, start)
	for i := range 50 {
		l.Fail("anna", netip.AddrFrom4([4]byte{203, 0, byte(i), 1}), start)
	}
	if l.Wait("anna", away, start) == 0 {
		t.Error("guessing from many networks goes on")
	}
	if l.Wait("anna", home, start) != 0 {
		t.Error("the owner is locked out at home")
	}
	later := start.Add(31 * 24 * time.Hour)
	for i := range 50 {
		l.Fail("anna", netip.AddrFrom4([4]byte{203, 0, byte(i), 1}), later)
	}
	if l.Wait("anna", home, later) == 0 {
		t.Error("a network is known for ever")
	}
}

func TestNetwork(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.77": "192.0.2.0/24", "::ffff:192.0.2.77": "192.0.2.0/24",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := Network(netip.MustParseAddr(in)).String(); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	l := New(Options{Entries: 100})
	for i := range 1000 {
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 1})
		name := strings.Repeat("x", 10000) + fmt.Sprint(i)
		l.Fail(name[9000:], ip, start)
		l.Succeed(fmt.Sprint(i), ip, start)
		l.Fail(fmt.Sprint(i), ip, start)
	}
	for name, n := range map[string]int{
		"pairs": len(l.pairs.entries), "networks": len(l.networks.entries), "accounts": len(l.accounts.entries), "known": len(l.known.entries),
		"order": l.pairs.order.Len(),
	} {
		if n > 100 {
			t.Errorf("%s: %d", name, n)
		}
	}
	// The one used last is still there.
	if _, ok := l.accounts.entries["999"]; !ok {
		t.Error("the newest entry was dropped")
	}
}

func TestConcurrentUse(t *testing.T) {
	l := New(Options{Entries: 10})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				name := fmt.Sprint(i % 20)
				l.Wait(name, home, start)
				l.Fail(name, away, start.Add(time.Duration(g)))
				l.Succeed(name, home, start)
			}
		})
	}
	wg.Wait()
}
