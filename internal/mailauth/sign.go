package mailauth

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// oversigned are the fields that are signed once more often than they occur, so that
// adding another one breaks the signature (RFC 6376 §5.4.2 and §8.15).
var oversigned = [...]string{
	"From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID",
	"In-Reply-To", "References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
}

// signedIfPresent are signed as often as they occur.
var signedIfPresent = [...]string{
	"Resent-From", "Resent-Sender", "Resent-To", "Resent-Date", "Resent-Message-ID",
	"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted",
}

// Sign returns the DKIM-Signature fields for a message, one for each key and each with
// its final CRLF, to be put before the message. domain is the signing domain (d=), in
// A-labels. The message is read once; CR or LF on its own counts as CRLF, which is how it
// goes out. Canonicalization is relaxed for header and body.
func Sign(message io.Reader, domain string, keys ...Key) (string, error) {
	domain = normalDomain(domain)
	if domain == "" {
		return "", errors.New("DKIM: not a domain to sign for")
	}
	if len(keys) == 0 {
		return "", errors.New("DKIM: no key to sign with")
	}
	br := bufio.NewReaderSize(&crlfReader{r: message}, 32<<10)
	header, err := readHeader(br)
	if err != nil {
		return "", err
	}
	names := signedFields(header)
	signers := make([]*dkim.Signer, 0, len(keys))
	writers := make([]io.Writer, 0, len(keys))
	defer func() {
		for _, s := range signers {
			s.Close() // ends its goroutine; harmless the second time
		}
	}()
	for _, k := range keys {
		s, err := dkim.NewSigner(&dkim.SignOptions{
			Domain: domain, Selector: k.Selector, Signer: k.Private, HeaderKeys: names,
			HeaderCanonicalization: dkim.CanonicalizationRelaxed,
			BodyCanonicalization:   dkim.CanonicalizationRelaxed,
		})
		if err != nil {
			return "", err
		}
		signers, writers = append(signers, s), append(writers, s)
	}
	if !isEmptyLine(lastLine(header)) {
		header = append(header, "\r\n"...)
	}
	if _, err := io.Copy(io.MultiWriter(writers...), io.MultiReader(bytes.NewReader(header), br)); err != nil {
		return "", err
	}
	var out strings.Builder
	for _, s := range signers {
		if err := s.Close(); err != nil {
			return "", err
		}
		out.WriteString(s.Signature())
	}
	return out.String(), nil
}

// signedFields lists the names for h=.
func signedFields(header []byte) []string {
	count := make(map[string]int)
	list, _ := fields(header)
	for _, f := range list {
		count[strings.ToLower(f.name)]++
	}
	var out []string
	add := func(name string, n int) {
		// A header with a field a hundred times over is not worth an h= that no
		// verifier would read.
		for range min(n, 20) {
			out = append(out, name)
		}
	}
	for _, name := range oversigned {
		add(name, count[strings.ToLower(name)]+1)
	}
	for _, name := range signedIfPresent {
		add(name, count[strings.ToLower(name)])
	}
	return out
}

// crlfReader reads with every line ending as CRLF, and ends the text with one.
type crlfReader struct {
	r       io.Reader
	in      [16 << 10]byte
	pending []byte // converted, not handed out yet
	buf     []byte
	cr      bool
	partial bool // the last line has no ending yet
	err     error
}

func (c *crlfReader) Read(p []byte) (int, error) {
	for len(c.pending) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		n, err := c.r.Read(c.in[:])
		c.convert(c.in[:n])
		if err == io.EOF && c.cr {
			c.cr = false
			c.pending = append(c.pending, '\n')
		} else if err == io.EOF && c.partial {
			c.partial = false
			c.pending = append(c.pending, '\r', '\n')
		}
		c.err = err
	}
	n := copy(p, c.pending)
	c.pending = c.pending[n:]
	return n, nil
}

func (c *crlfReader) convert(p []byte) {
	out := c.buf[:0]
	for _, b := range p {
		if c.cr {
			c.cr = false
			out = append(out, '\n')
			if b == '\n' {
				continue
			}
		}
		switch b {
		case '\r':
			c.cr, c.partial = true, false
			out = append(out, '\r')
		case '\n':
			c.partial = false
			out = append(out, '\r', '\n')
		default:
			c.partial = true
			out = append(out, b)
		}
	}
	c.buf = out
	c.pending = out
}
