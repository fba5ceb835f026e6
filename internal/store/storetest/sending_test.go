package storetest_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

func outgoing(raw, id string, answers ...string) store.Outgoing {
	return store.Outgoing{Raw: strings.NewReader(raw), Size: int64(len(raw)), MessageID: id, InReplyTo: answers,
		Recipients: []store.Recipient{{Address: "x@example.org", Notify: "NEVER"}, {Address: "y@example.org"}}}
}

const sent = "From: info@example.test\r\nMessage-ID: <s1@example.test>\r\nSubject: Re: Number 1\r\n\r\nhello\r\n"

func TestSubmit(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, manager)
		h.GrantSend(h.Info, h.Anna, postroom.SendAs)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		anna := h.SignIn("anna")
		id, err := anna.Identity(ctx, "info@example.test")
		must(t, err)
		queue := system.Queue(h.Store)
		wake := queue.Wake()
		done, err := id.Submit(ctx, outgoing(sent, "<s1@example.test>", "<m1@example.org>"))
		must(t, err)
		select {
		case <-wake:
		case <-time.After(time.Minute):
			t.Fatal("the queue was not woken")
		}
		if len(done.Copies) != 1 || done.Copies[0].Mailbox != storetest.In(h.Info, postroom.SentCollection) {
			t.Fatalf("%+v", done)
		}
		box := h.Open(anna, h.Info, "/Sent")
		if v := h.View(box); len(v.Items) != 1 || v.Items[0].Flags != postroom.FlagSeen || v.Unseen != 0 {
			t.Fatalf("%+v", v)
		}
		if v := h.View(h.Open(anna, h.Info, "/Inbox")); v.Items[0].Flags != postroom.FlagAnswered {
			t.Fatalf("%+v", v)
		}
		// The client's own copy folds, in either Sent.
		for _, a := range []postroom.Account{h.Info, h.Anna} {
			got := appendTo(t, h.Open(anna, a, "/Sent"), sent, postroom.FlagSeen)
			if !got.Folded || got.UID != done.Copies[0].UID || got.Mailbox != done.Copies[0].Mailbox {
				t.Fatalf("%+v", got)
			}
		}
		if got := appendTo(t, h.Open(anna, h.Anna, "/Drafts"), sent, 0); got.Folded {
			t.Fatal("folded a draft")
		}
		records, err := h.Console.Directory().AuditRecords(ctx, store.AuditFilter{Action: "message.send"})
		must(t, err)
		if len(records) != 1 || records[0].TargetAddress != "info@example.test" || records[0].Details["from"] != "info@example.test" {
			t.Fatalf("%+v", records)
		}
		list, err := h.Console.Directory().QueuedMessages(ctx)
		must(t, err)
		if len(list) != 1 || list[0].ID != done.QueueID || list[0].Sender != "info@example.test" || list[0].Account != h.Anna.ID ||
			len(list[0].Recipients) != 2 || list[0].Recipients[0].Notify != "NEVER" || list[0].Size != int64(len(sent)) {
			t.Fatalf("%+v", list)
		}
	})
}

func TestSubmitRefusedOnceTheRightHasGone(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.GrantSend(h.Info, h.Anna, postroom.SendAs)
		id, err := h.SignIn("anna").Identity(ctx, "info@example.test")
		must(t, err)
		must(t, h.Console.Directory().RemoveSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Account: h.Info.ID},
			Right: postroom.SendAs, Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(h.Anna.ID)}}))
		_, err = id.Submit(ctx, outgoing(sent, "<s1@example.test>"))
		isKind(t, err, postroom.Denied)
		list, err := h.Console.Directory().QueuedMessages(ctx)
		must(t, err)
		if len(list) != 0 {
			t.Fatal(list)
		}
	})
}

func TestSentPolicies(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.GrantSend(h.Info, h.Anna, postroom.SendAs)
		anna := h.SignIn("anna")
		for policy, want := range map[postroom.SentPolicy][]postroom.Account{
			postroom.SentOwner: {h.Info}, postroom.SentSender: {h.Anna}, postroom.SentBoth: {h.Info, h.Anna}, postroom.SentNone: nil,
		} {
			info := h.Info
			info.Sent = policy
			must(t, h.Console.Directory().UpdateAccount(ctx, info))
			id, err := anna.Identity(ctx, "info@example.test")
			must(t, err)
			mid := "<" + policy.String() + "@example.test>"
			done, err := id.Submit(ctx, outgoing(strings.Replace(sent, "<s1@example.test>", mid, 1), mid))
			must(t, err)
			if len(done.Copies) != len(want) {
				t.Fatalf("%v: %+v", policy, done)
			}
			for i, a := range want {
				if done.Copies[i].Mailbox != storetest.In(a, postroom.SentCollection) {
					t.Fatalf("%v: %+v", policy, done)
				}
			}
		}
		// One's own mail goes to one's own Sent.
		id, err := anna.Identity(ctx, "anna@example.test")
		must(t, err)
		done, err := id.Submit(ctx, outgoing(sent, "<own@example.test>"))
		must(t, err)
		if len(done.Copies) != 1 || done.Copies[0].Mailbox.Account != h.Anna.ID {
			t.Fatalf("%+v", done)
		}
	})
}

func TestFoldingEnds(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		anna := h.SignIn("anna")
		id, err := anna.Identity(t.Context(), "anna@example.test")
		must(t, err)
		_, err = id.Submit(t.Context(), outgoing(sent, "<s1@example.test>"))
		must(t, err)
		box := h.Open(anna, h.Anna, "/Sent")
		clock.Advance(9 * time.Minute)
		if !appendTo(t, box, sent, 0).Folded {
			t.Fatal("not folded")
		}
		clock.Advance(2 * time.Minute)
		if appendTo(t, box, sent, 0).Folded {
			t.Fatal("folded after 11 minutes")
		}
	})
}

