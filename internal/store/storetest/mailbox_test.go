package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

const (
	viewer  = postroom.Lookup | postroom.Read
	inserts = postroom.Insert | postroom.CreateChild
	deletes = postroom.DeleteItems | postroom.Expunge | postroom.DeleteCollection
	manager = viewer | postroom.Seen | postroom.Write | inserts | deletes
)

// inHouse runs a test on both databases in a house.
func inHouse(t *testing.T, test func(*testing.T, *storetest.House)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, s *store.Store) { test(t, storetest.NewHouse(t, s)) })
}

func uidsOf(v *store.View) (uids []postroom.UID) {
	for _, it := range v.Items {
		uids = append(uids, it.UID)
	}
	return uids
}

func TestViewFollows(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		m := h.Open(h.SignIn("anna"), h.Anna, "/INBOX")
		for i := range 5 {
			h.Deliver(storetest.Message(i, "x"), h.Anna)
		}
		first := h.View(m)
		h.Deliver(storetest.Message(5, "x"), h.Anna)
		second := h.View(m)
		if len(first.Items) != 5 || len(second.Items) != 6 || second.ModSeq <= first.ModSeq {
			t.Fatal(len(first.Items), len(second.Items))
		}
		r, err := m.ChangeFlags(t.Context(), []postroom.UID{2, 4}, store.FlagChange{Op: store.AddFlags,
			Flags: postroom.FlagDeleted | postroom.FlagSeen, Keywords: "Work $Junk", UnchangedSince: -1})
		must(t, err)
		if len(r.Changed) != 2 || r.Changed[0].Keywords != "$junk work" {
			t.Fatalf("%+v", r)
		}
		v := h.View(m)
		if v.Unseen != 4 || v.Deleted != 2 || v.Items[1] != r.Changed[0] || second.Items[1].Flags != 0 {
			t.Fatalf("%+v", v)
		}
		gone, err := m.Expunge(t.Context(), nil)
		must(t, err)
		if !slices.Equal(gone, []postroom.UID{2, 4}) {
			t.Fatal(gone)
		}
		v = h.View(m)
		if !slices.Equal(uidsOf(v), []postroom.UID{1, 3, 5, 6}) || v.Total != 4 || v.Deleted != 0 {
			t.Fatalf("%+v", v)
		}
		lost, err := m.Vanished(t.Context(), second.ModSeq)
		must(t, err)
		if !slices.Equal(lost, gone) {
			t.Fatal(lost)
		}
		if lost, _ = m.Vanished(t.Context(), v.ModSeq); len(lost) != 0 {
			t.Fatal(lost)
		}
	})
}

func TestUnchangedSince(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		h.Deliver(storetest.Message(2, "x"), h.Anna)
		before := h.View(m)
		add := func(uids []postroom.UID, since postroom.ModSeq) store.FlagResult {
			r, err := m.ChangeFlags(t.Context(), uids, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagFlagged,
				UnchangedSince: since})
			must(t, err)
			return r
		}
		add([]postroom.UID{1}, -1)
		r := add([]postroom.UID{1, 2}, before.ModSeq)
		if !slices.Equal(r.Stale, []postroom.UID{1}) || len(r.Changed) != 1 || r.Changed[0].UID != 2 {
			t.Fatalf("%+v", r)
		}
		at := h.View(m).ModSeq
		add([]postroom.UID{1, 2}, -1) // nothing changes
		if h.View(m).ModSeq != at {
			t.Fatal("a change of nothing moved the ModSeq")
		}
	})
}

// Flags are applied as far as the rights go (RFC 4314 §4).
func TestFlagsByRights(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		inbox := storetest.In(h.Info, postroom.InboxCollection)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		for _, c := range []struct {
			rights postroom.Rights
			want   postroom.Flags
			kind   postroom.ErrorKind
		}{
			{viewer, 0, postroom.Denied},
			{viewer | postroom.Seen, postroom.FlagSeen, 0},
			{viewer | postroom.DeleteItems, postroom.FlagDeleted, 0},
			{viewer | postroom.Write, postroom.FlagFlagged, 0},
		} {
			h.Grant(inbox, h.Cleo, c.rights)
			m := h.Open(h.SignIn("cleo"), h.Info, "/Inbox")
			all := store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagSeen | postroom.FlagDeleted | postroom.FlagFlagged,
				Keywords: "k", UnchangedSince: -1}
			r, err := m.ChangeFlags(t.Context(), []postroom.UID{1}, all)
			if c.kind != 0 {
				isKind(t, err, c.kind)
				continue
			}
			must(t, err)
			if r.Changed[0].Flags != c.want || (r.Changed[0].Keywords == "k") != c.rights.Has(postroom.Write) {
				t.Fatalf("%+v", r.Changed)
			}
			all.Op = store.RemoveFlags
			if r, err = m.ChangeFlags(t.Context(), []postroom.UID{1}, all); err != nil || r.Changed[0].Flags != 0 {
				t.Fatal(r, err)
			}
		}
	})
}

