package imapwire

import (
	"bufio"
	"bytes"
	"io"
)

// markerLen is the longest literal header that is looked for at the end of a
// line that is thrown away: "~{" + 20 digits + "+}".
const markerLen = 24

// readLine reads one line into d.line. Lines end in CRLF; a bare LF, a CR or
// a NUL inside is refused after the line has been consumed. The error is
// io.ErrUnexpectedEOF at the end of the stream.
func (d *Decoder) readLine() error {
	d.line, d.pos, d.settled = d.line[:0], 0, false
	for {
		chunk, err := d.r.ReadSlice('\n')
		if len(d.line)+len(chunk) > d.limits.Line+2 {
			return d.skipLine(chunk, err)
		}
		d.line = append(d.line, chunk...)
		if err == bufio.ErrBufferFull {
			continue
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		break
	}
	return d.checkLine()
}

// checkLine strips the line end and refuses octets that no command may have.
func (d *Decoder) checkLine() error {
	d.used += int64(len(d.line))
	n := len(d.line) - 1
	if n == 0 || d.line[n-1] != '\r' {
		d.line = d.line[:n]
		return d.syntax("lines must end in CRLF")
	}
	d.line = d.line[:n-1]
	if bytes.IndexByte(d.line, 0) >= 0 {
		return d.syntax("NUL is not allowed")
	}
	if bytes.IndexByte(d.line, '\r') >= 0 {
		return d.syntax("CR is not allowed inside a line")
	}
	if d.used > d.limits.Command {
		return &CommandError{Kind: BAD, Code: CodeTooBig, Text: "command too large", cause: ErrLineTooLong}
	}
	return nil
}

// skipLine throws away the rest of an overlong line of which chunk was just
// read with err. It keeps the beginning, for the tag, and the end, for the
// literal header that may stand there.
func (d *Decoder) skipLine(chunk []byte, err error) error {
	tooLong := &CommandError{Kind: BAD, Code: CodeTooBig, Text: "line too long", cause: ErrLineTooLong}
	if len(d.line) < 128 {
		d.line = append(d.line, chunk[:min(len(chunk), 128-len(d.line))]...)
	}
	head := append([]byte(nil), d.line[:min(len(d.line), 128)]...)
	if d.tag == "" {
		d.tag = salvageTag(head)
	}
	tail := make([]byte, 0, 2*markerLen)
	skipped := int64(0)
	for {
		tail = append(tail, chunk[max(0, len(chunk)-markerLen):]...)
		tail = tail[max(0, len(tail)-markerLen):]
		skipped += int64(len(chunk))
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return err
		}
		if skipped > d.limits.Skip {
			tooLong.Fatal = true
			return tooLong
		}
		chunk, err = d.r.ReadSlice('\n')
	}
	d.line = append(d.line[:0], bytes.TrimRight(tail, "\r\n")...)
	d.pos = len(d.line)
	return tooLong
}

// finish consumes what is left of the current command: the unread part of a
// message, and non-synchronising literals with the lines that follow them. A
// synchronising literal that was not asked for will not be sent, so the
// command ends there (RFC 9051 §4.3).
func (d *Decoder) finish() error {
	if !d.open {
		return nil
	}
	d.open = false
	budget := d.limits.Skip
	if b := d.body; b != nil {
		d.body = nil
		if !b.started && b.head.sync {
			return nil
		}
		if err := d.discard(b.left, &budget); err != nil {
			return err
		}
		if err := d.skipNextLine(&budget); err != nil {
			return err
		}
	}
	for !d.settled {
		head, ok := trailingLiteral(d.line)
		if !ok || head.sync {
			return nil
		}
		if head.overflow {
			return d.outOfStep()
		}
		if err := d.discard(head.size, &budget); err != nil {
			return err
		}
		if err := d.skipNextLine(&budget); err != nil {
			return err
		}
	}
	return nil
}

// skipNextLine reads a line whose content does not matter.
func (d *Decoder) skipNextLine(budget *int64) error {
	err := d.readLine()
	if ce, ok := err.(*CommandError); ok && !ce.Fatal {
		err = nil
	}
	*budget -= int64(len(d.line)) + 64
	return err
}

// discard throws away n octets, within budget.
func (d *Decoder) discard(n int64, budget *int64) error {
	if n > *budget {
		return d.outOfStep()
	}
	*budget -= n
	for n > 0 {
		k, err := d.r.Discard(int(min(n, 1<<20)))
		n -= int64(k)
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Decoder) outOfStep() error {
	return &CommandError{
		Tag: d.tag, Kind: BAD, Code: CodeTooBig, Fatal: true,
		Text: "literal too large", cause: ErrLiteralTooLarge,
	}
}
