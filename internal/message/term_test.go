package message

import (
	"slices"
	"strings"
	"testing"
)

func termsOf(key string) (list []string) {
	EachTerm(key, func(term string) { list = append(list, term) })
	return list
}

func TestTerms(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Hello, World! 2x", "HELLO , WORLD ! 2X"},
		{"don't", "DON ' T"},
		{"anna@example.test", "ANNA @ EXAMPLE . TEST"},
		{"日本語", "日 日本 本 本語 語"},
		{"東京tower", "東 東京 京 TOWER"},
		{"ﾃｽﾄ", "テ テス ス スト ト"},
		{"ЁЛКА ёлка", "Е\u0308ЛКА Е\u0308ЛКА"},
		{"café", "CAFE\u0301"},
		{"a\r\n\t b\u00a0c", "A B C"},
		{"€ 😀", "€ 😀"},
		{"", ""},
		{strings.Repeat("a", 65), strings.Repeat("A", 64) + " " + strings.Repeat("A", 64)},
	}
	for _, tt := range tests {
		if got := strings.Join(termsOf(SearchKey(tt.in)), " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSearchKey(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Hello\r\n  World ", "HELLO WORLD "},
		{"\n\n", " "}, {"", ""}, {"\x00a\x7fb", " A B"},
		{"ß ﬁ ǆ", "ß fi Dz\u030c"}, // title case of RFC 5051, then decomposed
		{"\u2003x\u0085y", " X Y"},
	}
	for _, tt := range tests {
		if got := SearchKey(tt.in); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestNeedles(t *testing.T) {
	tests := []struct {
		query   string
		want    []Needle
		decided bool
	}{
		{"ell", []Needle{{"ELL", TermHolds}}, true},
		{"o wor", []Needle{{"O", TermEnds}, {"WOR", TermBegins}}, false},
		{" wor", []Needle{{"WOR", TermBegins}}, false},
		{"a-b-c", []Needle{{"A", TermEnds}, {"-", TermIs}, {"B", TermIs}, {"-", TermIs}, {"C", TermBegins}}, false},
		{"日", []Needle{{"日", TermIs}}, true},
		{"日本", []Needle{{"日本", TermIs}}, true},
		{"日本語", []Needle{{"日本", TermIs}, {"本語", TermIs}}, false},
		{"日本 x", []Needle{{"日本", TermIs}, {"X", TermBegins}}, false},
		{"?", []Needle{{"?", TermIs}}, true},
		{" ", nil, false},
		{strings.Repeat("a", 40), []Needle{{strings.Repeat("A", 32), TermHolds}}, false},
	}
	for _, tt := range tests {
		got, decided := Needles(SearchKey(tt.query))
		if !slices.Equal(got, tt.want) || decided != tt.decided {
			t.Errorf("%q: %v %v, want %v %v", tt.query, got, decided, tt.want, tt.decided)
		}
	}
	if got, _ := Needles(strings.Repeat("A ", 1000)); len(got) != maxNeedles {
		t.Error(len(got))
	}
}

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{"Straße": "STRASSE", "Łódź": "LODZ", "Ørsted": "ORSTED", "café": "CAFE", "ガ": "カ\u3099"} {
		if got := Plain(SearchKey(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// meets reports whether terms meet all needles.
func meets(needles []Needle, terms []string) bool {
	for _, n := range needles {
		if !slices.ContainsFunc(terms, n.Meets) {
			return false
		}
	}
	return true
}

// Every part of a text is found by its needles, and what they decide is so.
func FuzzNeedles(f *testing.F) {
	f.Add("Grüße aus 日本語 don't ﬁn", "aus 日本", 3, 9)
	f.Add(strings.Repeat("x1", 70)+" ガギ\u0301", "1x1", 10, 90)
	f.Add("a\u0301\u0327b", "\u0301", 1, 2)
	f.Fuzz(func(t *testing.T, text, query string, from, to int) {
		key := SearchKey(strings.ToValidUTF8(text, "?"))
		terms := termsOf(key)
		for _, term := range terms {
			if term == "" || len(term) > termWindow {
				t.Fatalf("%q", term)
			}
		}
		if 0 <= from && from < to && to <= len(key) {
			part := strings.ToValidUTF8(key[from:to], "")
			if needles, _ := Needles(part); strings.Contains(key, part) && !meets(needles, terms) {
				t.Fatalf("%q of %q: %q do not meet %v", part, key, terms, needles)
			}
		}
		query = SearchKey(query)
		needles, decided := Needles(query)
		has := strings.Contains(key, query)
		if met := meets(needles, terms); has && !met || decided && met != has {
			t.Fatalf("%q in %q: %v, by its terms %v (%v)", query, key, has, met, needles)
		}
	})
}
