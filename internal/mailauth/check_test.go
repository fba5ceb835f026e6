package mailauth

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"
)

// zone answers from maps; a TXT of "!" fails as a temporary failure.
type zone struct {
	txt map[string][]string
	ip  map[string]string
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	name = strings.TrimSuffix(name, ".")
	switch t, ok := z.txt[name]; {
	case !ok:
		return nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
	case t[0] == "!":
		return nil, &net.DNSError{Err: "timeout", Name: name, IsTemporary: true}
	default:
		return t, nil
	}
}

func (z zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	return nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
}

func (z zone) LookupIPAddr(_ context.Context, host string) ([]net.IPAddr, error) {
	if ip, ok := z.ip[strings.TrimSuffix(host, ".")]; ok {
		return []net.IPAddr{{IP: net.ParseIP(ip)}}, nil
	}
	return nil, &net.DNSError{Err: "no such record", Name: host, IsNotFound: true}
}

func (z zone) LookupAddr(_ context.Context, ip string) ([]string, error) {
	return nil, &net.DNSError{Err: "no such record", Name: ip, IsNotFound: true}
}

// off fails every lookup, as a server does that asks no DNS.
type off struct{}

func (off) fail(name string) error {
	return &net.DNSError{Err: "lookups are turned off", Name: name, IsTemporary: true}
}
func (o off) LookupTXT(_ context.Context, n string) ([]string, error)        { return nil, o.fail(n) }
func (o off) LookupMX(_ context.Context, n string) ([]*net.MX, error)        { return nil, o.fail(n) }
func (o off) LookupIPAddr(_ context.Context, n string) ([]net.IPAddr, error) { return nil, o.fail(n) }
func (o off) LookupAddr(_ context.Context, n string) ([]string, error)       { return nil, o.fail(n) }

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// rfc8463 is the signed message of RFC 8463 §A.3.
var rfc8463 = crlf(`DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
`)

