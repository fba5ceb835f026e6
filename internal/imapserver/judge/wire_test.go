package judge_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// value is a word of a response: an atom, a string or a list. It is read by a
// parser that knows nothing of the server's own codec.
type value struct {
	kind byte // 'a'tom, 's'tring, 'l'ist
	text string
	list []value
}

// String prints a value in one spelling, however it came: strings quoted.
func (v value) String() string {
	switch v.kind {
	case 'l':
		parts := make([]string, len(v.list))
		for i, w := range v.list {
			parts[i] = w.String()
		}
		return "(" + strings.Join(parts, " ") + ")"
	case 's':
		return strconv.QuoteToASCII(v.text)
	}
	return v.text
}

// response is one line, literals included.
type response struct {
	tag    string // "*", "+" or that of the command
	number int    // of EXISTS, EXPUNGE and FETCH
	name   string // FETCH, SEARCH, OK, ...
	code   string // of OK, NO, BAD, BYE: what stands in brackets
	values []value
	raw    string
}

// wire is a raw connection that keeps what was said on it.
type wire struct {
	t     testing.TB
	conn  net.Conn
	in    *bufio.Reader
	last  string // command
	spoke func(direction, line string)
	tags  int
}

const patience = 30 * time.Second

func dial(t testing.TB, addr string) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	w := &wire{t: t, conn: conn, in: bufio.NewReader(conn), spoke: func(string, string) {}}
	w.read()
	return w
}

// failure is panicked by a wire that cannot go on; outcome recovers it.
type failure struct{ text string }

func (f failure) Error() string { return f.text }

func (w *wire) fail(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }

// write sends a line; literals are non-synchronising and part of it.
func (w *wire) write(line string) {
	w.conn.SetDeadline(time.Now().Add(patience))
	w.spoke("C", line)
	w.last = line
	if _, err := io.WriteString(w.conn, line+"\r\n"); err != nil {
		w.fail("sending %.100q: %v", line, err)
	}
}

// read reads a response.
func (w *wire) read() response {
	w.conn.SetDeadline(time.Now().Add(patience))
	var raw strings.Builder
	for {
		line, err := w.in.ReadString('\n')
		if err != nil {
			w.fail("reading from %s: %v after %q, asked %.300q", w.conn.RemoteAddr(), err, raw.String()+line, w.last)
		}
		raw.WriteString(line)
		size, literal := announced(line)
		if !literal {
			break
		}
		if _, err := io.CopyN(&raw, w.in, size); err != nil {
			w.fail("reading a literal of %d: %v", size, err)
		}
	}
	text := strings.TrimSuffix(raw.String(), "\r\n")
	w.spoke("S", text)
	r, err := parse(text)
	if err != nil {
		w.fail("%v in %q", err, text)
	}
	return r
}

// announced is the size of the literal at the end of a line.
func announced(line string) (int64, bool) {
	line, ok := strings.CutSuffix(line, "}\r\n")
	open := strings.LastIndexByte(line, '{')
	if !ok || open < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(line[open+1:], 10, 64)
	return n, err == nil
}

// do runs a command; the tagged response is the last.
func (w *wire) do(command string) []response {
	w.tags++
	tag := "c" + strconv.Itoa(w.tags)
	w.write(tag + " " + command)
	return w.until(tag)
}

func (w *wire) until(tag string) (all []response) {
	for {
		r := w.read()
		all = append(all, r)
		if r.tag == tag {
			return all
		}
	}
}

// must is do for what has to succeed.
func (w *wire) must(command string) []response {
	all := w.do(command)
	if last := all[len(all)-1]; last.name != "OK" {
		w.fail("%.200s: %s", command, last.raw)
	}
	return all
}

func (w *wire) signIn(user, password string) { w.must(fmt.Sprintf("LOGIN %q %q", user, password)) }

// parser reads the words of a response.
type parser struct {
	in string
	at int
}

