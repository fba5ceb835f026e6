package smtpclient

import "io"

// crlfWriter writes text with every line ending as CRLF: a CR or LF on its own
// becomes one. So no sequence of a message can be taken for the end of data by
// any host on the way, however it reads line endings (SMTP smuggling).
type crlfWriter struct {
	w   io.Writer
	cr  bool   // the last octet written was the CR of a pair still open
	buf []byte // reused between writes
}

func (c *crlfWriter) Write(p []byte) (int, error) {
	out := c.buf[:0]
	for _, b := range p {
		if c.cr {
			out = append(out, '\n')
			c.cr = false
			if b == '\n' {
				continue
			}
		}
		switch b {
		case '\r':
			out = append(out, '\r')
			c.cr = true
		case '\n':
			out = append(out, '\r', '\n')
		default:
			out = append(out, b)
		}
	}
	c.buf = out
	if _, err := c.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// finish closes a pair left open by a CR at the very end.
func (c *crlfWriter) finish() error {
	if !c.cr {
		return nil
	}
	c.cr = false
	_, err := c.w.Write([]byte{'\n'})
	return err
}
