// Package addr holds mail addresses as they stand in an SMTP envelope
// (RFC 5321 §4.1.2, with the UTF-8 of RFC 6531 §3.3) and the one canonical form
// under which this server compares them.
//
// An Address keeps what was written, with quoting undone. Two addresses name
// the same mailbox here exactly when their Canonical forms are ==. The
// canonical form folds only what a standard or this server calls the same:
// letter case, NFC, needless quotes, U-label against A-label. It never folds a
// look-alike: a non-ASCII character never becomes an ASCII one.
package addr

import (
	"strings"
	"unicode/utf8"

	"postroom"
)

// Limits in octets.
const (
	MaxLocal   = 64  // RFC 5321 §4.5.3.1.1, counted with the quotes it needs
	MaxDomain  = 255 // RFC 5321 §4.5.3.1.2; 253 is what fits into the DNS
	MaxAddress = 254 // RFC 5321 §4.5.3.1.3: 256 for a path with its < and >
)

// Delimiter separates the base of a local part from its detail (RFC 5233).
const Delimiter = '+'

// Address is a mailbox address. The zero Address is the null reverse-path <>.
type Address struct {
	// Local is the local part without quotes or backslashes. It may hold
	// any printable ASCII, spaces and the specials included, and UTF-8.
	Local string
	// Domain is as it was written: LDH labels, U-labels, or an address
	// literal in brackets.
	Domain string
}

// Error says which part of an address is wrong and why. The text is safe to
// show to a client: it holds nothing of the input.
type Error struct {
	Part   string // "address", "local part" or "domain"
	Reason string
}

func (e *Error) Error() string { return "invalid " + e.Part + ": " + e.Reason }

// Unwrap gives the error its kind, postroom.Invalid, and its text for users.
func (e *Error) Unwrap() error {
	return postroom.Errorf(postroom.Invalid, "%s: %s", "invalid "+e.Part, e.Reason)
}

// Parse reads an envelope address without angle brackets: a dot-atom or quoted
// string, "@", and a domain or address literal. It accepts no comments, folding
// white space, display names or source routes. An error is an *Error.
func Parse(s string) (Address, error) {
	if s == "" {
		return Address{}, &Error{"address", "empty"}
	}
	if len(s) > 4*MaxAddress { // no work for what cannot fit, quoted pairs and all
		return Address{}, &Error{"address", "too long"}
	}
	local, rest, err := parseLocal(s)
	if err != nil {
		return Address{}, err
	}
	if rest == "" || rest[0] != '@' {
		return Address{}, &Error{"address", "no @ after the local part"}
	}
	a := Address{Local: local, Domain: rest[1:]}
	domain, err := ParseDomain(a.Domain)
	if err != nil {
		return Address{}, err
	}
	// The canonical form may be longer than the written one (NFC and lower
	// case can grow, an A-label is longer than its U-label): both must fit.
	n := quotedLen(local)
	c := max(n, quotedLen(foldLocal(local)))
	if c > MaxLocal {
		return Address{}, &Error{"local part", "longer than 64 octets"}
	}
	if max(n+1+len(a.Domain), c+1+len(domain)) > MaxAddress {
		return Address{}, &Error{"address", "longer than 254 octets"}
	}
	return a, nil
}

// parseLocal reads the local part at the start of s and returns it unquoted,
// and what follows it.
func parseLocal(s string) (local, rest string, err error) {
	if s[0] == '"' {
		return parseQuoted(s)
	}
	end := strings.IndexByte(s, '@')
	if end < 0 {
		return "", "", &Error{"address", "no @"}
	}
	local = s[:end]
	if local == "" {
		return "", "", &Error{"local part", "empty"}
	}
	if !isDotAtom(local) {
		return "", "", localError(local)
	}
	return local, s[end:], nil
}

// localError says what keeps s from being a dot-atom.
func localError(s string) error {
	if !utf8.ValidString(s) {
		return &Error{"local part", "not valid UTF-8"}
	}
	if s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return &Error{"local part", "a dot at its start, its end or next to another dot"}
	}
	return &Error{"local part", "a character that is not allowed here"}
}

// parseQuoted reads Quoted-string of RFC 5321 §4.1.2.
func parseQuoted(s string) (local, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			if b.Len() == 0 {
				return "", "", &Error{"local part", "empty"}
			}
			return b.String(), s[i+1:], nil
		case c == '\\':
			if i+1 >= len(s) || s[i+1] < ' ' || s[i+1] > '~' {
				return "", "", &Error{"local part", "a backslash before a character that cannot be quoted"}
			}
			b.WriteByte(s[i+1])
			i += 2
		case c < utf8.RuneSelf:
			if c < ' ' || c > '~' {
				return "", "", &Error{"local part", "a control character"}
			}
			b.WriteByte(c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if !isUTF8Text(r, n) {
				return "", "", &Error{"local part", "a character that is not allowed here"}
			}
			b.WriteString(s[i : i+n])
			i += n
		}
	}
	return "", "", &Error{"local part", "the closing quote is missing"}
}

// IsZero reports whether a is the null reverse-path.
func (a Address) IsZero() bool { return a == Address{} }

// String writes the address as it goes into an envelope, with quotes when the
// local part needs them and only then. The zero Address gives "".
func (a Address) String() string {
	if a.IsZero() {
		return ""
	}
	return quote(a.Local) + "@" + a.Domain
}

// Canonical returns the form for comparison and for keys: the domain as in
// CanonicalDomain, the local part in lower case and NFC. The lower case holds for
// accounts of this server; RFC 5321 §2.4 leaves the case of a foreign local part
// to its host, so send to the Address, not to its Canonical form.
func (a Address) Canonical() Address {
	return Address{Local: foldLocal(a.Local), Domain: CanonicalDomain(a.Domain)}
}

// Equal reports whether a and b are the same mailbox for this server.
func (a Address) Equal(b Address) bool { return a == b || a.Canonical() == b.Canonical() }

// Base returns a without its detail: anna+lists@ becomes anna@. A local part
// that begins with the delimiter has no detail.
func (a Address) Base() Address {
	if i := strings.IndexByte(a.Local, Delimiter); i > 0 {
		a.Local = a.Local[:i]
	}
	return a
}

// Detail returns what follows the first delimiter of the local part, or "".
func (a Address) Detail() string {
	if i := strings.IndexByte(a.Local, Delimiter); i > 0 {
		return a.Local[i+1:]
	}
	return ""
}

// HasNonASCII reports whether the address as written holds a non-ASCII character.
func (a Address) HasNonASCII() bool { return !isASCII(a.Local) || !isASCII(a.Domain) }

// NeedsSMTPUTF8 reports whether the address cannot be said without SMTPUTF8:
// its local part is not ASCII. A domain alone can be sent as A-labels: ASCII.
func (a Address) NeedsSMTPUTF8() bool { return !isASCII(a.Local) }

// ASCII returns a with its domain in canonical A-labels and its local part as it is.
func (a Address) ASCII() Address {
	a.Domain = CanonicalDomain(a.Domain)
	return a
}

// Display returns the form for people: String with A-labels shown as U-labels
// where they round-trip.
func (a Address) Display() string {
	if a.IsZero() {
		return ""
	}
	return quote(a.Local) + "@" + UnicodeDomain(a.Domain)
}

// MarshalText writes String.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is Parse; the empty text is the zero Address.
func (a *Address) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*a = Address{}
		return nil
	}
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
