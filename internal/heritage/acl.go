package heritage

import (
	"slices"
	"strings"
)

// ACL is the access list of one mailbox of a server whose mailboxes have each
// its own list and inherit nothing.
type ACL struct {
	Place
	// Account is the address of the owner.
	Account string
	// Path begins with a slash; that of the inbox is /INBOX.
	Path    string
	Entries []ACLEntry
}

// ACLEntry is one line of a list.
type ACLEntry struct {
	Place
	Row string
	// Grantee is a word as that of a Step.
	Grantee string
	// Person says that the grantee is one person.
	Person bool
	// Rights are letters of RFC 4314; a positive entry without any blocks.
	Rights   string
	Negative bool
}

// Lists adds access lists: what makes the folders, closes those that must not
// have what comes from above, and the entries.
func (e *Estate) Lists(lists []ACL) {
	layers := map[string][]Layer{}
	var accounts []string
	for i := range lists {
		l := &lists[i]
		l.Entries = once(l.Entries)
		key := strings.ToLower(l.Account)
		if layers[key] == nil {
			accounts = append(accounts, key)
		}
		layer := Layer{Place: l.Place, Path: l.Path, Own: true}
		for _, entry := range l.Entries {
			sign := ""
			if entry.Negative {
				sign = "-"
			}
			layer.Grantees = append(layer.Grantees, sign+entry.Grantee)
		}
		layers[key] = append(layers[key], layer)
	}
	closed := map[string]bool{}
	for _, account := range accounts {
		for _, l := range Closed(layers[account]) {
			closed[account+":"+strings.ToLower(l.Path)] = true
		}
	}
	for i := range lists {
		l := &lists[i]
		target := l.Account + ":" + l.Path
		shut := closed[strings.ToLower(target)]
		if shut || len(l.Entries) > 0 {
			e.Add(Step{Place: l.Place, Act: MakeFolder, Target: target, Flat: true})
		}
		if shut {
			e.Remark(l.Place, Differs, target, "mailboxes inherit nothing there: this one is closed here to what comes from above")
			e.Add(Step{Place: l.Place, Act: Close, Target: target, Flat: true})
		}
		for _, entry := range l.Entries {
			e.Add(Step{Place: entry.Place, Act: PutGrant, Target: target, Flat: true, Grantee: entry.Grantee, Person: entry.Person,
				Rights: entry.Rights, IMAP: true, Negative: entry.Negative})
		}
	}
}

// once has each grantee once for each sign: two names there may be one here. It
// gets what both give, and loses what either takes.
func once(all []ACLEntry) (kept []ACLEntry) {
	for _, e := range all {
		at := slices.IndexFunc(kept, func(k ACLEntry) bool {
			return strings.EqualFold(k.Grantee, e.Grantee) && k.Negative == e.Negative
		})
		switch {
		case at < 0:
			kept = append(kept, e)
		case e.Negative:
			kept[at].Rights += keep(e.Rights, func(c rune) bool { return !strings.ContainsRune(kept[at].Rights, c) })
		default:
			kept[at].Rights = keep(e.Rights, func(c rune) bool { return strings.ContainsRune(kept[at].Rights, c) })
		}
	}
	return kept
}

func keep(letters string, wanted func(rune) bool) string {
	return strings.Map(func(c rune) rune {
		if wanted(c) {
			return c
		}
		return -1
	}, letters)
}

// Names makes words for grantees of the names on a server.
type Names struct {
	// Domain is that of names without one.
	Domain string
	// Groups are the addresses of groups, by name; one not here is a group
	// with that name in Domain.
	Groups map[string]string
}

// Person is the address of a person.
func (n *Names) Person(name string) string {
	if strings.Contains(name, "@") || n.Domain == "" {
		return name
	}
	return name + "@" + n.Domain
}

// Group is the address of a group.
func (n *Names) Group(name string) string {
	if address := n.Groups[name]; address != "" {
		return address
	}
	return n.Person(name)
}
