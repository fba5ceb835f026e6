// Package tally counts the connections of client addresses and accounts.
package tally

import (
	"net/netip"
	"sync"

	"postroom"
)

// Limits bound the connections of one client address and of one account, so
// that a client that forgets to hang up takes no others' place. Zero is the
// default: 2,000 and 100.
type Limits struct {
	PerAddress, PerAccount int
}

// The defaults leave room for an office behind one address, and for a person
// with several clients that keep a connection for each mailbox.
const (
	perAddress = 2000
	perAccount = 100
)

// Tally counts connections. Servers that share one share its limits.
type Tally struct {
	limits Limits

	mu        sync.Mutex
	addresses map[string]int
	accounts  map[postroom.AccountID]int
}

// New returns a tally with nobody in it.
func New(l Limits) *Tally {
	if l.PerAddress <= 0 {
		l.PerAddress = perAddress
	}
	if l.PerAccount <= 0 {
		l.PerAccount = perAccount
	}
	return &Tally{limits: l, addresses: map[string]int{}, accounts: map[postroom.AccountID]int{}}
}

// AddAddress counts a connection of an address; false when it has too many.
func (t *Tally) AddAddress(address string) bool {
	return add(t, t.addresses, networkOf(address), t.limits.PerAddress)
}

// AddAccount counts a connection of an account; false when it has too many.
func (t *Tally) AddAccount(id postroom.AccountID) bool {
	return add(t, t.accounts, id, t.limits.PerAccount)
}

// RemoveAddress takes back one that AddAddress counted.
func (t *Tally) RemoveAddress(address string) { remove(t, t.addresses, networkOf(address)) }

// networkOf is what counts as one address: of IPv6 the whole /64, which a client
// has to itself.
func networkOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if ip = ip.Unmap(); err != nil || !ip.Is6() {
		return address
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// RemoveAccount takes back one that AddAccount counted.
func (t *Tally) RemoveAccount(id postroom.AccountID) { remove(t, t.accounts, id) }

func add[K comparable](t *Tally, counts map[K]int, key K, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if counts[key] >= most {
		return false
	}
	counts[key]++
	return true
}

func remove[K comparable](t *Tally, counts map[K]int, key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if counts[key]--; counts[key] == 0 {
		delete(counts, key)
	}
}