// TestBlindFields: Bcc is in the copy in Sent, read, sought and counted like the
// rest of it, whether the message leaves at once or was held; never in the queue.
func TestBlindFields(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		h := storetest.NewHouse(t, s)
		anna := h.SignIn("anna")
		id, err := anna.Identity(ctx, "anna@example.test")
		must(t, err)
		const blind = "Bcc: Ben <ben@example.test>\r\n"
		out := outgoing(sent, "<s1@example.test>")
		out.Blind = []byte(blind)
		_, err = id.Submit(ctx, out)
		must(t, err)
		out = outgoing(strings.Replace(sent, "<s1@", "<s2@", 1), "<s2@example.test>")
		out.Blind, out.HoldUntil = []byte(blind), clock.Now().Add(time.Minute)
		out.Submission = &store.NewSubmission{Account: h.Anna.ID, Identity: "I"}
		_, err = id.Submit(ctx, out)
		must(t, err)
		clock.Advance(2 * time.Minute)
		queue := system.Queue(h.Store)
		list, err := queue.Lease(ctx, 10, time.Minute)
		must(t, err)
		if len(list) != 2 {
			t.Fatalf("%+v", list)
		}
		for _, m := range list {
			c, err := queue.Content(ctx, m.ID)
			must(t, err)
			if b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size())); err != nil || strings.Contains(string(b), "Bcc") {
				t.Errorf("in the queue: %v\n%s", err, b)
			}
			c.Close()
		}
		box := h.Open(anna, h.Anna, "/Sent")
		for _, uid := range []postroom.UID{1, 2} {
			c, err := box.Open(ctx, uid)
			must(t, err)
			b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
			must(t, err)
			c.Close()
			if !strings.HasPrefix(string(b), blind) || !strings.HasSuffix(string(b), "\r\n\r\nhello\r\n") {
				t.Errorf("%d in Sent is\n%s", uid, b)
			}
		}
		mail, err := anna.Mail(ctx, h.Anna.ID)
		must(t, err)
		emails, _, err := mail.Emails(ctx, []postroom.EmailID{1, 2})
		must(t, err)
		for _, e := range emails {
			var summary message.Summary
			if err := summary.UnmarshalBinary(e.Summary); err != nil || len(summary.Envelope.Bcc) != 1 || e.Size != int64(len(blind)+len(sent)) {
				t.Errorf("%+v, %v, %d bytes", summary, err, e.Size)
			}
		}
	})
}

func TestQueue(t *testing.T) {
	clock := storetest.NewClock(time.Now().Truncate(time.Second))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		q, queued := system.Queue(s), system.Console(s).Directory()
		to := []store.Recipient{{Address: "a@example.org"}, {Address: "b@example.org", Original: "rfc822;b@example.org"}}
		raw := strings.Repeat("x", 100_000)
		id, err := q.Enqueue(ctx, store.NewReport{Recipients: to, Raw: []byte(raw)})
		must(t, err)
		list, err := q.Lease(ctx, 10, time.Minute)
		must(t, err)
		if len(list) != 1 || list[0].ID != id || len(list[0].Recipients) != 2 || list[0].Recipients[1].Original == "" {
			t.Fatalf("%+v", list)
		}
		if again, err := q.Lease(ctx, 10, time.Minute); err != nil || len(again) != 0 {
			t.Fatal(again, err)
		}
		if due, err := q.NextDue(ctx); err != nil || !due.Equal(clock.Now().Add(time.Minute)) {
			t.Fatal(due, err)
		}
		c, err := q.Content(ctx, id)
		must(t, err)
		b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
		c.Close()
		if err != nil || string(b) != raw {
			t.Fatal(len(b), err)
		}
		m := list[0]
		m.Recipients[0].State = store.Delivered
		m.Recipients[1].Attempts, m.Recipients[1].Next, m.Recipients[1].Code = 1, clock.Now().Add(time.Hour), 451
		must(t, q.Record(ctx, m))
		if due, err := q.NextDue(ctx); err != nil || !due.Equal(clock.Now().Add(time.Hour)) {
			t.Fatal(due, err)
		}
		clock.Advance(time.Hour)
		list, err = q.Lease(ctx, 10, time.Minute)
		must(t, err)
		if len(list) != 1 || list[0].Recipients[1].Code != 451 || list[0].Recipients[0].State != store.Delivered {
			t.Fatalf("%+v", list)
		}
		// A lease that nobody ended is over by itself.
		clock.Advance(2 * time.Minute)
		list, err = q.Lease(ctx, 10, time.Minute)
		must(t, err)
		m = list[0]
		m.Recipients[1].State = store.Failed
		must(t, q.Record(ctx, m))
		if list, err := queued.QueuedMessages(ctx); err != nil || len(list) != 0 {
			t.Fatal(list, err)
		}
		if due, err := q.NextDue(ctx); err != nil || !due.IsZero() {
			t.Fatal(due, err)
		}
		isKind(t, queued.RetryQueued(ctx, id), postroom.NotFound)
		isKind(t, queued.DeleteQueued(ctx, id), postroom.NotFound)
		_, err = q.Content(ctx, id)
		isKind(t, err, postroom.NotFound)
		// Its blob is collected a day later.
		clock.Advance(25 * time.Hour)
		must(t, s.KeepHouse(ctx))
	})
}
