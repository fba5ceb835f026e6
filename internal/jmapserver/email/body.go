package email

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"postroom/internal/jmapwire"
	"postroom/internal/message"
)

// Message is a message whose properties are read.
type Message struct {
	raw  []byte
	root *part
	// blob names the decoded bytes of a part.
	blob func(partID string) jmapwire.ID
}

// part is a part of a message with its number.
type part struct {
	*message.Part
	id       string // "" for a multipart
	subParts []*part
	size     int // decoded; -1 until it is asked for
}

// Read reads the structure of a message. raw must not change afterwards. blob
// gives the blob id of a part.
func Read(raw []byte, blob func(partID string) jmapwire.ID) *Message {
	return &Message{raw: raw, root: number(message.Index(raw), ""), blob: blob}
}

// number gives the parts the numbers of IMAP (RFC 9051 §6.4.5.1).
func number(p *message.Part, path string) *part {
	n := &part{Part: p, size: -1}
	if !p.IsMultipart() {
		if n.id = path; path == "" {
			n.id = "1"
		}
		return n
	}
	if path != "" {
		path += "."
	}
	for i, c := range p.Children {
		n.subParts = append(n.subParts, number(c, path+strconv.Itoa(i+1)))
	}
	return n
}

// FindPart gives the part with a number, as far down as messages in messages
// go; nil when there is none.
func FindPart(raw []byte, id string) *message.Part {
	var path []int
	for word := range strings.SplitSeq(id, ".") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || strconv.Itoa(n) != word || len(path) > message.MaxDepth {
			return nil
		}
		path = append(path, n)
	}
	return message.Index(raw).Find(path)
}

// Header is that of the message.
func (m *Message) Header() message.Header { return m.root.Header(m.raw) }

// Text is the beginning of what the message says, for Email/parse.
func (m *Message) Preview() string { return m.root.Preview(m.raw) }

// HasAttachment tells as the summary of a stored message does.
func (m *Message) HasAttachment() bool { return m.root.Summarize(m.raw).HasAttachment }

// Structure is the bodyStructure with the properties asked for.
func (m *Message) Structure(properties []string) any { return m.object(m.root, properties, true) }

// Bodies are the textBody, htmlBody and attachments of RFC 8621 §4.1.4.
func (m *Message) Bodies(properties []string) (text, html, attachments []any) {
	b := m.bodies()
	list := func(parts []*part) []any {
		all := make([]any, len(parts))
		for i, p := range parts {
			all[i] = m.object(p, properties, false)
		}
		return all
	}
	return list(b.text), list(b.html), list(b.attachments)
}

// object is the EmailBodyPart object of a part.
func (m *Message) object(p *part, properties []string, deep bool) map[string]any {
	o := make(map[string]any, len(properties))
	for _, name := range properties {
		if h, is, err := ParseHeaderProperty(name); is && err == nil {
			o[name] = h.Of(p.Header(m.raw))
			continue
		}
		switch name {
		case "subParts":
			if deep && p.IsMultipart() {
				o[name] = m.children(p, properties)
			} else if deep {
				o[name] = nil
			}
		case "headers":
			o[name] = Headers(p.Header(m.raw))
		default:
			o[name] = m.property(p, name)
		}
	}
	if _, asked := o["subParts"]; deep && !asked && p.IsMultipart() {
		o["subParts"] = m.children(p, properties)
	}
	return o
}

func (m *Message) children(p *part, properties []string) []any {
	all := make([]any, len(p.subParts))
	for i, c := range p.subParts {
		all[i] = m.object(c, properties, true)
	}
	return all
}

// property is one that says something of a part by itself.
func (m *Message) property(p *part, name string) any {
	switch name {
	case "partId":
		return orNull(p.id)
	case "blobId":
		if p.id == "" {
			return nil
		}
		return m.blob(p.id)
	case "size":
		return m.size(p)
	case "name":
		return orNull(p.Filename())
	case "type":
		return clean(p.Type + "/" + p.Subtype)
	case "charset":
		return charset(p)
	case "disposition":
		return orNull(clean(p.Disposition))
	case "cid":
		return orNull(clean(strings.Trim(p.ID, "<> \t")))
	case "language":
		if len(p.Language) == 0 {
			return nil
		}
		return p.Language
	case "location":
		return orNull(clean(p.Location))
	}
	return nil
}

