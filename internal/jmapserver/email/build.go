package email

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"mime/quotedprintable"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"postroom/internal/jmapwire"
	"postroom/internal/message"
)

// maxParts bounds the parts of an email that is built, maxPartDepth how deep
// they are nested.
const (
	maxParts     = 1000
	maxPartDepth = 30
)

// Around is what a builder asks for.
type Around struct {
	Now time.Time
	// MessageID, without brackets, is for an email that has none; Token is a
	// word that no part can know, for the boundaries.
	MessageID, Token string
	// Blob reads bytes; false when they are not there.
	Blob func(jmapwire.ID) ([]byte, bool)
	// MaxSize bounds the email, in bytes.
	MaxSize int
}

// Build makes a message of the properties of an Email to be created (RFC 8621
// §4.6). Those that are no part of the message must not be in o.
func Build(o jmapwire.Object, a Around) ([]byte, *jmapwire.Error) {
	b := &builder{around: a, values: make(map[string]string)}
	if err := b.readValues(o["bodyValues"]); err != nil {
		return nil, err
	}
	header, err := b.header(o)
	if err != nil {
		return nil, err
	}
	root, err := b.structure(o)
	if err != nil {
		return nil, err
	}
	if len(b.missing) > 0 {
		return nil, &jmapwire.Error{Type: "blobNotFound", NotFound: b.missing}
	}
	var out bytes.Buffer
	out.Write(header)
	out.WriteString("MIME-Version: 1.0\r\n")
	b.write(&out, root)
	if out.Len() > a.MaxSize {
		return nil, &jmapwire.Error{Type: "tooLarge", MaxSize: int64(a.MaxSize)}
	}
	return out.Bytes(), nil
}

type builder struct {
	around  Around
	values  map[string]string
	missing []jmapwire.ID
	parts   int
	size    int
	bounds  int
}

func (b *builder) readValues(raw json.RawMessage) *jmapwire.Error {
	if len(raw) == 0 || jmapwire.IsNull(raw) {
		return nil
	}
	var all map[string]jmapwire.Object
	if json.Unmarshal(raw, &all) != nil {
		return bad("bodyValues", "not a map of values")
	}
	for id, o := range all {
		var v struct {
			Value    string `jmap:"value,required"`
			Problem  bool   `jmap:"isEncodingProblem"`
			Truncate bool   `jmap:"isTruncated"`
		}
		if err := jmapwire.Decode(o, &v); err != nil {
			return bad("bodyValues/"+id, err.Description)
		}
		if v.Problem || v.Truncate {
			return bad("bodyValues/"+id, "isEncodingProblem and isTruncated are false here")
		}
		b.values[id] = v.Value
	}
	return nil
}

func bad(property, why string) *jmapwire.Error { return jmapwire.InvalidProperties(why, property) }

// convenience are the properties that stand for a header field.
var convenience = map[string]HeaderProperty{
	"messageId": {Name: "Message-ID", Form: AsMessageIDs}, "inReplyTo": {Name: "In-Reply-To", Form: AsMessageIDs},
	"references": {Name: "References", Form: AsMessageIDs}, "sender": {Name: "Sender", Form: AsAddresses},
	"from": {Name: "From", Form: AsAddresses}, "to": {Name: "To", Form: AsAddresses}, "cc": {Name: "Cc", Form: AsAddresses},
	"bcc": {Name: "Bcc", Form: AsAddresses}, "replyTo": {Name: "Reply-To", Form: AsAddresses}, "subject": {Name: "Subject", Form: AsText},
	"sentAt": {Name: "Date", Form: AsDate},
}

