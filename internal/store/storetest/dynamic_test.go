package storetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func (h *noticeHouse) membersOf(g postroom.Group) string {
	h.t.Helper()
	list, err := h.dir().Members(h.t.Context(), g.ID)
	must(h.t, err)
	var names []string
	for _, m := range list {
		names = append(names, strings.TrimSuffix(m.Address, "@example.test"))
	}
	return strings.Join(names, " ")
}

// change changes an account as the console.
func (h *noticeHouse) change(a postroom.Account, do func(*postroom.Account)) {
	h.t.Helper()
	now, err := h.dir().AccountByID(h.t.Context(), a.ID)
	must(h.t, err)
	do(&now)
	must(h.t, h.dir().UpdateAccount(h.t.Context(), now))
}

func attribute(name, value string) func(*postroom.Account) {
	return func(a *postroom.Account) {
		if a.Attributes == nil {
			a.Attributes = map[string]string{}
		}
		a.Attributes[name] = value
	}
}

func (h *noticeHouse) sound() {
	h.t.Helper()
	faults, err := h.Store.Check(h.t.Context())
	must(h.t, err)
	for _, f := range faults {
		h.t.Error(f)
	}
}

// Members of a dynamic group come and go with what their accounts are, and
// their rights with them, in open sessions too.
func TestDynamicGroup(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.change(h.Anna, attribute("Department", "Sales"))
		sales, err := h.dir().CreateGroup(ctx, postroom.Group{Address: "sales@example.test", NotifyNewMembers: true,
			Filter: "(&(kind=person)(state=active)(department=sales))"})
		must(t, err)
		h.put(postroom.RootCollection, toGroup(sales), rights.Manager, time.Time{})
		h.clock.Advance(time.Hour)
		h.told()
		expect := func(want string) {
			t.Helper()
			if got := h.membersOf(sales); got != want {
				t.Fatalf("members are %q, want %q", got, want)
			}
			h.sound()
		}
		expect("anna")
		ben := h.SignIn("ben")
		sees := func(want bool) {
			t.Helper()
			_, err := ben.Resolve(ctx, h.Info.Address, "/Inbox")
			if (err == nil) != want {
				t.Fatalf("ben sees it: %v, want %v", err, want)
			}
		}
		sees(false)
		h.change(h.Ben, attribute("department", "SALES"))
		sees(true)
		expect("anna ben")
		h.clock.Advance(10 * time.Second)
		if got := h.told(); len(got) != 1 || !strings.Contains(got[0], "ben") {
			t.Fatalf("told %q", got)
		}
		h.change(h.Ben, attribute("department", ""))
		sees(false)
		expect("anna")
		h.change(h.Info, attribute("department", "Sales")) // no person
		expect("anna")
		h.change(h.Anna, func(a *postroom.Account) { a.State = postroom.Locked })
		expect("")
		h.change(h.Anna, func(a *postroom.Account) { a.State = postroom.Active })
		a, err := h.dir().CreateAccount(ctx, store.NewAccount{Address: "dora@example.test", Attributes: map[string]string{"department": "Sales"}})
		must(t, err)
		expect("anna dora")
		must(t, h.dir().DeleteAccount(ctx, a.ID))
		expect("anna")

		isKind(t, h.dir().AddMembers(ctx, sales.ID, []string{"cleo@example.test"}), postroom.Invalid)
		isKind(t, h.dir().RemoveMembers(ctx, sales.ID, []string{"anna@example.test"}), postroom.Invalid)
		h.team.Filter = "(kind=person)"
		h.add(h.team, "cleo")
		isKind(t, h.dir().UpdateGroup(ctx, h.team), postroom.Invalid)
		sales.Filter = "(plan=desk)"
		must(t, h.dir().UpdateGroup(ctx, sales))
		expect("")
		p, err := h.dir().CreatePlan(ctx, postroom.Plan{Org: h.Org.ID, Name: "Desk"})
		must(t, err)
		h.change(h.Cleo, func(a *postroom.Account) { a.Plan = p.ID })
		expect("cleo")
		p.Name = "Table"
		must(t, h.dir().UpdatePlan(ctx, p))
		expect("")
		sales.Filter = "(|(address=a*)(domain=other.test))"
		must(t, h.dir().UpdateGroup(ctx, sales))
		expect("anna")
		_, err = h.dir().CreateDomain(ctx, h.Org.ID, "other.test")
		must(t, err)
		must(t, h.dir().RenameAccount(ctx, h.Cleo.ID, "cleo@other.test"))
		expect("anna cleo@other.test")
		sales.Filter = ""
		must(t, h.dir().UpdateGroup(ctx, sales))
		expect("anna cleo@other.test")
		must(t, h.dir().RemoveMembers(ctx, sales.ID, []string{"anna@example.test"}))
	})
}

