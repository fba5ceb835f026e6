package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxCollated bounds the part of a text that takes part in sorting, in bytes.
const maxCollated = 512

// collate gives the key of a text in i;unicode-casemap (RFC 5051 §2), as SORT
// and THREAD want it (RFC 5256 §1, I18NLEVEL=1): every character in title case,
// then decomposed. Keys are compared octet by octet.
func collate(text string) string {
	if len(text) > maxCollated {
		text = strings.ToValidUTF8(text[:maxCollated], "")
	}
	return strings.Clone(fold(text)) // not to hold all of what it is a part of
}

// fold is the whole key of a text.
func fold(text string) string {
	ascii := true
	for i := 0; i < len(text) && ascii; i++ {
		ascii = text[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToUpper(text)
	}
	return norm.NFKD.String(strings.Map(unicode.ToTitle, text))
}

// containsFold is a search for a text without regard of case, in the collation
// that sorting has.
func containsFold(text, part string) bool { return strings.Contains(fold(text), fold(part)) }