// fieldOrder is in which order the fields of a message are written.
var fieldOrder = []string{"date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "message-id", "in-reply-to", "references"}

// field is a header field to be written.
type field struct {
	name     string
	property string
	bytes    []byte
}

// header writes the fields of the message.
func (b *builder) header(o jmapwire.Object) ([]byte, *jmapwire.Error) {
	fields, err := fieldsOf(o, func(name string) (HeaderProperty, bool) { h, is := convenience[name]; return h, is },
		[]string{"bodyStructure", "textBody", "htmlBody", "attachments", "bodyValues"})
	if err != nil {
		return nil, err
	}
	have := make(map[string]bool)
	for _, f := range fields {
		if strings.HasPrefix(f.name, "content-") || f.name == "mime-version" {
			return nil, bad(f.property, "this field is of a body part")
		}
		have[f.name] = true
	}
	if !have["message-id"] {
		fields = append(fields, field{name: "message-id", bytes: []byte("Message-ID: <" + b.around.MessageID + ">\r\n")})
	}
	if !have["date"] {
		fields = append(fields, field{name: "date", bytes: []byte("Date: " + message.FormatDate(b.around.Now) + "\r\n")})
	}
	place := func(f field) int {
		if i := slices.Index(fieldOrder, f.name); i >= 0 {
			return i
		}
		return len(fieldOrder)
	}
	slices.SortStableFunc(fields, func(x, y field) int {
		if d := place(x) - place(y); d != 0 {
			return d
		}
		return strings.Compare(x.name, y.name)
	})
	var out []byte
	for _, f := range fields {
		out = append(out, f.bytes...)
	}
	return out, nil
}

// fieldsOf writes the header fields among properties; others must be among
// those known.
func fieldsOf(o jmapwire.Object, named func(string) (HeaderProperty, bool), known []string) ([]field, *jmapwire.Error) {
	var fields []field
	by := make(map[string]string)
	for _, name := range slices.Sorted(keys(o)) {
		h, is := named(name)
		if !is {
			var err *jmapwire.Error
			if h, is, err = ParseHeaderProperty(name); err != nil {
				return nil, bad(name, "no such property")
			}
		}
		if !is {
			if !slices.Contains(known, name) {
				return nil, bad(name, "no such property, or the server sets it")
			}
			continue
		}
		lower := strings.ToLower(h.Name)
		if other, twice := by[lower]; twice {
			return nil, jmapwire.InvalidProperties("two properties for one field", other, name)
		}
		by[lower] = name
		written, err := h.write(name, o[name])
		if err != nil {
			return nil, err
		}
		if len(written) > 0 {
			fields = append(fields, field{lower, name, written})
		}
	}
	return fields, nil
}

func keys(o jmapwire.Object) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range o {
			if !yield(k) {
				return
			}
		}
	}
}

// write writes the fields of a property; none for null.
func (h HeaderProperty) write(property string, raw json.RawMessage) ([]byte, *jmapwire.Error) {
	if jmapwire.IsNull(raw) {
		return nil, nil
	}
	all := []json.RawMessage{raw}
	if h.All && json.Unmarshal(raw, &all) != nil {
		return nil, bad(property, "not a list")
	}
	var out []byte
	for _, one := range all {
		value, ok := h.format(one)
		if !ok {
			return nil, bad(property, "not a value of this form")
		}
		line, err := message.FormatField(h.Name, value)
		if err != nil {
			return nil, bad(property, "this cannot stand in a header")
		}
		out = append(out, line...)
	}
	return out, nil
}

