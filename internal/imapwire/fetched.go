package imapwire

import (
	"io"
	"strconv"
	"time"
)

// FetchWriter writes the items of one FETCH response. It takes no memory: the
// same one is used again for the next message.
type FetchWriter struct {
	e    *Encoder
	some bool
	uid  uint32 // of UIDFETCH, else 0
}

// Fetch begins a FETCH response for a message number. Call the items, then End,
// before anything else of the Encoder.
func (e *Encoder) Fetch(seq uint32) *FetchWriter {
	e.raw("* ")
	e.number(uint64(seq))
	e.raw(" FETCH (")
	e.fetch = FetchWriter{e: e}
	return &e.fetch
}

// UIDFetch is Fetch for a client that knows no message numbers (RFC 9586 §3): the
// UID stands in front, and not among the items unless there is no other.
func (e *Encoder) UIDFetch(uid uint32) *FetchWriter {
	e.raw("* ")
	e.number(uint64(uid))
	e.raw(" UIDFETCH (")
	e.fetch = FetchWriter{e: e, uid: uid}
	return &e.fetch
}

// End ends the response.
func (f *FetchWriter) End() {
	if f.uid != 0 && !f.some {
		f.item("UID ")
		f.e.number(uint64(f.uid))
	}
	f.e.raw(")\r\n")
}

// item writes the name of an item and the space behind it.
func (f *FetchWriter) item(name string) {
	if f.some {
		f.e.octet(' ')
	}
	f.some = true
	f.e.raw(name)
}

// Formatted writes what Format returned.
func (f *FetchWriter) Formatted(text []byte) { f.item(""); f.e.bytes(text) }

// UID writes the UID.
func (f *FetchWriter) UID(uid uint32) {
	if f.uid != 0 {
		return
	}
	f.item("UID ")
	f.e.number(uint64(uid))
}

// Flags writes the flags.
func (f *FetchWriter) Flags(flags []Flag) { f.item("FLAGS "); f.e.flags(flags) }

// ModSeq writes the mod-sequence (RFC 7162).
func (f *FetchWriter) ModSeq(n uint64) {
	f.item("MODSEQ (")
	f.e.number(n)
	f.e.octet(')')
}

// Size writes RFC822.SIZE.
func (f *FetchWriter) Size(octets uint64) { f.item("RFC822.SIZE "); f.e.number(octets) }

// InternalDate writes the internal date.
func (f *FetchWriter) InternalDate(t time.Time) { f.item("INTERNALDATE "); f.e.dateTime(t) }

// SaveDate writes the save date (RFC 8514); a zero time is NIL.
func (f *FetchWriter) SaveDate(t time.Time) {
	f.item("SAVEDATE ")
	if t.IsZero() {
		f.e.raw("NIL")
		return
	}
	f.e.dateTime(t)
}

// EmailID writes the object id of the message (RFC 8474).
func (f *FetchWriter) EmailID(id string) {
	f.item("EMAILID (")
	f.e.atom(id)
	f.e.octet(')')
}

// ThreadID writes the object id of the thread; an empty id is NIL.
func (f *FetchWriter) ThreadID(id string) {
	f.item("THREADID ")
	if id == "" {
		f.e.raw("NIL")
		return
	}
	f.e.octet('(')
	f.e.atom(id)
	f.e.octet(')')
}

// Preview writes the preview (RFC 8970), which may be empty.
func (f *FetchWriter) Preview(text string) { f.item("PREVIEW "); f.e.String(text) }

// NoPreview writes a preview that is not ready (RFC 8970 §3.2).
func (f *FetchWriter) NoPreview() { f.item("PREVIEW NIL") }

// Envelope writes ENVELOPE.
func (f *FetchWriter) Envelope(v *Envelope) { f.item("ENVELOPE "); f.e.envelope(v) }

// Body writes BODY, the structure without extension data.
func (f *FetchWriter) Body(b *BodyStructure) { f.item("BODY "); f.e.body(b, plainBody) }

// BodyStructure writes BODYSTRUCTURE.
func (f *FetchWriter) BodyStructure(b *BodyStructure) {
	f.item("BODYSTRUCTURE ")
	f.e.body(b, extendedBody)
}

