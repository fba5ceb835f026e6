package addr

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// isAtext is atext of RFC 5322 §3.2.3, ASCII part.
func isAtext(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c != 0 && strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0
}

// isUTF8Text tells whether r, decoded from n octets, may stand for UTF8-non-ascii
// (RFC 6531 §3.3). That rule takes everything; refused here are the characters that
// only serve to deceive or to break lines: C1 controls, separators and spaces,
// the bidi controls, noncharacters, tags.
func isUTF8Text(r rune, n int) bool {
	if r == utf8.RuneError && n <= 1 {
		return false
	}
	switch {
	case r < 0xa0, r == 0xfeff, r == 0xfffd, 0xfff9 <= r && r <= 0xfffb:
		return false
	case r&0xfffe == 0xfffe, 0xfdd0 <= r && r <= 0xfdef, r >= 0xe0000 && r <= 0xe007f:
		return false
	}
	return !unicode.Is(unicode.Z, r) && !unicode.Is(unicode.Bidi_Control, r)
}

// isDotAtom reports whether s is Dot-string of RFC 5321 §4.1.2 with RFC 6531.
func isDotAtom(s string) bool {
	dot := true // a dot may not come first, nor after a dot
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if !isUTF8Text(r, n) {
				return false
			}
			dot = false
			i += n
			continue
		}
		if c == '.' {
			if dot {
				return false
			}
			dot = true
		} else if !isAtext(c) {
			return false
		} else {
			dot = false
		}
		i++
	}
	return !dot
}

// quote writes a local part, as a dot-atom if it can.
func quote(local string) string {
	if isDotAtom(local) {
		return local
	}
	var b strings.Builder
	b.Grow(len(local) + 2)
	b.WriteByte('"')
	for i := 0; i < len(local); i++ {
		if local[i] == '"' || local[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(local[i])
	}
	b.WriteByte('"')
	return b.String()
}

// quotedLen is len(quote(local)) without the copy.
func quotedLen(local string) int {
	if isDotAtom(local) {
		return len(local)
	}
	return len(local) + 2 + strings.Count(local, `"`) + strings.Count(local, `\`)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldLocal gives lower case and NFC.
func foldLocal(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return foldUnicode(s)
}

// foldUnicode lower-cases and composes s, but leaves every non-ASCII character
// alone that would turn into ASCII: the Kelvin sign is not a k, the dotted
// capital I of Turkish is not an i, the Greek question mark is not a semicolon.
// Folding them would let one person's address stand for another's.
func foldUnicode(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	start := 0
	for i, r := range s {
		if collapses(r) {
			b.WriteString(foldRun(s[start:i]))
			b.WriteRune(r)
			start = i + utf8.RuneLen(r)
		}
	}
	b.WriteString(foldRun(s[start:]))
	return b.String()
}

// foldRun folds a run that holds no collapsing character. Composing first
// brings equivalent spellings to one form before their case is mapped; composing
// again holds the result in NFC.
func foldRun(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
}

// collapses reports whether NFC or lower case makes an ASCII character of r,
// which is not one.
func collapses(r rune) bool {
	if r < utf8.RuneSelf {
		return false
	}
	if unicode.ToLower(r) < utf8.RuneSelf {
		return true
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	p := norm.NFC.Properties(buf[:n])
	if d := p.Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
		// A canonical decomposition of one ASCII character is a singleton: NFC
		// does not compose it back. Several (e, acute) come back as one.
		out := norm.NFC.Bytes(buf[:n])
		return out[0] < utf8.RuneSelf
	}
	return false
}
