// Package dns asks the Domain Name System what mail needs to know.
//
// Answers and errors use the types of package net, so that a consumer can
// declare the part of Resolver it needs without importing this package, and
// *net.Resolver can stand in. Every failed lookup is a *net.DNSError: IsNotFound
// when the name or the record does not exist, IsTemporary when it is worth
// asking again later.
package dns

import (
	"context"
	"net"
)

// Resolver looks records up. Names are absolute, with or without the final
// dot; no search list is applied. Methods are safe for concurrent use.
type Resolver interface {
	// LookupMX returns the MX records ordered by preference, equal ones in
	// random order. Hosts end in a dot; the host "." is a null MX (RFC 7505).
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	// LookupTXT returns one string per TXT record, its parts joined.
	LookupTXT(ctx context.Context, name string) ([]string, error)
	// LookupIPAddr returns the A and AAAA records of host; an IP address
	// given as host is returned as it is.
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	// LookupAddr returns the names an IP address points back to (PTR). They
	// are claims until LookupIPAddr confirms them.
	LookupAddr(ctx context.Context, ip string) ([]string, error)
}

// None asks nobody: every lookup fails as a temporary failure, at once. Checks
// of a sender then say temperror instead of passing judgement.
type None struct{}

var (
	_ Resolver = None{}
	_ Resolver = (*Client)(nil)
	_ Resolver = (*Zone)(nil)
	_ Resolver = (*net.Resolver)(nil)
)

func (None) fail(name string) error {
	return &net.DNSError{Err: "lookups are turned off", Name: name, IsTemporary: true}
}

// LookupMX fails.
func (n None) LookupMX(_ context.Context, name string) ([]*net.MX, error) { return nil, n.fail(name) }

// LookupTXT fails.
func (n None) LookupTXT(_ context.Context, name string) ([]string, error) { return nil, n.fail(name) }

// LookupIPAddr fails for names and returns an IP address as it is.
func (n None) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	if ip := literal(host); ip != nil {
		return ip, nil
	}
	return nil, n.fail(host)
}

// LookupAddr fails.
func (n None) LookupAddr(_ context.Context, ip string) ([]string, error) { return nil, n.fail(ip) }

// literal returns host as an answer when it is an IP address, else nil.
func literal(host string) []net.IPAddr {
	if ip := net.ParseIP(host); ip != nil {
		return []net.IPAddr{{IP: ip}}
	}
	return nil
}

// notFound is the error for a name or a record that does not exist.
func notFound(name string) error {
	return &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}
