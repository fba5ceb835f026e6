package zimbra

import (
	"strconv"
	"strings"

	"postroom/internal/heritage"
)

// Estate puts together what was read.
func (r *Reader) Estate() heritage.Estate {
	b := &builder{Reader: r, names: map[string]string{}, lists: map[string]bool{}, accounts: map[string]bool{},
		plans: map[string]string{}, domains: map[string]bool{}, texts: map[string]signature{}}
	b.index()
	for _, e := range r.entries {
		switch {
		case b.isPlan(e):
			b.plan(e)
		case e.list:
			b.list(e)
		case b.isAccount(e):
			b.account(e)
		case e.attrs["zimbraPrefIdentityName"] != nil || e.attrs["zimbraPrefIdentityId"] != nil:
			b.identity(e)
		}
	}
	for _, m := range r.within {
		b.estate.Add(heritage.Step{Place: m.Place, Act: heritage.AddMember, Target: m.list, Grantee: m.member})
	}
	for _, a := range r.aces {
		b.right(a)
	}
	b.guard()
	b.folderGrants()
	b.estate.Put()
	return b.estate
}

// builder knows what the ids stand for.
type builder struct {
	*Reader
	names    map[string]string // id: address, domain or plan
	lists    map[string]bool   // addresses, lower case
	accounts map[string]bool
	domains  map[string]bool
	plans    map[string]string // id: name
	quotas   map[string]string
	texts    map[string]signature // by id
	// posting tells for each list which rights to post it has, and whether one
	// could not be taken.
	posting map[string]*posting
}

type posting struct {
	heritage.Place
	missed bool
}

func (b *builder) isPlan(e *entry) bool {
	return !e.list && (e.has("objectClass", "zimbraCOS") || !strings.Contains(e.name, "@") && (e.command == "gc" || e.command == "gac"))
}

func (b *builder) isAccount(e *entry) bool {
	return !e.list && e.of == "" && strings.Contains(e.name, "@") && e.attrs["zimbraPrefIdentityId"] == nil || e.has("objectClass", "zimbraAccount")
}

// index learns every id and address before anything is translated.
func (b *builder) index() {
	b.quotas, b.posting = map[string]string{}, map[string]*posting{}
	for _, e := range b.entries {
		for _, values := range e.attrs {
			for i := range values {
				values[i].text = strings.TrimRight(values[i].text, "\n") // the blank line behind a dump
			}
		}
		id := e.one("zimbraId")
		switch {
		case b.isPlan(e):
			b.plans[id], b.quotas[e.name] = e.name, e.one("zimbraMailQuota")
		case e.list:
			b.lists[strings.ToLower(e.name)] = true
		case b.isAccount(e):
			b.accounts[strings.ToLower(e.name)] = true
			_, domain, _ := strings.Cut(e.name, "@")
			b.domains[strings.ToLower(domain)] = true
		case e.attrs["zimbraSignatureId"] != nil:
			b.signature(e)
			continue
		case e.attrs["zimbraPrefIdentityId"] != nil:
			continue
		case e.attrs["zimbraDomainName"] != nil || e.has("objectClass", "zimbraDomain"):
			b.domains[strings.ToLower(e.name)] = true
		}
		if id != "" {
			b.names[id] = e.name
		}
	}
}

// signature is a text, and the same in HTML.
type signature struct{ text, html string }

func (b *builder) signature(e *entry) {
	b.texts[e.one("zimbraSignatureId")] = signature{e.one("zimbraPrefMailSignature"), e.one("zimbraPrefMailSignatureHTML")}
}

func (b *builder) plan(e *entry) {
	s := heritage.Step{Place: e.Place, Act: heritage.MakePlan, Target: e.name, Entry: &heritage.Facts{}}
	if n, err := strconv.ParseInt(e.one("zimbraMailQuota"), 10, 64); err == nil && n >= 0 {
		if n == 0 {
			n = -1 // none
		}
		s.Entry.QuotaBytes = &n
	}
	b.estate.Add(s)
}

