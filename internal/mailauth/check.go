// Package mailauth decides what the sender checks say of a message: SPF (RFC
// 7208), DKIM (RFC 6376) and DMARC (RFC 7489), written down as an
// Authentication-Results field (RFC 8601). It also signs outgoing messages and lists
// the DNS records a domain should publish.
//
// It judges and never rejects: what to do with a verdict is the caller's.
package mailauth

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"

	"blitiri.com.ar/go/spf"
)

// Value is the result of one check, spelled as in RFC 8601 §2.7.
type Value string

// The values of all methods.
const (
	None      Value = "none"
	Pass      Value = "pass"
	Fail      Value = "fail"
	SoftFail  Value = "softfail"
	Neutral   Value = "neutral"
	Policy    Value = "policy"
	TempError Value = "temperror"
	PermError Value = "permerror"
)

// Resolver is what the checks ask of the DNS. Errors are *net.DNSError.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupAddr(ctx context.Context, ip string) ([]string, error)
}

// Sender is what SMTP said of a message.
type Sender struct {
	IP   netip.Addr // of the client
	Helo string     // name of EHLO
	From string     // reverse-path without brackets, "" for <>
}

// Verdict is the outcome of all checks.
type Verdict struct {
	SPF   SPF
	DKIM  []DKIM // one for each signature looked at, in order
	DMARC DMARC
}

// SPF is the outcome of RFC 7208.
type SPF struct {
	Value Value
	// Domain that was checked, in A-labels: that of the reverse-path, or the
	// EHLO name for the null reverse-path.
	Domain string
	// From is the reverse-path; "" if the EHLO name was checked.
	From string
	// Reason for people, may be empty.
	Reason string
}

// MaxHeader bounds the header section the checks look at, octets. DKIM and DMARC of a
// message beyond it, or with more than maxLines lines in its header, are permerror.
const MaxHeader = 256 << 10

const (
	maxLines      = 4000
	maxFields     = 1000
	maxSignature  = 4 << 10 // of one DKIM-Signature field
	maxSignatures = 5
	maxFrom       = 16 << 10
)

var errHeader = errors.New("the header section is too large")

// Check runs all checks. ctx bounds the time for lookups. message is read to its end or to
// the first error; a message that cannot be read gives temperror for DKIM, and
// that error.
func Check(ctx context.Context, r Resolver, s Sender, message io.Reader) (Verdict, error) {
	v := Verdict{SPF: CheckSPF(ctx, r, s)}
	in := &steadyReader{r: message}
	br := bufio.NewReaderSize(in, 32<<10)
	header, err := readHeader(br)
	if err == nil {
		v.DKIM = verify(ctx, r, header, br)
		v.DMARC = checkDMARC(ctx, r, header, v.SPF, v.DKIM)
	} else {
		v.DKIM = []DKIM{{Value: PermError, Reason: err.Error()}}
		v.DMARC = DMARC{Value: PermError, Reason: err.Error()}
	}
	if _, err := io.Copy(io.Discard, br); err != nil {
		return v, err
	}
	if in.err != nil {
		v.DKIM = []DKIM{{Value: TempError, Reason: "the message could not be read"}}
		v.DMARC.Value = TempError
	}
	return v, in.err
}

// CheckSPF evaluates RFC 7208 alone; it can run at MAIL FROM.
func CheckSPF(ctx context.Context, r Resolver, s Sender) SPF {
	out := SPF{Value: None, From: s.From, Domain: domainOf(s.From)}
	sender := s.From
	if s.From == "" {
		// RFC 7208 §2.4: postmaster at the EHLO name.
		out.Domain = normalDomain(s.Helo)
		sender = "postmaster@" + out.Domain
	} else if out.Domain != "" {
		sender = s.From[:len(s.From)-len(rawDomain(s.From))] + out.Domain
	}
	// RFC 7208 §4.3: no check for what is no name in the DNS.
	if !s.IP.IsValid() || !isHostname(out.Domain) {
		return out
	}
	value, err := spf.CheckHostWithSender(s.IP.Unmap().AsSlice(), s.Helo, sender,
		spf.WithResolver(r), spf.WithContext(ctx))
	out.Value = Value(value)
	if err != nil && out.Value != Pass && out.Value != None {
		out.Reason = err.Error()
	}
	return out
}

// steadyReader ends at the first error and keeps it: a DKIM verification that meets
// a read error would otherwise never end.
type steadyReader struct {
	r   io.Reader
	err error
}

func (s *steadyReader) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, io.EOF
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err, err = err, io.EOF
	}
	return n, err
}

// readHeader reads the header section with its empty line. A message may end in it.
func readHeader(br *bufio.Reader) ([]byte, error) {
	var header []byte
	for lines := 0; ; {
		part, err := br.ReadSlice('\n')
		if len(header)+len(part) > MaxHeader || lines > maxLines {
			return nil, errHeader
		}
		whole := len(header) == 0 || header[len(header)-1] == '\n' // part begins a line
		header = append(header, part...)
		switch {
		case err == bufio.ErrBufferFull:
		case err == io.EOF:
			return header, nil
		case err != nil:
			return nil, err
		case whole && (len(part) == 1 || len(part) == 2 && part[0] == '\r'):
			return header, nil
		default:
			lines++
		}
	}
}

// field is one header field.
type field struct {
	name  string // as written, without white space around it
	value []byte // what follows the colon, folded as it is
	raw   []byte // the whole field with its line ending
}

// fields splits a header section. A line that is no field, and what continues it, has
// an empty name. rest is what follows the empty line, that line included.
func fields(header []byte) (out []field, rest []byte) {
	for len(header) > 0 {
		n := lineLen(header)
		if isEmptyLine(header[:n]) {
			return out, header
		}
		for n < len(header) && (header[n] == ' ' || header[n] == '\t') && !isEmptyLine(header[n:n+lineLen(header[n:])]) {
			n += lineLen(header[n:])
		}
		f := field{raw: header[:n]}
		if name, value, ok := bytes.Cut(f.raw, []byte{':'}); ok && bytes.IndexByte(name, '\n') < 0 {
			f.name, f.value = string(bytes.TrimSpace(name)), value
		}
		out = append(out, f)
		header = header[n:]
	}
	return out, nil
}

func lineLen(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

func isEmptyLine(line []byte) bool {
	return len(line) == 1 && line[0] == '\n' || len(line) == 2 && line[0] == '\r' && line[1] == '\n'
}
