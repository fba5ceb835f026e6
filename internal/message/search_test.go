package message

import (
	"reflect"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	raw := crlf("From: =?utf-8?q?Gr=C3=BCn?= <g@x.test>\nSubject: =?utf-8?q?=C3=84?=\nX-Other: y\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\nContent-Type: text/plain; charset=iso-2022-jp\nContent-Transfer-Encoding: base64\n\nGyRCJUYlOSVIGyhC\n" +
		"--b\nContent-Type: text/html\n\n<title>t</title><p>one<b>two</b></p><script>evil()</script>three &amp; <img alt=\"pic\">\n" +
		"--b\nContent-Type: application/pdf; name=\"doc.pdf\"\n\nsecret\n" +
		"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner body\n--b--\n")
	got := Text(raw, 1000)
	if got.Subject != "Ä" || got.From != "Grün g@x.test" || !strings.Contains(got.Header, "X-Other: y\n") {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"テスト", "onetwo", "three & pic", "doc.pdf", "inner\n", "inner body"} {
		if !strings.Contains(got.Body, want) {
			t.Errorf("no %q in %q", want, got.Body)
		}
	}
	for _, not := range []string{"evil", "secret", "<"} {
		if strings.Contains(got.Body, not) {
			t.Errorf("%q in %q", not, got.Body)
		}
	}
	if n := len(Text(raw, 10).Body); n > 10 {
		t.Errorf("%d bytes", n)
	}
}

func TestBaseSubject(t *testing.T) {
	tests := []struct {
		in, want string
		reply    bool
	}{
		{"Hello", "Hello", false},
		{"Re: Hello", "Hello", true},
		{"RE : re: FWD: Hello (fwd) (FWD)", "Hello", true},
		{"[list] Re: [list] Hello", "Hello", true},
		{"Re[2]: Hello", "Hello", true},
		{"[Fwd: Re: Hello]", "Hello", true},
		{"[only]", "[only]", false},
		{"[list] Hello", "Hello", false},
		{"Re:", "", true},
		{"=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=", "Grüße", true},
		{"Hello   \t there", "Hello there", false},
		{"Regarding: x", "Regarding: x", false},
		{"", "", false},
	}
	for _, tt := range tests {
		if got, reply := BaseSubject(tt.in); got != tt.want || reply != tt.reply {
			t.Errorf("%q: %q %v, want %q %v", tt.in, got, reply, tt.want, tt.reply)
		}
	}
	for _, s := range []string{"AW: hello", "Antw: WG: Hello", "回复：Hello", "SV: RE: [x] hello"} {
		if got := threadSubject(s); got != "hello" {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestThreading(t *testing.T) {
	root := ThreadKeys("1@x", nil, nil, "Hello")
	answer := ThreadKeys("2@x", []string{"1@x"}, []string{"1@x"}, "Re: hello")
	german := ThreadKeys("3@x", nil, []string{"1@x", "2@x"}, "AW: Hello")
	other := ThreadKeys("4@x", []string{"1@x"}, nil, "Something else")
	known := map[ThreadKey]int{}
	for _, k := range root {
		known[k] = 7
	}
	if id, merge, ok := ChooseThread(answer, known); !ok || id != 7 || merge != nil {
		t.Error(id, merge, ok)
	}
	if id, _, ok := ChooseThread(german, known); !ok || id != 7 {
		t.Error("an answer with a foreign mark is not in the thread")
	}
	if _, _, ok := ChooseThread(other, known); ok {
		t.Error("another subject joined the thread")
	}
	known[german[1]] = 8 // 2@x came by another way
	if id, merge, ok := ChooseThread(german, known); !ok || id != 8 || !reflect.DeepEqual(merge, []int{7}) {
		t.Error(id, merge, ok)
	}
	if keys := ThreadKeys("", nil, nil, "x"); keys != nil {
		t.Error(keys)
	}
}
