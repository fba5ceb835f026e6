package message

import (
	"bytes"
	"io"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// SearchText is the text of a message for indexing and searching: decoded, valid
// UTF-8.
type SearchText struct {
	Subject, From, To, Cc, Bcc string
	// Header holds all fields, "Name: value" a line.
	Header string
	// Body holds the text of all text parts, HTML as its text, subjects and
	// senders of embedded messages and the names of attachments.
	Body string
}

// maxHeaderText bounds the bytes of SearchText.Header.
const maxHeaderText = 256 << 10

// Text gives the text of a message, the body cut off at about limit bytes.
func Text(raw []byte, limit int) SearchText { return Index(raw).Text(raw, limit) }

// Text gives the text of the message p is the root of; see [Text].
func (p *Part) Text(raw []byte, limit int) SearchText {
	h := p.Header(raw)
	e := EnvelopeOf(h)
	t := SearchText{
		Subject: DecodeWords(e.Subject), From: addressText(e.From), To: addressText(e.To),
		Cc: addressText(e.Cc), Bcc: addressText(e.Bcc), Header: headerText(h),
	}
	var b strings.Builder
	p.Walk(func(q *Part) bool {
		if b.Len() >= limit {
			return false
		}
		if q.Message != nil {
			e := EnvelopeOf(q.Message.Header(raw))
			appendLine(&b, DecodeWords(e.Subject))
			appendLine(&b, addressText(e.From))
		}
		if name := q.Filename(); name != "" {
			appendLine(&b, name)
		}
		if q.Type == "text" {
			appendLine(&b, q.PlainText(raw, limit-b.Len()))
		}
		return true
	})
	t.Body = clip(b.String(), max(limit, 0))
	return t
}

func appendLine(b *strings.Builder, s string) {
	if s != "" {
		b.WriteString(s)
		b.WriteByte('\n')
	}
}

func addressText(list []Address) string {
	var b strings.Builder
	for _, a := range list {
		if a.Kind == GroupEnd {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		if a.Name != "" {
			b.WriteString(DecodeWords(a.Name) + " ")
		}
		b.WriteString(oneLine(guessString(a.Mailbox)))
		if a.Host != "" {
			b.WriteString("@" + oneLine(guessString(a.Host)))
		}
	}
	return b.String()
}

func headerText(h Header) string {
	var b strings.Builder
	for f := range h.Fields() {
		if b.Len() >= maxHeaderText {
			break
		}
		if f.Name != nil {
			b.Write(f.Name)
			b.WriteString(": ")
		}
		b.WriteString(DecodeWords(f.Text()))
		b.WriteByte('\n')
	}
	return b.String()
}

// PlainText gives the text of a text part: transfer encoding and charset decoded,
// HTML reduced to what is read. At most about limit bytes are given.
func (p *Part) PlainText(raw []byte, limit int) string {
	if p.Type != "text" || limit <= 0 {
		return ""
	}
	data, err := p.DecodePrefix(raw, limit+limit/2+64)
	if p.Subtype == "html" {
		data, err = p.DecodePrefix(raw, 8*limit+4096) // most of HTML is not text
	}
	if err != nil {
		data = clipBytes(p.Body(raw), limit)
	}
	text := DecodeCharset(data, p.Charset())
	if p.Subtype == "html" {
		text = htmlText(text, limit)
	}
	return clip(text, limit)
}

// htmlText gives the text of HTML: blocks on lines of their own, no scripts.
func htmlText(source string, limit int) string {
	z := html.NewTokenizer(strings.NewReader(source))
	var b strings.Builder
	silent := atom.Atom(0) // the element whose content is not shown
	for b.Len() < limit {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				return b.String()
			}
			return b.String()
		case html.TextToken:
			if silent == 0 {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, more := z.TagName()
			a := atom.Lookup(tag)
			switch {
			case silent != 0:
			case a == atom.Script || a == atom.Style || a == atom.Title || a == atom.Template:
				silent = a
			case a == atom.Img && more:
				b.WriteString(altText(z))
			case !inline(a):
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			a := atom.Lookup(tag)
			if a == silent {
				silent = 0
			} else if silent == 0 && !inline(a) {
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}

func altText(z *html.Tokenizer) string {
	for i := 0; i < 50; i++ {
		key, value, more := z.TagAttr()
		if string(key) == "alt" {
			return string(value)
		}
		if !more {
			break
		}
	}
	return ""
}

func inline(a atom.Atom) bool {
	switch a {
	case 0, atom.A, atom.Abbr, atom.B, atom.Bdi, atom.Bdo, atom.Big, atom.Cite, atom.Code, atom.Del,
		atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd, atom.Mark, atom.Q, atom.S, atom.Samp,
		atom.Small, atom.Span, atom.Strike, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U,
		atom.Var, atom.Wbr, atom.Img:
		return true
	}
	return false
}

const (
	maxPreview      = 256      // characters, RFC 8970 §3
	maxPreviewBytes = 16 << 10 // of text looked at
)

// Preview gives the beginning of the text of the message on one line, at most 256
// characters; quoted text is left out unless there is nothing else.
func (p *Part) Preview(raw []byte) string {
	var plain, markup, named *Part
	p.Walk(func(q *Part) bool {
		switch {
		case q.Type == "text" && q.Disposition != "attachment" && q.IsAttachment():
			if named == nil {
				named = q // perhaps there is nothing else
			}
			return false
		case q.IsAttachment() || plain != nil:
			return false
		case q.Is("text", "plain") && len(bytes.TrimSpace(clipBytes(q.Body(raw), 4096))) > 0:
			plain = q
		case q.Is("text", "html") && markup == nil:
			markup = q
		}
		return true
	})
	if plain == nil {
		plain = markup
	}
	if plain == nil {
		plain = named
	}
	if plain == nil {
		return ""
	}
	text := plain.PlainText(raw, maxPreviewBytes)
	if s := previewLine(text, true); s != "" {
		return s
	}
	return previewLine(text, false)
}

func previewLine(text string, skipQuoted bool) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if skipQuoted && strings.HasPrefix(line, ">") {
			continue
		}
		if strings.TrimRight(line, "\r\n") == "-- " && b.Len() > 0 {
			break // a signature
		}
		for _, word := range strings.FieldsFunc(line, hiddenInPreview) {
			if n > 0 && n < maxPreview {
				b.WriteByte(' ')
				n++
			}
			for _, r := range word {
				if n >= maxPreview {
					return strings.TrimRight(b.String(), " ")
				}
				b.WriteRune(r)
				n++
			}
		}
	}
	return b.String()
}

// hiddenInPreview tells white space and the invisible fill of newsletters.
func hiddenInPreview(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u00ad' || r == '\u034f' || r == '\ufeff' ||
		r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u206f'
}

// IsAttachment reports whether people would call the part an attachment: it says
// so, has a file name and is not shown in place, or is nothing a mail program shows.
func (p *Part) IsAttachment() bool {
	switch {
	case p.IsMultipart():
		return false
	case p.Disposition == "attachment":
		return true
	case p.Is("application", "pgp-signature"), p.Is("application", "pkcs7-signature"),
		p.Is("application", "x-pkcs7-signature"), p.Is("application", "pgp-encrypted"),
		p.Is("message", "delivery-status"), p.Is("message", "disposition-notification"),
		p.Is("message", "global-delivery-status"):
		return false
	case p.Type == "text":
		return p.Filename() != "" && p.Disposition != "inline"
	case p.Type == "image":
		return p.ID == "" && p.Disposition != "inline" || p.Disposition == "inline" && p.ID == "" && p.Filename() != ""
	}
	return true
}
