package message

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDecodeWords(t *testing.T) {
	tests := []struct{ in, want string }{
		{"plain", "plain"},
		// RFC 2047 §8
		{"=?ISO-8859-1?Q?a?=", "a"},
		{"=?ISO-8859-1?Q?a?= b", "a b"},
		{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
		{"=?ISO-8859-1?Q?a?=  \r\n  =?ISO-8859-1?Q?b?=", "ab"},
		{"=?ISO-8859-1?Q?a_b?=", "a b"},
		{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
		{"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"},
		{"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=", "If you can read this you understand the example."},
		{"=?utf-8*en?q?a?=", "a"},
		{"=?utf-8?B?4oK?= =?utf-8?B??=", "\u00e2\u201a"},
		{"=?utf-8?Q?=E2=82?= =?utf-8?Q?=AC?=", "€"},
		{"x=?utf-8?q?y?=z", "xyz"},
		{"=?utf-8?q?hello world?=", "hello world"},
		{"=?utf-8?x?hello?=", "=?utf-8?x?hello?="},
		{"=?utf-8?q?hello", "=?utf-8?q?hello"},
		{"=?utf-8?q?a\tb=0A=00c?=", "a b  c"},
		{"gr\xfcn", "grün"},
		{"grün", "grün"},
		{"=?gb2312?B?xOO6ww==?=", "你好"},
		{"=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"},
		{"=?ks_c_5601-1987?B?x9Gx2w==?=", "한글"},
		{"=?koi8-r?B?8NLJ18XU?=", "Привет"},
		{"=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"},
		{"=?utf-7?Q?Hi_Mom_+Jjo-!?=", "Hi Mom ☺!"},
		{"=?no-such?q?a=FC?=", "aü"},
	}
	for _, tt := range tests {
		if got := DecodeWords(tt.in); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestDecodeCharset(t *testing.T) {
	tests := []struct{ charset, in, want string }{
		{"utf-8", "gr\xc3\xbcn", "grün"},
		{"us-ascii", "gr\xfcn", "grün"},
		{"", "gr\xc3\xbcn", "grün"},
		{"utf-8", "much äöüß text \xc3", "much äöüß text \ufffd"},
		{"ISO-8859-15", "\xa4", "€"},
		{"windows-1252", "\x80", "€"},
		{"macintosh", "\x8a", "ä"},
		{"cp850", "\x84", "ä"},
		{"koi8-u", "\xa4", "є"},
		{"utf-16", "\xfe\xff\x20\xac", "€"},
		{"utf-16", "\xff\xfe\xac\x20", "€"},
		{"utf-16le", "\xac\x20", "€"},
		{"utf-32be", "\x00\x00\x20\xac", "€"},
		// RFC 2152
		{"utf-7", "A+ImIDkQ.", "A≢Α."},
		{"utf-7", "+ZeVnLIqe-", "日本語"},
		{"utf-7", "a+-b +2D3eAA-", "a+b 😀"},
		{"shift_jis", "\x83e\x83X\x83g", "テスト"},
		{"cp932", "\x87\x40", "①"},
		{"euc-jp", "\xa5\xc6\xa5\xb9\xa5\xc8", "テスト"},
		{"iso-2022-kr", "\x1b$)C\x0eGQ1[\x0f ok", "한글 ok"},
		{"iso-2022-cn", "\x1b$)A\x0eDc:C\x0f ok", "你好 ok"},
		{"iso-2022-cn", "\x1b$)A\x0eDc\x1b$)GI#\x0f\n\x1b$)A\x0eDc\nok", "你你\n你\nok"},
		{"iso-2022-cn", "\x1b$*H\x1bN!!x", "\ufffdx"},
		{"hz-gb-2312", "~{Dc:C~}", "你好"},
		{"cp949", "\xc7\xd1\xb1\xdb \x8c\x63", "한글 똠"},
		{"gb18030", "\x81\x36\xa5\x31 \xc4\xe3", "\u1e3f \u4f60"},
		{"gbk", "\xc4\xe3\xba\xc3", "你好"},
		{"big5", "\xa7\x41\xa6\x6e", "你好"},
		{"no-such-charset", "\xfc", "ü"},
	}
	for _, tt := range tests {
		if tt.charset == "gb18030" {
			if got := DecodeCharset([]byte(tt.in), tt.charset); !strings.HasSuffix(got, "你") || strings.Contains(got, "\ufffd") {
				t.Errorf("gb18030: %q", got)
			}
			continue
		}
		if got := DecodeCharset([]byte(tt.in), tt.charset); got != tt.want {
			t.Errorf("%s %q: %q, want %q", tt.charset, tt.in, got, tt.want)
		}
	}
}

// TestCNS holds the order of CNS plane 1 against Big5: every ideograph once.
func TestCNS(t *testing.T) {
	seen := map[string]bool{}
	for hi := byte(0x44); hi <= 0x7d; hi++ {
		for lo := byte(0x21); lo <= 0x7e && cnsIndex(hi, lo) < 5401; lo++ {
			seen[string(big5OfCNS(hi, lo))] = true
		}
	}
	if len(seen) != 5401 || !seen["\xa4\x40"] || !seen["\xc6\x7e"] {
		t.Errorf("%d ideographs", len(seen))
	}
}

func TestParams(t *testing.T) {
	tests := []struct{ field, want string }{
		{`attachment; filename=a.txt`, "a.txt"},
		{`attachment; filename="a \"b\".txt"`, `a "b".txt`},
		{`attachment; filename=my file.txt`, "my file.txt"},
		{`attachment; filename=a.txt (comment); x=y`, "a.txt"},
		{`attachment; filename="open`, "open"},
		{`attachment filename=a.txt`, "a.txt"},
		// RFC 2231
		{`attachment; filename*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A`, "This is ***fun***"},
		{`attachment; filename*0*=us-ascii'en'This%20is%20even%20more%20; filename*1*=%2A%2A%2Afun%2A%2A%2A%20; filename*2="isn't it!"`, "This is even more ***fun*** isn't it!"},
		{`attachment; filename*1=b; filename*0=a`, "ab"},
		{`attachment; filename=fallback; filename*=utf-8''%e2%82%ac.txt`, "€.txt"},
		{`attachment; filename*=iso-8859-1''gr%fcn`, "grün"},
		{`attachment; filename="=?utf-8?q?gr=C3=BCn?="`, "grün"},
		{"attachment; filename=\"gr\xfcn\"", "grün"},
		{"attachment; filename=\"grün\"", "grün"},
		{`attachment; filename="../../etc/passwd"`, ".._.._etc_passwd"},
		{"attachment; filename*=utf-8''a%0d%0ab%E2%80%AEtxt", "a  btxt"},
		{`attachment; FileName = a.txt`, "a.txt"},
	}
	for _, tt := range tests {
		raw := []byte("Content-Disposition: " + tt.field + "\r\n\r\n")
		if got := Index(raw).Filename(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.field, got, tt.want)
		}
	}
}

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"},
		{"21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z"},
		{"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)", "1969-02-13T23:32:00-03:30"},
		{"Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", ""},
		{"Mon, 02 Jan 06 15:04:05 EST", "2006-01-02T15:04:05-05:00"},
		{"Mon Jan  2 15:04:05 2006", "2006-01-02T15:04:05Z"},
		{"Mon Jan  2 15:04:05 CET 2006", "2006-01-02T15:04:05+01:00"},
		{"2006-01-02T15:04:05+02:00", "2006-01-02T15:04:05+02:00"},
		{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05Z"},
		{"02-Jan-2006 15:04:05 +0100", "2006-01-02T15:04:05+01:00"},
		{"Mon, 2 January 2006 3:04:05 PM +0000", "2006-01-02T15:04:05Z"},
		{"31 Feb 2006 00:00:00 +0000", ""},
		{"yesterday", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got := ""
		if d, ok := ParseDate(tt.in); ok {
			got = d.Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestParseMessageIDs(t *testing.T) {
	tests := []struct{ in, want string }{
		{"<a@b> <c@d>\r\n <a@b>", "a@b c@d"},
		{"<a@b><c@d>", "a@b c@d"},
		{"your mail of <a@b> (today)", "a@b"},
		{"a@b", "a@b"},
		{"<a @\r\n b>", "a@b"},
		{"<open", ""},
		{"<a<b@c>", "b@c"},
		{"", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(ParseMessageIDs(tt.in), " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
	var many strings.Builder
	for i := range 1000 {
		many.WriteString("<" + strings.Repeat("x", i+1) + "@y>")
	}
	ids := ParseMessageIDs(many.String())
	if len(ids) != MaxReferences || ids[0] != "x@y" || len(ids[MaxReferences-1]) != 1002-0 && len(ids[MaxReferences-1]) > 998 {
		t.Errorf("%d ids, first %q", len(ids), ids[0])
	}
}

func TestTransfer(t *testing.T) {
	tests := []struct{ encoding, in, want string }{
		{"base64", "aGVsbG8=", "hello"},
		{"base64", "aGVs\r\nbG8", "hello"},
		{"base64", "aGk=aGk=", "hihi"},
		{"base64", "*a-G(k=", "hi"},
		{"quoted-printable", "a=3Db=\r\nc \r\nd=C3=BC=", "a=bc\r\ndü"},
		{"quoted-printable", "a=XYb", "a=XYb"},
		{"7bit", "a=3D", "a=3D"},
	}
	for _, tt := range tests {
		raw := []byte("Content-Transfer-Encoding: " + tt.encoding + "\r\n\r\n" + tt.in)
		got, err := Index(raw).Decode(raw)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s %q: %q %v", tt.encoding, tt.in, got, err)
		}
	}
	raw := []byte("Content-Transfer-Encoding: x-uu\r\n\r\nx")
	if _, err := Index(raw).Decode(raw); err != ErrUnknownEncoding {
		t.Error(err)
	}
}

func FuzzEncodedWord(f *testing.F) {
	f.Add("=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=")
	f.Add("=?utf-7?q?+Jjo-?= =?iso-2022-kr?q?=1B$)C=0EGQ?=")
	f.Fuzz(func(t *testing.T, s string) {
		got := DecodeWords(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q -> %q", s, got)
		}
		ParseDate(s)
		BaseSubject(s)
		for _, charset := range []string{"utf-7", "iso-2022-cn", "gb18030", "utf-16", "iso-2022-jp"} {
			if !utf8.ValidString(DecodeCharset([]byte(s), charset)) {
				t.Fatalf("%s: %q", charset, s)
			}
		}
	})
}
