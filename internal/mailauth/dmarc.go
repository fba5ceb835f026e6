package mailauth

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"

	"github.com/emersion/go-msgauth/dmarc"
)

// DMARC is the outcome of RFC 7489.
type DMARC struct {
	Value Value
	// From is the domain of the author in A-labels, "" if there is not exactly one.
	From string
	// Policy the domain asks for: "none", "quarantine" or "reject"; "" without a record.
	Policy string
	// Percent of failing mail the policy is asked for (pct); 100 is the default.
	Percent int
	// Reason for people, may be empty.
	Reason string
}

// checkDMARC finds the policy of the author's domain and whether SPF or DKIM vouch
// for that domain.
func checkDMARC(ctx context.Context, r Resolver, header []byte, s SPF, signatures []DKIM) DMARC {
	from, err := author(header)
	if err != nil {
		return DMARC{Value: PermError, Reason: err.Error()}
	}
	out := DMARC{Value: None, From: from}
	record, inherited, err := lookupPolicy(ctx, r, from)
	switch {
	case err != nil && isTemporary(err):
		out.Value, out.Reason = TempError, "policy lookup failed"
		return out
	case err != nil:
		out.Value, out.Reason = PermError, err.Error()
		return out
	case record == nil:
		return out
	}
	out.Policy, out.Percent = string(record.Policy), 100
	if inherited && record.SubdomainPolicy != "" {
		out.Policy = string(record.SubdomainPolicy)
	}
	if record.Percent != nil {
		out.Percent = *record.Percent
	}
	temporary := s.Value == TempError
	if s.Value == Pass && aligned(from, s.Domain, record.SPFAlignment) {
		out.Value = Pass
		return out
	}
	for _, d := range signatures {
		if d.Value == Pass && aligned(from, d.Domain, record.DKIMAlignment) {
			out.Value = Pass
			return out
		}
		temporary = temporary || d.Value == TempError
	}
	if temporary {
		// What could not be looked up might have passed (RFC 7489 §6.6.2).
		out.Value = TempError
		return out
	}
	out.Value = Fail
	return out
}

// aligned tells whether an authenticated domain speaks for the author's (RFC 7489 §3.1).
func aligned(from, domain string, mode dmarc.AlignmentMode) bool {
	if from == domain {
		return from != ""
	}
	return mode != dmarc.AlignmentStrict && domain != "" && OrganizationalDomain(from) == OrganizationalDomain(domain)
}

// lookupPolicy finds the record of domain, or of its organizational domain
// (RFC 7489 §6.6.3). A nil record without an error: none is published.
func lookupPolicy(ctx context.Context, r Resolver, domain string) (record *dmarc.Record, inherited bool, err error) {
	record, err = lookupRecord(ctx, r, domain)
	if record != nil || err != nil {
		return record, false, err
	}
	org := OrganizationalDomain(domain)
	if org == domain {
		return nil, false, nil
	}
	record, err = lookupRecord(ctx, r, org)
	return record, true, err
}

func lookupRecord(ctx context.Context, r Resolver, domain string) (*dmarc.Record, error) {
	texts, err := r.LookupTXT(ctx, "_dmarc."+domain)
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, t := range texts {
		version, _, _ := strings.Cut(t, ";")
		if strings.Join(strings.Fields(version), "") == "v=DMARC1" {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		return nil, nil // RFC 7489 §6.6.3: several are as none
	}
	return dmarc.Parse(found[0])
}

func isTemporary(err error) bool {
	var d *net.DNSError
	return errors.As(err, &d) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// author returns the one domain of the From field. More than one From field, or authors
// of different domains, leave open whom a client will show: that is an error, so that
// no second author rides on the policy of the first.
func author(header []byte) (string, error) {
	list, _ := fields(header)
	var from *field
	for i, f := range list {
		if !strings.EqualFold(f.name, "From") {
			continue
		}
		if from != nil {
			return "", errors.New("more than one From field")
		}
		from = &list[i]
	}
	if from == nil {
		return "", errors.New("no From field")
	}
	if len(from.value) > maxFrom {
		return "", errors.New("the From field is too large")
	}
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{
		// Display names do not matter here, so no charset may stop the parser.
		CharsetReader: func(_ string, in io.Reader) (io.Reader, error) { return in, nil },
	}}
	addresses, err := parser.ParseList(unfold(from.value))
	if err != nil || len(addresses) == 0 {
		return "", errors.New("the From field cannot be read")
	}
	domain := domainOf(addresses[0].Address)
	for _, a := range addresses[1:] {
		if domainOf(a.Address) != domain {
			return "", errors.New("authors of several domains")
		}
	}
	if !isHostname(domain) {
		return "", errors.New("the From field has no domain name")
	}
	return domain, nil
}

func unfold(b []byte) string {
	return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\n", "").Replace(string(b)))
}
