package rights

import (
	"testing"
	"time"

	"postroom"
)

var (
	toInfo = postroom.SendTarget{Account: 100}
	toTeam = postroom.SendTarget{Group: 50}
	domain = postroom.Grantee{Kind: postroom.GranteeDomain, ID: 7}
	plan   = postroom.Grantee{Kind: postroom.GranteePlan, ID: 8}
	orgAll = postroom.Grantee{Kind: postroom.GranteeOrg, ID: int64(org)}
	all    = postroom.Grantee{Kind: postroom.GranteeAll}
	public = postroom.Grantee{Kind: postroom.GranteePublic}
)

func may(g postroom.Grantee, right postroom.SendRight) postroom.SendGrant {
	return postroom.SendGrant{Target: toInfo, Grantee: g, Right: right}
}

func mayNot(g postroom.Grantee, right postroom.SendRight) postroom.SendGrant {
	return postroom.SendGrant{Target: toInfo, Grantee: g, Right: right, Deny: true}
}

func infoFacts() *SendFacts {
	return &SendFacts{
		Target: toInfo, Org: org, Primary: "info@example.test",
		Aliases: []postroom.Alias{{Address: "hello@example.test", Delegable: true}, {Address: "ceo@example.test"}},
	}
}

func TestDecideSendClasses(t *testing.T) {
	const as, behalf = postroom.SendAs, postroom.SendOnBehalfOf
	foreign := NewSubject(&postroom.Account{ID: 1, Org: 2, State: postroom.Active}, nil)
	invited := NewSubject(&postroom.Account{ID: 1, Org: org, State: postroom.Invited}, nil)
	ended := may(account(1), as)
	ended.Until = noon
	other := may(account(1), as)
	other.Target = toTeam
	tests := []struct {
		name       string
		who        *Subject
		grants     []postroom.SendGrant
		as, behalf bool
	}{
		{"no entry", person(1), nil, false, false},
		{"entry of another target", person(1), []postroom.SendGrant{other}, false, false},
		{"sendAs includes sendOnBehalfOf", person(1), []postroom.SendGrant{may(account(1), as)}, true, true},
		{"sendOnBehalfOf alone", person(1), []postroom.SendGrant{may(account(1), behalf)}, false, true},
		{"expired", person(1), []postroom.SendGrant{ended}, false, false},
		{"individual before group", person(1, 10), []postroom.SendGrant{mayNot(group(10), as), may(account(1), as)}, true, true},
		{"individual deny before group", person(1, 10), []postroom.SendGrant{may(group(10), as), mayNot(account(1), as)}, false, true},
		{"any deny among groups", person(1, 10, 11, 12),
			[]postroom.SendGrant{may(group(10), as), mayNot(group(11), as), may(group(12), as)}, false, true},
		{"group before domain", person(1, 10), []postroom.SendGrant{mayNot(domain, as), may(group(10), as)}, true, true},
		{"domain before plan", person(1), []postroom.SendGrant{mayNot(plan, as), may(domain, as)}, true, true},
		{"plan before org", person(1), []postroom.SendGrant{mayNot(orgAll, as), may(plan, as)}, true, true},
		{"org and all are one class", person(1), []postroom.SendGrant{may(orgAll, as), mayNot(all, as)}, false, true},
		{"deny of sendOnBehalfOf denies sendAs", person(1), []postroom.SendGrant{may(account(1), as), mayNot(account(1), behalf)}, false, false},
		{"individual deny of sendOnBehalfOf beats a group's sendAs", person(1, 10),
			[]postroom.SendGrant{may(group(10), as), mayNot(account(1), behalf)}, false, false},
		{"deny of sendAs leaves sendOnBehalfOf", person(1, 10),
			[]postroom.SendGrant{mayNot(account(1), as), may(group(10), behalf)}, false, true},
		{"individual sendOnBehalfOf is no entry for sendAs", person(1, 10),
			[]postroom.SendGrant{may(account(1), behalf), may(group(10), as)}, true, true},
		{"public gives no name", person(1), []postroom.SendGrant{may(public, as)}, false, false},
		{"another organisation", foreign, []postroom.SendGrant{may(account(1), as), may(all, as)}, false, false},
		{"invited", invited, []postroom.SendGrant{may(account(1), as)}, false, false},
		{"anybody", Anonymous(), []postroom.SendGrant{may(all, as), may(public, as)}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gotAs := DecideSend(tt.who, infoFacts(), as, "info@example.test", tt.grants, noon)
			gotBehalf := DecideSend(tt.who, infoFacts(), behalf, "info@example.test", tt.grants, noon)
			if gotAs.Allowed != tt.as || gotBehalf.Allowed != tt.behalf {
				t.Errorf("sendAs %+v, sendOnBehalfOf %+v", gotAs, gotBehalf)
			}
			if gotAs.ShowSender || tt.behalf && !gotBehalf.ShowSender {
				t.Errorf("shown: sendAs %v, sendOnBehalfOf %v", gotAs.ShowSender, gotBehalf.ShowSender)
			}
			from := DecideFrom(tt.who, infoFacts(), "info@example.test", tt.grants, noon)
			if from.Allowed != (tt.as || tt.behalf) || from.Allowed && from.ShowSender == tt.as {
				t.Errorf("From %+v", from)
			}
		})
	}
}

