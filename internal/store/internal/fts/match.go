package fts

import (
	"math/bits"
	"slices"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
)

// Set is a set of messages of an account.
type Set struct{ words []uint64 }

// Add puts a message in.
func (s *Set) Add(id postroom.EmailID) {
	at := int(id >> 6)
	if at >= len(s.words) {
		s.words = append(s.words, make([]uint64, at+1-len(s.words))...)
	}
	s.words[at] |= 1 << (id & 63)
}

// Has reports whether a message is in.
func (s *Set) Has(id postroom.EmailID) bool {
	at := int(id >> 6)
	return at < len(s.words) && s.words[at]&(1<<(id&63)) != 0
}

// Len is the number of messages.
func (s *Set) Len() (n int) {
	for _, w := range s.words {
		n += bits.OnesCount64(w)
	}
	return n
}

// Match finds the indexed messages in one of whose fields (any of those asked
// for) stand terms that meet all needles. Without needles those are all.
func (c *Cache) Match(tx *db.Tx, account postroom.AccountID, fields Fields, needles []message.Needle) (*Set, error) {
	found := &Set{}
	list, err := segments(tx, account)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		r, err := openSegment(tx, c, m)
		if err != nil {
			return nil, err
		}
		marks, err := r.match(needles)
		if err != nil {
			return nil, err
		}
		for place, f := range marks {
			if f&fields != 0 {
				found.Add(r.dict.docs[place])
			}
		}
	}
	return found, nil
}

// match gives for each place the fields in which all needles are met.
func (r *reader) match(needles []message.Needle) ([]Fields, error) {
	all := make([]Fields, len(r.dict.docs))
	for i := range all {
		all[i] = ^Fields(0)
	}
	one := make([]Fields, len(all))
	for _, n := range needles {
		clear(one)
		err := r.dict.find(n, func(i int) error {
			list, err := r.postings(i)
			if err != nil {
				return err
			}
			return decode(list, len(one), func(place int, f Fields) { one[place] |= f })
		})
		if err != nil {
			return nil, err
		}
		any := Fields(0)
		for i := range all {
			all[i] &= one[i]
			any |= all[i]
		}
		if any == 0 {
			return nil, nil
		}
	}
	return all, nil
}

// fanout is how many segments of about one size are merged; maxDocs and maxBytes
// bound what comes of it.
const fanout, maxDocs, maxBytes = 8, 32 << 10, 32 << 20

// level of a segment: how often it may have been merged.
func level(docs int) (n int) {
	for ; docs >= fanout; docs /= fanout {
		n++
	}
	return n
}

// mergeable chooses segments to be merged, if there are many of one level.
func mergeable(list []meta) []meta {
	levels := make(map[int][]meta)
	for _, m := range list {
		levels[level(m.docs)] = append(levels[level(m.docs)], m)
	}
	for _, same := range levels {
		if len(same) < fanout {
			continue
		}
		slices.SortFunc(same, func(a, b meta) int { return a.bytes - b.bytes })
		docs, bytes, n := 0, 0, 0
		for n < len(same) && n < fanout && docs+same[n].docs <= maxDocs && bytes+same[n].bytes <= maxBytes {
			docs, bytes, n = docs+same[n].docs, bytes+same[n].bytes, n+1
		}
		if n >= fanout/2 {
			return same[:n]
		}
	}
	return nil
}
