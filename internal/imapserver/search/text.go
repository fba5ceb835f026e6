package search

import (
	"context"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
	"postroom/internal/store"
)

// textFields says where the store looks for a text.
var textFields = map[imapwire.SearchField]store.TextField{
	imapwire.InText: store.Anywhere, imapwire.InBody: store.Body, imapwire.InSubject: store.Subject,
	imapwire.InFrom: store.From, imapwire.InTo: store.To, imapwire.InCc: store.Cc, imapwire.InBcc: store.Bcc,
}

// headerFields are those of HEADER that FUZZY makes a difference to.
var headerFields = map[string]store.TextField{
	"subject": store.Subject, "from": store.From, "to": store.To, "cc": store.Cc, "bcc": store.Bcc,
}

// text asks the store, which also looks into what is not indexed yet.
func (m *Finder) text(ctx context.Context, candidates []int, k imapwire.SearchText) ([]int, error) {
	if k.Text == "" {
		return candidates, nil
	}
	if m.fuzzy.on {
		return m.scored(ctx, candidates, textFields[k.In], k.Text)
	}
	uids, err := m.Mailbox.SearchText(ctx, textFields[k.In], k.Text, m.UIDs(candidates))
	return m.placesOf(candidates, uids), err
}

// header asks the store for what it finds in a field of the header.
func (m *Finder) header(ctx context.Context, candidates []int, k imapwire.SearchHeader) ([]int, error) {
	if field, ok := headerFields[strings.ToLower(k.Field)]; ok && m.fuzzy.on && k.Text != "" {
		return m.scored(ctx, candidates, field, k.Text)
	}
	uids, err := m.Mailbox.SearchHeader(ctx, k.Field, k.Text, m.UIDs(candidates))
	return m.placesOf(candidates, uids), err
}

// placesOf are those of candidates whose UIDs were found; both are ascending.
func (m *Finder) placesOf(candidates []int, found []postroom.UID) []int {
	var out []int
	for _, i := range candidates {
		for len(found) > 0 && found[0] < m.Items[i].UID {
			found = found[1:]
		}
		if len(found) > 0 && found[0] == m.Items[i].UID {
			out = append(out, i)
		}
	}
	return out
}

// fuzziness is how a search stands with FUZZY (RFC 6203).
type fuzziness struct {
	on       bool // within a FUZZY key
	unscored bool // within a NOT: what matches there is not found
	scores   map[postroom.UID]score
}

// score adds up how well the keys fit that were found in a message.
type score struct{ sum, keys int }

// fuzzily evaluates the key of FUZZY.
func (m *Finder) fuzzily(ctx context.Context, candidates []int, key imapwire.SearchKey) ([]int, error) {
	defer func(on bool) { m.fuzzy.on = on }(m.fuzzy.on)
	m.fuzzy.on = true
	return m.among(ctx, candidates, key)
}

// unscored evaluates the key of NOT.
func (m *Finder) unscored(ctx context.Context, candidates []int, key imapwire.SearchKey) ([]int, error) {
	defer func(was bool) { m.fuzzy.unscored = was }(m.fuzzy.unscored)
	m.fuzzy.unscored = true
	return m.among(ctx, candidates, key)
}

// scored asks the store for what fits a text, and keeps how well.
func (m *Finder) scored(ctx context.Context, candidates []int, field store.TextField, text string) ([]int, error) {
	list, err := m.Mailbox.SearchFuzzy(ctx, field, text, m.UIDs(candidates))
	if err != nil {
		return nil, err
	}
	uids := make([]postroom.UID, len(list))
	if m.fuzzy.scores == nil {
		m.fuzzy.scores = make(map[postroom.UID]score, len(list))
	}
	for i, found := range list {
		uids[i] = found.UID
		if !m.fuzzy.unscored {
			s := m.fuzzy.scores[found.UID]
			m.fuzzy.scores[found.UID] = score{s.sum + found.Score, s.keys + 1}
		}
	}
	return m.placesOf(candidates, uids), nil
}

// Relevancy is how well a found message fits the FUZZY keys it was found by, from
// 1 to 100 (RFC 6203 §4); 100 if by other keys alone.
func (m *Finder) Relevancy(place int) int {
	s := m.fuzzy.scores[m.Items[place].UID]
	if s.keys == 0 {
		return 100
	}
	return s.sum / s.keys
}

// Scores is the Relevancy of each message of a result, in its order, when that
// was asked for.
func (m *Finder) Scores(picked []int, r *imapwire.SearchReturn) []int {
	if r == nil || !r.Relevancy {
		return nil
	}
	scores := make([]int, len(picked))
	for n, place := range picked {
		scores[n] = m.Relevancy(place)
	}
	return scores
}
