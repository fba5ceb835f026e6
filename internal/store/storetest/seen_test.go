package storetest_test

import (
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// seenHouse has info@ open to anna and ben, with two messages in its inbox.
func inSeenHouse(t *testing.T, test func(h *storetest.House, anna, ben *store.Mailbox)) {
	t.Helper()
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.T = t
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, manager)
		h.Grant(root, h.Ben, manager)
		h.Deliver(storetest.Message(1, "x"), h.Info)
		h.Deliver(storetest.Message(2, "x"), h.Info)
		test(h, h.Open(h.SignIn("anna"), h.Info, "/Inbox"), h.Open(h.SignIn("ben"), h.Info, "/Inbox"))
	})
}

// unread lists the UIDs a reader has not read, and checks the counters.
func unread(t *testing.T, h *storetest.House, m *store.Mailbox) (uids []postroom.UID) {
	t.Helper()
	v := h.View(m)
	for _, it := range v.Items {
		if it.Flags&postroom.FlagSeen == 0 {
			uids = append(uids, it.UID)
		}
	}
	if v.Unseen != len(uids) {
		t.Errorf("unseen is %d, of %v", v.Unseen, uids)
	}
	return uids
}

func wantUnread(t *testing.T, h *storetest.House, what string, m *store.Mailbox, want ...postroom.UID) {
	t.Helper()
	got := unread(t, h, m)
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		t.Errorf("%s: unread %v, want %v", what, got, want)
	}
}

func markRead(t *testing.T, m *store.Mailbox, op store.FlagOp, uid postroom.UID) {
	t.Helper()
	_, err := m.ChangeFlags(t.Context(), []postroom.UID{uid}, store.FlagChange{Op: op, Flags: postroom.FlagSeen, UnchangedSince: -1})
	must(t, err)
}

func TestSeenOfOneMailbox(t *testing.T) {
	inSeenHouse(t, func(h *storetest.House, anna, ben *store.Mailbox) {
		t := h.T.(*testing.T)
		d, inbox := h.Console.Directory(), storetest.In(h.Info, postroom.InboxCollection)
		set := func(ref postroom.CollectionRef, m postroom.SeenMode) {
			t.Helper()
			must(t, d.SetSeen(t.Context(), ref, m))
		}
		markRead(t, anna, store.AddFlags, 1)
		wantUnread(t, h, "shared", ben, 2)
		set(inbox, postroom.SeenPerUser)
		wantUnread(t, h, "what was read stays read", ben, 2)
		// ModSeq moves only for the one who reads.
		before, highest, own := h.View(ben).Items[1].ModSeq, h.View(ben).ModSeq, h.View(anna).ModSeq
		markRead(t, anna, store.AddFlags, 2)
		if now := h.View(ben).ModSeq; now != highest {
			t.Errorf("that of the mailbox, for ben, moved from %d to %d", highest, now)
		}
		if h.View(anna).ModSeq <= own {
			t.Error("that of the mailbox did not move for anna")
		}
		if after := h.View(ben).Items[1].ModSeq; after != before {
			t.Errorf("ben's ModSeq moved from %d to %d", before, after)
		}
		if h.View(anna).Items[1].ModSeq <= before {
			t.Error("anna's did not")
		}
		wantUnread(t, h, "anna", anna)
		wantUnread(t, h, "ben", ben, 2)
		markRead(t, ben, store.RemoveFlags, 1)
		wantUnread(t, h, "anna keeps hers", anna)
		seq := h.View(ben).ModSeq
		set(inbox, postroom.SeenInherits)
		wantUnread(t, h, "read by anybody", ben)
		wantUnread(t, h, "read by anybody", anna)
		if v := h.View(ben); v.ModSeq <= seq || v.Items[0].ModSeq <= seq {
			t.Error("clients would not learn of it")
		}
		set(inbox, postroom.SeenPerUser)
		wantUnread(t, h, "no old state comes back", ben)
	})
}

