package message

import (
	"bytes"
	"reflect"
	"testing"
)

// rfcExample has the structure of the example in RFC 9051 §6.4.5.1.
const rfcExample = "Subject: top\nX-A: 1\nx-b: 2\nContent-Type: multipart/mixed; boundary=o\n\npreamble\n" +
	"--o\nContent-Type: text/plain\n\none\n" +
	"--o\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\ndHdv\n" +
	"--o\nContent-Type: message/rfc822\nX-M: mime3\n\nSubject: three\nContent-Type: multipart/mixed; boundary=i\n\n" +
	"--i\n\nthree-one\n--i\nContent-Type: image/gif\n\nthree-two\n--i--\n" +
	"\n--o\nContent-Type: multipart/mixed; boundary=j\nX-M: mime4\n\n" +
	"--j\nContent-Type: image/gif\n\nfour-one\n" +
	"--j\nContent-Type: message/rfc822\n\nSubject: four-two\n\nfour-two text\n--j--\n" +
	"--o--\n"

func TestSection(t *testing.T) {
	raw := crlf(rfcExample)
	p := Index(raw)
	tests := []struct {
		name string
		s    Section
		want string // "-" for none
	}{
		{"1", Section{Path: []int{1}}, "one"},
		{"1.MIME", Section{Path: []int{1}, Text: SectionMIME}, "Content-Type: text/plain\n\n"},
		{"1.1", Section{Path: []int{1, 1}}, "-"},
		{"1.HEADER", Section{Path: []int{1}, Text: SectionHeader}, "-"},
		{"2", Section{Path: []int{2}}, "dHdv"},
		{"3.HEADER", Section{Path: []int{3}, Text: SectionHeader}, "Subject: three\nContent-Type: multipart/mixed; boundary=i\n\n"},
		{"3.MIME", Section{Path: []int{3}, Text: SectionMIME}, "Content-Type: message/rfc822\nX-M: mime3\n\n"},
		{"3.TEXT", Section{Path: []int{3}, Text: SectionBody}, "--i\n\nthree-one\n--i\nContent-Type: image/gif\n\nthree-two\n--i--\n"},
		{"3.1", Section{Path: []int{3, 1}}, "three-one"},
		{"3.2", Section{Path: []int{3, 2}}, "three-two"},
		{"3.2.MIME", Section{Path: []int{3, 2}, Text: SectionMIME}, "Content-Type: image/gif\n\n"},
		{"3.3", Section{Path: []int{3, 3}}, "-"},
		{"4.1", Section{Path: []int{4, 1}}, "four-one"},
		{"4.2.HEADER", Section{Path: []int{4, 2}, Text: SectionHeader}, "Subject: four-two\n\n"},
		{"4.2.TEXT", Section{Path: []int{4, 2}, Text: SectionBody}, "four-two text"},
		{"4.2.1", Section{Path: []int{4, 2, 1}}, "four-two text"},
		{"4.2.2", Section{Path: []int{4, 2, 2}}, "-"},
		{"4.2.HEADER.FIELDS", Section{Path: []int{4, 2}, Text: SectionFields, Fields: []string{"subject"}}, "Subject: four-two\n\n"},
		{"0", Section{Path: []int{0}}, "-"},
		{"5", Section{Path: []int{5}}, "-"},
		{"MIME", Section{Text: SectionMIME}, "-"},
		{"HEADER", Section{Text: SectionHeader}, "Subject: top\nX-A: 1\nx-b: 2\nContent-Type: multipart/mixed; boundary=o\n\n"},
		{"HEADER.FIELDS", Section{Text: SectionFields, Fields: []string{"X-B", "x-a", "none"}}, "X-A: 1\nx-b: 2\n\n"},
		{"HEADER.FIELDS none", Section{Text: SectionFields, Fields: []string{"none"}}, "\n"},
		{"HEADER.FIELDS.NOT", Section{Text: SectionFieldsNot, Fields: []string{"x-a", "CONTENT-TYPE"}}, "Subject: top\nx-b: 2\n\n"},
	}
	for _, tt := range tests {
		got, ok := p.Section(raw, tt.s)
		if want := crlf(tt.want); ok != (tt.want != "-") || ok && !bytes.Equal(got, want) {
			t.Errorf("%s: %q %v, want %q", tt.name, got, ok, want)
		}
	}
	if got, ok := p.Section(raw, Section{}); !ok || !bytes.Equal(got, raw) {
		t.Error("the whole message is not the whole message")
	}
	head, _ := p.Section(raw, Section{Text: SectionHeader})
	body, _ := p.Section(raw, Section{Text: SectionBody})
	if !bytes.Equal(append(bytes.Clone(head), body...), raw) {
		t.Error("HEADER and TEXT are not the message")
	}
}

