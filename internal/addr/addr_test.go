package addr

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"postroom"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in, local, domain, out string
	}{
		{"anna@example.test", "anna", "example.test", ""},
		{"Anna.B@Example.TEST", "Anna.B", "Example.TEST", ""},
		{"!#$%&'*+-/=?^_`{|}~@example.test", "!#$%&'*+-/=?^_`{|}~", "example.test", ""},
		{`"anna"@example.test`, "anna", "example.test", "anna@example.test"},
		{`"an\na"@example.test`, "anna", "example.test", "anna@example.test"},
		{`"anna b"@example.test`, "anna b", "example.test", ""},
		{`"a@b"@example.test`, "a@b", "example.test", ""},
		{`"a\"\\"@example.test`, `a"\`, "example.test", ""},
		{`".a."@example.test`, ".a.", "example.test", ""},
		{"müller@exämple.test", "müller", "exämple.test", ""},
		{"用户@例子.test", "用户", "例子.test", ""},
		{`"用 户"@例子.test`, "用 户", "例子.test", ""},
		{"a@localhost", "a", "localhost", ""},
		{"a@xn--exmple-cua.test", "a", "xn--exmple-cua.test", ""},
		{"a@[192.0.2.1]", "a", "[192.0.2.1]", ""},
		{"a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]", ""},
		{strings.Repeat("a", 64) + "@example.test", strings.Repeat("a", 64), "example.test", ""},
	}
	for _, tt := range tests {
		a, err := Parse(tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if a.Local != tt.local || a.Domain != tt.domain {
			t.Errorf("%q: %q @ %q", tt.in, a.Local, a.Domain)
		}
		want := tt.out
		if want == "" {
			want = tt.in
		}
		if a.String() != want {
			t.Errorf("%q: String %q", tt.in, a.String())
		}
	}
}

func TestParseRefuses(t *testing.T) {
	long := strings.Repeat("a", 60)
	for _, in := range []string{
		"", "@", "a", "a@", "@example.test", "a@@example.test", "a b@example.test", ".a@example.test",
		"a.@example.test", "a..b@example.test", "a@example..test", "a@.test", "a@example.test.",
		"a@-x.test", "a@x-.test", "a@x_y.test", "a@exa mple.test", "a@1.2.3.4", "a@example.test\r\n",
		"a\r\n@example.test", "a\x00@example.test", "a\x7f@example.test", `"a@example.test`, `"a"b@example.test`,
		`""@example.test`, `"a\`, "\"a\r\n\"@example.test", "\"\\\n\"@example.test", "<a@example.test>",
		"a(c)@example.test", "a@example.test (c)", "a,b@example.test", "a@[1.2.3]", "a@[IPv6:1.2.3.4]",
		"a@[2001:db8::1]", "a@[IPv6:fe80::1%eth0]", "a@[x:y]", "a@[192.0.2.1", "a@[192.0.2.01]",
		"@hop.test:a@example.test", "a@b@example.test",
		"\xff@example.test", "a\u202eb@example.test", "a\u2028b@example.test", "a\u0085@example.test", "a\u00a0@example.test",
		"a@ｅxample.test", "a@example。test", "a@exam\u212ale.test", "a@exa\u00admple.test", "a@ex\u200bample.test",
		"a@\u0301x.test", "a@☃-.test",
		strings.Repeat("a", 65) + "@example.test",
		`"` + strings.Repeat("a ", 32) + `"@example.test`,
		"a@" + strings.Repeat("a", 64) + ".test",
		"a@" + strings.Repeat(long+".", 5) + "test",
		long + "@" + strings.Repeat(long+".", 3) + "testtesttest",
		strings.Repeat("ü", 33) + "@example.test",
	} {
		if a, err := Parse(in); err == nil {
			t.Errorf("%q: accepted as %+v", in, a)
		} else if _, ok := err.(*Error); !ok {
			t.Errorf("%q: %T", in, err)
		} else if postroom.KindOf(err) != postroom.Invalid || postroom.TextOf(err) != err.Error() {
			t.Errorf("%q: kind %v, text %q", in, postroom.KindOf(err), postroom.TextOf(err))
		}
	}
}

func TestCanonical(t *testing.T) {
	tests := []struct{ a, b string }{
		{"ANNA@EXAMPLE.TEST", "anna@example.test"},
		{`"Anna"@example.test`, "anna@example.test"},
		{"MÜLLER@EXÄMPLE.test", "müller@xn--exmple-cua.test"},
		{"mu\u0308ller@exa\u0308mple.test", "müller@exämple.test"},
		{"a@[ipv6:2001:DB8:0::1]", "a@[IPv6:2001:db8::1]"},
		{"a@faß.test", "a@xn--fa-hia.test"},
	}
	for _, tt := range tests {
		a, err := Parse(tt.a)
		if err != nil {
			t.Fatalf("%q: %v", tt.a, err)
		}
		b, err := Parse(tt.b)
		if err != nil {
			t.Fatalf("%q: %v", tt.b, err)
		}
		if !a.Equal(b) {
			t.Errorf("%q is %q, %q is %q", tt.a, a.Canonical(), tt.b, b.Canonical())
		}
	}
}

func TestLookalikesDiffer(t *testing.T) {
	plain, _ := Parse("kim.i@example.test")
	for _, s := range []string{
		"\u212aim.i@example.test", // Kelvin sign
		"kim.\u0130@example.test", // capital dotted I: lower case is i
		"kim.\u0131@example.test", // dotless i
		"кim.i@example.test",      // Cyrillic
		"ｋim.i@example.test",      // full-width
		"kim\u2024i@example.test", // one dot leader
		"kim\u200d.i@example.test",
		"kim.i@exаmple.test", // Cyrillic а
		"kim.i@example.tеst",
		"kim.i@xn--exmple-4nf.test",
		"kim.i@xn--example-.test",
	} {
		a, err := Parse(s)
		if err == nil && a.Equal(plain) {
			t.Errorf("%q equals %q", s, plain)
		}
	}
}

// Every rune beyond ASCII, alone and next to letters, stays beyond ASCII.
func TestNoRuneBecomesASCII(t *testing.T) {
	for r := rune(0x80); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		f := foldLocal(s)
		if isASCII(f) || f[0] < utf8.RuneSelf && collapses(r) {
			t.Fatalf("%U folds to %q", r, f)
		}
		if foldLocal(f) != f {
			t.Fatalf("%U: fold is not idempotent: %q", r, f)
		}
		if d, err := ParseDomain(s + "x.test"); err == nil && !strings.HasPrefix(d, "xn--") {
			t.Fatalf("%U: domain %q", r, d)
		}
	}
}

func TestDetail(t *testing.T) {
	for _, tt := range []struct{ in, base, detail string }{
		{"info@example.test", "info@example.test", ""},
		{"info+x@example.test", "info@example.test", "x"},
		{"info+x+y@example.test", "info@example.test", "x+y"},
		{"info+@example.test", "info@example.test", ""},
		{"+x@example.test", "+x@example.test", ""},
		{`"info+a b"@example.test`, "info@example.test", "a b"},
		{`info.+b@example.test`, "", ""},
	} {
		a, err := Parse(tt.in)
		if tt.base == "" {
			// "info." before the delimiter is no dot-atom: it comes back quoted.
			if got := a.Base().String(); got != `"info."@example.test` {
				t.Errorf("base %q", got)
			}
			continue
		}
		if err != nil || a.Base().String() != tt.base || a.Detail() != tt.detail {
			t.Errorf("%q: %q %q %v", tt.in, a.Base(), a.Detail(), err)
		}
	}
}

func TestDisplay(t *testing.T) {
	for in, want := range map[string]string{
		"a@xn--exmple-cua.test":  "a@exämple.test",
		"a@xn--example-.test":    "a@xn--example-.test",
		"a@xn--99999999999.test": "a@xn--99999999999.test",
		"a@EXÄMPLE.test":         "a@exämple.test",
	} {
		a, err := Parse(in)
		if err != nil && in != "a@xn--example-.test" {
			t.Errorf("%q: %v", in, err)
		}
		if err == nil && a.Display() != want {
			t.Errorf("%q: %q, want %q", in, a.Display(), want)
		}
	}
	if ip, ok := IPLiteral("[IPv6:2001:db8::1]"); !ok || ip.String() != "2001:db8::1" {
		t.Error(ip, ok)
	}
	if _, ok := IPLiteral("example.test"); ok {
		t.Error("a name is no literal")
	}
}

func checkAddress(t interface{ Fatalf(string, ...any) }, in string, a Address) {
	s := a.String()
	b, err := Parse(s)
	if err != nil || a != b {
		t.Fatalf("%q: String %q reads as %+v, %v", in, s, b, err)
	}
	c := a.Canonical()
	d, err := Parse(c.String())
	if err != nil || c != d || c.Canonical() != c {
		t.Fatalf("%q: canonical %q reads as %+v (canonical %+v), %v", in, c, d, c.Canonical(), err)
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		t.Fatalf("%q: control characters", in)
	}
	if len(s) > MaxAddress || isASCII(a.Local) != isASCII(c.Local) || !isASCII(c.Domain) {
		t.Fatalf("%q: %+v", in, c)
	}
}

func TestProperties(t *testing.T) {
	local := rapid.OneOf(rapid.StringMatching(`[a-zA-Z+.]{1,12}`), rapid.StringN(1, 20, 60))
	domain := rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9-]{1,9}\.test`), rapid.Map(rapid.StringN(1, 8, 30), func(s string) string { return s + ".test" }))
	rapid.Check(t, func(t *rapid.T) {
		a := Address{Local: local.Draw(t, "local"), Domain: domain.Draw(t, "domain")}
		in := a.String()
		p, err := Parse(in)
		if err != nil {
			return
		}
		if p != a {
			t.Fatalf("%q reads as %+v", in, p)
		}
		checkAddress(t, in, p)
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"anna@example.test", `"a \" b"@example.test`, "müller@exämple.test", "a@[IPv6:::1]", "\u212a@x.test", "a+b@xn--exmple-cua.test"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, err := Parse(s); err == nil {
			checkAddress(t, s, a)
		}
		c := CanonicalDomain(s)
		if CanonicalDomain(c) != c {
			t.Fatalf("%q: canonical domain %q, again %q", s, c, CanonicalDomain(c))
		}
		UnicodeDomain(s)
	})
}
