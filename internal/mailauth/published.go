package mailauth

import (
	"cmp"
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
)

// State says how the public DNS stands to a record that should be there.
type State string

const (
	// Found: what is published does what the record should do.
	Found State = "found"
	// Missing: nothing of the kind is published.
	Missing State = "missing"
	// Differs: something else is published.
	Differs State = "differs"
	// Unknown: the DNS could not be asked.
	Unknown State = "unknown"
)

// Published is a record beside what the DNS says.
type Published struct {
	// Record that should be there; its Value is empty for what is there without
	// being asked for.
	Record DNSRecord
	State  State
	// Values that are there, of the same kind: of a TXT record only those with
	// the same purpose.
	Values []string
	// Reason tells more, in words for people: why it differs, or why nobody
	// knows. Empty when there is nothing to tell.
	Reason string
}

// ZoneResolver is what CheckRecord asks. Errors are *net.DNSError.
type ZoneResolver interface {
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupCNAME(ctx context.Context, host string) (string, error)
}

// maxValues bounds what is told of one name.
const maxValues = 20

// maxValue bounds one value of somebody else's DNS, in octets.
const maxValue = 2048

// CheckRecord asks the DNS for one of the records that Records lists.
func CheckRecord(ctx context.Context, r ZoneResolver, want DNSRecord) Published {
	p := Published{Record: want}
	var err error
	switch want.Type {
	case "MX":
		err = p.mx(ctx, r)
	case "TXT":
		err = p.txt(ctx, r)
	case "SRV":
		err = p.srv(ctx, r)
	case "CNAME":
		err = p.cname(ctx, r)
	default:
		err = errors.New("records of this type cannot be checked")
	}
	var not *net.DNSError
	switch {
	case errors.As(err, &not) && not.IsNotFound:
		p.State = Missing
	case err != nil:
		p.State, p.Reason = Unknown, lookupFailure(err)
	}
	p.Values = bounded(p.Values)
	return p
}

// CheckTransportSecurity looks for a policy of MTA-STS (RFC 8461 §3.1): a
// domain that has one must name the server in it. false: there is none.
func CheckTransportSecurity(ctx context.Context, r ZoneResolver, domain, host string) (Published, bool) {
	p := Published{Record: DNSRecord{Name: "_mta-sts." + normalDomain(domain) + ".", Type: "TXT"}}
	texts, err := r.LookupTXT(ctx, p.Record.Name)
	p.Values = bounded(withTag(texts, "v=STSv1"))
	if err != nil || len(p.Values) == 0 {
		return p, false
	}
	p.State = Found
	p.Reason = "the policy at https://mta-sts." + normalDomain(domain) + "/.well-known/mta-sts.txt has to name " + normalDomain(host)
	if len(p.Values) > 1 {
		p.State, p.Reason = Differs, "there must be one record with v=STSv1"
	}
	return p, true
}

// lookupFailure is why the DNS gave no answer, without the text of an answer.
func lookupFailure(err error) string {
	var d *net.DNSError
	switch {
	case errors.As(err, &d) && d.IsTimeout || errors.Is(err, context.DeadlineExceeded):
		return "the DNS did not answer in time"
	case errors.As(err, &d):
		return "the DNS could not be asked: " + d.Err
	}
	return err.Error()
}

func bounded(values []string) []string {
	out := make([]string, 0, min(len(values), maxValues))
	for _, v := range values[:min(len(values), maxValues)] {
		if len(v) > maxValue {
			v = strings.ToValidUTF8(v[:maxValue], "") + "…"
		}
		out = append(out, strings.ToValidUTF8(v, "�"))
	}
	return out
}

// mx is found when the best host is ours: others behind it may be a reserve.
func (p *Published) mx(ctx context.Context, r ZoneResolver) error {
	list, err := r.LookupMX(ctx, p.Record.Name)
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b *net.MX) int { return cmp.Or(cmp.Compare(a.Pref, b.Pref), cmp.Compare(a.Host, b.Host)) })
	_, host, _ := strings.Cut(p.Record.Value, " ")
	ours, best := -1, -1
	for _, m := range list {
		p.Values = append(p.Values, strconv.Itoa(int(m.Pref))+" "+m.Host)
		if best < 0 {
			best = int(m.Pref)
		}
		if ours < 0 && sameHost(m.Host, host) {
			ours = int(m.Pref)
		}
	}
	switch {
	case len(list) == 0:
		p.State = Missing
	case ours < 0:
		p.State, p.Reason = Differs, "mail goes to another server"
	case ours > best:
		p.State, p.Reason = Differs, "mail goes to another server first"
	default:
		p.State = Found
	}
	return nil
}

func sameHost(a, b string) bool {
	n := normalDomain(a)
	return n != "" && n == normalDomain(b)
}

