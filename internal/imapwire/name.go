package imapwire

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
var ErrName = errors.New("imapwire: malformed mailbox name")

// utf7 is base64 with "," for "/" and no padding (RFC 3501 §5.1.3).
var utf7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").
	WithPadding(base64.NoPadding).Strict()

// DecodeName returns the UTF-8 name of a mailbox from its wire form. INBOX in
// any case becomes "INBOX" (RFC 9051 §5.1). The error is ErrName.
func DecodeName(wire string, form NameForm) (string, error) {
	name := wire
	if form == ModifiedUTF7 {
		var err error
		if name, err = DecodeUTF7(wire); err != nil {
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
	return EncodeUTF7(name)
}

// CanonicalInbox returns "INBOX" for INBOX in any case, and name otherwise.
func CanonicalInbox(name string) string {
	if len(name) == 5 && strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

func isDirect(c byte) bool { return c >= 0x20 && c < 0x7f }

// EncodeUTF7 returns the modified UTF-7 of a UTF-8 text.
func EncodeUTF7(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = isDirect(s[i]) && s[i] != '&'
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if s[i] == '&' {
			b.WriteString("&-")
			i++
			continue
		}
		if isDirect(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		start := i
		for i < len(s) && !isDirect(s[i]) {
			i++
		}
		units := utf16.Encode([]rune(s[start:i]))
		raw := make([]byte, 0, 2*len(units))
		for _, u := range units {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteByte('&')
		b.WriteString(utf7.EncodeToString(raw))
		b.WriteByte('-')
	}
	return b.String()
}

// DecodeUTF7 returns the UTF-8 of a modified UTF-7 text. Only the one correct
// encoding of each text is accepted, so that two names never mean the same
// mailbox. The error is ErrName.
func DecodeUTF7(s string) (string, error) {
	if strings.IndexByte(s, '&') < 0 {
		for i := 0; i < len(s); i++ {
			if !isDirect(s[i]) {
				return "", ErrName
			}
		}
		return s, nil
	}
	var b strings.Builder
	shifted := false // the part before was a shift
	for i := 0; i < len(s); {
		c := s[i]
		if !isDirect(c) {
			return "", ErrName
		}
		i++
		if c != '&' {
			b.WriteByte(c)
			shifted = false
			continue
		}
		end := strings.IndexByte(s[i:], '-')
		if end < 0 {
			return "", ErrName
		}
		part := s[i : i+end]
		i += end + 1
		if part == "" {
			b.WriteByte('&')
			shifted = false
			continue
		}
		if shifted || !decodeShift(&b, part) {
			return "", ErrName
		}
		shifted = true
	}
	return b.String(), nil
}

// decodeShift appends the text of one base64 part.
func decodeShift(b *strings.Builder, part string) bool {
	if strings.ContainsAny(part, "\r\n") {
		return false
	}
	raw, err := utf7.DecodeString(part)
	if err != nil || len(raw)%2 != 0 || len(raw) == 0 {
		return false
	}
	for i := 0; i < len(raw); i += 2 {
		r := rune(raw[i])<<8 | rune(raw[i+1])
		if utf16.IsSurrogate(r) {
			if i+3 >= len(raw) {
				return false
			}
			i += 2
			r = utf16.DecodeRune(r, rune(raw[i])<<8|rune(raw[i+1]))
			if r == utf8.RuneError {
				return false
			}
		}
		if r < 0x80 && isDirect(byte(r)) {
			return false
		}
		b.WriteRune(r)
	}
	return true
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
