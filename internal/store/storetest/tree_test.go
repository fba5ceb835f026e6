package storetest_test

import (
	"slices"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

func paths(list []store.SeenCollection) (out []string) {
	for _, c := range list {
		p := c.Owner.Address[:strings.IndexByte(c.Owner.Address, '@')] + c.Path
		if !c.Rights.Has(postroom.Lookup) {
			p = "(" + p + ")"
		}
		if c.HasChildren {
			p += "+"
		}
		if !c.Subscribed && c.Rights.Has(postroom.Lookup) {
			p += "-" // unsubscribed
		}
		out = append(out, p)
	}
	return out
}

func TestTree(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		anna := h.SignIn("anna")
		list := func(s *store.Session, want ...string) {
			t.Helper()
			got, err := s.Collections(ctx, postroom.MailCollection)
			must(t, err)
			if !slices.Equal(paths(got), want) {
				t.Fatalf("%q", paths(got))
			}
		}
		list(anna, "anna/Drafts", "anna/Inbox", "anna/Junk", "anna/Sent", "anna/Trash")
		deep, err := anna.CreateCollection(ctx, "", "/Clients/2026/Müller", store.NewCollection{})
		must(t, err)
		_, err = anna.CreateCollection(ctx, "", "/inBOX/sub", store.NewCollection{})
		must(t, err)
		must(t, anna.SetSubscribed(ctx, "INBOX/sub", store.Unsubscribed))
		must(t, anna.SetSubscribed(ctx, "gone/by/now", store.Subscribed))
		must(t, anna.SetSubscribed(ctx, "Clients/2026/Müller", store.Subscribed))
		list(anna, "anna/Clients+", "anna/Clients/2026+", "anna/Clients/2026/Müller", "anna/Drafts", "anna/Inbox+", "anna/Inbox/sub-",
			"anna/Junk", "anna/Sent", "anna/Trash")
		for path, kind := range map[string]postroom.ErrorKind{
			"/clients\x00": postroom.Invalid, "/a//b": postroom.Invalid, "/..": postroom.Invalid, "/a/../b": postroom.Invalid, "/.": postroom.Invalid, "/": postroom.Invalid, "/INBOX": postroom.Exists,
			"/Clients/2026": postroom.Exists, "/" + strings.Repeat("x", 300): postroom.Invalid, "/ x": postroom.Invalid,
		} {
			_, err := anna.CreateCollection(ctx, "", path, store.NewCollection{})
			isKind(t, err, kind)
		}
		_, err = anna.CreateCollection(ctx, "", "/Archive", store.NewCollection{Role: postroom.RoleArchive})
		must(t, err)
		_, err = anna.CreateCollection(ctx, "", "/Archive 2", store.NewCollection{Role: postroom.RoleArchive})
		isKind(t, err, postroom.Exists)

		// A share of a child shows its parents without anything in them.
		h.Grant(deep, h.Ben, viewer)
		ben := h.SignIn("ben")
		list(ben, "ben/Drafts", "ben/Inbox", "ben/Junk", "ben/Sent", "ben/Trash", "(anna/Clients)+", "(anna/Clients/2026)+",
			"anna/Clients/2026/Müller")
		_, err = ben.Resolve(ctx, "anna@example.test", "/Clients")
		isKind(t, err, postroom.NotFound)
		_, err = ben.CreateCollection(ctx, "anna@example.test", "/Clients/new", store.NewCollection{})
		isKind(t, err, postroom.NotFound)
		_, err = ben.CreateCollection(ctx, "anna@example.test", "/Clients/2026/Müller/new", store.NewCollection{})
		isKind(t, err, postroom.Denied)
		isKind(t, ben.DeleteCollection(ctx, deep), postroom.Denied)
		isKind(t, ben.RenameCollection(ctx, deep, "/x"), postroom.Denied)
		seen, err := ben.Resolve(ctx, "Anna@Example.test", "/Clients/2026/Müller")
		must(t, err)
		if seen.Rights != viewer || seen.Owner.ID != h.Anna.ID {
			t.Fatalf("%+v", seen)
		}

		clients, err := anna.Resolve(ctx, "", "/Clients")
		must(t, err)
		isKind(t, anna.RenameCollection(ctx, clients.Ref, "/Clients/2026/loop"), postroom.Invalid)
		isKind(t, anna.RenameCollection(ctx, clients.Ref, "/Sent"), postroom.Exists)
		isKind(t, anna.RenameCollection(ctx, storetest.In(h.Anna, postroom.SentCollection), "/x"), postroom.Invalid)
		must(t, anna.RenameCollection(ctx, clients.Ref, "/Old/Customers"))
		moved, err := anna.Resolve(ctx, "", "/Old/Customers/2026/Müller")
		must(t, err)
		if moved.Ref != deep || moved.UIDValidity != seen.UIDValidity {
			t.Fatalf("%+v", moved)
		}
		isKind(t, anna.DeleteCollection(ctx, clients.Ref), postroom.NotEmpty)
		isKind(t, anna.DeleteCollection(ctx, storetest.In(h.Anna, postroom.TrashCollection)), postroom.Invalid)
		h.Deliver(storetest.Message(1, "x"), h.Anna)
		_, err = h.Open(anna, h.Anna, "/Inbox").Move(ctx, []postroom.UID{1}, deep)
		must(t, err)
		must(t, anna.DeleteCollection(ctx, deep))
		list(ben, "ben/Drafts", "ben/Inbox", "ben/Junk", "ben/Sent", "ben/Trash")
		names, err := anna.Subscriptions(ctx)
		must(t, err)
		if !slices.Equal(names, []string{"Clients/2026/Müller", "gone/by/now"}) {
			t.Fatal(names)
		}
		again, err := anna.CreateCollection(ctx, "", "/Old/Customers/2026/Müller", store.NewCollection{})
		must(t, err)
		fresh, err := anna.Resolve(ctx, "", "/Old/Customers/2026/Müller")
		must(t, err)
		if again == deep || fresh.UIDValidity <= seen.UIDValidity {
			t.Fatal("a name used again looks like the old mailbox")
		}
	})
}

