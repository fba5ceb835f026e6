package message

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OriginField is a field that says who a message is from.
type OriginField uint8

// The fields of RFC 5322 §3.6.2 and §3.6.6 that name an author or a sender.
const (
	OriginFrom OriginField = iota
	OriginSender
	OriginResentFrom
	OriginResentSender
)

// String gives the field name.
func (f OriginField) String() string {
	return [...]string{"From", "Sender", "Resent-From", "Resent-Sender"}[f]
}

// OriginAddress is one address a message claims to be from.
type OriginAddress struct {
	Field OriginField
	// Local is the local part with quotes and escapes undone: "info" and info
	// are the same. Domain is as written: case and IDN are for package addr.
	Local, Domain string
	// Name is the decoded display name.
	Name string
}

// Origins is what [OriginAddresses] finds.
type Origins struct {
	// From, Sender, ResentFrom and ResentSender count the occurrences of the
	// fields. A message that may be sent has one From and at most one Sender.
	From, Sender, ResentFrom, ResentSender int
	// Addresses are all addresses of all occurrences, in order.
	Addresses []OriginAddress
}

// OriginError says why the origin of a message cannot be understood without doubt.
type OriginError struct {
	// Field is the name of the field, or "" when the header itself is at fault.
	Field string
	// Reason is safe to show to the sender.
	Reason string
}

// Error gives the reason with the field.
func (e *OriginError) Error() string {
	if e.Field == "" {
		return "header: " + e.Reason
	}
	return e.Field + ": " + e.Reason
}

const (
	maxOrigins     = 1000
	maxOriginValue = 128 << 10
)

// OriginAddresses gives every address in every From, Sender, Resent-From and
// Resent-Sender field of a message about to be sent. Rights are decided on the
// result, so it takes only what all programs read alike: a header another program
// could split, end or name otherwise, and an address that could hide another one,
// give an [*OriginError]. The fields may be missing; the counts tell.
func OriginAddresses(raw []byte) (*Origins, error) {
	header := HeaderOf(raw)
	if err := checkOriginHeader(header); err != nil {
		return nil, err
	}
	o := &Origins{}
	for f := range header.Fields() {
		field, count, ok := o.classify(f)
		if !ok {
			continue
		}
		*count++
		list, err := strictAddresses(string(f.Value), field)
		if err != nil {
			return nil, err
		}
		if o.Addresses = append(o.Addresses, list...); len(o.Addresses) > maxOrigins {
			return nil, &OriginError{field.String(), "too many addresses"}
		}
	}
	return o, nil
}

func (o *Origins) classify(f Field) (field OriginField, count *int, ok bool) {
	switch {
	case f.Is("From"):
		return OriginFrom, &o.From, true
	case f.Is("Sender"):
		return OriginSender, &o.Sender, true
	case f.Is("Resent-From"):
		return OriginResentFrom, &o.ResentFrom, true
	case f.Is("Resent-Sender"):
		return OriginResentSender, &o.ResentSender, true
	}
	return 0, nil, false
}

// checkOriginHeader refuses a header that not every program splits into the same
// fields.
func checkOriginHeader(h Header) error {
	fail := func(reason string) error { return &OriginError{Reason: reason} }
	if bytes.IndexByte(h, 0) >= 0 {
		return fail("it contains NUL")
	}
	lf, crlf := bytes.Count(h, []byte("\n")), bytes.Count(h, []byte("\r\n"))
	switch {
	case bytes.Count(h, []byte("\r")) != crlf:
		return fail("it contains a bare CR")
	case crlf != 0 && crlf != lf:
		return fail("it mixes CRLF and bare LF")
	}
	for pos := 0; pos < len(h); {
		end, next := lineAt(h, pos)
		line := h[pos:end]
		pos = next
		switch {
		case len(line) == 0:
			return nil
		case line[0] == ' ' || line[0] == '\t':
			if &line[0] == &h[0] {
				return fail("it begins with a continuation line")
			}
			if len(bytes.Trim(line, " \t")) == 0 {
				return fail("it contains a line of white space only")
			}
			continue
		}
		name, colon := fieldName(line)
		switch {
		case name == nil:
			return fail("it contains a line that is no field")
		case colon != len(name):
			return fail(fmt.Sprintf("there is white space between %q and its colon", name))
		}
	}
	return nil
}

// strictAddresses reads an address list by RFC 5322 §3.4 and RFC 6854 without the
// obsolete forms.
func strictAddresses(value string, field OriginField) ([]OriginAddress, error) {
	p := originParser{s: value, field: field}
	fail := func(reason string) ([]OriginAddress, error) {
		return nil, &OriginError{field.String(), reason}
	}
	if len(value) > maxOriginValue {
		return fail("it is too long")
	}
	if !utf8.ValidString(value) {
		return fail("it contains 8-bit bytes that are not UTF-8")
	}
	for _, r := range value {
		if unicode.Is(unicode.Cc, r) && r != '\t' && r != '\r' && r != '\n' || r == '\u2028' || r == '\u2029' {
			return fail("it contains control characters")
		}
	}
	if reason := p.list(false); reason != "" {
		return fail(reason)
	}
	if (field == OriginSender || field == OriginResentSender) && (len(p.found) != 1 || p.groups > 0) {
		return fail("it must be a single address")
	}
	if len(p.found) == 0 {
		return fail("it holds no address")
	}
	return p.found, nil
}

type originParser struct {
	s      string
	pos    int
	field  OriginField
	found  []OriginAddress
	groups int
}

