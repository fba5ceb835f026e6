package exchange

import (
	"regexp"
	"strings"

	"postroom/internal/heritage"
)

// directory knows what names stand for.
type directory struct {
	// names are the addresses of each name, in lower case: one, or the name
	// says nothing.
	names  map[string]map[string]bool
	groups map[string]bool // addresses, in lower case
}

// name adds one.
func (d *directory) name(name, address string) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "" {
		return
	}
	if d.names == nil {
		d.names, d.groups = map[string]map[string]bool{}, map[string]bool{}
	}
	if d.names[name] == nil {
		d.names[name] = map[string]bool{}
	}
	d.names[name][address] = true
}

// person reports whether an address is known to be one person's.
func (d *directory) person(address string) bool {
	return d.names[address] != nil && !d.groups[address]
}

// kinds of accounts by RecipientTypeDetails.
var kinds = map[string]string{"sharedmailbox": "shared", "roommailbox": "resource", "equipmentmailbox": "resource"}

var nameColumns = []string{"primarysmtpaddress", "windowsemailaddress", "userprincipalname", "alias", "displayname", "name", "identity",
	"distinguishedname", "samaccountname", "legacyexchangedn", "guid", "exchangeguid", "externaldirectoryobjectid", "windowsliveid", "id"}

// recipient takes a row about one.
func (r *Reader) recipient(w *row) {
	address := strings.ToLower(w.first("primarysmtpaddress", "windowsemailaddress"))
	if !strings.Contains(address, "@") {
		r.estate.Remark(w.Place, heritage.Refused, w.text, "a recipient without an address")
		return
	}
	for _, c := range nameColumns {
		r.known.name(w.cells[c], address)
	}
	if dn := w.cells["distinguishedname"]; dn != "" {
		r.known.name(canonical(dn), address)
	}
	details := strings.ToLower(w.first("recipienttypedetails", "recipienttype"))
	step := heritage.Step{Place: w.Place, Act: heritage.MakeAccount, Target: address,
		Entry: &heritage.Facts{Name: w.first("displayname"), Kind: "person", State: "active"}}
	switch {
	case strings.Contains(details, "dynamic"):
		r.estate.Remark(w.Place, heritage.Refused, w.text, "a dynamic group: \"postroom group create --filter\" makes one")
		return
	case strings.Contains(details, "group"):
		r.known.groups[address] = true
		step.Act, step.Entry.Kind, step.Entry.State = heritage.MakeGroup, "", ""
	case strings.Contains(details, "contact") || strings.Contains(details, "mailuser") || strings.Contains(details, "guest"):
		return // an address elsewhere
	case strings.Contains(details, "discovery") || strings.Contains(details, "arbitration") || strings.Contains(details, "system"):
		r.estate.Remark(w.Place, heritage.LeftOut, w.text, "a mailbox of the product itself")
		return
	case kinds[details] != "":
		step.Entry.Kind = kinds[details]
	}
	r.estate.Add(step)
	hide, ok := truth(w.cells["hiddenfromaddresslistsenabled"])
	if ok && hide {
		r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.Set, Target: address, Entry: &heritage.Facts{HideInGAL: &hide}})
	}
	r.aliases(w, address)
}

var smtpAddress = regexp.MustCompile(`(?i)(^|[\s,;|{])smtp:([^\s,;|{}]+@[^\s,;|{}]+)`)

func (r *Reader) aliases(w *row, address string) {
	text := w.cells["emailaddresses"]
	if strings.HasPrefix(text, "Microsoft.") || strings.HasPrefix(text, "System.") {
		r.estate.Remark(w.Place, heritage.Differs, w.text, "the other addresses are not in it: "+joined("EmailAddresses"))
	}
	for _, m := range smtpAddress.FindAllStringSubmatch(text, -1) {
		if alias := strings.ToLower(m[2]); alias != address {
			r.known.name(alias, address)
			r.estate.Add(heritage.Step{Place: w.Place, Act: heritage.AddAlias, Target: address, Grantee: alias})
		}
	}
}

// joined is how a property with several values comes into a CSV file.
func joined(property string) string {
	return "select it as @{n='" + property + "';e={$_." + property + " -join ';'}}"
}

// canonical is the canonical name (a.example/Users/Anna) of a distinguished
// name (RFC 4514).
func canonical(dn string) string {
	var domain, path []string
	for _, part := range parts(dn) {
		kind, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(kind, "dc") {
			domain = append(domain, value)
		} else {
			path = append([]string{value}, path...)
		}
	}
	return strings.Join(append([]string{strings.Join(domain, ".")}, path...), "/")
}

// parts are those of a distinguished name, without the backslashes before
// commas that are part of a value.
func parts(dn string) []string {
	const comma = "\x00"
	all := strings.Split(strings.ReplaceAll(dn, `\,`, comma), ",")
	for i, p := range all {
		all[i] = strings.ReplaceAll(p, comma, ",")
	}
	return all
}

// find is the address a name stands for, or why it is not known.
func (d *directory) find(name string) (address, why string) {
	name = strings.TrimSpace(name)
	tries := []string{name}
	if _, sam, ok := strings.Cut(name, `\`); ok {
		tries = append(tries, sam) // DOMAIN\sam
	}
	if cut, ok := strings.CutPrefix(strings.ToLower(name), "smtp:"); ok {
		tries = append(tries, cut)
	}
	for _, t := range tries {
		all := d.names[strings.ToLower(t)]
		if len(all) > 1 {
			return "", "several recipients have this name: " + name
		}
		for address := range all {
			return address, ""
		}
	}
	switch {
	case strings.HasPrefix(strings.ToUpper(name), "S-1-"):
		return "", "an account that is no more (" + name + ")"
	case plainAddress.MatchString(name):
		return strings.ToLower(name), ""
	case len(d.names) == 0:
		return "", "whose address " + name + " is, is not known: give --mailboxes with what Get-Recipient exports"
	}
	return "", "no recipient has this name: " + name
}

var plainAddress = regexp.MustCompile(`^[^\s@\\/,;"]+@[^\s@\\/,;"]+$`)
