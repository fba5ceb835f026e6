package rights

import (
	"strings"
	"testing"

	"postroom"
)

func TestAdministrator(t *testing.T) {
	server := Administrator{Org: 1, Scope: postroom.ServerAdmin, Abilities: postroom.AllAbilities}
	org := Administrator{Org: 1, Scope: postroom.OrgAdmin, Abilities: postroom.UsualAbilities}
	other := Administrator{Org: 2, Scope: postroom.OrgAdmin, Abilities: postroom.AllAbilities}
	desk := Administrator{Org: 1, Scope: postroom.OrgAdmin, Abilities: postroom.HelpDeskAbilities}
	tour := Administrator{Org: 1, Scope: postroom.ServerAdmin, Abilities: postroom.HelpDeskAbilities}
	nobody := Administrator{Org: 1, Abilities: postroom.AllAbilities}
	all := map[string]Administrator{"server": server, "org": org, "other": other, "desk": desk, "tour": tour, "nobody": nobody}
	covers := map[string]string{
		"server": "server org other desk tour nobody",
		"org":    "org desk nobody",
		"other":  "other nobody",
		"desk":   "desk nobody",
		"tour":   "desk tour nobody",
		"nobody": "nobody",
	}
	for name, a := range all {
		want := " " + covers[name] + " "
		for who, b := range all {
			if got := a.Covers(b); got != strings.Contains(want, " "+who+" ") {
				t.Errorf("%s covers %s: %v", name, who, got)
			}
		}
	}
	for _, c := range []struct {
		a    Administrator
		org  postroom.OrgID
		need postroom.Abilities
		want bool
	}{
		{server, 2, postroom.ManageDomains, true}, {org, 1, postroom.ManageDomains, true}, {org, 2, postroom.SeeDirectory, false},
		{org, 1, postroom.BreakGlass, false}, {desk, 1, postroom.ResetPasswords, true}, {desk, 1, postroom.ManageGrants, false},
		{desk, 1, postroom.ResetPasswords | postroom.ManageGrants, false}, {nobody, 1, 0, false},
		{org.Limited(postroom.ReadAudit), 1, postroom.ReadAudit, true}, {org.Limited(postroom.ReadAudit), 1, postroom.SeeDirectory, false},
		{org.Limited(postroom.ManageGroups), 1, postroom.SeeDirectory, true}, {org.Limited(0), 1, 0, false},
		{desk.Limited(postroom.AllAbilities), 1, postroom.ManageGroups, false},
	} {
		if got := c.a.May(c.org, c.need); got != c.want {
			t.Errorf("%+v may %s in %d: %v", c.a, c.need, c.org, got)
		}
	}
	if org.MayEverywhere(postroom.ManageDomains) || !server.MayEverywhere(postroom.ManageDomains) {
		t.Error("everywhere is for the scope of the server")
	}
}
