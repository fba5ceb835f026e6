package naive_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/rights/naive"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// engine asks package rights from the facts of a world, as the store does.
type engine struct{ *naive.World }

func (e engine) parents(member postroom.Grantee) (groups []postroom.GroupID) {
	for _, m := range e.Members {
		if member.Kind == postroom.GranteeAccount && int64(m.Member.Account) == member.ID ||
			member.Kind == postroom.GranteeGroup && int64(m.Member.Group) == member.ID {
			groups = append(groups, m.Group)
		}
	}
	return groups
}

// above lists the groups that hold a member, nested or not, each once.
func (e engine) above(member postroom.Grantee) []postroom.GroupID {
	all := e.parents(member)
	for i := 0; i < len(all); i++ {
		for _, g := range e.parents(postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(all[i])}) {
			if !slices.Contains(all, g) {
				all = append(all, g)
			}
		}
	}
	return all
}

func (e engine) subject(who naive.Who) *rights.Subject {
	if who.Guest != 0 {
		return rights.Guest(who.Guest)
	}
	for i := range e.Accounts {
		if e.Accounts[i].ID == who.Account {
			return rights.NewSubject(&e.Accounts[i], e.above(postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(who.Account)}))
		}
	}
	return rights.Anonymous()
}

func (e engine) org(id postroom.AccountID) postroom.OrgID {
	for _, a := range e.Accounts {
		if a.ID == id {
			return a.Org
		}
	}
	return 0
}

func (e engine) access(who naive.Who, ref postroom.CollectionRef) rights.AccessQuestion {
	q := rights.AccessQuestion{
		Subject: e.subject(who),
		Owner:   rights.Owner{Account: ref.Account, Org: e.org(ref.Account)},
		Now:     e.Now,
	}
	for id := ref.Collection; id != 0; {
		for _, c := range e.Collections {
			if c.Ref.Account != ref.Account || c.Ref.Collection != id {
				continue
			}
			var grants []postroom.Grant
			for _, g := range e.Grants {
				if g.Target == c.Ref {
					grants = append(grants, g)
				}
			}
			q.Chain = append(q.Chain, rights.Level{ACL: rights.NewACL(grants), Inherit: c.Inherit})
			q.Paths = append(q.Paths, c.Path)
			id = c.Parent
			break
		}
	}
	return q
}

func (e engine) facts(target postroom.SendTarget) *rights.SendFacts {
	f := &rights.SendFacts{Target: target}
	for _, a := range e.Accounts {
		if a.ID == target.Account {
			f.Org, f.Primary, f.Displayed = a.Org, a.Address, a.Displayed
		}
	}
	for _, g := range e.Groups {
		if g.ID == target.Group {
			f.Org, f.Primary, f.Displayed = g.Org, g.Address, g.Displayed
		}
	}
	for _, o := range e.Orgs {
		if o.ID == f.Org {
			f.OrgDisplayed = o.Displayed
		}
	}
	for _, a := range e.Aliases {
		if a.Target == target {
			f.Aliases = append(f.Aliases, a)
		}
	}
	return f
}

// compareAccess checks that both evaluators and the explanation agree.
func (e engine) compareAccess(t rapid.TB, who naive.Who, ref postroom.CollectionRef) {
	q := e.access(who, ref)
	got, want := rights.Effective(q.Subject, q.Owner, q.Chain, q.Now), e.Effective(who, ref)
	if got != want {
		t.Fatalf("%+v on %v: engine %q, naive %q", who, ref, rights.IMAP(got), rights.IMAP(want))
	}
	dir := rights.Directory{Parents: e.parents}
	for _, op := range []rights.Operation{rights.Fetch, rights.Append, rights.SetGrants, rights.QueryFreeBusy} {
		q.Operation = op
		why := rights.Explain(q, dir)
		if why.Effective != got || why.Allowed != (rights.Decide(got, op) == rights.Done) {
			t.Fatalf("%+v on %v: engine %q, explained as\n%s", who, ref, rights.IMAP(got), why.Text())
		}
		if !why.Allowed && (len(why.Missing) == 0 || len(why.CouldGive) == 0) {
			t.Fatalf("nothing missing, yet not allowed:\n%s", why.Text())
		}
	}
}

