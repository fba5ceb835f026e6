// Package filter reads the search filters of LDAP in their text form (RFC 4515)
// and says whether an entry matches one.
//
// All attributes count as known, so that every filter is true or false (RFC 4511
// §4.5.1.7 has a third value for what the server does not know). Values match
// without regard to case and to spaces at their ends (RFC 4517 §4.2.11);
// greater-or-equal and less-or-equal compare as integers when both sides are
// some. Approximate matching (~=) is equality. Extensible matching (:=) is not
// taken.
package filter

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds of a filter: bytes of its text, and how deep it may nest.
const (
	MaxLength = 4096
	MaxDepth  = 32
)

// Filter is one that was read. It is immutable.
type Filter struct {
	root node
	text string
}

// String is the text it was read from.
func (f *Filter) String() string { return f.text }

// Match reports whether an entry matches. values gives those of an attribute,
// whose name it gets in lower case; none when the entry does not have it.
func (f *Filter) Match(values func(attribute string) []string) bool { return f.root.match(values) }

// Attributes lists the attributes the filter asks for, in lower case, sorted.
func (f *Filter) Attributes() []string {
	var names []string
	f.root.attributes(&names)
	slices.Sort(names)
	return slices.Compact(names)
}

// node is a part of a filter.
type node interface {
	match(values func(string) []string) bool
	attributes(names *[]string)
}

// set is an AND or an OR. Empty they are true and false (RFC 4526).
type set struct {
	all   bool
	parts []node
}

func (s *set) match(values func(string) []string) bool {
	for _, p := range s.parts {
		if p.match(values) != s.all {
			return !s.all
		}
	}
	return s.all
}

func (s *set) attributes(names *[]string) {
	for _, p := range s.parts {
		p.attributes(names)
	}
}

type not struct{ of node }

func (n not) match(values func(string) []string) bool { return !n.of.match(values) }
func (n not) attributes(names *[]string)              { n.of.attributes(names) }

// item asks for one attribute.
type item struct {
	attribute string
	test      test
	value     string // folded, for all but like
	like      like
}

type test uint8

const (
	equal test = iota
	atLeast
	atMost
	matches // substrings; a single star is presence
)

func (i *item) attributes(names *[]string) { *names = append(*names, i.attribute) }

func (i *item) match(values func(string) []string) bool {
	return slices.ContainsFunc(values(i.attribute), func(v string) bool {
		v = fold(v)
		switch i.test {
		case atLeast:
			return compare(v, i.value) >= 0
		case atMost:
			return compare(v, i.value) <= 0
		case matches:
			return i.like.match(v)
		default:
			return v == i.value
		}
	})
}

// like is a pattern of folded pieces with stars between them.
type like struct {
	first, last string
	middle      []string
}

func (l *like) match(v string) bool {
	if len(v) < len(l.first)+len(l.last) || !strings.HasPrefix(v, l.first) || !strings.HasSuffix(v, l.last) {
		return false
	}
	v = v[len(l.first) : len(v)-len(l.last)]
	for _, piece := range l.middle {
		_, rest, found := strings.Cut(v, piece)
		if !found {
			return false
		}
		v = rest
	}
	return true
}

// fold prepares a value for comparison.
func fold(v string) string { return strings.ToLower(strings.TrimSpace(v)) }

func compare(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	switch {
	case errX != nil || errY != nil:
		return strings.Compare(a, b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}
