package store_test

import (
	"context"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// sentences are ways as they are told in words.
func sentences(ways []store.Way) string {
	var texts []string
	for _, w := range ways {
		texts = append(texts, w.Text)
	}
	return strings.Join(texts, "; ")
}

// simulate runs a change only to see what it would do, and sees that nothing of
// it is kept.
func (w *town) simulate(d *store.Directory, change func(*store.Directory) error) (store.Simulation, error) {
	w.t.Helper()
	before, err := w.store.DumpForTest(w.t.Context())
	w.must(err)
	sim, failed := d.Simulate(w.t.Context(), change)
	after, err := w.store.DumpForTest(w.t.Context())
	w.must(err)
	if before != after {
		w.t.Fatal("a simulation left something")
	}
	return sim, failed
}

// told is a simulation in lines.
func told(s store.Simulation) (lines []string) {
	for _, c := range s.Changes {
		line := c.Person + " on " + c.Target + c.Collection
		if c.Gained() != 0 {
			line += " +" + rights.Zimbra(c.Gained())
		}
		if c.Lost() != 0 {
			line += " -" + rights.Zimbra(c.Lost())
		}
		for _, a := range c.Gains {
			line += " +" + a
		}
		for _, a := range c.Loses {
			line += " -" + a
		}
		lines = append(lines, line)
	}
	return lines
}

func (w *town) wantTold(change func(*store.Directory) error, want ...string) store.Simulation {
	w.t.Helper()
	sim, err := w.simulate(w.dir, change)
	w.must(err)
	if got := strings.Join(told(sim), "\n"); got != strings.Join(want, "\n") {
		w.t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	return sim
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
		w.sendGrant("info", "info-team", postroom.SendAs)
		id := w.groups["info-team"]
		join := func(d *store.Directory) error { return d.AddMembers(ctx, id, []string{"cleo@example.test"}) }
		sim := w.wantTold(join, "cleo@example.test on info@example.test/ +rwidx +sendAs +sendOnBehalfOf")
		if via := sentences(sim.Changes[0].Via); !strings.Contains(via, "info-team@example.test: gives rwidx on /") ||
			!strings.Contains(via, "gives sendAs") || len(sim.Changes[0].Ended) > 0 {
			t.Errorf("via %q, ended %q", via, sentences(sim.Changes[0].Ended))
		}
		if way := sim.Changes[0].Via[0]; way.Kind != "group" || way.Effect != rights.Gives || way.Role != "manager" || way.On != "/" ||
			!slices.Equal(way.Via, []string{"cleo@example.test", "info-team@example.test"}) || !slices.Contains(way.Names, "delete") {
			t.Errorf("the parts of a way: %+v", way)
		}
		sim = w.wantTold(func(d *store.Directory) error { return d.DeleteGroup(ctx, id) },
			"anna@example.test on info@example.test/ -rwidx -sendAs -sendOnBehalfOf",
			"ben@example.test on info@example.test/ -rwidx -sendAs -sendOnBehalfOf")
		if ended := sentences(sim.Changes[0].Ended); !strings.Contains(ended, "info-team@example.test: gives rwidx on /") {
			t.Errorf("ended %q", ended)
		}
		w.wantTold(func(d *store.Directory) error {
			return d.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info-team"), Grantee: w.grantee("cleo"), Right: postroom.SendTo})
		}, "anna@example.test on info-team@example.test -sendTo", "ben@example.test on info-team@example.test -sendTo",
			"info@example.test on info-team@example.test -sendTo", "public on info-team@example.test -sendTo")
		ben, err := w.dir.Account(ctx, "ben@example.test")
		w.must(err)
		w.wantTold(func(d *store.Directory) error {
			b := ben
			b.State = postroom.Locked
			return d.UpdateAccount(ctx, b)
		}, "ben@example.test on ben@example.test/ -signIn",
			"ben@example.test on info@example.test/ -rwidx -sendAs -sendOnBehalfOf")
		w.wantTold(func(d *store.Directory) error {
			return d.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.SentCollection}, Grantee: w.grantee("anna")})
		}, "anna@example.test on info@example.test/Sent -rwidx")
		// Several steps stand on one another; what one refuses ends it, and what
		// is caught undoes only its own.
		w.wantTold(func(d *store.Directory) error {
			if err := join(d); err != nil {
				return err
			}
			if err := join(d); postroom.KindOf(err) != postroom.Exists {
				t.Errorf("a second time: %v", err)
			}
			m, err := d.Members(ctx, id)
			if len(m) != 3 {
				t.Errorf("%d members inside", len(m))
			}
			return err
		}, "cleo@example.test on info@example.test/ +rwidx +sendAs +sendOnBehalfOf")
		// What was undone of a step that failed half-way does not count.
		w.wantTold(func(d *store.Directory) error {
			if err := d.AddMembers(ctx, id, []string{"cleo@example.test", "ben@example.test"}); postroom.KindOf(err) != postroom.Exists {
				t.Errorf("a member twice: %v", err)
			}
			m, err := d.Members(ctx, id)
			if len(m) != 2 {
				t.Errorf("%d members after a step that failed", len(m))
			}
			return err
		})
		w.simulateAs(join)
	})
}

