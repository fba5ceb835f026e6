package rights

import (
	"testing"
	"time"

	"postroom"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const org = postroom.OrgID(1)

var info = Owner{Account: 100, Org: org}

func person(id postroom.AccountID, groups ...postroom.GroupID) *Subject {
	return NewSubject(&postroom.Account{ID: id, Org: org, Domain: 7, Plan: 8, State: postroom.Active}, groups)
}

func account(id int64) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: id}
}

func group(id int64) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeGroup, ID: id}
}

func give(g postroom.Grantee, r postroom.Rights) postroom.Grant {
	return postroom.Grant{Grantee: g, Rights: r}
}

func take(g postroom.Grantee, r postroom.Rights) postroom.Grant {
	return postroom.Grant{Grantee: g, Rights: r, Negative: true}
}

func until(g postroom.Grant, t time.Time) postroom.Grant {
	g.Until = t
	return g
}

func inherits(grants ...postroom.Grant) Level { return Level{NewACL(grants), true} }
func closed(grants ...postroom.Grant) Level   { return Level{NewACL(grants), false} }

func TestEffective(t *testing.T) {
	foreign := NewSubject(&postroom.Account{ID: 1, Org: 2, State: postroom.Active}, []postroom.GroupID{10})
	locked := NewSubject(&postroom.Account{ID: 1, Org: org, State: postroom.Locked}, nil)
	tests := []struct {
		name  string
		who   *Subject
		chain []Level
		want  postroom.Rights
	}{
		{"owner", person(100), []Level{closed(give(account(100), None))}, postroom.AllRights},
		{"nobody", person(1), []Level{inherits(), inherits()}, None},
		{"root share reaches below", person(1), []Level{inherits(), inherits(), inherits(give(account(1), Manager))}, Manager},
		{"child grant leaves others alone", person(1),
			[]Level{inherits(give(account(2), Viewer)), inherits(give(account(1), Editor))}, Editor},
		{"nearest counts, even if smaller", person(1),
			[]Level{inherits(give(account(1), Viewer)), inherits(give(account(1), Editor))}, Viewer},
		{"levels of different grantees add up", person(1, 10),
			[]Level{inherits(give(account(1), Viewer)), inherits(give(group(10), Reviewer))}, Reviewer},
		{"inherit off", person(1), []Level{closed(), inherits(give(account(1), Editor))}, None},
		{"inherit off keeps own grants", person(1), []Level{closed(give(account(1), Viewer)), inherits(give(group(10), Editor))}, Viewer},
		{"inherit off in the middle", person(1),
			[]Level{inherits(), closed(give(account(1), Viewer)), inherits(give(account(1), Editor))}, Viewer},
		{"block beats groups and public", person(1, 10),
			[]Level{inherits(give(group(10), Editor), give(public, Viewer)), inherits(give(account(1), None))}, None},
		{"grant below a block", person(1),
			[]Level{inherits(give(account(1), Viewer)), inherits(give(account(1), None))}, Viewer},
		{"empty group grant is no block", person(1, 10, 11), []Level{inherits(give(group(10), None), give(group(11), Viewer))}, Viewer},
		{"empty group grant hides that group above", person(1, 10),
			[]Level{inherits(give(group(10), None)), inherits(give(group(10), Viewer))}, None},
		{"negative", person(1, 10), []Level{inherits(take(account(1), postroom.Write)), inherits(give(group(10), Author))},
			Author &^ postroom.Write},
		{"negative walks by itself", person(1),
			[]Level{inherits(give(account(1), Editor)), inherits(take(account(1), postroom.Insert))}, Editor &^ postroom.Insert},
		{"nearer negative replaces", person(1),
			[]Level{inherits(take(account(1), postroom.Seen)), inherits(take(account(1), postroom.Read), give(account(1), Editor))},
			Editor &^ postroom.Seen},
		{"expired in that second", person(1), []Level{inherits(until(give(account(1), Viewer), noon))}, None},
		{"not yet expired", person(1), []Level{inherits(until(give(account(1), Viewer), noon.Add(time.Second)))}, Viewer},
		{"expired does not hide", person(1),
			[]Level{inherits(until(give(account(1), None), noon)), inherits(give(account(1), Editor))}, Editor},
		{"domain", person(1), []Level{inherits(give(postroom.Grantee{Kind: postroom.GranteeDomain, ID: 7}, Viewer))}, Viewer},
		{"plan", person(1), []Level{inherits(give(postroom.Grantee{Kind: postroom.GranteePlan, ID: 8}, Viewer))}, Viewer},
		{"all", person(1), []Level{inherits(give(all, Viewer))}, Viewer},
		{"all ends at the organisation", foreign, []Level{inherits(give(all, Viewer))}, None},
		{"account of another organisation", foreign, []Level{inherits(give(account(1), Viewer), give(group(10), Viewer))}, None},
		{"public crosses organisations", foreign, []Level{inherits(give(public, Viewer))}, Viewer},
		{"anybody", Anonymous(), []Level{inherits(give(public, Viewer), give(all, Editor))}, Viewer},
		{"guest", Guest(5), []Level{inherits(give(postroom.Grantee{Kind: postroom.GranteeGuest, ID: 5}, Reviewer))}, Reviewer},
		{"other guest", Guest(6), []Level{inherits(give(postroom.Grantee{Kind: postroom.GranteeGuest, ID: 5}, Reviewer))}, None},
		{"locked", locked, []Level{inherits(give(account(1), Editor), give(public, Viewer))}, None},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Effective(tt.who, info, tt.chain, noon); got != tt.want {
				t.Errorf("got %q, want %q", IMAP(got), IMAP(tt.want))
			}
		})
	}
}

func TestEffectiveAllocatesNothing(t *testing.T) {
	who, chain := person(1, 10, 11), []Level{inherits(give(group(11), Viewer)), inherits(give(account(1), Editor))}
	if n := testing.AllocsPerRun(100, func() { Effective(who, info, chain, noon) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