func (b *builder) list(e *entry) {
	name := "# distributionList " + e.name
	if url := e.one("memberURL"); url != "" && e.has("zimbraIsACLGroup", "FALSE") {
		b.remark(e.Place, heritage.Differs, name, "a dynamic list: it becomes a list with the members it had when it was printed")
	}
	entry := &heritage.Facts{Name: e.one("displayName"), HideInGAL: boolean(e.one("zimbraHideInGal")),
		Notify:      boolean(e.one("zimbraDistributionListSendShareMessageToNewMembers")),
		Subscribe:   policies[strings.ToUpper(e.one("zimbraDistributionListSubscriptionPolicy"))],
		Unsubscribe: policies[strings.ToUpper(e.one("zimbraDistributionListUnsubscriptionPolicy"))],
		Settings:    settings(e, listSettings)}
	if entry.HideInGAL != nil && !*entry.HideInGAL {
		entry.HideInGAL = nil // how a list begins
	}
	b.estate.Add(heritage.Step{Place: e.Place, Act: heritage.MakeGroup, Target: e.name, Entry: &heritage.Facts{Name: entry.Name}})
	entry.Name = ""
	b.set(e, entry)
	b.addresses(e)
	seen := map[string]bool{}
	for _, m := range append(e.members, e.attrs["zimbraMailForwardingAddress"]...) {
		if k := strings.ToLower(strings.TrimSpace(m.text)); !seen[k] && k != "" {
			seen[k] = true
			b.estate.Add(heritage.Step{Place: b.place(e, m.line), Act: heritage.AddMember, Target: e.name, Grantee: strings.TrimSpace(m.text)})
		}
	}
	b.ownRights(e, "dl")
}

func (b *builder) place(e *entry, line int) heritage.Place {
	return heritage.Place{File: e.File, Line: line}
}

// set adds a step that sets attributes, if there are any.
func (b *builder) set(e *entry, entry *heritage.Facts) {
	s := heritage.Step{Place: e.Place, Act: heritage.Set, Target: e.name, Entry: entry}
	if entry.HideInGAL != nil || entry.Notify != nil || entry.QuotaBytes != nil || entry.Subscribe+entry.Unsubscribe+entry.Sent != "" || len(entry.Settings) > 0 {
		b.estate.Add(s)
	}
}

// addresses adds aliases and what delegates may use of them.
func (b *builder) addresses(e *entry) {
	for _, v := range e.attrs["zimbraMailAlias"] {
		if !strings.EqualFold(v.text, e.name) { // a list is an alias of itself
			b.estate.Add(heritage.Step{Place: b.place(e, v.line), Act: heritage.AddAlias, Target: e.name, Grantee: v.text})
		}
	}
	if list := e.all("zimbraPrefAllowAddressForDelegatedSender"); len(list) > 0 {
		at := b.place(e, e.attrs["zimbraPrefAllowAddressForDelegatedSender"][0].line)
		b.estate.Add(heritage.Step{Place: at, Act: heritage.SetDelegable, Target: e.name, Addresses: list})
	}
}

// ownRights are the rights stored with an entry.
func (b *builder) ownRights(e *entry, kind string) {
	for _, v := range e.attrs["zimbraACE"] {
		w := strings.Fields(v.text)
		a := ace{Place: b.place(e, v.line), row: "zimbraACE: " + v.text, targetKind: kind, target: e.name}
		if len(w) != 3 {
			b.remark(a.Place, heritage.Refused, a.row, "this is no grantee, type and right")
			continue
		}
		a.id, a.kind, a.right = w[0], w[1], w[2]
		if a.kind == "gst" || a.kind == "key" {
			a.name = a.id
		}
		b.right(a)
	}
	for _, v := range e.attrs["zimbraSharedItem"] {
		b.sharedItem(e, v)
	}
}

// sharedItem takes a line of the index of what an account shares. It tells what
// getFolderGrant does not: when a grant ends.
func (b *builder) sharedItem(e *entry, v value) {
	s := share{Place: b.place(e, v.line), row: "zimbraSharedItem: " + v.text, owner: e.name, fromIndex: true}
	kind := ""
	for _, field := range strings.Split(v.text, ";") {
		name, text, _ := strings.Cut(field, ":")
		switch name {
		case "granteeId":
			s.id = text
		case "granteeName":
			s.name = text
		case "granteeType":
			s.kind = text
		case "folderPath":
			s.path = slash(strings.ReplaceAll(text, "*ASCII59*", ";"))
		case "rights":
			s.perms = text
		case "type":
			kind = text
		case "expires":
			s.expires, _ = strconv.ParseInt(text, 10, 64)
		}
	}
	if kind == "folder" && s.path != "" {
		b.shares = append(b.shares, s)
	}
}

func boolean(text string) *bool {
	var v bool
	switch strings.ToUpper(text) {
	case "TRUE":
		v = true
	case "FALSE":
	default:
		return nil
	}
	return &v
}

var policies = map[string]string{"ACCEPT": "open", "REJECT": "closed", "APPROVAL": "approval"}
