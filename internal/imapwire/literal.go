package imapwire

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// literalHead is "{n}", "{n+}", "~{n}" or "~{n+}" at the end of a line.
type literalHead struct {
	size     int64
	sync     bool
	binary   bool
	overflow bool // larger than any number64 (RFC 9051 §9)
	start    int  // where in the line it starts
}

// trailingLiteral finds the literal header that ends line.
func trailingLiteral(line []byte) (literalHead, bool) {
	h := literalHead{sync: true}
	i := len(line) - 1
	if i < 2 || line[i] != '}' {
		return h, false
	}
	i--
	if line[i] == '+' {
		h.sync = false
		i--
	}
	end := i + 1
	for i >= 0 && line[i] >= '0' && line[i] <= '9' {
		i--
	}
	if i < 0 || line[i] != '{' || i+1 == end {
		return h, false
	}
	n, err := strconv.ParseInt(string(line[i+1:end]), 10, 64)
	h.size, h.overflow = n, err != nil
	if i > 0 && line[i-1] == '~' {
		h.binary = true
		i--
	}
	h.start = i
	return h, true
}

// atLiteral tells whether the next token is a literal.
func (d *Decoder) atLiteral() bool {
	c := d.peek()
	return c == '{' || c == '~' && d.pos+1 < len(d.line) && d.line[d.pos+1] == '{'
}

// literalHead parses the literal header at d.pos, which must end the line,
// and counts it.
func (d *Decoder) literalHead() (literalHead, bool) {
	h, ok := trailingLiteral(d.line[d.pos:])
	if !ok || h.start != 0 {
		d.fail("malformed literal")
		return h, false
	}
	if h.overflow {
		d.failWith(&CommandError{
			Kind: BAD, Code: CodeTooBig, Text: "literal size is not a number", Fatal: !h.sync,
			cause: ErrLiteralTooLarge,
		})
		return h, false
	}
	d.literals++
	if d.literals > d.limits.Literals {
		d.failWith(&CommandError{Kind: BAD, Code: CodeTooBig, Text: "too many literals"})
		return h, false
	}
	return h, true
}

// literal reads a literal into memory.
func (d *Decoder) literal() []byte {
	h, ok := d.literalHead()
	if !ok {
		return nil
	}
	limit := d.limits.Literal
	if !h.sync {
		limit = min(limit, d.limits.NonSync)
	}
	if h.size > limit || d.used+h.size > d.limits.Command {
		d.failWith(&CommandError{
			Kind: BAD, Code: CodeTooBig, Text: "literal too large", cause: ErrLiteralTooLarge,
			Fatal: !h.sync && h.size > d.limits.Skip,
		})
		return nil
	}
	if h.sync && !d.askContinue() {
		return nil
	}
	d.used += h.size
	d.settled = true
	raw := d.readFull(h.size)
	if d.err == nil {
		d.nextLine()
	}
	return raw
}

// askContinue sends the continuation request.
func (d *Decoder) askContinue() bool {
	if d.Continue == nil {
		d.fail("no synchronising literal is allowed here")
		return false
	}
	if err := d.Continue(); err != nil {
		d.failWith(err)
		return false
	}
	return true
}

// readFull reads n octets. Memory is taken as they arrive, not as announced.
func (d *Decoder) readFull(n int64) []byte {
	var buf bytes.Buffer
	buf.Grow(int(min(n, 4096)))
	if _, err := io.CopyN(&buf, d.r, n); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.failWith(err)
		return nil
	}
	return buf.Bytes()
}

// nextLine goes on with the line after a literal.
func (d *Decoder) nextLine() {
	if err := d.readLine(); err != nil {
		d.failWith(err)
	}
}

// errLate is the error of a message that is read after the Decoder went on to
// the next one.
var errLate = errors.New("imapwire: the message is gone")

// messageReader is the stream of one message literal.
type messageReader struct {
	d       *Decoder
	head    literalHead
	left    int64
	started bool
}

// start asks the client for the message, once.
func (m *messageReader) start() error {
	if m.started {
		return nil
	}
	if m.head.sync && !m.d.askContinue() {
		return m.d.err
	}
	m.started = true
	m.d.settled = true
	return nil
}

// Read implements io.Reader. The first call sends the continuation request.
func (m *messageReader) Read(p []byte) (int, error) {
	if m.d.body != m {
		if m.left > 0 {
			return 0, errLate
		}
		return 0, io.EOF
	}
	if err := m.start(); err != nil {
		return 0, err
	}
	if m.left == 0 {
		return 0, io.EOF
	}
	n, err := m.d.r.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// finish reads the message to its end and goes on with the line after it.
func (m *messageReader) finish() error {
	d := m.d
	if err := m.start(); err != nil {
		return err
	}
	budget := m.left
	if err := d.discard(m.left, &budget); err != nil {
		return err
	}
	d.body = nil
	d.nextLine()
	return d.err
}
