package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"postroom/internal/imapwire"
	"postroom/internal/message"
)

// sortable is what one message is sorted by: a number or a text for each
// criterion.
type sortable struct {
	place int
	keys  []sortKey
}

type sortKey struct {
	number int64
	text   string
}

// Sort puts places in the order of the criteria, the most important first
// (RFC 5256 §3). Messages that are equal in all of them stay in the order of
// their numbers. What is gone from the mailbox meanwhile comes first.
func (m *Finder) Sort(ctx context.Context, picked []int, criteria []imapwire.SortCriterion) ([]int, error) {
	criteria = distinct(criteria)
	width := len(criteria)
	room := make([]sortKey, len(picked)*width)
	list := make([]sortable, len(picked))
	index := make(map[int]int, len(picked))
	for n, place := range picked {
		list[n] = sortable{place, room[n*width : (n+1)*width : (n+1)*width]}
		index[place] = n
	}
	read := m.each
	if byTraits(criteria) {
		read = m.eachTrait
	}
	err := read(ctx, picked, func(place int, f *found) {
		for n, c := range criteria {
			key := &list[index[place]].keys[n]
			if c.Key == imapwire.SortRelevancy {
				key.number = -int64(m.Relevancy(place)) // the best first, RFC 6203 §6
				continue
			}
			*key = f.sortKey(c.Key)
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b sortable) int { return compareSortable(a, b, criteria) })
	out := make([]int, len(list))
	for n := range list {
		out[n] = list[n].place
	}
	return out, nil
}

// byTraits reports whether no criterion needs the summary.
func byTraits(criteria []imapwire.SortCriterion) bool {
	return !slices.ContainsFunc(criteria, func(c imapwire.SortCriterion) bool {
		return c.Key != imapwire.SortArrival && c.Key != imapwire.SortSize && c.Key != imapwire.SortDate && c.Key != imapwire.SortRelevancy
	})
}

// ByRelevancy reports whether an order is one of scores, which are those of one
// search.
func ByRelevancy(criteria []imapwire.SortCriterion) bool {
	return slices.ContainsFunc(criteria, func(c imapwire.SortCriterion) bool { return c.Key == imapwire.SortRelevancy })
}

// distinct leaves out criteria that come again: they change nothing, and a
// command may hold thousands of them.
func distinct(criteria []imapwire.SortCriterion) (out []imapwire.SortCriterion) {
	for _, c := range criteria {
		if !slices.ContainsFunc(out, func(o imapwire.SortCriterion) bool { return o.Key == c.Key }) {
			out = append(out, c)
		}
	}
	return out
}

// compareSortable turns the order of a criterion round for REVERSE, but not
// that of the numbers behind all (RFC 5256 §3).
func compareSortable(a, b sortable, criteria []imapwire.SortCriterion) int {
	for n := range criteria {
		c := cmp.Compare(a.keys[n].number, b.keys[n].number)
		if c == 0 {
			c = strings.Compare(a.keys[n].text, b.keys[n].text)
		}
		if criteria[n].Reverse {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.place, b.place)
}

// sortKey is what a criterion compares.
func (f *found) sortKey(key imapwire.SortKey) sortKey {
	switch key {
	case imapwire.SortArrival:
		return sortKey{number: f.known().Received}
	case imapwire.SortSize:
		return sortKey{number: f.known().Size}
	case imapwire.SortDate:
		return sortKey{number: f.known().Sent}
	case imapwire.SortSubject:
		return sortKey{text: collate(f.sum().BaseSubject)}
	}
	return sortKey{text: f.addressKey(key)}
}

// addressKey is the first address of a field: its local part (RFC 5256 §3), or
// the name that is shown (RFC 5957 §3).
func (f *found) addressKey(key imapwire.SortKey) string {
	e := f.sum().Envelope
	if e == nil {
		return ""
	}
	list := e.From
	switch key {
	case imapwire.SortTo, imapwire.SortDisplayTo:
		list = e.To
	case imapwire.SortCc:
		list = e.Cc
	}
	if len(list) == 0 {
		return ""
	}
	if key != imapwire.SortDisplayFrom && key != imapwire.SortDisplayTo {
		return collate(list[0].Mailbox)
	}
	return collate(displayed(list[0]))
}

// displayed is what a client shows of an address.
func displayed(a message.Address) string {
	if a.Kind == message.GroupStart {
		return message.DecodeWords(a.Mailbox)
	}
	if name := strings.TrimSpace(a.DisplayName()); name != "" {
		return name
	}
	return a.Mailbox + "@" + a.Host
}
