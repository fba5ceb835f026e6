package fts

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"sort"

	"postroom"
	"postroom/internal/message"
)

// A segment is three sections, one behind the other:
//
//   - docs: the numbers of its messages, ascending, as differences;
//   - terms: how many there are; where each begins in the text; where its
//     postings begin; then the text, the terms in order of their bytes, a zero
//     byte before each and behind the last;
//   - postings: for each term the places of its messages in docs, as differences,
//     with the fields it stands in.
//
// It is stored in pages of pageSize bytes.
const pageSize = 64 << 10

// maxEmail is the highest number of a message.
const maxEmail = 1<<32 - 1

var (
	errDamaged = errors.New("fts: a segment of the search index is damaged")
	errFaster  = errors.New("fts: another was faster")
)

// encoded is a segment in bytes.
type encoded struct {
	docs                int
	docsSize, termsSize int
	data                []byte
}

// builder makes a segment of messages added in ascending order.
type builder struct {
	docs     []postroom.EmailID
	postings map[string]*postings
}

// postings is a list being written; next is the place behind the last.
type postings struct {
	data []byte
	next uint64
}

func newBuilder() *builder { return &builder{postings: make(map[string]*postings)} }

func (b *builder) add(d Document) {
	place := uint64(len(b.docs))
	b.docs = append(b.docs, d.Email)
	for term, fields := range d.Terms {
		p := b.postings[term]
		if p == nil {
			p = &postings{}
			b.postings[term] = p
		}
		p.put(place, fields)
	}
}

// fieldCodes are the sets of fields that are met most; others take a byte.
var fieldCodes = [...]Fields{Body, Header, Header | Body, Header | Subject, Header | From, Header | To, Header | Subject | Body}

// codeBits is the width of a code; explicit is the code of a set that follows.
const codeBits, explicit = 3, len(fieldCodes)

func (p *postings) put(place uint64, f Fields) {
	code := slices.Index(fieldCodes[:], f)
	if code < 0 {
		code = explicit
	}
	p.data = binary.AppendUvarint(p.data, (place-p.next)<<codeBits|uint64(code))
	if code == explicit {
		p.data = append(p.data, byte(f))
	}
	p.next = place + 1
}

func (b *builder) bytes() encoded {
	terms := make([]string, 0, len(b.postings))
	for t := range b.postings {
		terms = append(terms, t)
	}
	slices.Sort(terms)
	w := writer{}
	for _, t := range terms {
		w.add(t, b.postings[t].data)
	}
	return w.bytes(b.docs)
}

// writer puts the sections of a segment together; terms come in order.
type writer struct {
	starts, offsets []uint32
	text, postings  []byte
}

func (w *writer) add(term string, postings []byte) {
	w.text = append(w.text, 0)
	w.starts = append(w.starts, uint32(len(w.text)))
	w.text = append(w.text, term...)
	w.offsets = append(w.offsets, uint32(len(w.postings)))
	w.postings = append(w.postings, postings...)
}

func (w *writer) bytes(docs []postroom.EmailID) encoded {
	w.text = append(w.text, 0)
	e := encoded{docs: len(docs)}
	last := postroom.EmailID(0)
	for _, d := range docs {
		e.data = binary.AppendUvarint(e.data, uint64(d-last))
		last = d
	}
	e.docsSize = len(e.data)
	e.data = slices.Grow(e.data, 12+8*len(w.starts)+len(w.text)+len(w.postings))
	e.data = binary.LittleEndian.AppendUint32(e.data, uint32(len(w.starts)))
	for _, list := range [][]uint32{append(w.starts, uint32(len(w.text))), append(w.offsets, uint32(len(w.postings)))} {
		for _, n := range list {
			e.data = binary.LittleEndian.AppendUint32(e.data, n)
		}
	}
	e.data = append(e.data, w.text...)
	e.termsSize = len(e.data) - e.docsSize
	e.data = append(e.data, w.postings...)
	return e
}

