package jmapserver_test

import (
	"flag"
	"fmt"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

var colleagues = flag.Int("colleagues", 200, "accounts in the organisation of BenchmarkColleagues")

// The state of the principals moves with what the address book shows, and not
// with grants that bring nothing into sight.
func TestPrincipalState(t *testing.T) {
	w := newMailHouse(t)
	d, ctx := w.Console.Directory(), t.Context()
	state := func() string {
		return w.part("anna", `[["Principal/get",{"accountId":"{anna}","ids":[]},"0"]]`, `"state":"`, `"`)
	}
	before := state()
	check := func(what string, moves bool, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
		now := state()
		if (now != before) != moves {
			t.Errorf("%s: moved %t, not %t", what, now != before, moves)
		}
		before = now
	}
	check("nothing", false, nil)
	a, err := d.CreateAccount(ctx, store.NewAccount{Address: "dora@example.test"})
	check("a new account", true, err)
	w.Grant(storetest.In(a, postroom.InboxCollection), w.Ben, rights.Viewer)
	check("a grant of others", false, nil)
	a.Name = "Dora"
	check("a name", true, d.UpdateAccount(ctx, a))
	check("an address", true, d.RenameAccount(ctx, a.ID, "theodora@example.test"))
	g, err := d.CreateGroup(ctx, postroom.Group{Address: "crew@example.test"})
	check("a new group", true, err)
	g.Name = "Crew"
	check("the name of a group", true, d.UpdateGroup(ctx, g))
	g.HideInGAL = true
	check("a group that hides", true, d.UpdateGroup(ctx, g))
	check("the address of a group", true, d.RenameGroup(ctx, g.ID, "team2@example.test"))
	check("no group", true, d.DeleteGroup(ctx, g.ID))
	check("no account", true, d.DeleteAccount(ctx, a.ID))
	check("anna administers, and sees what hides", true, d.SetAdministrator(ctx, w.Anna.ID, postroom.OrgAdmin, postroom.AllAbilities))
}

// BenchmarkColleagues measures what a stream of changes reads of a large
// organisation whenever a grant changes:
// go test -run - -bench Colleagues -colleagues 20000 ./internal/jmapserver
func BenchmarkColleagues(b *testing.B) {
	w := newMailHouse(b)
	d := w.Console.Directory()
	for i := range *colleagues {
		if _, err := d.CreateAccount(b.Context(), store.NewAccount{Address: fmt.Sprintf("c%d@example.test", i), Name: fmt.Sprintf("Colleague %d", i)}); err != nil {
			b.Fatal(err)
		}
	}
	for _, ask := range []struct{ name, calls string }{
		{"state", `[["Principal/changes",{"accountId":"{anna}","sinceState":"x"},"0"]]`},
		{"query", `[["Principal/query",{"accountId":"{anna}","filter":{"text":"colleague 7"},"limit":10},"0"]]`},
	} {
		w.measure(b, ask.name, w.names(ask.calls))
	}
}
