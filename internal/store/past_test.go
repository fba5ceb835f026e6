package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// asker answers questions about rights: now, or at some time.
type asker interface {
	ExplainAccess(ctx context.Context, user, target, path, action string) (store.AccessAnswer, error)
	WhoHasAccess(ctx context.Context, target string) ([]store.Holder, error)
	WhatAccess(ctx context.Context, user string) ([]store.Holder, error)
}

// names are all that there ever is in the random town.
var (
	pastAccounts = []string{"anna", "ben", "cleo", "info", "dora", "dora2"}
	pastGroups   = []string{"info-team", "all-team", "boss", "dora-team", "it"}
)

// answers are those to all questions, in lines.
func (w *town) answers(a asker) []string {
	ctx := w.t.Context()
	var lines []string
	holders := func(question string, list []store.Holder, err error) {
		lines = append(lines, fmt.Sprintf("%s: %v", question, err))
		for _, h := range list {
			lines = append(lines, fmt.Sprintf("%s: %s %s %v %v %q %s %s %q %q", question, h.Account.Address, h.Account.UUID, h.Account.Kind,
				h.Account.State, h.Account.Name, h.Collection, rights.Zimbra(h.Rights), h.Send, sentences(h.Ways)))
		}
	}
	explain := func(user, target, path, action string) {
		e, err := a.ExplainAccess(ctx, user+"@example.test", target+"@example.test", path, action)
		lines = append(lines, fmt.Sprintf("%s on %s%s %s: %v %s %v", user, target, path, action, e.Allowed, e.Text, err))
	}
	for _, name := range pastAccounts {
		who, err := a.WhoHasAccess(ctx, name+"@example.test")
		holders("who "+name, who, err)
		what, err := a.WhatAccess(ctx, name+"@example.test")
		holders("what "+name, what, err)
		explain(name, "info", "/Inbox", "r")
		explain(name, "anna", "/Work", "w")
		explain(name, "info", "", "sendAs")
	}
	for _, g := range pastGroups {
		explain("ben", g, "", "own")
		explain("dora", g, "", "sendTo")
	}
	return lines
}

// pastChange is a change of rights, or of whom and what there is.
func (w *town) pastChange(r *rand.Rand) func(*store.Directory) error {
	ctx := w.t.Context()
	find := func(name string) postroom.AccountID {
		a, _ := w.dir.Account(ctx, name+"@example.test")
		return a.ID
	}
	switch r.IntN(14) {
	case 0:
		return func(d *store.Directory) error {
			return ignore(d.CreateAccount(ctx, store.NewAccount{Address: "dora@example.test", Name: "Dora"}))
		}
	case 1:
		return func(d *store.Directory) error { return d.DeleteAccount(ctx, find("dora")) }
	case 2:
		from, to := pick(r, "dora", "dora2"), pick(r, "dora", "dora2")
		return func(d *store.Directory) error { return d.RenameAccount(ctx, find(from), to+"@example.test") }
	case 3:
		return func(d *store.Directory) error {
			g, err := d.CreateGroup(ctx, postroom.Group{Address: "dora-team@example.test"})
			if err != nil {
				return err
			}
			if err := d.AddMembers(ctx, g.ID, []string{"dora@example.test"}); err != nil {
				return err
			}
			return d.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection},
				Grantee: postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(g.ID)}, Rights: rights.Editor, Until: w.clock.Now().Add(time.Hour)})
		}
	case 4:
		return func(d *store.Directory) error {
			g, err := d.Group(ctx, "dora-team@example.test")
			if err != nil {
				return err
			}
			return d.DeleteGroup(ctx, g.ID)
		}
	case 5, 6:
		return w.folderChange(r)
	case 7:
		o := w.org
		o.Displayed = pick(r, postroom.HideSender, postroom.ShowSender)
		return func(d *store.Directory) error { return d.UpdateOrganisation(ctx, o) }
	case 8:
		a, err := w.dir.AccountByID(ctx, w.ids["cleo"])
		w.must(err)
		a.Attributes = map[string]string{"department": pick(r, "it", "sales")}
		return func(d *store.Directory) error { return d.UpdateAccount(ctx, a) }
	}
	return w.randomChange(r)
}

// folderChange makes, renames, shares or deletes a folder of anna's.
func (w *town) folderChange(r *rand.Rand) func(*store.Directory) error {
	ctx := w.t.Context()
	n, grantee := r.IntN(4), w.randomGrantee(r)
	return func(d *store.Directory) error {
		s := w.signIn("anna")
		if n == 0 {
			return ignore(s.CreateCollection(ctx, "", "/Work", store.NewCollection{}))
		}
		tree, err := d.CollectionTree(ctx, w.ids["anna"])
		if err != nil {
			return err
		}
		for _, c := range tree {
			switch {
			case c.Path == "/Work" && n == 1:
				return s.DeleteCollection(ctx, c.Ref)
			case c.Path == "/Work" && n == 2:
				return s.RenameCollection(ctx, c.Ref, "/Old")
			case c.Path == "/Old" && n == 2:
				return s.RenameCollection(ctx, c.Ref, "/Work")
			case c.Path == "/Work":
				return d.PutGrant(ctx, postroom.Grant{Target: c.Ref, Grantee: grantee, Rights: rights.Author, Until: w.clock.Now().Add(40 * time.Minute)})
			}
		}
		return nil
	}
}

// TestThePastIsWhatWas changes rights at random and writes down the answers to
// every question. Later, the answers about each of those moments are the same.
func TestThePastIsWhatWas(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	// Far from any other clock: what is dated by another shows.
	clock := storetest.NewClock(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 0))
		w := newTown(t, s, clock)
		w.group("all-team", "info-team", "cleo")
		w.group("boss", "anna")
		_, err := w.dir.CreateGroup(t.Context(), postroom.Group{Address: "it@example.test", Filter: "(department=it)"})
		w.must(err)
		var moments []time.Time
		var then [][]string
		note := func() {
			moments, then = append(moments, clock.Now()), append(then, w.answers(w.dir))
		}
		done := 0
		for range 30 {
			clock.Advance(time.Duration(1+r.IntN(20)) * time.Minute)
			note()
			clock.Advance(time.Microsecond)
			if w.pastChange(r)(w.dir) == nil {
				done++
			}
			note()
		}
		if done < 10 {
			t.Fatalf("only %d changes were done", done)
		}
		for _, i := range r.Perm(len(moments))[:12] {
			now := w.answers(w.dir.At(moments[i]))
			for j := range then[i] {
				if j >= len(now) || now[j] != then[i][j] {
					t.Fatalf("moment %d, %s: then %s\nremembered %s", i, moments[i], then[i][j], now[min(j, len(now)-1)])
				}
			}
		}
		if faults, err := s.Check(t.Context()); err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
	})
}
