package imapwire

import "strings"

// Fetch asks for data of messages (RFC 9051 §6.4.5).
type Fetch struct {
	UID   bool
	Set   SeqSet
	Items []FetchItem // macros are spelled out
	// ChangedSince is the modifier of RFC 7162 §3.1.4.1, or nil.
	ChangedSince *uint64
	Vanished     bool // RFC 7162 §3.2.6; UID FETCH with CHANGEDSINCE only
	// Partial limits the number of messages (RFC 9394 §3.3), or is nil.
	Partial *ResultRange
}

// Name implements Command.
func (c *Fetch) Name() string { return uidName(c.UID, "FETCH") }

// MarksSeen tells whether the command sets \Seen on what it returns.
func (c *Fetch) MarksSeen() bool {
	for i := range c.Items {
		if !c.Items[i].Peek {
			return true
		}
	}
	return false
}

// FetchKind says what an item asks for.
type FetchKind uint8

// The items of RFC 9051 §6.4.5, RFC 7162, RFC 8474, RFC 8514, RFC 8970.
const (
	FetchFlags FetchKind = iota + 1
	FetchUID
	FetchInternalDate
	FetchSize // RFC822.SIZE
	FetchEnvelope
	FetchBody          // BODY, the structure without extension data
	FetchBodyStructure // BODYSTRUCTURE
	FetchSection       // BODY[...], BODY.PEEK[...]
	FetchBinary        // BINARY[...], BINARY.PEEK[...]
	FetchBinarySize    // BINARY.SIZE[...]
	FetchRFC822        // RFC822 of IMAP4rev1: the whole message, sets \Seen
	FetchRFC822Header  // RFC822.HEADER
	FetchRFC822Text    // RFC822.TEXT, sets \Seen
	FetchModSeq
	FetchPreview
	FetchEmailID
	FetchThreadID
	FetchSaveDate
)

// FetchItem is one item of FETCH.
type FetchItem struct {
	Kind FetchKind
	// Section of FetchSection, FetchBinary (only Path) and FetchBinarySize
	// (only Path).
	Section Section
	// Peek is set when fetching does not set \Seen: in BODY.PEEK,
	// BINARY.PEEK and every item that never does.
	Peek bool
	// Partial is the part of the data that is asked for, or nil.
	Partial *Partial
	Lazy    bool // PREVIEW (LAZY), RFC 8970 §3.2
}

// Partial is <offset.count>, in octets.
type Partial struct{ Offset, Count uint64 }

// SectionText says which text of a part is meant.
type SectionText uint8

// The texts of a section (RFC 9051 §6.4.5.1).
const (
	SectionAll SectionText = iota
	SectionHeader
	SectionHeaderFields
	SectionHeaderFieldsNot
	SectionBodyText // TEXT
	SectionMIME
)

// Section is what stands between the brackets of BODY[...].
type Section struct {
	Path   []uint32 // part numbers, empty for the message
	Text   SectionText
	Fields []string // of HEADER.FIELDS, as the client wrote them
}

// ResultRange is first:last of PARTIAL (RFC 9394 §3.1), counted from 1, or from
// -1 at the end backwards. Both have the same sign, and |First| <= |Last|.
type ResultRange struct{ First, Last int64 }

// fetchWords are the items without arguments.
var fetchWords = map[string]FetchKind{
	"FLAGS": FetchFlags, "UID": FetchUID, "INTERNALDATE": FetchInternalDate,
	"RFC822.SIZE": FetchSize, "ENVELOPE": FetchEnvelope, "BODYSTRUCTURE": FetchBodyStructure,
	"RFC822": FetchRFC822, "RFC822.HEADER": FetchRFC822Header, "RFC822.TEXT": FetchRFC822Text,
	"MODSEQ": FetchModSeq, "EMAILID": FetchEmailID, "THREADID": FetchThreadID,
	"SAVEDATE": FetchSaveDate,
}

func (d *Decoder) fetch(by numbering) Command {
	d.space()
	c := &Fetch{UID: by == byUID, Set: d.seqSet()}
	d.space()
	if d.peek() == '(' {
		d.list(func() { c.Items = append(c.Items, d.fetchItem()) })
	} else {
		c.Items = d.fetchMacro()
	}
	if d.accept(' ') {
		d.list(func() { d.fetchModifier(c) })
		if c.Vanished && (!c.UID || c.ChangedSince == nil) {
			d.fail("VANISHED needs UID FETCH and CHANGEDSINCE")
		}
	}
	return c
}

