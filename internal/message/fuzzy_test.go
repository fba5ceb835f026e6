package message

import (
	"strings"
	"testing"
)

func TestQueryWords(t *testing.T) {
	tests := []struct {
		query, term string
		typos, not  int // scores with typos and without
	}{
		{"invoice", "Invoice", 100, 100},
		{"grusse", "Grüße", 100, 100},
		{"grüße", "grusse", 100, 100},
		{"inv", "invoice", 78, 78},
		{"invoices", "invoice", 55, 0},
		{"invioce", "invoice", 55, 0},
		{"infromatoin", "information", 40, 0},
		{"cat", "cut", 0, 0},
		{"voice", "invoice", 0, 0},
		{"東京", "東京", 100, 100},
		{"東京", "東", 0, 0},
		{"lodz", "Łódź", 100, 100},
	}
	for _, tt := range tests {
		for tolerance, want := range map[Tolerance]int{Typos: tt.typos, Beginnings: tt.not} {
			words := QueryWords(tt.query, tolerance)
			if len(words) != 1 {
				t.Fatalf("%q: %v", tt.query, words)
			}
			if got := words[0].Score(SearchKey(tt.term)); got != want {
				t.Errorf("%q for %q (%d): %d, want %d", tt.query, tt.term, tolerance, got, want)
			}
		}
	}
	if got := QueryWords("a, b – 日本語!", Typos); len(got) != 4 || got[2].Text() != "日本" || got[3].Text() != "本語" {
		t.Error(got)
	}
	if got := QueryWords(strings.Repeat("a ", 1000)+strings.Repeat("日", 1000), Typos); len(got) != maxNeedles {
		t.Error(len(got))
	}
}

func FuzzQueryWords(f *testing.F) {
	f.Add("Grüße aus 日本", "grusse")
	f.Add(strings.Repeat("a\u0301", 90), strings.Repeat("É", 80))
	f.Fuzz(func(t *testing.T, query, text string) {
		words := QueryWords(query, Typos)
		EachTerm(SearchKey(text), func(term string) {
			for _, w := range words {
				if s := w.Score(term); s < 0 || s > 100 {
					t.Fatal(w, term, s)
				}
			}
		})
		for _, w := range words {
			if s := w.Score(w.text); s != 100 && Plain(w.text) == w.text {
				t.Fatalf("%q is no match of itself: %d", w.text, s)
			}
		}
	})
}
