package storetest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// hung is a house in which everything hangs on the shared account info, the
// group team, the person ben, the plan gold and the domain other.test.
type hung struct {
	*noticeHouse
	ctx    context.Context
	gold   postroom.Plan
	domain postroom.Domain
	sub    postroom.CollectionRef
}

func inHungHouse(t *testing.T, test func(*hung)) {
	inNoticeHouse(t, func(h *noticeHouse) {
		x := &hung{noticeHouse: h, ctx: t.Context()}
		d := h.dir()
		var err error
		x.gold, err = d.CreatePlan(x.ctx, postroom.Plan{Org: h.Org.ID, Name: "gold"})
		must(t, err)
		x.domain, err = d.CreateDomain(x.ctx, h.Org.ID, "other.test")
		must(t, err)
		for address, target := range map[string]postroom.SendTarget{"help@example.test": {Account: h.Info.ID}, "crew@example.test": {Group: h.team.ID}} {
			must(t, d.AddAlias(x.ctx, postroom.Alias{Address: address, Target: target, Delegable: true}))
		}
		x.sub, err = h.SignIn("anna").CreateCollection(x.ctx, "", "/Plans", store.NewCollection{})
		must(t, err)
		h.add(h.team, "ben", "info")
		grantees := []postroom.Grantee{toPerson(h.Ben), toGroup(h.team), {Kind: postroom.GranteeDomain, ID: int64(x.domain.ID)},
			{Kind: postroom.GranteePlan, ID: int64(x.gold.ID)}}
		for i, g := range grantees {
			h.put(postroom.CollectionID(1+i%2), g, rights.Manager, h.clock.Now().Add(time.Duration(1+i)*48*time.Hour))
			must(t, d.PutGrant(x.ctx, postroom.Grant{Target: x.sub, Grantee: g, Rights: rights.Viewer}))
			must(t, d.PutSendGrant(x.ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID}, Grantee: g, Right: postroom.SendAs,
				AddAddresses: []string{"help@example.test"}}))
			h.send(postroom.SendTarget{Group: h.team.ID}, g, postroom.Own)
			h.send(postroom.SendTarget{Group: h.team.ID}, g, postroom.SendAs)
		}
		for _, address := range []string{"info@example.test", "info+desk@example.test", "help@example.test", "team@example.test", "crew@example.test"} {
			for _, who := range []postroom.Account{h.Cleo, h.Ben} {
				_, err := d.CreateIdentity(x.ctx, postroom.Identity{Account: who.ID, Name: "as " + address, Address: address, ReplyTo: address})
				must(t, err)
			}
		}
		_, err = d.CreateIdentity(x.ctx, postroom.Identity{Account: h.Cleo.ID, Name: "as ben", Address: "ben@example.test"})
		must(t, err)
		g, err := d.GroupByID(x.ctx, h.team.ID)
		must(t, err)
		g.Subscribe, g.Unsubscribe = postroom.SubscriptionApproval, postroom.SubscriptionApproval
		must(t, d.UpdateGroup(x.ctx, g))
		_, err = h.SignIn("cleo").Directory().Subscribe(x.ctx, h.team.ID, "")
		must(t, err)
		_, err = h.SignIn("ben").Directory().Unsubscribe(x.ctx, h.team.ID, "")
		must(t, err)
		test(x)
		storetest.CheckConsistency(t, h.Store)
	})
}

// addresses lists those of somebody's chosen identities, and of their replies.
func (x *hung) addresses(who postroom.Account) string {
	x.t.Helper()
	list, err := x.dir().Identities(x.ctx, who.ID)
	must(x.t, err)
	var out []string
	for _, i := range list {
		if !i.Automatic {
			out = append(out, i.Address)
			if i.ReplyTo != "" && i.ReplyTo != i.Address {
				x.t.Errorf("%s has replies to %s", i.Address, i.ReplyTo)
			}
		}
	}
	return strings.Join(out, " ")
}

// nothing fails when somebody has anything on an account or may send as it.
func (x *hung) nothing(who string, on postroom.Account) {
	x.t.Helper()
	s := x.SignIn(who)
	if _, err := s.Resolve(x.ctx, on.Address, "/Inbox"); postroom.KindOf(err) != postroom.NotFound {
		x.t.Errorf("%s: %v", who, err)
	}
	if _, err := s.Identity(x.ctx, on.Address); postroom.KindOf(err) != postroom.Denied {
		x.t.Errorf("%s may send as %s: %v", who, on.Address, err)
	}
}

