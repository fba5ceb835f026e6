package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// Matching says how a text is looked for.
type Matching uint8

// Exact is any part of the text, as SearchText of a Mailbox has it. Words is all
// words, each the beginning of one in the text, without regard of accents; what
// stands in double quotes is looked for exactly (RFC 8621 §4.4.1). Fuzzy is
// Words in which letters may be wrong.
const (
	Exact Matching = iota
	Words
	Fuzzy
)

// TextQuery is a text that is looked for in a field.
type TextQuery struct {
	Field TextField
	Text  string
	How   Matching
}

// parts takes the query apart: what is looked for as it is, and words.
func (q TextQuery) parts() (phrases []string, words []message.QueryWord) {
	tolerance := message.Beginnings
	switch q.How {
	case Exact:
		return []string{q.Text}, nil
	case Fuzzy:
		tolerance = message.Typos
	}
	rest := q.Text
	var loose strings.Builder
	for rest != "" {
		before, quoted, ok := strings.Cut(rest, `"`)
		loose.WriteString(before + " ")
		if !ok {
			break
		}
		quoted, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			loose.WriteString(quoted) // a quote that is not closed is none
			break
		}
		if strings.TrimSpace(quoted) != "" {
			phrases = append(phrases, quoted)
		}
	}
	words = message.QueryWords(loose.String(), tolerance)
	if len(phrases) == 0 && len(words) == 0 {
		phrases = []string{strings.TrimSpace(q.Text)} // signs alone
	}
	return phrases, words
}

// holds reports whether a message has all that a query asks for.
func (q TextQuery) holds(t *searchable) bool {
	phrases, words := q.parts()
	for _, p := range phrases {
		if !t.holds(q.Field, message.SearchKey(p)) {
			return false
		}
	}
	if len(words) == 0 {
		return true
	}
	d := t.document(0)
	return d.Score(indexed[q.Field], words) > 0
}

// TextHits are the emails that hold what a query asks for, ascending. Mark is that
// of the index whose emails they are; zero when messages had to be opened, which
// is not of one moment.
type TextHits struct {
	Emails []postroom.EmailID
	Mark   IndexMark
}

// SearchText finds the emails of the account that one may read and that hold
// what a query asks for. Messages that must be opened to know are read, which
// shows nothing of them.
func (m *Mail) SearchText(ctx context.Context, q TextQuery) (TextHits, error) {
	phrases, words := q.parts()
	if len(phrases) > maxPhrases {
		return TextHits{}, postroom.Errorf(postroom.Limit, "a text may have at most %d phrases", maxPhrases)
	}
	found, doubtful, mark, err := m.sift(ctx, func(tx *db.Tx) (match func(postroom.EmailID) bool, sure bool, err error) {
		return m.session.store.matcher(tx, m.account, q.Field, phrases, words)
	})
	if err != nil || len(doubtful) == 0 {
		return TextHits{found, mark}, err
	}
	verified, err := m.verify(ctx, doubtful, q.holds)
	found = append(found, verified...)
	slices.Sort(found)
	return TextHits{Emails: found}, err
}

// maxPhrases bounds the phrases of one query.
const maxPhrases = 20

// matcher asks the index which emails may hold all of phrases and words; sure:
// those it tells do.
func (s *Store) matcher(tx *db.Tx, account postroom.AccountID, field TextField, phrases []string,
	words []message.QueryWord) (match func(postroom.EmailID) bool, sure bool, err error) {
	sure = true
	var sets []*fts.Set
	for _, p := range phrases {
		needles, decided := message.Needles(message.SearchKey(p))
		sure = sure && (decided || p == "")
		set, err := s.terms.Match(tx, account, indexed[field], needles)
		if err != nil {
			return nil, false, err
		}
		sets = append(sets, set)
	}
	if len(words) > 0 {
		set, err := s.terms.HasWords(tx, account, indexed[field], words)
		if err != nil {
			return nil, false, err
		}
		sets = append(sets, set)
	}
	return func(id postroom.EmailID) bool {
		return !slices.ContainsFunc(sets, func(set *fts.Set) bool { return !set.Has(id) })
	}, sure, nil
}

