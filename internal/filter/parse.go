package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"postroom"
)

// Error says what is wrong with a filter, and at which character.
type Error struct {
	// At counts characters from 1.
	At     int
	Reason string

	refusal *postroom.Error
}

func (e *Error) Error() string { return e.refusal.Text }

// Unwrap gives the error its kind, postroom.Invalid, and its text for users.
func (e *Error) Unwrap() error { return e.refusal }

// Parse reads a filter. Spaces between its parts are passed over. An error is
// an *Error.
func Parse(text string) (*Filter, error) {
	p := &parser{text: text}
	switch {
	case len(text) > MaxLength:
		return nil, p.fail(MaxLength, "the filter is longer than %d bytes", MaxLength)
	case !utf8.ValidString(text):
		return nil, p.fail(0, "the filter is not valid UTF-8")
	}
	p.spaces()
	root, err := p.filter(1)
	if err != nil {
		return nil, err
	}
	if p.spaces(); p.at < len(text) {
		return nil, p.fail(p.at, "nothing may follow the closing parenthesis")
	}
	return &Filter{root: root, text: strings.TrimSpace(text)}, nil
}

type parser struct {
	text string
	at   int
}

func (p *parser) fail(at int, format string, args ...any) error {
	n := utf8.RuneCountInString(p.text[:min(at, len(p.text))]) + 1
	return &Error{At: n, Reason: fmt.Sprintf(format, args...),
		refusal: postroom.Errorf(postroom.Invalid, "filter, character %d: "+format, append([]any{n}, args...)...)}
}

func (p *parser) spaces() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *parser) next(c byte) bool { return p.at < len(p.text) && p.text[p.at] == c }

// filter reads one in its parentheses.
func (p *parser) filter(depth int) (n node, err error) {
	if !p.next('(') {
		return nil, p.fail(p.at, "a filter begins with (")
	}
	if depth > MaxDepth {
		return nil, p.fail(p.at, "filters nest deeper than %d", MaxDepth)
	}
	open := p.at
	p.at++
	p.spaces()
	switch {
	case p.next('&'), p.next('|'):
		n, err = p.set(depth)
	case p.next('!'):
		p.at++
		p.spaces()
		var of node
		of, err = p.filter(depth + 1)
		n = not{of}
	default:
		n, err = p.item()
	}
	if err != nil {
		return nil, err
	}
	p.spaces()
	if !p.next(')') {
		return nil, p.fail(p.at, "the ) for the ( at character %d is missing", utf8.RuneCountInString(p.text[:open])+1)
	}
	p.at++
	return n, nil
}

func (p *parser) set(depth int) (node, error) {
	s := &set{all: p.next('&')}
	p.at++
	for p.spaces(); p.next('('); p.spaces() {
		part, err := p.filter(depth + 1)
		if err != nil {
			return nil, err
		}
		s.parts = append(s.parts, part)
	}
	return s, nil
}

// item reads attribute, test and value.
func (p *parser) item() (node, error) {
	begin := p.at
	for p.at < len(p.text) && nameByte(p.text[p.at], p.at-begin) {
		p.at++
	}
	i := &item{attribute: strings.ToLower(p.text[begin:p.at])}
	if i.attribute == "" {
		return nil, p.fail(begin, "the name of an attribute is missing")
	}
	p.spaces()
	switch rest := p.text[p.at:]; {
	case strings.HasPrefix(rest, "="):
		p.at++
	case strings.HasPrefix(rest, "~="):
		p.at += 2
	case strings.HasPrefix(rest, ">="):
		i.test, p.at = atLeast, p.at+2
	case strings.HasPrefix(rest, "<="):
		i.test, p.at = atMost, p.at+2
	case strings.HasPrefix(rest, ":"), strings.HasPrefix(rest, ";"):
		return nil, p.fail(p.at, "extensible matching and options of attributes are not taken")
	default:
		return nil, p.fail(p.at, "=, >= or <= must follow the attribute %s", i.attribute)
	}
	return i, p.value(i)
}

func nameByte(c byte, at int) bool {
	letter := 'a' <= c|0x20 && c|0x20 <= 'z'
	return letter || at > 0 && ('0' <= c && c <= '9' || c == '-' || c == '_')
}

// value reads what follows the test, up to the closing parenthesis.
func (p *parser) value(i *item) error {
	var pieces []string
	var b strings.Builder
	for ; p.at < len(p.text) && p.text[p.at] != ')'; p.at++ {
		switch c := p.text[p.at]; c {
		case '(', 0:
			return p.fail(p.at, `a parenthesis in a value is written \28 or \29, a zero byte \00`)
		case '*':
			if i.test != equal {
				return p.fail(p.at, `a star stands only after =; as a character it is written \2a`)
			}
			pieces = append(pieces, b.String())
			b.Reset()
		case '\\':
			if !p.escaped(&b) {
				return p.fail(p.at, `two hexadecimal digits must follow a backslash`)
			}
		default:
			b.WriteByte(c)
		}
	}
	last := b.String()
	for _, piece := range append(pieces, last) {
		if !utf8.ValidString(piece) {
			return p.fail(p.at, "the value is not valid UTF-8")
		}
	}
	if pieces == nil {
		i.value = fold(last)
		return nil
	}
	i.test = matches
	i.like = like{first: strings.TrimLeft(strings.ToLower(pieces[0]), " "), last: strings.TrimRight(strings.ToLower(last), " ")}
	for _, piece := range pieces[1:] {
		i.like.middle = append(i.like.middle, strings.ToLower(piece))
	}
	return nil
}

// escaped reads two hexadecimal digits after a backslash, and stands on the
// second.
func (p *parser) escaped(b *strings.Builder) bool {
	if p.at+2 >= len(p.text) {
		return false
	}
	value := 0
	for _, c := range []byte(p.text[p.at+1 : p.at+3]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return false
		}
		value = value<<4 | digit
	}
	b.WriteByte(byte(value))
	p.at += 2
	return true
}
