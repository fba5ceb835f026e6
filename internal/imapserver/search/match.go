package search

import (
	"context"
	"errors"
	"slices"
	"time"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

// ErrNumber says that a search key names a message number that does not exist.
var ErrNumber = errors.New("no such message number")

// Finder finds the items of a picture that match a search key. Keys are
// evaluated over sets of places: what is cheap narrows down what is dear. What
// is read of an item is forgotten before the next one, so that a search in a
// large mailbox takes no more memory than one in a small one.
type Finder struct {
	Picture
	Mailbox *store.Mailbox
	Now     time.Time
	traits  []store.Trait // read when first needed
	fuzzy   fuzziness
	flags   []askedFlag // those the keys ask for
}

// found is an item while it is tested; its stored part is decoded only when a
// key asks for it.
type found struct {
	meta    *postroom.ItemMeta
	trait   *store.Trait   // nil when not yet looked up
	item    *postroom.Item // nil when no key needs the stored part
	summary *message.Summary
}

// sum is the stored summary.
func (f *found) sum() *message.Summary {
	if f.summary == nil {
		f.summary = &message.Summary{}
		if err := f.summary.UnmarshalFields(f.item.Summary); err != nil {
			f.summary = &message.Summary{}
		}
	}
	return f.summary
}

// known gives the traits of an item.
func (f *found) known() *store.Trait {
	if f.trait == nil {
		trait := store.TraitOf(f.item)
		f.trait = &trait
	}
	return f.trait
}

// Find returns the matching places in ascending order, or ErrNumber.
func (m *Finder) Find(ctx context.Context, key imapwire.SearchKey) ([]int, error) {
	if !m.numbersExist(key) {
		return nil, ErrNumber
	}
	all := make([]int, len(m.Items))
	for i := range all {
		all[i] = i
	}
	return m.among(ctx, all, key)
}

// numbersExist checks the message numbers of all keys, also of those that are
// never evaluated.
func (m *Finder) numbersExist(key imapwire.SearchKey) bool {
	switch k := key.(type) {
	case imapwire.SearchSeq:
		_, ok := m.PickNumbers(k.Set)
		return ok
	case imapwire.SearchNot:
		return m.numbersExist(k.Key)
	case imapwire.SearchFuzzy:
		return m.numbersExist(k.Key)
	case imapwire.SearchOr:
		return m.numbersExist(k.A) && m.numbersExist(k.B)
	case imapwire.SearchAnd:
		for _, inner := range k.Keys {
			if !m.numbersExist(inner) {
				return false
			}
		}
	}
	return true
}

// among returns those of candidates that match.
func (m *Finder) among(ctx context.Context, candidates []int, key imapwire.SearchKey) ([]int, error) {
	if len(candidates) == 0 {
		return nil, nil
	}
	switch cost(key) {
	case fromPicture, fromTraits, fromSummary:
		return m.filter(ctx, candidates, key)
	}
	switch k := key.(type) {
	case imapwire.SearchAnd:
		return m.all(ctx, candidates, k.Keys)
	case imapwire.SearchOr:
		return m.either(ctx, candidates, k.A, k.B)
	case imapwire.SearchNot:
		matched, err := m.unscored(ctx, candidates, k.Key)
		return without(candidates, matched), err
	case imapwire.SearchFuzzy:
		return m.fuzzily(ctx, candidates, k.Key)
	case imapwire.SearchSeq:
		picked, _ := m.PickNumbers(k.Set)
		return in(candidates, picked), nil
	case imapwire.SearchUID:
		return in(candidates, m.PickUIDs(k.Set)), nil
	case imapwire.SearchText:
		return m.text(ctx, candidates, k)
	case imapwire.SearchHeader:
		return m.header(ctx, candidates, k)
	}
	return candidates, nil // SearchAll and what is always so
}

// all applies the conditions one after another, the cheap ones first. Those
// that need the stored part of an item are tested together, in one pass.
func (m *Finder) all(ctx context.Context, candidates []int, keys []imapwire.SearchKey) ([]int, error) {
	var ordered, summaries []imapwire.SearchKey
	for _, k := range keys {
		if cost(k) == fromSummary {
			summaries = append(summaries, k)
		} else {
			ordered = append(ordered, k)
		}
	}
	if len(summaries) > 0 {
		ordered = append(ordered, imapwire.SearchAnd{Keys: summaries})
	}
	slices.SortStableFunc(ordered, func(a, b imapwire.SearchKey) int { return int(cost(a)) - int(cost(b)) })
	var err error
	for _, k := range ordered {
		if candidates, err = m.among(ctx, candidates, k); err != nil {
			return nil, err
		}
	}
	return candidates, nil
}

// price is where the answer to a key comes from, the cheapest first.
type price uint8

const (
	fromNumbers price = iota // no item is looked at
	fromPicture
	fromTraits  // dates and size, kept in memory
	fromSummary // the stored part of each item
	fromText    // the index of texts
	fromHeader  // the index, then the headers of messages
)

// cost of a key: that of the dearest key in it.
func cost(key imapwire.SearchKey) price {
	switch k := key.(type) {
	case imapwire.SearchAll, imapwire.SearchSaveDateSupported, imapwire.SearchUID, imapwire.SearchSeq:
		return fromNumbers
	case imapwire.SearchFlag, imapwire.SearchModSeq, imapwire.SearchEmailID:
		return fromPicture
	case imapwire.SearchDate, imapwire.SearchOlder, imapwire.SearchYounger, imapwire.SearchLarger, imapwire.SearchSmaller:
		return fromTraits
	case imapwire.SearchText:
		return fromText
	case imapwire.SearchHeader:
		return fromHeader
	case imapwire.SearchNot:
		return composite(k.Key)
	case imapwire.SearchFuzzy:
		return composite(k.Key)
	case imapwire.SearchOr:
		return composite(k.A, k.B)
	case imapwire.SearchAnd:
		return composite(k.Keys...)
	}
	return fromSummary
}

// composite keys that name numbers are not tested item by item: next to those
// that are, they count as dear.
func composite(keys ...imapwire.SearchKey) price {
	lowest, highest := fromHeader, fromNumbers
	for _, k := range keys {
		lowest, highest = min(lowest, cost(k)), max(highest, cost(k))
	}
	if lowest == fromNumbers && highest > fromNumbers {
		return max(highest, fromText)
	}
	return highest
}

func (m *Finder) either(ctx context.Context, candidates []int, a, b imapwire.SearchKey) ([]int, error) {
	first, err := m.among(ctx, candidates, a)
	if err != nil {
		return nil, err
	}
	second, err := m.among(ctx, without(candidates, first), b)
	if err != nil {
		return nil, err
	}
	both := append(slices.Clone(first), second...)
	slices.Sort(both)
	return both, nil
}

// without is the difference of two ascending lists; taken may hold what list
// does not.
func without(list, taken []int) []int {
	out := make([]int, 0, max(0, len(list)-len(taken)))
	j := 0
	for _, i := range list {
		for j < len(taken) && taken[j] < i {
			j++
		}
		if j == len(taken) || taken[j] != i {
			out = append(out, i)
		}
	}
	return out
}

// in is what two ascending lists have in common.
func in(list, picked []int) []int { return without(list, without(list, picked)) }

// filter tests the candidates one by one.
func (m *Finder) filter(ctx context.Context, candidates []int, key imapwire.SearchKey) ([]int, error) {
	var out []int
	items := m.Items
	if cost(key) <= fromPicture {
		for _, i := range candidates {
			if m.matches(&found{meta: &items[i]}, key) {
				out = append(out, i)
			}
		}
		return out, nil
	}
	test := func(place int, f *found) {
		if m.matches(f, key) {
			out = append(out, place)
		}
	}
	if cost(key) == fromTraits {
		return out, m.eachTrait(ctx, candidates, test)
	}
	err := m.each(ctx, candidates, test)
	return out, err
}

// eachTrait goes through places in ascending order with their traits; what is gone
// meanwhile is passed over.
func (m *Finder) eachTrait(ctx context.Context, picked []int, do func(place int, f *found)) (err error) {
	if m.traits == nil {
		if m.traits, err = m.Mailbox.Traits(ctx); err != nil {
			return err
		}
	}
	at := 0
	for _, i := range picked {
		for at < len(m.traits) && m.traits[at].UID < m.Items[i].UID {
			at++
		}
		if at < len(m.traits) && m.traits[at].UID == m.Items[i].UID {
			do(i, &found{meta: &m.Items[i], trait: &m.traits[at]})
		}
	}
	return nil
}

// each reads the stored part of places in ascending order; what is gone
// meanwhile is passed over.
func (m *Finder) each(ctx context.Context, picked []int, do func(place int, f *found)) error {
	for item, err := range m.Mailbox.Fetch(ctx, m.UIDs(picked)) {
		if err != nil {
			return err
		}
		if i, ok := m.Place(item.UID); ok {
			do(i, &found{meta: &m.Items[i], item: &item})
		}
	}
	return nil
}

// matches tests one item.
func (m *Finder) matches(f *found, key imapwire.SearchKey) bool {
	switch k := key.(type) {
	case imapwire.SearchAnd:
		return !slices.ContainsFunc(k.Keys, func(inner imapwire.SearchKey) bool { return !m.matches(f, inner) })
	case imapwire.SearchOr:
		return m.matches(f, k.A) || m.matches(f, k.B)
	case imapwire.SearchNot:
		return !m.matches(f, k.Key)
	case imapwire.SearchFuzzy:
		return m.matches(f, k.Key)
	case imapwire.SearchFlag:
		return m.flag(k.Flag).on(f.meta)
	case imapwire.SearchModSeq:
		return uint64(f.meta.ModSeq) >= k.ModSeq
	case imapwire.SearchEmailID:
		return k.ID == EmailID(m.Mailbox.Ref().Account, f.meta.Email)
	case imapwire.SearchDate:
		return matchesDate(f, k)
	case imapwire.SearchOlder:
		return m.age(f) >= k.Within
	case imapwire.SearchYounger:
		return m.age(f) < k.Within
	case imapwire.SearchLarger:
		return uint64(f.known().Size) > k.Size
	case imapwire.SearchSmaller:
		return uint64(f.known().Size) < k.Size
	case imapwire.SearchThreadID:
		return k.ID == ThreadID(m.Mailbox.Ref().Account, f.item.Thread)
	}
	return false
}

// age is how long ago a message came.
func (m *Finder) age(f *found) time.Duration { return m.Now.Sub(time.UnixMicro(f.known().Received)) }

// matchesDate compares days, disregarding time and zone (RFC 9051 §6.4.4).
func matchesDate(f *found, k imapwire.SearchDate) bool {
	trait := f.known()
	day := dayOf(trait.Received)
	switch k.Of {
	case imapwire.SentDay:
		if trait.SentDay == store.NoDay {
			return false
		}
		day = int64(trait.SentDay)
	case imapwire.SaveDay:
		if trait.Saved == 0 {
			return false
		}
		day = dayOf(trait.Saved)
	}
	asked := dayOf(k.Date.UnixMicro())
	switch k.Op {
	case imapwire.Before:
		return day < asked
	case imapwire.On:
		return day == asked
	}
	return day >= asked
}

// dayOf gives the day, in UTC, of microseconds.
func dayOf(micros int64) int64 {
	const length = 86400 * 1e6
	day := micros / length
	if micros < day*length {
		day--
	}
	return day
}
