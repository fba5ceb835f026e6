package imapserver

import (
	"sync"

	"postroom"
)

// Limits bound the connections of one client address and of one account, so
// that a client that forgets to hang up takes no others' place. Zero is the
// default of DefaultLimits.
type Limits struct {
	PerAddress, PerAccount int
}

// DefaultLimits leave room for an office behind one address, and for a person
// with several clients that keep a connection for each mailbox.
var DefaultLimits = Limits{PerAddress: 2000, PerAccount: 100}

// Tally counts connections. Servers that share one share its limits.
type Tally struct {
	limits Limits

	mu        sync.Mutex
	addresses map[string]int
	accounts  map[postroom.AccountID]int
}

// NewTally returns a tally with nobody in it.
func NewTally(l Limits) *Tally {
	if l.PerAddress <= 0 {
		l.PerAddress = DefaultLimits.PerAddress
	}
	if l.PerAccount <= 0 {
		l.PerAccount = DefaultLimits.PerAccount
	}
	return &Tally{limits: l, addresses: map[string]int{}, accounts: map[postroom.AccountID]int{}}
}

func (t *Tally) addAddress(address string) bool {
	return add(t, t.addresses, address, t.limits.PerAddress)
}
func (t *Tally) addAccount(id postroom.AccountID) bool {
	return add(t, t.accounts, id, t.limits.PerAccount)
}
func (t *Tally) removeAddress(address string)        { remove(t, t.addresses, address) }
func (t *Tally) removeAccount(id postroom.AccountID) { remove(t, t.accounts, id) }

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
