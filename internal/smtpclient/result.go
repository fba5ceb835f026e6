package smtpclient

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-smtp"

	"postroom/internal/addr"
)

// Status is what became of a recipient.
type Status int

const (
	// Deferred: not delivered, worth another try.
	Deferred Status = iota
	// Delivered: the remote host took responsibility.
	Delivered
	// Failed: not delivered, and trying again will not help.
	Failed
)

func (s Status) String() string {
	switch s {
	case Delivered:
		return "delivered"
	case Failed:
		return "failed"
	}
	return "deferred"
}

// Result is the outcome for one recipient.
type Result struct {
	Recipient addr.Address
	Status    Status
	// Code is the reply code of the remote host; 0 when the outcome was
	// decided here (no connection, no such domain).
	Code int
	// Enhanced is the status code of RFC 3463, such as "5.1.1"; never empty.
	Enhanced string
	// Text of the reply, or what went wrong: one line of printable characters, at most 500 octets.
	Text string
	// Host is the name of the remote host, "" when none was reached.
	Host string
	// IP is the address of the remote host, with Host.
	IP string
	// TLS is the protocol version of the connection, "" for plain text.
	TLS string
	// PassedDSN tells that the host knows RFC 3461 and was given the request for
	// notifications: success is its to report, not ours.
	PassedDSN bool
}

// Permanent reports whether the recipient failed for good.
func (r Result) Permanent() bool { return r.Status == Failed }

// failure is why something could not be sent.
type failure struct {
	status   Status
	code     int
	enhanced string
	text     string
}

func (f *failure) Error() string {
	if f.code == 0 {
		return f.enhanced + " " + f.text
	}
	return fmt.Sprintf("%d %s %s", f.code, f.enhanced, f.text)
}

func deferred(enhanced, text string) *failure { return &failure{Deferred, 0, enhanced, clean(text)} }
func failed(enhanced, text string) *failure   { return &failure{Failed, 0, enhanced, clean(text)} }

// asFailure reads any error as a failure; what is not a reply is a broken connection.
func asFailure(err error) *failure {
	var f *failure
	if errors.As(err, &f) {
		return f
	}
	var s *smtp.SMTPError
	if errors.As(err, &s) {
		return replyFailure(s.Code, s.EnhancedCode, s.Message)
	}
	var dnsErr *net.DNSError
	if errors.As(err, &dnsErr) {
		return deferred("4.4.3", "name lookup failed: "+dnsErr.Err)
	}
	return deferred("4.4.2", "connection failed: "+err.Error())
}

// replyFailure reads a negative reply. A reply that is neither 4yz nor 5yz is out of
// step and says nothing about the recipient: deferred (RFC 5321 §4.2.1).
func replyFailure(code int, enhanced smtp.EnhancedCode, text string) *failure {
	f := &failure{Deferred, code, fmt.Sprintf("%d.%d.%d", enhanced[0], enhanced[1], enhanced[2]), clean(text)}
	class := code / 100
	if class == 5 {
		f.status = Failed
	}
	// The class of the enhanced code must be that of the reply (RFC 2034 §4).
	if enhanced[0] != class || enhanced[1] < 0 || enhanced[2] < 0 {
		f.enhanced = "4.0.0"
		if class == 5 {
			f.enhanced = "5.0.0"
		}
	}
	return f
}

// clean makes remote text fit for a log and a report: one line, printable, bounded.
func clean(s string) string {
	const limit = 500
	var b strings.Builder
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = ' '
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
