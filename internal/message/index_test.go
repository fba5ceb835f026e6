package message

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func crlf(s string) []byte { return NormalizeCRLF([]byte(s)) }

// outline shows a tree as type(children) for comparison.
func outline(p *Part) string {
	s := p.Type + "/" + p.Subtype
	if p.Opaque {
		s += "!"
	}
	if p.Message != nil {
		s += "<" + outline(p.Message) + ">"
	}
	var c []string
	for _, q := range p.Children {
		c = append(c, outline(q))
	}
	if len(c) > 0 {
		s += "(" + strings.Join(c, " ") + ")"
	}
	return s
}

// checkOffsets fails unless the tree covers its message in order.
func checkOffsets(t *testing.T, raw []byte, p *Part) {
	t.Helper()
	if p.HeaderStart != 0 || p.BodyEnd != len(raw) {
		t.Fatalf("root covers %d..%d of %d", p.HeaderStart, p.BodyEnd, len(raw))
	}
	parts := 0
	var check func(p *Part, from, to, depth int)
	check = func(p *Part, from, to, depth int) {
		parts++
		if from > p.HeaderStart || p.HeaderStart > p.BodyStart || p.BodyStart > p.BodyEnd || p.BodyEnd > to {
			t.Fatalf("offsets %d %d %d outside %d..%d", p.HeaderStart, p.BodyStart, p.BodyEnd, from, to)
		}
		if depth > MaxDepth {
			t.Fatalf("depth %d", depth)
		}
		pos := p.BodyStart
		for _, c := range p.Children {
			check(c, pos, p.BodyEnd, depth+1)
			pos = c.BodyEnd
		}
		if p.Message != nil {
			check(p.Message, p.BodyStart, p.BodyEnd, depth+1)
			if p.Message.HeaderStart != p.BodyStart || p.Message.BodyEnd != p.BodyEnd {
				t.Fatal("the embedded message does not fill its part")
			}
		}
	}
	check(p, 0, len(raw), 0)
	if parts > MaxParts+MaxDepth+1 {
		t.Fatalf("%d parts", parts)
	}
}

