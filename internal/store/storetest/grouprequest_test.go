package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// letters delivers the letters that are due and returns them by address.
func (h *noticeHouse) letters() map[string]*store.GroupLetter {
	h.t.Helper()
	got := map[string]*store.GroupLetter{}
	for {
		l, err := h.notices.NextLetter(h.t.Context())
		must(h.t, err)
		if l == nil {
			return got
		}
		if got[l.To.Address] != nil {
			h.t.Fatalf("%s gets two letters", l.To.Address)
		}
		got[l.To.Address] = l
		must(h.t, h.notices.DeliverLetter(h.t.Context(), l, []byte("From: <postmaster@example.test>\r\nMessage-ID: <"+l.Key+"@example.test>\r\n\r\n\r\n")))
	}
}

func letterWords(letters map[string]*store.GroupLetter) string {
	var words []string
	for to, l := range letters {
		words = append(words, fmt.Sprintf("%s:%d", to, l.Kind))
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// mail sends one to an address of a group, as delivery does.
func (h *noticeHouse) mail(to, from string, signedIn *postroom.Actor) error {
	h.t.Helper()
	d := system.Delivery(h.Store)
	r, err := d.Resolve(h.t.Context(), to, from, signedIn)
	if err != nil {
		return err
	}
	if r.Mail == nil {
		h.t.Fatalf("mail to %s goes to %+v", to, r)
	}
	return d.AnswerGroup(h.t.Context(), r.Mail, store.GroupMessage{From: from, SignedIn: signedIn})
}

func (h *noticeHouse) policy(g *postroom.Group, join, leave postroom.SubscriptionPolicy) {
	h.t.Helper()
	g.Subscribe, g.Unsubscribe = join, leave
	must(h.t, h.dir().UpdateGroup(h.t.Context(), *g))
}

func (h *noticeHouse) owner(g postroom.Group, who postroom.Grantee) {
	h.t.Helper()
	must(h.t, h.dir().PutSendGrant(h.t.Context(), postroom.SendGrant{Target: postroom.SendTarget{Group: g.ID}, Grantee: who, Right: postroom.Own}))
}

func TestSubscribeByPolicy(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, ben := t.Context(), h.SignIn("ben").Directory()
		_, err := ben.Subscribe(ctx, h.team.ID, "")
		isKind(t, err, postroom.Denied) // closed
		h.policy(&h.team, postroom.SubscriptionOpen, postroom.SubscriptionOpen)
		_, err = ben.Subscribe(ctx, h.team.ID, "cleo@example.test")
		isKind(t, err, postroom.Denied) // somebody else
		_, err = ben.Unsubscribe(ctx, h.team.ID, "")
		isKind(t, err, postroom.NotFound)
		r, err := ben.Subscribe(ctx, h.team.ID, "")
		must(t, err)
		if r.State != store.RequestDone || h.membersOf(h.team) != "ben" {
			t.Fatal(r, h.membersOf(h.team))
		}
		_, err = ben.Subscribe(ctx, h.team.ID, "ben@example.test")
		isKind(t, err, postroom.Exists)
		h.policy(&h.team, postroom.SubscriptionOpen, postroom.SubscriptionClosed)
		_, err = ben.Unsubscribe(ctx, h.team.ID, "")
		isKind(t, err, postroom.Denied)
		_, err = h.dir().Subscribe(ctx, h.team.ID, "")
		isKind(t, err, postroom.Invalid)
		_, err = h.dir().Subscribe(ctx, h.team.ID, "pat@outside.test")
		isKind(t, err, postroom.Denied)
		h.team.Outsiders = true
		must(t, h.dir().UpdateGroup(ctx, h.team))
		_, err = h.dir().Subscribe(ctx, h.team.ID, "pat@outside.test")
		must(t, err)
		h.sound()
	})
}