func (e engine) compareSend(t rapid.TB, who naive.Who, target postroom.SendTarget, address string) {
	s, f, dir := e.subject(who), e.facts(target), rights.Directory{Parents: e.parents}
	var as, behalf rights.SendDecision
	for _, right := range []postroom.SendRight{postroom.SendAs, postroom.SendOnBehalfOf, postroom.SendTo, postroom.Own} {
		d := rights.DecideSend(s, f, right, address, e.SendGrants, e.Now)
		allowed, show := e.Send(who, target, right, address)
		if d.Allowed != allowed || d.Allowed && d.ShowSender != show {
			t.Fatalf("%+v %v on %v from %q: engine %+v, naive allowed %v show %v", who, right, target, address, d, allowed, show)
		}
		why := rights.ExplainSend(rights.SendQuestion{Subject: s, Target: f, Right: right, Address: address, Grants: e.SendGrants, Now: e.Now}, dir)
		checkSendSteps(t, why, d)
		switch right {
		case postroom.SendAs:
			as = d
		case postroom.SendOnBehalfOf:
			behalf = d
		}
	}
	from := rights.DecideFrom(s, f, address, e.SendGrants, e.Now)
	if from.Allowed != (as.Allowed || behalf.Allowed) || as.Allowed && from != as {
		t.Fatalf("From: %+v, sendAs: %+v, sendOnBehalfOf: %+v", from, as, behalf)
	}
	if as.Class != rights.ClassNone && as.Reason == rights.Granted && behalf.Class == rights.ClassNone {
		t.Fatalf("sendAs held without sendOnBehalfOf: %+v", as)
	}
	why := rights.ExplainSend(rights.SendQuestion{Subject: s, Target: f, Address: address, Grants: e.SendGrants, Now: e.Now}, dir)
	checkSendSteps(t, why, from)
}

// checkSendSteps: the steps alone must account for the decision.
func checkSendSteps(t rapid.TB, why rights.Explanation, d rights.SendDecision) {
	gives := 0
	for _, step := range why.Steps {
		if step.Effect == rights.Gives {
			gives++
		}
	}
	byEntry := d.Allowed && d.Reason == rights.Granted
	if why.Allowed != d.Allowed || (gives > 0) != byEntry || why.ShowSender != (d.Allowed && d.ShowSender) {
		t.Fatalf("%+v explained as\n%s", d, why.Text())
	}
}

// drawWorld makes two organisations small enough that things meet.
func drawWorld(t *rapid.T) engine {
	pick := func(label string, n int) int { return rapid.IntRange(0, n-1).Draw(t, label) }
	w := &naive.World{Now: noon, Orgs: []postroom.Organisation{
		{ID: 1, Displayed: postroom.DisplayedSender(pick("org displayed", 3))},
		{ID: 2, Displayed: postroom.DisplayedSender(pick("org displayed", 3))},
	}}
	for i := range 5 {
		state := postroom.Active
		if pick("inactive", 8) == 0 {
			state = []postroom.AccountState{postroom.Invited, postroom.Locked, postroom.Disabled}[pick("state", 3)]
		}
		w.Accounts = append(w.Accounts, postroom.Account{
			ID: postroom.AccountID(i + 1), Org: postroom.OrgID(1 + i/4), Domain: postroom.DomainID(1 + pick("domain", 2)),
			Plan: postroom.PlanID(1 + pick("plan", 2)), State: state, Address: fmt.Sprintf("a%d@example.test", i+1),
			Displayed: postroom.DisplayedSender(pick("displayed", 3)),
		})
	}
	for i := range 4 {
		w.Groups = append(w.Groups, postroom.Group{
			ID: postroom.GroupID(i + 1), Org: 1, Address: fmt.Sprintf("g%d@example.test", i+1),
			Displayed: postroom.DisplayedSender(pick("displayed", 3)),
		})
	}
	for range pick("members", 9) {
		m := naive.Membership{Group: postroom.GroupID(1 + pick("in group", 4))}
		if pick("nested", 2) == 0 {
			m.Member.Group = postroom.GroupID(1 + pick("member group", 4))
		} else {
			m.Member.Account = postroom.AccountID(1 + pick("member account", 5))
		}
		w.Members = append(w.Members, m)
	}
	// Collections of account 1: a root, two below it, and one deeper.
	for i, parent := range []postroom.CollectionID{0, 1, 1, 2} {
		w.Collections = append(w.Collections, postroom.Collection{
			Ref:    postroom.CollectionRef{Account: 1, Collection: postroom.CollectionID(i + 1)},
			Parent: parent, Inherit: pick("inherit off", 4) != 0, Path: fmt.Sprintf("/%d", i+1),
		})
	}
	drawGrants(t, w, pick)
	return engine{w}
}

