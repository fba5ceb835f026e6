package zimbra

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"postroom/internal/heritage"
)

// plainNames are attributes without the products' prefix that begin a new line
// of a dump; everything else with a colon may be part of a value.
var plainNames = map[string]bool{"cn": true, "displayName": true, "givenName": true, "sn": true, "mail": true, "uid": true,
	"objectClass": true, "description": true, "memberURL": true, "dgIdentity": true, "o": true, "ou": true, "title": true,
	"company": true, "co": true, "l": true, "st": true, "street": true, "postalCode": true, "telephoneNumber": true,
	"mobile": true, "homePhone": true, "pager": true, "facsimileTelephoneNumber": true, "initials": true, "userPassword": true,
	"physicalDeliveryOfficeName": true, "amavisBypassSpamChecks": true, "amavisBypassVirusChecks": true, "dc": true, "c": true,
	"preferredLanguage": true, "userCertificate": true, "userSMIMECertificate": true}

// attribute takes a line of a dump: "name: value", "name:: base64", or more of
// the value before.
func (r *Reader) attribute(line string) {
	if strings.TrimSpace(line) == "members" && r.entry.list {
		r.state = members
		return
	}
	name, text, found := strings.Cut(line, ":")
	known := plainNames[name] || (strings.HasPrefix(name, "zimbra") || strings.HasPrefix(name, "carbonio")) && !strings.ContainsAny(name, " \t<")
	switch {
	case found && known && strings.HasPrefix(text, ":"):
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text[1:]))
		if err != nil {
			r.remark(r.at, heritage.Refused, line, "the value is no base64")
			return
		}
		text = string(raw)
	case found && known:
		text = strings.TrimPrefix(text, " ")
	case r.last != "":
		all := r.entry.attrs[r.last]
		all[len(all)-1].text += "\n" + line
		return
	default:
		return
	}
	r.last = name
	r.entry.attrs[name] = append(r.entry.attrs[name], value{text, r.at.Line})
}

func (r *Reader) member(line string) {
	line = strings.TrimSpace(line)
	if line == "" {
		r.state = nothing
		return
	}
	if !strings.Contains(line, "@") {
		r.remark(r.at, heritage.Refused, line, "this is no member's address")
		return
	}
	r.entry.members = append(r.entry.members, value{line, r.at.Line})
}

// plain takes a line by itself: what gam and gdlm print, a list of names, or
// something else of no interest.
func (r *Reader) plain(line string) {
	line = strings.TrimSpace(line)
	if line == "" {
		return
	}
	switch r.command.name {
	case "gam", "gdlm":
		list, via, nested := strings.Cut(line, " (via ")
		if nested {
			_ = via // who is in the nearer list is in this one
			return
		}
		if strings.Contains(list, "@") && r.command.subject() != "" {
			r.within = append(r.within, membership{r.at, r.command.subject(), list})
			return
		}
	case "gaa", "gadl", "gad", "gac", "gacr", "gid", "gsig", "gfg", "mfg", "grr", "rvr", "ga", "gdl", "gc", "gd", "gr", "gg":
		return // names alone tell nothing
	}
	if strings.Contains(line, "@") {
		r.remark(r.at, heritage.Refused, line, "whom is this about? There is no command line before it")
	}
}

// jsonFolder is a folder as gf and gaf -v print it.
type jsonFolder struct {
	Path    string       `json:"path"`
	Flags   *string      `json:"flags"`
	OwnerID string       `json:"ownerId"`
	Grants  []jsonGrant  `json:"grants"`
	Folders []jsonFolder `json:"subFolders"`
	More    []jsonFolder `json:"children"`
}

type jsonGrant struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	ID    string `json:"id"`
	Perms string `json:"permissions"`
}

// json takes what -v and getFolder print.
func (r *Reader) json(at heritage.Place, raw []byte) {
	mailbox, name := r.command.mailbox, r.command.name
	if name != "gfg" && name != "gaf" && name != "gf" || mailbox == "" {
		r.remark(at, heritage.LeftOut, "", "JSON without a command line of gfg, gaf or gf before it")
		return
	}
	if name == "gfg" {
		var grants []jsonGrant
		if json.Unmarshal(raw, &grants) != nil || len(r.command.args) == 0 {
			r.remark(at, heritage.Refused, "", "this is not the JSON of getFolderGrant")
			return
		}
		r.jsonGrants(at, slash(r.command.args[len(r.command.args)-1]), grants)
		return
	}
	var list []jsonFolder
	if json.Unmarshal(raw, &list) != nil {
		var one jsonFolder
		if json.Unmarshal(raw, &one) != nil {
			r.remark(at, heritage.Refused, "", "this is not the JSON of a folder")
			return
		}
		list = []jsonFolder{one}
	}
	r.jsonFolders(at, list)
}

func (r *Reader) jsonFolders(at heritage.Place, list []jsonFolder) {
	for _, f := range list {
		if f.OwnerID != "" || f.Path == "" {
			continue // a share of somebody else's
		}
		closed := f.Flags != nil && strings.Contains(*f.Flags, "i")
		r.folders = append(r.folders, folder{Place: at, owner: r.command.mailbox, path: slash(f.Path), flags: true, closed: closed})
		r.jsonGrants(at, slash(f.Path), f.Grants)
		r.jsonFolders(at, f.Folders)
		r.jsonFolders(at, f.More)
	}
}

func (r *Reader) jsonGrants(at heritage.Place, path string, grants []jsonGrant) {
	for _, g := range grants {
		r.shares = append(r.shares, share{Place: at, row: strings.Join([]string{g.Perms, g.Type, g.Name}, " "),
			kind: g.Type, name: g.Name, id: g.ID, perms: g.Perms, owner: r.command.mailbox, path: path})
	}
}
