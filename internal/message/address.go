package message

import "strings"

// AddressKind tells addresses from the marks of a group.
type AddressKind uint8

const (
	// Mailbox is an ordinary address.
	Mailbox AddressKind = iota
	// GroupStart begins a group; its name is in Address.Mailbox. IMAP writes
	// it as (NIL NIL name NIL), RFC 9051 §7.5.2.
	GroupStart
	// GroupEnd ends it; IMAP writes (NIL NIL NIL NIL).
	GroupEnd
)

// Address is one entry of an address list, as ENVELOPE wants it.
type Address struct {
	Kind AddressKind
	// Name is the display name without quotes, encoded words not decoded.
	Name string
	// Route is the obsolete source route ("@a,@b"), nearly always empty.
	Route string
	// Mailbox is the local part without quotes, Host the domain. A word that
	// is no address has an empty Host.
	Mailbox, Host string
}

// DisplayName is the name decoded for people.
func (a Address) DisplayName() string { return DecodeWords(a.Name) }

// String gives mailbox@host, without a name; the local part is quoted if needed.
// It is empty for group marks.
func (a Address) String() string {
	switch {
	case a.Kind != Mailbox:
		return ""
	case a.Host == "":
		return a.Mailbox
	}
	return quoteLocal(a.Mailbox) + "@" + a.Host
}

func quoteLocal(local string) string {
	plain := local != "" && local[0] != '.' && local[len(local)-1] != '.' && !strings.Contains(local, "..")
	for i := 0; i < len(local) && plain; i++ {
		plain = isAtomByte(local[i])
	}
	if plain {
		return local
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(local) + `"`
}

// ParseAddresses reads an address list (RFC 5322 §3.4 and §4.4) and makes the best
// of what is none. At most [MaxAddresses] are kept.
func ParseAddresses(value string) []Address {
	return appendAddresses(nil, []byte(value))
}

func appendAddresses(list []Address, value []byte) []Address {
	p := addressParser{s: string(clipBytes(value, maxValue)), list: list}
	for p.pos < len(p.s) && len(p.list) < MaxAddresses {
		p.entry()
	}
	if p.group {
		p.list = append(p.list, Address{Kind: GroupEnd})
	}
	return p.list
}

type addressParser struct {
	s     string
	pos   int
	list  []Address
	group bool
	note  string // the last comment: the name in "a@b (Name)"

	inAngle bool
}

// entry reads up to and with the next separator.
func (p *addressParser) entry() {
	p.note = ""
	words := p.phrase()
	switch p.peek() {
	case '@':
		p.bareAddress(words)
	case '<':
		p.angle(strings.Join(words, " "))
	case ':':
		p.pos++
		if !p.group {
			p.group = true
			p.list = append(p.list, Address{Kind: GroupStart, Mailbox: strings.Join(words, " ")})
		}
		return
	default:
		if len(words) > 0 {
			p.list = append(p.list, Address{Name: p.note, Mailbox: strings.Join(words, " ")})
		}
	}
	p.skip()
	switch p.peek() {
	case ',':
		p.pos++
	case ';':
		p.pos++
		if p.group {
			p.group = false
			p.list = append(p.list, Address{Kind: GroupEnd})
		}
	}
}

// bareAddress reads "local@domain"; the local part was read as a phrase.
func (p *addressParser) bareAddress(words []string) {
	local := strings.Join(words, "")
	p.pos++
	host := p.domain()
	p.skip()
	if p.peek() == '<' { // someone put an address where the name belongs
		p.angle(local + "@" + host)
		return
	}
	p.list = append(p.list, Address{Name: p.note, Mailbox: local, Host: host})
}

// angle reads "<route:local@domain>".
func (p *addressParser) angle(name string) {
	p.inAngle = true
	defer func() { p.inAngle = false }()
	for p.peek() == '<' {
		p.pos++
		p.skip()
	}
	a := Address{Name: name}
	if p.peek() == '@' {
		start := p.pos
		for p.pos < len(p.s) && !strings.ContainsRune(":>", rune(p.s[p.pos])) {
			p.pos++
		}
		a.Route = strings.Join(strings.Fields(p.s[start:p.pos]), "")
		if p.peek() == ':' {
			p.pos++
		}
	}
	words := p.phrase()
	a.Mailbox = strings.Join(words, "")
	if p.peek() == '@' {
		p.pos++
		a.Host = p.domain()
	} else {
		a.Mailbox = strings.Join(words, " ")
	}
	for p.pos < len(p.s) && p.s[p.pos] != '>' && p.s[p.pos] != ',' {
		p.pos++
	}
	if p.peek() == '>' {
		p.pos++
	}
	p.skip()
	if a.Name == "" {
		a.Name = p.note
	}
	// Junk after the address belongs to nothing.
	for p.pos < len(p.s) && !strings.ContainsRune(",;<", rune(p.s[p.pos])) {
		p.pos++
	}
	if a.Mailbox != "" || a.Host != "" || a.Name != "" {
		p.list = append(p.list, a)
	}
}

// phrase reads words up to a character that separates: , ; : < @ or the end.
func (p *addressParser) phrase() []string {
	var words []string
	for {
		p.skip()
		if p.pos >= len(p.s) {
			return words
		}
		switch c := p.s[p.pos]; c {
		case ',', ';', ':', '<', '@':
			return words
		case '"':
			var w string
			w, p.pos = quoted(p.s, p.pos)
			words = append(words, w)
		case '>', ')':
			if c == '>' && p.inAngle {
				return words
			}
			p.pos++ // it closes nothing
		default:
			words = append(words, p.atom())
		}
	}
}

func (p *addressParser) atom() string {
	start := p.pos
	for p.pos < len(p.s) && strings.IndexByte(" \t\r\n,;:<>@()\"", p.s[p.pos]) < 0 {
		p.pos++
	}
	return p.s[start:p.pos]
}

// domain reads a dotted name or a literal; white space and comments around the
// dots are obsolete but legal.
func (p *addressParser) domain() string {
	var b strings.Builder
	for {
		p.skip()
		switch c := p.peek(); {
		case c == '[':
			end := strings.IndexAny(p.s[p.pos:], "]>,")
			if end < 0 {
				end = len(p.s) - p.pos
			} else if p.s[p.pos+end] == ']' {
				end++
			}
			b.WriteString(p.s[p.pos : p.pos+end])
			p.pos += end
			return b.String()
		case c == 0 || strings.IndexByte(",;:<>@()\"", c) >= 0:
			return b.String()
		case b.Len() > 0 && c != '.' && !strings.HasSuffix(b.String(), "."):
			return b.String()
		}
		b.WriteString(p.atom())
	}
}

func (p *addressParser) peek() byte {
	if p.pos < len(p.s) {
		return p.s[p.pos]
	}
	return 0
}

// skip passes white space and comments.
func (p *addressParser) skip() {
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case ' ', '\t', '\r', '\n', 0:
			p.pos++
		case '(':
			p.note, p.pos = comment(p.s, p.pos)
		default:
			return
		}
	}
}

func isAtomByte(c byte) bool {
	return c >= 0x80 || c > ' ' && c < 0x7f && strings.IndexByte(`()<>[]:;@\,"`, c) < 0
}
