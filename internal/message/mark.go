package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Marked is a piece of a text with the places in it that were looked for.
type Marked struct {
	Text string
	// Spans are where they begin and end, in octets: ascending, apart.
	Spans [][2]int
}

// Mark finds in a text what is looked for: the phrases, each as it is, and all
// words that fit one of words.
func Mark(text string, phrases []string, words []QueryWord) Marked {
	m := keyMap(text)
	var spans [][2]int
	for _, p := range phrases {
		p = SearchKey(p)
		for at := 0; p != "" && at < len(m.key); {
			i := strings.Index(m.key[at:], p)
			if i < 0 {
				break
			}
			at += i
			spans = append(spans, m.span(at, at+len(p)))
			at += len(p)
		}
	}
	if len(words) > 0 {
		spans = append(spans, m.words(words)...)
	}
	return Marked{text, apart(spans)}
}

// mapped is the SearchKey of a text, and from where in the text each octet of it
// comes.
type mapped struct {
	text, key string
	from      []int
}

// keyMap makes the key character by character. Where marks stand in another order
// than the canonical one it differs from SearchKey: there nothing is found.
func keyMap(text string) mapped {
	m := mapped{text: text, from: make([]int, 0, len(text)+1)}
	var key strings.Builder
	blank := false
	for at, r := range text {
		part := norm.NFKD.String(string(unicode.ToTitle(r)))
		for _, r := range part {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				if !blank {
					key.WriteByte(' ')
					m.from = append(m.from, at)
				}
				blank = true
				continue
			}
			blank = false
			n := key.Len()
			key.WriteRune(r)
			for range key.Len() - n {
				m.from = append(m.from, at)
			}
		}
	}
	m.from, m.key = append(m.from, len(text)), key.String()
	return m
}

// span is where in the text a part of the key comes from, whole characters
// with their marks.
func (m mapped) span(from, to int) [2]int {
	first, last := m.from[from], m.from[to-1]
	_, n := utf8.DecodeRuneInString(m.text[last:])
	for last += n; last < len(m.text); last += n {
		var r rune
		if r, n = utf8.DecodeRuneInString(m.text[last:]); !unicode.Is(unicode.M, r) {
			break
		}
	}
	return [2]int{first, last}
}

// words finds the words of a text that fit.
func (m mapped) words(words []QueryWord) (spans [][2]int) {
	fits := func(term string) bool {
		return slices.ContainsFunc(words, func(w QueryWord) bool { return w.Score(term) > 0 })
	}
	for at := 0; at < len(m.key); {
		c, n := runOf(m.key[at:])
		switch {
		case c == wordClass && fits(m.key[at:at+min(n, termWindow)]):
			spans = append(spans, m.span(at, at+n))
		case c == pairClass:
			for i := at; i < at+n; {
				_, a := utf8.DecodeRuneInString(m.key[i:])
				_, b := utf8.DecodeRuneInString(m.key[i+a : at+n])
				if fits(m.key[i : i+a+b]) {
					spans = append(spans, m.span(i, i+a+b))
				} else if fits(m.key[i : i+a]) {
					spans = append(spans, m.span(i, i+a))
				}
				i += a
			}
		}
		at += n
	}
	return spans
}

// apart puts spans in order and joins those that touch.
func apart(spans [][2]int) (out [][2]int) {
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	for _, s := range spans {
		if n := len(out); n > 0 && s[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		out = append(out, s)
	}
	return out
}

// Excerpt is the part of a marked text around the first place that was found, on one
// line and of at most limit octets; empty when nothing was.
func (m Marked) Excerpt(limit int) Marked {
	if len(m.Spans) == 0 {
		return Marked{}
	}
	start := max(m.Spans[0][0]-limit/4, 0)
	for start > 0 && start < m.Spans[0][0] && !blankAt(m.Text, start-1) {
		start++ // begins with a whole word, if there is one before
	}
	for start > 0 && !utf8.RuneStart(m.Text[start]) {
		start--
	}
	out := Marked{}
	var b strings.Builder
	spans := m.Spans
	open := -1
	for at, r := range m.Text[start:] {
		at += start
		for len(spans) > 0 && at >= spans[0][1] {
			out.Spans, open, spans = closeSpan(out.Spans, open, b.Len()), -1, spans[1:]
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			if b.Len() == 0 || strings.HasSuffix(b.String(), " ") {
				continue
			}
			r = ' '
		}
		if b.Len()+utf8.RuneLen(r) > limit {
			break
		}
		if len(spans) > 0 && at >= spans[0][0] && open < 0 {
			open = b.Len()
		}
		b.WriteRune(r)
	}
	out.Spans = closeSpan(out.Spans, open, b.Len())
	out.Text = b.String()
	return out
}

func closeSpan(spans [][2]int, open, end int) [][2]int {
	if open >= 0 && end > open {
		spans = append(spans, [2]int{open, end})
	}
	return spans
}

func blankAt(s string, i int) bool { return s[i] <= ' ' }
