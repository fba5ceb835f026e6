package migration

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/imapwire/utf7"
)

// Written is a message to write. Body has lines that end in CRLF.
type Written struct {
	Flags    postroom.Flags
	Keywords string // canonical
	Received time.Time
	Body     io.Reader
}

// MboxWriter writes an mbox file of the kind mboxrd. The flags stand in the
// fields Status, X-Status and X-Keywords before those of the message. Lines end
// in LF. Flush it at the end.
type MboxWriter struct{ out *bufio.Writer }

// NewMboxWriter writes to w.
func NewMboxWriter(w io.Writer) *MboxWriter {
	return &MboxWriter{bufio.NewWriterSize(w, lineBuffer)}
}

// Write adds a message.
func (m *MboxWriter) Write(msg Written) error {
	status, extra := "O", ""
	if msg.Flags&postroom.FlagSeen != 0 {
		status = "RO"
	}
	for _, f := range []struct {
		flag   postroom.Flags
		letter string
	}{{postroom.FlagAnswered, "A"}, {postroom.FlagFlagged, "F"}, {postroom.FlagDeleted, "D"}, {postroom.FlagDraft, "T"}} {
		if msg.Flags&f.flag != 0 {
			extra += f.letter
		}
	}
	// RFC 4155 appendix A: the sender is not known any more, the date is UTC.
	_, err := fmt.Fprintf(m.out, "From MAILER-DAEMON %s\nStatus: %s\nX-Status: %s\nX-Keywords: %s\n",
		msg.Received.UTC().Format(time.ANSIC), status, extra, msg.Keywords)
	if err != nil {
		return err
	}
	q := &quoter{w: m.out}
	l := &lf{w: q}
	if _, err := io.Copy(l, msg.Body); err != nil {
		return err
	}
	if err := l.flush(); err != nil {
		return err
	}
	return q.end()
}

// Flush writes what is held back.
func (m *MboxWriter) Flush() error { return m.out.Flush() }

// quoter puts ">" before lines that begin with any number of ">" and "From ".
type quoter struct {
	w    *bufio.Writer
	line []byte // the beginning of a line, while it may become such a one
	in   bool   // within a line
}

func (q *quoter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if q.in {
			i := bytes.IndexByte(p, '\n')
			if i < 0 {
				_, err := q.w.Write(p)
				return n, err
			}
			if _, err := q.w.Write(p[:i+1]); err != nil {
				return 0, err
			}
			p, q.in = p[i+1:], false
			continue
		}
		// Some bytes of the line's beginning decide.
		q.line = append(q.line, p[0])
		p = p[1:]
		rest := bytes.TrimLeft(q.line, ">")
		if len(rest) < len(fromWord) && bytes.HasPrefix(fromWord, rest) && len(q.line) < lineBuffer {
			continue
		}
		if err := q.decide(bytes.HasPrefix(rest, fromWord)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// decide writes the beginning of a line.
func (q *quoter) decide(quote bool) error {
	if quote {
		if err := q.w.WriteByte('>'); err != nil {
			return err
		}
	}
	_, err := q.w.Write(q.line)
	q.in = len(q.line) > 0 && q.line[len(q.line)-1] != '\n'
	q.line = q.line[:0]
	return err
}

// end ends the message: its last line, and an empty one.
func (q *quoter) end() error {
	if err := q.decide(false); err != nil {
		return err
	}
	end := "\n"
	if q.in {
		end = "\n\n"
	}
	_, err := q.w.WriteString(end)
	return err
}

// MaildirWriter writes one folder of a maildir. Close it.
type MaildirWriter struct {
	dir   string
	words []string
	n     int
}

// MaildirFolder is the folder, below the maildir root, that Maildir++ has for a
// path relative to the exported one; "" is the maildir itself.
func MaildirFolder(root, path string) string {
	path = strings.Trim(path, "/")
	if path == "" {
		return root
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		// A dot would be a level.
		parts[i] = utf7.Encode(strings.ReplaceAll(p, ".", "_"))
	}
	return filepath.Join(root, "."+strings.Join(parts, "."))
}

// NewMaildirWriter makes a folder.
func NewMaildirWriter(dir string) (*MaildirWriter, error) {
	for _, part := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, part), 0o700); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(filepath.Base(dir), ".") {
		// Maildir++ marks folders by an empty file.
		if err := os.WriteFile(filepath.Join(dir, "maildirfolder"), nil, 0o600); err != nil {
			return nil, err
		}
	}
	return &MaildirWriter{dir: dir}, nil
}

// Write adds a message. dropped are keywords for which there was no letter left:
// a folder has 26.
func (m *MaildirWriter) Write(msg Written) (dropped []string, err error) {
	letters, dropped := m.letters(msg)
	m.n++
	name := fmt.Sprintf("%d.M%06dQ%d.postroom", msg.Received.Unix(), msg.Received.Nanosecond()/1000, m.n)
	tmp := filepath.Join(m.dir, "tmp", name)
	size, err := writeFile(tmp, msg.Body)
	if err != nil {
		return nil, err
	}
	if err := os.Chtimes(tmp, msg.Received, msg.Received); err != nil {
		return nil, err
	}
	return dropped, os.Rename(tmp, filepath.Join(m.dir, "cur", name+",S="+strconv.FormatInt(size, 10)+":2,"+letters))
}

func writeFile(path string, body io.Reader) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if end := f.Close(); err == nil {
			err = end
		}
	}()
	out := bufio.NewWriterSize(f, lineBuffer)
	l := &lf{w: out}
	if _, err := io.Copy(l, body); err != nil {
		return 0, err
	}
	if err := l.flush(); err != nil {
		return 0, err
	}
	if err := out.Flush(); err != nil {
		return 0, err
	}
	return f.Seek(0, io.SeekCurrent)
}

// letters is the info part for a message, in ASCII order (maildir(5)).
func (m *MaildirWriter) letters(msg Written) (letters string, dropped []string) {
	var all []rune
	for c, f := range maildirLetters {
		if msg.Flags&f != 0 {
			all = append(all, c)
		}
	}
	for _, w := range strings.Fields(msg.Keywords) {
		if w == "$forwarded" {
			all = append(all, 'P')
			continue
		}
		n := slices.Index(m.words, w)
		if n < 0 && len(m.words) == 26 {
			dropped = append(dropped, w)
			continue
		}
		if n < 0 {
			n = len(m.words)
			m.words = append(m.words, w)
		}
		all = append(all, 'a'+rune(n))
	}
	slices.Sort(all)
	return string(all), dropped
}

// Close writes what the small letters stand for.
func (m *MaildirWriter) Close() error {
	if len(m.words) == 0 {
		return nil
	}
	var text strings.Builder
	for i, w := range m.words {
		fmt.Fprintf(&text, "%d %s\n", i, w)
	}
	return os.WriteFile(filepath.Join(m.dir, keywordFile), []byte(text.String()), 0o600)
}
