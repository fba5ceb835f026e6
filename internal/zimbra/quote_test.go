package zimbra

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitLine(t *testing.T) {
	tests := map[string][]string{
		``:                             nil,
		`   `:                          nil,
		`# a comment`:                  nil,
		`ga anna@example.test`:         {"ga", "anna@example.test"},
		"  a\tb  c \r":                 {"a", "b", "c"},
		`a "b c" 'd e'`:                {"a", "b c", "d e"},
		`a "" ''`:                      {"a", "", ""},
		`a b"c d"e`:                    {"a", "bc de"},
		`a "b \"c\" \\"`:               {"a", `b "c" \`},
		`a 'b \ "c"'`:                  {"a", `b \ "c"`},
		`a\ b`:                         {"a b"},
		`mfg / account x none`:         {"mfg", "/", "account", "x", "none"},
		`a #b`:                         {"a", "#b"},
		`a "open`:                      {"a", "open"},
		`a end\`:                       {"a", "end"},
		`cf "/Übersicht & Pläne/2026"`: {"cf", "/Übersicht & Pläne/2026"},
	}
	for line, want := range tests {
		if got := splitLine(line); !slices.Equal(got, want) {
			t.Errorf("splitLine(%q) = %q, want %q", line, got, want)
		}
	}
}

func FuzzSplitLine(f *testing.F) {
	for _, s := range []string{`a "b c" 'd'`, `\`, `"`, `'\'`, "a\x00b", "\xff \xfe", `# x`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		total := 0
		for _, w := range splitLine(line) {
			total += len(w)
		}
		if total > 3*len(line) { // a byte that is no UTF-8 becomes U+FFFD
			t.Errorf("%q grew to %d bytes", line, total)
		}
		// What is quoted comes back as it is.
		if strings.ContainsAny(line, "'") || !strings.Contains(line, "") || strings.ToValidUTF8(line, "") != line {
			return
		}
		if got := splitLine("x '" + line + "'"); len(got) != 2 || got[1] != line {
			t.Errorf("quoting %q gives %q", line, got)
		}
	})
}
