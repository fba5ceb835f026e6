package mailauth

import (
	"fmt"
	"strings"
)

// DNSRecord is one record to publish.
type DNSRecord struct {
	Name  string // absolute, with a final dot
	Type  string // "MX", "TXT", "SRV" or "CNAME"
	Value string // as in a zone file but for TXT: there it is the bare text
}

// String is the record as a line of a zone file.
func (r DNSRecord) String() string {
	value := r.Value
	if r.Type == "TXT" {
		value = zoneText(value)
	}
	return r.Name + " IN " + r.Type + " " + value
}

// zoneText quotes a TXT value in strings of at most 255 octets (RFC 1035 §3.3.14).
func zoneText(s string) string {
	var parts []string
	for {
		n := min(len(s), 255)
		part := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s[:n])
		parts = append(parts, `"`+part+`"`)
		if s = s[n:]; s == "" {
			return strings.Join(parts, " ")
		}
	}
}

// service is a SRV record: RFC 6186 §3, RFC 8314 §5.1. Only what the server speaks is
// here: clients believe it.
type service struct {
	name     string
	priority int // the encrypted twin of a service comes first
	port     int
}

var services = [...]service{
	{"_submissions._tcp", 0, 465},
	{"_submission._tcp", 10, 587},
	{"_imaps._tcp", 0, 993},
	{"_imap._tcp", 10, 143},
	// Outlook looks for its settings by it.
	{"_autodiscover._tcp", 0, 443},
}

// Records lists what to publish for a mail domain that is served by host: MX, SPF, a DKIM
// record for each key, DMARC and the service records by which clients find their settings.
func Records(domain, host string, keys ...Key) ([]DNSRecord, error) {
	domain, host = normalDomain(domain), normalDomain(host)
	if domain == "" || host == "" {
		return nil, fmt.Errorf("DNS records: not a domain name")
	}
	out := []DNSRecord{
		{domain + ".", "MX", "10 " + host + "."},
		{domain + ".", "TXT", "v=spf1 mx -all"},
	}
	for _, k := range keys {
		text, err := k.Record()
		if err != nil {
			return nil, err
		}
		out = append(out, DNSRecord{k.Selector + "._domainkey." + domain + ".", "TXT", text})
	}
	out = append(out, DNSRecord{"_dmarc." + domain + ".", "TXT", "v=DMARC1; p=quarantine; rua=mailto:postmaster@" + domain})
	for _, s := range services {
		out = append(out, DNSRecord{s.name + "." + domain + ".", "SRV", fmt.Sprintf("%d 1 %d %s.", s.priority, s.port, host)})
	}
	// Thunderbird asks that name; the certificate should hold it.
	return append(out, DNSRecord{"autoconfig." + domain + ".", "CNAME", host + "."}), nil
}
