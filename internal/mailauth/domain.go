package mailauth

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// rawDomain is what follows the last @ of an address, as written.
func rawDomain(address string) string {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return ""
	}
	return address[i+1:]
}

// domainOf is the domain of an address in normal form, "" if it has none.
func domainOf(address string) string { return normalDomain(rawDomain(address)) }

// normalDomain is a domain in lower-case A-labels without a final dot. What is not a
// valid internationalized name gives "", so it aligns with nothing; nor is any
// character mapped to an ASCII one that is not ASCII itself.
func normalDomain(s string) string {
	s = strings.TrimSuffix(s, ".")
	ascii := true
	for _, r := range s {
		if r < utf8.RuneSelf {
			continue
		}
		ascii = false
		if unicode.ToLower(r) < utf8.RuneSelf {
			return ""
		}
	}
	s = strings.ToLower(s)
	if ascii {
		return s
	}
	a, err := idna.Registration.ToASCII(s)
	if err != nil {
		return ""
	}
	return a
}

// isHostname tells whether s can be asked for in the DNS: two labels or more, no
// address literal, no bare IP address.
func isHostname(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") || strings.ContainsAny(s, "[]\\\" \t\r\n") {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
	}
	_, err := netip.ParseAddr(s)
	return err != nil
}

// OrganizationalDomain is the registered domain that domain belongs to (RFC 7489
// §3.2), by the public suffix list. A public suffix is its own.
func OrganizationalDomain(domain string) string {
	domain = normalDomain(domain)
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}
