package dovecot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"postroom/internal/heritage"
)

// Estate puts together what was read.
func (r *Reader) Estate() heritage.Estate {
	lists := make([]heritage.ACL, 0, len(r.lists))
	for _, l := range r.lists {
		lists = append(lists, heritage.ACL{Place: l.Place, Account: l.account, Path: l.path, Entries: r.translate(l)})
	}
	r.estate.Lists(lists)
	for _, account := range slices.Sorted(maps.Keys(r.partial)) {
		if r.shares(account) {
			r.estate.Remark(r.partial[account], heritage.Differs, account,
				"folders of which nothing was read have here what the one above them has; there, one without a list is its owner's alone")
		}
	}
	r.estate.Put()
	return r.estate
}

func (r *Reader) shares(account string) bool {
	return slices.ContainsFunc(r.lists, func(l *list) bool {
		return strings.EqualFold(l.account, account) && slices.ContainsFunc(l.entries, func(e *entry) bool { return e.kind != owner })
	})
}

// translate makes entries that add up of entries that replace one another.
func (r *Reader) translate(l *list) []heritage.ACLEntry {
	slices.SortStableFunc(l.entries, func(a, b *entry) int { return cmp.Compare(a.kind, b.kind) })
	if i := slices.IndexFunc(l.entries, func(e *entry) bool { return e.kind == unread }); i >= 0 {
		at := l.entries[i]
		r.estate.Remark(at.Place, heritage.Refused, l.account+":"+l.path, "nothing is given on this mailbox: one of its rows cannot be read")
		l.entries = nil // it is closed to what is above
		return nil
	}
	var all []heritage.ACLEntry
	for _, e := range l.everybody() {
		all = append(all, r.everybody(e)...)
	}
	for _, e := range l.entries {
		switch {
		case e.kind == owner || e.kind == user && strings.EqualFold(r.Person(e.name), l.account):
			r.owner(e)
		case e.kind == user || e.kind == group || e.kind == override:
			all = append(all, r.named(l, e)...)
		}
	}
	return all
}

// overridden reports whether all members of a group have something else.
func (r *Reader) overridden(l *list, e *entry) bool {
	return e.kind == group && slices.ContainsFunc(l.entries, func(o *entry) bool {
		return o.kind == override && o.rights != nil && strings.EqualFold(r.Group(o.name), r.Group(e.name))
	})
}

// everybody are the entries that everybody has: authenticated replaces anyone.
func (l *list) everybody() []*entry {
	var first, second *entry
	for _, e := range l.entries {
		switch e.kind {
		case anyone:
			first = e
		case authenticated:
			second = e
		}
	}
	if first == nil || second == nil {
		return slices.DeleteFunc([]*entry{first, second}, func(e *entry) bool { return e == nil })
	}
	both := *second
	if both.rights == nil {
		both.rights = first.rights
	}
	if both.denied == nil {
		both.denied = first.denied
	}
	return []*entry{&both}
}

func (r *Reader) everybody(e *entry) []heritage.ACLEntry {
	r.estate.Remark(e.Place, heritage.Differs, e.row,
		"everybody becomes org: everybody of this organisation, not of others on the same server, and nobody who has not signed in")
	return r.entries(e, "org", false, "")
}

// owner: there, an owner may be restricted.
func (r *Reader) owner(e *entry) {
	if e.denied != nil || e.rights != nil && union(*e.rights, "") != without(alphabet, "p") {
		r.estate.Remark(e.Place, heritage.Differs, e.row, "the owner has all rights here")
	}
}

// named is an entry of a person or a group: it has what it says, and not what
// everybody or its groups have beside that.
func (r *Reader) named(l *list, e *entry) []heritage.ACLEntry {
	word := r.Group(e.name)
	if e.kind == user {
		word = r.Person(e.name)
	}
	if e.rights == nil || r.overridden(l, e) {
		e.rights = nil
		return r.entries(e, word, e.kind == user, "")
	}
	broader, others := "", false
	for _, o := range l.entries {
		switch {
		case o == e || o.rights == nil || o.kind == owner:
		case o.kind < e.kind:
			broader = union(broader, *o.rights)
		case e.kind != user && o.kind >= e.kind && without(*o.rights, *e.rights) != "":
			others = true
		}
	}
	less := without(broader, *e.rights)
	if e.kind == user && *e.rights == "" {
		less = "" // a block of the person is enough
	}
	if less != "" && e.kind != user && others {
		r.estate.Remark(e.Place, heritage.Differs, e.row,
			"what this group has not ("+less+") is taken from its members here, also from those whom another entry gives it")
	}
	return r.entries(e, word, e.kind == user, less)
}

// entries are the positive and the negative one; less is taken away besides
// what is denied.
func (r *Reader) entries(e *entry, word string, person bool, less string) (all []heritage.ACLEntry) {
	entry := heritage.ACLEntry{Place: e.Place, Row: e.row, Grantee: word, Person: person}
	if e.rights != nil {
		entry.Rights = union(*e.rights, "")
		if strings.Contains(*e.rights, "p") && entry.Rights == "" {
			r.estate.Remark(e.Place, heritage.LeftOut, e.row, "to post to a folder (p) has no counterpart")
		}
		if strings.Contains(entry.Rights, "a") && word == "org" {
			entry.Rights = without(entry.Rights, "a")
			r.estate.Remark(e.Place, heritage.Differs, e.row, "the right to administer is only of persons and groups and is left out")
		}
		if entry.Rights != "" || person && *e.rights == "" {
			all = append(all, entry)
		}
	}
	if e.denied != nil {
		less = union(less, *e.denied)
	}
	if less != "" {
		entry.Rights, entry.Negative = less, true
		all = append(all, entry)
	}
	return all
}

// alphabet are the letters in print order.
const alphabet = "lrwstipekxa"

// union has the letters of both, each once, in print order; p has no
// counterpart.
func union(a, b string) string {
	return strings.Map(func(c rune) rune {
		if c == 'p' || !strings.ContainsRune(a+b, c) {
			return -1
		}
		return c
	}, alphabet)
}

// without has the letters of a that are not in b.
func without(a, b string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(b, c) {
			return -1
		}
		return c
	}, a)
}
