package message

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"time"
)

// Heading is what the header of a message made by the server says. Addresses are
// without brackets, MessageID too; texts are plain UTF-8.
type Heading struct {
	FromName, From string
	// To are addresses; names are not needed for notices.
	To        []string
	Subject   string
	Date      time.Time
	MessageID string
	// InReplyTo is the identifier of the message this is about, or "".
	InReplyTo string
	// References are the identifiers for that field; just InReplyTo if empty.
	References []string
	// AutoSubmitted is the keyword of RFC 3834; "auto-generated" if empty.
	AutoSubmitted string
	// Extra are further fields, as [FormatField] gives them.
	Extra [][]byte
}

func (h Heading) write(b *bytes.Buffer) error {
	to := make([]string, len(h.To))
	for i, a := range h.To {
		to[i] = "<" + a + ">"
	}
	auto := h.AutoSubmitted
	if auto == "" {
		auto = "auto-generated"
	}
	fields := [][2]string{
		{"From", FormatAddress(h.FromName, h.From)}, {"To", strings.Join(to, ", ")},
		{"Subject", FormatText(h.Subject)}, {"Date", FormatDate(h.Date)},
		{"Message-ID", "<" + h.MessageID + ">"}, {"Auto-Submitted", auto}, {"MIME-Version", "1.0"},
	}
	if h.InReplyTo != "" {
		id := "<" + h.InReplyTo + ">"
		references := id
		if len(h.References) > 0 {
			references = "<" + strings.Join(h.References, "> <") + ">"
		}
		fields = append(fields, [2]string{"In-Reply-To", id}, [2]string{"References", references})
	}
	for _, f := range fields {
		line, err := FormatField(f[0], f[1])
		if err != nil {
			return err
		}
		b.Write(line)
	}
	for _, f := range h.Extra {
		b.Write(f)
	}
	return nil
}

// boundary gives a boundary that does not occur in the parts. It is made of them,
// for this package has no chance.
func boundary(parts ...[]byte) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write(p)
	}
	for n := 0; ; n++ {
		b := fmt.Sprintf("=_%s.%d", hex.EncodeToString(sum.Sum(nil)[:16]), n)
		found := false
		for _, p := range parts {
			found = found || bytes.Contains(p, []byte(b))
		}
		if !found {
			return b
		}
	}
}

// Notice is a mail of the server to people, as text and as HTML.
type Notice struct {
	Heading
	Text string
	// HTML may be empty: then the notice is plain text.
	HTML string
}

// Build gives the message with CRLF line ends. [ErrBadField] is the only error.
func (n Notice) Build() ([]byte, error) {
	var b bytes.Buffer
	if err := n.write(&b); err != nil {
		return nil, err
	}
	text := textPart("text/plain", n.Text)
	if n.HTML == "" {
		b.Write(text)
		return b.Bytes(), nil
	}
	writeMultipart(&b, "multipart/alternative", text, textPart("text/html", n.HTML))
	return b.Bytes(), nil
}

// textPart gives a part in quoted-printable, header first.
func textPart(mediaType, text string) []byte {
	var b bytes.Buffer
	b.WriteString("Content-Type: " + mediaType + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	w := quotedprintable.NewWriter(&b)
	w.Write(NormalizeCRLF([]byte(strings.ToValidUTF8(text, "\ufffd")))) // a Buffer takes everything
	w.Close()
	if !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
		b.WriteString("\r\n")
	}
	return b.Bytes()
}

// writeMultipart ends a header and writes the parts.
func writeMultipart(b *bytes.Buffer, contentType string, parts ...[]byte) {
	bound := boundary(parts...)
	b.WriteString("Content-Type: " + contentType + ";\r\n boundary=\"" + bound + "\"\r\n\r\n")
	for _, p := range parts {
		b.WriteString("--" + bound + "\r\n")
		b.Write(p)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + bound + "--\r\n")
}
