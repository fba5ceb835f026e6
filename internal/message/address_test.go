package message

import (
	"fmt"
	"strings"
	"testing"
)

func show(list []Address) string {
	var out []string
	for _, a := range list {
		switch a.Kind {
		case GroupStart:
			out = append(out, a.Mailbox+"{")
		case GroupEnd:
			out = append(out, "}")
		default:
			s := fmt.Sprintf("%s|%s|%s", a.Name, a.Mailbox, a.Host)
			if a.Route != "" {
				s = a.Route + "|" + s
			}
			out = append(out, s)
		}
	}
	return strings.Join(out, " / ")
}

func TestParseAddresses(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{" , ,", ""},
		{"anna@example.test", "|anna|example.test"},
		{"Anna <anna@example.test>", "Anna|anna|example.test"},
		{`"Doe, Anna \"A\"" <anna@example.test>, ben@example.test`, `Doe, Anna "A"|anna|example.test / |ben|example.test`},
		// RFC 5322 appendix A
		{`"Joe Q. Public" <john.q.public@example.com>`, "Joe Q. Public|john.q.public|example.com"},
		{"Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>", "Mary Smith|mary|x.test / |jdoe|example.org / Who?|one|y.test"},
		{"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;", "A Group{ / Ed Jones|c|a.test / |joe|where.test / John|jdoe|one.test / }"},
		{"Undisclosed recipients:;", "Undisclosed recipients{ / }"},
		{"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|pete|silly.test"},
		{"Chris Jones <c@(Chris's host.)public.example>, joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)", "Chris Jones|c|public.example / |joe|example.org / John|jdoe|one.test"},
		{"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example", "@node.test|Mary Smith|mary|example.net / |jdoe|test.example"},
		{"john . q @ example . test", "|john.q|example.test"},
		{"anna@example.test (Anna A)", "Anna A|anna|example.test"},
		{`"anna b"@example.test`, "|anna b|example.test"},
		{"user@[192.0.2.1]", "|user|[192.0.2.1]"},
		{"anna@example.test <anna@example.test>", "anna@example.test|anna|example.test"},
		{"=?utf-8?q?Gr=C3=BCn?= <g@example.test>", "=?utf-8?q?Gr=C3=BCn?=|g|example.test"},
		{"MAILER-DAEMON", "|MAILER-DAEMON|"},
		{"Anna <anna>", "Anna|anna|"},
		{"<>", ""},
		{"<<anna@example.test>>", "|anna|example.test"},
		{"Group: a@b.test", "Group{ / |a|b.test / }"},
		{`"open <a@b.test>`, `|open <a@b.test>|`},
		{"Anna <anna@example.test, ben@example.test", "Anna|anna|example.test / |ben|example.test"},
		{"a@b.test; c@d.test", "|a|b.test / |c|d.test"},
		{"Jöhn <j@example.test>", "Jöhn|j|example.test"},
	}
	for _, tt := range tests {
		if got := show(ParseAddresses(tt.in)); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
	if n := len(ParseAddresses(strings.Repeat("a@b.test,", 500000))); n != MaxAddresses {
		t.Errorf("%d addresses kept", n)
	}
	if got := (Address{Mailbox: "a b", Host: "x.test"}).String(); got != `"a b"@x.test` {
		t.Error(got)
	}
}

func TestEnvelope(t *testing.T) {
	raw := crlf("Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\nFrom: Terry Gray <gray@cac.example>\nSubject: IMAP4rev2 WG mtg\n summary and minutes\nTo: imap@cac.example\nTo: more@cac.example\ncc: minutes@cnri.example, John Klensin <KLENSIN@mit.example>\nIn-Reply-To: <x@y>\nMessage-Id: <B27397-0100000@cac.example>\n\n")
	e := EnvelopeOf(HeaderOf(raw))
	if e.Date != "Mon, 7 Feb 1994 21:52:25 -0800 (PST)" || e.Subject != "IMAP4rev2 WG mtg summary and minutes" ||
		show(e.From) != "Terry Gray|gray|cac.example" || show(e.Sender) != show(e.From) || show(e.ReplyTo) != show(e.From) ||
		show(e.To) != "|imap|cac.example / |more|cac.example" || len(e.Cc) != 2 || e.Bcc != nil ||
		e.InReplyTo != "<x@y>" || e.MessageID != "<B27397-0100000@cac.example>" {
		t.Errorf("%+v", e)
	}
}

