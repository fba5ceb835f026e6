package message

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// brackets shows the spans of a text.
func brackets(m Marked) string {
	var b strings.Builder
	at := 0
	for _, s := range m.Spans {
		b.WriteString(m.Text[at:s[0]] + "[" + m.Text[s[0]:s[1]] + "]")
		at = s[1]
	}
	return b.String() + m.Text[at:]
}

func TestMark(t *testing.T) {
	tests := []struct {
		text   string
		phrase string
		words  string
		want   string
	}{
		{"The invoice of May", "voice", "", "The in[voice] of May"},
		{"The invoice of May", "", "inv", "The [invoice] of May"},
		{"The\r\n  invoice of May", "the invoice", "may", "[The\r\n  invoice] of [May]"},
		{"Grüße, GRÜßE", "grüße", "", "[Grüße], [GRÜßE]"},
		{"Gru\u0308ße", "", "grusse", "[Gru\u0308ße]"},
		{"café", "caf", "", "[caf]é"},
		{"cafe\u0301s", "cafe", "", "[cafe\u0301]s"},
		{"東京都に", "", "東京", "[東京]都に"},
		{"東京都に", "京都", "", "東[京都]に"},
		{"aaa", "a", "", "[aaa]"},
		{"nothing", "x", "y", "nothing"},
		{"", "x", "", ""},
	}
	for _, tt := range tests {
		var phrases []string
		if tt.phrase != "" {
			phrases = []string{tt.phrase}
		}
		if got := brackets(Mark(tt.text, phrases, QueryWords(tt.words, Typos))); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("lorem ipsum\r\n", 50) + "the  invoice of May" + strings.Repeat(" dolor", 100)
	got := Mark(long, nil, QueryWords("invoice may", Beginnings)).Excerpt(60)
	if s := brackets(got); s != "ipsum the [invoice] of [May] dolor dolor dolor dolor dolor dolor" {
		t.Errorf("%q", s)
	}
	if got := Mark("nothing", nil, nil).Excerpt(10); got.Text != "" {
		t.Error(got)
	}
	if got := brackets(Mark(strings.Repeat("é", 50), []string{"é"}, nil).Excerpt(9)); got != "[éééé]" {
		t.Errorf("%q", got)
	}
}

func FuzzMark(f *testing.F) {
	f.Add("The\r\n invoice, Grüße 東京", "e invoice", "grusse 東京", 20)
	f.Add("a\u0301\u0327 ﬁ İ", "ﬁ", "i", 3)
	f.Fuzz(func(t *testing.T, text, phrase, words string, limit int) {
		text = strings.ToValidUTF8(text, "?")
		m := Mark(text, []string{phrase}, QueryWords(words, Typos))
		for _, m := range []Marked{m, m.Excerpt(max(limit, 0) % 1000)} {
			at := -1
			for _, s := range m.Spans {
				if s[0] <= at || s[1] <= s[0] || s[1] > len(m.Text) || !utf8.ValidString(m.Text[s[0]:s[1]]) {
					t.Fatalf("%q: %v", m.Text, m.Spans)
				}
				at = s[1]
			}
			if !utf8.ValidString(m.Text) {
				t.Fatalf("%q", m.Text)
			}
		}
	})
}
