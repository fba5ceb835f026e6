package email

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"postroom/internal/jmapwire"
	"postroom/internal/message"
)

// newPart is a part to be written.
type newPart struct {
	kind   string // "text/plain"
	fields []byte // but for the encoding
	data   []byte
	parts  []*newPart
	inline bool // goes with the HTML
}

// partArgs are the properties of an EmailBodyPart that a client may set. Header
// fields are read apart.
type partArgs struct {
	PartID      *string           `jmap:"partId"`
	BlobID      *jmapwire.ID      `jmap:"blobId"`
	Size        *jmapwire.UInt    `jmap:"size"`
	Name        *string           `jmap:"name"`
	Type        *string           `jmap:"type"`
	Charset     *string           `jmap:"charset"`
	Disposition *string           `jmap:"disposition"`
	CID         *string           `jmap:"cid"`
	Language    []string          `jmap:"language"`
	Location    *string           `jmap:"location"`
	SubParts    []json.RawMessage `jmap:"subParts"`
}

// structure reads the parts: those of bodyStructure, or those of textBody,
// htmlBody and attachments put together.
func (b *builder) structure(o jmapwire.Object) (*newPart, *jmapwire.Error) {
	given := func(name string) bool { return len(o[name]) > 0 && !jmapwire.IsNull(o[name]) }
	if given("bodyStructure") {
		for _, name := range []string{"textBody", "htmlBody", "attachments"} {
			if given(name) {
				return nil, jmapwire.InvalidProperties("not beside bodyStructure", "bodyStructure", name)
			}
		}
		return b.part(o["bodyStructure"], "bodyStructure", "", 0)
	}
	text, err := b.list(o["textBody"], "textBody", "text/plain")
	if err != nil {
		return nil, err
	}
	html, err := b.list(o["htmlBody"], "htmlBody", "text/html")
	if err != nil {
		return nil, err
	}
	attachments, err := b.list(o["attachments"], "attachments", "")
	if err != nil {
		return nil, err
	}
	return together(text, html, attachments), nil
}

// list reads a list of parts; only is the type its only part must have.
func (b *builder) list(raw json.RawMessage, name, only string) ([]*newPart, *jmapwire.Error) {
	if len(raw) == 0 || jmapwire.IsNull(raw) {
		return nil, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || only != "" && len(list) > 1 {
		return nil, bad(name, "not a list of parts, or more than one")
	}
	parts := make([]*newPart, len(list))
	for i, one := range list {
		var err *jmapwire.Error
		if parts[i], err = b.part(one, fmt.Sprintf("%s/%d", name, i), only, 0); err != nil {
			return nil, err
		}
		if only != "" && parts[i].kind != only {
			return nil, bad(name, "its type is "+only)
		}
	}
	return parts, nil
}

// together makes the usual structure of a message: alternatives, with what the
// HTML shows beside it, and then what is attached.
func together(text, html, attachments []*newPart) *newPart {
	multi := func(kind string, parts ...*newPart) *newPart {
		return &newPart{kind: "multipart/" + kind, parts: parts}
	}
	var inline, rest []*newPart
	for _, a := range attachments {
		if a.inline && len(html) > 0 {
			inline = append(inline, a)
		} else {
			rest = append(rest, a)
		}
	}
	var body *newPart
	if len(html) > 0 {
		if body = html[0]; len(inline) > 0 {
			body = multi("related", append([]*newPart{body}, inline...)...)
		}
	}
	switch {
	case body != nil && len(text) > 0:
		body = multi("alternative", text[0], body)
	case len(text) > 0:
		body = text[0]
	case body == nil:
		body = &newPart{kind: "text/plain", fields: []byte("Content-Type: text/plain; charset=utf-8\r\n")}
	}
	if len(rest) > 0 {
		body = multi("mixed", append([]*newPart{body}, rest...)...)
	}
	return body
}

// part reads one part and those in it. otherwise is its type when it says none.
func (b *builder) part(raw json.RawMessage, at, otherwise string, depth int) (*newPart, *jmapwire.Error) {
	if b.parts++; b.parts > maxParts || depth > maxPartDepth {
		return nil, bad(at, "too many parts")
	}
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, bad(at, "not a part")
	}
	plainProperties, headers := make(jmapwire.Object), make(jmapwire.Object)
	for name, v := range o {
		if strings.HasPrefix(name, "header:") {
			headers[name] = v
		} else {
			plainProperties[name] = v
		}
	}
	var a partArgs
	if err := jmapwire.Decode(plainProperties, &a); err != nil {
		return nil, bad(at+"/"+strings.Join(err.Properties, ""), err.Description)
	}
	p := &newPart{kind: otherwise}
	if a.Type != nil {
		p.kind = strings.ToLower(*a.Type)
	} else if p.kind == "" {
		p.kind = "text/plain"
		if a.SubParts != nil {
			p.kind = "multipart/mixed"
		}
	}
	if err := b.fields(p, a, headers, at); err != nil {
		return nil, err
	}
	if strings.HasPrefix(p.kind, "multipart/") {
		return p, b.children(p, a, at, depth)
	}
	return p, b.content(p, a, at)
}

