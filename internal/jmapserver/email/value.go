package email

import (
	"strings"
	"unicode/utf8"

	"postroom/internal/message"
)

// BodyValue is an EmailBodyValue object.
type BodyValue struct {
	Value             string `json:"value"`
	IsEncodingProblem bool   `json:"isEncodingProblem"`
	IsTruncated       bool   `json:"isTruncated"`
}

// Wanted says of which parts the values are asked for.
type Wanted struct {
	Text, HTML, All bool
	// MaxBytes bounds each value; zero does not.
	MaxBytes int
}

// Values are the texts of the parts wanted, by their numbers.
func (m *Message) Values(w Wanted) map[string]BodyValue {
	values := make(map[string]BodyValue)
	take := func(parts []*part) {
		for _, p := range parts {
			if _, have := values[p.id]; !have && p.Type == "text" {
				values[p.id] = m.value(p, w.MaxBytes)
			}
		}
	}
	b := m.bodies()
	if w.Text || w.All {
		take(b.text)
	}
	if w.HTML || w.All {
		take(b.html)
	}
	if w.All {
		take(leaves(m.root, nil))
	}
	return values
}

func leaves(p *part, all []*part) []*part {
	if !p.IsMultipart() {
		return append(all, p)
	}
	for _, c := range p.subParts {
		all = leaves(c, all)
	}
	return all
}

// value is the text of a part (RFC 8621 §4.1.4): decoded, with LF line ends.
func (m *Message) value(p *part, limit int) BodyValue {
	raw, err := p.Decode(m.raw)
	if err != nil {
		raw = p.Body(m.raw)
	}
	text := message.DecodeCharset(raw, p.Charset())
	v := BodyValue{Value: strings.ReplaceAll(text, "\r\n", "\n"), IsEncodingProblem: err != nil || badCharset(raw, text, p.Charset())}
	if limit > 0 && len(v.Value) > limit {
		v.Value, v.IsTruncated = cut(v.Value, limit, p.Subtype == "html"), true
	}
	return v
}

// badCharset reports whether the bytes are not what their charset says.
func badCharset(raw []byte, text, charset string) bool {
	switch charset {
	case "utf-8", "utf8":
		return !utf8.Valid(raw)
	case "", "us-ascii", "ascii":
		for _, c := range raw {
			if c >= 0x80 {
				return true
			}
		}
		return false
	}
	return strings.ContainsRune(text, utf8.RuneError)
}

// cut shortens a text, not inside a character and not inside a tag of HTML.
func cut(s string, limit int, html bool) string {
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	s = s[:limit]
	if open := strings.LastIndexByte(s, '<'); html && open > strings.LastIndexByte(s, '>') {
		s = s[:open]
	}
	return s
}