func TestDecideSendAddresses(t *testing.T) {
	dropper, adder := may(group(10), postroom.SendAs), may(group(11), postroom.SendAs)
	dropper.DropAddresses = []string{"hello@example.test", "info@example.test"}
	adder.AddAddresses = []string{"ceo@example.test", "gone@example.test"}
	own := may(account(1), postroom.SendAs)
	own.DropAddresses = []string{"hello@example.test"}
	tests := []struct {
		name    string
		who     *Subject
		grants  []postroom.SendGrant
		allowed []string
	}{
		{"primary and delegable", person(1), []postroom.SendGrant{may(account(1), postroom.SendAs)}, []string{"hello@example.test", "info@example.test"}},
		{"dropped", person(1, 10), []postroom.SendGrant{dropper}, nil},
		// gone@ was added once, but is no longer the target's.
		{"added", person(1, 11), []postroom.SendGrant{adder}, []string{"ceo@example.test", "hello@example.test", "info@example.test"}},
		{"one of two groups is enough", person(1, 10, 11), []postroom.SendGrant{dropper, adder},
			[]string{"ceo@example.test", "hello@example.test", "info@example.test"}},
		{"the individual's list is the one that counts", person(1, 11), []postroom.SendGrant{own, adder}, []string{"info@example.test"}},
		{"itself", person(100), []postroom.SendGrant{mayNot(account(100), postroom.SendAs)},
			[]string{"ceo@example.test", "hello@example.test", "info@example.test"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, address := range []string{"ceo@example.test", "gone@example.test", "hello@example.test", "info@example.test", ""} {
				want := false
				for _, a := range tt.allowed {
					want = want || a == address
				}
				if d := DecideSend(tt.who, infoFacts(), postroom.SendAs, address, tt.grants, noon); d.Allowed != want {
					t.Errorf("%q: %+v", address, d)
				}
			}
			got := SendAddresses(tt.who, infoFacts(), tt.grants, noon)
			if len(got) != len(tt.allowed) {
				t.Fatalf("offered %v, want %v", got, tt.allowed)
			}
			for i := range got {
				if got[i].Address != tt.allowed[i] {
					t.Errorf("offered %v, want %v", got, tt.allowed)
				}
			}
		})
	}
}

