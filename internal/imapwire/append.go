package imapwire

import (
	"errors"
	"io"
	"time"
)

// Append stores messages in a mailbox (RFC 9051 §6.3.12, MULTIAPPEND RFC 3502).
// The messages are still on the wire: call Next until io.EOF, then answer. To
// refuse the command, just answer it; the Decoder skips the rest.
type Append struct {
	Mailbox string
	messages
}

// Name implements Command.
func (*Append) Name() string { return "APPEND" }

// AppendMessage is one message of APPEND or REPLACE. Reading it asks the
// client for it; a client that was not asked does not send it, so look at
// Size, rights and quota before the first Read. It reads until io.EOF after
// exactly Size octets, or io.ErrUnexpectedEOF when the client went away.
type AppendMessage struct {
	io.Reader
	Flags []Flag
	Date  time.Time // zero when not given
	// Size in octets. A size of 0 asks to cancel a MULTIAPPEND (RFC 3502).
	Size int64
	// Binary is set for a literal8, which may hold NUL (RFC 3516 §4.4).
	Binary bool
	// UTF8 is set for the UTF8 (~{n} form of RFC 6855 §4: the headers may
	// be in UTF-8.
	UTF8 bool
}

// messages is the part of a command where the messages are.
type messages struct {
	d      *Decoder
	serial uint64 // of the command
	last   *messageReader
	utf8   bool
	max    int // most messages, 0 for any number
	n      int
	err    error
}

func (d *Decoder) append_() Command {
	d.space()
	c := &Append{Mailbox: d.mailbox()}
	c.messages = messages{d: d, serial: d.serial}
	d.beginMessages()
	return c
}

// beginMessages checks that a message follows, and leaves it to Next.
func (d *Decoder) beginMessages() {
	if d.err == nil && d.peek() != ' ' {
		d.fail("expected a message")
	}
	d.open = d.err == nil
}

// Next returns the next message; one that was not read to its end is skipped.
// After the last message, when the command is complete, it returns io.EOF.
// Other errors are those of Decoder.Next and end the command.
func (m *messages) Next() (*AppendMessage, error) {
	d := m.d
	if m.err != nil {
		return nil, m.err
	}
	msg, err := m.next()
	if err == nil {
		return msg, nil
	}
	m.err = err
	if err == io.EOF {
		d.open = false
		return nil, err
	}
	d.body = nil
	m.err = d.refused(err)
	return nil, m.err
}

func (m *messages) next() (*AppendMessage, error) {
	d := m.d
	if !d.open || d.serial != m.serial {
		return nil, errors.New("imapwire: the command is over")
	}
	if m.last != nil {
		if err := m.last.finish(); err != nil {
			return nil, err
		}
		if m.utf8 {
			d.expect(')')
		}
		m.last = nil
	}
	if m.n > 0 && (d.pos == len(d.line) || m.n == m.max) {
		if d.endOfLine(); d.err != nil {
			return nil, d.err
		}
		return nil, io.EOF
	}
	msg := d.appendMessage()
	if d.err != nil {
		return nil, d.err
	}
	m.n++
	m.last, m.utf8 = d.body, msg.UTF8
	return msg, nil
}

// appendMessage parses [SP flags] [SP date] SP literal and opens the literal.
func (d *Decoder) appendMessage() *AppendMessage {
	msg := &AppendMessage{}
	d.space()
	if d.peek() == '(' {
		msg.Flags = d.flagList()
		d.space()
	}
	if d.peek() == '"' {
		msg.Date = d.dateTime()
		d.space()
	}
	if c := d.peek(); c == 'U' || c == 'u' {
		if d.keyword() != "UTF8" {
			d.fail("expected a message literal")
		}
		d.space()
		d.expect('(')
		msg.UTF8 = true
	}
	if d.err == nil && !d.atLiteral() {
		d.fail("expected a message literal")
	}
	if d.err != nil {
		return msg
	}
	h, ok := d.literalHead()
	if !ok {
		return msg
	}
	if h.size > d.limits.Message {
		d.failWith(&CommandError{
			Kind: NO, Code: CodeTooBig, Text: "message too large", cause: ErrLiteralTooLarge,
			Fatal: !h.sync && h.size > d.limits.Skip,
		})
		return msg
	}
	msg.Size, msg.Binary = h.size, h.binary
	d.body = &messageReader{d: d, head: h, left: h.size}
	msg.Reader = d.body
	return msg
}

// Replace stores a message in place of another one (RFC 8508). Next returns
// its one message.
type Replace struct {
	UID     bool
	Number  uint32 // message number, or UID
	Mailbox string
	messages
}

// Name implements Command.
func (c *Replace) Name() string { return uidName(c.UID, "REPLACE") }

func (d *Decoder) replace(by numbering) Command {
	d.space()
	c := &Replace{UID: by == byUID}
	if d.accept('*') {
		c.Number = 0
	} else {
		c.Number = d.nonZero32()
	}
	d.space()
	c.Mailbox = d.mailbox()
	c.messages = messages{d: d, serial: d.serial, max: 1}
	d.beginMessages()
	return c
}
