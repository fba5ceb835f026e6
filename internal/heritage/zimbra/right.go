package zimbra

import (
	"maps"
	"slices"
	"strings"

	"postroom/internal/heritage"
)

// sendRights are the rights that have a counterpart, with the kind of entry
// they are on.
var sendRights = map[string]struct{ kind, right string }{
	"sendAs": {"account", "sendAs"}, "sendOnBehalfOf": {"account", "sendOnBehalfOf"},
	"sendAsDistList": {"dl", "sendAs"}, "sendOnBehalfOfDistList": {"dl", "sendOnBehalfOf"},
	"sendToDistList": {"dl", "sendTo"}, "ownDistList": {"dl", "own"},
}

// harmless rights are those of which nobody misses anything.
var harmless = map[string]string{
	"invite":       "who may put invitations into a calendar is not kept apart here",
	"viewFreeBusy": "free and busy times are not kept apart here",
	"viewDistList": "who may see a list is said by hiding it or not",
}

// right translates one row.
func (b *builder) right(a ace) {
	if a.targetKind == "group" {
		a.targetKind = "dl"
	}
	if a.targetKind == "calresource" {
		a.targetKind = "account"
	}
	if n := b.names[a.targID]; n != "" {
		a.target = n
	}
	if a.target == "" && a.targetKind != "global" && a.targetKind != "config" || a.targID != "" && b.names[a.targID] == "" && len([]rune(a.target)) >= cutName {
		b.remark(a.Place, heritage.Refused, a.row, "the name of the target is cut off and its id is not known: give what getAccount or getDistributionList prints of it too")
		return
	}
	name, deny := strings.TrimPrefix(a.right, "-"), strings.HasPrefix(a.right, "-")
	if strings.HasPrefix(name, "+") {
		name = name[1:]
		b.remark(a.Place, heritage.Differs, a.row, "the right itself is taken, not that of giving it to others")
	}
	if strings.HasPrefix(name, "*") || strings.HasPrefix(name, "^") {
		b.remark(a.Place, heritage.Refused, a.row, "a right on subdomains or groups of one level has no counterpart")
		return
	}
	known, ok := sendRights[name]
	switch {
	case ok && known.kind == a.targetKind:
		b.sendRight(a, known.right, a.target, deny)
	case ok && known.right == "sendTo":
		for _, list := range slices.Sorted(maps.Keys(b.lists)) {
			if a.targetKind == "global" || strings.HasSuffix(list, "@"+strings.ToLower(a.target)) {
				b.sendRight(a, known.right, list, deny)
			}
		}
	case ok:
		b.remark(a.Place, heritage.Refused, a.row, "this right cannot be on such a target")
	case name == "loginAs":
		b.remark(a.Place, heritage.Refused, a.row, "to sign in as somebody has no counterpart: \"postroom share\" with full+send gives the mailbox under one's own name")
	case harmless[name] != "":
		b.remark(a.Place, heritage.LeftOut, a.row, harmless[name])
	default:
		b.remark(a.Place, heritage.Refused, a.row, "this right has no counterpart: who administers what is said with \"postroom account set --admin\"")
	}
}

func (b *builder) sendRight(a ace, right, target string, deny bool) {
	if right == "sendTo" {
		p := b.posting[strings.ToLower(target)]
		if p == nil {
			p = &posting{Place: a.Place}
			b.posting[strings.ToLower(target)] = p
		}
		defer func(n int) { p.missed = p.missed || len(b.estate.Steps) == n }(len(b.estate.Steps))
	}
	word, person, why := b.grantee(a.kind, a.name, a.id)
	if why != "" && deny && a.kind != "gst" && a.kind != "key" {
		// Who is denied is not known: the server refuses it, and with it what
		// else would be given on this target.
		b.estate.Add(heritage.Step{Place: a.Place, Act: heritage.PutSendRight, Target: target, Grantee: a.name + a.id, Right: right, Deny: true})
		return
	}
	if why != "" {
		b.remark(a.Place, heritage.Refused, a.row, why)
		return
	}
	switch {
	case strings.HasPrefix(word, "guest:"):
		b.remark(a.Place, heritage.Refused, a.row, "an address from outside cannot have this right")
		return
	case word == "public" && !deny:
		b.remark(a.Place, heritage.Differs, a.row, "public becomes org: who signs in at this organisation")
		word = "org"
	case word == "public":
		word = "org"
	}
	b.estate.Add(heritage.Step{Place: a.Place, Act: heritage.PutSendRight, Target: target, Grantee: word, Person: person, Right: right, Deny: deny})
}

// guard closes the lists of which a right to post could not be taken: with no
// entry at all everybody might post.
func (b *builder) guard() {
	for _, list := range slices.Sorted(maps.Keys(b.posting)) {
		if p := b.posting[list]; p.missed {
			b.estate.Add(heritage.Step{Place: p.Place, Act: heritage.PutSendRight, Target: list, Grantee: "org", Right: "sendTo", Deny: true})
		}
	}
}

// grantee is the word for a grantee, or why there is none.
func (b *builder) grantee(kind, name, id string) (word string, person bool, why string) {
	if n := b.names[id]; n != "" {
		name = n
	} else if n := b.plans[id]; n != "" && kind == "cos" {
		name = n
	} else if id != "" && len([]rune(name)) >= cutName && !strings.Contains(name, " ") && len(id) == 36 {
		return "", false, "the grantee's name may be cut off and its id is not known: give what getAccount or getDistributionList prints of it too"
	}
	if kind == "email" {
		kind = "usr"
	}
	if kind == "usr" && b.lists[strings.ToLower(name)] {
		kind = "grp"
	}
	needs := kind != "all" && kind != "pub"
	switch {
	case needs && (name == "" || len(name) == 36 && name == id):
		return "", false, "the grantee's id is not known: give what the tools print of it too"
	case (kind == "usr" || kind == "grp") && !strings.Contains(name, "@"):
		return "", false, "the grantee is no address"
	}
	switch kind {
	case "usr":
		return name, true, ""
	case "grp":
		return name, false, ""
	case "dom":
		return "domain:" + name, false, ""
	case "cos":
		return "plan:" + name, false, ""
	case "all":
		return "org", false, ""
	case "pub":
		return "public", false, ""
	case "gst":
		address, _, _ := strings.Cut(name, ":")
		_, domain, at := strings.Cut(address, "@")
		if !at || b.domains[strings.ToLower(domain)] {
			return "", false, "a guest without an address from outside: the tools make one of a misspelt account"
		}
		return "guest:" + address, true, ""
	case "key":
		return "", false, "access by a key has no counterpart"
	}
	return "", false, "a grantee of type " + kind + " has no counterpart"
}