// SearchHeader returns the emails of the account that one may read and that have
// a header field of that name with text in its decoded value, ascending; the
// empty text asks whether it is there (RFC 8621 §4.4.1, header). It is audited as
// message.search when the reader is not the owner.
func (m *Mail) SearchHeader(ctx context.Context, name, text string) ([]postroom.EmailID, error) {
	needles, _ := message.Needles(message.SearchKey(name + ":"))
	more, _ := message.Needles(message.SearchKey(text))
	found, doubtful, _, err := m.sift(ctx, func(tx *db.Tx) (func(postroom.EmailID) bool, bool, error) {
		set, err := m.session.store.terms.Match(tx, m.account, fts.Header, append(needles, more...))
		return func(id postroom.EmailID) bool { return set.Has(id) }, false, err
	})
	if err != nil {
		return nil, err
	}
	if doubtful, err = m.noteAll(ctx, "message.search", doubtful); err != nil {
		return nil, err
	}
	key := message.SearchKey(text)
	verified, err := m.verify(ctx, doubtful, func(t *searchable) bool { return headerHolds(t.header, name, key) })
	return append(found, verified...), err
}

// sift divides the emails one may read by the index: those it is sure of, and
// those that must be read. Both are ascending.
func (m *Mail) sift(ctx context.Context, begin func(*db.Tx) (func(postroom.EmailID) bool, bool, error)) (found, doubtful []postroom.EmailID, mark IndexMark, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		match, sure, err := begin(tx)
		if err != nil {
			return err
		}
		todo, err := unindexed(tx, m.account)
		if err != nil {
			return err
		}
		log, err := m.log(tx, r)
		if err != nil {
			return err
		}
		found, doubtful = nil, nil
		for _, box := range r.readable() {
			items, err := m.items(tx, m.pictureKey(r, box.Ref.Collection), log.newest(box))
			if err != nil {
				return err
			}
			for i := range items {
				switch id := items[i].Email; {
				case todo[id]:
					doubtful = append(doubtful, id)
				case !match(id):
				case sure:
					found = append(found, id)
				default:
					doubtful = append(doubtful, id)
				}
			}
		}
		slices.Sort(found)
		slices.Sort(doubtful)
		mark, _ = m.indexMark(r, log)
		return nil
	})
	return slices.Compact(found), slices.Compact(doubtful), mark, err
}

// verify reads emails, a few at once, and gives those that hold what is asked.
// The rights are checked again with each few.
func (m *Mail) verify(ctx context.Context, ids []postroom.EmailID, holds func(*searchable) bool) (found []postroom.EmailID, err error) {
	for left := ids; len(left) > 0; {
		var opened []OpenedEmail
		opened, left, err = m.openFirst(ctx, left)
		for i := range opened {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				opened[i].Content.Close()
				continue
			}
			var t *searchable
			if t, err = readText(opened[i].Content); err == nil && holds(t) {
				found = append(found, opened[i].ID)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// Snippet is where in an email was found what queries look for; empty where
// nothing was.
type Snippet struct {
	Email            postroom.EmailID
	Subject, Preview message.Marked
}

// previewBytes bounds the preview of a Snippet (RFC 8621 §5).
const previewBytes = 255

// Snippets marks in the subject and in an excerpt of the text of emails what
// queries look for there, in the order of ids. Emails that one may not read are
// left out. They are shown: that is audited as message.read when the reader is
// not the owner.
func (m *Mail) Snippets(ctx context.Context, ids []postroom.EmailID, queries []TextQuery) (list []Snippet, err error) {
	for o, err := range m.Contents(ctx, ids) {
		if err != nil {
			return nil, err
		}
		t, err := readText(o.Content)
		if err != nil {
			return nil, err
		}
		list = append(list, Snippet{o.ID, t.mark(queries, Subject, t.text.Subject), t.mark(queries, Body, t.text.Body).Excerpt(previewBytes)})
	}
	return list, nil
}

// mark marks what those of queries look for that ask for a field, or for all.
func (t *searchable) mark(queries []TextQuery, field TextField, text string) message.Marked {
	var phrases []string
	var words []message.QueryWord
	for _, q := range queries {
		if q.Field == field || q.Field == Anywhere {
			p, w := q.parts()
			phrases, words = append(phrases, p...), append(words, w...)
		}
	}
	if found := message.Mark(text, phrases, words); len(found.Spans) > 0 {
		return found
	}
	return message.Marked{}
}
