package storetest_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func (h *noticeHouse) remove(g postroom.Group, names ...string) {
	h.t.Helper()
	for i := range names {
		names[i] += "@example.test"
	}
	must(h.t, h.dir().RemoveMembers(h.t.Context(), g.ID, names))
}

func (h *noticeHouse) send(target postroom.SendTarget, to postroom.Grantee, right postroom.SendRight) {
	h.t.Helper()
	must(h.t, h.dir().PutSendGrant(h.t.Context(), postroom.SendGrant{Target: target, Grantee: to, Right: right}))
}

// settled forgets what is to be told.
func (h *noticeHouse) settled() {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	h.told()
}

func TestLeavingAGroupIsToldOnce(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		info := postroom.SendTarget{Account: h.Info.ID}
		h.put(postroom.RootCollection, toGroup(h.team), rights.Manager, time.Time{})
		h.send(info, toGroup(h.all), postroom.SendAs)
		h.add(h.team, "anna", "ben", "cleo")
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.settled()

		// By hand; what is had in another way is not lost.
		h.remove(h.team, "anna", "ben")
		h.want("left, anna, info /=rwidx sendAs", "left, ben, info /=widx sendAs")
		h.add(h.all, "cleo")
		h.settled()
		h.remove(h.team, "cleo")
		h.want("left, cleo, info /=rwidx")

		// A group that leaves takes its people along.
		h.add(h.team, "anna")
		h.settled()
		h.remove(h.all, "team")
		h.want("left, anna, info sendAs")
		h.add(h.all, "team")
		h.settled()

		// Who comes back, or goes before they were told to have come, is told nothing.
		h.remove(h.team, "anna")
		h.add(h.team, "anna")
		h.want()
		h.add(h.team, "cleo")
		h.remove(h.team, "cleo")
		h.want()

		// Quietly is quiet.
		must(t, h.dir().Quietly().RemoveMembers(t.Context(), h.team.ID, []string{"anna@example.test"}))
		h.want()

		// By themselves: told what that meant.
		h.add(h.team, "anna")
		h.settled()
		g, err := h.dir().GroupByID(t.Context(), h.team.ID)
		must(t, err)
		g.Unsubscribe = postroom.SubscriptionOpen
		must(t, h.dir().UpdateGroup(t.Context(), g))
		_, err = h.SignIn("anna").Directory().Unsubscribe(t.Context(), h.team.ID, "")
		must(t, err)
		h.want("left, anna, info /=rwidx sendAs")
	})
}

func TestLeavingByAFilterIsTold(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		desk, err := h.dir().CreateGroup(ctx, postroom.Group{Address: "desk@example.test", Filter: "(desk=yes)"})
		must(t, err)
		h.put(postroom.RootCollection, toGroup(desk), rights.Viewer, time.Time{})
		set := func(d *store.Directory, value string) {
			t.Helper()
			a, err := d.Account(ctx, "anna@example.test")
			must(t, err)
			a.Attributes = map[string]string{"desk": value}
			must(t, d.UpdateAccount(ctx, a))
		}
		filter := func(d *store.Directory, text string) {
			t.Helper()
			g, err := d.GroupByID(ctx, desk.ID)
			must(t, err)
			g.Filter = text
			must(t, d.UpdateGroup(ctx, g))
		}
		set(h.dir(), "yes")
		h.settled()
		set(h.dir(), "no")
		h.want("left, anna, info /=r")
		set(h.dir().Quietly(), "yes")
		set(h.dir().Quietly(), "no")
		h.want()
		set(h.dir(), "yes")
		h.settled()
		filter(h.dir().Quietly(), "(desk=no)")
		h.want()
		filter(h.dir(), "(desk=yes)")
		h.settled()
		filter(h.dir(), "(desk=no)")
		h.want("left, anna, info /=r")
	})
}

func TestDeletionIsTold(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		team := postroom.SendTarget{Group: h.team.ID}
		h.put(postroom.RootCollection, toGroup(h.team), rights.Manager, time.Time{})
		h.put(postroom.InboxCollection, toPerson(h.Cleo), rights.Viewer, time.Time{})
		h.add(h.team, "anna", "ben")
		h.send(team, toPerson(h.Cleo), postroom.Own)
		h.settled()

		// A group: for its members, and for who had rights on it.
		must(t, h.dir().DeleteGroup(ctx, h.team.ID))
		h.want("group-deleted, anna, info /=rwidx", "group-deleted, ben, info /=rwidx", "deleted, cleo, team own")

		// A folder; not for who reaches it only with everything above.
		h.put(postroom.RootCollection, toPerson(h.Anna), rights.Admin, time.Time{})
		anna := h.SignIn("anna")
		made, err := anna.CreateCollection(ctx, h.Info.Address, "/Old", store.NewCollection{})
		must(t, err)
		h.put(made.Collection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.settled()
		must(t, anna.DeleteCollection(ctx, made))
		h.want("deleted, ben, info /Old=r")

		// A mailbox; a block is respected.
		must(t, h.dir().PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Info, postroom.RootCollection), Grantee: toPerson(h.Ben)}))
		h.put(postroom.RootCollection, toGroup(h.all), rights.Viewer, time.Time{})
		h.add(h.all, "ben", "cleo")
		h.send(postroom.SendTarget{Account: h.Info.ID}, toPerson(h.Cleo), postroom.SendAs)
		h.settled()
		must(t, h.dir().DeleteAccount(ctx, h.Info.ID))
		h.want("deleted, anna, info /=rwidxa", "deleted, cleo, info /=r sendAs")
	})
}
