package imapwire

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The parser has a sticky error. After fail the line looks empty, so every
// loop over it ends, and no other error is recorded.

// syntax makes a BAD.
func (d *Decoder) syntax(text string) error {
	return &CommandError{Kind: BAD, Text: text}
}

// fail records that the command is malformed.
func (d *Decoder) fail(text string) {
	if d.name != "" {
		text = d.name + ": " + text
	}
	d.failWith(d.syntax(text))
}

func (d *Decoder) failWith(err error) {
	if d.err == nil {
		d.err = err
	}
	d.pos = len(d.line)
}

// peek returns the next octet, or 0 at the end of the line.
func (d *Decoder) peek() byte {
	if d.pos < len(d.line) {
		return d.line[d.pos]
	}
	return 0
}

func (d *Decoder) accept(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.pos++
	return true
}

func (d *Decoder) expect(c byte) {
	if !d.accept(c) {
		d.fail("expected " + strconv.QuoteRune(rune(c)))
	}
}

func (d *Decoder) space() {
	if !d.accept(' ') {
		d.fail("expected a space")
	}
}

// endOfLine accepts nothing but the end. One space there is forgiven: several
// clients send it after a list.
func (d *Decoder) endOfLine() {
	if d.pos == len(d.line)-1 && d.line[d.pos] == ' ' {
		d.pos++
	}
	if d.err == nil && d.pos < len(d.line) {
		d.fail("unexpected text after the command")
	}
}

// atomChars has ATOM-CHAR (RFC 9051 §9).
var atomChars = func() (table [256]bool) {
	for c := 0x21; c < 0x7f; c++ {
		table[c] = !strings.ContainsRune(`(){%*"\]`, rune(c))
	}
	return table
}()

func isAtomChar(c byte) bool    { return atomChars[c] }
func isAstringChar(c byte) bool { return isAtomChar(c) || c == ']' }
func isTagChar(c byte) bool     { return isAstringChar(c) && c != '+' }
func isListChar(c byte) bool    { return isAstringChar(c) || c == '%' || c == '*' }
func isDigit(c byte) bool       { return c >= '0' && c <= '9' }
func isWordChar(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '.' || c == '-' || c == '='
}

// run takes the octets of a class.
func (d *Decoder) run(class func(byte) bool) string {
	start := d.pos
	for d.pos < len(d.line) && class(d.line[d.pos]) {
		d.pos++
	}
	return string(d.line[start:d.pos])
}

// keyword takes a word of the grammar, in upper case.
func (d *Decoder) keyword() string {
	w := d.run(isWordChar)
	if w == "" {
		d.fail("expected a word")
	}
	return strings.ToUpper(w)
}

func (d *Decoder) atom() string {
	a := d.run(isAtomChar)
	if a == "" {
		d.fail("expected an atom")
	}
	return a
}

// astring takes an atom, quoted string or literal.
func (d *Decoder) astring() string {
	if c := d.peek(); c == '"' || d.atLiteral() {
		return d.string()
	}
	a := d.run(isAstringChar)
	if a == "" {
		d.fail("expected a string")
	}
	return a
}

// string takes a quoted string or a literal.
func (d *Decoder) string() string {
	if d.peek() == '"' {
		return d.quoted()
	}
	if d.atLiteral() {
		return string(d.literal())
	}
	d.fail("expected a string")
	return ""
}

// text is an astring that must be UTF-8 without NUL.
func (d *Decoder) text() string { return d.utf8(d.astring()) }

func (d *Decoder) utf8(s string) string {
	if !utf8.ValidString(s) {
		d.fail("text is not UTF-8")
	} else if strings.IndexByte(s, 0) >= 0 {
		d.fail("NUL is not allowed")
	}
	return s
}

// quoted takes a quoted string. Octets above 127 are let through although only
// IMAP4rev2 and UTF8=ACCEPT allow them: clients send them in passwords.
func (d *Decoder) quoted() string {
	d.expect('"')
	start := d.pos
	escaped := false
	for d.pos < len(d.line) {
		switch c := d.line[d.pos]; c {
		case '"':
			s := string(d.line[start:d.pos])
			d.pos++
			if escaped {
				return unescape(s)
			}
			return s
		case '\\':
			escaped = true
			d.pos++
			if n := d.peek(); n != '"' && n != '\\' {
				d.fail("only quotes and backslashes are quoted")
				return ""
			}
		}
		d.pos++
	}
	d.fail("quoted string without end")
	return ""
}

func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// isNil takes NIL if it is there.
func (d *Decoder) isNil() bool {
	if len(d.line)-d.pos < 3 || !strings.EqualFold(string(d.line[d.pos:d.pos+3]), "NIL") {
		return false
	}
	if d.pos+3 < len(d.line) && isAstringChar(d.line[d.pos+3]) {
		return false
	}
	d.pos += 3
	return true
}

// number takes a number of up to max.
func (d *Decoder) number(max uint64) uint64 {
	n, err := strconv.ParseUint(d.run(isDigit), 10, 64)
	if err != nil || n > max {
		d.fail("expected a number up to " + strconv.FormatUint(max, 10))
		return 0
	}
	return n
}

func (d *Decoder) number32() uint32 { return uint32(d.number(1<<32 - 1)) }
func (d *Decoder) number64() uint64 { return d.number(1<<63 - 1) }

func (d *Decoder) nonZero32() uint32 {
	n := d.number32()
	if n == 0 {
		d.fail("0 is not allowed here")
	}
	return n
}

// list takes "(" item *(SP item) ")".
func (d *Decoder) list(item func()) {
	d.expect('(')
	for d.err == nil {
		item()
		if d.accept(')') {
			return
		}
		d.space()
	}
}

// maybeEmpty is list, or "()".
func (d *Decoder) maybeEmpty(item func()) {
	if d.peek() == '(' && d.pos+1 < len(d.line) && d.line[d.pos+1] == ')' {
		d.pos += 2
		return
	}
	d.list(item)
}

// oneOrList is one item, or a list of them.
func (d *Decoder) oneOrList(item func()) {
	if d.peek() == '(' {
		d.list(item)
		return
	}
	item()
}

// enter counts a level of nesting; call leave when it ends.
func (d *Decoder) enter() bool {
	d.depth++
	if d.depth > d.limits.Depth {
		d.fail("nested too deep")
		return false
	}
	return true
}

func (d *Decoder) leave() { d.depth-- }

// maxTerms is how many search keys and fetch items one command may have: each
// of them costs work for every message.
const maxTerms = 1000

// term counts one of them.
func (d *Decoder) term() bool {
	d.terms++
	if d.terms > maxTerms && d.err == nil {
		d.failWith(&CommandError{Kind: NO, Code: CodeLimit, Text: d.name + ": too many keys or items"})
	}
	return d.err == nil
}
