package storetest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// froms lists the addresses that anna's session may choose from, without the
// domain.
func froms(t *testing.T, s *store.Session) string {
	t.Helper()
	all, err := s.Identities(t.Context())
	must(t, err)
	var names []string
	for _, i := range all {
		if i.Unusable != "" || i.Target == (postroom.SendTarget{}) {
			t.Errorf("offered: %+v", i)
		}
		names = append(names, strings.TrimSuffix(i.Address, "@example.test"))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// An identity is made by itself for each address one may send as, however the
// right comes, and goes with it at once, in a session that stays open.
func TestAutomaticIdentities(t *testing.T) {
	clock := storetest.NewClock(time.Now().Truncate(time.Second))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, d, anna := t.Context(), h.Console.Directory(), h.SignIn("anna")
		team, err := d.CreateGroup(ctx, postroom.Group{Address: "team@example.test"})
		must(t, err)
		inner, err := d.CreateGroup(ctx, postroom.Group{Address: "inner@example.test"})
		must(t, err)
		must(t, d.AddMembers(ctx, team.ID, []string{"inner@example.test"}))
		sales, err := d.CreateGroup(ctx, postroom.Group{Address: "dynamic@example.test", Filter: "(department=sales)"})
		must(t, err)
		plan, err := d.CreatePlan(ctx, postroom.Plan{Org: h.Org.ID, Name: "desk"})
		must(t, err)
		info := postroom.SendTarget{Account: h.Info.ID}
		give := func(g postroom.SendGrant) func() {
			return func() { t.Helper(); must(t, d.PutSendGrant(ctx, g)) }
		}
		take := func(g postroom.SendGrant) func() {
			return func() { t.Helper(); must(t, d.RemoveSendGrant(ctx, g)) }
		}
		to := func(kind postroom.GranteeKind, id int64) postroom.SendGrant {
			return postroom.SendGrant{Target: info, Right: postroom.SendAs, Grantee: postroom.Grantee{Kind: kind, ID: id}}
		}
		change := func(do func(*postroom.Account)) func() {
			return func() {
				t.Helper()
				a, err := d.AccountByID(ctx, h.Anna.ID)
				must(t, err)
				do(&a)
				must(t, d.UpdateAccount(ctx, a))
			}
		}
		personal, grouped, dynamic := to(postroom.GranteeAccount, int64(h.Anna.ID)), to(postroom.GranteeGroup, int64(team.ID)), to(postroom.GranteeGroup, int64(sales.ID))
		planned, domained := to(postroom.GranteePlan, int64(plan.ID)), to(postroom.GranteeDomain, int64(h.Anna.Domain))
		ending, behalf, denied, extra := personal, personal, personal, personal
		ending.Until, behalf.Right, denied.Deny = clock.Now().Add(time.Hour), postroom.SendOnBehalfOf, true
		denied.Right = postroom.SendOnBehalfOf // and with it sendAs
		alias := postroom.Alias{Address: "help@example.test", Target: info}
		extra.AddAddresses = []string{"help@example.test"}
		asGroup := personal
		asGroup.Target = postroom.SendTarget{Group: team.ID}
		for _, step := range []struct {
			what string
			do   func()
			want string
		}{
			{"nothing", func() {}, "anna"},
			{"sendAs", give(personal), "anna info"},
			{"taken", take(personal), "anna"},
			{"on behalf", give(behalf), "anna info"},
			{"taken", take(behalf), "anna"},
			{"to a group without her", give(grouped), "anna"},
			{"she joins a nested group", func() { must(t, d.AddMembers(ctx, inner.ID, []string{"anna@example.test"})) }, "anna info"},
			{"she leaves", func() { must(t, d.RemoveMembers(ctx, inner.ID, []string{"anna@example.test"})) }, "anna"},
			{"to a dynamic group", give(dynamic), "anna"},
			{"she matches", change(attribute("department", "sales")), "anna info"},
			{"no longer", change(func(a *postroom.Account) { a.Attributes = nil }), "anna"},
			{"to a plan", give(planned), "anna"},
			{"which she has", change(func(a *postroom.Account) { a.Plan = plan.ID }), "anna info"},
			{"and denied to her", give(denied), "anna"},
			{"not denied", take(denied), "anna info"},
			{"another plan", change(func(a *postroom.Account) { a.Plan = h.Anna.Plan }), "anna"},
			{"to the domain", give(domained), "anna info"},
			{"an alias, not delegable", func() { must(t, d.AddAlias(ctx, alias)) }, "anna info"},
			{"delegable", func() { must(t, d.SetDelegable(ctx, info, []string{"info@example.test", "help@example.test"})) }, "anna help info"},
			{"not any more", func() { must(t, d.SetDelegable(ctx, info, []string{"info@example.test"})) }, "anna info"},
			{"taken from the domain", take(domained), "anna"},
			{"the alias for her alone", give(extra), "anna help info"},
			{"until in an hour", give(ending), "anna info"},
			{"it ends", func() { clock.Advance(time.Hour) }, "anna"},
			{"as a group", give(asGroup), "anna team"},
			{"the group is renamed", func() { must(t, d.RenameGroup(ctx, team.ID, "crew@example.test")) }, "anna crew"},
			{"the group is deleted", func() { must(t, d.DeleteGroup(ctx, team.ID)) }, "anna"},
		} {
			step.do()
			if got := froms(t, anna); got != step.want {
				t.Errorf("%s: %q, want %q", step.what, got, step.want)
			}
		}
	})
}