// Section writes the answer to a FetchSection, FetchBinary, FetchRFC822,
// FetchRFC822Header or FetchRFC822Text item: size octets of r, which are
// already cut to it.Partial. A FetchBinary is written as literal8.
func (f *FetchWriter) Section(it *FetchItem, size int64, r io.Reader) {
	f.sectionHead(it)
	f.e.literalFrom(size, r)
}

// SectionBytes is Section for octets in memory.
func (f *FetchWriter) SectionBytes(it *FetchItem, b []byte) {
	f.sectionHead(it)
	f.e.literalHead(int64(len(b)))
	f.e.bytes(b)
}

// NoSection answers a section that does not exist with NIL; as a size, which
// has to be a number (RFC 3516 §6), with 0.
func (f *FetchWriter) NoSection(it *FetchItem) {
	if it.Kind == FetchBinarySize {
		f.BinarySize(it, 0)
		return
	}
	f.sectionName(it)
	f.e.raw(" NIL")
}

// BinarySize writes the answer to a FetchBinarySize item, in decoded octets.
func (f *FetchWriter) BinarySize(it *FetchItem, size uint64) {
	f.sectionName(it)
	f.e.octet(' ')
	f.e.number(size)
}

func (f *FetchWriter) sectionHead(it *FetchItem) {
	f.sectionName(it)
	f.e.octet(' ')
	if it.Kind == FetchBinary {
		f.e.octet('~')
	}
}

// sectionName writes the item as the client asked for it, without PEEK and
// with the origin octet alone.
func (f *FetchWriter) sectionName(it *FetchItem) {
	switch it.Kind {
	case FetchRFC822:
		f.item("RFC822")
		return
	case FetchRFC822Header:
		f.item("RFC822.HEADER")
		return
	case FetchRFC822Text:
		f.item("RFC822.TEXT")
		return
	case FetchBinary:
		f.item("BINARY[")
	case FetchBinarySize:
		f.item("BINARY.SIZE[")
	default:
		f.item("BODY[")
	}
	f.e.section(&it.Section)
	f.e.octet(']')
	if it.Partial != nil {
		f.e.octet('<')
		f.e.number(it.Partial.Offset)
		f.e.octet('>')
	}
}

// sectionTexts are the words of SectionText.
var sectionTexts = [...]string{
	SectionHeader: "HEADER", SectionHeaderFields: "HEADER.FIELDS",
	SectionHeaderFieldsNot: "HEADER.FIELDS.NOT", SectionBodyText: "TEXT", SectionMIME: "MIME",
}

func (e *Encoder) section(s *Section) {
	for i, n := range s.Path {
		if i > 0 {
			e.octet('.')
		}
		e.number(uint64(n))
	}
	if s.Text == SectionAll {
		return
	}
	if len(s.Path) > 0 {
		e.octet('.')
	}
	e.raw(sectionTexts[s.Text])
	if s.Text == SectionHeaderFields || s.Text == SectionHeaderFieldsNot {
		e.octet(' ')
		e.list(len(s.Fields), func(i int) { e.astring(s.Fields[i]) })
	}
}

// FetchLine writes a whole response with UID, FLAGS and, when it is not 0,
// MODSEQ: the answer that is sent by the hundred thousand. flags is the list
// with its parentheses, as AppendFlags makes it; keep it per set of flags.
func (e *Encoder) FetchLine(seq, uid uint32, flags []byte, modSeq uint64) {
	if e.err != nil {
		return
	}
	b := append(e.buf[:0], "* "...)
	b = strconv.AppendUint(b, uint64(seq), 10)
	b = append(b, " FETCH (UID "...)
	b = strconv.AppendUint(b, uint64(uid), 10)
	b = append(b, " FLAGS "...)
	b = append(b, flags...)
	if modSeq > 0 {
		b = append(b, " MODSEQ ("...)
		b = strconv.AppendUint(b, modSeq, 10)
		b = append(b, ')')
	}
	b = append(b, ")\r\n"...)
	e.buf = b
	e.bytes(b)
}

// AppendFlags appends a flag list with its parentheses. Octets that no flag
// may have are left out.
func AppendFlags(b []byte, flags []Flag) []byte {
	b = append(b, '(')
	for i, f := range flags {
		if i > 0 {
			b = append(b, ' ')
		}
		for j := 0; j < len(f); j++ {
			if isAtomChar(f[j]) || j == 0 && f[j] == '\\' {
				b = append(b, f[j])
			}
		}
	}
	return append(b, ')')
}