func TestIndexStructure(t *testing.T) {
	tests := []struct{ name, raw, want string }{
		{"empty", "", "text/plain"},
		{"only a blank line", "\n", "text/plain"},
		{"no header", "hello\nworld\n", "text/plain"},
		{"plain", "Subject: a\n\nbody\n", "text/plain"},
		{"html", "Content-Type: TEXT/HTML; charset=utf-8\n\n<p>", "text/html"},
		{"bad type", "Content-Type: ;;;\n\nx", "text/plain"},
		{"type alone", "Content-Type: text\n\nx", "text/plain"},
		{"multipart", "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b\nContent-Type: image/png\n\ntwo\n--b--\nepilogue\n", "multipart/mixed(text/plain image/png)"},
		{"digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nbody\n--b\nContent-Type: text/plain\n\nx\n--b--", "multipart/digest(message/rfc822<text/plain> text/plain)"},
		{"no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n", "text/plain"},
		{"boundary never seen", "Content-Type: multipart/mixed; boundary=b\n\nx\n", "text/plain"},
		{"only the end", "Content-Type: multipart/mixed; boundary=b\n\n--b--\n", "text/plain"},
		{"unterminated", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx", "multipart/mixed(text/plain)"},
		{"inner unterminated", "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--a\n\ny\n--a--\n", "multipart/mixed(multipart/alternative(text/plain) text/plain)"},
		{"prefix boundaries", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nx\n--bb--\n--b--\n", "multipart/mixed(multipart/mixed(text/plain))"},
		{"boundary ends in dashes", "Content-Type: multipart/mixed; boundary=\"b--\"\n\n--b--\n\nx\n--b----\n", "multipart/mixed(text/plain)"},
		{"same boundary inside", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b--\n", "multipart/mixed(multipart/mixed(text/plain))"},
		{"padding after boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\nx\n--b-- \n", "multipart/mixed(text/plain)"},
		{"boundary in two segments", "Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\n\n--abcd\n\nx\n--abcd--\n", "multipart/mixed(text/plain)"},
		{"header cut by boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n--b\n\nx\n--b--\n", "multipart/mixed(text/html text/plain)"},
		{"part without header", "Content-Type: multipart/mixed; boundary=b\n\n--b\nhello there\nmore\n--b--\n", "multipart/mixed(text/plain)"},
		{"message", "Content-Type: message/rfc822\n\nContent-Type: text/html\n\nx", "message/rfc822<text/html>"},
		{"junk line in header", "Subject: x\nthis is no field\nContent-Type: text/html\n\nx", "text/html"},
		{"first of two types", "Content-Type: text/html\nContent-Type: image/png\n\nx", "text/html"},
	}
	for _, tt := range tests {
		for _, raw := range [][]byte{[]byte(tt.raw), crlf(tt.raw)} {
			p := Index(raw)
			checkOffsets(t, raw, p)
			if got := outline(p); got != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
	}
}

func TestIndexBodies(t *testing.T) {
	raw := crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\nline\n\n--b\n\n--b\nno header here\n--b--\n")
	p := Index(raw)
	want := []string{"one\r\nline\r\n", "", "no header here"}
	for i, c := range p.Children {
		if got := string(c.Body(raw)); got != want[i] {
			t.Errorf("part %d: %q, want %q", i+1, got, want[i])
		}
	}
	if p.Children[0].Lines != 2 || p.Children[1].Lines != 0 || p.Children[2].Lines != 1 {
		t.Errorf("lines %d %d %d", p.Children[0].Lines, p.Children[1].Lines, p.Children[2].Lines)
	}
}

func TestIndexHostile(t *testing.T) {
	nested := func(n int) []byte {
		var b bytes.Buffer
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		return b.Bytes()
	}
	many := "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 100000)
	tests := map[string][]byte{
		"header lines":        bytes.Repeat([]byte("X-Spam: yes\r\n"), 1000000),
		"content header":      bytes.Repeat([]byte("Content-Type: multipart/mixed; boundary=b\r\n"), 300000),
		"folded line":         append([]byte("To: "), bytes.Repeat([]byte("a@example.test,\r\n "), 500000)...),
		"nested multiparts":   nested(10000),
		"same boundary":       bytes.Repeat([]byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"), 10000),
		"nested messages":     bytes.Repeat([]byte("Content-Type: message/rfc822\r\n\r\n"), 10000),
		"parts":               []byte(many),
		"boundary-like lines": append(nested(100), bytes.Repeat([]byte("--bx\r\n"), 1000000)...),
		"open comments":       []byte("To: " + strings.Repeat("(", 1000000)),
		"open quotes":         []byte("To: " + strings.Repeat("\"a,", 300000)),
		"broken words":        []byte("Subject: " + strings.Repeat("=?utf-8?q?x", 100000)),
		"angle brackets":      []byte("References: " + strings.Repeat("<", 1000000)),
		"angle addresses":     []byte("To: " + strings.Repeat("<a", 1000000)),
		"parameters":          []byte("Content-Type: text/plain" + strings.Repeat("; a=b", 300000)),
		"subject blobs":       []byte("Subject: " + strings.Repeat("[x]", 300000) + "re:"),
		"html":                []byte("Content-Type: text/html\r\n\r\n" + strings.Repeat("<div a=b><!--", 300000)),
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			p := Index(raw)
			checkOffsets(t, raw, p)
			s := p.Summarize(raw)
			b, _ := s.MarshalBinary()
			if len(b) > 4<<20 {
				t.Errorf("summary of %d bytes", len(b))
			}
			if err := new(Summary).UnmarshalBinary(b); err != nil {
				t.Error(err)
			}
			SearchKey(p.Text(raw, 1<<20).Body)
			OriginAddresses(raw)
		})
	}
}

func TestIndexLimits(t *testing.T) {
	raw := []byte("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", MaxParts+50))
	p := Index(raw)
	last := p.Children[len(p.Children)-1]
	if len(p.Children) != MaxParts || !last.Opaque || last.BodyEnd != len(raw) {
		t.Errorf("%d parts, last %+v", len(p.Children), last)
	}
	raw = bytes.Repeat([]byte("Content-Type: message/rfc822\r\n\r\n"), MaxDepth+10)
	depth := 0
	for p = Index(raw); p.Message != nil; p = p.Message {
		depth++
	}
	if depth != MaxDepth || !p.Opaque || p.Structure(raw).Type != "application" {
		t.Errorf("depth %d, %+v", depth, p)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n--a--\r\n--a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := Index(raw)
		checkOffsets(t, raw, p)
		b, _ := p.Summarize(raw).MarshalBinary()
		if err := new(Summary).UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		p.Text(raw, 1000)
		p.Walk(func(q *Part) bool { q.Decode(raw); q.Filename(); return true })
	})
}

func sample(size int) []byte {
	var b bytes.Buffer
	b.WriteString("Return-Path: <anna@example.test>\r\nReceived: from a.example.test by b.example.test; Mon, 02 Jan 2006 15:04:05 +0100\r\n")
	b.WriteString("From: Anna <anna@example.test>\r\nTo: info@example.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 02 Jan 2006 15:04:05 +0100\r\nMessage-ID: <1@example.test>\r\n")
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_outer\"\r\n\r\n--=_outer\r\nContent-Type: multipart/alternative; boundary=\"=_inner\"\r\n\r\n--=_inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n")
	for b.Len() < size/2 {
		b.WriteString("A line of text that goes on for a while, as they do.\r\n")
	}
	b.WriteString("--=_inner\r\nContent-Type: text/html\r\n\r\n<p>hello</p>\r\n--=_inner--\r\n--=_outer\r\nContent-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\n")
	for b.Len() < size {
		b.WriteString("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWkFC\r\n")
	}
	b.WriteString("--=_outer--\r\n")
	return b.Bytes()
}

func BenchmarkIndex(b *testing.B) {
	raw := sample(10 << 10)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Index(raw)
	}
}

func BenchmarkSummarize(b *testing.B) {
	raw := sample(10 << 10)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Summarize(raw)
	}
}
