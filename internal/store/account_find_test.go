package store_test

import (
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func TestFindEntries(t *testing.T) { inTown(t, testFindEntries) }

func testFindEntries(t *testing.T, w *town) {
	ctx := t.Context()
	for _, n := range []store.NewAccount{
		{Address: "desk@example.test", Name: "Empfang Größe", Kind: postroom.Shared},
		{Address: "roomx1@example.test", Kind: postroom.Shared},
		{Address: "room_1@example.test", Name: "Room 1", Kind: postroom.Resource},
	} {
		a, err := w.dir.CreateAccount(ctx, n)
		w.must(err)
		w.clock.Advance(time.Minute) // made and used in another order than that of addresses
		if n.Kind == postroom.Resource {
			w.deliver(a.ID, postroom.InboxCollection, 0)
		}
	}
	desk, err := w.dir.Account(ctx, "desk@example.test")
	w.must(err)
	w.must(w.dir.AddAlias(ctx, postroom.Alias{Address: "frontdesk@example.test", Target: postroom.SendTarget{Account: desk.ID}}))
	made := []postroom.AccountKind{postroom.Shared, postroom.Resource}
	for _, c := range []struct {
		filter store.EntryFilter
		want   []string
	}{
		{store.EntryFilter{Text: "GRÖSSE"}, nil},
		{store.EntryFilter{Text: "GRÖßE"}, []string{"desk@example.test"}},
		{store.EntryFilter{Text: " Frontdesk@ "}, []string{"desk@example.test"}},
		{store.EntryFilter{Text: "room_1"}, []string{"room_1@example.test"}},
		{store.EntryFilter{Text: "room%"}, nil},
		{store.EntryFilter{Text: "room", Kinds: []postroom.AccountKind{postroom.Shared}}, []string{"roomx1@example.test"}},
		{store.EntryFilter{Text: "room", Max: 1}, []string{"room_1@example.test"}},
		{store.EntryFilter{Text: "room", Max: 1, After: "ROOM_1@example.test"}, []string{"roomx1@example.test"}},
		{store.EntryFilter{Text: "room", After: "roomx1@example.test"}, nil},
		{store.EntryFilter{Text: "room", Descending: true}, []string{"roomx1@example.test", "room_1@example.test"}},
		{store.EntryFilter{Text: "room", Descending: true, After: "roomx1@example.test"}, []string{"room_1@example.test"}},
		// without a name comes first, and names know no case
		{store.EntryFilter{Text: "o", Order: store.ByName, Kinds: made, Max: 2}, []string{"roomx1@example.test", "desk@example.test"}},
		{store.EntryFilter{Text: "o", Order: store.ByName, Kinds: made, After: "desk@example.test"}, []string{"info@example.test", "room_1@example.test"}},
		{store.EntryFilter{Text: "o", Order: store.ByName, Kinds: made, Descending: true, After: "room_1@example.test", Max: 1}, []string{"info@example.test"}},
		{store.EntryFilter{Text: "room", Order: store.ByCreated, Descending: true}, []string{"room_1@example.test", "roomx1@example.test"}},
		{store.EntryFilter{Text: "room", Order: store.ByUsed}, []string{"roomx1@example.test", "room_1@example.test"}},
		{store.EntryFilter{Text: "room", Login: store.LoginOn}, nil},
		{store.EntryFilter{Text: "room", Login: store.LoginOff, Max: 1}, []string{"room_1@example.test"}},
	} {
		list, err := w.dir.FindAccounts(ctx, c.filter)
		w.must(err)
		var got []string
		for _, a := range list {
			got = append(got, a.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.filter, got, c.want)
		}
	}
	_, err = w.dir.FindAccounts(ctx, store.EntryFilter{Order: store.ByName, After: "gone@example.test"})
	wantKind(t, err, postroom.Stale, "gone@example.test is no longer there")
	w.person("nora")
	person := w.signIn("nora").Directory()
	for _, f := range []store.EntryFilter{{Login: store.LoginOff}, {Order: store.ByUsed}, {Order: store.ByCreated}} {
		_, err = person.FindAccounts(ctx, f)
		wantKind(t, err, postroom.Denied, "")
	}
	_, err = w.dir.FindGroups(ctx, store.EntryFilter{Order: store.ByUsed})
	wantKind(t, err, postroom.Invalid, "ordered by address or name")
	for _, address := range []string{"a-team@example.test", "b-team@example.test"} {
		_, err := w.dir.CreateGroup(ctx, postroom.Group{Address: address})
		w.must(err)
	}
	groups, err := w.dir.FindGroups(ctx, store.EntryFilter{Text: "-TEAM", After: "a-team@example.test", Max: 1})
	w.must(err)
	if len(groups) != 1 || groups[0].Address != "b-team@example.test" {
		t.Errorf("groups: %+v", groups)
	}
}

func TestQueueHold(t *testing.T) { inTown(t, testQueueHold) }

func testQueueHold(t *testing.T, w *town) {
	ctx := t.Context()
	c := try{ctx: ctx, w: w}
	first, second := c.queued(), c.queued()
	admin := w.admin(postroom.OrgAdmin).Directory()
	wantKind(t, admin.ReleaseQueued(ctx, first), postroom.Invalid, "not on hold")
	w.must(admin.HoldQueued(ctx, first))
	wantKind(t, admin.HoldQueued(ctx, first), postroom.Exists, "on hold already")
	wantKind(t, admin.RetryQueued(ctx, first), postroom.Invalid, "release it first")

	q := system.Queue(w.store)
	leased, err := q.Lease(ctx, 10, time.Minute)
	w.must(err)
	if len(leased) != 1 || leased[0].ID != second {
		t.Errorf("leased with one on hold: %+v", leased)
	}
	w.must(admin.HoldQueued(ctx, second))
	leased[0].Recipients[0].Next = w.clock.Now().Add(-time.Second)
	w.must(q.Record(ctx, leased[0]))
	if due, err := q.NextDue(ctx); err != nil || !due.IsZero() {
		t.Errorf("due with all on hold: %v %v", due, err)
	}
	list, err := admin.FindQueued(ctx, store.QueueFilter{Text: "X@OUTSIDE", AfterID: first, Max: 1})
	w.must(err)
	if len(list) != 1 || list[0].ID != second || !list[0].OnHold {
		t.Errorf("found: %+v", list)
	}
	if list, err = admin.FindQueued(ctx, store.QueueFilter{Text: "%"}); err != nil || len(list) != 0 {
		t.Errorf("found by %%: %+v %v", list, err)
	}
	w.must(admin.ReleaseQueued(ctx, second))
	if leased, err = q.Lease(ctx, 10, time.Minute); err != nil || len(leased) != 1 || leased[0].ID != second || leased[0].OnHold {
		t.Errorf("leased after the release: %+v %v", leased, err)
	}
	w.must(admin.DeleteQueued(ctx, first))
}
