package imapserver

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/message"
	"postroom/internal/store"
)

var errNumber = errors.New("no such message number")

// matcher finds the items of the picture that match a search key. Keys are
// evaluated over sets of places: what is cheap narrows down what is dear.
type matcher struct {
	ctx        context.Context
	s          *selected
	now        time.Time
	usedModSeq bool
	summaries  map[postroom.UID]*found
}

// found is the stored part of an item, read at most once per search.
type found struct {
	item    postroom.Item
	summary message.Summary
}

// find returns the matching places in ascending order.
func (m *matcher) find(key imapwire.SearchKey) ([]int, error) {
	all := make([]int, len(m.s.view.Items))
	for i := range all {
		all[i] = i
	}
	return m.among(all, key)
}

// among returns those of candidates that match.
func (m *matcher) among(candidates []int, key imapwire.SearchKey) ([]int, error) {
	if len(candidates) == 0 {
		return nil, m.checkNumbers(key)
	}
	switch k := key.(type) {
	case imapwire.SearchAll, imapwire.SearchSaveDateSupported:
		return candidates, nil
	case imapwire.SearchAnd:
		return m.all(candidates, k.Keys)
	case imapwire.SearchOr:
		return m.either(candidates, k.A, k.B)
	case imapwire.SearchNot:
		matched, err := m.among(candidates, k.Key)
		return without(candidates, matched), err
	case imapwire.SearchFuzzy:
		return m.among(candidates, k.Key)
	case imapwire.SearchSeq:
		return m.inSet(candidates, k.Set, false)
	case imapwire.SearchUID:
		return m.inSet(candidates, k.Set, true)
	case imapwire.SearchText:
		if k.In == imapwire.InText || k.In == imapwire.InBody {
			return m.text(candidates, k)
		}
	case imapwire.SearchHeader:
		if !summarized(k.Field) {
			return m.header(candidates, k)
		}
	}
	return m.filter(candidates, key)
}

// all applies the conditions one after another, the cheap ones first.
func (m *matcher) all(candidates []int, keys []imapwire.SearchKey) ([]int, error) {
	ordered := slices.Clone(keys)
	slices.SortStableFunc(ordered, func(a, b imapwire.SearchKey) int { return cost(a) - cost(b) })
	var err error
	for _, k := range ordered {
		if candidates, err = m.among(candidates, k); err != nil {
			return nil, err
		}
	}
	return candidates, nil
}

// cost ranks keys: from the picture, from the stored summary, from the text.
func cost(key imapwire.SearchKey) int {
	switch k := key.(type) {
	case imapwire.SearchFlag, imapwire.SearchUID, imapwire.SearchSeq, imapwire.SearchAll, imapwire.SearchModSeq:
		return 0
	case imapwire.SearchText:
		if k.In == imapwire.InText || k.In == imapwire.InBody {
			return 3
		}
		return 1
	case imapwire.SearchHeader:
		if summarized(k.Field) {
			return 1
		}
		return 4
	case imapwire.SearchNot:
		return cost(k.Key)
	case imapwire.SearchOr:
		return max(cost(k.A), cost(k.B))
	case imapwire.SearchAnd:
		worst := 0
		for _, inner := range k.Keys {
			worst = max(worst, cost(inner))
		}
		return worst
	}
	return 1
}

func (m *matcher) either(candidates []int, a, b imapwire.SearchKey) ([]int, error) {
	first, err := m.among(candidates, a)
	if err != nil {
		return nil, err
	}
	second, err := m.among(without(candidates, first), b)
	if err != nil {
		return nil, err
	}
	both := append(slices.Clone(first), second...)
	slices.Sort(both)
	return both, nil
}