// An owner decides, by themselves or by a group; the first answer counts.
func TestApproval(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.policy(&h.team, postroom.SubscriptionApproval, postroom.SubscriptionApproval)
		bosses := h.group("bosses")
		h.add(bosses, "anna")
		h.owner(h.team, toGroup(bosses))
		h.owner(h.team, toPerson(h.Cleo))
		ben := h.SignIn("ben").Directory()
		r, err := ben.Subscribe(ctx, h.team.ID, "")
		must(t, err)
		if r.State != store.RequestWaiting {
			t.Fatal(r.State)
		}
		again, err := ben.Subscribe(ctx, h.team.ID, "")
		must(t, err)
		if again.ID != r.ID {
			t.Fatal("asked twice")
		}
		letters := h.letters()
		if got := letterWords(letters); got != "anna@example.test:2 cleo@example.test:2" {
			t.Fatal(got)
		}
		anna, cleo := letters["anna@example.test"], letters["cleo@example.test"]
		if anna.Approve == cleo.Approve || anna.Approve == anna.Refuse {
			t.Fatal("the addresses are not each owner's own")
		}
		list, err := ben.GroupRequests(ctx, 0)
		must(t, err)
		if len(list) != 1 || list[0].ID != r.ID {
			t.Fatal(list)
		}
		_, err = ben.DecideGroupRequest(ctx, r.ID, store.Approve)
		isKind(t, err, postroom.Denied)
		// A token of another, a changed one and one without a sender are nothing.
		isKind(t, h.mail(strings.Replace(anna.Approve, "+approve-", "+refuse-", 1), "anna@example.test", nil), postroom.NotFound)
		isKind(t, h.mail(strings.Replace(anna.Approve, "@", "a@", 1), "anna@example.test", nil), postroom.NotFound)
		isKind(t, h.mail(anna.Approve, "", nil), postroom.Denied)
		if h.membersOf(h.team) != "" {
			t.Fatal(h.membersOf(h.team))
		}
		must(t, h.mail(strings.ToUpper(anna.Approve), "elsewhere@outside.test", nil))
		if h.membersOf(h.team) != "ben" {
			t.Fatal(h.membersOf(h.team))
		}
		if got := letterWords(h.letters()); got != "ben@example.test:3" {
			t.Fatal(got)
		}
		must(t, h.mail(cleo.Refuse, "cleo@example.test", nil))
		late := h.letters()
		if got := letterWords(late); got != "cleo@example.test:4" || late["cleo@example.test"].DecidedBy.ID != h.Anna.ID || h.membersOf(h.team) != "ben" {
			t.Fatal(got)
		}
		records, err := h.dir().AuditRecords(ctx, store.AuditFilter{Action: "group.request."})
		must(t, err)
		if len(records) != 1 || records[0].Action != "group.request.approve" || records[0].Actor.Address != "anna@example.test" {
			t.Fatalf("%+v", records)
		}
		// Leaving, refused through the API by the other owner.
		r, err = ben.Unsubscribe(ctx, h.team.ID, "")
		must(t, err)
		h.letters()
		_, err = h.SignIn("cleo").Directory().DecideGroupRequest(ctx, r.ID, store.Refuse)
		must(t, err)
		if got := letterWords(h.letters()); got != "ben@example.test:3" || h.membersOf(h.team) != "ben" {
			t.Fatal(got)
		}
		_, err = h.dir().DecideGroupRequest(ctx, r.ID, store.Approve)
		isKind(t, err, postroom.Exists)
		h.sound()
	})
}

// Mail from outside may be anybody's: whom it speaks of is asked.
func TestSubscribeByMail(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		isKind(t, h.mail("team+subscribe@example.test", "ben@example.test", nil), postroom.Denied)
		h.policy(&h.team, postroom.SubscriptionOpen, postroom.SubscriptionOpen)
		must(t, h.mail("team+subscribe@example.test", "Ben@Example.test", nil))
		if h.membersOf(h.team) != "" {
			t.Fatal("joined without being asked")
		}
		must(t, h.mail("team+subscribe@example.test", "ben@example.test", nil))
		letters := h.letters()
		if got := letterWords(letters); got != "ben@example.test:1" {
			t.Fatal(got)
		}
		must(t, h.mail(letters["ben@example.test"].Confirm, "ben@example.test", nil))
		must(t, h.mail(letters["ben@example.test"].Confirm, "ben@example.test", nil))
		if h.membersOf(h.team) != "ben" || letterWords(h.letters()) != "ben@example.test:3" {
			t.Fatal(h.membersOf(h.team))
		}
		// Who signed in is believed, for themselves alone.
		cleo := postroom.Actor{Account: h.Cleo.ID, Address: h.Cleo.Address}
		must(t, h.mail("team+subscribe@example.test", "cleo@example.test", &cleo))
		isKind(t, h.mail("team+subscribe@example.test", "cleo@example.test", &cleo), postroom.Exists)
		must(t, h.mail("team+unsubscribe@example.test", "ben@example.test", &cleo))
		if h.membersOf(h.team) != "ben cleo" || letterWords(h.letters()) != "ben@example.test:1" {
			t.Fatal(h.membersOf(h.team))
		}
		isKind(t, h.mail("team+subscribe@example.test", "pat@outside.test", nil), postroom.Denied)
		isKind(t, h.mail("team+subscribe@example.test", "typo@example.test", nil), postroom.NotFound)
		isKind(t, h.mail("team+subscribe@example.test", "all@example.test", nil), postroom.Denied)
		h.team.Outsiders = true
		h.policy(&h.team, postroom.SubscriptionApproval, postroom.SubscriptionOpen)
		h.owner(h.team, toPerson(h.Anna))
		must(t, h.mail("team+subscribe@example.test", "pat@outside.test", nil))
		must(t, h.mail(h.letters()["pat@outside.test"].Confirm, "pat@outside.test", nil))
		must(t, h.mail(h.letters()["anna@example.test"].Approve, "anna@example.test", nil))
		if h.membersOf(h.team) != "ben cleo pat@outside.test" || letterWords(h.letters()) != "pat@outside.test:3" {
			t.Fatal(h.membersOf(h.team))
		}
		// To leave, outsiders need not be allowed any more.
		h.team.Outsiders = false
		h.policy(&h.team, postroom.SubscriptionApproval, postroom.SubscriptionOpen)
		must(t, h.mail("team+unsubscribe@example.test", "pat@outside.test", nil))
		must(t, h.mail(h.letters()["pat@outside.test"].Confirm, "pat@outside.test", nil))
		if h.membersOf(h.team) != "ben cleo" {
			t.Fatal(h.membersOf(h.team))
		}
		queue, err := h.dir().QueuedMessages(ctx)
		must(t, err)
		for _, m := range queue {
			if m.Sender != "" {
				t.Errorf("a letter has the sender %q", m.Sender)
			}
		}
		h.sound()
	})
}

