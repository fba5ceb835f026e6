package storetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// noticeHouse is a house with a clock and a group that tells new members.
type noticeHouse struct {
	*storetest.House
	t       *testing.T
	clock   *storetest.Clock
	notices *store.NoticeSession
	team    postroom.Group
	all     postroom.Group // holds team
}

func inNoticeHouse(t *testing.T, test func(*noticeHouse)) {
	t.Helper()
	clock := storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := &noticeHouse{House: storetest.NewHouse(t, s), t: t, clock: clock, notices: system.Notices(s)}
		h.team, h.all = h.group("team"), h.group("all")
		h.add(h.all, "team")
		h.clock.Advance(time.Hour)
		h.told()
		test(h)
	})
}

func (h *noticeHouse) dir() *store.Directory { return h.Console.Directory() }

func (h *noticeHouse) group(name string) postroom.Group {
	g, err := h.dir().CreateGroup(h.t.Context(), postroom.Group{Address: name + "@example.test", NotifyNewMembers: true})
	must(h.t, err)
	return g
}

func (h *noticeHouse) add(g postroom.Group, names ...string) {
	h.t.Helper()
	for i := range names {
		names[i] += "@example.test"
	}
	must(h.t, h.dir().AddMembers(h.t.Context(), g.ID, names))
}

func toGroup(g postroom.Group) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(g.ID)}
}

func toPerson(a postroom.Account) postroom.Grantee {
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(a.ID)}
}

func (h *noticeHouse) put(c postroom.CollectionID, g postroom.Grantee, r postroom.Rights, until time.Time) {
	h.t.Helper()
	must(h.t, h.dir().PutGrant(h.t.Context(), postroom.Grant{Target: storetest.In(h.Info, c), Grantee: g, Rights: r, Until: until}))
}

// told delivers all that is due and lists it, one word for each notice.
func (h *noticeHouse) told() (list []string) {
	h.t.Helper()
	for {
		b, err := h.notices.Next(h.t.Context())
		must(h.t, err)
		if b == nil {
			return list
		}
		var letters []store.NoticeLetter
		for _, n := range b.Notices {
			list = append(list, word(n))
			raw := "From: <postmaster@example.test>\r\nMessage-ID: <" + n.Key + "@example.test>\r\nSubject: x\r\n\r\n" + word(n) + "\r\n"
			letters = append(letters, store.NoticeLetter{To: n.To.ID, Raw: []byte(raw)})
		}
		must(h.t, h.notices.Deliver(h.t.Context(), b, letters))
	}
}

var noticeNames = map[store.NoticeKind]string{store.ShareNew: "new", store.ShareChanged: "changed", store.ShareRevoked: "revoked",
	store.ShareExpiring: "expiring", store.ShareExpired: "expired", store.GroupJoined: "joined", store.ShareAnswered: "answered",
	store.GroupLeft: "left", store.GroupDeleted: "group-deleted", store.ThingDeleted: "deleted"}

func word(n store.Notice) string {
	parts := []string{noticeNames[n.Kind], strings.TrimSuffix(n.To.Address, "@example.test")}
	for _, s := range n.Shares {
		text := strings.TrimSuffix(s.Address, "@example.test")
		for _, f := range s.Folders {
			text += " " + f.Path + "=" + rights.Zimbra(f.Rights)
		}
		for _, r := range s.Send {
			text += " " + r.Right.String()
		}
		parts = append(parts, text)
	}
	for _, a := range n.Answers {
		parts = append(parts, strings.TrimSuffix(a.Who.Address, "@example.test")+" "+a.Path+" "+a.State.String())
	}
	return strings.Join(parts, ", ")
}

func (h *noticeHouse) want(want ...string) {
	h.t.Helper()
	if early := h.told(); len(early) > 0 {
		h.t.Fatalf("told at once: %q", early)
	}
	h.clock.Advance(10 * time.Second)
	if got := h.told(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		h.t.Fatalf("told %q\nwant %q", got, want)
	}
	if due, err := h.notices.NextDue(h.t.Context()); err != nil || !due.IsZero() {
		h.t.Fatal(due, err)
	}
}