func parse(text string) (r response, err error) {
	defer func() {
		if f, ok := recover().(failure); ok {
			err = fmt.Errorf("%s", f.text)
		}
	}()
	r.raw = text
	p := &parser{in: text}
	r.tag = p.until(" ")
	if r.tag == "+" {
		return r, nil
	}
	r.name = strings.ToUpper(p.until(" ("))
	if n, err := strconv.Atoi(r.name); err == nil {
		r.number = n
		r.name = strings.ToUpper(p.until(" "))
	}
	switch r.name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		if rest := text[p.at:]; strings.HasPrefix(rest, "[") {
			r.code, _, _ = strings.Cut(rest[1:], "]")
		}
		return r, nil
	}
	for p.at < len(p.in) {
		if p.in[p.at] == ' ' {
			p.at++
			continue
		}
		r.values = append(r.values, p.value())
	}
	return r, nil
}

// until is the word up to one of the octets; a space behind it is taken too.
func (p *parser) until(stop string) string {
	i := strings.IndexAny(p.in[p.at:], stop)
	if i < 0 {
		i = len(p.in) - p.at
	}
	word := p.in[p.at : p.at+i]
	p.at += i
	if p.at < len(p.in) && p.in[p.at] == ' ' {
		p.at++
	}
	return word
}

func (p *parser) value() value {
	if p.at == len(p.in) {
		panic(failure{"the line ends too early"})
	}
	switch c := p.in[p.at]; {
	case c == '(':
		return p.list()
	case c == '"':
		return p.quoted()
	case c == '{', strings.HasPrefix(p.in[p.at:], "~{"):
		return p.literal()
	case c == ')' || c < ' ':
		panic(failure{fmt.Sprintf("unexpected %q at %d", c, p.at)})
	}
	return p.atom()
}

func (p *parser) list() value {
	v := value{kind: 'l'}
	p.at++
	for {
		if p.at == len(p.in) {
			panic(failure{"a list does not end"})
		}
		switch p.in[p.at] {
		case ')':
			p.at++
			return v
		case ' ':
			p.at++
		default:
			v.list = append(v.list, p.value())
		}
	}
}

func (p *parser) quoted() value {
	var b strings.Builder
	for p.at++; p.at < len(p.in); p.at++ {
		switch c := p.in[p.at]; c {
		case '"':
			p.at++
			return value{kind: 's', text: b.String()}
		case '\\':
			p.at++
			if p.at == len(p.in) || p.in[p.at] != '"' && p.in[p.at] != '\\' {
				panic(failure{"a backslash before nothing special"})
			}
			b.WriteByte(p.in[p.at])
		case '\r', '\n', 0:
			panic(failure{"a line end in a quoted string"})
		default:
			b.WriteByte(c)
		}
	}
	panic(failure{"a quoted string does not end"})
}

func (p *parser) literal() value {
	head := p.in[p.at:]
	end := strings.Index(head, "}\r\n")
	if end < 0 {
		panic(failure{"a literal without a line end"})
	}
	n, err := strconv.Atoi(strings.TrimLeft(head[:end], "~{"))
	start := p.at + end + 3
	if err != nil || start+n > len(p.in) {
		panic(failure{"a literal that is not there"})
	}
	p.at = start + n
	return value{kind: 's', text: p.in[start:p.at]}
}

// atom reads up to a space or bracket; what stands in square brackets belongs
// to it, spaces and all.
func (p *parser) atom() value {
	start, depth := p.at, 0
	for ; p.at < len(p.in); p.at++ {
		switch c := p.in[p.at]; {
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case depth == 0 && strings.IndexByte(" ()\"", c) >= 0, c == '\r', c == '\n':
			return value{kind: 'a', text: p.in[start:p.at]}
		}
	}
	return value{kind: 'a', text: p.in[start:p.at]}
}

// items are the pairs of a FETCH response: name to value.
func (r response) items() map[string]value {
	out := map[string]value{}
	if r.name != "FETCH" || len(r.values) != 1 {
		return out
	}
	list := r.values[0].list
	for i := 0; i+1 < len(list); i += 2 {
		out[strings.ToUpper(list[i].text)] = list[i+1]
	}
	return out
}