func TestSeenIsInherited(t *testing.T) {
	inSeenHouse(t, func(h *storetest.House, _, _ *store.Mailbox) {
		t := h.T.(*testing.T)
		ctx, d, ben := t.Context(), h.Console.Directory(), h.SignIn("ben")
		root := storetest.In(h.Info, postroom.RootCollection)
		boss := h.SignIn("anna")
		must(t, d.PutGrant(ctx, postroom.Grant{Target: root, Rights: postroom.AllRights, Grantee: toPerson(h.Anna)}))
		folder := func(path string) postroom.CollectionRef {
			ref, err := boss.CreateCollection(ctx, h.Info.Address, path, store.NewCollection{})
			must(t, err)
			return ref
		}
		a, b, other := folder("/A"), folder("/A/B"), folder("/AB")
		each := func(ref postroom.CollectionRef, path string) bool {
			t.Helper()
			mine, hers := h.Open(ben, h.Info, path), h.Open(boss, h.Info, path)
			uid := appendTo(t, hers, "Subject: x\r\n\r\nx\r\n", 0).UID
			markRead(t, hers, store.AddFlags, uid)
			for _, it := range h.View(mine).Items {
				if it.UID == uid {
					return it.Flags&postroom.FlagSeen == 0
				}
			}
			t.Fatal("the message is not there")
			return false
		}
		want := func(what string, inA, inB, inOther bool) {
			t.Helper()
			if x, y, z := each(a, "/A"), each(b, "/A/B"), each(other, "/AB"); x != inA || y != inB || z != inOther {
				t.Errorf("%s: per user %v %v %v", what, x, y, z)
			}
		}
		want("as the account", false, false, false)
		must(t, boss.Directory().SetSeen(ctx, a, postroom.SeenPerUser)) // who administers it may
		want("and below", true, true, false)
		must(t, d.SetSeen(ctx, b, postroom.SeenShared))
		want("but not there", true, false, false)
		must(t, d.SetSeen(ctx, root, postroom.SeenPerUser))
		want("all", true, false, true)
		must(t, d.SetSeen(ctx, root, postroom.SeenInherits))
		must(t, d.SetSeen(ctx, b, postroom.SeenInherits))
		want("again", true, true, false)
		// Moved elsewhere it is as there; the states of all become one.
		must(t, boss.RenameCollection(ctx, b, "/AB/B"))
		if each(b, "/AB/B") {
			t.Error("moved, and still per user")
		}
		must(t, d.SetSeen(ctx, a, postroom.SeenInherits))
		info, err := d.Account(ctx, "info@example.test")
		must(t, err)
		info.SeenPerUser = true
		must(t, d.UpdateAccount(ctx, info))
		if !each(a, "/A") {
			t.Error("not as the account")
		}
		info.SeenPerUser = false
		must(t, d.UpdateAccount(ctx, info))
		if len(unread(t, h, h.Open(ben, h.Info, "/A"))) != 0 {
			t.Error("not read by anybody")
		}
		isKind(t, ben.Directory().SetSeen(ctx, a, postroom.SeenPerUser), postroom.Denied)
		isKind(t, h.SignIn("cleo").Directory().SetSeen(ctx, a, postroom.SeenPerUser), postroom.NotFound)
		isKind(t, d.SetSeen(ctx, a, 7), postroom.Invalid)
	})
}

// In a person's mailbox the owner's state counts when all become one.
func TestSeenOfAPerson(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d, inbox := t.Context(), h.Console.Directory(), storetest.In(h.Anna, postroom.InboxCollection)
		h.Grant(inbox, h.Ben, manager)
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		h.Deliver(storetest.Message(2, "x"), h.Anna)
		must(t, d.SetSeen(ctx, inbox, postroom.SeenPerUser))
		anna, ben := h.Open(h.SignIn("anna"), h.Anna, "/Inbox"), h.Open(h.SignIn("ben"), h.Anna, "/Inbox")
		markRead(t, ben, store.AddFlags, 1)
		markRead(t, anna, store.AddFlags, 2)
		must(t, d.SetSeen(ctx, inbox, postroom.SeenShared))
		wantUnread(t, h, "the owner has not read it", ben, 1)
		wantUnread(t, h, "the owner has not read it", anna, 1)
	})
}