// format is a value as it stands in the header.
func (h HeaderProperty) format(raw json.RawMessage) (string, bool) {
	switch h.Form {
	case AsAddresses:
		var list []Address
		return join(raw, &list, func(i int) (string, bool) { return list[i].format() }, ", ")
	case AsGroupedAddresses:
		var list []AddressGroup
		return join(raw, &list, func(i int) (string, bool) { return list[i].format() }, ", ")
	case AsMessageIDs, AsURLs:
		var list []string
		return join(raw, &list, func(i int) (string, bool) {
			return "<" + list[i] + ">", list[i] != "" && !strings.ContainsAny(list[i], "<> \t\r\n") && printableASCII(list[i])
		}, map[Form]string{AsMessageIDs: " ", AsURLs: ", "}[h.Form])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || !plain(s) {
		return "", false
	}
	switch h.Form {
	case AsDate:
		t, ok := jmapwire.ParseDate(s)
		return message.FormatDate(t), ok
	case AsText:
		return message.FormatText(s), true
	}
	if !utf8.ValidString(s) || !printableASCII(strings.ReplaceAll(s, "\t", " ")) {
		return message.FormatText(strings.TrimSpace(s)), true
	}
	return strings.TrimSpace(s), true
}

// plain reports whether text has no line ends and controls.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func printableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// join reads a list and writes each of it.
func join[T any](raw json.RawMessage, list *[]T, one func(int) (string, bool), between string) (string, bool) {
	if json.Unmarshal(raw, list) != nil || len(*list) > message.MaxAddresses {
		return "", false
	}
	words := make([]string, len(*list))
	for i := range *list {
		var ok bool
		if words[i], ok = one(i); !ok {
			return "", false
		}
	}
	return strings.Join(words, between), true
}

// UnmarshalJSON reads an address strictly.
func (a *Address) UnmarshalJSON(b []byte) error {
	var o jmapwire.Object
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	var v struct {
		Name  *string `jmap:"name"`
		Email string  `jmap:"email,required"`
	}
	if err := jmapwire.Decode(o, &v); err != nil {
		return err
	}
	a.Name, a.Email = v.Name, v.Email
	return nil
}

func (a Address) format() (string, bool) {
	name := ""
	if a.Name != nil {
		name = *a.Name
	}
	// Drafts may hold what is no address yet; what goes out is checked then.
	if !plain(name) || !plain(a.Email) || strings.ContainsAny(a.Email, "<>,;\t") {
		return "", false
	}
	return message.FormatAddress(name, a.Email), true
}

func (g AddressGroup) format() (string, bool) {
	words := make([]string, len(g.Addresses))
	for i, a := range g.Addresses {
		var ok bool
		if words[i], ok = a.format(); !ok {
			return "", false
		}
	}
	list := strings.Join(words, ", ")
	if g.Name == nil {
		return list, true
	}
	return message.FormatText(strings.NewReplacer(":", "", ";", "", ",", "", "<", "", ">", "").Replace(*g.Name)) + ": " + list + ";", plain(*g.Name)
}

// encode writes the bytes of a leaf with the header of its encoding.
func encode(out *bytes.Buffer, kind string, data []byte) {
	text := strings.HasPrefix(kind, "text/")
	switch {
	case strings.HasPrefix(kind, "message/"): // RFC 2046 §5.2.1: not encoded
		if asciiOnly(data) {
			out.WriteString("Content-Transfer-Encoding: 7bit\r\n\r\n")
		} else {
			out.WriteString("Content-Transfer-Encoding: 8bit\r\n\r\n")
		}
		out.Write(data)
	case text && shortLines(data) && asciiOnly(data):
		out.WriteString("Content-Transfer-Encoding: 7bit\r\n\r\n")
		out.Write(data)
	case text && utf8.Valid(data):
		out.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
		w := quotedprintable.NewWriter(out)
		_, _ = w.Write(data) // into memory
		_ = w.Close()
	default:
		out.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
		line := base64.StdEncoding.EncodeToString(data)
		for len(line) > 76 {
			out.WriteString(line[:76] + "\r\n")
			line = line[76:]
		}
		out.WriteString(line)
	}
	if !bytes.HasSuffix(out.Bytes(), []byte("\r\n")) {
		out.WriteString("\r\n")
	}
}

func asciiOnly(b []byte) bool {
	return bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 || r == 0 }) < 0
}

// shortLines reports whether a text can go as it is (RFC 5322 §2.1.1).
func shortLines(b []byte) bool {
	for line := range bytes.SplitSeq(b, []byte("\r\n")) {
		if len(line) > 900 || bytes.ContainsAny(line, "\r\n") {
			return false
		}
	}
	return true
}

// mediaType writes a Content-Type or Content-Disposition with parameters.
func mediaType(kind string, params map[string]string) (string, bool) {
	s := mime.FormatMediaType(kind, params)
	return s, s != ""
}
