package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	// MaxWord is the longest search word in bytes; longer ones are cut.
	MaxWord = 64
	// wordWindow is the longest piece of text segmented at once, in bytes.
	wordWindow = 4096
)

// Words gives the search words of a text, in order, doubles included. Texts are
// split by UAX #29, folded (case, accents, width), and cut at everything that is
// no letter or digit. Scripts written without spaces give single characters and
// pairs, so that every part of such a text can be found. A query goes through the
// same function: a message matches if it has all words of the query.
func Words(text string) []string {
	w := wordList{words: make([]string, 0, len(text)/8+1), fold: cases.Fold()}
	for len(text) > 0 {
		// No word goes over white space, so text is taken piece by piece.
		n, ascii := 0, true
		for n < len(text) && n < wordWindow && text[n] > ' ' {
			ascii = ascii && text[n] < utf8.RuneSelf
			n++
		}
		switch {
		case n == 0:
			n = 1
			w.flush()
		case ascii:
			w.flush()
			w.addASCII(text[:n])
		default:
			for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
				n--
			}
			n = max(n, 1)
			w.addText(text[:n])
		}
		text = text[n:]
	}
	w.flush()
	return w.words
}

// UniqueWords is Words without doubles and with at most max words.
func UniqueWords(text string, max int) []string {
	seen := map[string]bool{}
	var list []string
	for _, w := range Words(text) {
		if len(list) >= max {
			break
		}
		if !seen[w] {
			seen[w] = true
			list = append(list, w)
		}
	}
	return list
}

type wordList struct {
	words []string
	run   []rune // of a script without spaces
	fold  cases.Caser
}

// addASCII splits a piece of ASCII text as UAX #29 and add would, only faster.
func (w *wordList) addASCII(s string) {
	for i := 0; i < len(s); {
		if asciiKind(s[i]) == 0 {
			i++
			continue
		}
		start, quoted := i, false
		for i++; i < len(s); i++ {
			if asciiKind(s[i]) != 0 {
				continue
			}
			if s[i] != '\'' || i+1 == len(s) || asciiKind(s[i-1]) != asciiKind(s[i+1]) {
				break
			}
			quoted = true
		}
		word := strings.ToLower(s[start:i])
		if quoted {
			word = strings.ReplaceAll(word, "'", "")
		}
		w.emit(word)
	}
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

// addText splits a piece of text by UAX #29.
func (w *wordList) addText(s string) {
	state := -1
	for s != "" {
		var word string
		word, s, state = uniseg.FirstWordInString(s, state)
		w.add(word)
	}
}

// add takes one UAX #29 segment.
func (w *wordList) add(segment string) {
	if !strings.ContainsFunc(segment, isWordRune) {
		w.flush()
		return
	}
	var b strings.Builder
	for _, r := range w.normal(segment) {
		switch {
		case unspaced(r):
			w.emit(b.String())
			b.Reset()
			w.run = append(w.run, r)
		case isWordRune(r):
			w.flush()
			b.WriteRune(r)
		case r == '\'' || r == '’' || unicode.Is(unicode.Cf, r):
			// "don't" is one word however it is written
		default:
			w.flush()
			w.emit(b.String())
			b.Reset()
		}
	}
	if b.Len() > 0 {
		w.flush()
	}
	w.emit(b.String())
}

// flush gives the single characters and pairs of the run.
func (w *wordList) flush() {
	for i, r := range w.run {
		w.emit(string(r))
		if i+1 < len(w.run) {
			w.emit(string(w.run[i : i+2]))
		}
	}
	w.run = w.run[:0]
}

func (w *wordList) emit(s string) {
	if s == "" {
		return
	}
	if len(s) > MaxWord {
		s = clip(s, MaxWord)
	}
	w.words = append(w.words, s)
}

// normal folds case and compatibility forms and strips accents.
func (w *wordList) normal(s string) string {
	s = norm.NFKD.String(w.fold.String(s))
	var b strings.Builder
	for _, r := range s {
		switch {
		case isAccent(r):
		case r == 'ł':
			b.WriteByte('l')
		case r == 'ø':
			b.WriteByte('o')
		case r == 'đ':
			b.WriteByte('d')
		case r == 'ı':
			b.WriteByte('i')
		default:
			b.WriteRune(r)
		}
	}
	// Hangul syllables and the voiced kana come back together; compatibility
	// forms may have brought capitals.
	return w.fold.String(norm.NFC.String(b.String()))
}

// isAccent tells the marks that people leave out when they search: those of
// Latin, Greek and Cyrillic, Hebrew points, Arabic vowels. Marks of other scripts
// make other words.
func isAccent(r rune) bool {
	if r < 0x300 || !unicode.Is(unicode.Mn, r) {
		return false
	}
	return r <= 0x36f || r >= 0x483 && r <= 0x487 || r >= 0x591 && r <= 0x5c7 || r >= 0x610 && r <= 0x61a ||
		r >= 0x64b && r <= 0x65f || r == 0x670 || r >= 0x6d6 && r <= 0x6ed || r >= 0x1ab0 && r <= 0x1aff ||
		r >= 0x1dc0 && r <= 0x1dff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe00 && r <= 0xfe0f || r >= 0xfe20 && r <= 0xfe2f
}

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r)
}

// unspaced tells the scripts that are searched by pairs of characters.
func unspaced(r rune) bool {
	return r >= 0xe00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー' || r == '々'
}
