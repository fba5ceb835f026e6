package message

import (
	"bytes"
	"strings"
)

// Part is one node of the offset tree of a message: the message itself, a part of
// a multipart, or a message inside a message/rfc822 part. Offsets are byte
// offsets into the message that was indexed.
type Part struct {
	// HeaderStart <= BodyStart <= BodyEnd. The header is
	// raw[HeaderStart:BodyStart] with its blank line, the body
	// raw[BodyStart:BodyEnd] without the line break before a boundary.
	HeaderStart, BodyStart, BodyEnd int
	// Lines is the number of lines of the body of a text or message part, a
	// last line without line end included; 0 for other parts.
	Lines int

	// Type and Subtype are the effective media type in lower case. A missing
	// or unreadable Content-Type, and a multipart whose boundary never
	// appears, count as text/plain (RFC 2045 §5.2).
	Type, Subtype string
	// Params are the parameters of Content-Type as found; see [Part.Param].
	Params []Param
	// Encoding is the Content-Transfer-Encoding in lower case, "7bit" when
	// there is none.
	Encoding string
	// Disposition is the Content-Disposition in lower case ("" without one).
	Disposition       string
	DispositionParams []Param
	// ID, Description, MD5 and Location are the Content- fields, unfolded and
	// undecoded; Language is the list in Content-Language.
	ID, Description, MD5, Location string
	Language                       []string

	// Children are the parts of a multipart, at least one.
	Children []*Part
	// Message is the message inside a message/rfc822 or message/global part.
	Message *Part
	// Opaque is set for a part whose inner structure was not read because
	// MaxDepth or MaxParts was reached.
	Opaque bool
}

// Header gives the header block of the part out of the message it was read from.
func (p *Part) Header(raw []byte) Header { return Header(raw[p.HeaderStart:p.BodyStart]) }

// Body gives the body of the part, still transfer-encoded.
func (p *Part) Body(raw []byte) []byte { return raw[p.BodyStart:p.BodyEnd] }

// Is reports whether the part has this media type, in lower case.
func (p *Part) Is(mediaType, subtype string) bool {
	return p.Type == mediaType && p.Subtype == subtype
}

// IsMultipart reports whether the part has children.
func (p *Part) IsMultipart() bool { return len(p.Children) > 0 }

// Walk calls visit for the part and everything in it, in order of appearance; it
// does not go into a part for which visit says false.
func (p *Part) Walk(visit func(*Part) bool) {
	if !visit(p) {
		return
	}
	for _, c := range p.Children {
		c.Walk(visit)
	}
	if p.Message != nil {
		p.Message.Walk(visit)
	}
}

// Index reads the structure of a message. It takes every input, CRLF or bare LF,
// in one pass; the root covers raw from the first to the last byte.
func Index(raw []byte) *Part {
	x := indexer{raw: raw, levels: map[string]int{}}
	p, _ := x.part(0, 0, "plain")
	return p
}

type indexer struct {
	raw    []byte
	levels map[string]int // boundary -> innermost open multipart that has it
	open   int            // number of open multiparts
	parts  int
}

// delimiter is where a body ended: at a boundary line of the open multipart
// level, or (level < 0) at the end of the message.
type delimiter struct {
	start   int // of the line break that belongs to the boundary line
	next    int // start of the line after it
	level   int
	closing bool
}

func (x *indexer) end() delimiter {
	return delimiter{start: len(x.raw), next: len(x.raw), level: -1}
}

// part reads the part that begins at pos. fallback is the media type it has if it
// does not say: "plain" or, in a multipart/digest, "rfc822".
func (x *indexer) part(pos, depth int, fallback string) (*Part, delimiter) {
	x.parts++
	p := &Part{HeaderStart: pos}
	bodyStart, d, cut := x.header(pos)
	p.BodyStart = bodyStart
	fields := x.describe(p, fallback)
	if fields == 0 && bodyStart > pos && !x.blank(pos) {
		// Not one field: the text was put where the header belongs.
		p.BodyStart = pos
		cut = false
	}
	if !cut {
		d = x.body(p, depth)
	}
	// The line break before a boundary may already belong to the header, as its
	// blank line: then it does, for all that end here.
	d.start = max(d.start, p.BodyStart)
	p.BodyEnd = d.start
	if p.Type == "text" || p.Type == "message" {
		p.Lines = countLines(p.Body(x.raw))
	}
	return p, d
}

func (x *indexer) blank(pos int) bool {
	end, _ := lineAt(x.raw, pos)
	return end == pos
}

// header finds the end of the header that begins at pos. A boundary line of an
// open multipart cuts it off.
func (x *indexer) header(pos int) (bodyStart int, d delimiter, cut bool) {
	start := pos
	for pos < len(x.raw) {
		if x.open > 0 {
			if d, ok := x.match(pos); ok {
				return max(start, d.start), d, true
			}
		}
		end, next := lineAt(x.raw, pos)
		if end == pos {
			return next, delimiter{}, false
		}
		pos = next
	}
	return len(x.raw), x.end(), true
}

func (x *indexer) body(p *Part, depth int) delimiter {
	container := p.Type == "multipart" || isMessage(p)
	if container && (depth >= MaxDepth || x.parts >= MaxParts) {
		p.Opaque = true
		return x.scan(p.BodyStart)
	}
	switch {
	case p.Type == "multipart":
		return x.multipart(p, depth)
	case isMessage(p):
		m, d := x.part(p.BodyStart, depth+1, "plain")
		p.Message = m
		return d
	}
	return x.scan(p.BodyStart)
}

