package message

import (
	"strings"
	"unicode/utf8"
)

// DecodeWords decodes the encoded words of an unstructured value (RFC 2047)
// and gives valid UTF-8 on one line. White space between adjacent words goes;
// characters split over two words of one charset are put together; what is no
// well-formed word stays as it is; raw 8-bit text is guessed. The result is for
// display: it must not be parsed for addresses again.
func DecodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return oneLine(guessString(s))
	}
	var d wordDecoder
	for i := 0; i < len(s); {
		j := strings.Index(s[i:], "=?")
		if j < 0 {
			d.plain(s[i:])
			break
		}
		charset, data, n := encodedWord(s[i+j:])
		if n == 0 {
			d.plain(s[i : i+j+2])
			i += j + 2
			continue
		}
		d.plain(s[i : i+j])
		d.word(charset, data)
		i += j + n
	}
	d.flush()
	return oneLine(d.out.String())
}

// wordDecoder joins decoded words. Bytes wait until the charset changes, for a
// character may be split between words.
type wordDecoder struct {
	out     strings.Builder
	pending []byte
	charset string
	space   string // seen after a word: kept only if something else follows
	after   bool
}

func (d *wordDecoder) plain(s string) {
	if s == "" {
		return
	}
	if d.after && strings.Trim(s, " \t\r\n") == "" {
		d.space += s
		return
	}
	d.flush()
	d.out.WriteString(d.space)
	d.space, d.after = "", false
	d.out.WriteString(guessString(s))
}

func (d *wordDecoder) word(charset string, data []byte) {
	if d.charset != charset {
		d.flush()
	}
	d.space, d.after, d.charset = "", true, charset
	d.pending = append(d.pending, data...)
}

func (d *wordDecoder) flush() {
	if len(d.pending) > 0 {
		d.out.WriteString(DecodeCharset(d.pending, d.charset))
		d.pending = d.pending[:0]
	}
	d.charset = ""
}

// encodedWord reads the word at the start of s, which begins with "=?". n is its
// length, 0 if it is none. It looks no further than the next "?" where one is due,
// so that a text full of broken words costs linear time.
func encodedWord(s string) (charset string, data []byte, n int) {
	i := 2
	for i < len(s) && s[i] > ' ' && s[i] < 0x7f && s[i] != '?' && s[i] != '=' {
		i++
	}
	if i == 2 || i+3 > len(s) || s[i] != '?' || s[i+2] != '?' {
		return "", nil, 0
	}
	charset = charsetName(s[2:i])
	method := lower(s[i+1])
	text := s[i+3:]
	end := strings.IndexByte(text, '?')
	if end < 0 || end+1 >= len(text) || text[end+1] != '=' {
		return "", nil, 0
	}
	n = i + 3 + end + 2
	switch method {
	case 'b':
		data = appendBase64(nil, []byte(text[:end]), end)
	case 'q':
		data = decodeQ(text[:end])
	default:
		return "", nil, 0
	}
	return charset, data, n
}

func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

func guessString(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return guess([]byte(s))
}

// oneLine replaces controls that would break a line or end a text.
func oneLine(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] != 0x7f
	}
	if clean {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}
