package store_test

import (
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// outbox is info@ with a draft of anna's, who sends as info@ through the group.
type outbox struct {
	*desk
	mail  *store.Mail
	queue *store.QueueSession
}

func atOutbox(t *testing.T, test func(*testing.T, *outbox)) {
	t.Helper()
	atDesk(t, func(t *testing.T, d *desk) {
		m, err := d.anna.Mail(t.Context(), d.info)
		d.must(err)
		test(t, &outbox{desk: d, mail: m, queue: system.Queue(d.store)})
	})
}

// send submits a message as info@, held for some time.
func (o *outbox) send(wait time.Duration) store.Submitted {
	o.t.Helper()
	id, err := o.anna.Identity(o.t.Context(), "info@example.test")
	o.must(err)
	raw := "From: info@example.test\r\nMessage-ID: <a1@example.test>\r\nIn-Reply-To: <m1@example.org>\r\nSubject: Re: Number 1\r\n\r\nyes\r\n"
	out := store.Outgoing{Raw: strings.NewReader(raw), Size: int64(len(raw)), MessageID: "<a1@example.test>", InReplyTo: []string{"<m1@example.org>"},
		Recipients: []store.Recipient{{Address: "x@example.org"}}, Submission: &store.NewSubmission{Account: o.info, Identity: "I1", Email: 1, Thread: o.thread}}
	if wait != 0 {
		out.HoldUntil = o.clock.Now().Add(wait)
	}
	done, err := id.Submit(o.t.Context(), out)
	o.must(err)
	return done
}

func (o *outbox) lease() []store.QueuedMessage {
	o.t.Helper()
	list, err := o.queue.Lease(o.t.Context(), 10, time.Minute)
	o.must(err)
	return list
}

// sent counts the messages in info's Sent, and whether the original is marked.
func (o *outbox) sent() (copies int, answered bool) {
	o.t.Helper()
	v, err := o.inbox(o.ben).View(o.t.Context())
	o.must(err)
	box, err := o.ben.Mailbox(o.t.Context(), postroom.CollectionRef{Account: o.info, Collection: postroom.SentCollection}, store.ReadOnly)
	o.must(err)
	s, err := box.View(o.t.Context())
	o.must(err)
	return len(s.Items), v.Items[0].Flags&postroom.FlagAnswered != 0
}

func (o *outbox) want(what string, undo postroom.UndoStatus, copies int) store.SentMail {
	o.t.Helper()
	list, _, err := o.mail.Submissions(o.t.Context(), nil)
	o.must(err)
	if len(list) != 1 || list[0].Undo != undo {
		o.t.Fatalf("%s: %+v, want %s", what, list, undo)
	}
	if n, marked := o.sent(); n != copies || marked != (copies > 0) {
		o.t.Fatalf("%s: %d copies in Sent, the original marked: %t", what, n, marked)
	}
	return list[0]
}

func TestSubmissionLeavesAtOnce(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		o.send(0)
		o.want("sent", postroom.UndoFinal, 1)
		m := o.lease()
		if len(m) != 1 || m[0].Refused != "" {
			t.Fatalf("%+v", m)
		}
		_, before, err := o.mail.Submissions(t.Context(), nil)
		o.must(err)
		m[0].Recipients[0].State, m[0].Recipients[0].Code, m[0].Recipients[0].Text = store.Delivered, 250, "ok"
		o.must(o.queue.Record(t.Context(), m[0]))
		s := o.want("delivered", postroom.UndoFinal, 1)
		if len(s.Recipients) != 1 || s.Recipients[0].State != store.Delivered || s.Queued != 0 {
			t.Fatalf("%+v", s)
		}
		c, err := o.mail.SubmissionsChanged(t.Context(), before)
		o.must(err)
		if len(c.Updated) != 1 || c.Updated[0] != s.ID {
			t.Fatalf("%+v", c)
		}
		ben, err := o.ben.Mail(t.Context(), o.info)
		o.must(err)
		if list, _, err := ben.Submissions(t.Context(), nil); err != nil || len(list) != 0 {
			t.Fatalf("ben sees what anna sent: %+v, %v", list, err)
		}
		wantKind(t, ben.DestroySubmission(t.Context(), s.ID), postroom.NotFound, "no such submission")
		o.must(o.mail.DestroySubmission(t.Context(), s.ID))
		if c, err = o.mail.SubmissionsChanged(t.Context(), c.State); err != nil || len(c.Destroyed) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func TestHeldSubmission(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		o.send(time.Hour)
		o.want("held", postroom.UndoPending, 0)
		if m := o.lease(); len(m) != 0 {
			t.Fatalf("leased while held: %+v", m)
		}
		due, err := o.queue.NextDue(t.Context())
		o.must(err)
		if !due.Equal(o.clock.Now().Add(time.Hour)) {
			t.Fatalf("due %v", due)
		}
		o.clock.Advance(time.Hour)
		if m := o.lease(); len(m) != 1 || m[0].Refused != "" {
			t.Fatalf("%+v", m)
		}
		s := o.want("released", postroom.UndoFinal, 1)
		wantKind(t, o.mail.CancelSubmission(t.Context(), s.ID), postroom.Stale, "has left")
	})
}

