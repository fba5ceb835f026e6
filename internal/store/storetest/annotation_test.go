package storetest_test

import (
	"bytes"
	"fmt"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Annotations are bounded, all or none, and go with the mailbox and the person.
func TestAnnotations(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		box := postroom.CollectionRef{Account: h.Info.ID, Collection: postroom.InboxCollection}
		h.Grant(box, h.Anna, rights.Manager)
		h.Grant(box, h.Ben, rights.Viewer)
		anna, ben := h.SignIn("anna"), h.SignIn("ben")
		set := func(s *store.Session, entry string, value []byte) error {
			return s.Annotate(ctx, box, []store.Annotation{{Entry: entry, Value: value}})
		}
		count := func(s *store.Session, want int) {
			t.Helper()
			list, err := s.Annotations(ctx, box)
			must(t, err)
			if len(list) != want {
				t.Fatalf("%d annotations, want %d", len(list), want)
			}
		}
		m, err := anna.Mailbox(ctx, box, store.ReadWrite)
		must(t, err)
		before, _, err := m.Status(ctx)
		must(t, err)
		for i := range 64 {
			must(t, set(anna, fmt.Sprintf("/private/n%d", i), []byte{}))
		}
		isKind(t, set(anna, "/private/more", []byte("x")), postroom.Limit)
		isKind(t, set(anna, "/private/n1", bytes.Repeat([]byte("x"), store.MaxAnnotation+1)), postroom.TooLarge)
		must(t, set(anna, "/shared/comment", bytes.Repeat([]byte{0}, store.MaxAnnotation)))
		must(t, set(ben, "/private/n1", []byte("ben's")))
		count(anna, 65)
		count(ben, 2)
		after, _, err := m.Status(ctx)
		must(t, err)
		if after.ModSeq <= before.ModSeq {
			t.Error("the mailbox has not changed")
		}
		// Removed ones are remembered as changes, but not without end.
		for i := range 64 {
			must(t, set(anna, fmt.Sprintf("/private/n%d", i), nil))
		}
		entries, last, err := anna.AnnotationsChanged(ctx, box, after.ModSeq)
		must(t, err)
		if len(entries) != 64 || last <= after.ModSeq {
			t.Errorf("%d entries changed up to %d", len(entries), last)
		}
		for i := range 200 {
			must(t, set(anna, fmt.Sprintf("/private/m%d", i), []byte("x")))
			must(t, set(anna, fmt.Sprintf("/private/m%d", i), nil))
		}
		if entries, _, err = anna.AnnotationsChanged(ctx, box, 0); err != nil || len(entries) > 130 {
			t.Errorf("%d entries are kept, %v", len(entries), err)
		}
		// All or none.
		err = anna.Annotate(ctx, box, []store.Annotation{{Entry: "/shared/a", Value: []byte("x")}, {Entry: "/shared/vendor/postroom/owner"}})
		isKind(t, err, postroom.Denied)
		count(anna, 1)
		must(t, h.Console.Directory().DeleteAccount(ctx, h.Ben.ID))
		faults, err := h.Store.Check(ctx)
		must(t, err)
		if len(faults) > 0 {
			t.Error(faults)
		}
	})
}