func charset(p *part) any {
	if p.Type != "text" {
		return orNull(clean(p.Charset()))
	}
	if c := p.Charset(); c != "" {
		return clean(c)
	}
	return "us-ascii"
}

// size is that of the decoded part, of a multipart 0.
func (m *Message) size(p *part) int {
	switch {
	case p.id == "":
		return 0
	case p.size < 0:
		p.size = len(m.decoded(p))
	}
	return p.size
}

// decoded is the body of a part without its transfer encoding, as it is when
// that is not known.
func (m *Message) decoded(p *part) []byte {
	b, err := p.Decode(m.raw)
	if err != nil {
		return p.Body(m.raw)
	}
	return b
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func clean(s string) string { return strings.ToValidUTF8(s, string(utf8.RuneError)) }

// HeaderField is an EmailHeader object.
type HeaderField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Headers are all fields of a header, in order.
func Headers(h message.Header) []HeaderField {
	all := []HeaderField{}
	for f := range h.Fields() {
		if len(f.Name) > 0 {
			all = append(all, HeaderField{clean(string(f.Name)), Raw(f.Value)})
		}
	}
	return all
}

// bodies are the parts by what they are to the reader.
type bodies struct{ text, html, attachments []*part }

func (m *Message) bodies() *bodies {
	b := &bodies{}
	b.sort([]*part{m.root}, "mixed", false, true, true)
	return b
}

// sort puts parts where they belong. takesText and takesHTML say which of the
// two ways to read the message they are part of: inside an alternative a text
// belongs to one of them.
func (b *bodies) sort(parts []*part, multipart string, inAlternative, takesText, takesHTML bool) {
	text, html := len(b.text), len(b.html)
	for i, p := range parts {
		kind := p.Type + "/" + p.Subtype
		switch {
		case p.IsMultipart():
			b.sort(p.subParts, p.Subtype, inAlternative || p.Subtype == "alternative", takesText, takesHTML)
		case !inline(p, i, multipart):
			b.attachments = append(b.attachments, p)
		case multipart == "alternative":
			b.alternative(p, kind)
		default:
			if inAlternative && kind == "text/plain" {
				takesHTML = false
			}
			if inAlternative && kind == "text/html" {
				takesText = false
			}
			if takesText {
				b.text = append(b.text, p)
			}
			if takesHTML {
				b.html = append(b.html, p)
			}
			if !(takesText && takesHTML) && inlineMedia(p) {
				b.attachments = append(b.attachments, p)
			}
		}
	}
	if multipart != "alternative" || !takesText || !takesHTML {
		return
	}
	// Who wants the one way that is missing reads the other.
	switch {
	case len(b.text) == text && len(b.html) != html:
		b.text = append(b.text, b.html[html:]...)
	case len(b.html) == html && len(b.text) != text:
		b.html = append(b.html, b.text[text:]...)
	}
}

func (b *bodies) alternative(p *part, kind string) {
	switch kind {
	case "text/plain":
		b.text = append(b.text, p)
	case "text/html":
		b.html = append(b.html, p)
	default:
		b.attachments = append(b.attachments, p)
	}
}

func inlineMedia(p *part) bool { return p.Type == "image" || p.Type == "audio" || p.Type == "video" }

// inline reports whether a part is shown where it stands: of a related only the
// first, and a text with a file name only as the first.
func inline(p *part, i int, multipart string) bool {
	shown := p.Is("text", "plain") || p.Is("text", "html") || inlineMedia(p)
	return p.Disposition != "attachment" && shown && (i == 0 || multipart != "related" && (inlineMedia(p) || p.Filename() == ""))
}

// Plausible reports whether bytes can be a message: they begin with a header
// field.
func Plausible(raw []byte) bool {
	for f := range message.HeaderOf(raw).Fields() {
		return len(f.Name) > 0 && fieldName(string(f.Name))
	}
	return false
}