func TestHeldSubmissionTakenBack(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		done := o.send(time.Minute)
		wantKind(t, o.mail.DestroySubmission(t.Context(), done.Submission), postroom.Stale, "take it back")
		o.must(o.mail.CancelSubmission(t.Context(), done.Submission))
		o.want("taken back", postroom.UndoCanceled, 0)
		o.clock.Advance(time.Hour)
		if m := o.lease(); len(m) != 0 {
			t.Fatalf("%+v", m)
		}
		wantKind(t, o.mail.CancelSubmission(t.Context(), done.Submission), postroom.Stale, "has left")
	})
}

// TestHeldSubmissionOfWhoLostTheRight: it does not leave, and its sender is
// told as for any mail that cannot be delivered.
func TestHeldSubmissionOfWhoLostTheRight(t *testing.T) {
	for name, lose := range map[string]func(o *outbox) error{
		"left the group": func(o *outbox) error {
			return o.dir.RemoveMembers(o.t.Context(), o.groups["info-team"], []string{"anna@example.test"})
		},
		"account disabled": func(o *outbox) error {
			a, err := o.dir.Account(o.t.Context(), "anna@example.test")
			o.must(err)
			a.State = postroom.Disabled
			return o.dir.UpdateAccount(o.t.Context(), a)
		},
	} {
		t.Run(name, func(t *testing.T) {
			atOutbox(t, func(t *testing.T, o *outbox) {
				o.send(time.Hour)
				o.must(lose(o))
				o.clock.Advance(time.Hour)
				m := o.lease()
				if len(m) != 1 || !strings.Contains(m[0].Refused, "may not send as info@example.test") {
					t.Fatalf("%+v", m)
				}
				if n, marked := o.sent(); n != 0 || marked {
					t.Fatalf("%d copies, marked: %t", n, marked)
				}
			})
		})
	}
}

// TestHeldSubmissionOutlivesThePassword: what was ordered with a password that
// is changed since still leaves.
func TestHeldSubmissionOutlivesThePassword(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		o.send(time.Hour)
		o.must(o.dir.SetPassword(t.Context(), o.ids["anna"], "another good password"))
		o.clock.Advance(time.Hour)
		if m := o.lease(); len(m) != 1 || m[0].Refused != "" {
			t.Fatalf("%+v", m)
		}
		if n, marked := o.sent(); n != 1 || !marked {
			t.Fatalf("%d copies, marked: %t", n, marked)
		}
	})
}

// TestHeldSubmissionGoesWithTheAccount: nothing is left in the queue.
func TestHeldSubmissionGoesWithTheAccount(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		o.send(time.Hour)
		o.must(o.dir.DeleteAccount(t.Context(), o.info))
		list, err := o.dir.QueuedMessages(t.Context())
		o.must(err)
		if len(list) != 0 {
			t.Fatalf("%+v", list)
		}
	})
}

func TestHoldRefused(t *testing.T) {
	atOutbox(t, func(t *testing.T, o *outbox) {
		id, err := o.anna.Identity(t.Context(), "info@example.test")
		o.must(err)
		raw := "From: info@example.test\r\n\r\nyes\r\n"
		out := store.Outgoing{Raw: strings.NewReader(raw), Recipients: []store.Recipient{{Address: "x@example.org"}},
			HoldUntil: o.clock.Now().Add(store.MaxHold + time.Hour), Submission: &store.NewSubmission{Account: o.info}}
		_, err = id.Submit(t.Context(), out)
		wantKind(t, err, postroom.Invalid, "366 days")
	})
}
