package storetest_test

import (
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// nothing is a memory of nothing that left before now.
var nothing = store.Memory{Age: time.Hour}

// forget forgets, and what anybody sees has the states it had.
func forget(t *testing.T, s *store.Store, m store.Memory, watchers ...*store.Mail) {
	t.Helper()
	states := func() (all []string) {
		for _, m := range watchers {
			_, emails, err := m.Emails(t.Context(), nil)
			must(t, err)
			_, boxes, err := m.Mailboxes(t.Context())
			must(t, err)
			all = append(all, emails, boxes)
		}
		return all
	}
	before := states()
	must(t, store.ForgetDepartures(t.Context(), s, m))
	if after := states(); !slices.Equal(before, after) {
		t.Errorf("forgetting moves states from %v to %v", before, after)
	}
}

// Of what left a mailbox longer ago than is remembered, all that can have left is
// told (RFC 7162 §3.2.5); of what left since, that alone.
func TestVanishedBeforeMemory(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		s := h.SignIn("anna")
		m := h.Open(s, h.Anna, "/Inbox")
		for n := range 6 {
			h.Deliver(storetest.Message(n, "x"), h.Anna)
		}
		expunge := func(uids ...postroom.UID) postroom.ModSeq {
			t.Helper()
			_, err := m.ChangeFlags(t.Context(), uids, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
			must(t, err)
			_, err = m.Expunge(t.Context(), nil)
			must(t, err)
			return h.View(m).ModSeq
		}
		begin := h.View(m).ModSeq
		first := expunge(2, 3)
		second := expunge(6)
		vanished := func(since postroom.ModSeq, want ...postroom.UID) {
			t.Helper()
			got, err := m.Vanished(t.Context(), since)
			must(t, err)
			if !slices.Equal(got, want) {
				t.Errorf("since %d %v vanished, want %v", since, got, want)
			}
		}
		forget(t, h.Store, store.Memory{Age: time.Hour, Runs: 1})
		vanished(begin, 2, 3, 6)
		vanished(first, 6)
		forget(t, h.Store, store.Memory{Age: time.Hour, Runs: 9, Collections: 9})
		vanished(first, 6) // it is not that old
		forget(t, h.Store, store.Memory{Age: -time.Hour, Runs: 9, Collections: 9})
		h.Deliver(storetest.Message(7, "x"), h.Anna)
		third := expunge(1)
		for range 2 { // with what is kept in memory and without
			vanished(begin, 1, 2, 3, 6)
			vanished(first, 1, 2, 3, 6)
			vanished(second, 1)
			vanished(third)
			if got := uidsOf(h.View(m)); !slices.Equal(got, []postroom.UID{4, 5, 7}) {
				t.Errorf("there are %v", got)
			}
			store.Forget(h.Store)
		}
	})
}

// A picture or a count that was made before what is forgotten is made anew.
func TestKeptFromBeforeMemory(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Ben, manager)
		mine := h.Open(h.SignIn("ben"), h.Info, "/Inbox")
		mail, err := h.SignIn("ben").Mail(t.Context(), h.Info.ID)
		must(t, err)
		for n := range 5 {
			h.Deliver(storetest.Message(n, "x"), h.Info)
		}
		count := func(want int) {
			t.Helper()
			boxes, _, err := mail.Mailboxes(t.Context())
			must(t, err)
			for _, b := range boxes {
				if b.Ref.Collection == postroom.InboxCollection && (b.Counts.Emails != want || b.Counts.Threads != want) {
					t.Errorf("%+v, want %d", b.Counts, want)
				}
			}
			if got := len(h.View(mine).Items); got != want {
				t.Errorf("%d items, want %d", got, want)
			}
		}
		count(5)
		must(t, mail.Destroy(t.Context(), 2))
		must(t, mail.Destroy(t.Context(), 4))
		must(t, store.ForgetDepartures(t.Context(), h.Store, nothing))
		count(3)
	})
}

// Changes since before what is forgotten cannot be told to those who could see it,
// and are to the others; what is forgotten goes by age too.
func TestChangesBeforeMemory(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, manager)
		h.Grant(storetest.In(h.Info, postroom.SentCollection), h.Ben, rights.Viewer)
		anna := h.SignIn("anna")
		owner, err := anna.Mail(ctx, h.Info.ID)
		must(t, err)
		reader, err := h.SignIn("ben").Mail(ctx, h.Info.ID)
		must(t, err)
		above, err := anna.CreateCollection(ctx, h.Info.Address, "/a", store.NewCollection{})
		must(t, err)
		below, err := anna.CreateCollection(ctx, h.Info.Address, "/a/b", store.NewCollection{})
		must(t, err)
		for n := range 3 {
			h.Deliver(storetest.Message(n, "x"), h.Info)
		}
		now := func(m *store.Mail) (emails, boxes string) {
			_, emails, err := m.Emails(ctx, nil)
			must(t, err)
			_, boxes, err = m.Mailboxes(ctx)
			must(t, err)
			return emails, boxes
		}
		emails, boxes := now(owner)
		theirs, their := now(reader)
		told := func(m *store.Mail, emails, boxes string, stale, staleBoxes bool) {
			t.Helper()
			for what, err := range map[string]error{
				"emails":  orStale(m.Changes(ctx, emails, 0)),
				"threads": orStale(m.ThreadChanges(ctx, emails, 0)),
			} {
				if got := postroom.KindOf(err) == postroom.Stale; got != stale {
					t.Errorf("%s: %v", what, err)
				}
			}
			if _, err := m.MailboxChanges(ctx, boxes, 0); (postroom.KindOf(err) == postroom.Stale) != staleBoxes {
				t.Errorf("mailboxes: %v", err)
			}
		}
		must(t, owner.Destroy(ctx, 1))
		forget(t, h.Store, store.Memory{Age: time.Hour, Runs: 1, Collections: 9}, owner, reader)
		told(owner, emails, boxes, false, false)
		forget(t, h.Store, store.Memory{Age: time.Hour, Collections: 9}, owner, reader)
		told(owner, emails, boxes, true, false)
		told(reader, theirs, their, false, false)
		emails, boxes = now(owner)
		told(owner, emails, boxes, false, false)
		must(t, anna.DeleteCollection(ctx, below))
		must(t, anna.DeleteCollection(ctx, above))
		if c, err := owner.MailboxChanges(ctx, boxes, 0); err != nil || len(c.Destroyed) != 2 {
			t.Errorf("%+v, %v", c, err)
		}
		forget(t, h.Store, store.Memory{Age: time.Hour, Runs: 9, Collections: 1}, owner, reader)
		told(owner, emails, boxes, true, true) // what went with it is not known
		told(reader, theirs, their, false, false)
		emails, boxes = now(owner)
		forget(t, h.Store, nothing, owner, reader)
		told(owner, emails, boxes, false, false)
	})
}

func orStale(_ store.Changes, err error) error { return err }
