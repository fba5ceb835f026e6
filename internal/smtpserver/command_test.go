package smtpserver

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParsePath(t *testing.T) {
	tests := []struct {
		rest, keyword string
		address       string
		params        int
		code          int
	}{
		{"FROM:<anna@example.test>", fromKeyword, "anna@example.test", 0, 0},
		{"from: <anna@example.test> SIZE=10 BODY=8BITMIME", fromKeyword, "anna@example.test", 2, 0},
		{"FROM:<>", fromKeyword, "", 0, 0},
		{"FROM:<@a.example.test,@b.example.test:anna@example.test>", fromKeyword, "anna@example.test", 0, 0},
		{`TO:<"a>b c"@example.test> NOTIFY=NEVER`, toKeyword, `"a>b c"@example.test`, 1, 0},
		{`TO:<"a@b"@example.test>`, toKeyword, `"a@b"@example.test`, 0, 0},
		{`TO:<a@b@example.test>`, toKeyword, "", 0, 501},
		{"TO:anna@example.test", toKeyword, "", 0, 501},
		{"TO:<anna@example.test", toKeyword, "", 0, 501},
		{"TO:<anna@example.test>x", toKeyword, "", 0, 501},
		{"TO:<anna@example.test><ben@example.test>", toKeyword, "", 0, 501},
		{"TO:<an na@example.test>", toKeyword, "", 0, 501},
		{"TO:<anna>", toKeyword, "", 0, 501},
		{"TO:<ännä@example.test>", toKeyword, "ännä@example.test", 0, 0},
		{"TO", toKeyword, "", 0, 501},
		{"", toKeyword, "", 0, 501},
	}
	for _, test := range tests {
		p, r := parsePath(test.rest, test.keyword)
		if r.code != test.code || p.address.String() != test.address || len(p.params) != test.params {
			t.Errorf("%s: %q, %d parameters, %v", test.rest, p.address, len(p.params), r)
		}
	}
	if p, r := parsePath("TO:<PostMaster>", toKeyword); !p.postmaster || r.code != 0 {
		t.Errorf("postmaster: %+v %v", p, r)
	}
}

// Examples of RFC 3461 §10 and RFC 6533 §3.
func TestDSNParameters(t *testing.T) {
	if text, ok := decodeXtext("Bob+2B1+3D@example.test"); text != "Bob+1=@example.test" || !ok {
		t.Errorf("xtext: %q %v", text, ok)
	}
	for _, bad := range []string{"a+2", "a+2b", "a=b", "a b", "+GG", "ü"} {
		if text, ok := decodeXtext(bad); ok {
			t.Errorf("xtext %q: %q", bad, text)
		}
	}
	for value, want := range map[string]bool{
		"NEVER": true, "success,failure": true, "DELAY": true, "SUCCESS,FAILURE,DELAY": true,
		"": false, "NEVER,SUCCESS": false, "SUCCESS,SUCCESS": false, "MAYBE": false, "SUCCESS,": false,
	} {
		if _, ok := parseNotify(value); ok != want {
			t.Errorf("NOTIFY=%s: %v", value, ok)
		}
	}
	for value, want := range map[string]bool{
		"rfc822;Bob@example.test": true, "RFC822;a+2Bb@example.test": true, `utf-8;\x{E4}@example.test`: true,
		"utf-8;ä@example.test": true, "rfc822;": false, "rfc822": false, ";a@b": false, "rfc822;a+0Db": false, "r c;x": false,
	} {
		if _, ok := parseOriginal(value); ok != want {
			t.Errorf("ORCPT=%s: %v", value, ok)
		}
	}
}

func TestReplyIsOneReply(t *testing.T) {
	got := reply{550, "5.1.1", "no\r\n250 ok\x00ü"}.lines()
	if got != "550-5.1.1 no?\r\n550 5.1.1 250 ok?ü\r\n" {
		t.Errorf("%q", got)
	}
	for _, line := range strings.SplitAfter(reply{250, "", strings.Repeat("x", 2000)}.lines(), "\n") {
		if len(line) > 512 {
			t.Errorf("a reply line of %d octets", len(line))
		}
	}
}

func FuzzCommand(f *testing.F) {
	for _, line := range []string{
		"MAIL FROM:<anna@example.test> SIZE=10", `RCPT TO:<"a>b"@example.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@example.test`,
		"MAIL FROM:<@a,@b:c@d>", "RCPT TO:<Postmaster>", "RCPT TO:<\"\\", "EHLO [IPv6:::1]",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		_, rest := splitCommand(line)
		for _, keyword := range []string{fromKeyword, toKeyword} {
			p, r := parsePath(rest, keyword)
			if r.code != 0 {
				if !strings.HasSuffix(r.lines(), "\r\n") || strings.Count(r.lines(), "\n") != 1 {
					t.Fatalf("reply %q", r.lines())
				}
				continue
			}
			if strings.ContainsAny(p.address.String(), "\r\n\x00") || !utf8.ValidString(p.address.Local) {
				t.Fatalf("address %q", p.address)
			}
			for _, par := range p.params {
				if v, ok := parseOriginal(par.value); ok && strings.ContainsAny(v, " \r\n\x00") {
					t.Fatalf("ORCPT %q", v)
				}
				if v, ok := decodeXtext(par.value); ok && isPlain(v) && strings.ContainsAny(v, "\r\n") {
					t.Fatalf("xtext %q", v)
				}
			}
		}
	})
}
