package smtpserver

import (
	"bufio"
	"bytes"
	"errors"
)

// maxHeader is the largest header accepted, in octets. A legal header is a few
// kilobytes, those of long-travelled list mail some tens; without a limit a
// message of header lines alone costs every later reader of it.
const maxHeader = 1 << 20

// scan looks at the octets of a message as they pass: line ends, NUL, the size
// of the header. It keeps a few octets, whatever the length of the message.
type scan struct {
	cr, lf, crlf int64
	nul          bool
	lastCR       bool // the last octet was a CR
	headerDone   bool
	header       int64 // octets of the header so far
	lineEmpty    bool  // in the header: nothing but the line end since the last LF
	begun        bool
}

// Write takes the next octets of the decoded message.
func (s *scan) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if s.lastCR && p[0] == '\n' {
		s.crlf++
	}
	s.cr += int64(bytes.Count(p, []byte{'\r'}))
	s.lf += int64(bytes.Count(p, []byte{'\n'}))
	s.crlf += int64(bytes.Count(p, []byte("\r\n")))
	s.nul = s.nul || bytes.IndexByte(p, 0) >= 0
	s.lastCR = p[len(p)-1] == '\r'
	if !s.headerDone {
		s.scanHeader(p)
	}
	return len(p), nil
}

// scanHeader counts octets up to the first empty line.
func (s *scan) scanHeader(p []byte) {
	if !s.begun {
		s.begun, s.lineEmpty = true, true
	}
	for i := 0; i < len(p); {
		if s.lineEmpty && (p[i] == '\r' || p[i] == '\n') {
			if p[i] == '\n' {
				s.header += int64(i + 1)
				s.headerDone = true
				return
			}
			i++
			continue
		}
		n := bytes.IndexByte(p[i:], '\n')
		if n < 0 {
			s.lineEmpty = false
			break
		}
		i += n + 1
		s.lineEmpty = true
	}
	s.header += int64(len(p))
}

// fault is the refusal the octets deserve, code 0 when there is none.
func (s *scan) fault() reply {
	switch {
	case s.nul:
		return reply{554, "5.6.0", "message contains NUL"}
	case s.cr != s.crlf || s.lf != s.crlf:
		return reply{550, "5.6.11", "message contains a bare CR or LF; lines end in CRLF (RFC 5321 section 2.3.8)"}
	case s.header > maxHeader:
		return reply{552, "5.3.4", "message header exceeds 1048576 octets"}
	}
	return reply{}
}

// errEndOfData tells that dataReader.next has seen the final dot.
var errEndOfData = errors.New("end of data")

// dataReader takes the dots out of DATA (RFC 5321 §4.5.2) and finds its end: a
// line of one dot between two true CRLFs.
type dataReader struct {
	r *bufio.Reader
	// afterCRLF: the next octet begins a line.
	afterCRLF bool
	lastCR    bool
}

func newDataReader(r *bufio.Reader) *dataReader { return &dataReader{r: r, afterCRLF: true} }

// next returns the next piece of the message, valid until the next call, or
// errEndOfData, or the error of the connection.
func (d *dataReader) next() ([]byte, error) {
	piece, err := d.r.ReadSlice('\n')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	atStart := d.afterCRLF
	if piece[len(piece)-1] == '\n' {
		d.afterCRLF = len(piece) == 1 && d.lastCR || len(piece) > 1 && piece[len(piece)-2] == '\r'
	} else {
		d.afterCRLF = false
	}
	d.lastCR = piece[len(piece)-1] == '\r'
	if atStart && piece[0] == '.' {
		if string(piece) == ".\r\n" {
			return nil, errEndOfData
		}
		piece = piece[1:]
		if len(piece) == 0 { // a full buffer of one octet does not happen
			return nil, nil
		}
	}
	return piece, nil
}
