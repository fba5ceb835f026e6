package migration

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"postroom"
)

// Quoting is how lines of a message that begin with "From " are written in an
// mbox file.
type Quoting uint8

// The two ways.
const (
	// Mboxrd puts ">" before such lines, also before those that have some
	// already, so that it can be undone.
	Mboxrd Quoting = iota
	// Mboxo leaves lines with ">" alone.
	Mboxo
)

// ErrNoMbox says that a file has no From line at its beginning.
var ErrNoMbox = postroom.Errorf(postroom.Invalid, "this is no mbox file: it does not begin with a From line")

// MboxReader reads the messages of an mbox file (RFC 4155, and what is really
// found). Its time is linear and its memory bounded.
//
// A From line begins a message at the beginning of the file and behind an empty
// line, when it has a date, or when a header field follows it: files whose
// writers quote nothing are taken apart rightly but for such lines.
type MboxReader struct {
	in      *bufio.Reader
	quoting Quoting
	line    int    // of the line read last
	from    []byte // the From line that begins the next message
	fromAt  int
	begun   bool
}

// MboxMessage is a message of an mbox file. Close its Body.
type MboxMessage struct {
	Line int       // of its From line
	Date time.Time // of its From line, or zero
	// Status are the flags by the fields Status, X-Status, X-Keywords and
	// X-Mozilla-Status; those of the first three that stand before all other
	// fields belong to the file, and are not in Body.
	Flags    postroom.Flags
	Keywords string
	Body     *Body
}

// lineBuffer is how much of a line is looked at, in bytes.
const lineBuffer = 64 << 10

// NewMboxReader reads messages.
func NewMboxReader(r io.Reader, q Quoting) *MboxReader {
	return &MboxReader{in: bufio.NewReaderSize(r, lineBuffer), quoting: q}
}

var (
	fromWord = []byte("From ")
	// fromDate is a time of day and a year behind it, as asctime writes them
	// and as others vary it (a zone between, a zone behind).
	fromDate  = regexp.MustCompile(`^From \S*.* \d{1,2}:\d\d(:\d\d)?\b.*\b\d{4}\b`)
	fieldLine = regexp.MustCompile(`^>?[!-9;-~]+:`)
	ownField  = regexp.MustCompile(`(?i)^(status|x-status|x-keywords):[^\r\n]*\r?\n?$`)
)

// maxFrom is the longest line that may be a From line, in bytes.
const maxFrom = 1000

// separates reports whether a line behind an empty one begins a message.
func (m *MboxReader) separates(line []byte) bool {
	if !bytes.HasPrefix(line, fromWord) || len(line) > maxFrom {
		return false
	}
	if fromDate.Match(line) {
		return true
	}
	next, _ := m.in.Peek(200)
	return fieldLine.Match(next) && bytes.Count(bytes.TrimSpace(line), []byte(" ")) == 1
}

// Next returns the next message. io.EOF behind the last, ErrNoMbox when the file
// does not begin with one.
func (m *MboxReader) Next() (*MboxMessage, error) {
	if !m.begun {
		if err := m.begin(); err != nil {
			return nil, err
		}
	}
	if m.from == nil {
		return nil, io.EOF
	}
	msg := &MboxMessage{Line: m.fromAt, Date: fromLineDate(m.from), Body: new(Body)}
	own, err := m.read(msg.Body)
	if err != nil {
		msg.Body.Close()
		return nil, err
	}
	msg.Flags, msg.Keywords = mboxFlags(append(own, msg.Body.Head()...))
	return msg, nil
}

// begin finds the first From line, behind empty lines at most.
func (m *MboxReader) begin() error {
	m.begun = true
	for {
		line, _, err := m.next()
		if err != nil {
			return err
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			continue
		}
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
		if !bytes.HasPrefix(line, fromWord) {
			return ErrNoMbox
		}
		m.from, m.fromAt = bytes.Clone(line), m.line
		return nil
	}
}

// next reads a line, or a part of a longer one: then more is true for all of
// its parts but the last. io.EOF behind the last line.
func (m *MboxReader) next() (part []byte, more bool, err error) {
	part, err = m.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return part, true, nil
	}
	if len(part) > 0 && err == io.EOF {
		err = nil
	}
	m.line++
	return part, false, err
}

// read writes a message up to the next From line to body. It returns the fields
// at its beginning that are the file's own.
func (m *MboxReader) read(body *Body) (own []byte, err error) {
	w := &crlf{w: body}
	m.from = nil
	var blank []byte // an empty line, which may be the one before a From line
	first, inside := true, false
	for {
		line, more, err := m.next()
		if err == io.EOF {
			return own, nil // the last empty line belongs to the file
		}
		if err != nil {
			return own, err
		}
		whole := !inside && !more
		if whole && blank != nil && m.separates(line) {
			m.from, m.fromAt = bytes.Clone(line), m.line
			return own, nil
		}
		if first && whole && ownField.Match(line) && len(own) < headBytes {
			own = append(own, line...)
			continue
		}
		first = false
		if _, err := w.Write(blank); err != nil {
			return own, err
		}
		blank = nil
		if whole && (len(line) == 1 || len(line) == 2 && line[0] == '\r') && line[len(line)-1] == '\n' {
			blank = append([]byte{}, line...)
			continue
		}
		if !inside {
			line = m.unquote(line)
		}
		if _, err := w.Write(line); err != nil {
			return own, err
		}
		inside = more
	}
}

// unquote takes back what the writer put before "From ".
func (m *MboxReader) unquote(line []byte) []byte {
	if len(line) == 0 || line[0] != '>' {
		return line
	}
	rest := bytes.TrimLeft(line, ">")
	if !bytes.HasPrefix(rest, fromWord) || m.quoting == Mboxo && len(line)-len(rest) > 1 {
		return line
	}
	return line[1:]
}

// Mbox imports an mbox file into a folder. name is what faults call it, and
// modified the date of messages that have none.
func (i *Import) Mbox(ctx context.Context, r io.Reader, q Quoting, name string, modified time.Time, to Folder) error {
	ok, err := i.open(to)
	if err != nil || !ok {
		return err
	}
	defer i.drop()
	in := NewMboxReader(r, q)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, err := in.Next()
		if err == io.EOF {
			return i.flush()
		}
		if err != nil {
			return errors.Join(err, i.flush())
		}
		at := m.Date
		if at.IsZero() {
			at = headerDate(m.Body.Head())
		}
		if at.IsZero() {
			at = modified
		}
		if m.Body.Size() == 0 {
			i.fault(fmt.Sprintf("%s:%d", name, m.Line), "an empty message")
			m.Body.Close()
			continue
		}
		err = i.add(Message{Name: fmt.Sprintf("%s:%d", name, m.Line), Flags: m.Flags, Keywords: m.Keywords,
			Received: at, Body: m.Body})
		if err != nil {
			return err
		}
	}
}