func isMessage(p *Part) bool {
	return p.Type == "message" && (p.Subtype == "rfc822" || p.Subtype == "global")
}

func (x *indexer) multipart(p *Part, depth int) delimiter {
	boundary := strings.TrimRight(p.Param("boundary"), " \t\r\n")
	if boundary == "" {
		p.becomePlain()
		return x.scan(p.BodyStart)
	}
	fallback := "plain"
	if p.Subtype == "digest" { // RFC 2046 §5.1.5
		fallback = "rfc822"
	}
	level := x.open
	outer, nested := x.levels[boundary]
	x.levels[boundary] = level
	x.open++
	d := x.scan(p.BodyStart)
	for d.level == level && !d.closing {
		var child *Part
		if x.parts >= MaxParts {
			child, d = x.rest(d.next)
		} else {
			child, d = x.part(d.next, depth+1, fallback)
		}
		p.Children = append(p.Children, child)
	}
	x.open--
	if nested {
		x.levels[boundary] = outer
	} else {
		delete(x.levels, boundary)
	}
	if d.level == level { // the epilogue
		d = x.scan(d.next)
	}
	if len(p.Children) == 0 {
		p.becomePlain()
	}
	return d
}

// becomePlain makes a multipart that has no parts readable as text.
func (p *Part) becomePlain() {
	p.Type, p.Subtype = "text", "plain"
	p.Params = []Param{{"charset", "us-ascii"}}
}

// rest makes one opaque leaf of everything from pos on.
func (x *indexer) rest(pos int) (*Part, delimiter) {
	return &Part{
		HeaderStart: pos, BodyStart: pos, BodyEnd: len(x.raw),
		Type: "application", Subtype: "octet-stream", Encoding: "binary", Opaque: true,
	}, x.end()
}

// scan finds the next boundary line at or after the line start pos.
func (x *indexer) scan(pos int) delimiter {
	if x.open == 0 {
		return x.end()
	}
	for {
		if d, ok := x.match(pos); ok {
			return d
		}
		i := bytes.Index(x.raw[pos:], []byte("\n--"))
		if i < 0 {
			return x.end()
		}
		pos += i + 1
	}
}

// match reports whether the line at pos is a boundary line of an open multipart.
func (x *indexer) match(pos int) (delimiter, bool) {
	if pos+2 >= len(x.raw) || x.raw[pos] != '-' || x.raw[pos+1] != '-' {
		return delimiter{}, false
	}
	end, next := lineAt(x.raw, pos)
	// Transport padding after a boundary means nothing (RFC 2046 §5.1.1).
	text := bytes.TrimRight(x.raw[pos+2:end], " \t\r")
	d := delimiter{start: x.lineBreakBefore(pos), next: next}
	level, ok := x.levels[string(text)]
	if !ok && bytes.HasSuffix(text, []byte("--")) {
		level, ok = x.levels[string(text[:len(text)-2])]
		d.closing = true
	}
	d.level = level
	return d, ok
}

func (x *indexer) lineBreakBefore(pos int) int {
	if pos > 0 && x.raw[pos-1] == '\n' {
		pos--
		if pos > 0 && x.raw[pos-1] == '\r' {
			pos--
		}
	}
	return pos
}

// describe reads the Content- fields of the part's header; of several fields of
// one name the first counts. It gives the number of fields in the header.
func (x *indexer) describe(p *Part, fallback string) (fields int) {
	seen := map[string]bool{}
	for f := range p.Header(x.raw).Fields() {
		if f.Name == nil {
			continue
		}
		fields++
		if len(f.Name) < 10 || len(f.Name) > 30 || !equalFold(f.Name[:8], "content-") {
			continue
		}
		name := strings.ToLower(string(f.Name[8:]))
		if !seen[name] && len(seen) < 100 {
			seen[name] = true
			p.describeBy(name, f)
		}
	}
	if p.Type == "" {
		if fallback == "rfc822" {
			p.Type, p.Subtype = "message", "rfc822"
		} else {
			p.Type, p.Subtype = "text", "plain"
			p.Params = []Param{{"charset", "us-ascii"}}
		}
	}
	if p.Encoding == "" {
		p.Encoding = "7bit"
	}
	return fields
}

func (p *Part) describeBy(name string, f Field) {
	switch name {
	case "type":
		p.Type, p.Subtype, p.Params = parseContentType(f.Value)
	case "transfer-encoding":
		token, _ := parseParameterized(f.Value)
		p.Encoding = strings.ToLower(token)
	case "disposition":
		token, params := parseParameterized(f.Value)
		p.Disposition, p.DispositionParams = strings.ToLower(token), params
	case "id":
		p.ID = f.Text()
	case "description":
		p.Description = f.Text()
	case "md5":
		p.MD5 = f.Text()
	case "location":
		p.Location = f.Text()
	case "language":
		for _, tag := range strings.Split(f.Text(), ",") {
			if tag = strings.TrimSpace(tag); tag != "" && len(p.Language) < maxParams {
				p.Language = append(p.Language, tag)
			}
		}
	}
}

func countLines(body []byte) int {
	n := bytes.Count(body, []byte{'\n'})
	if len(body) > 0 && body[len(body)-1] != '\n' {
		n++
	}
	return n
}