func TestRevocationHoldsForOpenMailbox(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		inbox := storetest.In(h.Info, postroom.InboxCollection)
		h.Grant(inbox, h.Ben, manager)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		m := h.Open(h.SignIn("ben"), h.Info, "/Inbox")
		h.View(m)
		h.Revoke(inbox, h.Ben)
		ctx := t.Context()
		_, err := m.View(ctx)
		isKind(t, err, postroom.NotFound)
		_, err = m.Open(ctx, 1)
		isKind(t, err, postroom.NotFound)
		_, err = m.Append(ctx, []store.NewMessage{{Raw: strings.NewReader("a: b\r\n\r\n"), Size: 8}})
		isKind(t, err, postroom.NotFound)
		_, err = m.Expunge(ctx, nil)
		isKind(t, err, postroom.NotFound)
		_, err = m.Move(ctx, []postroom.UID{1}, storetest.In(h.Ben, postroom.InboxCollection))
		isKind(t, err, postroom.NotFound)
		for _, err := range m.Fetch(ctx, []postroom.UID{1}) {
			isKind(t, err, postroom.NotFound)
		}
	})
}

func TestReadOnlyMode(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		m, err := h.SignIn("anna").Mailbox(t.Context(), storetest.In(h.Anna, postroom.InboxCollection), store.ReadOnly)
		must(t, err)
		if v := h.View(m); v.Rights != viewer {
			t.Fatal(v.Rights)
		}
		_, err = m.ChangeFlags(t.Context(), []postroom.UID{1}, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagSeen, UnchangedSince: -1})
		isKind(t, err, postroom.Denied)
		_, err = m.Expunge(t.Context(), nil)
		isKind(t, err, postroom.Denied)
		_, err = m.Append(t.Context(), nil)
		isKind(t, err, postroom.Denied)
		_, err = m.Move(t.Context(), []postroom.UID{1}, storetest.In(h.Anna, postroom.TrashCollection))
		isKind(t, err, postroom.Denied)
	})
}

func TestCopyAndMove(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Ben, manager)
		ben := h.SignIn("ben")
		for i := range 3 {
			h.Deliver(storetest.Message(i, "x"), h.Info)
		}
		m := h.Open(ben, h.Info, "/Inbox")
		_, err := m.ChangeFlags(ctx, []postroom.UID{2}, store.FlagChange{Op: store.SetFlags, Flags: postroom.FlagSeen | postroom.FlagFlagged,
			Keywords: "mine", UnchangedSince: -1})
		must(t, err)
		own := h.Open(ben, h.Ben, "/Inbox")
		moved, err := m.Copy(ctx, []postroom.UID{3, 2, 9}, own.Ref())
		must(t, err)
		if !slices.Equal(moved.From, []postroom.UID{2, 3}) || !slices.Equal(moved.To, []postroom.UID{1, 2}) || moved.UIDValidity == 0 {
			t.Fatalf("%+v", moved)
		}
		v := h.View(own)
		if v.Items[0].Flags != postroom.FlagSeen|postroom.FlagFlagged || v.Items[0].Keywords != "mine" || v.Total != 2 {
			t.Fatalf("%+v", v)
		}
		if got := text(t, own, 1); !strings.Contains(got, "Number 1") {
			t.Fatal(got)
		}
		trash := h.Open(ben, h.Info, "/Trash")
		moved, err = m.Move(ctx, []postroom.UID{1, 2}, trash.Ref())
		must(t, err)
		if v := h.View(m); !slices.Equal(uidsOf(v), []postroom.UID{3}) {
			t.Fatal(uidsOf(v))
		}
		if v := h.View(trash); len(v.Items) != 2 || v.Items[1].Keywords != "mine" || !slices.Equal(moved.To, uidsOf(v)) {
			t.Fatalf("%+v", v)
		}
		// Away into another account and out of this one.
		_, err = trash.Move(ctx, []postroom.UID{1, 2}, own.Ref())
		must(t, err)
		if v := h.View(own); v.Total != 4 {
			t.Fatal(v.Total)
		}
		_, err = m.Copy(ctx, []postroom.UID{3}, storetest.In(h.Cleo, postroom.InboxCollection))
		isKind(t, err, postroom.NotFound)
		_, err = m.Copy(ctx, []postroom.UID{3}, storetest.In(h.Ben, 999))
		isKind(t, err, postroom.NotFound)
	})
}

