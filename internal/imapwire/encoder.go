package imapwire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Encoder writes replies. Nothing reaches the client before Flush. The first
// error is kept: the calls after it do nothing, and Flush returns it. A
// stream after an error is of no more use.
type Encoder struct {
	w     *bufio.Writer
	names NameForm
	err   error
	buf   []byte // scratch
	fetch FetchWriter
}

// NewEncoder returns an Encoder that writes to w.
func NewEncoder(w *bufio.Writer) *Encoder { return &Encoder{w: w} }

// Swap writes to w from now on, where the writer before it has nothing left to
// write. An error stays.
func (e *Encoder) Swap(w *bufio.Writer) { e.w = w }

// Reset makes the Encoder write to w, after STARTTLS or COMPRESS.
func (e *Encoder) Reset(w *bufio.Writer) { e.w, e.err = w, nil }

// SetNames sets the form of mailbox names. With UTF8 other strings may be
// quoted UTF-8 too, as ENABLE of IMAP4rev2 or UTF8=ACCEPT allows.
func (e *Encoder) SetNames(form NameForm) { e.names = form }

// Names is that form.
func (e *Encoder) Names() NameForm { return e.names }

// Format returns what write writes into a FETCH response, for Formatted of an
// Encoder with the same form of names.
func (e *Encoder) Format(write func(*FetchWriter)) []byte {
	var text bytes.Buffer
	one := &Encoder{w: bufio.NewWriterSize(&text, 512), names: e.names}
	one.fetch.e = one
	write(&one.fetch)
	_ = one.Flush() // a Buffer takes all
	return bytes.Clone(text.Bytes())
}

// Err returns the first error.
func (e *Encoder) Err() error { return e.err }

// Flush sends what was written.
func (e *Encoder) Flush() error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

// Buffered returns how many octets wait for Flush.
func (e *Encoder) Buffered() int { return e.w.Buffered() }

// raw writes s as it is.
func (e *Encoder) raw(s string) {
	if e.err == nil {
		_, e.err = e.w.WriteString(s)
	}
}

func (e *Encoder) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *Encoder) octet(c byte) {
	if e.err == nil {
		e.err = e.w.WriteByte(c)
	}
}

func (e *Encoder) crlf() { e.raw("\r\n") }

func (e *Encoder) number(n uint64) {
	if e.err != nil {
		return
	}
	e.buf = strconv.AppendUint(e.buf[:0], n, 10)
	e.bytes(e.buf)
}

// atom writes s, which must be made of ATOM-CHARs or be a flag; other octets
// are left out, so that no stored value can break a line.
func (e *Encoder) atom(s string) {
	for i := 0; i < len(s); i++ {
		if isAtomChar(s[i]) || i == 0 && s[i] == '\\' || s == `\*` {
			continue
		}
		clean := make([]byte, 0, len(s))
		for j := 0; j < len(s); j++ {
			if isAtomChar(s[j]) || j == 0 && s[j] == '\\' {
				clean = append(clean, s[j])
			}
		}
		e.bytes(clean)
		return
	}
	e.raw(s)
}

// maxQuoted is the longest quoted string; longer texts become literals.
const maxQuoted = 4096

// String writes s as a quoted string if that is possible, otherwise as a
// literal: with a CR, LF or NUL, with octets above 127 unless UTF-8 is
// enabled, or when very long.
func (e *Encoder) String(s string) {
	quote := len(s) <= maxQuoted
	escape, high := false, false
	for i := 0; i < len(s) && quote; i++ {
		switch c := s[i]; {
		case c == '\r' || c == '\n' || c == 0:
			quote = false
		case c == '"' || c == '\\':
			escape = true
		case c >= 0x80:
			high = true
		}
	}
	if high && quote {
		quote = e.names == UTF8 && utf8.ValidString(s)
	}
	if !quote {
		// A literal cannot hold NUL (RFC 9051 §9, CHAR8).
		if strings.IndexByte(s, 0) >= 0 {
			s = strings.ReplaceAll(s, "\x00", "")
		}
		e.literalHead(int64(len(s)))
		e.raw(s)
		return
	}
	e.octet('"')
	if escape {
		for i := 0; i < len(s); i++ {
			if s[i] == '"' || s[i] == '\\' {
				e.octet('\\')
			}
			e.octet(s[i])
		}
	} else {
		e.raw(s)
	}
	e.octet('"')
}

// nstring writes s, or NIL when it is empty.
func (e *Encoder) nstring(s string) {
	if s == "" {
		e.raw("NIL")
		return
	}
	e.String(s)
}

// astring writes s as an atom if that is possible, otherwise as a string.
func (e *Encoder) astring(s string) {
	for i := 0; i < len(s); i++ {
		if !isAstringChar(s[i]) {
			e.String(s)
			return
		}
	}
	if s == "" || strings.EqualFold(s, "NIL") {
		e.String(s)
		return
	}
	e.raw(s)
}

// mailbox writes a mailbox name in the form of the client.
func (e *Encoder) mailbox(name string) { e.astring(EncodeName(name, e.names)) }

func (e *Encoder) literalHead(size int64) {
	e.octet('{')
	e.number(uint64(size))
	e.raw("}\r\n")
}

// ErrShortBody is the error of an Encoder whose source of a literal ended
// early. The connection has to be closed: the client waits for the rest.
var ErrShortBody = errors.New("imapwire: literal shorter than announced")

// literalFrom writes a literal of exactly size octets of r.
func (e *Encoder) literalFrom(size int64, r io.Reader) {
	e.literalHead(size)
	if e.err != nil {
		return
	}
	n, err := io.CopyN(e.w, r, size)
	switch {
	case err == io.EOF || err == nil && n < size:
		e.err = ErrShortBody
	case err != nil:
		e.err = err
	}
}

// list writes "(" ... ")" around n items with spaces between.
func (e *Encoder) list(n int, item func(i int)) {
	e.octet('(')
	for i := 0; i < n; i++ {
		if i > 0 {
			e.octet(' ')
		}
		item(i)
	}
	e.octet(')')
}

func (e *Encoder) flags(flags []Flag) {
	e.buf = AppendFlags(e.buf[:0], flags)
	e.bytes(e.buf)
}

// dateTime writes a quoted date-time with a day of two places (RFC 9051 §9).
func (e *Encoder) dateTime(t time.Time) {
	if e.err != nil {
		return
	}
	e.buf = t.AppendFormat(append(e.buf[:0], '"'), InternalDateLayout)
	e.bytes(append(e.buf, '"'))
}