// without is the difference of two ascending lists.
func without(list, taken []int) []int {
	out := make([]int, 0, len(list)-len(taken))
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

func (m *matcher) inSet(candidates []int, set imapwire.SeqSet, byUID bool) ([]int, error) {
	picked, ok := m.s.pick(set, byUID)
	if !ok {
		return nil, errNumber
	}
	return without(candidates, without(candidates, picked)), nil
}

// checkNumbers finds bad message numbers in a key that is not evaluated.
func (m *matcher) checkNumbers(key imapwire.SearchKey) error {
	if k, is := key.(imapwire.SearchSeq); is && len(m.s.view.Items) > 0 {
		if _, ok := m.s.pick(k.Set, false); !ok {
			return errNumber
		}
	}
	return nil
}

// filter tests the candidates one by one. What needs the stored part reads it
// for all of them at once.
func (m *matcher) filter(candidates []int, key imapwire.SearchKey) ([]int, error) {
	if cost(key) > 0 {
		if err := m.load(candidates); err != nil {
			return nil, err
		}
	}
	var out []int
	for _, i := range candidates {
		if m.matches(&m.s.view.Items[i], key) {
			out = append(out, i)
		}
	}
	return out, nil
}

// load reads the stored part of items that were not read yet.
func (m *matcher) load(candidates []int) error {
	if m.summaries == nil {
		m.summaries = map[postroom.UID]*found{}
	}
	var missing []postroom.UID
	for _, uid := range m.s.uids(candidates) {
		if m.summaries[uid] == nil {
			missing = append(missing, uid)
		}
	}
	for item, err := range m.s.mailbox.Fetch(m.ctx, missing) {
		if err != nil {
			return err
		}
		f := &found{item: item}
		if err := f.summary.UnmarshalBinary(item.Summary); err != nil {
			f.summary = message.Summary{}
		}
		f.item.Summary = nil
		m.summaries[item.UID] = f
	}
	return nil
}

// matches tests one item against one simple key.
func (m *matcher) matches(item *postroom.ItemMeta, key imapwire.SearchKey) bool {
	switch k := key.(type) {
	case imapwire.SearchFlag:
		return hasFlag(item, k.Flag)
	case imapwire.SearchModSeq:
		m.usedModSeq = true
		return uint64(item.ModSeq) >= k.ModSeq
	case imapwire.SearchEmailID:
		return k.ID == emailID(item.Email)
	}
	f := m.summaries[item.UID]
	if f == nil {
		return false
	}
	switch k := key.(type) {
	case imapwire.SearchDate:
		return matchesDate(f, k)
	case imapwire.SearchOlder:
		return m.now.Sub(f.item.Received) >= k.Within
	case imapwire.SearchYounger:
		return m.now.Sub(f.item.Received) < k.Within
	case imapwire.SearchLarger:
		return uint64(f.item.Size) > k.Size
	case imapwire.SearchSmaller:
		return uint64(f.item.Size) < k.Size
	case imapwire.SearchThreadID:
		return k.ID == threadID(f.item.Thread)
	case imapwire.SearchText:
		return matchesField(f, k)
	case imapwire.SearchHeader:
		return matchesHeader(f, k)
	}
	return false
}

func hasFlag(item *postroom.ItemMeta, flag imapwire.Flag) bool {
	system, keyword := splitFlags([]imapwire.Flag{flag})
	if flag.System() {
		return system != 0 && item.Flags&system != 0
	}
	for word := range strings.FieldsSeq(item.Keywords) {
		if word == keyword {
			return true
		}
	}
	return false
}

// matchesDate compares days, disregarding time and zone (RFC 9051 §6.4.4).
func matchesDate(f *found, k imapwire.SearchDate) bool {
	at := f.item.Received
	switch k.Of {
	case imapwire.SentDay:
		at = f.summary.Sent
	case imapwire.SaveDay:
		at = f.item.Saved
	}
	if at.IsZero() {
		return false
	}
	year, month, day := at.Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	switch k.Op {
	case imapwire.Before:
		return date.Before(k.Date)
	case imapwire.On:
		return date.Equal(k.Date)
	}
	return !date.Before(k.Date)
}

// matchesField looks into the envelope, decoded.
func matchesField(f *found, k imapwire.SearchText) bool {
	e := f.summary.Envelope
	if e == nil {
		return false
	}
	switch k.In {
	case imapwire.InSubject:
		return containsFold(message.DecodeWords(e.Subject), k.Text)
	case imapwire.InFrom:
		return anyAddress(e.From, k.Text)
	case imapwire.InTo:
		return anyAddress(e.To, k.Text)
	case imapwire.InCc:
		return anyAddress(e.Cc, k.Text)
	case imapwire.InBcc:
		return anyAddress(e.Bcc, k.Text)
	}
	return false
}

func anyAddress(list []message.Address, text string) bool {
	for _, a := range list {
		if containsFold(a.DisplayName()+" <"+a.String()+">", text) {
			return true
		}
	}
	return false
}

// summarized reports whether a header field is in the stored summary.
func summarized(field string) bool {
	switch strings.ToLower(field) {
	case "subject", "message-id", "in-reply-to":
		return true
	}
	return false
}

func matchesHeader(f *found, k imapwire.SearchHeader) bool {
	e := f.summary.Envelope
	if e == nil {
		return false
	}
	value := e.Subject
	switch strings.ToLower(k.Field) {
	case "message-id":
		value = e.MessageID
	case "in-reply-to":
		value = e.InReplyTo
	}
	if k.Text == "" {
		return value != ""
	}
	return containsFold(message.DecodeWords(value), k.Text)
}

// text asks the store, which also looks into what is not indexed yet.
func (m *matcher) text(candidates []int, k imapwire.SearchText) ([]int, error) {
	field := store.Anywhere
	if k.In == imapwire.InBody {
		field = store.Body
	}
	if k.Text == "" {
		return candidates, nil
	}
	uids, err := m.s.mailbox.SearchText(m.ctx, field, k.Text, m.s.uids(candidates))
	if err != nil {
		return nil, err
	}
	slices.Sort(uids)
	var out []int
	for _, i := range candidates {
		if _, ok := slices.BinarySearch(uids, m.s.view.Items[i].UID); ok {
			out = append(out, i)
		}
	}
	return out, nil
}

// header looks into the header of the messages themselves.
func (m *matcher) header(candidates []int, k imapwire.SearchHeader) ([]int, error) {
	var out []int
	for o, err := range m.s.mailbox.Contents(m.ctx, m.s.uids(candidates)) {
		if err != nil {
			return nil, err
		}
		body := &opened{content: o.Content}
		header, err := body.header()
		o.Content.Close()
		if err != nil {
			return nil, err
		}
		if i, ok := m.s.place(o.UID); ok && headerHas(header, k) {
			out = append(out, i)
		}
	}
	return out, nil
}

func headerHas(header message.Header, k imapwire.SearchHeader) bool {
	for field := range header.Fields() {
		if field.Is(k.Field) && (k.Text == "" || containsFold(message.DecodeWords(field.Text()), k.Text)) {
			return true
		}
	}
	return false
}
