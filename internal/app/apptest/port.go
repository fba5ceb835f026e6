// Package apptest helps tests that run the whole program.
package apptest

import (
	"errors"
	"net"
	"os"
	"strconv"
)

// Bases of demonstrations: so far apart that no port of one is a port of
// another, and all below the ports that systems give to clients.
const (
	firstBase = 20_000
	lastBase  = 31_600
	apart     = 200
)

// demoPorts are those of a demonstration, from its base.
var demoPorts = [...]int{24, 25, 80, 143, 443, 465, 587, 993}

// PortBase finds a base on which a demonstration can listen. Until it is
// released no other test gets it, of another process neither: the port of the
// base itself, which demonstrations leave free, is held.
func PortBase() (base int, release func(), err error) {
	const bases = (lastBase-firstBase)/apart + 1
	for i := range bases {
		base := firstBase + (os.Getpid()+i)%bases*apart
		held, err := listen(base)
		if err != nil {
			continue
		}
		if portsFree(base) {
			return base, func() { _ = held.Close() }, nil
		}
		_ = held.Close()
	}
	return 0, nil, errors.New("no free ports")
}

func portsFree(base int) bool {
	for _, port := range demoPorts {
		l, err := listen(base + port)
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}