// TestSimulateNested: a group that joins or leaves another takes along all who
// are in it, however deep.
func TestSimulateNested(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		top, middle := w.group("top"), w.group("middle", "info-team")
		w.grant("info", postroom.InboxCollection, "top", rights.Viewer)
		join := func(d *store.Directory) error { return d.AddMembers(ctx, top, []string{"middle@example.test"}) }
		sim := w.wantTold(join, "anna@example.test on info@example.test/Inbox +r", "ben@example.test on info@example.test/Inbox +r")
		if via := sentences(sim.Changes[0].Via); !strings.Contains(via, "info-team@example.test → middle@example.test → top@example.test") {
			t.Errorf("via %q", via)
		}
		w.must(join(w.dir))
		lose := []string{"anna@example.test on info@example.test/Inbox -r", "ben@example.test on info@example.test/Inbox -r"}
		w.wantTold(func(d *store.Directory) error { return d.RemoveMembers(ctx, top, []string{"middle@example.test"}) }, lose...)
		w.wantTold(func(d *store.Directory) error { return d.DeleteGroup(ctx, middle) }, lose...)
	})
}

// simulateAs is the same for those who are no administrators: they are refused
// as always, and hear only of what they may ask about.
func (w *town) simulateAs(join func(*store.Directory) error) {
	t, ctx := w.t, w.t.Context()
	id := w.groups["info-team"]
	for _, name := range []string{"cleo", "anna"} {
		d := w.signIn(name).Directory()
		_, err := w.simulate(d, join)
		if real := d.AddMembers(ctx, id, []string{"cleo@example.test"}); real == nil || err == nil || err.Error() != real.Error() {
			t.Errorf("%s: simulated %v, really %v", name, err, real)
		}
	}
	w.sendGrant("info-team", "anna", postroom.Own)
	sim, err := w.simulate(w.signIn("anna").Directory(), join)
	w.must(err)
	if len(sim.Changes)+sim.Changed+sim.Touched+sim.Compared != 0 {
		t.Errorf("who owns a group hears of others' mailboxes: %+v", sim)
	}
	var kept *store.Directory
	_, err = w.simulate(w.dir, func(d *store.Directory) error { kept = d; return nil })
	w.must(err)
	if err := join(kept); err == nil {
		t.Error("the handle of a simulation outlives it")
	}
	// A session open meanwhile believes what is, not what was tried.
	seen, err := w.signIn("cleo").Collections(ctx, postroom.MailCollection)
	w.must(err)
	for _, c := range seen {
		if c.Owner.Address == "info@example.test" {
			t.Errorf("cleo sees %s", c.Path)
		}
	}
}

// TestSimulateWakesNobody: a watch hears nothing of what is only tried.
func TestSimulateWakesNobody(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		watch, err := w.signIn("cleo").Watch(ctx)
		w.must(err)
		defer watch.Close()
		drain(watch.C)
		_, err = w.simulate(w.dir, func(d *store.Directory) error {
			return d.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: 1},
				Grantee: w.grantee("cleo"), Rights: rights.Viewer})
		})
		w.must(err)
		select {
		case <-watch.C:
			t.Error("woken")
		default:
		}
	})
}