// A filter gives rights: nobody can put themselves where it looks.
func TestDynamicIsAdministrators(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, ben := t.Context(), h.SignIn("ben").Directory()
		me, err := ben.AccountByID(ctx, h.Ben.ID)
		must(t, err)
		me.Name = "Benjamin"
		must(t, ben.UpdateAccount(ctx, me))
		g, err := h.dir().CreateGroup(ctx, postroom.Group{Address: "bosses@example.test", Filter: "(name=Anna*)"})
		must(t, err)
		me.Name = "Annabel"
		isKind(t, ben.UpdateAccount(ctx, me), postroom.Denied)
		me.Name = "Benjamin"
		me.Attributes = map[string]string{"department": "Sales"}
		isKind(t, ben.UpdateAccount(ctx, me), postroom.Denied)
		must(t, h.dir().PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: g.ID}, Grantee: toPerson(h.Ben), Right: postroom.Own}))
		g.Filter = "(name=*)"
		isKind(t, ben.UpdateGroup(ctx, g), postroom.Denied)
		h.change(h.Anna, attribute("salary", "1"))
		seen, err := ben.AccountByID(ctx, h.Anna.ID)
		must(t, err)
		if seen.Attributes != nil {
			t.Fatalf("ben sees %v", seen.Attributes)
		}
		for name, value := range map[string]string{"state": "x", "a b": "x", "9a": "x", "a": strings.Repeat("x", 501), "b": "x\r\ny"} {
			me, err := h.dir().AccountByID(ctx, h.Ben.ID)
			must(t, err)
			me.Attributes = map[string]string{name: value}
			isKind(t, h.dir().UpdateAccount(ctx, me), postroom.Invalid)
		}
		_, err = h.dir().CreateGroup(ctx, postroom.Group{Address: "bad@example.test", Filter: "(name=Anna"})
		isKind(t, err, postroom.Invalid)
		if !strings.Contains(err.Error(), "character 11") {
			t.Fatal(err)
		}
	})
}

// A change of one account asks only about that account, however many there are.
func BenchmarkRefilter(b *testing.B) {
	s := storetest.Open(b, func(o *store.Options) {})
	h := storetest.NewHouse(b, s)
	ctx, d := b.Context(), h.Console.Directory()
	for i := range 500 {
		if _, err := d.CreateAccount(ctx, store.NewAccount{Address: fmt.Sprintf("p%d@example.test", i)}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 48 {
		_, err := d.CreateGroup(ctx, postroom.Group{Address: fmt.Sprintf("g%d@example.test", i),
			Filter: fmt.Sprintf("(&(kind=person)(|(department=d%d)(department=all)))", i)})
		if err != nil {
			b.Fatal(err)
		}
	}
	a, err := d.AccountByID(ctx, h.Anna.ID)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		a.Attributes = map[string]string{"department": fmt.Sprintf("d%d", i%48)}
		if err := d.UpdateAccount(ctx, a); err != nil {
			b.Fatal(err)
		}
	}
}