// Who may delete from a mailbox needs no right on its owner's Trash.
func TestMoveIntoOwnersTrash(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Ben, viewer|deletes)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		m := h.Open(h.SignIn("ben"), h.Info, "/Inbox")
		_, err := m.Copy(t.Context(), []postroom.UID{1}, storetest.In(h.Info, postroom.TrashCollection))
		isKind(t, err, postroom.NotFound)
		moved, err := m.Move(t.Context(), []postroom.UID{1}, storetest.In(h.Info, postroom.TrashCollection))
		must(t, err)
		if len(moved.To) != 1 {
			t.Fatal(moved)
		}
		_, err = m.Move(t.Context(), []postroom.UID{1}, storetest.In(h.Info, postroom.DraftsCollection))
		isKind(t, err, postroom.NotFound)
	})
}

func TestAppend(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.Grant(storetest.In(h.Info, postroom.DraftsCollection), h.Ben, viewer|inserts|postroom.Write)
		m := h.Open(h.SignIn("ben"), h.Info, "/Drafts")
		when := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
		big := storetest.Message(7, strings.Repeat("large enough for a file\r\n", 100_000))
		done, err := m.Append(ctx, []store.NewMessage{
			{Raw: strings.NewReader(big), Size: int64(len(big)), Flags: postroom.FlagDraft | postroom.FlagSeen, Received: when},
			{Raw: strings.NewReader("\r\n"), Size: 2, Keywords: "B a"},
			{Raw: strings.NewReader(""), Size: 0},
		})
		must(t, err)
		if len(done) != 3 || done[2].UID != 3 || done[0].UIDValidity == 0 || done[0].Folded {
			t.Fatalf("%+v", done)
		}
		if got := text(t, m, 1); got != big {
			t.Fatal("the large message came back changed")
		}
		if text(t, m, 2) != "\r\n" || text(t, m, 3) != "" {
			t.Fatal("small messages")
		}
		for it, err := range m.Fetch(ctx, []postroom.UID{1}) {
			must(t, err)
			if !it.Received.Equal(when) || it.Flags != postroom.FlagDraft {
				t.Fatalf("%+v", it)
			}
		}
		_, err = m.Append(ctx, []store.NewMessage{{Raw: strings.NewReader("short"), Size: 9}})
		isKind(t, err, postroom.Invalid)
		_, err = m.Append(ctx, []store.NewMessage{{Raw: strings.NewReader("short"), Size: 1 << 40}})
		isKind(t, err, postroom.TooLarge)
		h.Grant(storetest.In(h.Info, postroom.DraftsCollection), h.Ben, viewer)
		_, err = m.Append(ctx, []store.NewMessage{{Raw: strings.NewReader("x"), Size: 1}})
		isKind(t, err, postroom.Denied)
	})
}

func TestQuota(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		a := h.Anna
		a.QuotaBytes = 1000
		must(t, h.Console.Directory().UpdateAccount(ctx, a))
		m := h.Open(h.SignIn("anna"), h.Anna, "/Drafts")
		raw := storetest.Message(1, strings.Repeat("x", 500))
		appendTo(t, m, raw, 0)
		_, err := m.Append(ctx, []store.NewMessage{{Raw: strings.NewReader(raw), Size: int64(len(raw))}})
		isKind(t, err, postroom.OverQuota)
		// A copy within the account takes no room; one from outside does.
		_, err = m.Copy(ctx, []postroom.UID{1}, storetest.In(h.Anna, postroom.InboxCollection))
		must(t, err)
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Anna, manager)
		h.Deliver(raw, h.Info)
		info := h.Open(h.SignIn("anna"), h.Info, "/Inbox")
		_, err = info.Copy(ctx, []postroom.UID{1}, m.Ref())
		isKind(t, err, postroom.OverQuota)
		got, err := h.Console.Directory().AccountByID(ctx, h.Anna.ID)
		must(t, err)
		if got.UsedBytes != int64(len(raw)) {
			t.Fatal(got.UsedBytes)
		}
	})
}

