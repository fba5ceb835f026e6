package store_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// TestAbilities finds, for every operation of the directory, the abilities that
// are enough for it, each by itself, in the organisation's scope or else in the
// server's. This table is who may do what.
func TestAbilities(t *testing.T) {
	t.Parallel()
	clock := storetest.NewClock(time.Now())
	w := newTown(t, storetest.Open(t, func(o *store.Options) { o.Now = clock.Now }), clock)
	p, err := w.dir.CreatePlan(t.Context(), postroom.Plan{Org: w.org.ID, Name: "nobody's"})
	w.must(err)
	w.plan = p.ID
	w.account(store.NewAccount{Address: "plain@example.test", Password: password})
	plain := w.signIn("plain")
	type holder struct {
		name string
		s    *store.Session
	}
	holders := map[string][]holder{}
	for _, name := range postroom.AllAbilities.Names() {
		a, _ := postroom.ParseAbility(name)
		holders["org"] = append(holders["org"], holder{name, w.adminWith("org-"+name, postroom.OrgAdmin, a)})
		holders["server"] = append(holders["server"], holder{name, w.adminWith("server-"+name, postroom.ServerAdmin, a)})
	}
	seeing := slices.DeleteFunc(postroom.AllAbilities.Names(), func(n string) bool { return n == "read-audit" || n == "manage-queue" })
	enough := func(scope string, try func(try) error) (list []string) {
		for _, h := range holders[scope] {
			if try(w.try(h.s, "")) == nil {
				list = append(list, h.name)
			}
		}
		if slices.Equal(list, seeing) {
			return list[:1] // the others include it
		}
		return list
	}
	var lines []string
	for _, op := range directoryOperations {
		who := "everybody"
		if op.try(w.try(plain, "")) != nil {
			who = strings.Join(enough("org", op.try), ", ")
			if who == "" {
				if list := enough("server", op.try); len(list) > 0 {
					who = "server: " + strings.Join(list, ", ")
				}
			}
		}
		lines = append(lines, fmt.Sprintf("%-54s %s\n", op.name, cmp.Or(who, "several")))
	}
	slices.Sort(lines)
	golden(t, "abilities.golden", strings.Join(lines, ""))
}
