package store_test

import (
	"testing"

	"postroom"
	"postroom/internal/store"
)

// TestFailedReadSpoilsNoPicture: the picture of a mailbox is everybody's. Who fails
// while bringing it up to date (a lost connection, say) leaves it as it was.
func TestFailedReadSpoilsNoPicture(t *testing.T) { inTown(t, testFailedReadSpoilsNoPicture) }

func testFailedReadSpoilsNoPicture(t *testing.T, w *town) {
	anna := w.ids["anna"]
	inbox := postroom.CollectionRef{Account: anna, Collection: postroom.InboxCollection}
	m, err := w.signIn("anna").Mailbox(t.Context(), inbox, store.ReadOnly)
	w.must(err)
	for range 3 {
		w.deliver(anna, postroom.InboxCollection, 0)
	}
	_, err = m.View(t.Context())
	w.must(err)
	w.deliver(anna, postroom.InboxCollection, 0)
	w.must(w.store.TamperForTest(t.Context(), "ALTER TABLE departure RENAME TO departure_away"))
	if _, err := m.View(t.Context()); err == nil {
		t.Fatal("the read did not fail")
	}
	w.must(w.store.TamperForTest(t.Context(), "ALTER TABLE departure_away RENAME TO departure"))
	v, err := m.View(t.Context())
	w.must(err)
	if len(v.Items) != 4 {
		t.Errorf("%d messages are left in view, want 4", len(v.Items))
	}
}