// txt compares the texts of one purpose, that of the first tag.
func (p *Published) txt(ctx context.Context, r ZoneResolver) error {
	texts, err := r.LookupTXT(ctx, p.Record.Name)
	if err != nil {
		return err
	}
	want := p.Record.Value
	switch {
	case strings.HasPrefix(want, "v=spf1"):
		p.Values = withTag(texts, "v=spf1")
		return p.one(func(have string) string { return spfFault(have) })
	case strings.HasPrefix(want, "v=DKIM1"):
		// RFC 6376 §3.6.1: the tag v may be left out.
		p.Values = texts
		return p.one(func(have string) string { return dkimFault(tags(have), tags(want)) })
	case strings.HasPrefix(want, "v=DMARC1"):
		p.Values = withTag(texts, "v=DMARC1")
		return p.one(func(have string) string { return dmarcFault(tags(have)) })
	}
	p.Values = texts
	if slices.Contains(texts, want) {
		p.State = Found
	} else {
		p.State = Differs
	}
	return nil
}

// one judges the only value; several of them void one another (RFC 7208 §4.5,
// RFC 7489 §6.6.3).
func (p *Published) one(fault func(string) string) error {
	switch len(p.Values) {
	case 0:
		p.State = Missing
	case 1:
		if p.Reason = fault(p.Values[0]); p.Reason == "" {
			p.State = Found
		} else {
			p.State = Differs
		}
	default:
		p.State, p.Reason = Differs, "there must be one such record, not several"
	}
	return nil
}

// withTag are the texts that begin with a version, whatever its case.
func withTag(texts []string, version string) (fit []string) {
	for _, text := range texts {
		head := strings.TrimSpace(text)
		if i := strings.IndexAny(head, " ;\t"); i >= 0 {
			head = head[:i]
		}
		if strings.EqualFold(head, version) {
			fit = append(fit, text)
		}
	}
	return fit
}

// spfFault: the servers of the MX records send, so the record has to let them.
func spfFault(have string) string {
	for _, term := range strings.Fields(have)[1:] {
		if term = strings.ToLower(strings.TrimPrefix(term, "+")); term == "mx" {
			return ""
		}
	}
	return "it does not name mx, the servers that mail is delivered to"
}

func dkimFault(have, want map[string]string) string {
	switch {
	case have["p"] == "":
		return "it holds no key, or one that was taken back"
	case have["p"] != want["p"]:
		return "it holds another key than the one that signs"
	case cmp.Or(have["k"], "rsa") != cmp.Or(want["k"], "rsa"):
		return "it names another algorithm than the key has"
	}
	return ""
}

func dmarcFault(have map[string]string) string {
	switch strings.ToLower(have["p"]) {
	case "quarantine", "reject":
		return ""
	case "none":
		return "with p=none forged mail is delivered all the same"
	}
	return "it has no policy p="
}

// tags are those of a tag list (RFC 6376 §3.2), names in lower case and values
// without white space.
func tags(text string) map[string]string {
	m := make(map[string]string)
	for part := range strings.SplitSeq(text, ";") {
		name, value, ok := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := m[name]; ok && !twice {
			m[name] = strings.Join(strings.Fields(value), "")
		}
	}
	return m
}

// srv is found when a record leads to the host and port.
func (p *Published) srv(ctx context.Context, r ZoneResolver) error {
	_, list, err := r.LookupSRV(ctx, "", "", p.Record.Name)
	if err != nil {
		return err
	}
	p.State = Missing
	want := strings.Fields(p.Record.Value)
	for _, s := range list {
		p.Values = append(p.Values, strings.Join([]string{strconv.Itoa(int(s.Priority)), strconv.Itoa(int(s.Weight)), strconv.Itoa(int(s.Port)), s.Target}, " "))
		if p.State != Found {
			p.State = Differs
		}
		if strconv.Itoa(int(s.Port)) == want[2] && sameHost(s.Target, want[3]) {
			p.State = Found
		}
	}
	return nil
}

// cname is found when the name is an alias of the host, or has its addresses.
func (p *Published) cname(ctx context.Context, r ZoneResolver) error {
	target, err := r.LookupCNAME(ctx, p.Record.Name)
	var not *net.DNSError
	if err == nil {
		p.Values = []string{target}
		p.State = Differs
		if sameHost(target, p.Record.Value) {
			p.State = Found
		}
		return nil
	}
	if !errors.As(err, &not) || !not.IsNotFound {
		return err
	}
	have, err := r.LookupIPAddr(ctx, p.Record.Name)
	if err != nil {
		return err
	}
	ours, err := r.LookupIPAddr(ctx, p.Record.Value)
	if err != nil && !(errors.As(err, &not) && not.IsNotFound) {
		return err
	}
	p.State = Found
	for _, a := range have {
		p.Values = append(p.Values, a.String())
		if !slices.ContainsFunc(ours, func(b net.IPAddr) bool { return a.IP.Equal(b.IP) }) {
			p.State = Differs
		}
	}
	return nil
}
