package message

import (
	"strings"
	"testing"
)

func BenchmarkTerms(b *testing.B) {
	text := strings.Repeat("Please find the minutes of Monday's meeting below; Grüße, 日本語. ", 150)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		EachTerm(SearchKey(text), func(string) {})
	}
}

func BenchmarkText(b *testing.B) {
	raw := sample(10 << 10)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		Text(raw, 1<<20)
	}
}

func BenchmarkOriginAddresses(b *testing.B) {
	raw := sample(10 << 10)
	for b.Loop() {
		if _, err := OriginAddresses(raw); err != nil {
			b.Fatal(err)
		}
	}
}