func TestOriginAddresses(t *testing.T) {
	good := []struct{ in, want string }{
		{"From: anna@example.test", "From anna@example.test"},
		{"from: Anna <anna@example.test>\nSENDER: ben@example.test", "From anna@example.test, Sender ben@example.test"},
		{"From: \"info@example.test\" <anna@example.test>", "From anna@example.test"},
		{"From: a@x.test, \"B, C\" <b@x.test>", "From a@x.test, From b@x.test"},
		{"From: a@x.test\nFrom: b@x.test", "From a@x.test, From b@x.test"},
		{"From: team: a@x.test, B <b@x.test>;", "From a@x.test, From b@x.test"},
		{"From: team: ; , a@x.test", "From a@x.test"},
		{"From: (info@x.test) a@x.test (b <c@x.test> \\) ()", ""},
		{"From: (info@x.test) a@x.test (b <c@x.test> \\) ())", "From a@x.test"},
		{`From: "in\fo"@x.test`, "From info@x.test"},
		{`From: "in fo"@x.test`, "From in fo@x.test"},
		{"From: =?utf-8?q?Gr=C3=BCn?=\n <a@x.test>", "From a@x.test"},
		{"From:\n anna@x.test", "From anna@x.test"},
		{"From: grün@x.test", "From grün@x.test"},
		{"From: J. Doe <a@x.test>", "From a@x.test"},
		{"Resent-From: a@x.test\nResent-Sender: b@x.test\nFrom: c@x.test", "Resent-From a@x.test, Resent-Sender b@x.test, From c@x.test"},
		{"Subject: x", ""},
		{"Subject: x\n\nFrom: body@x.test", ""},
	}
	for _, tt := range good {
		o, err := OriginAddresses(crlf(tt.in))
		if tt.want == "" && strings.HasPrefix(tt.in, "From") {
			if err == nil {
				t.Errorf("%q accepted", tt.in)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		var got []string
		for _, a := range o.Addresses {
			got = append(got, a.Field.String()+" "+a.Local+"@"+a.Domain)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%q: %v, want %s", tt.in, got, tt.want)
		}
	}
	o, err := OriginAddresses(crlf("From: a@x.test\nFROM: b@x.test\nsender: c@x.test\n\n"))
	if err != nil || o.From != 2 || o.Sender != 1 || o.ResentFrom != 0 {
		t.Errorf("%+v %v", o, err)
	}
	for _, in := range hostileOrigins {
		if o, err := OriginAddresses([]byte(in)); err == nil {
			t.Errorf("%q accepted: %+v", in, o)
		}
	}
}

// hostileOrigins are headers two programs may read in two ways.
var hostileOrigins = []string{
	"From : info@x.test\r\n\r\n",
	"From\t: info@x.test\r\n\r\n",
	"From\x00: info@x.test\r\nFrom: a@x.test\r\n\r\n",
	"From: a@x.test\x00\r\n\r\n",
	"From: a@x.test\rFrom: b@x.test\r\n\r\n",
	"From: a@x.test\nFrom: b@x.test\r\n\r\n",
	"Subject: x\r\n\n\r\nFrom: b@x.test\r\n\r\n",
	"Subject: x\r\n \r\nFrom: b@x.test\r\n\r\n",
	" From: a@x.test\r\n\r\n",
	"Fr\r\n om: a@x.test\r\n\r\n",
	"no field\r\nFrom: a@x.test\r\n\r\n",
	"From a@x.test Mon Jan  2 15:04:05 2006\r\nFrom: a@x.test\r\n\r\n",
	"Fr\xc3\xb6m: a@x.test\r\n\r\n",
	": a@x.test\r\nFrom: b@x.test\r\n\r\n",
	"From:\r\n\r\n",
	"From: \r\n\r\n",
	"From: nobody\r\n\r\n",
	"From: <>\r\n\r\n",
	"From: team:;\r\n\r\n",
	"From: a@x.test b@x.test\r\n\r\n",
	"From: <a@x.test> <b@x.test>\r\n\r\n",
	"From: a@x.test <b@x.test>\r\n\r\n",
	"From: A <a@x.test\r\n\r\n",
	"From: a@x.test>\r\n\r\n",
	"From: \"open <a@x.test>\r\n\r\n",
	"From: (open a@x.test\r\n\r\n",
	"From: a@x.test)\r\n\r\n",
	"From: <@b.test:a@x.test>\r\n\r\n",
	"From: a@x.test,\r\n\r\n",
	"From: ,a@x.test\r\n\r\n",
	"From: a@x.test;\r\n\r\n",
	"From: t: a@x.test\r\n\r\n",
	"From: t: u: a@x.test;;\r\n\r\n",
	"From: a(c)@x.test\r\n\r\n",
	"From: a@ x.test\r\n\r\n",
	"From: a@\r\n x.test\r\n\r\n",
	"From: a@b@x.test\r\n\r\n",
	"From: a..b@x.test\r\n\r\n",
	"From: a@.x.test\r\n\r\n",
	"From: a@x.test.\r\n\r\n",
	"From: =?utf-8?q?info?=@x.test\r\n\r\n",
	"From: =?utf-8?q?info=40x.test?=\r\n\r\n",
	"From: =?utf-8?q?Info_=3Cinfo=40x.test=3E=2C?= <a@x.test>\r\n\r\n",
	"From: \xff@x.test\r\n\r\n",
	"From: in\u200bfo@x.test\r\n\r\n",
	"From: info@x\u200b.test\r\n\r\n",
	"From: info\u00a0@x.test\r\n\r\n",
	"From: \"in\r\n fo\"@x.test\r\n\r\n",
	"From: \"\"@x.test\r\n\r\n",
	"From: a@[1.2.3.4\r\n\r\n",
	"From: a@x.test\r\nSender: a@x.test, b@x.test\r\n\r\n",
	"From: a@x.test\r\nSender: t: a@x.test;\r\n\r\n",
	"From: a@x.test\x7f\r\n\r\n",
	"From: a@x.test\r\nResent-From: nobody\r\n\r\n",
}

func FuzzAddressList(f *testing.F) {
	f.Add("Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example")
	f.Add("A Group(Some people)\r\n :Chris Jones <c@(Chris's host.)public.example>;")
	f.Fuzz(func(t *testing.T, s string) {
		list := ParseAddresses(s)
		open := false
		for _, a := range list {
			switch a.Kind {
			case GroupStart:
				if open {
					t.Fatal("group in group")
				}
				open = true
			case GroupEnd:
				if !open {
					t.Fatal("end without start")
				}
				open = false
			}
		}
		if open {
			t.Fatal("open group")
		}
	})
}

// FuzzOriginAddresses holds the strict reader against the lenient one: what the
// first accepts the second must read in the same way.
func FuzzOriginAddresses(f *testing.F) {
	f.Add("Anna <anna@example.test>")
	f.Add("team: a@x.test, \"B\" <b@x.test>; (c)")
	f.Fuzz(func(t *testing.T, s string) {
		o, err := OriginAddresses([]byte("From: " + s + "\r\n\r\n"))
		if err != nil || o.From != 1 {
			return
		}
		var want, got []string
		for _, a := range o.Addresses {
			want = append(want, a.Local+"@"+a.Domain)
		}
		for _, a := range ParseAddresses(strings.SplitN(s, "\r\n\r\n", 2)[0]) {
			if a.Kind == Mailbox {
				got = append(got, a.Mailbox+"@"+a.Host)
			}
		}
		if strings.Contains(s, "\n") || len(s) > 10000 {
			return
		}
		if strings.Join(want, ",") != strings.Join(got, ",") {
			t.Fatalf("%q: strict %q, lenient %q", s, want, got)
		}
	})
}