func drain(c <-chan struct{}) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// TestSimulateIsBounded: what is too much is counted.
func TestSimulateIsBounded(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		for i := range 6 {
			w.account(store.NewAccount{Address: string(rune('p'+i)) + "@example.test"})
		}
		everybody := func(d *store.Directory) error {
			return d.PutGrant(t.Context(), postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection},
				Grantee: postroom.Grantee{Kind: postroom.GranteeAll}, Rights: rights.Viewer})
		}
		for _, c := range []struct{ pairs, told, changes, changed, touched, compared int }{
			{9, 9, 9, 9, 9, 9}, {9, 4, 4, 9, 9, 9}, {5, 3, 3, 5, 9, 5},
		} {
			sim, err := w.dir.SimulateWithin(t.Context(), c.pairs, c.told, everybody)
			w.must(err)
			if len(sim.Changes) != c.changes || sim.Changed != c.changed || sim.Touched != c.touched || sim.Compared != c.compared {
				t.Errorf("%+v: %d, %d, %d, %d", c, len(sim.Changes), sim.Changed, sim.Touched, sim.Compared)
			}
		}
	})
}

// matter is everything people have: by person, target and path, or act.
type matter map[string]postroom.Rights

func (w *town) matter() matter {
	ctx, all := w.t.Context(), make(matter)
	accounts, err := w.dir.Accounts(ctx, "")
	w.must(err)
	groups, err := w.dir.Groups(ctx, "")
	w.must(err)
	acts := func(target string, acts ...string) {
		for _, p := range accounts {
			for _, act := range acts {
				a, err := w.dir.ExplainAccess(ctx, p.Address, target, "", act)
				w.must(err)
				if a.Allowed && p.Address != target {
					all[p.Address+" "+target+" "+act] = 1
				}
			}
		}
	}
	for _, a := range accounts {
		holders, err := w.dir.WhoHasAccess(ctx, a.Address)
		w.must(err)
		tree, err := w.dir.CollectionTree(ctx, a.ID)
		w.must(err)
		known := make(matter)
		for _, h := range holders {
			if h.Collection != "" {
				known[h.Account.Address+" "+h.Collection] = h.Rights
			}
		}
		for _, p := range accounts {
			for _, c := range tree {
				r, _ := nearest(known, p.Address+" ", c.Path)
				if r != 0 {
					all[p.Address+" "+a.Address+" "+c.Path] = r
				}
			}
		}
		acts(a.Address, "sendAs", "sendOnBehalfOf")
	}
	for _, g := range groups {
		acts(g.Address, "sendAs", "sendOnBehalfOf", "sendTo", "own")
	}
	return all
}

// nearest finds what was said of a path or the nearest one above.
func nearest(m matter, prefix, p string) (postroom.Rights, bool) {
	for {
		if r, ok := m[prefix+p]; ok || p == "/" {
			return r, ok
		}
		p = path.Dir(p)
	}
}

// apply does to what people have what a simulation says.
func (m matter) apply(s store.Simulation, paths map[string][]string) matter {
	gained, lost, after := make(matter), make(matter), make(matter)
	for k, r := range m {
		after[k] = r
	}
	touched := make(map[string]string)
	for _, c := range s.Changes {
		key := c.Person + " " + c.Target + " "
		for _, a := range c.Gains {
			after[key+a] = 1
		}
		for _, a := range c.Loses {
			delete(after, key+a)
		}
		if !c.Group {
			gained[key+c.Collection], lost[key+c.Collection] = c.Gained(), c.Lost()
			touched[key] = c.Target
		}
	}
	for key, target := range touched {
		for _, p := range paths[target] {
			g, _ := nearest(gained, key, p)
			l, _ := nearest(lost, key, p)
			if after[key+p] = after[key+p]&^l | g; after[key+p] == 0 {
				delete(after, key+p)
			}
		}
	}
	return after
}

// TestSimulationIsWhatHappens changes rights at random, first to see what that
// would do, then in earnest.
func TestSimulationIsWhatHappens(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	inTown(t, func(t *testing.T, w *town) {
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		w.group("all-team", "info-team", "cleo")
		w.group("boss", "anna")
		for i := range 40 {
			paths, states := w.paths(), w.states()
			before := w.matter()
			steps := []func(*store.Directory) error{w.randomChange(r), w.randomChange(r)}[:1+r.IntN(2)]
			change := func(d *store.Directory) error {
				for _, step := range steps {
					if err := step(d); err != nil {
						return err
					}
				}
				return nil
			}
			sim, simulated := w.simulate(w.dir, change)
			if simulated != nil {
				if really := change(w.dir); really == nil || really.Error() != simulated.Error() {
					t.Fatalf("step %d: simulated %v, really %v", i, simulated, really)
				}
				continue
			}
			w.must(change(w.dir))
			want, got, now := w.matter(), before.apply(sim, paths), w.states()
			for k := range union(want, got) {
				person, _, _ := strings.Cut(k, " ")
				if states[person] != now[person] && strings.HasSuffix(k, " sendTo") {
					continue // lists that are open to all who are active are not told
				}
				if want[k] != got[k] && person != "public" && !strings.HasSuffix(k, " signIn") {
					t.Fatalf("step %d: %s: simulated %x, really %x\n%s", i, k, got[k], want[k], strings.Join(told(sim), "\n"))
				}
			}
		}
	})
}

