package provision

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"postroom"
)

// letter is one message of the demonstration.
type letter struct {
	age     time.Duration
	from    mail.Address
	to      string
	subject string
	text    string
	html    string // second form of text
	files   []attachment
	answers int // number of the letter this one answers; 0 for none
	mailbox postroom.CollectionID
	flags   postroom.Flags
	number  int // from 1, in the order of the talks
}

// find returns the letter with a number.
func find(letters []letter, number int) *letter {
	return &letters[slices.IndexFunc(letters, func(l letter) bool { return l.number == number })]
}

// attachment is a file of a letter.
type attachment struct {
	name, kind string
	body       []byte
}

// id is the Message-ID: fixed, so that threads hold.
func (l *letter) id() string { return fmt.Sprintf("<demo-%03d@example.test>", l.number) }

// compose writes the message with CRLF line ends.
func (l *letter) compose(at time.Time, all []letter) ([]byte, error) {
	var b bytes.Buffer
	field := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	field("Date", at.Format(time.RFC1123Z))
	field("From", l.from.String())
	field("To", l.to)
	field("Subject", foldWords(mime.QEncoding.Encode("utf-8", l.subject)))
	field("Message-ID", l.id())
	if l.answers > 0 {
		var refs []string
		for n := l.answers; n > 0; n = find(all, n).answers {
			refs = append([]string{find(all, n).id()}, refs...)
		}
		field("In-Reply-To", refs[len(refs)-1])
		field("References", strings.Join(refs, "\r\n "))
	}
	field("MIME-Version", "1.0")
	if err := l.body(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// foldWords puts each encoded word of a long field on a line of its own (RFC
// 2047 §2).
func foldWords(s string) string { return strings.ReplaceAll(s, "?= =?", "?=\r\n =?") }

// body writes the fields and content of the message's body.
func (l *letter) body(b *bytes.Buffer) error {
	if len(l.files) == 0 {
		return l.words(func(h textproto.MIMEHeader) (*bytes.Buffer, error) {
			writeFields(b, h)
			return b, nil
		})
	}
	w := multipart.NewWriter(b)
	if err := w.SetBoundary(fmt.Sprintf("mixed-%03d", l.number)); err != nil {
		return err
	}
	fmt.Fprintf(b, "Content-Type: multipart/mixed; boundary=%q\r\n\r\n", w.Boundary())
	var part bytes.Buffer
	var fields textproto.MIMEHeader
	err := l.words(func(h textproto.MIMEHeader) (*bytes.Buffer, error) {
		fields = h
		return &part, nil
	})
	if err != nil {
		return err
	}
	p, err := w.CreatePart(fields)
	if err != nil {
		return err
	}
	if _, err := p.Write(part.Bytes()); err != nil {
		return err
	}
	for _, f := range l.files {
		if err := f.write(w); err != nil {
			return err
		}
	}
	return w.Close()
}

// words writes the text, alone or beside its HTML form; open is given the
// fields and returns where the content goes.
func (l *letter) words(open func(textproto.MIMEHeader) (*bytes.Buffer, error)) error {
	if l.html == "" {
		b, err := open(textFields("plain"))
		if err != nil {
			return err
		}
		return quotePrintable(b, l.text)
	}
	boundary := fmt.Sprintf("both-%03d", l.number)
	b, err := open(textproto.MIMEHeader{"Content-Type": {fmt.Sprintf("multipart/alternative; boundary=%q", boundary)}})
	if err != nil {
		return err
	}
	w := multipart.NewWriter(b)
	if err := w.SetBoundary(boundary); err != nil {
		return err
	}
	for _, form := range []struct{ kind, body string }{{"plain", l.text}, {"html", l.html}} {
		p, err := w.CreatePart(textFields(form.kind))
		if err != nil {
			return err
		}
		var body bytes.Buffer
		if err := quotePrintable(&body, form.body); err != nil {
			return err
		}
		if _, err := p.Write(body.Bytes()); err != nil {
			return err
		}
	}
	return w.Close()
}

func textFields(kind string) textproto.MIMEHeader {
	return textproto.MIMEHeader{"Content-Type": {"text/" + kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}}
}

func writeFields(b *bytes.Buffer, h textproto.MIMEHeader) {
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding"} {
		if v := h.Get(name); v != "" {
			fmt.Fprintf(b, "%s: %s\r\n", name, v)
		}
	}
	b.WriteString("\r\n")
}

func quotePrintable(b *bytes.Buffer, text string) error {
	w := quotedprintable.NewWriter(b)
	if _, err := w.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		return err
	}
	return w.Close()
}

func (f *attachment) write(w *multipart.Writer) error {
	p, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {mime.FormatMediaType(f.kind, map[string]string{"name": f.name})},
		"Content-Transfer-Encoding": {"base64"},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": f.name})},
	})
	if err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(f.body)
	for len(text) > 0 {
		n := min(76, len(text))
		if _, err := p.Write([]byte(text[:n] + "\r\n")); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
