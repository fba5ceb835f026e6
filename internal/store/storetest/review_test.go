package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// reviewHouse: info is administered by cleo and shared with team, which anna
// owns and ben is in; anna has shared her Inbox with ben.
func inReviewHouse(t *testing.T, test func(*noticeHouse)) {
	t.Helper()
	inNoticeHouse(t, func(h *noticeHouse) {
		h.add(h.team, "ben")
		h.owner(h.team, toPerson(h.Anna))
		h.put(postroom.RootCollection, toGroup(h.team), rights.Editor, time.Time{})
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.Admin, time.Time{})
		must(t, h.dir().PutGrant(t.Context(), postroom.Grant{Target: storetest.In(h.Anna, postroom.InboxCollection),
			Grantee: toPerson(h.Ben), Rights: rights.Viewer}))
		h.clock.Advance(time.Hour)
		h.told()
		test(h)
	})
}

func (h *noticeHouse) start(spec store.ReviewSpec) store.Review {
	h.t.Helper()
	spec.Org = h.Org.ID
	r, err := h.dir().StartReview(h.t.Context(), spec)
	must(h.t, err)
	return r
}

// entries lists what somebody is asked, or the console sees, one text each.
func (h *noticeHouse) entries(d *store.Directory, r store.Review, f store.ReviewFilter) (list []string) {
	h.t.Helper()
	items, err := d.ReviewItems(h.t.Context(), r.ID, f)
	must(h.t, err)
	for _, i := range items {
		text := fmt.Sprintf("%d %s %s %s%s %s", i.Number, i.State, strings.TrimSuffix(i.Name, "@example.test"), strings.TrimSuffix(i.Address, "@example.test"), i.Path, rights.Zimbra(i.Rights))
		if i.Send != 0 {
			text += i.Send.String()
		}
		list = append(list, strings.TrimSpace(text))
	}
	return list
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// reviewLetters delivers the letters about reviews that are due: to:kind:open.
func (h *noticeHouse) reviewLetters() (list []string) {
	h.t.Helper()
	for {
		l, err := h.notices.NextReviewLetter(h.t.Context())
		must(h.t, err)
		if l == nil {
			slices.Sort(list)
			return list
		}
		raw := ""
		if len(l.Items) > 0 {
			list = append(list, fmt.Sprintf("%s:%d:%d", strings.TrimSuffix(l.To.Address, "@example.test"), l.Kind, l.Open))
			raw = "From: <postmaster@example.test>\r\nMessage-ID: <" + l.Key + "@example.test>\r\n\r\n\r\n"
		}
		must(h.t, h.notices.DeliverReviewLetter(h.t.Context(), l, []byte(raw)))
	}
}

// pass lets time go by an hour at a time, with the server there, and returns the
// letters with the hours after which they came.
func (h *noticeHouse) pass(span time.Duration) (letters []string) {
	h.t.Helper()
	for n := range int(span / time.Hour) {
		h.clock.Advance(time.Hour)
		must(h.t, h.notices.TurnReviews(h.t.Context()))
		for _, l := range h.reviewLetters() {
			letters = append(letters, fmt.Sprintf("%d %s", n+1, l))
		}
	}
	return letters
}

const days = 24 * time.Hour

func TestReviewAsks(t *testing.T) {
	inReviewHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		r := h.start(store.ReviewSpec{})
		same(t, h.entries(h.dir(), r, store.ReviewFilter{}),
			"1 open ben anna/Inbox r", "2 open cleo info/ rwidxa", "3 open team info/ rwid", "4 open anna team own", "5 open ben team")
		same(t, h.reviewLetters(), "anna:1:4", "cleo:1:2")
		anna, ben, cleo := h.SignIn("anna").Directory(), h.SignIn("ben").Directory(), h.SignIn("cleo").Directory()
		// Nobody else is there for cleo's own access and for anna's group.
		same(t, h.entries(anna, r, store.ReviewFilter{}), "1 open ben anna/Inbox r", "3 open team info/ rwid", "4 open anna team own", "5 open ben team")
		same(t, h.entries(cleo, r, store.ReviewFilter{}), "2 open cleo info/ rwidxa", "3 open team info/ rwid")
		for _, err := range []error{
			ignored(ben.Review(ctx, r.ID)), ignored(ben.ReviewItems(ctx, r.ID, store.ReviewFilter{})), ben.CancelReview(ctx, r.ID), ben.RemindReviewers(ctx, r.ID),
			ignored(ben.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{1}}, store.ConfirmAccess)),
			ignored(ben.AnswerReview(ctx, r.ID, store.ReviewChoice{}, store.RevokeAccess)), ignored(h.dir().Review(ctx, r.ID+1)),
			ignored(cleo.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{1}}, store.RevokeAccess)),
		} {
			isKind(t, err, postroom.NotFound)
		}
		isKind(t, cleo.CancelReview(ctx, r.ID), postroom.Denied)
		isKind(t, ignored(anna.StartReview(ctx, store.ReviewSpec{Org: h.Org.ID})), postroom.Denied)
		if n, err := cleo.AnswerReview(ctx, r.ID, store.ReviewChoice{}, store.ConfirmAccess); n != 2 || err != nil {
			t.Fatal(n, err)
		}
		isKind(t, ignored(anna.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{3}}, store.ConfirmAccess)), postroom.Exists)
		inbox := h.Open(h.SignIn("ben"), h.Anna, "/Inbox")
		if n, err := anna.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{1, 3, 5}}, store.RevokeAccess); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := inbox.View(ctx); err == nil {
			t.Fatal("ben still reads")
		}
		if got := h.membersOf(h.team); got != "" {
			t.Fatal(got)
		}
		h.clock.Advance(time.Minute)
		if got := h.told(); len(got) == 0 || !strings.HasPrefix(got[0], "revoked, ben") {
			t.Fatal(got)
		}
		same(t, h.entries(h.dir(), r, store.ReviewFilter{State: store.MarkRevoked}), "1 revoked ben anna/Inbox r", "3 revoked team info/ rwid", "5 revoked ben team")
		isKind(t, ignored(anna.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{1}}, store.RevokeAccess)), postroom.Exists)
		must(t, h.dir().RemindReviewers(ctx, r.ID))
		same(t, h.reviewLetters(), "anna:2:1")
		isKind(t, h.dir().RemindReviewers(ctx, r.ID), postroom.Limit)
		must(t, h.dir().CancelReview(ctx, r.ID))
		isKind(t, ignored(anna.AnswerReview(ctx, r.ID, store.ReviewChoice{}, store.ConfirmAccess)), postroom.Exists)
		h.sound()
	})
}

