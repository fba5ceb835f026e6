package storetest_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// TestPictureFollowsRanges: whatever changed since a picture was taken, one that
// is brought up to date is the same as one that is taken anew; so is what
// another reader with their own read state sees.
func TestPictureFollowsRanges(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, postroom.AllRights)
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Ben, postroom.AllRights)
		for i := range 60 {
			h.Deliver(storetest.Message(i, "x"), h.Info)
		}
		boxes := []*store.Mailbox{h.Open(h.SignIn("anna"), h.Info, "/Inbox"), h.Open(h.SignIn("ben"), h.Info, "/Inbox")}
		dice := rand.New(rand.NewPCG(7, 8))
		known := h.View(boxes[0]).Items // of the round before: changes come together
		for round := range 30 {
			if round == 15 {
				must(t, h.Console.Directory().SetSeen(t.Context(), storetest.In(h.Info, postroom.InboxCollection), postroom.SeenPerUser))
			}
			for range 1 + dice.IntN(4) {
				changeSome(t, known, boxes[dice.IntN(2)], dice)
			}
			var followed [][]postroom.ItemMeta
			for _, m := range boxes {
				followed = append(followed, h.View(m).Items)
			}
			store.Forget(h.Store)
			for i, m := range boxes {
				if anew := h.View(m); !slices.Equal(followed[i], anew.Items) {
					t.Fatalf("round %d, reader %d:\n%v\ninstead of\n%v", round, i, followed[i], anew.Items)
				}
			}
			known = followed[0]
		}
	})
}

// changeSome does something to some of the messages of a mailbox, which may be
// gone.
func changeSome(t *testing.T, items []postroom.ItemMeta, m *store.Mailbox, dice *rand.Rand) {
	t.Helper()
	first := dice.IntN(len(items))
	var uids []postroom.UID
	for _, it := range items[first:min(len(items), first+1+dice.IntN(50))] {
		if dice.IntN(5) > 0 {
			uids = append(uids, it.UID)
		}
	}
	var err error
	switch dice.IntN(8) {
	case 0:
		_, err = m.Copy(t.Context(), uids[:min(len(uids), 3)], m.Ref())
	case 1:
		_, err = m.ChangeFlags(t.Context(), uids[:min(len(uids), 2)], store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
		must(t, err)
		_, err = m.Expunge(t.Context(), nil)
	default:
		change := store.FlagChange{Op: store.FlagOp(dice.IntN(3)), Flags: postroom.FlagSeen << dice.IntN(3), UnchangedSince: -1}
		if dice.IntN(3) == 0 {
			change.Keywords = "$label1"
		}
		_, err = m.ChangeFlags(t.Context(), uids, change)
	}
	must(t, err)
}