func TestNoticesOfShares(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, root, ben := t.Context(), postroom.RootCollection, toPerson(h.Ben)
		// Several changes are one notice.
		h.put(root, ben, rights.Viewer, time.Time{})
		h.clock.Advance(2 * time.Second)
		h.put(root, ben, rights.Manager, time.Time{})
		h.GrantSend(h.Info, h.Ben, postroom.SendAs)
		h.want("new, ben, info /=rwidx sendAs")
		h.put(root, ben, rights.Viewer, time.Time{})
		h.want("changed, ben, info /=r sendAs")
		// What was taken back is none.
		h.put(root, ben, rights.Editor, time.Time{})
		h.put(root, ben, rights.Viewer, time.Time{})
		h.want()
		// Only the end is another.
		h.put(root, ben, rights.Viewer, h.clock.Now().Add(30*24*time.Hour))
		h.want("changed, ben, info /=r sendAs")
		h.Revoke(storetest.In(h.Info, root), h.Ben)
		must(t, h.dir().RemoveSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID}, Grantee: ben, Right: postroom.SendAs}))
		h.want("revoked, ben, info /=r sendAs")
		// Quietly is quiet.
		quiet := h.dir().Quietly()
		must(t, quiet.PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Info, root), Grantee: ben, Rights: rights.Viewer}))
		must(t, quiet.RemoveGrant(ctx, storetest.In(h.Info, root), ben, store.Positive))
		h.want()
		if got := h.View(h.Open(h.SignIn("ben"), h.Ben, "/Inbox")); len(got.Items) != 4 {
			t.Fatalf("%d notices in the inbox", len(got.Items))
		}
	})
}

func TestNoticesGoToPersonsWhoCanReadThem(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		h.add(h.team, "anna", "ben", "cleo")
		must(t, h.dir().AddMembers(t.Context(), h.team.ID, []string{"info@example.test", "outside@example.org"}))
		other := h.Person("locked")
		h.add(h.team, "locked")
		other.State = postroom.Locked
		must(t, h.dir().UpdateAccount(t.Context(), other))
		h.want()
		// anna makes the grant on her own inbox: she is not told.
		anna := h.SignIn("anna").Directory()
		must(t, anna.PutGrant(t.Context(), postroom.Grant{Target: storetest.In(h.Anna, postroom.InboxCollection),
			Grantee: toGroup(h.all), Rights: rights.Reviewer}))
		h.want("new, ben, anna /Inbox=rs", "new, cleo, anna /Inbox=rs")
		h.put(postroom.RootCollection, toGroup(h.team), rights.Viewer, time.Time{})
		h.want("new, anna, info /=r", "new, ben, info /=r", "new, cleo, info /=r")
		// ben has it by the group already: his own grant changes nothing. cleo is shut out.
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.None, time.Time{})
		h.want("revoked, cleo, info /=r")
		// cleo administers info and gives something to a group she is in: she knows.
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.Admin, time.Time{})
		h.want("new, cleo, info /=rwidxa")
		must(t, h.SignIn("cleo").Directory().PutGrant(t.Context(), postroom.Grant{Target: storetest.In(h.Info, postroom.RootCollection),
			Grantee: toGroup(h.all), Rights: rights.Viewer | postroom.FreeBusy}))
		h.want("changed, anna, info /=rf", "changed, ben, info /=rf")
		must(t, h.dir().PutSendGrant(t.Context(), postroom.SendGrant{Target: postroom.SendTarget{Group: h.team.ID},
			Grantee: toPerson(h.Ben), Right: postroom.Own}))
		h.want("new, ben, team own")
	})
}

func TestNoticeForNewMembers(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		h.put(postroom.RootCollection, toGroup(h.team), rights.Manager, time.Time{})
		must(t, h.dir().PutSendGrant(t.Context(), postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID},
			Grantee: toGroup(h.team), Right: postroom.SendAs}))
		must(t, h.dir().PutGrant(t.Context(), postroom.Grant{Target: storetest.In(h.Anna, postroom.InboxCollection),
			Grantee: toGroup(h.all), Rights: rights.Viewer}))
		h.want()
		h.add(h.team, "ben")
		h.want("joined, ben, anna /Inbox=r, info /=rwidx sendAs")
		// A nested group brings its members along; who leaves again is not told.
		inner := h.group("inner")
		must(t, h.dir().Quietly().AddMembers(t.Context(), inner.ID, []string{"cleo@example.test"}))
		h.add(h.team, "inner")
		h.add(h.team, "anna")
		must(t, h.dir().RemoveMembers(t.Context(), h.team.ID, []string{"anna@example.test"}))
		h.want("joined, cleo, anna /Inbox=r, info /=rwidx sendAs")
	})
}