func ignored[T any](_ T, err error) error { return err }

// What nobody confirmed lapses; what was changed or made since stays, and nobody
// gets more by it.
func TestReviewLapses(t *testing.T) {
	inReviewHouse(t, func(h *noticeHouse) {
		ctx, d := t.Context(), h.dir()
		inbox, drafts := storetest.In(h.Info, postroom.InboxCollection), storetest.In(h.Info, postroom.DraftsCollection)
		put := func(ref postroom.CollectionRef, g postroom.Grantee, r postroom.Rights) {
			t.Helper()
			must(t, d.PutGrant(ctx, postroom.Grant{Target: ref, Grantee: g, Rights: r}))
		}
		put(inbox, toGroup(h.team), rights.Viewer) // narrows what the team has on all
		put(drafts, toPerson(h.Ben), rights.Viewer)
		put(drafts, toGroup(h.all), rights.Viewer)
		must(t, d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: h.all.ID}, Grantee: toPerson(h.Ben), Right: postroom.SendTo}))
		must(t, d.PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Info, postroom.SentCollection), Grantee: toPerson(h.Ben),
			Rights: rights.Viewer, Until: h.clock.Now().Add(10 * days)})) // ends by itself
		r := h.start(store.ReviewSpec{Due: h.clock.Now().Add(14 * days), Lapse: true})
		same(t, h.entries(d, r, store.ReviewFilter{}), "1 open ben all sendTo", "2 open team all", "3 open ben anna/Inbox r", "4 open cleo info/ rwidxa",
			"5 open team info/ rwid", "6 open all info/Drafts r", "7 open ben info/Drafts r", "8 open team info/Inbox r", "9 open anna team own", "10 open ben team")
		must(t, ignored(d.AnswerReview(ctx, r.ID, store.ReviewChoice{Numbers: []int{2, 4, 5, 9, 10}}, store.ConfirmAccess)))
		put(drafts, toPerson(h.Ben), rights.Editor)                                         // changed
		put(storetest.In(h.Info, postroom.TrashCollection), toPerson(h.Ben), rights.Viewer) // new
		h.reviewLetters()
		mailbox := h.Open(h.SignIn("ben"), h.Info, "/Inbox")
		same(t, h.pass(14*days-time.Hour), "168 anna:2:2", "168 cleo:2:2", "312 anna:2:2", "312 cleo:2:2")
		if _, err := mailbox.View(ctx); err != nil {
			t.Fatal("before it is due: ", err)
		}
		same(t, h.pass(time.Hour))
		same(t, h.entries(d, r, store.ReviewFilter{}), "1 lapsed ben all sendTo", "2 confirmed team all", "3 lapsed ben anna/Inbox r", "4 confirmed cleo info/ rwidxa",
			"5 confirmed team info/ rwid", "6 lapsed all info/Drafts r", "7 gone ben info/Drafts r", "8 lapsed team info/Inbox r", "9 confirmed anna team own", "10 confirmed ben team")
		if _, err := mailbox.View(ctx); err == nil {
			t.Fatal("the team has more on the Inbox than before")
		}
		for path, want := range map[string]bool{"/Inbox": false, "/Drafts": true, "/Trash": true, "/Sent": true} {
			if _, err := h.SignIn("ben").Resolve(ctx, "info@example.test", path); (err == nil) != want {
				t.Errorf("%s: %v", path, err)
			}
		}
		sends, err := d.SendGrants(ctx, postroom.SendTarget{Group: h.all.ID})
		must(t, err)
		if len(sends) != 1 || !sends[0].Deny {
			t.Fatal("everybody may post now: ", sends)
		}
		records, err := d.AuditRecords(ctx, store.AuditFilter{Actor: fmt.Sprintf("review %d", r.ID)})
		must(t, err)
		var acts []string
		for _, a := range records {
			acts = append(acts, a.Action+" "+a.Details["entry"])
		}
		same(t, acts, "sendright.add 1", "grant.remove 3", "grant.remove 6", "grant.add 8", "review.end ")
		if v, err := d.Review(ctx, r.ID); err != nil || v.State != store.ReviewOver || v.Lapsed != 4 {
			t.Fatal(v, err)
		}
		h.clock.Advance(time.Minute)
		if got := strings.Join(h.told(), "|"); !strings.Contains(got, "revoked, ben, anna /Inbox=r") {
			t.Error(got)
		}
		h.sound()
	})
}

