package jmapserver_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// groupsOf makes team@, which anna owns and ben is in, and which reads info@ and
// sends as it; open@ that anybody joins; ask@ that one asks to join; hidden@.
func (k *talk) groupsOf() map[string]postroom.Group {
	k.t.Helper()
	d, ctx := k.o.Console.Directory(), k.t.Context()
	must := func(err error) {
		k.t.Helper()
		if err != nil {
			k.t.Fatal(err)
		}
	}
	all := make(map[string]postroom.Group)
	for _, g := range []postroom.Group{
		{Address: "team@example.test", Name: "Team", NotifyNewMembers: true},
		{Address: "open@example.test", Name: "Open", Subscribe: postroom.SubscriptionOpen, Unsubscribe: postroom.SubscriptionOpen},
		{Address: "ask@example.test", Name: "Ask", Subscribe: postroom.SubscriptionApproval, Unsubscribe: postroom.SubscriptionApproval},
		{Address: "hidden@example.test", HideInGAL: true},
	} {
		made, err := d.CreateGroup(ctx, g)
		must(err)
		name, _, _ := strings.Cut(g.Address, "@")
		all[name] = made
	}
	must(d.AddMembers(ctx, all["team"].ID, []string{"ben@example.test", "list@outside.test"}))
	for _, name := range []string{"team", "ask"} {
		must(d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: all[name].ID}, Right: postroom.Own,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(k.o.Anna.ID)}}))
	}
	team := postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(all["team"].ID)}
	must(d.PutGrant(ctx, postroom.Grant{Target: storetest.In(k.o.Info, postroom.RootCollection), Grantee: team, Rights: rights.Manager, Mode: postroom.Automount}))
	must(d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: k.o.Info.ID}, Grantee: team, Right: postroom.SendAs}))
	return all
}