func TestNothingIsLeftOfWhatIsDeleted(t *testing.T) {
	t.Run("account", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			must(t, x.dir().DeleteAccount(x.ctx, x.Info.ID))
			if got := x.addresses(x.Cleo); got != "team@example.test crew@example.test ben@example.test" {
				t.Error(got)
			}
			again, err := x.dir().CreateAccount(x.ctx, store.NewAccount{Address: "info@example.test", Kind: postroom.Shared})
			must(t, err)
			x.nothing("ben", again)
		})
	})
	t.Run("person", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			must(t, x.dir().DeleteAccount(x.ctx, x.Ben.ID))
			if got := x.addresses(x.Cleo); strings.Contains(got, "ben@") {
				t.Error(got)
			}
			again := x.Person("ben")
			x.nothing("ben", x.Info)
			if got := x.addresses(again); got != "" {
				t.Error(got)
			}
			list, err := x.dir().Memberships(x.ctx, postroom.Member{Account: again.ID})
			if err != nil || len(list) > 0 {
				t.Error(list, err)
			}
		})
	})
	t.Run("group", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			x.Revoke(storetest.In(x.Info, postroom.RootCollection), x.Ben)
			must(t, x.dir().RemoveSendGrant(x.ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: x.Info.ID}, Grantee: toPerson(x.Ben), Right: postroom.SendAs}))
			must(t, x.dir().DeleteGroup(x.ctx, x.team.ID))
			if got := x.addresses(x.Cleo); strings.Contains(got, "team@") || strings.Contains(got, "crew@") {
				t.Error(got)
			}
			again, err := x.dir().CreateGroup(x.ctx, postroom.Group{Address: "team@example.test"})
			must(t, err)
			x.team = again
			x.add(again, "ben")
			x.nothing("ben", x.Info)
			if _, err := x.SignIn("ben").Identity(x.ctx, "team@example.test"); postroom.KindOf(err) != postroom.Denied {
				t.Error(err)
			}
			if list, err := x.dir().GroupRequests(x.ctx, again.ID); err != nil || len(list) > 0 {
				t.Error(list, err)
			}
		})
	})
	t.Run("alias", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			must(t, x.dir().RemoveAlias(x.ctx, "help@example.test"))
			if got := x.addresses(x.Cleo); strings.Contains(got, "help@") {
				t.Error(got)
			}
			must(t, x.dir().AddAlias(x.ctx, postroom.Alias{Address: "help@example.test", Target: postroom.SendTarget{Account: x.Info.ID}}))
			if _, err := x.SignIn("ben").Identity(x.ctx, "help@example.test"); postroom.KindOf(err) != postroom.Denied {
				t.Error(err)
			}
		})
	})
	t.Run("folder", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			anna := x.SignIn("anna")
			must(t, anna.DeleteCollection(x.ctx, x.sub))
			_, err := anna.CreateCollection(x.ctx, "", "/Plans", store.NewCollection{})
			must(t, err)
			if _, err := x.SignIn("ben").Resolve(x.ctx, "anna@example.test", "/Plans"); postroom.KindOf(err) != postroom.NotFound {
				t.Error(err)
			}
		})
	})
	t.Run("plan and domain", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			must(t, x.dir().DeletePlan(x.ctx, x.gold.ID))
			must(t, x.dir().DeleteDomain(x.ctx, x.domain.ID))
			_, err := x.dir().CreateDomain(x.ctx, x.Org.ID, "other.test")
			must(t, err)
			_, err = x.dir().CreateAccount(x.ctx, store.NewAccount{Address: "dora@other.test", Kind: postroom.Person, Password: storetest.Password})
			must(t, err)
			x.nothing("dora@other.test", x.Info)
		})
	})
	t.Run("organisation", func(t *testing.T) {
		inHungHouse(t, func(x *hung) {
			d := x.dir()
			must(t, d.DeleteGroup(x.ctx, x.team.ID))
			must(t, d.DeleteGroup(x.ctx, x.all.ID))
			accounts, err := d.Accounts(x.ctx, "")
			must(t, err)
			for _, a := range accounts {
				must(t, d.DeleteAccount(x.ctx, a.ID))
			}
			domains, err := d.Domains(x.ctx)
			must(t, err)
			for _, dom := range domains {
				must(t, d.DeleteDomain(x.ctx, dom.ID))
			}
			must(t, d.DeleteOrganisation(x.ctx, x.Org.ID))
		})
	})
}

func TestNothingIsLeftOfWhatIsRenamed(t *testing.T) {
	inHungHouse(t, func(x *hung) {
		d := x.dir()
		must(t, d.RenameAccount(x.ctx, x.Info.ID, "office@example.test"))
		must(t, d.RenameGroup(x.ctx, x.team.ID, "band@example.test"))
		want := "office@example.test office+desk@example.test help@example.test band@example.test crew@example.test"
		if got := x.addresses(x.Ben); got != want {
			t.Errorf("%s\n%s", got, want)
		}
		// Who may not send as it does not learn the new name.
		if got := x.addresses(x.Cleo); strings.Contains(got, "office") || strings.Contains(got, "band") {
			t.Error(got)
		}
		again, err := d.CreateAccount(x.ctx, store.NewAccount{Address: "info@example.test", Kind: postroom.Shared})
		must(t, err)
		x.nothing("ben", again)
		if _, err := d.CreateGroup(x.ctx, postroom.Group{Address: "team@example.test"}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.SignIn("ben").Identity(x.ctx, "team@example.test"); postroom.KindOf(err) != postroom.Denied {
			t.Error(err)
		}
	})
}