func TestSeenPerUser(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		info := h.Info
		info.SeenPerUser = true
		must(t, h.Console.Directory().UpdateAccount(ctx, info))
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, manager)
		h.Grant(root, h.Ben, manager)
		for i := range 3 {
			h.Deliver(storetest.Message(i, "x"), h.Info)
		}
		anna, ben := h.Open(h.SignIn("anna"), h.Info, "/Inbox"), h.Open(h.SignIn("ben"), h.Info, "/Inbox")
		h.View(anna)
		h.View(ben)
		seen := store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagSeen, UnchangedSince: -1}
		r, err := anna.ChangeFlags(ctx, []postroom.UID{2}, seen)
		must(t, err)
		a, b := h.View(anna), h.View(ben)
		if a.Unseen != 2 || b.Unseen != 3 || a.Items[1] != r.Changed[0] || a.Items[1].Flags != postroom.FlagSeen || b.Items[1].Flags != 0 {
			t.Fatalf("%+v\n%+v", a, b)
		}
		// What is not the read state is everybody's.
		seen.Flags = postroom.FlagFlagged
		_, err = ben.ChangeFlags(ctx, []postroom.UID{2}, seen)
		must(t, err)
		a, b = h.View(anna), h.View(ben)
		if a.Items[1].Flags != postroom.FlagSeen|postroom.FlagFlagged || b.Items[1].Flags != postroom.FlagFlagged {
			t.Fatalf("%+v\n%+v", a, b)
		}
		// Each keeps their own when a message moves.
		_, err = ben.Move(ctx, []postroom.UID{2}, storetest.In(h.Info, postroom.TrashCollection))
		must(t, err)
		for name, want := range map[string]postroom.Flags{"anna": postroom.FlagSeen | postroom.FlagFlagged, "ben": postroom.FlagFlagged} {
			v := h.View(h.Open(h.SignIn(name), h.Info, "/Trash"))
			if v.Items[0].Flags != want {
				t.Fatalf("%s: %+v", name, v.Items)
			}
		}
		if st, _, err := anna.Status(ctx); err != nil || st.Unseen != 2 {
			t.Fatal(st, err)
		}
	})
}

// A delegate's reading is in the audit log, many messages in one record, each
// message once a sitting; the owner's is not.
func TestReadingIsAudited(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Ben, viewer)
		var uids []postroom.UID
		for i := range 5 {
			h.Deliver(storetest.Message(i, "x"), h.Info, h.Ben)
			uids = append(uids, postroom.UID(i+1))
		}
		ben := h.SignIn("ben")
		m := h.Open(ben, h.Info, "/Inbox")
		for range 2 {
			n := 0
			for it, err := range m.Contents(ctx, uids) {
				must(t, err)
				n++
				it.Content.Close()
			}
			if n != 5 {
				t.Fatal(n)
			}
			text(t, m, 3)
			text(t, h.Open(ben, h.Ben, "/Inbox"), 1)
		}
		records, err := h.Console.Directory().AuditRecords(ctx, store.AuditFilter{Action: "message.read"})
		must(t, err)
		if len(records) != 1 || records[0].Details["uids"] != "1:5" || records[0].Actor.Address != "ben@example.test" {
			t.Fatalf("%+v", records)
		}
	})
}

func TestThreads(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		reply := func(n int, ref string) string {
			return strings.Replace(storetest.Message(n, "x"), "Subject: Number "+fmt.Sprint(n), "Subject: Re: Number 1\r\nIn-Reply-To: "+ref, 1)
		}
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		h.Deliver(storetest.Message(2, "x"), h.Anna)
		h.Deliver(reply(3, "<m1@example.org>"), h.Anna)
		h.Deliver(reply(4, "<m3@example.org>"), h.Anna)
		m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
		var threads []postroom.ThreadID
		for it, err := range m.Fetch(t.Context(), []postroom.UID{1, 2, 3, 4}) {
			must(t, err)
			threads = append(threads, it.Thread)
		}
		if threads[0] != threads[2] || threads[0] != threads[3] || threads[0] == threads[1] {
			t.Fatal(threads)
		}
	})
}

// What was counted before the last message left is not told of an empty mailbox.
func TestCountsOfEmptied(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		s := h.SignIn("anna")
		mail, err := s.Mail(t.Context(), h.Anna.ID)
		must(t, err)
		counts := func() (c store.MailCounts) {
			list, _, err := mail.Mailboxes(t.Context())
			must(t, err)
			for _, b := range list {
				if b.Ref.Collection == postroom.InboxCollection {
					c = b.Counts
				}
			}
			return c
		}
		if c := counts(); c.Emails != 1 || c.Unread != 1 || c.Threads != 1 {
			t.Fatalf("of one message %+v is told", c)
		}
		_, err = h.Open(s, h.Anna, "/Inbox").Move(t.Context(), []postroom.UID{1}, storetest.In(h.Anna, postroom.TrashCollection))
		must(t, err)
		if c := counts(); c != (store.MailCounts{}) {
			t.Errorf("of an empty mailbox %+v is told", c)
		}
	})
}
