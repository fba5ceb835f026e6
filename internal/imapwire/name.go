package imapwire

import (
	"strings"
	"unicode/utf8"

	"postroom/internal/imapwire/utf7"
)

// NameForm is how mailbox names are written on the wire.
type NameForm uint8

const (
	// ModifiedUTF7 is the form of IMAP4rev1 (RFC 3501 §5.1.3).
	ModifiedUTF7 NameForm = iota
	// UTF8 is the form after ENABLE of IMAP4rev2 or UTF8=ACCEPT.
	UTF8
)

// maxName is the longest mailbox name, in octets of either form. It bounds the
// cost of matching.
const maxName = 1024

// ErrName says that a mailbox name is not valid in its wire form.
var ErrName = utf7.ErrMalformed

// DecodeName returns the UTF-8 name of a mailbox from its wire form. INBOX in
// any case becomes "INBOX" (RFC 9051 §5.1). The error is ErrName.
func DecodeName(wire string, form NameForm) (string, error) {
	name := wire
	if form == ModifiedUTF7 {
		var err error
		if name, err = utf7.Decode(wire); err != nil {
			return "", err
		}
	}
	if !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\r\n") {
		return "", ErrName
	}
	return CanonicalInbox(name), nil
}

// EncodeName returns the wire form of a UTF-8 mailbox name.
func EncodeName(name string, form NameForm) string {
	if form == UTF8 {
		return name
	}
	return utf7.Encode(name)
}

// CanonicalInbox returns "INBOX" for INBOX in any case, and name otherwise.
func CanonicalInbox(name string) string {
	if len(name) == 5 && strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

// mailbox takes a mailbox name.
func (d *Decoder) mailbox() string { return d.decodeName(d.astring()) }

// listMailbox takes a name that may hold wildcards, unquoted too.
func (d *Decoder) listMailbox() string {
	if d.peek() == '"' || d.atLiteral() {
		return d.decodeName(d.string())
	}
	s := d.run(isListChar)
	if s == "" {
		d.fail("expected a mailbox pattern")
	}
	return d.decodeName(s)
}

func (d *Decoder) decodeName(wire string) string {
	if d.err != nil {
		return ""
	}
	if len(wire) > maxName {
		d.fail("mailbox name too long")
		return ""
	}
	name, err := DecodeName(wire, d.names)
	if err != nil && d.names == ModifiedUTF7 && utf8.ValidString(wire) && !isASCII(wire) {
		// Plain UTF-8 from a client that has not enabled it: what it means
		// is clear.
		name, err = DecodeName(wire, UTF8)
	}
	if err != nil {
		d.fail("malformed mailbox name")
	}
	return name
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