// fetchMacro takes one item, or a macro, which may only stand alone.
func (d *Decoder) fetchMacro() []FetchItem {
	start := d.pos
	fast := []FetchItem{{Kind: FetchFlags, Peek: true}, {Kind: FetchInternalDate, Peek: true}, {Kind: FetchSize, Peek: true}}
	switch d.keyword() {
	case "FAST":
		return fast
	case "ALL":
		return append(fast, FetchItem{Kind: FetchEnvelope, Peek: true})
	case "FULL":
		return append(fast, FetchItem{Kind: FetchEnvelope, Peek: true}, FetchItem{Kind: FetchBody, Peek: true})
	}
	if d.err != nil {
		return nil
	}
	d.pos = start
	return []FetchItem{d.fetchItem()}
}

func (d *Decoder) fetchModifier(c *Fetch) {
	switch d.keyword() {
	case "CHANGEDSINCE":
		d.space()
		n := d.number64()
		c.ChangedSince = &n
	case "VANISHED":
		c.Vanished = true
	case "PARTIAL":
		d.space()
		c.Partial = d.resultRange()
	default:
		d.fail("unknown modifier")
	}
}

func (d *Decoder) fetchItem() FetchItem {
	if !d.term() {
		return FetchItem{}
	}
	word := d.keyword()
	if kind, ok := fetchWords[word]; ok {
		return FetchItem{Kind: kind, Peek: kind != FetchRFC822 && kind != FetchRFC822Text}
	}
	word, peek := strings.CutSuffix(word, ".PEEK")
	it := FetchItem{Peek: peek}
	section := d.peek() == '['
	switch {
	case word == "PREVIEW" && !peek:
		return FetchItem{Kind: FetchPreview, Peek: true, Lazy: d.lazy()}
	case word == "BODY" && !section && !peek:
		return FetchItem{Kind: FetchBody, Peek: true}
	case word == "BODY" && section:
		it.Kind, it.Section = FetchSection, d.section()
	case word == "BINARY" && section:
		it.Kind, it.Section = FetchBinary, d.binarySection()
	case word == "BINARY.SIZE" && section && !peek:
		return FetchItem{Kind: FetchBinarySize, Peek: true, Section: d.binarySection()}
	default:
		d.fail("unknown item")
		return it
	}
	if d.accept('<') {
		p := &Partial{Offset: d.number64()}
		d.expect('.')
		if p.Count = d.number64(); p.Count == 0 {
			d.fail("a partial of 0 octets")
		}
		d.expect('>')
		it.Partial = p
	}
	return it
}

// lazy takes " (LAZY)" behind PREVIEW. A list that begins otherwise belongs to
// what follows, such as the modifiers of FETCH.
func (d *Decoder) lazy() bool {
	rest := d.line[d.pos:]
	if len(rest) < 7 || !strings.EqualFold(string(rest[:7]), " (LAZY)") {
		return false
	}
	d.pos += 7
	return true
}

// binarySection takes "[" [part] "]".
func (d *Decoder) binarySection() Section {
	s := d.section()
	if s.Text != SectionAll {
		d.fail("BINARY takes part numbers only")
	}
	return s
}

// section takes what is between and with the brackets.
func (d *Decoder) section() Section {
	var s Section
	d.expect('[')
	for isDigit(d.peek()) {
		s.Path = append(s.Path, d.nonZero32())
		if len(s.Path) > d.limits.Depth {
			d.fail("nested too deep")
		}
		if !d.accept('.') {
			d.expect(']')
			return s
		}
	}
	if len(s.Path) == 0 && d.accept(']') {
		return s
	}
	switch d.keyword() {
	case "HEADER":
		s.Text = SectionHeader
	case "HEADER.FIELDS":
		s.Text = SectionHeaderFields
	case "HEADER.FIELDS.NOT":
		s.Text = SectionHeaderFieldsNot
	case "TEXT":
		s.Text = SectionBodyText
	case "MIME":
		s.Text = SectionMIME
		if len(s.Path) == 0 {
			d.fail("MIME needs a part number")
		}
	default:
		d.fail("unknown section")
	}
	if s.Text == SectionHeaderFields || s.Text == SectionHeaderFieldsNot {
		d.space()
		d.list(func() { s.Fields = append(s.Fields, d.fieldName()) })
	}
	d.expect(']')
	return s
}

// fieldName takes the name of a header field.
func (d *Decoder) fieldName() string {
	f := d.astring()
	for i := 0; i < len(f); i++ {
		if f[i] <= ' ' || f[i] >= 0x7f || f[i] == ':' {
			d.fail("malformed field name")
		}
	}
	return f
}

// resultRange takes a partial-range of RFC 9394.
func (d *Decoder) resultRange() *ResultRange {
	number := func() int64 {
		sign := int64(1)
		if d.accept('-') {
			sign = -1
		}
		return sign * int64(d.nonZero32())
	}
	r := &ResultRange{First: number()}
	d.expect(':')
	r.Last = number()
	if (r.First < 0) != (r.Last < 0) {
		d.fail("both ends of a range have the same sign")
	}
	if (r.First > r.Last) == (r.First > 0) && r.First != r.Last {
		r.First, r.Last = r.Last, r.First
	}
	return r
}