func TestVectorOfRFC8463(t *testing.T) {
	z := zone{txt: map[string][]string{
		"brisbane._domainkey.football.example.com": {"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
	}}
	got, err := Verify(context.Background(), z, strings.NewReader(rfc8463))
	if err != nil || len(got) != 1 || got[0].Value != Pass || got[0].Domain != "football.example.com" {
		t.Errorf("%+v %v", got, err)
	}
	for name, bad := range map[string]string{
		"body":           strings.Replace(rfc8463, "lost", "won", 1),
		"subject":        strings.Replace(rfc8463, "dinner", "lunch", 1),
		"second subject": strings.Replace(rfc8463, "To:", "Subject: other\r\nTo:", 1),
	} {
		got, err := Verify(context.Background(), z, strings.NewReader(bad))
		if err != nil || len(got) != 1 || got[0].Value != Fail {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

const letter = "From: Anna <anna@example.test>\r\nTo: ben@other.test\r\nSubject: x\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\nMessage-ID: <1@example.test>\r\n\r\nhello\r\n"

func TestCheck(t *testing.T) {
	key, err := GenerateKey("s1", Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	record, _ := key.Record()
	signed := func(domain, message string) string {
		h, err := Sign(strings.NewReader(message), domain, key)
		if err != nil {
			t.Fatal(err)
		}
		return h + message
	}
	z := zone{txt: map[string][]string{
		"example.test":                      {"v=spf1 ip4:192.0.2.0/24 -all", "other"},
		"strict.test":                       {"v=spf1 ip4:192.0.2.0/24 ~all"},
		"mail.example.test":                 {"v=spf1 ip4:192.0.2.0/24 -all"},
		"s1._domainkey.example.test":        {record},
		"s1._domainkey.mail.example.test":   {record},
		"s1._domainkey.xn--exmple-cua.test": {record},
		"s1._domainkey.evil.test":           {record},
		"_dmarc.example.test":               {"v=DMARC1; p=reject; sp=quarantine; pct=50", "unrelated"},
		"_dmarc.xn--exmple-cua.test":        {"v=DMARC1; p=reject"},
		"_dmarc.strict.test":                {"v=DMARC1; p=quarantine; adkim=s; aspf=s"},
		"_dmarc.twice.test":                 {"v=DMARC1; p=reject", "v=DMARC1; p=none"},
		"_dmarc.broken.test":                {"v=DMARC1; p=perhaps"},
		"_dmarc.slow.test":                  {"!"},
		"s1._domainkey.slow.test":           {"!"},
	}}
	good, bad := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("198.51.100.7")
	from := func(s string) string { return strings.Replace(letter, "anna@example.test", s, 1) }
	for _, tt := range []struct {
		name    string
		sender  Sender
		message string
		want    string
	}{
		{"SPF alone", Sender{good, "h.test", "anna@example.test"}, letter,
			"mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=pass header.from=example.test policy.dmarc=reject"},
		{"IPv4 in IPv6", Sender{netip.AddrFrom16(good.As16()), "h.test", "anna@example.test"}, letter, "mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=pass header.from=example.test policy.dmarc=reject"},
		{"nothing", Sender{bad, "h.test", "anna@example.test"}, letter,
			`mx.test; spf=fail reason="matched all" smtp.mailfrom=anna@example.test; dkim=none; dmarc=fail header.from=example.test policy.dmarc=reject`},
		{"DKIM alone", Sender{bad, "h.test", "x@other.test"}, signed("example.test", letter),
			"mx.test; spf=none smtp.mailfrom=x@other.test; dkim=pass header.d=example.test; dmarc=pass header.from=example.test policy.dmarc=reject"},
		{"relaxed alignment", Sender{bad, "h.test", ""}, signed("mail.example.test", letter),
			"mx.test; spf=none smtp.helo=h.test; dkim=pass header.d=mail.example.test; dmarc=pass header.from=example.test policy.dmarc=reject"},
		{"foreign signature", Sender{bad, "h.test", ""}, signed("evil.test", letter),
			"mx.test; spf=none smtp.helo=h.test; dkim=pass header.d=evil.test; dmarc=fail header.from=example.test policy.dmarc=reject"},
		{"subdomain policy", Sender{bad, "h.test", ""}, from("a@sub.example.test"),
			"mx.test; spf=none smtp.helo=h.test; dkim=none; dmarc=fail header.from=sub.example.test policy.dmarc=quarantine"},
		{"HELO", Sender{good, "mail.example.test", ""}, letter,
			"mx.test; spf=pass smtp.helo=mail.example.test; dkim=none; dmarc=pass header.from=example.test policy.dmarc=reject"},
		{"strict alignment", Sender{good, "h.test", "a@strict.test"}, from("a@sub.strict.test"),
			"mx.test; spf=pass smtp.mailfrom=a@strict.test; dkim=none; dmarc=fail header.from=sub.strict.test policy.dmarc=quarantine"},
		{"U-label", Sender{bad, "h.test", ""}, signed("exämple.test", from("a@EXÄMPLE.test")),
			"mx.test; spf=none smtp.helo=h.test; dkim=pass header.d=xn--exmple-cua.test; dmarc=pass header.from=xn--exmple-cua.test policy.dmarc=reject"},
		{"two records", Sender{bad, "h.test", ""}, from("a@twice.test"), "mx.test; spf=none smtp.helo=h.test; dkim=none; dmarc=none header.from=twice.test"},
		{"broken record", Sender{bad, "h.test", ""}, from("a@broken.test"), "mx.test; spf=none smtp.helo=h.test; dkim=none; dmarc=permerror reason=\"dmarc: invalid policy for parameter 'p'\" header.from=broken.test"},
		{"slow", Sender{bad, "h.test", ""}, signed("slow.test", letter), `mx.test; spf=none smtp.helo=h.test; dkim=temperror reason="key unavailable: lookup s1._domainkey.slow.test: timeout" header.d=slow.test; dmarc=temperror header.from=example.test policy.dmarc=reject`},
		{"slow policy", Sender{bad, "h.test", ""}, from("a@slow.test"), `mx.test; spf=none smtp.helo=h.test; dkim=none; dmarc=temperror reason="policy lookup failed" header.from=slow.test`},
		{"two From fields", Sender{good, "h.test", "anna@example.test"}, "From: x@evil.test\r\n" + letter,
			`mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=permerror reason="more than one From field"`},
		{"two From domains", Sender{good, "h.test", "anna@example.test"}, strings.Replace(letter, "To:", "  ,x@evil.test\r\nTo:", 1),
			`mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=permerror reason="authors of several domains"`},
		{"no From", Sender{good, "h.test", "anna@example.test"}, "Subject: x\r\n\r\n",
			`mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=permerror reason="no From field"`},
		{"look-alike", Sender{good, "h.test", "anna@example.test"}, from("a@exam\u212ale.test"), `mx.test; spf=pass smtp.mailfrom=anna@example.test; dkim=none; dmarc=permerror reason="the From field has no domain name"`},
	} {
		v, err := Check(context.Background(), z, tt.sender, strings.NewReader(tt.message))
		got := strings.ReplaceAll(v.Results("mx.test"), ";\r\n\t", "; ")
		if err != nil || got != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, got, tt.want)
		}
	}
}

func TestNoDNSNeverFails(t *testing.T) {
	key, _ := GenerateKey("s1", Ed25519)
	h, _ := Sign(strings.NewReader(letter), "example.test", key)
	v, err := Check(context.Background(), off{}, Sender{netip.MustParseAddr("192.0.2.1"), "h.test", "anna@example.test"}, strings.NewReader(h+letter))
	if err != nil || v.SPF.Value != TempError || v.DKIM[0].Value != TempError || v.DMARC.Value != TempError {
		t.Errorf("%+v %v", v, err)
	}
	v, err = Check(context.Background(), off{}, Sender{}, strings.NewReader(letter))
	if err != nil || v.SPF.Value != None || v.DKIM[0].Value != None || v.DMARC.Value != TempError {
		t.Errorf("%+v %v", v, err)
	}
}

func TestBounded(t *testing.T) {
	sig := "DKIM-Signature: v=1; a=rsa-sha256; d=example.test; s=s1; h=from; bh=; b=\r\n"
	for name, m := range map[string]string{
		"long header":    "X: " + strings.Repeat("x", MaxHeader) + "\r\n" + letter,
		"many lines":     "X: x\r\n" + strings.Repeat(" x\r\n", maxLines+1) + letter,
		"many fields":    sig + strings.Repeat("X: x\r\n", maxFields+1) + letter,
		"long signature": strings.Replace(sig, "h=from", "h="+strings.Repeat("from:", 2000)+"from", 1) + letter,
		"no end":         "X: " + strings.Repeat("x", 10*MaxHeader),
	} {
		v, err := Check(context.Background(), zone{}, Sender{}, strings.NewReader(m))
		if err != nil || v.DKIM[0].Value != PermError {
			t.Errorf("%s: %+v %v", name, v, err)
		}
	}
	v, err := Check(context.Background(), zone{}, Sender{}, strings.NewReader(strings.Repeat(sig, 50)+letter))
	if err != nil || len(v.DKIM) != maxSignatures {
		t.Errorf("%d signatures, %v", len(v.DKIM), err)
	}
}

type brokenReader struct{ err error }

func (b brokenReader) Read([]byte) (int, error) { return 0, b.err }

func TestUnreadableMessage(t *testing.T) {
	before := runtime.NumGoroutine()
	disk := errors.New("disk")
	sig := "DKIM-Signature: v=1; a=ed25519-sha256; d=example.test; s=s1; h=from; bh=; b=\r\n"
	v, err := Check(context.Background(), zone{}, Sender{}, io.MultiReader(strings.NewReader(sig+sig+letter), brokenReader{disk}))
	if !errors.Is(err, disk) || v.DKIM[0].Value != TempError {
		t.Errorf("%+v %v", v, err)
	}
	if _, err := Sign(io.MultiReader(strings.NewReader(letter), brokenReader{disk}), "example.test", mustKey(t)); !errors.Is(err, disk) {
		t.Error(err)
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func mustKey(t *testing.T) Key {
	t.Helper()
	k, err := GenerateKey("s1", Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestOrganizationalDomain(t *testing.T) {
	for in, want := range map[string]string{
		"example.test": "example.test", "a.b.example.test": "example.test", "a.example.co.uk": "example.co.uk",
		"co.uk": "co.uk", "COM": "com", "x.ExAmple.test.": "example.test",
	} {
		if got := OrganizationalDomain(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}
