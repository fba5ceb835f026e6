// Package ratelimit slows the guessing of passwords down. It counts failed sign-ins
// by account, by network, and by both together, and tells whether another attempt
// may be made.
//
// Counting by both stops the ordinary guesser without locking the owner out elsewhere.
// The network's count stops one who tries many accounts, the account's one who tries
// from many networks; from the latter the networks are exempt from which the owner
// has signed in before.
package ratelimit

import (
	"net/netip"
	"sync"
	"time"
)

// Options of a Limiter. Zero fields get the defaults.
type Options struct {
	// Window is the time in which a full count drains away; 15 minutes.
	Window time.Duration
	// PerPair is how many failures one network may have with one account; 10.
	PerPair int
	// PerNetwork is how many failures one network may have; 100.
	PerNetwork int
	// PerAccount is how many failures one account may have; 100.
	PerAccount int
	// Entries bounds each of the tables; 65,536 (about 10 MB in all when full of
	// long names). The entry unused for the longest time goes first.
	Entries int
	// Remember is for how long a network stays known from which an account has
	// signed in; 30 days.
	Remember time.Duration
}

func (o Options) withDefaults() Options {
	set := func(n *int, v int) {
		if *n <= 0 {
			*n = v
		}
	}
	set(&o.PerPair, 10)
	set(&o.PerNetwork, 100)
	set(&o.PerAccount, 100)
	set(&o.Entries, 1<<16)
	if o.Window <= 0 {
		o.Window = 15 * time.Minute
	}
	if o.Remember <= 0 {
		o.Remember = 30 * 24 * time.Hour
	}
	return o
}

// Limiter counts failures. It is safe for concurrent use; the times given to it should
// not run backwards, but nothing breaks if they do.
type Limiter struct {
	o Options

	mu       sync.Mutex
	pairs    table[pair]
	networks table[netip.Prefix]
	accounts table[string]
	known    table[pair]
}

type pair struct {
	account string
	network netip.Prefix
}

// New returns a Limiter.
func New(o Options) *Limiter {
	o = o.withDefaults()
	return &Limiter{
		o:     o,
		pairs: newTable[pair](o.Entries), networks: newTable[netip.Prefix](o.Entries),
		accounts: newTable[string](o.Entries), known: newTable[pair](o.Entries),
	}
}

// Network is the unit in which client addresses are counted: /24 of IPv4, /64 of IPv6.
func Network(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	p, _ := ip.Prefix(bits) // the zero Addr gives the zero Prefix
	return p
}

// Wait returns how long to refuse attempts of this account from ip: 0 when one may be
// made now. Ask before checking the password, and answer a refusal just as a wrong
// password. account should be in canonical form, known or not.
func (l *Limiter) Wait(account string, ip netip.Addr, now time.Time) time.Duration {
	k := key(account, ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := max(
		l.pairs.wait(k, l.o.PerPair, l.o.Window, now),
		l.networks.wait(k.network, l.o.PerNetwork, l.o.Window, now),
	)
	if since, ok := l.known.at(k); ok && now.Sub(since) < l.o.Remember {
		return wait
	}
	return max(wait, l.accounts.wait(k.account, l.o.PerAccount, l.o.Window, now))
}

// Fail counts a failed sign-in.
func (l *Limiter) Fail(account string, ip netip.Addr, now time.Time) {
	k := key(account, ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pairs.add(k, l.o.PerPair, l.o.Window, now)
	l.networks.add(k.network, l.o.PerNetwork, l.o.Window, now)
	l.accounts.add(k.account, l.o.PerAccount, l.o.Window, now)
}

// Succeed notes a sign-in: the failures of this account from this network are
// forgotten, those of the whole network and the whole account are not.
func (l *Limiter) Succeed(account string, ip netip.Addr, now time.Time) {
	k := key(account, ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pairs.remove(k)
	l.known.touch(k, now)
}

// key bounds what an attacker can make us keep: no address is longer.
func key(account string, ip netip.Addr) pair {
	const longest = 320
	if len(account) > longest {
		account = account[:longest]
	}
	return pair{account, Network(ip)}
}
