package imapwire

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strconv"
)

// Range is First:Last, both included. 0 stands for "*", the largest number in
// use.
type Range struct{ First, Last uint32 }

// SeqSet is a set of message numbers or UIDs (sequence-set, RFC 9051 §9), as
// ranges in the order in which they were written. Saved is "$", the result of
// the last search with SAVE (RFC 5182); it has no ranges then.
type SeqSet struct {
	Ranges []Range
	Saved  bool
}

// ErrSeqSet says that a text is not a sequence-set.
var ErrSeqSet = errors.New("imapwire: malformed sequence set")

// ParseSeqSet parses a sequence-set such as "1:3,7,9:*" or "$".
func ParseSeqSet(s string) (SeqSet, error) {
	if s == "$" {
		return SeqSet{Saved: true}, nil
	}
	var set SeqSet
	for {
		r, rest, ok := parseRange(s)
		if !ok {
			return SeqSet{}, ErrSeqSet
		}
		set.Ranges = append(set.Ranges, r)
		if rest == "" {
			return set, nil
		}
		if rest[0] != ',' {
			return SeqSet{}, ErrSeqSet
		}
		s = rest[1:]
	}
}

func parseRange(s string) (r Range, rest string, ok bool) {
	if r.First, s, ok = parseSeqNumber(s); !ok {
		return r, s, false
	}
	r.Last = r.First
	if s != "" && s[0] == ':' {
		r.Last, s, ok = parseSeqNumber(s[1:])
	}
	return r, s, ok
}

func parseSeqNumber(s string) (n uint32, rest string, ok bool) {
	if s != "" && s[0] == '*' {
		return 0, s[1:], true
	}
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	v, err := strconv.ParseUint(s[:i], 10, 32)
	return uint32(v), s[i:], err == nil && v > 0
}

// SeqSetOf returns the set of the numbers, which should be ascending for the
// smallest result. 0 is left out.
func SeqSetOf(numbers ...uint32) SeqSet {
	var set SeqSet
	for _, n := range numbers {
		set.Add(n)
	}
	return set
}

// Add adds a number at the end. A number that follows the last one makes its
// range longer.
func (s *SeqSet) Add(n uint32) { s.AddRange(n, n) }

// AddRange adds first:last at the end. Nothing is added when first is 0 or
// larger than last.
func (s *SeqSet) AddRange(first, last uint32) {
	if first == 0 || last < first {
		return
	}
	if k := len(s.Ranges); k > 0 {
		if p := &s.Ranges[k-1]; p.Last != 0 && p.First <= p.Last && p.Last != 1<<32-1 && p.Last+1 == first {
			p.Last = last
			return
		}
	}
	s.Ranges = append(s.Ranges, Range{first, last})
}

// Empty tells whether the set can hold nothing.
func (s SeqSet) Empty() bool { return len(s.Ranges) == 0 && !s.Saved }

// Dynamic tells whether the set depends on the mailbox: it has a "*" or is "$".
func (s SeqSet) Dynamic() bool {
	for _, r := range s.Ranges {
		if r.First == 0 || r.Last == 0 {
			return true
		}
	}
	return s.Saved
}

// Resolve returns the set with "*" replaced by largest, sorted, without
// overlaps: each range has 0 < First <= Last. With largest 0 (no messages)
// ranges with a "*" hold nothing. It does not know "$": the result of a Saved
// set is empty.
func (s SeqSet) Resolve(largest uint32) SeqSet {
	ranges := make([]Range, 0, len(s.Ranges))
	for _, r := range s.Ranges {
		if r.First == 0 {
			r.First = largest
		}
		if r.Last == 0 {
			r.Last = largest
		}
		// RFC 9051 §9: "5:*" with largest 3 is 3:5.
		if r.First > r.Last {
			r.First, r.Last = r.Last, r.First
		}
		if r.First > 0 {
			ranges = append(ranges, r)
		}
	}
	slices.SortFunc(ranges, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	out := ranges[:0]
	for _, r := range ranges {
		if k := len(out); k > 0 && uint64(r.First) <= uint64(out[k-1].Last)+1 {
			out[k-1].Last = max(out[k-1].Last, r.Last)
			continue
		}
		out = append(out, r)
	}
	return SeqSet{Ranges: out}
}

// Contains tells whether n is in the set when "*" is largest. For many
// questions Resolve first and use ContainsResolved.
func (s SeqSet) Contains(n, largest uint32) bool {
	for _, r := range s.Ranges {
		a, b := r.First, r.Last
		if a == 0 {
			a = largest
		}
		if b == 0 {
			b = largest
		}
		if n != 0 && a != 0 && b != 0 && n >= min(a, b) && n <= max(a, b) {
			return true
		}
	}
	return false
}

// ContainsResolved tells, by binary search, whether n is in a set that came
// from Resolve.
func (s SeqSet) ContainsResolved(n uint32) bool {
	i, found := slices.BinarySearchFunc(s.Ranges, n, func(r Range, n uint32) int {
		switch {
		case r.Last < n:
			return -1
		case r.First > n:
			return 1
		}
		return 0
	})
	return found && i < len(s.Ranges)
}

// Len returns how many numbers a set from Resolve holds.
func (s SeqSet) Len() uint64 {
	n := uint64(0)
	for _, r := range s.Ranges {
		n += uint64(r.Last) - uint64(r.First) + 1
	}
	return n
}

// All yields the numbers of a set from Resolve, ascending. A client may name
// four thousand million numbers in a few octets: intersect with what exists
// before walking over a set that a client sent.
func (s SeqSet) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, r := range s.Ranges {
			for n := uint64(r.First); n <= uint64(r.Last); n++ {
				if !yield(uint32(n)) {
					return
				}
			}
		}
	}
}

// String returns the set as it is written on the wire.
func (s SeqSet) String() string { return string(s.AppendText(nil)) }

// AppendText appends the set as it is written on the wire.
func (s SeqSet) AppendText(b []byte) []byte {
	if s.Saved {
		return append(b, '$')
	}
	for i, r := range s.Ranges {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSeqNumber(b, r.First)
		if r.Last != r.First {
			b = append(b, ':')
			b = appendSeqNumber(b, r.Last)
		}
	}
	return b
}

func appendSeqNumber(b []byte, n uint32) []byte {
	if n == 0 {
		return append(b, '*')
	}
	return strconv.AppendUint(b, uint64(n), 10)
}

func isSetChar(c byte) bool { return isDigit(c) || c == ':' || c == ',' || c == '*' || c == '$' }

// seqSet takes a sequence-set, "$" included.
func (d *Decoder) seqSet() SeqSet {
	set, err := ParseSeqSet(d.run(isSetChar))
	if err != nil {
		d.fail("expected a sequence set")
	}
	return set
}

// knownUIDs takes a set without "*" and "$" (RFC 7162 §7).
func (d *Decoder) knownUIDs() SeqSet {
	set := d.seqSet()
	if set.Dynamic() {
		d.fail("* and $ are not allowed here")
	}
	return set
}
