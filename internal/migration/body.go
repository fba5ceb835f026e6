package migration

import (
	"bytes"
	"io"
	"os"
)

// inMemory is the size up to which a body is held in memory, in bytes.
const inMemory = 1 << 20

// headBytes is how much of a body's beginning is always at hand.
const headBytes = 64 << 10

// Body is the bytes of a message: in memory, or in a file without a name when
// there are many. Beyond MaxMessage they are only counted. Close it.
type Body struct {
	mem  bytes.Buffer
	file *os.File
	head []byte // once there is a file
	size int64
}

// Write adds bytes.
func (b *Body) Write(p []byte) (int, error) {
	n := len(p)
	b.size += int64(n)
	switch {
	case b.size > MaxMessage:
		return n, nil
	case b.file == nil && b.size <= inMemory:
		return b.mem.Write(p)
	case b.file == nil:
		if err := b.spill(); err != nil {
			return 0, err
		}
	}
	return b.file.Write(p)
}

func (b *Body) spill() (err error) {
	if b.file, err = os.CreateTemp("", "postroom-mail-"); err != nil {
		return err
	}
	if err := os.Remove(b.file.Name()); err != nil {
		return err
	}
	b.head = bytes.Clone(b.mem.Bytes()[:min(b.mem.Len(), headBytes)])
	_, err = b.file.Write(b.mem.Bytes())
	b.mem = bytes.Buffer{}
	return err
}

// Size is the number of bytes.
func (b *Body) Size() int64 { return b.size }

// Head is the beginning, up to 64 KB.
func (b *Body) Head() []byte {
	if b.file != nil {
		return b.head
	}
	return b.mem.Bytes()[:min(b.mem.Len(), headBytes)]
}

// Reader reads the bytes from their beginning.
func (b *Body) Reader() io.Reader {
	if b.file != nil {
		return io.NewSectionReader(b.file, 0, b.size)
	}
	return bytes.NewReader(b.mem.Bytes())
}

// Close frees what the body holds.
func (b *Body) Close() {
	if b.file != nil {
		_ = b.file.Close()
	}
}

// crlf ends lines in CRLF, however they ended (RFC 5322 §2.1). A CR alone stays.
type crlf struct {
	w  io.Writer
	cr bool // the last byte was CR
}

func (c *crlf) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			_, err := c.w.Write(p)
			c.cr = p[len(p)-1] == '\r'
			return n, err
		}
		line, end := p[:i], "\r\n"
		if i > 0 && line[i-1] == '\r' || i == 0 && c.cr {
			end = "\n"
		}
		if _, err := c.w.Write(line); err != nil {
			return 0, err
		}
		if _, err := io.WriteString(c.w, end); err != nil {
			return 0, err
		}
		p, c.cr = p[i+1:], false
	}
	return n, nil
}

// lf ends lines in LF: what was CRLF.
type lf struct {
	w  io.Writer
	cr bool // a CR is held back
}

func (l *lf) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if l.cr {
			l.cr = false
			if p[0] != '\n' {
				if _, err := io.WriteString(l.w, "\r"); err != nil {
					return 0, err
				}
			}
		}
		i := bytes.IndexByte(p, '\r')
		if i < 0 {
			_, err := l.w.Write(p)
			return n, err
		}
		if _, err := l.w.Write(p[:i]); err != nil {
			return 0, err
		}
		p, l.cr = p[i+1:], true
	}
	return n, nil
}

// flush writes a CR that nothing followed.
func (l *lf) flush() error {
	if !l.cr {
		return nil
	}
	l.cr = false
	_, err := io.WriteString(l.w, "\r")
	return err
}