// A share and a new member at the same time are told once, in either order.
func TestNoticesOfMemberAndShareDoNotRepeat(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		h.put(postroom.RootCollection, toGroup(h.team), rights.Viewer, time.Time{})
		h.clock.Advance(2 * time.Second)
		h.add(h.team, "ben")
		h.want("joined, ben, info /=r")
		h.add(h.team, "cleo")
		h.clock.Advance(2 * time.Second)
		h.put(postroom.RootCollection, toGroup(h.team), rights.Manager, time.Time{})
		h.want("changed, ben, info /=rwidx", "changed, cleo, info /=rwidx")
	})
}

func TestNoticesOfTheEnd(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		day := 24 * time.Hour
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, h.clock.Now().Add(10*day))
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.Viewer, h.clock.Now().Add(3*day))
		h.want("new, ben, info /=r", "new, cleo, info /=r")
		var got []string
		for d := 1; d <= 12; d++ {
			h.clock.Advance(day)
			must(t, h.notices.NoteEndings(t.Context()))
			must(t, h.notices.NoteEndings(t.Context()))
			h.clock.Advance(6 * time.Second)
			for _, w := range h.told() {
				got = append(got, fmt.Sprintf("%d %s", d, w))
			}
		}
		want := []string{"2 expiring, cleo, info /=r", "3 expired, cleo, info /=r", "3 expiring, ben, info /=r",
			"9 expiring, ben, info /=r", "10 expired, ben, info /=r"}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("%q\nwant %q", got, want)
		}
		// Made again, it is told again; another grant that stays makes the end nothing.
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, h.clock.Now().Add(2*day))
		h.want("new, ben, info /=r")
		h.add(h.team, "ben")
		h.put(postroom.RootCollection, toGroup(h.team), rights.Viewer, time.Time{})
		h.want("changed, ben, info /=r")
		h.clock.Advance(3 * day)
		must(t, h.notices.NoteEndings(t.Context()))
		h.want()
	})
}

// Whatever is read and not delivered is there again, and what changed since is
// not delivered as it was.
func TestNoticesAreNotLostAndNotTwice(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.clock.Advance(10 * time.Second)
		first, err := h.notices.Next(ctx)
		must(t, err)
		second, err := h.notices.Next(ctx)
		must(t, err)
		if len(first.Notices) != 1 || len(second.Notices) != 1 || first.Notices[0].Key != second.Notices[0].Key {
			t.Fatalf("%+v %+v", first, second)
		}
		letter := []store.NoticeLetter{{To: h.Ben.ID, Raw: []byte("Subject: x\r\n\r\nx\r\n")}}
		must(t, h.notices.Deliver(ctx, first, letter))
		must(t, h.notices.Deliver(ctx, second, letter))
		if got := h.View(h.Open(h.SignIn("ben"), h.Ben, "/Inbox")); len(got.Items) != 1 {
			t.Fatalf("%d notices", len(got.Items))
		}
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Manager, time.Time{})
		h.clock.Advance(10 * time.Second)
		stale, err := h.notices.Next(ctx)
		must(t, err)
		h.Revoke(storetest.In(h.Info, postroom.RootCollection), h.Ben)
		must(t, h.notices.Deliver(ctx, stale, letter))
		h.want("revoked, ben, info /=r")
		// A target or a grantee that is gone is no notice, and no fault.
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		must(t, h.dir().PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Cleo, postroom.InboxCollection), Grantee: toGroup(h.team), Rights: rights.Viewer}))
		must(t, h.dir().DeleteAccount(ctx, h.Info.ID))
		must(t, h.dir().DeleteGroup(ctx, h.team.ID))
		h.want()
	})
}

// Many people are told in many transactions, each once.
func TestNoticesForManyPeople(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		var names []string
		for i := range 450 {
			a, err := h.dir().CreateAccount(t.Context(), store.NewAccount{Address: fmt.Sprintf("p%d@example.test", i)})
			must(t, err)
			names = append(names, a.Address)
		}
		must(t, h.dir().AddMembers(t.Context(), h.team.ID, names))
		h.put(postroom.RootCollection, toGroup(h.team), rights.Viewer, time.Time{})
		h.clock.Advance(10 * time.Second)
		told := map[string]int{}
		for _, w := range h.told() {
			told[w]++
		}
		if len(told) != 450 {
			t.Fatalf("%d people were told", len(told))
		}
		for w, n := range told {
			if n != 1 || !strings.HasPrefix(w, "new, p") {
				t.Fatalf("%d times %q", n, w)
			}
		}
	})
}