// list reads mailboxes and groups up to the end of the value or, in a group, its
// semicolon. It gives the reason for a refusal, or "".
func (p *originParser) list(inGroup bool) string {
	if inGroup {
		if reason := p.space(); reason != "" {
			return reason
		}
		if p.peek() == ';' {
			return ""
		}
	}
	for {
		if reason := p.address(inGroup); reason != "" {
			return reason
		}
		if reason := p.space(); reason != "" {
			return reason
		}
		switch c := p.peek(); {
		case c == ',':
			p.pos++
		case p.pos == len(p.s) && !inGroup, c == ';' && inGroup:
			return ""
		default:
			return "it is no valid address list"
		}
	}
}

// address reads one mailbox or group.
func (p *originParser) address(inGroup bool) string {
	if reason := p.space(); reason != "" {
		return reason
	}
	start := p.pos
	words, reason := p.phrase()
	if reason != "" {
		return reason
	}
	switch c := p.peek(); {
	case c == '@':
		p.pos = start
		return p.spec("")
	case c == '<':
		p.pos++
		name, reason := displayName(words)
		if reason != "" {
			return reason
		}
		if reason := p.spec(name); reason != "" {
			return reason
		}
		if p.peek() != '>' {
			return "it contains an unusual address in angle brackets"
		}
		p.pos++
		return ""
	case c == ':' && !inGroup && len(words) > 0:
		p.pos++
		p.groups++
		if _, reason := displayName(words); reason != "" {
			return reason
		}
		if reason := p.list(true); reason != "" {
			return reason
		}
		p.pos++
		return ""
	}
	return "it contains something that is no address"
}

// phrase reads atoms and quoted strings.
func (p *originParser) phrase() (words []string, reason string) {
	for {
		switch c := p.peek(); {
		case c == '"':
			w, reason := p.quoted()
			if reason != "" {
				return nil, reason
			}
			words = append(words, w)
		case c != 0 && (isAtomByte(c) || c == '.'):
			words = append(words, p.atom())
		default:
			return words, ""
		}
		if reason := p.space(); reason != "" {
			return nil, reason
		}
	}
}

// spec reads local@domain without any space or comment inside.
func (p *originParser) spec(name string) string {
	var local string
	if p.peek() == '"' {
		var reason string
		if local, reason = p.quoted(); reason != "" {
			return reason
		}
		if strings.ContainsAny(local, "\r\n\t") || local == "" {
			return "it contains an unusual quoted local part"
		}
	} else {
		local = p.atom()
		if !dotAtom(local) || strings.Contains(local, "=?") {
			return "it contains an unusual local part"
		}
	}
	if p.peek() != '@' {
		return "it contains an unusual address"
	}
	p.pos++
	domain := p.atom()
	if p.peek() == '[' && domain == "" {
		end := strings.IndexByte(p.s[p.pos:], ']')
		if end < 0 {
			return "it contains an open domain literal"
		}
		domain = p.s[p.pos : p.pos+end+1]
		p.pos += end + 1
		if strings.ContainsAny(domain[1:], " \t\r\n\\[") {
			return "it contains an unusual domain literal"
		}
	} else if !dotAtom(domain) || strings.Contains(domain, "=?") {
		return "it contains an unusual domain"
	}
	if hidden(local) || hidden(domain) {
		return "it contains an address with invisible characters"
	}
	if len(local) > 256 || len(domain) > 512 {
		return "it contains an address that is too long"
	}
	p.found = append(p.found, OriginAddress{Field: p.field, Local: local, Domain: domain, Name: name})
	return ""
}

func (p *originParser) atom() string {
	start := p.pos
	for p.pos < len(p.s) && (isAtomByte(p.s[p.pos]) || p.s[p.pos] == '.') {
		p.pos++
	}
	return p.s[start:p.pos]
}

// quoted reads a quoted string, which must be closed.
func (p *originParser) quoted() (value, reason string) {
	var b strings.Builder
	for i := p.pos + 1; i < len(p.s); i++ {
		switch c := p.s[i]; c {
		case '"':
			p.pos = i + 1
			return b.String(), ""
		case '\\':
			if i++; i == len(p.s) || p.s[i] == '\r' || p.s[i] == '\n' {
				return "", "it contains a bad escape"
			}
			b.WriteByte(p.s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "it contains an open quoted string"
}

// space passes folding white space and comments, which must be closed.
func (p *originParser) space() (reason string) {
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		case '(':
			depth := 0
			for ; p.pos < len(p.s); p.pos++ {
				switch p.s[p.pos] {
				case '(':
					depth++
				case ')':
					depth--
				case '\\':
					p.pos++
				}
				if depth == 0 {
					break
				}
			}
			if depth != 0 || p.pos >= len(p.s) {
				return "it contains an open comment"
			}
			p.pos++
		default:
			return ""
		}
	}
	return ""
}

func (p *originParser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

// displayName decodes a phrase. An encoded word that decodes to what looks like
// address syntax is refused: programs that decode first would see another address.
func displayName(words []string) (name, reason string) {
	raw := unfold([]byte(strings.Join(words, " ")))
	name = DecodeWords(raw)
	if name != raw && strings.ContainsAny(name, "<>") {
		return "", "it contains an encoded name that looks like an address"
	}
	return name, ""
}

func dotAtom(s string) bool {
	return s != "" && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

// hidden reports characters that do not show: formats, controls, spaces other
// than the plain one, surrogates and private use.
func hidden(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || r > 0x7f && (unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r))
	})
}
