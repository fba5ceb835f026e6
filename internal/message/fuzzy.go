package message

import (
	"strings"
	"unicode/utf8"
)

// Tolerance says how a QueryWord may differ from the word of a text.
type Tolerance uint8

// Beginnings takes words that begin with it, Typos also words with one letter
// wrong, missing, added or exchanged with the next, in long words two.
const (
	Beginnings Tolerance = iota
	Typos
)

// The shortest words that may have one and two letters wrong, in characters.
const oneTypo, twoTypos = 4, 8

// QueryWord is a word of a query that is matched tolerantly, without regard of
// accents. Make it with QueryWords.
type QueryWord struct {
	text      string // without accents
	exact     bool   // of a script without spaces
	tolerance Tolerance
	runes     int
}

// QueryWords gives the words of a query, at most 64. Signs are left out; of
// scripts without spaces each pair of characters is a word.
func QueryWords(query string, t Tolerance) (list []QueryWord) {
	key := SearchKey(query)
	for len(key) > 0 && len(list) < maxNeedles {
		c, n := runOf(key)
		switch c {
		case wordClass:
			text := Plain(key[:min(n, termWindow)])
			if text != "" {
				list = append(list, QueryWord{text: text, tolerance: t, runes: utf8.RuneCountInString(text)})
			}
		case pairClass:
			for _, p := range pairNeedles(key[:n]) {
				list = append(list, QueryWord{text: p.Text, exact: true})
			}
		}
		key = key[n:]
	}
	return list[:min(len(list), maxNeedles)]
}

// Text is the word as it is compared.
func (w QueryWord) Text() string { return w.text }

// Score tells how well a term fits, from 1 to 100 (it is the word); 0: not.
func (w QueryWord) Score(term string) int {
	if w.exact {
		if term == w.text {
			return 100
		}
		return 0
	}
	term = Plain(term)
	switch rest := len(term) - len(w.text); {
	case rest == 0 && term == w.text:
		return 100
	case rest > 0 && strings.HasPrefix(term, w.text):
		return 90 - min(3*rest, 30)
	case w.tolerance != Typos || w.runes < oneTypo || term == "" || term[0] != w.text[0]:
		return 0
	}
	allowed := 1
	if w.runes >= twoTypos {
		allowed = 2
	}
	if d := len(term) - len(w.text); d > 3*allowed || -d > 3*allowed {
		return 0
	}
	switch typos(w.text, term, allowed) {
	case 1:
		return 55
	case 2:
		return 40
	}
	return 0
}

// typos counts the letters to be added, left out, replaced or exchanged with the
// next to make b of a (optimal string alignment), or is more than most.
func typos(a, b string, most int) int {
	ra, rb := []rune(a), []rune(b)
	if d := len(ra) - len(rb); d > most || -d > most || len(rb) > termWindow {
		return most + 1
	}
	var rows [3][termWindow + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(rb) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(ra); i++ {
		row[0] = i
		best := i
		for j := 1; j <= len(rb); j++ {
			cost := 1
			if ra[i-1] == rb[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && ra[i-1] == rb[j-2] && ra[i-2] == rb[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			best = min(best, row[j])
		}
		if best > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(rb)]
}
