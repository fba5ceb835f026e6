package message

import (
	"unicode"
	"unicode/utf8"
)

const (
	// termWindow is the longest term in bytes: longer words are cut into
	// windows of this size that begin termStep apart.
	termWindow, termStep = 64, 32
	// maxNeedles bounds the conditions of one query; what is beyond them is
	// left to verification.
	maxNeedles = 64
)

// class tells how a character is indexed. It depends on nothing around it, so
// that a part of a text falls into the same pieces as the whole.
type class uint8

const (
	blankClass  class = iota
	wordClass         // letters, digits and their marks: indexed by words
	pairClass         // scripts without spaces: by characters and pairs
	symbolClass       // all others: one by one
)

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		switch {
		case asciiKind(byte(r)) != 0:
			return wordClass
		case r <= ' ' || r == 0x7f:
			return blankClass
		}
		return symbolClass
	case unspaced(r) || r == 0x3099 || r == 0x309a: // the marks of voiced kana
		return pairClass
	case isWordRune(r):
		return wordClass
	}
	return symbolClass
}

// run is a stretch of characters of one class.
func runOf(key string) (c class, n int) {
	for i := 0; i < len(key); {
		r, w := rune(key[i]), 1
		if r >= utf8.RuneSelf {
			r, w = utf8.DecodeRuneInString(key[i:])
		}
		switch k := classOf(r); {
		case i == 0:
			c = k
		case k != c:
			return c, i
		}
		i += w
		if c == symbolClass || c == blankClass {
			return c, i
		}
	}
	return c, len(key)
}

// EachTerm gives the terms by which a text can be found, doubles included. key
// is the SearchKey of the text.
func EachTerm(key string, yield func(term string)) {
	for len(key) > 0 {
		c, n := runOf(key)
		switch c {
		case wordClass:
			windows(key[:n], yield)
		case pairClass:
			pairs(key[:n], yield)
		case symbolClass:
			yield(key[:n])
		}
		key = key[n:]
	}
}

// windows cuts a word so that any termStep bytes of it are in one piece, and
// the first and the last termWindow bytes are pieces.
func windows(word string, yield func(string)) {
	for len(word) > termWindow {
		yield(word[:termWindow])
		if len(word) < termWindow+termStep {
			word = word[len(word)-termWindow:]
			break
		}
		word = word[termStep:]
	}
	yield(word)
}

// pairs gives the characters of a run and its pairs.
func pairs(run string, yield func(string)) {
	for len(run) > 0 {
		_, n := utf8.DecodeRuneInString(run)
		yield(run[:n])
		if n < len(run) {
			_, m := utf8.DecodeRuneInString(run[n:])
			yield(run[:n+m])
		}
		run = run[n:]
	}
}

// NeedleMode says how a term must be related to a Needle.
type NeedleMode uint8

// The ways: the term is the needle, begins with it, ends with it, holds it.
const (
	TermIs NeedleMode = iota
	TermBegins
	TermEnds
	TermHolds
)

// Needle is a condition on the terms of a text.
type Needle struct {
	Text string
	Mode NeedleMode
}

// Needles gives conditions that every text meets which holds a query. key is
// the SearchKey of the query. If decided, a text that meets them holds the query;
// else that is to be verified. A query of blanks has none.
func Needles(key string) (list []Needle, decided bool) {
	runs := 0
	for at := 0; at < len(key) && len(list) < maxNeedles; {
		c, n := runOf(key[at:])
		run, first, last := key[at:at+n], at == 0, at+n == len(key)
		at += n
		runs++
		switch c {
		case wordClass:
			list = append(list, wordNeedle(run, first, last))
		case pairClass:
			list = append(list, pairNeedles(run)...)
		case symbolClass:
			list = append(list, Needle{run, TermIs})
		}
	}
	decided = runs == 1 && len(list) == 1 && list[0].Text == key
	return list[:min(len(list), maxNeedles)], decided
}

// wordNeedle is the condition of a word; at the first and the last place of a
// query it may go on in the text.
func wordNeedle(word string, first, last bool) Needle {
	switch {
	case first && last && len(word) <= termStep:
		return Needle{word, TermHolds}
	case len(word) > termWindow || first && last:
		return Needle{word[:termStep], TermHolds}
	case first:
		return Needle{word, TermEnds}
	case last:
		return Needle{word, TermBegins}
	}
	return Needle{word, TermIs}
}

// pairNeedles are the pairs of a run, or its only character.
func pairNeedles(run string) (list []Needle) {
	for len(run) > 0 && len(list) < maxNeedles {
		_, n := utf8.DecodeRuneInString(run)
		_, m := utf8.DecodeRuneInString(run[n:])
		if m == 0 && len(list) > 0 {
			break
		}
		list = append(list, Needle{run[:n+m], TermIs})
		run = run[n:]
	}
	return list
}

// Meets reports whether a term meets the needle.
func (n Needle) Meets(term string) bool {
	switch d := len(term) - len(n.Text); {
	case d < 0:
		return false
	case n.Mode == TermBegins:
		return term[:len(n.Text)] == n.Text
	case n.Mode == TermEnds:
		return term[d:] == n.Text
	case n.Mode == TermIs:
		return d == 0 && term == n.Text
	}
	for i := 0; i+len(n.Text) <= len(term); i++ {
		if term[i:i+len(n.Text)] == n.Text {
			return true
		}
	}
	return false
}

// isWordRune tells what words are made of.
func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}

// unspaced tells the scripts that are searched by pairs of characters.
func unspaced(r rune) bool {
	return r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || r == '々'
}

// asciiKind is 1 for a letter, 2 for a digit, 0 for others.
func asciiKind(c byte) int {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		return 1
	case '0' <= c && c <= '9':
		return 2
	}
	return 0
}
