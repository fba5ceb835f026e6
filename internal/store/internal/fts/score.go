package fts

import (
	"bytes"
	"sort"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
)

// weight is what a score is worth by where the term stands: if it is looked for
// everywhere, in the subject or an address more than in the text.
func weight(score int, asked, f Fields) uint8 {
	if asked&Header != 0 && f&(Subject|From|To|Cc|Bcc) == 0 {
		score = score * 9 / 10
	}
	return uint8(max(score, 1))
}

// Score finds the indexed messages that have all words in the fields asked for,
// with how well they fit, from 1 to 100. It depends on nothing but the message.
func (c *Cache) Score(tx *db.Tx, account postroom.AccountID, fields Fields, words []message.QueryWord) (map[postroom.EmailID]int, error) {
	found := make(map[postroom.EmailID]int)
	err := c.eachScore(tx, account, fields, words, func(id postroom.EmailID, score int) { found[id] = score })
	if err != nil {
		return nil, err
	}
	return found, nil
}

// HasWords finds those that Score scores.
func (c *Cache) HasWords(tx *db.Tx, account postroom.AccountID, fields Fields, words []message.QueryWord) (*Set, error) {
	found := &Set{}
	err := c.eachScore(tx, account, fields, words, func(id postroom.EmailID, _ int) { found.Add(id) })
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (c *Cache) eachScore(tx *db.Tx, account postroom.AccountID, fields Fields, words []message.QueryWord, do func(id postroom.EmailID, score int)) error {
	list, err := segments(tx, account)
	if err != nil {
		return err
	}
	for _, m := range list {
		r, err := openSegment(tx, c, m)
		if err != nil {
			return err
		}
		totals, err := r.score(fields, words)
		if err != nil {
			return err
		}
		for place, sum := range totals {
			if sum > 0 {
				do(r.dict.docs[place], max(sum/len(words), 1))
			}
		}
	}
	return nil
}

// score adds up the scores of the words for each place; 0: a word is missing.
func (r *reader) score(fields Fields, words []message.QueryWord) ([]int, error) {
	totals := make([]int, len(r.dict.docs))
	best := make([]uint8, len(totals))
	for n, w := range words {
		clear(best)
		err := r.dict.alike(w, func(i, score int) error {
			list, err := r.postings(i)
			if err != nil {
				return err
			}
			return decode(list, len(best), func(place int, f Fields) {
				if f&fields != 0 {
					best[place] = max(best[place], weight(score, fields, f))
				}
			})
		})
		if err != nil {
			return nil, err
		}
		any := false
		for place := range totals {
			if best[place] == 0 || n > 0 && totals[place] == 0 {
				totals[place] = 0
				continue
			}
			totals[place] += int(best[place])
			any = true
		}
		if !any {
			return nil, nil
		}
	}
	return totals, nil
}

// alike calls do with the terms that fit a word. Those begin with its first
// octet, or with a character that is not of ASCII and may stand for one.
func (d *dictionary) alike(w message.QueryWord, do func(i, score int) error) error {
	from := func(text []byte) int {
		return sort.Search(d.n, func(i int) bool { return bytes.Compare(d.term(i), text) >= 0 })
	}
	first := w.Text()[0]
	ranges := [][2]int{{from([]byte{first}), from([]byte{first + 1})}, {from([]byte{0x80}), d.n}}
	if first >= 0x80 {
		ranges = ranges[1:]
	}
	for _, r := range ranges {
		for i := r[0]; i < r[1]; i++ {
			if score := w.Score(string(d.term(i))); score > 0 {
				if err := do(i, score); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Score is what Cache.Score gives for a message that is not in the index.
func (d *Document) Score(fields Fields, words []message.QueryWord) int {
	sum := 0
	for _, w := range words {
		best := uint8(0)
		for term, f := range d.Terms {
			if f&fields != 0 {
				if score := w.Score(term); score > 0 {
					best = max(best, weight(score, fields, f))
				}
			}
		}
		if best == 0 {
			return 0
		}
		sum += int(best)
	}
	return max(sum/max(len(words), 1), 1)
}