func TestDisplayedSender(t *testing.T) {
	const inherit, hide, show = postroom.InheritSender, postroom.HideSender, postroom.ShowSender
	for _, tt := range []struct {
		grant, target, org postroom.DisplayedSender
		shown              bool
	}{
		{inherit, inherit, inherit, false}, {inherit, inherit, show, true}, {inherit, hide, show, false},
		{show, hide, hide, true}, {hide, show, show, false}, {inherit, show, hide, true},
	} {
		facts := infoFacts()
		facts.Displayed, facts.OrgDisplayed = tt.target, tt.org
		g := may(account(1), postroom.SendAs)
		g.Displayed = tt.grant
		d := DecideFrom(person(1), facts, "info@example.test", []postroom.SendGrant{g}, noon)
		if !d.Allowed || d.ShowSender != tt.shown {
			t.Errorf("%+v: %+v", tt, d)
		}
	}
	// A policy for others says nothing about the account itself.
	facts := infoFacts()
	facts.Displayed = show
	if d := DecideFrom(person(100), facts, "ceo@example.test", nil, noon); !d.Allowed || d.ShowSender {
		t.Errorf("%+v", d)
	}
	// Two groups disagree: shown.
	shown := may(group(11), postroom.SendAs)
	shown.Displayed = show
	if d := DecideFrom(person(1, 10, 11), infoFacts(), "info@example.test", []postroom.SendGrant{may(group(10), postroom.SendAs), shown}, noon); !d.ShowSender {
		t.Errorf("%+v", d)
	}
}

func TestPostingToGroup(t *testing.T) {
	list := &SendFacts{Target: toTeam, Org: org, Primary: "team@example.test"}
	entry := func(g postroom.Grantee, deny bool, until time.Time) postroom.SendGrant {
		return postroom.SendGrant{Target: toTeam, Grantee: g, Right: postroom.SendTo, Deny: deny, Until: until}
	}
	outside := NewSubject(&postroom.Account{ID: 1, Org: 2, State: postroom.Active}, nil)
	tests := []struct {
		name   string
		who    *Subject
		grants []postroom.SendGrant
		want   bool
	}{
		{"open to anybody", Anonymous(), nil, true},
		{"open to other organisations", outside, nil, true},
		{"closed by one entry", person(1), []postroom.SendGrant{entry(account(2), false, time.Time{})}, false},
		{"named", person(2), []postroom.SendGrant{entry(account(2), false, time.Time{})}, true},
		{"an ended entry closes nothing", person(1), []postroom.SendGrant{entry(account(2), false, noon)}, true},
		{"a deny closes too", person(1), []postroom.SendGrant{entry(account(2), true, time.Time{})}, false},
		{"deny and public", Anonymous(), []postroom.SendGrant{entry(account(2), true, time.Time{}), entry(public, false, time.Time{})}, true},
		{"denied beside public", person(2), []postroom.SendGrant{entry(account(2), true, time.Time{}), entry(public, false, time.Time{})}, false},
		{"guest", Guest(9), []postroom.SendGrant{entry(postroom.Grantee{Kind: postroom.GranteeGuest, ID: 9}, false, time.Time{})}, true},
		{"all is this organisation", outside, []postroom.SendGrant{entry(all, false, time.Time{})}, false},
		{"sendAs is not sendTo", person(1), []postroom.SendGrant{entry(account(2), false, time.Time{}),
			{Target: toTeam, Grantee: account(1), Right: postroom.SendAs}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if d := DecideSend(tt.who, list, postroom.SendTo, "", tt.grants, noon); d.Allowed != tt.want || d.ShowSender {
				t.Errorf("%+v", d)
			}
		})
	}
	owners := []postroom.SendGrant{{Target: toTeam, Grantee: group(10), Right: postroom.Own}}
	if !DecideSend(person(1, 10), list, postroom.Own, "", owners, noon).Allowed || DecideSend(person(2), list, postroom.Own, "", owners, noon).Allowed ||
		DecideSend(Anonymous(), list, postroom.Own, "", nil, noon).Allowed {
		t.Error("owners")
	}
}