func (b *builder) children(p *newPart, a partArgs, at string, depth int) *jmapwire.Error {
	if a.PartID != nil || a.BlobID != nil || len(a.SubParts) == 0 {
		return bad(at, "a multipart has subParts, and nothing else")
	}
	for i, raw := range a.SubParts {
		child, err := b.part(raw, fmt.Sprintf("%s/subParts/%d", at, i), "", depth+1)
		if err != nil {
			return err
		}
		p.parts = append(p.parts, child)
	}
	return nil
}

// content reads what is in a leaf: a value given with the email, or a blob.
func (b *builder) content(p *newPart, a partArgs, at string) *jmapwire.Error {
	switch {
	case a.SubParts != nil:
		return bad(at+"/subParts", "only a multipart has parts")
	case (a.PartID == nil) == (a.BlobID == nil):
		return jmapwire.InvalidProperties("either of the two", at+"/partId", at+"/blobId")
	case a.PartID != nil:
		value, is := b.values[*a.PartID]
		if !is || !strings.HasPrefix(p.kind, "text/") || a.Charset != nil || a.Size != nil {
			return bad(at+"/partId", "a text among the bodyValues, without charset and size")
		}
		p.data = []byte(strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\n", "\r\n"))
	default:
		data, is := b.around.Blob(*a.BlobID)
		if !is {
			if !slices.Contains(b.missing, *a.BlobID) {
				b.missing = append(b.missing, *a.BlobID)
			}
			return nil
		}
		p.data = data
	}
	if b.size += len(p.data); b.size > b.around.MaxSize {
		return &jmapwire.Error{Type: "tooLarge", MaxSize: int64(b.around.MaxSize)}
	}
	return nil
}

// fields writes the header of a part.
func (b *builder) fields(p *newPart, a partArgs, headers jmapwire.Object, at string) *jmapwire.Error {
	params, disposed := make(map[string]string), make(map[string]string)
	switch {
	case a.PartID != nil:
		params["charset"] = "utf-8"
	case a.Charset != nil:
		params["charset"] = *a.Charset
	}
	if a.Name != nil && *a.Name != "" {
		params["name"], disposed["filename"] = *a.Name, *a.Name
	}
	var out []byte
	kind := p.kind
	if !strings.HasPrefix(kind, "multipart/") { // that has its boundary when it is written
		line, ok := mediaType(kind, params)
		if !ok || !plain(line) {
			return bad(at+"/type", "not a media type")
		}
		out = append(out, "Content-Type: "+line+"\r\n"...)
	} else if line, ok := mediaType(kind, nil); !ok || line != kind {
		return bad(at+"/type", "not a media type")
	}
	disposition := a.Disposition
	if attachment := "attachment"; disposition == nil && len(disposed) > 0 {
		disposition = &attachment
	}
	if disposition != nil {
		line, ok := mediaType(strings.ToLower(*disposition), disposed)
		if !ok {
			return bad(at+"/disposition", "not a disposition")
		}
		out = append(out, "Content-Disposition: "+line+"\r\n"...)
	}
	p.inline = a.CID != nil && (disposition == nil || strings.EqualFold(*disposition, "inline"))
	for _, one := range []struct {
		name, property string
		value          *string
		before, after  string
	}{{"Content-ID", "cid", a.CID, "<", ">"}, {"Content-Location", "location", a.Location, "", ""}} {
		if one.value == nil {
			continue
		}
		if *one.value == "" || !printableASCII(*one.value) || strings.ContainsAny(*one.value, "<> ") {
			return bad(at+"/"+one.property, "this cannot stand in a header")
		}
		out = append(out, one.name+": "+one.before+*one.value+one.after+"\r\n"...)
	}
	if len(a.Language) > 0 {
		line, err := message.FormatField("Content-Language", strings.Join(a.Language, ", "))
		if err != nil || !printableASCII(strings.Join(a.Language, "")) {
			return bad(at+"/language", "this cannot stand in a header")
		}
		out = append(out, line...)
	}
	more, err := partHeaders(headers, at)
	p.fields = append(out, more...)
	return err
}

// partHeaders writes the other fields of a part.
func partHeaders(headers jmapwire.Object, at string) ([]byte, *jmapwire.Error) {
	fields, err := fieldsOf(headers, func(string) (HeaderProperty, bool) { return HeaderProperty{}, false }, nil)
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, f := range fields {
		if slices.Contains([]string{"content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-location", "content-language"}, f.name) {
			return nil, bad(at+"/"+f.property, "there is a property for this field, or the server sets it")
		}
		out = append(out, f.bytes...)
	}
	return out, nil
}

// write writes a part and those in it.
func (b *builder) write(out *bytes.Buffer, p *newPart) {
	if p.parts == nil {
		out.Write(p.fields)
		encode(out, p.kind, p.data)
		return
	}
	b.bounds++
	bound := fmt.Sprintf("=_%d_%s", b.bounds, b.around.Token)
	out.WriteString("Content-Type: " + p.kind + "; boundary=\"" + bound + "\"\r\n")
	out.Write(p.fields)
	out.WriteString("\r\n")
	for _, child := range p.parts {
		out.WriteString("--" + bound + "\r\n")
		b.write(out, child)
	}
	out.WriteString("--" + bound + "--\r\n")
}