// A clock that jumps, and a server that was off, take nobody's time.
func TestReviewWaits(t *testing.T) {
	inReviewHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		r := h.start(store.ReviewSpec{Due: h.clock.Now().Add(20 * days), Lapse: true, Scope: store.ReviewPersons})
		state := func() string {
			t.Helper()
			v, err := h.dir().Review(ctx, r.ID)
			must(t, err)
			return fmt.Sprintf("%s open %d lapsed %d", v.State, v.Open, v.Lapsed)
		}
		same(t, h.reviewLetters(), "anna:1:1")
		h.pass(days)
		h.clock.Advance(400 * days)
		must(t, h.notices.TurnReviews(ctx))
		if got := state(); got != "open open 1 lapsed 0" {
			t.Fatal(got)
		}
		same(t, h.reviewLetters(), "anna:3:1")
		h.clock.Advance(-400 * days)
		must(t, h.notices.TurnReviews(ctx))
		h.clock.Advance(400 * days)
		must(t, h.notices.TurnReviews(ctx))
		same(t, h.pass(5*days), "118 anna:2:1") // the day before it is due
		if got := state(); got != "open open 1 lapsed 0" {
			t.Fatal(got)
		}
		same(t, h.pass(2*days))
		if got := state(); got != "over open 0 lapsed 1" {
			t.Fatal(got)
		}
	})
}