// Several chosen identities on one address, and what becomes of them.
func TestChosenIdentities(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		h.GrantSend(h.Info, h.Anna, postroom.SendAs)
		anna := h.SignIn("anna")
		chosen := []postroom.Identity{
			{Account: h.Anna.ID, Name: "Desk", Display: "The desk", Address: "info@example.test", ReplyTo: "anna@example.test", Signature: "Regards", SignatureHTML: "<b>Regards</b>"},
			{Account: h.Anna.ID, Name: "Info, short", Address: "info@example.test", Signature: "i."},
			{Account: h.Anna.ID, Name: "info+news@example.test", Address: "info+news@example.test"},
			{Account: h.Cleo.ID, Name: "Cleo's", Address: "info@example.test"}, // without the right
		}
		for _, c := range chosen {
			_, err := anna.Directory().CreateIdentity(ctx, c)
			if c.Account == h.Cleo.ID {
				_, err = h.SignIn("cleo").Directory().CreateIdentity(ctx, c)
			}
			must(t, err)
		}
		long := chosen[0]
		long.Name, long.SignatureHTML = "Long", strings.Repeat("x", 64<<10+1)
		_, err := d.CreateIdentity(ctx, long)
		isKind(t, err, postroom.TooLarge)
		if got := froms(t, anna); got != "anna info info info+news" {
			t.Errorf("%q", got)
		}
		list := func(a postroom.Account) map[string]postroom.Identity {
			t.Helper()
			all, err := d.Identities(ctx, a.ID)
			must(t, err)
			named := map[string]postroom.Identity{}
			for _, i := range all {
				named[i.Name] = i
			}
			return named
		}
		desk := list(h.Anna)["Desk"]
		if desk.SignatureHTML != "<b>Regards</b>" || desk.Signature != "Regards" || desk.Unusable != "" || desk.Target.Account != h.Info.ID {
			t.Errorf("%+v", desk)
		}
		desk.SignatureHTML = "<i>Regards</i>"
		must(t, d.UpdateIdentity(ctx, desk))
		if got := list(h.Anna)["Desk"].SignatureHTML; got != "<i>Regards</i>" {
			t.Errorf("changed to %q", got)
		}

		must(t, d.RenameAccount(ctx, h.Info.ID, "contact@example.test"))
		mine := list(h.Anna)
		if mine["Desk"].Address != "contact@example.test" || mine["Info, short"].Address != "contact@example.test" ||
			mine["contact+news@example.test"].Address != "contact+news@example.test" {
			t.Errorf("they do not follow the new name: %+v", mine)
		}
		if c := list(h.Cleo)["Cleo's"]; c.Address != "info@example.test" || !strings.Contains(c.Unusable, "cleo@example.test may not send as info@example.test") {
			t.Errorf("who has no right learns the new name, or is told nothing: %+v", c)
		}

		must(t, d.RemoveSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID}, Right: postroom.SendAs,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(h.Anna.ID)}}))
		if got := froms(t, anna); got != "anna" {
			t.Errorf("after the right went: %q", got)
		}
		lost := list(h.Anna)["Desk"]
		if !strings.Contains(lost.Unusable, "anna@example.test may not send as contact@example.test: no sendAs") {
			t.Errorf("%+v", lost)
		}
		h.GrantSend(h.Info, h.Anna, postroom.SendOnBehalfOf)
		if got := list(h.Anna)["Desk"].Unusable; got != "" {
			t.Errorf("usable again, but %q", got)
		}
	})
}
