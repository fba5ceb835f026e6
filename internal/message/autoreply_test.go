package message

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReplySubject(t *testing.T) {
	for _, test := range []struct{ words, original, want string }{
		{"", "Hello", "Auto: Hello"}, {"", "", "Auto"}, {"Away", "Hello", "Away: Hello"}, {"Away:", "Re: x", "Away: Re: x"},
		{"Away", " ", "Away"}, {"", "a\r\nBcc: y", "Auto: a  Bcc: y"},
	} {
		if got := ReplySubject(test.words, test.original); got != test.want {
			t.Errorf("%q, %q: %q", test.words, test.original, got)
		}
	}
	if got := ReplySubject("", strings.Repeat("ü", 1000)); len(got) > 300 || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
}

func TestReplyReferences(t *testing.T) {
	for header, want := range map[string]string{
		"Subject: x\r\n": "", "Message-ID: <1@a>\r\n": "1@a",
		"Message-ID: <2@a>\r\nIn-Reply-To: <1@a>\r\n":                            "1@a 2@a",
		"Message-ID: <2@a>\r\nIn-Reply-To: <1@a> <0@a>\r\n":                      "2@a",
		"Message-ID: <3@a>\r\nIn-Reply-To: <2@a>\r\nReferences: <1@a> <2@a>\r\n": "1@a 2@a 3@a",
	} {
		if got := strings.Join(ReplyReferences(HeaderOf([]byte(header+"\r\n"))), " "); got != want {
			t.Errorf("%q: %q", header, got)
		}
	}
}

func TestMachines(t *testing.T) {
	for address, want := range map[string]bool{
		"anna@a": false, "owner-x@a": true, "x-owner@a": true, "ownership@a": false, "bounce-1=2@a": true, "bouncer@a": false,
		"noreply@a": true, "no-reply+x@a": true, "noreply-team@a": false, `"MAILER-DAEMON"@a`: true, "request@a": false, "x-request@a": true,
	} {
		if got := fromMachine(address); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func FuzzUnanswerable(f *testing.F) {
	f.Add("x@example.org", "To: anna@example.test\r\nAuto-Submitted: (no\r\n\r\n")
	f.Add("", "To: \"a@b\r\n <c>\r\nList-\r\n")
	f.Fuzz(func(t *testing.T, sender, raw string) {
		h := HeaderOf([]byte(raw))
		never := func(string) bool { return false }
		if Unanswerable(h, sender, never) == "" {
			t.Error("answered mail that names nobody")
		}
		notice := Notice{Text: "x", Heading: Heading{From: "a@b", Subject: ReplySubject("", h.Decoded("Subject")), References: ReplyReferences(h)}}
		if ids := h.MessageIDs("Message-ID"); len(ids) > 0 {
			notice.InReplyTo = ids[0]
		}
		if built, err := notice.Build(); err == nil && strings.Contains(string(HeaderOf(built)), "\nBcc:") {
			t.Errorf("%q", built)
		}
	})
}
