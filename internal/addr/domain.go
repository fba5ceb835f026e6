package addr

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// ParseDomain checks a domain or an address literal and returns its canonical
// form: A-labels in lower case without a final dot, or the literal with its IP
// address in canonical spelling. A-labels and not U-labels are canonical because they are
// what the DNS, certificates and signatures hold, and because a look-alike shows.
//
// A non-ASCII label must be a U-label of IDNA2008 once it is in lower case and
// NFC: nothing is mapped (full-width letters, ideographic stops), so no domain
// that is written with other than ASCII letters is ever equal to an ASCII one.
// An error is an *Error.
func ParseDomain(s string) (string, error) {
	if s == "" {
		return "", &Error{"domain", "empty"}
	}
	if len(s) > MaxDomain {
		return "", &Error{"domain", "longer than 255 octets"}
	}
	if s[0] == '[' {
		return parseLiteral(s)
	}
	out := strings.ToLower(s)
	if !isASCII(s) {
		labels := strings.Split(s, ".")
		for i, label := range labels {
			a, err := labelToASCII(label)
			if err != nil {
				return "", err
			}
			labels[i] = a
		}
		out = strings.Join(labels, ".")
	}
	if err := checkLDH(out); err != nil {
		return "", err
	}
	return out, nil
}

// labelToASCII turns one label into its A-label, if it is not ASCII already.
func labelToASCII(label string) (string, error) {
	if isASCII(label) {
		return strings.ToLower(label), nil
	}
	a, err := idna.Registration.ToASCII(foldUnicode(label))
	if err != nil || !strings.HasPrefix(a, "xn--") {
		return "", &Error{"domain", "a label that is not a valid internationalized label"}
	}
	return a, nil
}

// checkLDH checks the letter-digit-hyphen syntax and the lengths of an ASCII
// domain (RFC 5321 §4.1.2, RFC 1035 §2.3.4).
func checkLDH(s string) error {
	if len(s) > 253 {
		return &Error{"domain", "longer than 253 octets"}
	}
	last := s
	for rest, more := s, true; more; {
		last, rest, more = strings.Cut(rest, ".")
		switch {
		case last == "":
			return &Error{"domain", "an empty label"}
		case len(last) > 63:
			return &Error{"domain", "a label longer than 63 octets"}
		case last[0] == '-' || last[len(last)-1] == '-':
			return &Error{"domain", "a label that begins or ends with a hyphen"}
		}
		for i := 0; i < len(last); i++ {
			if c := last[i]; c != '-' && !isDigit(c) && (c < 'a' || c > 'z') {
				return &Error{"domain", "a character that is not a letter, digit or hyphen"}
			}
		}
	}
	// RFC 3696 §2: the top label is not all digits. An IP address needs brackets.
	if strings.Trim(last, "0123456789") == "" {
		return &Error{"domain", "the last label is a number"}
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// parseLiteral reads an address literal, RFC 5321 §4.1.3. Only IPv4 and IPv6 exist.
func parseLiteral(s string) (string, error) {
	bad := &Error{"domain", "not an address literal of IPv4 or IPv6"}
	if s[len(s)-1] != ']' {
		return "", bad
	}
	in := s[1 : len(s)-1]
	const tag = "IPv6:"
	if len(in) > len(tag) && strings.EqualFold(in[:len(tag)], tag) {
		ip, err := netip.ParseAddr(in[len(tag):])
		if err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", bad
		}
		return "[" + tag + ip.String() + "]", nil
	}
	ip, err := netip.ParseAddr(in)
	if err != nil || !ip.Is4() {
		return "", bad
	}
	return "[" + ip.String() + "]", nil
}

// CanonicalDomain is ParseDomain for a domain known to be good. What does not
// parse comes back as it is but for ASCII letter case, so it equals no valid domain
// (one final dot, as the DNS writes it, is dropped).
func CanonicalDomain(s string) string {
	if c, err := ParseDomain(strings.TrimSuffix(s, ".")); err == nil {
		return c
	}
	return asciiLower(s)
}

// asciiLower lower-cases A to Z alone: bytes beyond ASCII, valid or not, stay.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// UnicodeDomain returns a domain for display: its A-labels as U-labels, where
// the way back gives the same A-label; everything else in canonical form.
func UnicodeDomain(s string) string {
	s = CanonicalDomain(s)
	if !strings.Contains(s, "xn--") {
		return s
	}
	labels := strings.Split(s, ".")
	for i, label := range labels {
		u, err := idna.Punycode.ToUnicode(label)
		if err != nil || isASCII(u) {
			continue
		}
		if a, err := labelToASCII(u); err == nil && a == label {
			labels[i] = u
		}
	}
	return strings.Join(labels, ".")
}

// IPLiteral returns the IP address of an address literal, and false for a name.
func IPLiteral(domain string) (netip.Addr, bool) {
	c, err := ParseDomain(domain)
	if err != nil || c[0] != '[' {
		return netip.Addr{}, false
	}
	ip, err := netip.ParseAddr(strings.TrimPrefix(c[1:len(c)-1], "IPv6:"))
	return ip, err == nil
}
