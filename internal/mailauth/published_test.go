package mailauth_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"postroom/internal/dns"
	"postroom/internal/mailauth"
)

func TestCheckRecord(t *testing.T) {
	const domain, host = "example.test.", "mail.example.test."
	mx := mailauth.DNSRecord{Name: domain, Type: "MX", Value: "10 " + host}
	spf := mailauth.DNSRecord{Name: domain, Type: "TXT", Value: "v=spf1 mx -all"}
	dkim := mailauth.DNSRecord{Name: "s1._domainkey." + domain, Type: "TXT", Value: "v=DKIM1; k=rsa; p=QUJD"}
	dmarc := mailauth.DNSRecord{Name: "_dmarc." + domain, Type: "TXT", Value: "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.test"}
	srv := mailauth.DNSRecord{Name: "_imaps._tcp." + domain, Type: "SRV", Value: "0 1 993 " + host}
	auto := mailauth.DNSRecord{Name: "autoconfig." + domain, Type: "CNAME", Value: host}
	for _, c := range []struct {
		name   string
		want   mailauth.DNSRecord
		zone   func(*dns.Zone)
		state  mailauth.State
		values string
		reason string
	}{
		{"mx", mx, func(z *dns.Zone) { z.AddMX(domain, 20, "MAIL.example.test"); z.AddMX(domain, 30, "reserve.test") }, mailauth.Found, "20 MAIL.example.test.|30 reserve.test.", ""},
		{"mx elsewhere first", mx, func(z *dns.Zone) { z.AddMX(domain, 5, "other.test"); z.AddMX(domain, 10, "mail.example.test") }, mailauth.Differs, "5 other.test.|10 mail.example.test.", "first"},
		{"mx elsewhere", mx, func(z *dns.Zone) { z.AddMX(domain, 5, "other.test") }, mailauth.Differs, "5 other.test.", "another server"},
		{"null mx", mx, func(z *dns.Zone) { z.AddMX(domain, 0, ".") }, mailauth.Differs, "0 .", "another server"},
		{"no mx", mx, func(*dns.Zone) {}, mailauth.Missing, "", ""},
		{"broken", mx, func(z *dns.Zone) { z.Break(domain) }, mailauth.Unknown, "", "could not be asked"},
		{"spf", spf, func(z *dns.Zone) {
			z.AddTXT(domain, "site-verification=1")
			z.AddTXT(domain, "V=spf1 include:other.test +MX ~all")
		}, mailauth.Found, "V=spf1 include:other.test +MX ~all", ""},
		{"spf without us", spf, func(z *dns.Zone) { z.AddTXT(domain, "v=spf1 include:other.test -all") }, mailauth.Differs, "v=spf1 include:other.test -all", "mx"},
		{"spf that forbids us", spf, func(z *dns.Zone) { z.AddTXT(domain, "v=spf1 -mx -all") }, mailauth.Differs, "v=spf1 -mx -all", "mx"},
		{"spf of another version", spf, func(z *dns.Zone) { z.AddTXT(domain, "v=spf10 mx") }, mailauth.Missing, "", ""},
		{"spf twice", spf, func(z *dns.Zone) { z.AddTXT(domain, "v=spf1 mx -all"); z.AddTXT(domain, "v=spf1 a -all") }, mailauth.Differs, "v=spf1 mx -all|v=spf1 a -all", "several"},
		{"dkim", dkim, func(z *dns.Zone) { z.AddTXT("s1._domainkey."+domain, "p=QU JD;t=s") }, mailauth.Found, "p=QU JD;t=s", ""},
		{"dkim of before", dkim, func(z *dns.Zone) { z.AddTXT("s1._domainkey."+domain, "v=DKIM1; k=rsa; p=WFla") }, mailauth.Differs, "v=DKIM1; k=rsa; p=WFla", "another key"},
		{"dkim taken back", dkim, func(z *dns.Zone) { z.AddTXT("s1._domainkey."+domain, "v=DKIM1; p=") }, mailauth.Differs, "v=DKIM1; p=", "no key"},
		{"dkim of another kind", dkim, func(z *dns.Zone) { z.AddTXT("s1._domainkey."+domain, "k=ed25519; p=QUJD") }, mailauth.Differs, "k=ed25519; p=QUJD", "algorithm"},
		{"dmarc stricter", dmarc, func(z *dns.Zone) { z.AddTXT("_dmarc."+domain, "v=DMARC1;p=Reject") }, mailauth.Found, "v=DMARC1;p=Reject", ""},
		{"dmarc of nothing", dmarc, func(z *dns.Zone) { z.AddTXT("_dmarc."+domain, "v=DMARC1; p=none") }, mailauth.Differs, "v=DMARC1; p=none", "p=none"},
		{"dmarc without policy", dmarc, func(z *dns.Zone) { z.AddTXT("_dmarc."+domain, "v=DMARC1") }, mailauth.Differs, "v=DMARC1", "no policy"},
		{"srv", srv, func(z *dns.Zone) {
			z.AddSRV("_imaps._tcp."+domain, net.SRV{Target: "mail.example.test.", Port: 993, Priority: 5})
		}, mailauth.Found, "5 0 993 mail.example.test.", ""},
		{"srv elsewhere", srv, func(z *dns.Zone) {
			z.AddSRV("_imaps._tcp."+domain, net.SRV{Target: "mail.example.test.", Port: 143})
		}, mailauth.Differs, "0 0 143 mail.example.test.", ""},
		{"alias", auto, func(z *dns.Zone) { z.AddCNAME(auto.Name, "mail.Example.test") }, mailauth.Found, "mail.example.test.", ""},
		{"alias elsewhere", auto, func(z *dns.Zone) { z.AddCNAME(auto.Name, "other.test") }, mailauth.Differs, "other.test.", ""},
		{"address", auto, func(z *dns.Zone) { z.AddIP(auto.Name, "192.0.2.1"); z.AddIP(host, "192.0.2.1") }, mailauth.Found, "192.0.2.1", ""},
		{"address elsewhere", auto, func(z *dns.Zone) { z.AddIP(auto.Name, "192.0.2.2"); z.AddIP(host, "192.0.2.1") }, mailauth.Differs, "192.0.2.2", ""},
		{"no alias", auto, func(*dns.Zone) {}, mailauth.Missing, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			z := new(dns.Zone)
			c.zone(z)
			got := mailauth.CheckRecord(context.Background(), z, c.want)
			if got.State != c.state || strings.Join(got.Values, "|") != c.values || !strings.Contains(got.Reason, c.reason) || c.reason == "" && got.Reason != "" {
				t.Fatalf("got %s %q %q", got.State, got.Values, got.Reason)
			}
		})
	}
	if got := mailauth.CheckRecord(context.Background(), dns.None{}, mx); got.State != mailauth.Unknown || got.Reason == "" {
		t.Errorf("without a DNS: %+v", got)
	}
}

func TestCheckTransportSecurity(t *testing.T) {
	z := new(dns.Zone)
	if p, ok := mailauth.CheckTransportSecurity(context.Background(), z, "example.test", "mail.example.test"); ok {
		t.Errorf("there is none: %+v", p)
	}
	z.AddTXT("_mta-sts.example.test", "v=STSv1; id=1")
	p, ok := mailauth.CheckTransportSecurity(context.Background(), z, "example.test", "mail.example.test")
	if !ok || p.State != mailauth.Found || !strings.Contains(p.Reason, "has to name mail.example.test") {
		t.Errorf("%v %+v", ok, p)
	}
	z.AddTXT("_mta-sts.example.test", "v=STSv1; id=2")
	if p, _ := mailauth.CheckTransportSecurity(context.Background(), z, "example.test", "mail.example.test"); p.State != mailauth.Differs {
		t.Errorf("two: %+v", p)
	}
}