func TestGroups(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		g := k.groupsOf()
		anna, ben, cleo := k.account(k.o.Anna), k.account(k.o.Ben), k.account(k.o.Cleo)
		id := func(name string) string { return fmt.Sprintf("PG%d", g[name].ID) }
		lists := `"properties":["memberCount","mayManage","isHeld","members","owners","posters","gives"]`
		set := func(user, account, update string) string {
			return k.says(user, fmt.Sprintf(`["Group/set",{"accountId":%q,"update":{%s}},"0"]`, account, update))
		}
		k.says("cleo", fmt.Sprintf(`["Group/get",{"accountId":%q},"0"],["Group/get",{"accountId":%q,"properties":["members"]},"1"]`, cleo, cleo))
		for _, who := range []struct{ name, account string }{{"anna", string(anna)}, {"ben", string(ben)}, {"cleo", string(cleo)}} {
			k.says(who.name, fmt.Sprintf(`["Group/get",{"accountId":%q,"ids":[%q,%q],%s,"locale":"en"},"0"]`, who.account, id("team"), id("hidden"), lists))
		}
		k.says("ben", fmt.Sprintf(`["Group/get",{"accountId":%q,"ids":[%q],"properties":["gives"],"locale":"de"},"0"]`, ben, id("team")))
		// Only owners change; what is refused is refused whole, with the reason.
		set("ben", string(ben), fmt.Sprintf(`%q:{"members/cleo@example.test":true}`, id("team")))
		set("cleo", string(cleo), fmt.Sprintf(`%q:{"name":"Mine"},%q:{"name":"Mine"}`, id("team"), id("hidden")))
		set("anna", string(anna), fmt.Sprintf(`%q:{"members/cleo@example.test":true,"members/nobody@example.test":true,"name":"Half"}`, id("team")))
		set("anna", string(anna), fmt.Sprintf(`%q:{"members/not an address":true},%q:{"subscribe":"whenever"}`, id("team"), id("ask")))
		set("anna", string(anna), fmt.Sprintf(`%q:{"email":"x@example.test"},%q:{"isHidden":true}`, id("team"), id("ask")))
		if got := k.says("cleo", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"properties":["name"]},"0"]`, k.account(k.o.Info))); !strings.Contains(got, "accountNotFound") {
			t.Errorf("cleo sees info@ already: %s", got)
		}
		set("anna", string(anna), fmt.Sprintf(`%q:{"members/Cleo@Example.test":true,"members/list@outside.test":null,"name":"The team","subscribe":"approval",`+
			`"posters/team@example.test":true,"owners/ben@example.test":true,"notifyNewMembers":false}`, id("team")))
		if got := k.says("cleo", fmt.Sprintf(`["Mailbox/get",{"accountId":%q,"properties":["name"]},"0"]`, k.account(k.o.Info))); !strings.Contains(got, "Inbox") {
			t.Errorf("cleo does not see info@: %s", got)
		}
		k.says("anna", fmt.Sprintf(`["Group/get",{"accountId":%q,"ids":[%q],"properties":["name","subscribe","members","owners","posters"]},"0"]`, anna, id("team")))
		// A whole list, and an owner who goes.
		set("anna", string(anna), fmt.Sprintf(`%q:{"members":{"ben@example.test":true,"ask@example.test":true},"owners/anna@example.test":null,"posters":{}}`, id("team")))
		k.says("ben", fmt.Sprintf(`["Group/get",{"accountId":%q,"ids":[%q],"properties":["members","owners","posters"]},"0"]`, ben, id("team")))
		set("anna", string(anna), fmt.Sprintf(`%q:{"members/anna@example.test":true}`, id("team")))
		k.says("anna", fmt.Sprintf(`["Group/set",{"accountId":%q,"create":{"a":{"name":"x"}},"destroy":[%q]},"0"]`, anna, id("ask")))
		k.wrote("groups")
	})
}

var requestNumber = regexp.MustCompile(`"(R\d+)"`)

func TestGroupRequests(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		k := newTalk(t, s)
		g := k.groupsOf()
		anna, ben, cleo := k.account(k.o.Anna), k.account(k.o.Ben), k.account(k.o.Cleo)
		act := func(user, account, method, group string) string {
			return k.says(user, fmt.Sprintf(`["Group/%s",{"accountId":%q,"groupId":"PG%d"},"0"]`, method, account, g[group].ID))
		}
		act("cleo", string(cleo), "join", "open")
		act("cleo", string(cleo), "join", "open")
		act("cleo", string(cleo), "leave", "open")
		act("cleo", string(cleo), "leave", "open")
		act("cleo", string(cleo), "join", "team")
		act("cleo", string(cleo), "join", "hidden")
		asked := act("cleo", string(cleo), "join", "ask")
		id := requestNumber.FindStringSubmatch(asked)
		if id == nil {
			t.Fatal(asked)
		}
		for _, who := range []struct{ name, account string }{{"anna", string(anna)}, {"ben", string(ben)}, {"cleo", string(cleo)}} {
			k.says(who.name, fmt.Sprintf(`["GroupRequest/get",{"accountId":%q},"0"]`, who.account))
		}
		answer := func(user, account, state string) {
			k.says(user, fmt.Sprintf(`["GroupRequest/set",{"accountId":%q,"update":{%q:{"state":%q}}},"0"]`, account, id[1], state))
		}
		answer("cleo", string(cleo), "approved")
		answer("anna", string(anna), "perhaps")
		answer("anna", string(anna), "approved")
		answer("anna", string(anna), "refused")
		k.says("cleo", fmt.Sprintf(`["Group/get",{"accountId":%q,"ids":["PG%d"],"properties":["isMember"]},"0"]`, cleo, g["ask"].ID))
		k.says("cleo", fmt.Sprintf(`["GroupRequest/set",{"accountId":%q,"create":{"a":{}},"update":{"x":{"state":"approved"}},"destroy":[%q]},"0"]`, cleo, id[1]))
		k.wrote("group_requests")
	})
}
