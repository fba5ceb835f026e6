package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain gives a term (of a SearchKey) as it is typed by people who leave
// accents out: without them, and with the letters of one's own keyboard for some
// of others.
func Plain(term string) string {
	ascii := true
	for i := 0; i < len(term) && ascii; i++ {
		ascii = term[i] < utf8.RuneSelf
	}
	if ascii {
		return term
	}
	var b strings.Builder
	b.Grow(len(term))
	for _, r := range term {
		switch {
		case isAccent(r):
		case plainLetters[r] != "":
			b.WriteString(plainLetters[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainLetters are letters that no decomposition takes apart.
var plainLetters = map[rune]string{
	'ß': "SS", 'ẞ': "SS", 'Æ': "AE", 'Œ': "OE", 'Ø': "O", 'Ł': "L", 'Đ': "D", 'Ð': "D", 'Þ': "TH", 'Ħ': "H", 'Ŧ': "T",
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
