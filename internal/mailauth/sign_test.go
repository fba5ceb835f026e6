package mailauth

import (
	"context"
	"net/mail"
	"strings"
	"testing"
)

func TestSign(t *testing.T) {
	rsaKey, err := GenerateKey("r1", RSA)
	if err != nil {
		t.Fatal(err)
	}
	edKey := mustKey(t)
	z := zone{txt: map[string][]string{}}
	for _, k := range []*Key{&rsaKey, &edKey} {
		text, err := k.MarshalPEM()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseKey(k.Selector, text)
		if err != nil || again.Algorithm() != k.Algorithm() {
			t.Fatal(again.Algorithm(), err)
		}
		*k = again
		record, err := k.Record()
		if err != nil {
			t.Fatal(err)
		}
		z.txt[k.Selector+"._domainkey.example.test"] = []string{record}
	}
	for name, message := range map[string]string{
		"plain": letter, "bare LF": strings.ReplaceAll(letter, "\r\n", "\n"), "no body": "From: a@example.test\r\n",
		"no final line end": letter + "x", "bare CR": letter + "a\rb\r", "empty lines": letter + "\r\n\r\n",
		"long": letter + strings.Repeat("0123456789\r\n", 20000), "only header end": "From: a@example.test\r\n\r\n",
	} {
		h, err := Sign(strings.NewReader(message), "Example.test", rsaKey, edKey)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wire := strings.NewReplacer("\r\n", "\r\n", "\r", "\r\n", "\n", "\r\n").Replace(message)
		got, err := Verify(context.Background(), z, strings.NewReader(h+wire))
		if err != nil || len(got) != 2 || got[0].Value != Pass || got[1].Value != Pass {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	h, _ := Sign(strings.NewReader(letter), "example.test", rsaKey, edKey)
	for _, line := range strings.Split(h, "\r\n") {
		if len(line) > 500 {
			t.Errorf("line of %d octets", len(line))
		}
	}
	for _, added := range []string{"From: b@example.test", "Sender: b@example.test", "Reply-To: b@evil.test", "Subject: y", "Date: now",
		"To: c@example.test", "Cc: c@example.test", "Message-ID: <2@x>", "Content-Type: text/html"} {
		got, err := Verify(context.Background(), z, strings.NewReader(h+added+"\r\n"+letter))
		if err != nil || got[0].Value != Fail || got[1].Value != Fail {
			t.Errorf("%s: %+v %v", added, got, err)
		}
	}
	got, err := Verify(context.Background(), z, strings.NewReader("Received: x\r\nX-Y: z\r\n"+h+letter))
	if err != nil || got[0].Value != Pass {
		t.Errorf("trace added: %+v %v", got, err)
	}
	if _, err := Sign(strings.NewReader(letter), "", rsaKey); err == nil {
		t.Error("signed for no domain")
	}
	if _, err := Sign(strings.NewReader(letter), "example.test"); err == nil {
		t.Error("signed without a key")
	}
}

func TestParseKeyRefuses(t *testing.T) {
	for _, s := range []string{"", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if _, err := ParseKey("s", []byte(s)); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
	if _, err := GenerateKey("s", "dsa"); err == nil {
		t.Error("made a DSA key")
	}
}

func TestRecords(t *testing.T) {
	rsaKey, _ := GenerateKey("r1", RSA)
	records, err := Records("exämple.test", "mail.example.test", rsaKey, mustKey(t))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		lines = append(lines, r.String())
	}
	all := strings.Join(lines, "\n")
	for _, want := range []string{
		"xn--exmple-cua.test. IN MX 10 mail.example.test.",
		`xn--exmple-cua.test. IN TXT "v=spf1 mx -all"`,
		`r1._domainkey.xn--exmple-cua.test. IN TXT "v=DKIM1; k=rsa; p=MII`,
		`s1._domainkey.xn--exmple-cua.test. IN TXT "v=DKIM1; k=ed25519; p=`,
		`_dmarc.xn--exmple-cua.test. IN TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@xn--exmple-cua.test"`,
		"_imaps._tcp.xn--exmple-cua.test. IN SRV 0 1 993 mail.example.test.",
		"_submission._tcp.xn--exmple-cua.test. IN SRV 10 1 587 mail.example.test.",
		"autoconfig.xn--exmple-cua.test. IN CNAME mail.example.test.",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %s in\n%s", want, all)
		}
	}
	var served []string // what is not served must not be promised
	for _, r := range records {
		if r.Type == "SRV" {
			served = append(served, strings.TrimSuffix(r.Name, "._tcp.xn--exmple-cua.test."))
		}
	}
	if got := strings.Join(served, " "); got != "_submissions _submission _imaps _imap _autodiscover" {
		t.Errorf("services: %s", got)
	}
	for _, line := range lines {
		for _, part := range strings.Split(line, `"`) {
			if len(part) > 255 {
				t.Errorf("a string of %d octets: %s", len(part), line)
			}
		}
	}
}

func TestStripResults(t *testing.T) {
	const own = "Authentication-Results: mx.example.test; spf=pass\r\n"
	const other = "Authentication-Results: mx.other.test;\r\n\tspf=pass\r\n"
	for in, want := range map[string]string{
		own + letter:             letter,
		other + letter:           other + letter,
		"X: 1\r\n" + own + other: "X: 1\r\n" + other,
		"AUTHENTICATION-results : MX.example.TEST 1; none\r\nX: 1\n\n" + own:               "X: 1\n\n" + own,
		"Authentication-Results: (mx.other.test;) \"mx.\\example.test\"; a=b\r\n" + letter: letter,
		"Authentication-Results:\r\n mx.example.test; a=b\r\n\tc=d\r\n" + letter:           letter,
		"Authentication-Results: (unclosed mx.other.test; a=b\r\n" + letter:                letter,
		"Authentication-Results:\r\n" + letter:                                             letter,
		"Authentication-Results: mx.example.test.; a=b\r\n" + letter:                       letter,
		"Authentication-Results: mx.example.test/1; a=b\n" + letter:                        letter,
		"Authentication-Results-X: mx.example.test; a=b\n" + letter:                        "Authentication-Results-X: mx.example.test; a=b\n" + letter,
		"":           "",
		"no header":  "no header",
		" x\n" + own: " x\n",
	} {
		if got := string(StripResults([]byte(in), "mx.example.test")); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestResultsCannotBreakTheHeader(t *testing.T) {
	v := Verdict{
		SPF:   SPF{Value: Fail, From: "a\"\r\nX: y b@evil.test", Reason: "x\"\\\r\n\x00\x85 ü"},
		DKIM:  []DKIM{{Value: Fail, Domain: "d;x=y", Identifier: "(@;", Reason: strings.Repeat("r", 1000)}},
		DMARC: DMARC{Value: Fail, From: "f\nX: z"},
	}
	h := v.Header("mx.example.test")
	m, err := mail.ReadMessage(strings.NewReader(h + "\r\n"))
	if err != nil || len(m.Header) != 1 || strings.ContainsAny(h, "\x00") || strings.Contains(strings.ReplaceAll(h, "\r\n", ""), "\n") {
		t.Errorf("%q %v", h, err)
	}
	if got := (Verdict{}).Header("mx.example.test"); got != "Authentication-Results: mx.example.test; none\r\n" {
		t.Error(got)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte(rfc8463))
	f.Add([]byte("Authentication-Results: (\\) \"mx.example.test\"; a\r\n\tb\nFrom:\n x@y.test,\n\nbody"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := Check(context.Background(), zone{}, Sender{From: "a@b.test"}, strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		h := v.Header("mx.example.test")
		own, _ := fields([]byte(h))
		if len(own) != 1 {
			t.Fatalf("%q", h)
		}
		if got := StripResults([]byte(h+string(b)), "mx.example.test"); len(got) > len(b) {
			t.Fatalf("%q stays in", h)
		}
		once := StripResults(b, "mx.example.test")
		if again := StripResults(once, "mx.example.test"); string(again) != string(once) {
			t.Fatalf("%q then %q", once, again)
		}
	})
}