func drawGrants(t *rapid.T, w *naive.World, pick func(string, int) int) {
	grantee := func() postroom.Grantee {
		kind := postroom.GranteeKind(1 + pick("grantee kind", 8))
		g := postroom.Grantee{Kind: kind, ID: int64(1 + pick("grantee", 3))}
		if kind == postroom.GranteeAll || kind == postroom.GranteePublic {
			g.ID = 0
		}
		return g
	}
	ends := func() time.Time {
		return []time.Time{{}, {}, noon.Add(-time.Second), noon, noon.Add(time.Nanosecond)}[pick("until", 5)]
	}
	for range pick("grants", 12) {
		w.Grants = append(w.Grants, postroom.Grant{
			Target:  postroom.CollectionRef{Account: 1, Collection: postroom.CollectionID(1 + pick("collection", 4))},
			Grantee: grantee(), Negative: pick("negative", 4) == 0, Until: ends(),
			Rights: []postroom.Rights{0, 0, rights.Viewer, rights.Author, rights.Admin, postroom.Lookup, postroom.FreeBusy,
				postroom.Rights(pick("any rights", 1<<14))}[pick("rights", 8)],
		})
	}
	targets := []postroom.SendTarget{{Account: 1}, {Group: 1}}
	for i := range 4 {
		w.Aliases = append(w.Aliases, postroom.Alias{
			Address: fmt.Sprintf("x%d@example.test", i), Target: targets[i%2], Delegable: pick("delegable", 2) == 0,
		})
	}
	addresses := func(label string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(allAddresses), 0, 2).Draw(t, label)
	}
	for range pick("send grants", 9) {
		w.SendGrants = append(w.SendGrants, postroom.SendGrant{
			Target: targets[pick("target", 2)], Grantee: grantee(), Right: postroom.SendRight(1 + pick("right", 4)),
			Deny: pick("deny", 3) == 0, Displayed: postroom.DisplayedSender(pick("displayed", 3)), Until: ends(),
			AddAddresses: addresses("add"), DropAddresses: addresses("drop"),
		})
	}
}

var allAddresses = []string{"a1@example.test", "g1@example.test", "x0@example.test", "x1@example.test", "x2@example.test",
	"x3@example.test", "stranger@example.test"}

func everybody(w *naive.World) []naive.Who {
	who := []naive.Who{{}, {Guest: 1}, {Guest: 2}}
	for _, a := range w.Accounts {
		who = append(who, naive.Who{Account: a.ID})
	}
	return who
}

// TestRandomOrganisationsAgree asks some 480 questions of each of a hundred
// organisations; make fuzz of many more (-rapid.checks).
func TestRandomOrganisationsAgree(t *testing.T) {
	questions := 0
	defer func() { t.Logf("%d questions", questions) }()
	rapid.Check(t, func(t *rapid.T) {
		e := drawWorld(t)
		for _, who := range everybody(e.World) {
			for _, c := range e.Collections {
				e.compareAccess(t, who, c.Ref)
				questions++
			}
			for _, target := range []postroom.SendTarget{{Account: 1}, {Group: 1}} {
				for _, address := range allAddresses {
					e.compareSend(t, who, target, address)
					questions += 4 // one for each right
				}
			}
		}
	})
}
