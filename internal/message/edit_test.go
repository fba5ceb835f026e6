package message

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRemoveAndSetFields(t *testing.T) {
	raw := "Received: a\r\nBCC: x@x.test,\r\n y@x.test\r\nSubject: s\r\nbcc : z@x.test\r\nreply-to: r\r\nReply-To: q\r\n\r\nBcc: body\r\n\x00\xff"
	got := string(RemoveFields([]byte(raw), "Bcc"))
	want := "Received: a\r\nSubject: s\r\nreply-to: r\r\nReply-To: q\r\n\r\nBcc: body\r\n\x00\xff"
	if got != want {
		t.Errorf("%q", got)
	}
	if out := RemoveFields([]byte(want), "Bcc"); string(out) != want {
		t.Errorf("%q", out)
	}
	if got := string(KeepFields([]byte(raw), BlindFields...)); got != "BCC: x@x.test,\r\n y@x.test\r\nbcc : z@x.test\r\n" {
		t.Errorf("%q", got)
	}
	if got := KeepFields([]byte(want), BlindFields...); got != nil {
		t.Errorf("%q", got)
	}
	out, err := SetField([]byte(want), "Reply-To", "new@x.test")
	if w := strings.Replace(want, "reply-to: r\r\nReply-To: q\r\n", "Reply-To: new@x.test\r\n", 1); err != nil || string(out) != w {
		t.Errorf("%q %v", out, err)
	}
	out, err = SetField([]byte(want), "Sender", "s@x.test")
	if w := strings.Replace(want, "q\r\n\r\n", "q\r\nSender: s@x.test\r\n\r\n", 1); err != nil || string(out) != w {
		t.Errorf("%q %v", out, err)
	}
	for in, want := range map[string]string{"": "A: b\r\n\r\n", "X: y": "X: y\r\nA: b\r\n\r\n", "\r\nbody": "A: b\r\n\r\nbody"} {
		if out, _ := AddField([]byte(in), "A", "b"); string(out) != want {
			t.Errorf("%q: %q", in, out)
		}
	}
}

func TestFormatField(t *testing.T) {
	for _, bad := range [][2]string{{"", "x"}, {"A B", "x"}, {"A:", "x"}, {"A ", "x"}, {"A", "x\r\nBcc: y"}, {"A", "x\nBcc: y"}, {"A", "x\rB: y"}, {"A", "x\x00"},
		{"A", "x\r\n\r\nbody"}, {"A", "x\r\n \r\n y"}, {"Ä", "x"}, {"A\r\nB", "x"}} {
		if f, err := FormatField(bad[0], bad[1]); !errors.Is(err, ErrBadField) {
			t.Errorf("%q: %q %v", bad, f, err)
		}
	}
	if f, err := FormatField("A", "x\n\ty"); err != nil || string(f) != "A: x\r\n\ty\r\n" {
		t.Errorf("%q %v", f, err)
	}
	value := strings.TrimSpace(strings.Repeat("<identifier@example.test> ", 20))
	f, err := FormatField("References", value)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(f)) {
		if len(line) > 80 {
			t.Errorf("%q", line)
		}
	}
	if got := Header(f).Get("References"); got != value {
		t.Errorf("%q", got)
	}
	if f, _ := FormatField("A", strings.Repeat("x", 200)); string(f) != "A: "+strings.Repeat("x", 200)+"\r\n" {
		t.Errorf("%q", f)
	}
	if f, _ := FormatField("A", strings.Repeat("x", 72)+strings.Repeat(" ", 50)); strings.Contains(string(f), "\r\n \r\n") {
		t.Errorf("%q", f)
	}
}