// states are those of the accounts, by address.
func (w *town) states() map[string]postroom.AccountState {
	all := make(map[string]postroom.AccountState)
	accounts, err := w.dir.Accounts(w.t.Context(), "")
	w.must(err)
	for _, a := range accounts {
		all[a.Address] = a.State
	}
	return all
}

func union(a, b matter) map[string]bool {
	all := make(map[string]bool)
	for _, m := range []matter{a, b} {
		for k := range m {
			all[k] = true
		}
	}
	return all
}

func (w *town) paths() map[string][]string {
	all := make(map[string][]string)
	accounts, err := w.dir.Accounts(w.t.Context(), "")
	w.must(err)
	for _, a := range accounts {
		tree, err := w.dir.CollectionTree(w.t.Context(), a.ID)
		w.must(err)
		for _, c := range tree {
			all[a.Address] = append(all[a.Address], c.Path)
		}
	}
	return all
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func (w *town) randomGrantee(r *rand.Rand) postroom.Grantee {
	if r.IntN(4) == 0 {
		return pick(r, postroom.Grantee{Kind: postroom.GranteeAll}, postroom.Grantee{Kind: postroom.GranteePublic},
			postroom.Grantee{Kind: postroom.GranteeOrg, ID: int64(w.org.ID)})
	}
	return w.grantee(pick(r, "anna", "ben", "cleo", "info-team", "all-team", "boss"))
}

// randomChange is one change of rights; it may well be refused.
func (w *town) randomChange(r *rand.Rand) func(*store.Directory) error {
	ctx := w.t.Context()
	ref := postroom.CollectionRef{Account: w.ids[pick(r, "info", "info", "anna")], Collection: pick(r, postroom.RootCollection, postroom.InboxCollection, postroom.SentCollection)}
	group := w.groups[pick(r, "info-team", "all-team", "boss")]
	switch r.IntN(9) {
	case 0, 1, 2:
		g := postroom.Grant{Target: ref, Grantee: w.randomGrantee(r), Rights: pick(r, 0, rights.Viewer, rights.Manager, postroom.Administer|postroom.Lookup), Negative: r.IntN(5) == 0}
		return func(d *store.Directory) error { return d.PutGrant(ctx, g) }
	case 3:
		g, sign := w.randomGrantee(r), pick(r, store.Positive, store.Positive, store.Negative)
		return func(d *store.Directory) error { return d.RemoveGrant(ctx, ref, g, sign) }
	case 4, 5:
		target := pick(r, w.send("info"), w.send("info"), w.send("info-team"), w.send("all-team"))
		s := postroom.SendGrant{Target: target, Grantee: w.randomGrantee(r), Right: pick(r, postroom.SendAs, postroom.SendOnBehalfOf, postroom.SendTo, postroom.Own), Deny: r.IntN(4) == 0}
		if r.IntN(3) == 0 {
			return func(d *store.Directory) error { return d.RemoveSendGrant(ctx, s) }
		}
		return func(d *store.Directory) error { return d.PutSendGrant(ctx, s) }
	case 6:
		members := []string{pick(r, "anna", "ben", "cleo", "info-team", "boss") + "@example.test"}
		if r.IntN(2) == 0 {
			return func(d *store.Directory) error { return d.RemoveMembers(ctx, group, members) }
		}
		return func(d *store.Directory) error { return d.AddMembers(ctx, group, members) }
	case 7:
		a, err := w.dir.AccountByID(ctx, w.ids[pick(r, "ben", "cleo")])
		w.must(err)
		a.State = pick(r, postroom.Active, postroom.Active, postroom.Locked)
		return func(d *store.Directory) error { return d.UpdateAccount(ctx, a) }
	}
	on := pick(r, store.Inherits, store.Closed)
	return func(d *store.Directory) error { return d.SetInherit(ctx, ref, on) }
}