// Renaming the inbox empties it (RFC 9051 §6.3.6).
func TestRenameInbox(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		anna := h.SignIn("anna")
		for i := range 3 {
			h.Deliver(storetest.Message(i, "x"), h.Anna)
		}
		inbox := h.Open(anna, h.Anna, "/Inbox")
		must(t, anna.RenameCollection(ctx, inbox.Ref(), "/old mail"))
		if v := h.View(inbox); v.Total != 0 || v.UIDNext != 4 {
			t.Fatalf("%+v", v)
		}
		if v := h.View(h.Open(anna, h.Anna, "/old mail")); v.Total != 3 {
			t.Fatalf("%+v", v)
		}
	})
}

func TestDeleteAccountTakesItsMail(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		big := storetest.Message(1, strings.Repeat("x\r\n", 50_000))
		h.Deliver(big, h.Anna, h.Ben)
		h.Deliver(storetest.Message(2, "x"), h.Ben)
		h.Grant(storetest.In(h.Ben, postroom.InboxCollection), h.Anna, viewer)
		anna := h.SignIn("anna")
		shared := h.Open(anna, h.Ben, "/Inbox")
		h.View(shared)
		must(t, h.Console.Directory().DeleteAccount(ctx, h.Ben.ID))
		_, err := shared.View(ctx)
		isKind(t, err, postroom.NotFound)
		if got := text(t, h.Open(anna, h.Anna, "/Inbox"), 1); got != big {
			t.Fatal("the other copy suffered")
		}
	})
}

// How much mail there is, is for those who may read it.
func TestCountersNeedRead(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Deliver(storetest.Message(1, "x"), h.Info)
		inbox := storetest.In(h.Info, postroom.InboxCollection)
		cleo := h.SignIn("cleo")
		for have, want := range map[postroom.Rights]int{postroom.Lookup: 0, postroom.Lookup | postroom.Read: 1} {
			h.Grant(inbox, h.Cleo, have)
			found, err := cleo.Resolve(t.Context(), h.Info.Address, "/Inbox")
			must(t, err)
			if found.Total != want || found.Unseen != want || (found.Bytes > 0) != (want > 0) || (found.UIDNext > 0) != (want > 0) {
				t.Errorf("with %b: %+v", have, found.Collection)
			}
			h.Revoke(inbox, h.Cleo)
		}
	})
}