// dictionary is docs and terms of a segment, as they are searched.
type dictionary struct {
	docs            []postroom.EmailID
	n               int    // terms
	starts, offsets []byte // n+1 numbers each
	text            []byte
	size            int // of the postings
}

// open reads docs and terms. What it takes is consistent in itself.
func open(docs, terms []byte, postings int) (*dictionary, error) {
	d := &dictionary{size: postings}
	last := uint64(0)
	for len(docs) > 0 {
		diff, n := binary.Uvarint(docs)
		if n <= 0 || diff == 0 || diff > maxEmail || last+diff > maxEmail {
			return nil, errDamaged
		}
		last += diff
		d.docs = append(d.docs, postroom.EmailID(last))
		docs = docs[n:]
	}
	if len(terms) < 4 {
		return nil, errDamaged
	}
	d.n = int(binary.LittleEndian.Uint32(terms))
	if table := 4 * (d.n + 1); len(terms) < 4+2*table {
		return nil, errDamaged
	} else {
		d.starts, d.offsets, d.text = terms[4:4+table], terms[4+table:4+2*table], terms[4+2*table:]
	}
	for i := range d.n {
		from, to := d.bounds(i)
		first, end := d.span(i)
		if from > to || to >= len(d.text) || first > end || end > postings || d.text[from-1] != 0 || d.text[to] != 0 {
			return nil, errDamaged
		}
	}
	if len(d.text) == 0 {
		return nil, errDamaged
	}
	return d, nil
}

func number(table []byte, i int) int { return int(binary.LittleEndian.Uint32(table[4*i:])) }

// bounds is where term i stands in the text.
func (d *dictionary) bounds(i int) (from, to int) {
	return max(number(d.starts, i), 1), number(d.starts, i+1) - 1
}

// span is where the postings of term i are.
func (d *dictionary) span(i int) (from, to int) { return number(d.offsets, i), number(d.offsets, i+1) }

func (d *dictionary) term(i int) []byte {
	from, to := d.bounds(i)
	return d.text[from:to]
}

// bytes is the memory it takes.
func (d *dictionary) bytes() int {
	return 8*len(d.docs) + len(d.starts) + len(d.offsets) + len(d.text) + 200
}

// find calls do with each term that meets a needle, in order, until it fails.
func (d *dictionary) find(n message.Needle, do func(i int) error) error {
	text := []byte(n.Text)
	switch n.Mode {
	case message.TermIs, message.TermBegins:
		from := sort.Search(d.n, func(i int) bool { return bytes.Compare(d.term(i), text) >= 0 })
		for i := from; i < d.n && bytes.HasPrefix(d.term(i), text); i++ {
			if n.Mode == message.TermIs && len(d.term(i)) != len(text) {
				break
			}
			if err := do(i); err != nil {
				return err
			}
		}
		return nil
	case message.TermEnds:
		text = append(text, 0)
	}
	for at, i := 1, 0; ; { // behind the first zero byte
		hit := bytes.Index(d.text[at:], text)
		if hit < 0 {
			return nil
		}
		hit += at
		// The term that the hit is in: the last that begins at it or before.
		i += sort.Search(d.n-i, func(k int) bool { return number(d.starts, i+k) > hit }) - 1
		if i < 0 {
			return errDamaged
		}
		if err := do(i); err != nil {
			return err
		}
		if i++; i >= d.n {
			return nil
		}
		at = number(d.starts, i)
	}
}

// decode calls do with the places and fields of a list of postings.
func decode(data []byte, docs int, do func(place int, f Fields)) error {
	next := uint64(0)
	for len(data) > 0 {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			return errDamaged
		}
		data = data[n:]
		next += v >> codeBits
		if next >= uint64(docs) {
			return errDamaged
		}
		code, f := int(v&(1<<codeBits-1)), Fields(0)
		if code < explicit {
			f = fieldCodes[code]
		} else {
			if len(data) == 0 {
				return errDamaged
			}
			f, data = Fields(data[0]), data[1:]
		}
		do(int(next), f)
		next++
	}
	return nil
}
