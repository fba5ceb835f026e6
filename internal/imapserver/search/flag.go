package search

import (
	"strings"

	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
)

// askedFlag is a flag that a key asks for, as items have it.
type askedFlag struct {
	name    imapwire.Flag
	system  postroom.Flags // of a system flag; 0 for one that is not known
	keyword string         // of any other
}

// flag finds out once what the name of a flag means.
func (m *Finder) flag(name imapwire.Flag) *askedFlag {
	for i := range m.flags {
		if m.flags[i].name == name {
			return &m.flags[i]
		}
	}
	system, keyword := flags.Split([]imapwire.Flag{name})
	m.flags = append(m.flags, askedFlag{name, system, keyword})
	return &m.flags[len(m.flags)-1]
}

// on reports whether an item has the flag.
func (a *askedFlag) on(item *postroom.ItemMeta) bool {
	if a.keyword == "" {
		return item.Flags&a.system != 0
	}
	for word := range strings.FieldsSeq(item.Keywords) {
		if word == a.keyword {
			return true
		}
	}
	return false
}
