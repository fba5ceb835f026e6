package imapwire

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// Command is one of the command structs of this package, always as a pointer.
// Use a type switch.
type Command interface {
	// Name is the command as in the RFC: upper case, with "UID " in front
	// for the UID form.
	Name() string
}

// Request is one tagged command.
type Request struct {
	Tag     string
	Command Command
}

// keepLine is the largest line buffer that is kept between two commands:
// thousands of idle connections must not hold on to their longest line.
const keepLine = 8 << 10

// Decoder reads the commands of one client.
type Decoder struct {
	// Continue is called before a synchronising literal is read. It must
	// send a continuation request ("+ ...") and flush it. An error ends the
	// command and is returned as it is.
	Continue func() error

	r      *bufio.Reader
	limits Limits
	names  NameForm

	line     []byte // current line, without CRLF
	pos      int    // next octet of line
	err      error  // first error of the current command
	tag      string
	name     string
	serial   uint64 // counts commands
	used     int64  // octets held for the current command
	literals int
	depth    int
	terms    int            // search keys and fetch items so far
	body     *messageReader // message literal not read to its end
	open     bool           // the current command's last line is not reached
	settled  bool           // the literal that ends line is dealt with
}

// NewDecoder returns a Decoder that reads from r within limits. The caller
// keeps r: on STARTTLS it must drop what r has buffered, on COMPRESS it must
// inflate what r has buffered, and then call Reset.
func NewDecoder(r *bufio.Reader, limits Limits) *Decoder {
	return &Decoder{r: r, limits: limits}
}

// Reset makes the Decoder read from r, between two commands.
func (d *Decoder) Reset(r *bufio.Reader) {
	d.r, d.body, d.open = r, nil, false
}

// SetLimits replaces the limits, between two commands.
func (d *Decoder) SetLimits(limits Limits) { d.limits = limits }

// SetNames says in which form the client writes mailbox names.
func (d *Decoder) SetNames(form NameForm) { d.names = form }

// Buffered returns how many octets have been received but not read. After
// STARTTLS it must be 0, or the client, or somebody between, tries to inject
// commands.
func (d *Decoder) Buffered() int { return d.r.Buffered() }

// Next reads the next command. What is left of the command before it (an
// APPEND whose messages were not read, the rest of a bad line) is consumed
// first.
//
// The error is io.EOF between two commands, a *CommandError that tells how to
// answer, or an error of the reader or of Continue, after which the
// connection is of no more use.
func (d *Decoder) Next() (Request, error) {
	if err := d.finish(); err != nil {
		return Request{}, err
	}
	d.tag, d.name, d.err = "", "", nil
	d.used, d.literals, d.depth, d.terms = 0, 0, 0, 0
	d.serial++
	if cap(d.line) > keepLine {
		d.line = nil
	}
	if err := d.readLine(); err != nil {
		if err == io.ErrUnexpectedEOF && len(d.line) == 0 {
			return Request{}, io.EOF
		}
		return Request{}, d.refused(err)
	}
	cmd := d.command()
	if d.err != nil {
		return Request{}, d.refused(d.err)
	}
	return Request{Tag: d.tag, Command: cmd}, nil
}

// command parses the line that has been read.
func (d *Decoder) command() Command {
	tag := d.run(isTagChar)
	if tag == "" || d.peek() != ' ' {
		d.fail("expected a tag and a command")
		return nil
	}
	d.tag = tag
	d.space()
	d.name = d.keyword()
	table := commands
	if d.name == "UID" {
		d.space()
		d.name = d.keyword()
		table = uidCommands
	}
	parse := table[d.name]
	if d.err == nil && parse == nil {
		d.fail("unknown command")
	}
	if d.err != nil {
		return nil
	}
	cmd := parse(d)
	if !d.open {
		d.endOfLine()
	}
	return cmd
}

// refused completes an error of the current command: it throws away what the
// client has sent of it, so that the reply and the next command are in step.
func (d *Decoder) refused(err error) error {
	var ce *CommandError
	if !errors.As(err, &ce) {
		return err
	}
	ce.Tag = d.tag
	if ce.Tag == "" && ce.cause != ErrLineTooLong {
		ce.Tag = salvageTag(d.line)
	}
	if ce.Fatal {
		return ce
	}
	d.open = true
	if ferr := d.finish(); ferr != nil {
		var fatal *CommandError
		if !errors.As(ferr, &fatal) {
			// The refusal still stands; the broken stream shows up at the
			// next read.
			return ce
		}
		ce.Fatal = true
	}
	return ce
}

// salvageTag returns the tag of a line that was refused before it was parsed.
func salvageTag(line []byte) string {
	for i, c := range line {
		if c == ' ' && i > 0 {
			return string(line[:i])
		}
		if !isTagChar(c) || i > 64 {
			break
		}
	}
	return ""
}

// SASLResponse reads one line of an AUTHENTICATE exchange and decodes its
// base64. It returns ErrCancelled when the client gives up, and a
// *CommandError with the tag of the AUTHENTICATE for a malformed line.
func (d *Decoder) SASLResponse() ([]byte, error) {
	d.err = nil
	if err := d.readLine(); err != nil {
		return nil, d.refused(err)
	}
	if string(d.line) == "*" {
		return nil, ErrCancelled
	}
	raw, err := base64.StdEncoding.DecodeString(string(d.line))
	if err != nil {
		d.fail("the response is not base64")
		return nil, d.refused(d.err)
	}
	return raw, nil
}

// IdleDone waits for the DONE that ends IDLE (RFC 9051 §6.3.13). A line that is
// not DONE ends the IDLE too, as a *CommandError with the tag of the IDLE.
func (d *Decoder) IdleDone() error {
	d.err = nil
	if err := d.readLine(); err != nil {
		return d.refused(err)
	}
	if !strings.EqualFold(string(d.line), "DONE") {
		d.fail("expected DONE")
		return d.refused(d.err)
	}
	return nil
}
