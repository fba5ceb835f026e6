package cyrus

import (
	"slices"
	"strings"

	"postroom/internal/heritage"
)

// Estate puts together what was read.
func (r *Reader) Estate() heritage.Estate {
	told := map[string]bool{}
	for i := range r.lists {
		l := &r.lists[i]
		if slices.ContainsFunc(l.Entries, func(e heritage.ACLEntry) bool { return e.Grantee == "" }) {
			l.Entries = nil // a row of it could not be read: it stays closed
		}
		if key := strings.ToLower(l.Account); len(l.Entries) > 0 && !told[key] {
			told[key] = true
			r.estate.Remark(l.Place, heritage.Differs, l.Account,
				"folders of which nothing was read have here what the one above them has: list all of \"user/NAME/*\"")
		}
	}
	r.estate.Lists(r.lists)
	r.estate.Put()
	return r.estate
}

// block gives nothing on the present mailbox: a row that may restrict could not
// be read.
func (r *Reader) block() {
	if r.list < 0 {
		return
	}
	l := &r.lists[r.list]
	r.estate.Remark(r.at, heritage.Refused, l.Account+":"+l.Path, "nothing is given on this mailbox: one of its rows cannot be read")
	l.Entries = append(l.Entries, heritage.ACLEntry{Place: r.at})
}

// entry takes an identifier with its rights.
func (r *Reader) entry(id, rights, row string) {
	l := &r.lists[r.list]
	e := heritage.ACLEntry{Place: r.at, Row: row}
	id, e.Negative = strings.CutPrefix(id, "-")
	name, isGroup := strings.CutPrefix(id, "group:")
	switch {
	case isGroup:
		e.Grantee = r.Group(name)
	case id == "anonymous":
		r.estate.Remark(r.at, heritage.LeftOut, row, "nobody reads here without signing in")
		return
	case id == "anyone":
		e.Grantee = "org"
	case strings.EqualFold(r.Person(id), l.Account):
		if e.Negative || strings.Trim("lrswikxtea", modern(rights)) != "" {
			r.estate.Remark(r.at, heritage.Differs, row, "the owner has all rights here")
		}
		return
	default:
		e.Grantee, e.Person = r.Person(id), true
	}
	e.Rights = r.rights(rights, row, e.Negative)
	if e.Grantee == "org" && !e.Negative && e.Rights != "" {
		r.estate.Remark(r.at, heritage.Differs, row,
			"anyone becomes org: everybody of this organisation, not of others on the same server, and nobody who has not signed in")
		if strings.Contains(e.Rights, "a") {
			e.Rights = strings.ReplaceAll(e.Rights, "a", "")
			r.estate.Remark(r.at, heritage.Differs, row, "the right to administer is only of persons and groups and is left out")
		}
	}
	if e.Rights == "" || e.Grantee == "" {
		return
	}
	l.Entries = append(l.Entries, e)
}

// rights are the letters that have a counterpart.
func (r *Reader) rights(text, row string, negative bool) string {
	have := modern(text)
	if negative && strings.ContainsAny(text, legacy) && !strings.ContainsAny(text, "kxte") {
		have = union(have, "kxte") // which of them was meant depends on a setting there
	}
	if strings.ContainsAny(text, others) {
		r.estate.Remark(r.at, heritage.LeftOut, row, "to post to a mailbox (p), to annotate (n) and rights of one's own (digits) have no counterpart")
	}
	if !negative && strings.ContainsAny(text, legacy) && !strings.ContainsAny(text, "kxte") && strings.Contains(text, "c") != strings.Contains(text, "d") {
		r.estate.Remark(r.at, heritage.Differs, row,
			"whether c or d alone lets somebody delete the mailbox depends on a setting there: here it does not")
	}
	return have
}

// modern are the letters of RFC 4314. The old c and d are only of interest
// without the new ones (§2.1.1): c is k, d is t and e, and both together let
// one delete the mailbox, whichever of them deleteright names.
func modern(text string) string {
	if strings.ContainsAny(text, "kxte") {
		return union(text, "")
	}
	more := ""
	if strings.Contains(text, "c") {
		more += "k"
	}
	if strings.Contains(text, "d") {
		more += "te"
	}
	if len(more) == 3 {
		more += "x"
	}
	return union(text, more)
}

// union has the letters of both, each once, in print order.
func union(a, b string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(a+b, c) {
			return c
		}
		return -1
	}, letters)
}