func TestRequestsExpire(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.policy(&h.team, postroom.SubscriptionApproval, postroom.SubscriptionApproval)
		h.owner(h.team, toPerson(h.Anna))
		r, err := h.SignIn("ben").Directory().Subscribe(ctx, h.team.ID, "")
		must(t, err)
		must(t, h.mail("team+subscribe@example.test", "cleo@example.test", nil))
		letters := h.letters()
		h.clock.Advance(14*24*time.Hour + time.Second)
		_, err = h.dir().DecideGroupRequest(ctx, r.ID, store.Approve)
		isKind(t, err, postroom.Exists)
		must(t, h.notices.ExpireRequests(ctx))
		must(t, h.mail(letters["cleo@example.test"].Confirm, "cleo@example.test", nil))
		if got := letterWords(h.letters()); got != "ben@example.test:3" || h.membersOf(h.team) != "" {
			t.Fatal(got)
		}
		must(t, h.mail(letters["anna@example.test"].Approve, "anna@example.test", nil))
		if got := letterWords(h.letters()); got != "anna@example.test:4" || h.membersOf(h.team) != "" {
			t.Fatal(got)
		}
		h.clock.Advance(30 * 24 * time.Hour)
		must(t, h.notices.ExpireRequests(ctx))
		isKind(t, h.mail(letters["anna@example.test"].Approve, "anna@example.test", nil), postroom.NotFound)
		// What is gone takes its requests with it.
		_, err = h.SignIn("ben").Directory().Subscribe(ctx, h.team.ID, "")
		must(t, err)
		must(t, h.dir().DeleteAccount(ctx, h.Ben.ID))
		_, err = h.SignIn("cleo").Directory().Subscribe(ctx, h.team.ID, "")
		must(t, err)
		must(t, h.dir().DeleteGroup(ctx, h.team.ID))
		if got := letterWords(h.letters()); got != "" {
			t.Fatal(got)
		}
		h.sound()
	})
}

// Somebody who no longer owns the group decides nothing, though they have the
// address.
func TestFormerOwner(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.policy(&h.team, postroom.SubscriptionApproval, postroom.SubscriptionApproval)
		h.owner(h.team, toPerson(h.Anna))
		h.owner(h.team, toPerson(h.Cleo))
		_, err := h.SignIn("ben").Directory().Subscribe(ctx, h.team.ID, "")
		must(t, err)
		letters := h.letters()
		must(t, h.dir().RemoveSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: h.team.ID}, Grantee: toPerson(h.Anna), Right: postroom.Own}))
		isKind(t, h.mail(letters["anna@example.test"].Approve, "anna@example.test", nil), postroom.Denied)
		must(t, h.dir().RenameGroup(ctx, h.team.ID, "crew@example.test"))
		must(t, h.mail(letters["cleo@example.test"].Approve, "cleo@example.test", nil))
		if h.membersOf(h.team) != "ben" {
			t.Fatal(h.membersOf(h.team))
		}
	})
}

// A group with a long name leaves no room for a token: the postmaster lends one.
func TestLongGroupName(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		g := h.group(strings.Repeat("x", 60))
		h.policy(&g, postroom.SubscriptionApproval, postroom.SubscriptionApproval)
		h.owner(g, toPerson(h.Anna))
		_, err := h.SignIn("ben").Directory().Subscribe(t.Context(), g.ID, "")
		must(t, err)
		l := h.letters()["anna@example.test"]
		if !strings.HasPrefix(l.Approve, "postmaster+approve-") {
			t.Fatal(l.Approve)
		}
		must(t, h.mail(l.Approve, "anna@example.test", nil))
		if h.membersOf(g) != "ben" {
			t.Fatal(h.membersOf(g))
		}
	})
}