func TestSectionOfPlain(t *testing.T) {
	raw := crlf("Subject: x\n\nbody\n")
	p := Index(raw)
	if got, ok := p.Section(raw, Section{Path: []int{1}}); !ok || string(got) != "body\r\n" {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok := p.Section(raw, Section{Path: []int{1}, Text: SectionMIME}); !ok || string(got) != "Subject: x\r\n\r\n" {
		t.Errorf("%q %v", got, ok)
	}
	if _, ok := p.Section(raw, Section{Path: []int{1, 1}}); ok {
		t.Error("part 1.1 of a plain message")
	}
}

func TestSectionOfMessage(t *testing.T) {
	raw := crlf("Subject: outer\nContent-Type: message/rfc822\n\nSubject: inner\n\nbody\n")
	p := Index(raw)
	for _, tt := range []struct {
		s    Section
		want string
	}{
		{Section{Path: []int{1}}, "Subject: inner\r\n\r\nbody\r\n"},
		{Section{Path: []int{1}, Text: SectionHeader}, "Subject: inner\r\n\r\n"},
		{Section{Path: []int{1}, Text: SectionBody}, "body\r\n"},
		{Section{Path: []int{1, 1}}, "body\r\n"},
	} {
		if got, ok := p.Section(raw, tt.s); !ok || string(got) != tt.want {
			t.Errorf("%v: %q %v", tt.s, got, ok)
		}
	}
}

func TestStructure(t *testing.T) {
	raw := crlf(rfcExample)
	s := Index(raw).Structure(raw)
	m := s.Children[2]
	if len(s.Children) != 4 || m.Message == nil || m.Envelope.Subject != "three" || len(m.Message.Children) != 2 ||
		m.Lines != 11 || m.Size != 129 || s.Children[0].Lines != 1 || s.Children[1].Encoding != "base64" {
		t.Errorf("%+v %+v", s, m)
	}
	raw = crlf("Content-Type: text/plain; charset=utf-8; name=\"a b\"\nContent-ID: <1@x>\nContent-Description: d\nContent-MD5: abc\n" +
		"Content-Disposition: attachment; filename*=utf-8''a\nContent-Language: en, de\nContent-Location: http://x.test/\n\nx\n")
	got := Index(raw).Structure(raw)
	want := &BodyStructure{Type: "text", Subtype: "plain", Params: []Param{{"charset", "utf-8"}, {"name", "a b"}}, ID: "<1@x>",
		Description: "d", Encoding: "7bit", Size: 3, Lines: 1, MD5: "abc", Disposition: "attachment",
		DispositionParams: []Param{{"filename*", "utf-8''a"}}, Language: []string{"en", "de"}, Location: "http://x.test/"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestSummary(t *testing.T) {
	raw := crlf("From: =?utf-8?q?Gr=C3=BCn?= <g@x.test>\nTo: team: a@x.test, b@x.test;\nSubject: Re: [list] Hello\nDate: Mon, 02 Jan 2006 15:04:05 +0100\n" +
		"Message-ID: <3@x.test>\nIn-Reply-To: <2@x.test>\nReferences: <1@x.test> <2@x.test>\nList-Id: The list <list.x.test>\nAuto-Submitted: Auto-Replied; x=y\n" +
		"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<style>x</style><p>Hello&nbsp;<b>wor</b>ld</p><p>next\n--b\nContent-Type: application/pdf\n\nx\n--b--\n")
	s := Summarize(raw)
	if s.BaseSubject != "Hello" || s.MessageID != "3@x.test" || len(s.References) != 2 || s.InReplyTo[0] != "2@x.test" || !s.HasAttachment ||
		s.ListID != "list.x.test" || s.AutoSubmitted != "auto-replied" || s.Preview != "Hello world next" || s.Sent.Unix() != 1136210645 ||
		s.Size != int64(len(raw)) {
		t.Errorf("%+v", s)
	}
	b, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var got Summary
	if err := got.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if !s.Sent.Equal(got.Sent) {
		t.Error(got.Sent)
	}
	got.Sent = s.Sent
	if !reflect.DeepEqual(s, &got) {
		t.Errorf("\n%+v\n%+v", s, &got)
	}
	if !SummaryAttached(b) || SummaryAttached(nil) || SummaryAttached(b[:20]) {
		t.Error("the attachment is not read alone")
	}
	s.Structure = &BodyStructure{Type: "message", Subtype: "rfc822", Envelope: &Envelope{}}
	half, _ := s.MarshalBinary()
	if got.UnmarshalBinary(half) == nil {
		t.Error("an envelope without its message is accepted")
	}
	for i := range b { // every truncation is noticed
		if new(Summary).UnmarshalBinary(b[:i]) == nil {
			t.Fatalf("%d of %d bytes accepted", i, len(b))
		}
	}
}

func TestPreview(t *testing.T) {
	tests := []struct{ in, want string }{
		{"\nhello\n world\n", "hello world"},
		{"\n> quoted\n\nanswer\n-- \nAnna\n", "answer"},
		{"\n> only quoted\n", "> only quoted"},
		{"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FCn", "grün"},
		{"Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>html\n--b\n\nplain\n--b--", "plain"},
		{"Content-Type: text/plain\nContent-Disposition: attachment\n\nhidden\n", ""},
		{"Content-Type: image/png\n\nx", ""},
		{"Content-Type: text/plain; name=a.txt\n\nnamed\n", "named"},
		{"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=a.txt\n\nnamed\n--b\nContent-Type: text/html\n\n<p>body\n--b--", "body"},
	}
	for _, tt := range tests {
		raw := crlf(tt.in)
		if got := Index(raw).Preview(raw); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
	raw := append([]byte("\r\n"), bytes.Repeat([]byte("äbc "), 1000)...)
	if n := len([]rune(Index(raw).Preview(raw))); n > 256 || n < 250 {
		t.Errorf("%d characters", n)
	}
}

func FuzzSummary(f *testing.F) {
	b, _ := Summarize(crlf(rfcExample)).MarshalBinary()
	f.Add(b)
	f.Add([]byte{1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Summary
		if s.UnmarshalBinary(b) != nil {
			return
		}
		if SummaryAttached(b) != s.HasAttachment {
			t.Fatal("the attachment alone is not that of the whole")
		}
		again, _ := s.MarshalBinary()
		var s2 Summary
		if err := s2.UnmarshalBinary(again); err != nil {
			t.Fatal(err)
		}
		s.ThreadKeys()
	})
}

// A field that is there and empty is not one that is missing; what was stored
// before that was known can still be read.
func TestBlankTexts(t *testing.T) {
	s := Summarize([]byte("Subject:\r\nDate: \r\nMessage-ID:\r\nMessage-ID: <1@example.test>\r\n\r\n"))
	b, _ := s.MarshalBinary()
	var again Summary
	if err := again.UnmarshalBinary(b); err != nil || again.Envelope.Blank != SubjectText|DateText || again.Envelope.MessageID != "<1@example.test>" {
		t.Errorf("%v, %+v", err, again.Envelope)
	}
}

// A message without a blank line has none in its sections either.
func TestSectionOfHeaderAlone(t *testing.T) {
	for raw, want := range map[string]string{
		"Subject: x\r\n": "Subject: x\r\n", "Subject: x\r\n\r\n": "Subject: x\r\n\r\n", "Subject: x\n\n": "Subject: x\n\r\n",
		"Subject: x": "Subject: x\r\n", "": "", "\r\n": "\r\n", "\n": "\r\n",
	} {
		if got, ok := Index([]byte(raw)).Section([]byte(raw), Section{Text: SectionFields, Fields: []string{"Subject"}}); !ok || string(got) != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}

func FuzzSection(f *testing.F) {
	f.Add([]byte(rfcExample), 3, 2, 1, uint8(2), "subject")
	f.Add([]byte("Subject: x\n\nbody"), 1, 0, 0, uint8(5), "")
	f.Fuzz(func(t *testing.T, raw []byte, a, b, c int, text uint8, field string) {
		p := Index(raw)
		for _, path := range [][]int{nil, {a}, {a, b}, {a, b, c}} {
			s := Section{Path: path, Text: SectionText(text % 7), Fields: []string{field}}
			data, ok := p.Section(raw, s)
			if ok && s.Text != SectionFields && s.Text != SectionFieldsNot && !bytes.Contains(raw, data) {
				t.Fatalf("%v: not in the message", s)
			}
			if len(data) > len(raw)+4 {
				t.Fatalf("%v: longer than the message", s)
			}
		}
	})
}
