package storetest_test

import (
	"strings"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Whoever reads slowly is given no message after the right to read is gone,
// though many were opened at a time.
func TestSlowReaders(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		for n := range 5 {
			h.Deliver(storetest.Message(n, strings.Repeat("A letter. ", 100)), h.Info)
		}
		root := storetest.In(h.Info, postroom.RootCollection)
		h.Grant(root, h.Anna, rights.Viewer)
		m := h.Open(h.SignIn("anna"), h.Info, "/Inbox")
		uids := []postroom.UID{1, 2, 3, 4, 5}
		given := 0
		var ended error
		for it, err := range m.Contents(t.Context(), uids) {
			if ended = err; err != nil {
				break
			}
			must(t, it.Content.Close())
			switch given++; given {
			case 2:
				h.Grant(root, h.Ben, rights.Viewer) // rights that change are asked for again
			case 3:
				h.Revoke(root, h.Anna)
			}
		}
		if given != 3 {
			t.Errorf("%d messages were given, want 3", given)
		}
		isKind(t, ended, postroom.NotFound)
	})
}

// A path at which something hidden stands, or that leads below it, is refused as
// one at which nothing stands; and who may make that name learns only that it
// cannot be had.
func TestMakingNamesTellsNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		console := h.Console.Directory()
		box := func(path string) postroom.CollectionRef {
			ref, err := console.CreateCollection(ctx, h.Info.ID, path)
			must(t, err)
			return ref
		}
		shared, hidden, mine := box("/Team"), box("/Team/Hidden"), box("/Team/Mine")
		box("/Team/Hidden/Deep")
		h.Grant(hidden, h.Anna, postroom.NoRights)
		h.Grant(mine, h.Anna, rights.Manager)
		anna := h.SignIn("anna")
		refused := func(path string) string {
			t.Helper()
			_, err := anna.CreateCollection(ctx, "info@example.test", path, store.NewCollection{})
			if err == nil {
				t.Errorf("%s was made", path)
				return ""
			}
			text := postroom.TextOf(err)
			if moved := anna.RenameCollection(ctx, mine, path); moved != nil && postroom.KindOf(moved) != postroom.Denied && postroom.KindOf(moved) != postroom.NotFound {
				t.Errorf("renaming to %s: %v", path, moved)
			} else if moved != nil {
				text += " / " + postroom.TextOf(moved)
			}
			return strings.ReplaceAll(text, "Hidden", "Absent")
		}
		for _, r := range []postroom.Rights{postroom.NoRights, postroom.Lookup, rights.Viewer, postroom.Read | postroom.CreateChild} {
			if r != postroom.NoRights {
				h.Grant(shared, h.Anna, r)
			}
			for _, below := range []string{"", "/New", "/Deep", "/Deep/New"} {
				if there, absent := refused("/Team/Hidden"+below), refused("/Team/Absent"+below); there != absent {
					t.Errorf("with %s below /Team/Hidden: %q, and below nothing %q", rights.IMAP(r), there, absent)
				}
			}
		}
		// Who could make it is refused all the same, whatever there is below.
		h.Grant(shared, h.Anna, rights.Manager)
		if a, b, c := refused("/Team/Hidden"), refused("/Team/Hidden/Deep"), refused("/Team/Hidden/New"); a != b || b != c {
			t.Errorf("%q, %q, %q", a, b, c)
		}
	})
}
