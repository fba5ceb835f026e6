package store_test

import (
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/rights/naive"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// changesInARow is the length of the sequences of which none is left out.
const changesInARow = 4

// TestEverySequenceOfChanges turns switches of a small organisation (three
// persons, two nested groups, two folders of a shared mailbox) on and off in
// an order in which every sequence of four changes comes once. After each, what the open sessions
// may do must be what the naive evaluator finds from the state alone: nothing
// that is kept in memory may survive the change that takes it away.
func TestEverySequenceOfChanges(t *testing.T) {
	clock := storetest.NewClock(time.Now().Truncate(time.Second))
	s := storetest.Open(t, func(o *store.Options) { o.Now = clock.Now })
	v := newVillage(newTown(t, s, clock))
	switches := v.switches()
	state := make([]bool, len(switches))
	var latest []string
	for _, n := range everySequence(len(switches), changesInARow) {
		state[n] = !state[n]
		v.must(switches[n].turn(state[n]))
		latest = append(latest, switches[n].name)
		w := v.world(switches, state)
		if fault := v.compare(w); fault != "" {
			t.Fatalf("after %v: %s\nin force: %v", latest[max(0, len(latest)-2*changesInARow):], fault, inForce(switches, state))
		}
	}
	t.Logf("%d changes", len(latest))
}

// village is a town with a folder, a nested group and sessions that stay open.
type village struct {
	*town
	folder   postroom.CollectionRef
	sessions map[string]*store.Session
	accounts map[string]postroom.Account
}

func newVillage(w *town) *village {
	v := &village{town: w, sessions: map[string]*store.Session{}, accounts: map[string]postroom.Account{}}
	v.dir = w.dir.Quietly()
	v.must(v.dir.RemoveMembers(w.t.Context(), w.groups["info-team"], []string{"anna@example.test", "ben@example.test"}))
	v.group("outer")
	for _, name := range []string{"anna", "ben", "cleo"} {
		v.sessions[name] = v.signIn(name)
	}
	for name := range w.ids {
		a, err := v.dir.Account(w.t.Context(), name+"@example.test")
		v.must(err)
		v.accounts[name] = a
	}
	owner, err := w.console.ActingFor(w.t.Context(), w.ids["info"])
	v.must(err)
	v.folder, err = owner.CreateCollection(w.t.Context(), "", "/Inbox/Team", store.NewCollection{})
	v.must(err)
	return v
}

// change is something that is so or not.
type change struct {
	name string
	// turn makes it so, or not, in the store; fact adds it to a world.
	turn func(on bool) error
	fact func(*naive.World)
}

func (v *village) switches() []change {
	inbox := postroom.CollectionRef{Account: v.ids["info"], Collection: postroom.InboxCollection}
	domain := postroom.Grantee{Kind: postroom.GranteeDomain, ID: int64(v.accounts["ben"].Domain)}
	return []change{
		v.membership("info-team", "ben"),
		v.membership("outer", "info-team"),
		v.membership("outer", "cleo"),
		v.grant("team reads the inbox", postroom.Grant{Target: inbox, Grantee: v.grantee("info-team"), Rights: rights.Viewer}),
		v.grant("outer manages the folder", postroom.Grant{Target: v.folder, Grantee: v.grantee("outer"), Rights: rights.Manager}),
		v.grant("ben writes in the inbox", postroom.Grant{Target: inbox, Grantee: v.grantee("ben"), Rights: rights.Author}),
		v.grant("ben is kept out of the folder", postroom.Grant{Target: v.folder, Grantee: v.grantee("ben")}),
		v.grant("outer may not insert", postroom.Grant{Target: inbox, Grantee: v.grantee("outer"), Rights: postroom.Insert, Negative: true}),
		v.grant("the domain sees the inbox", postroom.Grant{Target: inbox, Grantee: domain, Rights: postroom.Lookup}),
		v.closed(),
		v.locked("cleo"),
		v.sendRight("outer sends", postroom.SendGrant{Grantee: v.grantee("outer")}),
		v.sendRight("cleo does not send", postroom.SendGrant{Grantee: v.grantee("cleo"), Deny: true}),
	}
}

func (v *village) membership(group, member string) change {
	line := naive.Membership{Group: v.groups[group], Member: postroom.Member{Account: v.ids[member], Group: v.groups[member]}}
	return change{
		name: member + " in " + group,
		turn: func(on bool) error {
			if on {
				return v.dir.AddMembers(v.t.Context(), line.Group, []string{member + "@example.test"})
			}
			return v.dir.RemoveMembers(v.t.Context(), line.Group, []string{member + "@example.test"})
		},
		fact: func(w *naive.World) { w.Members = append(w.Members, line) },
	}
}

func (v *village) grant(name string, g postroom.Grant) change {
	sign := store.Positive
	if g.Negative {
		sign = store.Negative
	}
	return change{
		name: name,
		turn: func(on bool) error {
			if on {
				return v.dir.PutGrant(v.t.Context(), g)
			}
			return v.dir.RemoveGrant(v.t.Context(), g.Target, g.Grantee, sign)
		},
		fact: func(w *naive.World) { w.Grants = append(w.Grants, g) },
	}
}

func (v *village) sendRight(name string, g postroom.SendGrant) change {
	g.Target, g.Right = v.send("info"), postroom.SendAs
	return change{
		name: name,
		turn: func(on bool) error {
			if on {
				return v.dir.PutSendGrant(v.t.Context(), g)
			}
			return v.dir.RemoveSendGrant(v.t.Context(), g)
		},
		fact: func(w *naive.World) { w.SendGrants = append(w.SendGrants, g) },
	}
}

// closed: the folder takes over nothing from above.
func (v *village) closed() change {
	return change{
		name: "the folder is closed",
		turn: func(on bool) error {
			how := store.Inherits
			if on {
				how = store.Closed
			}
			return v.dir.SetInherit(v.t.Context(), v.folder, how)
		},
		fact: func(w *naive.World) { w.Collections[2].Inherit = false },
	}
}

func (v *village) locked(name string) change {
	return change{
		name: name + " is locked",
		turn: func(on bool) error {
			a := v.accounts[name]
			if on {
				a.State = postroom.Locked
			}
			return v.dir.UpdateAccount(v.t.Context(), a)
		},
		fact: func(w *naive.World) {
			i := slices.IndexFunc(w.Accounts, func(a postroom.Account) bool { return a.ID == v.ids[name] })
			w.Accounts[i].State = postroom.Locked
		},
	}
}

// world is the state as the naive evaluator takes it.
func (v *village) world(switches []change, state []bool) *naive.World {
	in := func(c postroom.CollectionID) postroom.CollectionRef {
		return postroom.CollectionRef{Account: v.ids["info"], Collection: c}
	}
	w := &naive.World{Now: v.clock.Now(), Orgs: []postroom.Organisation{v.org}, Collections: []postroom.Collection{
		{Ref: in(postroom.RootCollection), Inherit: true},
		{Ref: in(postroom.InboxCollection), Parent: postroom.RootCollection, Inherit: true},
		{Ref: v.folder, Parent: postroom.InboxCollection, Inherit: true},
	}}
	for _, a := range v.accounts {
		w.Accounts = append(w.Accounts, a)
	}
	for i, s := range switches {
		if state[i] {
			s.fact(w)
		}
	}
	return w
}

// compare asks the open sessions and the world the same; "" when they agree.
func (v *village) compare(w *naive.World) string {
	for name, session := range v.sessions {
		who := naive.Who{Account: v.ids[name]}
		for _, c := range w.Collections[1:] {
			want := w.Effective(who, c.Ref)
			if !want.Has(postroom.Lookup) {
				want = postroom.NoRights // and it is not there
			}
			if got := v.rightsOf(session, "info", c.Ref.Collection); got != want {
				return name + " has " + rights.IMAP(got) + " where " + rights.IMAP(want) + " is due"
			}
		}
		// Who is denied sendAs alone may still send on behalf.
		as, _ := w.Send(who, v.send("info"), postroom.SendAs, "info@example.test")
		behalf, _ := w.Send(who, v.send("info"), postroom.SendOnBehalfOf, "info@example.test")
		want := as || behalf
		_, err := session.Identity(v.t.Context(), "info@example.test")
		if (err == nil) != want {
			return name + " may send: " + map[bool]string{true: "should", false: "should not"}[want]
		}
	}
	return ""
}

func inForce(switches []change, state []bool) (names []string) {
	for i, s := range switches {
		if state[i] {
			names = append(names, s.name)
		}
	}
	return names
}

// everySequence returns numbers below n among which every sequence of the
// given length occurs: a de Bruijn sequence, put together from Lyndon words in
// order (Fredricksen and Maiorana), its beginning repeated at the end.
func everySequence(n, length int) []int {
	var all []int
	word := []int{0}
	for {
		if length%len(word) == 0 {
			all = append(all, word...)
		}
		next := make([]int, length)
		for i := range next {
			next[i] = word[i%len(word)]
		}
		for len(next) > 0 && next[len(next)-1] == n-1 {
			next = next[:len(next)-1]
		}
		if len(next) == 0 {
			return append(all, all[:length-1]...)
		}
		next[len(next)-1]++
		word = next
	}
}

func TestEverySequenceLeavesNoneOut(t *testing.T) {
	seen := map[[3]int]bool{}
	all := everySequence(5, 3)
	for i := range len(all) - 2 {
		seen[[3]int(all[i:i+3])] = true
	}
	if len(seen) != 5*5*5 || len(all) != 5*5*5+2 {
		t.Errorf("%d sequences in %d numbers", len(seen), len(all))
	}
}
