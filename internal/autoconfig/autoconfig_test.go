package autoconfig

import (
	"encoding/xml"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

var settings = Settings{Domain: "example.test", Name: "Mail of <example>",
	IMAP:       []Server{{"mail.example.test", 993, TLS}, {"mail.example.test", 143, StartTLS}},
	Submission: []Server{{"mail.example.test", 465, TLS}, {"mail.example.test", 587, StartTLS}}}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile("testdata/"+name, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is\n%s", name, got)
	}
	for dec := xml.NewDecoder(strings.NewReader(string(got))); ; {
		if _, err := dec.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestDocuments(t *testing.T) {
	out, err := Thunderbird(settings)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "config-v1.1.xml", out)
	if out, err = Autodiscover(settings, "anna@example.test"); err != nil {
		t.Fatal(err)
	}
	golden(t, "autodiscover.xml", out)
	if out, err = AutodiscoverFault("no <mail>"); err != nil {
		t.Fatal(err)
	}
	golden(t, "fault.xml", out)
	golden(t, "profile.mobileconfig", Profile(settings, "anna@example.test", []Mailbox{
		{Address: "anna@example.test", Name: "Anna & Co", User: "anna@example.test"},
		{Address: "info@example.test", Name: "Information", User: "info@example.test*anna@example.test"}}))
}

func TestParseAutodiscover(t *testing.T) {
	request := func(address, schema string) string {
		return `<?xml version="1.0"?><Autodiscover xmlns="` + requestSchema + `"><Request><EMailAddress>` + address +
			`</EMailAddress><AcceptableResponseSchema>` + schema + `</AcceptableResponseSchema></Request></Autodiscover>`
	}
	tests := []struct {
		body, address string
		ok            bool
	}{
		{request(" anna@example.test ", settingsSchema), "anna@example.test", true},
		{request("anna@example.test", ""), "anna@example.test", true},
		{request("anna@example.test", "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"), "", false},
		{"<Autodiscover/>", "", false},
		{"", "", false},
		{request(strings.Repeat("a", maxRequest), settingsSchema), "", false},
		{`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + request("&e;", settingsSchema), "", false},
	}
	for _, test := range tests {
		address, err := ParseAutodiscover(strings.NewReader(test.body))
		if address != test.address || (err == nil) != test.ok {
			t.Errorf("%.80q: %q %v", test.body, address, err)
		}
	}
}
