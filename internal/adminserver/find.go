package adminserver

import (
	"strings"

	"postroom"
	"postroom/internal/store"
)

// EntryQuery selects a page of accounts or groups.
type EntryQuery struct {
	Domain string `query:"domain"`
	Text   string `query:"text" doc:"A part of an address, an alias or a name"`
	After  string `query:"after" doc:"An address: only entries behind it"`
	Max    int    `query:"max" minimum:"0" maximum:"10000" doc:"How many at most; 0: all"`
}

func (f *EntryQuery) filter() store.EntryFilter {
	return store.EntryFilter{Domain: f.Domain, Text: f.Text, After: f.After, Max: f.Max}
}

type findAccounts struct {
	EntryQuery
	Kind string `query:"kind" doc:"person, shared or resource; several with commas between"`
}

func (f *findAccounts) filter() (store.EntryFilter, error) {
	filter := f.EntryQuery.filter()
	if f.Kind == "" {
		return filter, nil
	}
	for word := range strings.SplitSeq(f.Kind, ",") {
		kind, ok := postroom.ParseAccountKind(word)
		if !ok {
			return filter, postroom.Errorf(postroom.Invalid, "unknown kind %q", word)
		}
		filter.Kinds = append(filter.Kinds, kind)
	}
	return filter, nil
}
