// Package smtpclient hands one message to the hosts of its recipients, or to a
// smarthost, and reports what became of each recipient. It keeps no state and
// tries once: a queue decides when to try again.
package smtpclient

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"postroom/internal/addr"
)

// Security says what a connection needs before a message goes over it.
type Security int

const (
	// Opportunistic uses STARTTLS when it is offered, does not check the
	// certificate (RFC 7435) and falls back to plain text when TLS fails.
	Opportunistic Security = iota
	// Encrypted needs STARTTLS with any certificate.
	Encrypted
	// Verified needs STARTTLS and a certificate valid for the host.
	Verified
	// Implicit is TLS from the first octet (RFC 8314) with a valid certificate.
	Implicit
	// Plain never asks for TLS.
	Plain
)

// Timeouts of a connection; zero fields get those of RFC 5321 §4.5.3.2, but for
// Connect, which is 30 seconds.
type Timeouts struct {
	Connect time.Duration // TCP connection and TLS handshake
	Command time.Duration // greeting and the reply to a command, 5 minutes
	Write   time.Duration // one block of data, 3 minutes
	Final   time.Duration // the reply to the final dot, 10 minutes
}

func (t Timeouts) withDefaults() Timeouts {
	t.Connect = cmp.Or(t.Connect, 30*time.Second)
	t.Command = cmp.Or(t.Command, 5*time.Minute)
	t.Write = cmp.Or(t.Write, 3*time.Minute)
	t.Final = cmp.Or(t.Final, 10*time.Minute)
	return t
}

// Resolver is what a Dialer asks of the DNS. Errors are *net.DNSError, with
// IsNotFound for what does not exist. *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
}

// Smarthost is a relay that takes all mail.
type Smarthost struct {
	// Addr is "host:port".
	Addr string
	// User and Password sign in (SASL PLAIN, else LOGIN) when User is not empty. They
	// go only over verified TLS or to a loopback address, whatever the Security.
	User, Password string
}

// Dialer delivers messages. Its fields are not to be changed while it is used;
// its methods may be called concurrently.
type Dialer struct {
	// Hostname is the name given with EHLO; an MX record that names it is this
	// server itself.
	Hostname string
	// Resolver finds MX hosts and their addresses. Required.
	Resolver Resolver
	// Smarthost takes all mail instead of the hosts of the recipients, if its Addr is set.
	Smarthost Smarthost
	// Security of connections.
	Security Security
	// TLS is the base of the client configuration (root certificates, minimum version).
	TLS *tls.Config
	// Timeouts of a connection.
	Timeouts Timeouts
	// Port of MX hosts; "" is "25".
	Port string
	// MaxRecipients of one transaction; 0 is 100 (RFC 5321 §4.5.3.1.8).
	MaxRecipients int
	// DialContext opens TCP connections; nil is a net.Dialer.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Envelope is who a message is from and for (RFC 5321 §2.3.1), with what
// RFC 3461 adds.
type Envelope struct {
	// From is the reverse-path; the zero Address is <>.
	From addr.Address
	// Recipients, at least one.
	Recipients []Recipient
	// UTF8Header tells that the message has UTF-8 in a header (RFC 6532) and so
	// needs SMTPUTF8, whatever its addresses.
	UTF8Header bool
	// Return is RET: "FULL", "HDRS" or "".
	Return string
	// ID is ENVID, decoded.
	ID string
}

// Recipient is one forward-path.
type Recipient struct {
	Address addr.Address
	// Notify is NOTIFY: "NEVER", or any of "SUCCESS", "FAILURE", "DELAY".
	Notify []string
	// OriginalType and Original are ORCPT, decoded: "RFC822" or "UTF-8", and an address.
	OriginalType, Original string
}

// Deliver tries each recipient of e once and returns a Result for each, in order.
// Recipients of one domain share a connection and, up to MaxRecipients, a
// transaction. size is the length of the message in octets; open gives its text from
// the start and is called once per transaction. Bare CR and LF in the text go
// out as CRLF.
//
// The error is not about recipients: ctx ended, or open or reading failed. Results are
// complete even then; those it kept from being sent are Deferred.
func (d *Dialer) Deliver(ctx context.Context, e Envelope, size int64, open func() (io.ReadCloser, error)) ([]Result, error) {
	results := make([]Result, len(e.Recipients))
	for i, r := range e.Recipients {
		results[i] = Result{Recipient: r.Address, Status: Deferred, Enhanced: "4.0.0", Text: "not tried"}
	}
	m := &message{envelope: e, size: size, open: open}
	for _, group := range d.groups(e.Recipients) {
		t := &transfer{dialer: d, message: m, pending: group, results: results}
		t.run(ctx)
	}
	return results, errors.Join(m.failure, ctx.Err())
}

// groups splits the recipients into those that share a destination: indexes, in order.
func (d *Dialer) groups(recipients []Recipient) [][]int {
	var out [][]int
	at := make(map[string]int)
	for i, r := range recipients {
		domain := ""
		if d.Smarthost.Addr == "" {
			domain = addr.CanonicalDomain(r.Address.Domain)
		}
		n, ok := at[domain]
		if !ok {
			n = len(out)
			at[domain] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// message is what all transactions of one Deliver share.
type message struct {
	envelope Envelope
	size     int64
	open     func() (io.ReadCloser, error)
	failure  error // of open or reading: the message itself is not to be had
}