// Who is not written to loses nothing meanwhile.
func TestReviewWaitsForLetters(t *testing.T) {
	inReviewHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		r := h.start(store.ReviewSpec{Due: h.clock.Now().Add(3 * days), Lapse: true, Scope: store.ReviewPersons})
		for range 3*24 + 10 {
			h.clock.Advance(time.Hour)
			must(t, h.notices.TurnReviews(ctx))
		}
		if v, err := h.dir().Review(ctx, r.ID); err != nil || v.Open != 1 || v.State != store.ReviewOpen {
			t.Fatal(v, err)
		}
		same(t, h.reviewLetters(), "anna:2:1")
		h.pass(2 * time.Hour)
		if v, err := h.dir().Review(ctx, r.ID); err != nil || v.Lapsed != 1 {
			t.Fatal(v, err)
		}
	})
}

// Who has left is asked no longer; those after them are, and hear of it.
func TestReviewPassesOn(t *testing.T) {
	inReviewHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		r := h.start(store.ReviewSpec{Scope: store.ReviewShared})
		same(t, h.reviewLetters(), "anna:1:2", "cleo:1:2")
		h.Cleo.State = postroom.Locked
		must(t, h.dir().UpdateAccount(ctx, h.Cleo))
		same(t, h.pass(2*time.Hour))
		chief, err := h.dir().CreateAccount(ctx, store.NewAccount{Address: "chief@example.test", Password: storetest.Password, Admin: postroom.OrgAdmin})
		must(t, err)
		h.Anna.State = postroom.Locked
		must(t, h.dir().UpdateAccount(ctx, h.Anna))
		same(t, h.pass(time.Hour), "1 chief:1:3")
		d := h.SignIn("chief").Directory()
		if n, err := d.AnswerReview(ctx, r.ID, store.ReviewChoice{}, store.ConfirmAccess); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		if v, err := d.Review(ctx, r.ID); err != nil || v.Open != 0 {
			t.Fatal(v, err)
		}
		must(t, h.dir().DeleteAccount(ctx, chief.ID))
		same(t, h.pass(time.Hour))
		h.sound()
	})
}

func TestReviewIsRefused(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, d := t.Context(), h.dir()
		_, err := d.StartReview(ctx, store.ReviewSpec{Org: h.Org.ID})
		isKind(t, err, postroom.Invalid) // nothing there
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.Admin, time.Time{})
		for _, due := range []time.Duration{-time.Hour, time.Hour, 500 * days} {
			_, err := d.StartReview(ctx, store.ReviewSpec{Org: h.Org.ID, Due: h.clock.Now().Add(due)})
			isKind(t, err, postroom.Invalid)
		}
		_, err = d.StartReview(ctx, store.ReviewSpec{Org: 99, Scope: store.ReviewAll})
		isKind(t, err, postroom.Invalid)
		for range 20 {
			h.start(store.ReviewSpec{})
		}
		_, err = d.StartReview(ctx, store.ReviewSpec{Org: h.Org.ID})
		isKind(t, err, postroom.Limit)
	})
}
