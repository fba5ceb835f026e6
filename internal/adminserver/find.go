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
	Order  string `query:"order" enum:"address,-address,name,-name,used,-used,created,-created" doc:"With a minus from its end; used and created are of accounts. Other orders than that of addresses need the entry of after to be there"`
	Max    int    `query:"max" minimum:"0" maximum:"10000" doc:"How many at most; 0: all"`
}

func (f *EntryQuery) filter() store.EntryFilter {
	word, descending := strings.CutPrefix(f.Order, "-")
	return store.EntryFilter{Domain: f.Domain, Text: f.Text, After: f.After, Max: f.Max, Order: orders[word], Descending: descending}
}

// orders by their words; none is that of addresses.
var orders = map[string]store.EntryOrder{"name": store.ByName, "used": store.ByUsed, "created": store.ByCreated}

var logins = map[string]store.LoginFilter{"on": store.LoginOn, "off": store.LoginOff}

type findAccounts struct {
	EntryQuery
	Kind  string `query:"kind" doc:"person, shared or resource; several with commas between"`
	Login string `query:"login" enum:"on,off" doc:"Whether they may sign in"`
}

func (f *findAccounts) filter() (store.EntryFilter, error) {
	filter := f.EntryQuery.filter()
	filter.Login = logins[f.Login]
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
