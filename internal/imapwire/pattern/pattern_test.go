package pattern

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "", false}, {"*", "", true}, {"%", "", true},
		{"*", "a/b/c", true}, {"%", "a", true}, {"%", "a/b", false}, {"%/%", "a/b", true}, {"%/%", "a/b/c", false},
		{"a*c", "a/b/c", true}, {"a%c", "abbc", true}, {"a%c", "a/c", false}, {"%*", "a/b", true}, {"*%", "a/b", true},
		{"foo/*", "foo", false}, {"foo*", "foo", true}, {"*a%b*", "xxa-b/b", true}, {"%b/%", "aab/bab", true},
		{"inbox", "INBOX", true}, {"iN%", "INBOX", true}, {"sent", "Sent", false}, {"ü%", "über", true},
	} {
		if got := Match(c.pattern, c.name, '/'); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
	if !Match("%", "a/b", 0) {
		t.Error("a flat name space has no delimiter")
	}
}

// TestMatchTime would not end with a backtracking matcher.
func TestMatchTime(t *testing.T) {
	if Match(strings.Repeat("%a*", 300)+"b", strings.Repeat("a", 1000), '/') {
		t.Error("matched")
	}
}

// naiveMatch is the definition, in exponential time.
func naiveMatch(p, n string, delim byte) bool {
	if p == "" {
		return n == ""
	}
	if p[0] == '*' || p[0] == '%' {
		for i := 0; ; i++ {
			if naiveMatch(p[1:], n[i:], delim) {
				return true
			}
			if i == len(n) || p[0] == '%' && n[i] == delim {
				return false
			}
		}
	}
	return n != "" && p[0] == n[0] && naiveMatch(p[1:], n[1:], delim)
}

func FuzzMatch(f *testing.F) {
	f.Add("*a%b*", "xxa-b/b")
	f.Add("%/%", "a/b/c")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		got := Match(pattern, name, '/')
		if len(pattern) > 8 || len(name) > 12 || name == "INBOX" {
			return
		}
		if want := naiveMatch(pattern, name, '/'); got != want {
			t.Errorf("Match(%q, %q) = %v", pattern, name, got)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Match("Shared/%/Archive*", "Shared/info@example.test/Archives/2024", '/')
	}
}