func TestNormalizeCRLF(t *testing.T) {
	for in, want := range map[string]string{"": "", "a\r\nb": "a\r\nb", "a\nb\r\nc\rd\r": "a\r\nb\r\nc\r\nd\r\n", "\r\r\n": "\r\n\r\n", "\n\n": "\r\n\r\n"} {
		if got := string(NormalizeCRLF([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestRemoveAuthResults(t *testing.T) {
	raw := "Authentication-Results: MX.example.test; spf=pass\r\nAuthentication-Results: other.test; x=y\r\nauthentication-results:\r\n (c) mx.example.test 1; x\r\nAuthentication-Results: ;\r\n\r\n"
	want := "Authentication-Results: other.test; x=y\r\n\r\n"
	if got := string(RemoveAuthResults([]byte(raw), "mx.example.test")); got != want {
		t.Errorf("%q", got)
	}
}

var testTime = time.Date(2006, 1, 2, 15, 4, 5, 0, time.FixedZone("", 3600))

func TestCompleteSubmission(t *testing.T) {
	got, err := CompleteSubmission([]byte("From: a@x.test\r\nBcc: secret@x.test\r\nResent-Bcc: s@x.test\r\n\r\nbody"), testTime, "id@x.test")
	want := "From: a@x.test\r\nDate: Mon, 02 Jan 2006 15:04:05 +0100\r\nMessage-ID: <id@x.test>\r\n\r\nbody"
	if err != nil || string(got) != want {
		t.Errorf("%q %v", got, err)
	}
	if again, _ := CompleteSubmission(got, testTime.Add(1), "other"); string(again) != want {
		t.Errorf("%q", again)
	}
}

func TestFormatAddressAndText(t *testing.T) {
	for _, tt := range [][2]string{{"", "<a@x>"}, {"Anna B", "Anna B <a@x>"}, {`A, "B"`, `"A, \"B\"" <a@x>`}, {"=?x?", `"=?x?" <a@x>`}} {
		if got := FormatAddress(tt[0], "a@x"); got != tt[1] {
			t.Errorf("%q: %q", tt[0], got)
		}
	}
	for _, name := range []string{"Grün, A", "日本", "a\r\nBcc: x"} {
		list := ParseAddresses(FormatAddress(name, "a@x"))
		if len(list) != 1 || list[0].Host != "x" || list[0].DisplayName() != oneLine(name) {
			t.Errorf("%q: %+v", name, list)
		}
	}
	for _, s := range []string{"plain", "Grüße " + strings.Repeat("ä", 200), "=?utf-8?q?trap?=", "a\r\nb"} {
		line, err := FormatField("Subject", FormatText(s))
		if err != nil || Header(line).Decoded("Subject") != oneLine(s) {
			t.Errorf("%q: %q %v", s, line, err)
		}
	}
}

func TestNotice(t *testing.T) {
	h := Heading{FromName: "Postroom", From: "postmaster@x.test", To: []string{"a@x.test"}, Subject: "Zugang für Sie", Date: testTime, MessageID: "1@x.test"}
	raw, err := Notice{Heading: h, Text: "Hallo\nä\n", HTML: "<p>Hallo ä</p>"}.Build()
	if err != nil {
		t.Fatal(err)
	}
	p := Index(raw)
	if outline(p) != "multipart/alternative(text/plain text/html)" {
		t.Errorf("%s\n%s", outline(p), raw)
	}
	if got := p.Children[0].PlainText(raw, 100); got != "Hallo\r\nä\r\n" {
		t.Errorf("%q", got)
	}
	if _, err := OriginAddresses(raw); err != nil || strings.Contains(strings.ReplaceAll(string(raw), "\r\n", ""), "\n") || !isASCII(string(raw)) {
		t.Errorf("%v\n%s", err, raw)
	}
	h.To = []string{"a@x.test\r\nBcc: b@x.test"}
	if _, err := (Notice{Heading: h}).Build(); !errors.Is(err, ErrBadField) {
		t.Error(err)
	}
}

func TestDSN(t *testing.T) {
	d := DSN{
		Heading: Heading{FromName: "Mail Delivery System", From: "mailer-daemon@x.test", To: []string{"a@x.test"}, Subject: "Undelivered mail", Date: testTime, MessageID: "1@x.test", InReplyTo: "0@x.test"},
		Text:    "It did not work.\n", ReportingMTA: "mx.x.test", EnvelopeID: "QQ314159", Arrival: testTime,
		Recipients: []DSNRecipient{
			{Final: "b@y.test", Original: "rfc822;b@y.test", Action: DSNFailed, Status: "5.1.1", RemoteMTA: "mx.y.test", Diagnostic: "550 5.1.1 no\r\nsuch üser"},
			{Final: "grün@y.test", Action: DSNDelayed, Status: "4.4.1", WillRetryUntil: testTime},
		},
		Original: []byte("Subject: hello\r\nX: ä\r\n\r\nbody --=_ text\r\n"),
	}
	raw, err := d.Build()
	if err != nil {
		t.Fatal(err)
	}
	p := Index(raw)
	if got := outline(p); got != "multipart/report(text/plain message/delivery-status text/rfc822-headers)" || p.Param("report-type") != "delivery-status" {
		t.Fatalf("%s\n%s", got, raw)
	}
	status := string(p.Children[1].Body(raw))
	for _, want := range []string{"Reporting-MTA: dns; mx.x.test\r\n", "Original-Envelope-Id: QQ314159\r\n", "\r\n\r\nOriginal-Recipient: rfc822;b@y.test\r\nFinal-Recipient: rfc822; b@y.test\r\nAction: failed\r\nStatus: 5.1.1\r\n",
		"Diagnostic-Code: smtp; 550 5.1.1 no  such ?ser\r\n", `Final-Recipient: utf-8; gr\x{FC}n@y.test`, "Will-Retry-Until: Mon, 02 Jan 2006"} {
		if !strings.Contains(status, want) {
			t.Errorf("no %q in\n%s", want, status)
		}
	}
	if s := string(raw); strings.Contains(s, "body --=_ text") || !strings.Contains(s, "Auto-Submitted: auto-replied") {
		t.Error(s)
	}
	d.Return, d.UTF8 = ReturnFull, true
	if raw, err = d.Build(); err != nil {
		t.Fatal(err)
	}
	p = Index(raw)
	if got := outline(p); got != "multipart/report(text/plain message/global-delivery-status message/global<text/plain>)" {
		t.Errorf("%s", got)
	}
	if got := string(p.Children[2].Message.Body(raw)); got != "body --=_ text\r\n" {
		t.Errorf("%q", got)
	}
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte("From: a\r\nBcc: b\r\n c\r\n\r\nbody"), "Bcc", "x")
	f.Add([]byte("A : b\n\n"), "A", "x\r\n y")
	f.Fuzz(func(t *testing.T, raw []byte, name, value string) {
		out := RemoveFields(raw, name)
		if HeaderOf(out).Count(name) != 0 && name != "" {
			t.Fatalf("%q is still in %q", name, out)
		}
		set, err := SetField(raw, name, value)
		if err != nil {
			return
		}
		if n := HeaderOf(set).Count(name); n != 1 {
			t.Fatalf("%d of %q in %q", n, name, set)
		}
		if len(HeaderOf(raw)) < len(raw) && string(set[len(HeaderOf(set)):]) != string(raw[len(HeaderOf(raw)):]) {
			t.Fatalf("body changed: %q", set)
		}
	})
}
