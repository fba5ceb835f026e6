package message

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Casemap gives the key of a text in i;unicode-casemap (RFC 5051 §2): every
// character in title case, then decomposed. Keys are compared octet by octet.
// Accents make a difference, case and compatibility forms do not.
func Casemap(text string) string {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToUpper(text)
	}
	return norm.NFKD.String(strings.Map(unicode.ToTitle, text))
}

// SearchKey is Casemap with each run of white space and controls as one space:
// where a text has its line breaks makes no difference when it is searched. A
// text holds another if its SearchKey holds the other's.
func SearchKey(text string) string {
	text = Casemap(text)
	var b strings.Builder
	b.Grow(len(text))
	blank := false
	for len(text) > 0 {
		n, width := spanOfText(text)
		if n > 0 {
			if blank {
				b.WriteByte(' ')
			}
			b.WriteString(text[:n])
		}
		blank = (blank && n == 0) || width > 0
		text = text[n+width:]
	}
	if blank {
		b.WriteByte(' ')
	}
	return b.String()
}

// spanOfText is the length of a text up to the first blank, and the width of
// that blank: 0 at the end.
func spanOfText(s string) (n, width int) {
	for n < len(s) {
		if c := s[n]; c < utf8.RuneSelf {
			if c <= ' ' || c == 0x7f {
				return n, 1
			}
			n++
			continue
		}
		r, w := utf8.DecodeRuneInString(s[n:])
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return n, w
		}
		n += w
	}
	return n, 0
}

// AddressKey is the text of an address that is searched: its name and, in
// angle brackets, the address; of a group its name. The end of a group has none.
func AddressKey(a Address) string {
	switch a.Kind {
	case GroupStart:
		return SearchKey(DecodeWords(a.Mailbox))
	case GroupEnd:
		return ""
	}
	return SearchKey(a.DisplayName() + " <" + a.String() + ">")
}
