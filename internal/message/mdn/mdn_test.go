package mdn

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"postroom/internal/message"
)

func sampleMDN() message.MDN {
	return message.MDN{Heading: message.Heading{FromName: "Anna Müller", From: "anna@example.test", To: []string{"ben@example.test"}, Subject: "Gelesen: Grüße",
		Date: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC), MessageID: "r1@example.test"},
		Text: "This message was displayed.", ReportingUA: "mail.example.test; Postroom", Original: "rfc822; info@example.test",
		Final: "rfc822; anna@example.test", OriginalMessageID: "m1@example.test", ActionMode: "manual-action", SendingMode: "mdn-sent-manually",
		Type: "displayed", Extension: [][2]string{{"X-Extra", "one"}}, Returned: []byte("Subject: Grüße\r\n\r\nhello\r\n")}
}

func TestMDNReadsBack(t *testing.T) {
	m := sampleMDN()
	raw, err := m.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"multipart/report; report-type=disposition-notification", "Auto-Submitted: no\r\n",
		"\r\nContent-Type: message/disposition-notification\r\n\r\nReporting-UA: mail.example.test; Postroom\r\n",
		"\r\nFinal-Recipient: rfc822; anna@example.test\r\n", "\r\nOriginal-Message-ID: <m1@example.test>\r\n",
		"\r\nDisposition: manual-action/mdn-sent-manually; displayed\r\n", "message/rfc822"} {
		if !strings.Contains(string(raw), part) {
			t.Errorf("%q is not in\n%s", part, raw)
		}
	}
	got, ok := Parse(raw)
	if !ok {
		t.Fatalf("no notification:\n%s", raw)
	}
	if !strings.HasPrefix(string(got.Returned), "Subject: Gr") {
		t.Errorf("returned: %q", got.Returned)
	}
	got.Text = strings.TrimSpace(got.Text)
	m.Heading, m.Returned, got.Returned = message.Heading{Subject: m.Subject}, nil, nil
	if !reflect.DeepEqual(got, m) {
		t.Errorf("is     %+v\nshould %+v", got, m)
	}
	automatic := sampleMDN()
	automatic.SendingMode = "mdn-sent-automatically"
	if raw, err := automatic.Build(); err != nil || !strings.Contains(string(raw), "Auto-Submitted: auto-replied\r\n") {
		t.Errorf("%v\n%s", err, raw)
	}
	hostile := sampleMDN()
	hostile.ReportingUA = "a\r\nDisposition: x"
	if raw, err := hostile.Build(); err == nil {
		t.Errorf("a field in a field:\n%s", raw)
	}
}

func TestParseMDN(t *testing.T) {
	report := func(fields string) string {
		return "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b\r\n\r\nread\r\n--b\r\n" +
			"Content-Type: message/disposition-notification\r\n\r\n" + fields + "\r\n--b--\r\n"
	}
	good := "Final-Recipient: rfc822;a@x.test\r\nDisposition: Automatic-Action/MDN-sent-automatically;\r\n Processed/error,x\r\n"
	for name, c := range map[string]struct {
		raw string
		ok  bool
	}{
		"good":           {report(good), true},
		"bare LF":        {strings.ReplaceAll(report(good), "\r\n", "\n"), true},
		"no recipient":   {report("Disposition: manual-action/MDN-sent-manually; displayed\r\n"), false},
		"no disposition": {report("Final-Recipient: rfc822;a@x.test\r\n"), false},
		"unknown type":   {report("Final-Recipient: rfc822;a@x.test\r\nDisposition: manual-action/MDN-sent-manually; eaten\r\n"), false},
		"a letter":       {"Subject: x\r\n\r\nhello\r\n", false},
		"not a report":   {strings.Replace(report(good), "multipart/report", "multipart/mixed", 1), false},
		"inside another": {"Content-Type: message/rfc822\r\n\r\n" + report(good), false},
		"empty":          {"", false},
	} {
		if m, ok := Parse([]byte(c.raw)); ok != c.ok || ok && (m.Type != "processed" || m.SendingMode != "mdn-sent-automatically") {
			t.Errorf("%s: %t %+v", name, ok, m)
		}
	}
}

func TestReceiptTo(t *testing.T) {
	for header, want := range map[string]int{
		"Disposition-Notification-To: a@x.test":               1,
		"Disposition-Notification-To: A <a@x.test>, b@x.test": 2,
		"Disposition-Notification-To: nobody":                 0,
		"Subject: x":                                          0,
		"Disposition-Notification-To: a@x.test\r\nDisposition-Notification-To: b@x.test":                       0,
		"Disposition-Notification-To: a@x.test\r\nDisposition-Notification-Options: p=required,x":              0,
		"Disposition-Notification-To: a@x.test\r\nDisposition-Notification-Options: p=optional,x":              1,
		"Disposition-Notification-To: a@x.test\r\nContent-Type: multipart/report; report-type=delivery-status": 0,
		"Disposition-Notification-To: a@x.test\r\nContent-Type: multipart/mixed; boundary=b":                   1,
		"Disposition-Notification-To: Undisclosed:;":                                                           0,
	} {
		if got := Wanted(message.HeaderOf([]byte(header + "\r\n\r\n"))); len(got) != want {
			t.Errorf("%s: %v", header, got)
		}
	}
}

func FuzzParseMDN(f *testing.F) {
	raw, err := sampleMDN().Build()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\nFinal-Recipient: x\r\nDisposition: manual-action/mdn-sent-manually;deleted\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		Wanted(message.HeaderOf(raw))
		m, ok := Parse(raw)
		if !ok {
			return
		}
		m.Heading = message.Heading{From: "a@x.test", Date: time.Unix(0, 0), MessageID: "x"}
		m.Returned = nil
		again, err := m.Build()
		if err != nil {
			return // what cannot stand in a header is not written
		}
		if back, ok := Parse(again); ok && back.Type != m.Type {
			t.Errorf("%q became %q", m.Type, back.Type)
		}
	})
}
