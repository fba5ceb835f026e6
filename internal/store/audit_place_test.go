package store_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"postroom"
	"postroom/internal/store"
)

// TestPlacesOfMessages: wherever messages are moved, in whatever runs, and when
// they are deleted and the account with them, each is found by its Message-ID and
// by each place where it was, in all places where it was.
func TestPlacesOfMessages(t *testing.T) {
	t.Parallel()
	const messages = 60
	inTown(t, func(t *testing.T, w *town) {
		d := newDelegated(w, messages)
		ctx := t.Context()
		dice := rand.New(rand.NewPCG(3, 4))
		boxes := map[string]*store.Mailbox{"/Inbox": d.box}
		here := map[string]map[postroom.UID]int{"/Inbox": {}, "/Trash": {}, "/Junk": {}}
		for path, id := range map[string]postroom.CollectionID{"/Trash": postroom.TrashCollection, "/Junk": postroom.JunkCollection} {
			var err error
			boxes[path], err = d.s.Mailbox(ctx, postroom.CollectionRef{Account: w.ids["info"], Collection: id}, store.ReadWrite)
			w.must(err)
		}
		for n := 1; n <= messages; n++ {
			here["/Inbox"][postroom.UID(n)] = n
		}
		were := make(map[int][]string) // by message
		left := func(path string, uid postroom.UID) (n int) {
			n = here[path][uid]
			delete(here[path], uid)
			were[n] = append(were[n], fmt.Sprintf("%s %d true", path, uid))
			return n
		}
		paths := slices.Sorted(maps.Keys(here))
		for range 40 {
			from, to := paths[dice.IntN(3)], paths[dice.IntN(3)]
			uids := slices.Sorted(maps.Keys(here[from]))
			uids = slices.DeleteFunc(uids, func(postroom.UID) bool { return dice.IntN(6) == 0 })
			switch {
			case len(uids) == 0 || from == to:
			case dice.IntN(6) == 0:
				uids = uids[:min(len(uids), 7)]
				_, err := boxes[from].ChangeFlags(ctx, uids, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
				w.must(err)
				_, err = boxes[from].Expunge(ctx, uids)
				w.must(err)
				for _, uid := range uids {
					left(from, uid)
				}
			default:
				moved, err := boxes[from].Move(ctx, uids, boxes[to].Ref())
				w.must(err)
				for i, uid := range moved.From {
					here[to][moved.To[i]] = left(from, uid)
				}
			}
		}
		for path, there := range here {
			for uid, n := range there {
				were[n] = append(were[n], fmt.Sprintf("%s %d false", path, uid))
			}
		}
		checkPlaces(t, w, were)
		faults, err := w.store.Check(ctx)
		if err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
		w.must(w.dir.DeleteAccount(ctx, w.ids["info"]))
		for n := 1; n <= messages; n++ {
			trail, err := w.dir.MessageAudit(ctx, store.MessageQuestion{MessageID: fmt.Sprintf("m%d@example.org", n)})
			w.must(err)
			for _, p := range trail.Places {
				if !p.Gone {
					t.Errorf("message %d is at %+v", n, p)
				}
			}
			if len(trail.Places) != len(were[n]) || len(were[n]) > 1 && len(trail.Records) == 0 {
				t.Errorf("message %d has %d places, not %d, and %d records", n, len(trail.Places), len(were[n]), len(trail.Records))
			}
		}
		if faults, err = w.store.Check(ctx); err != nil || len(faults) > 0 {
			t.Error(faults, err)
		}
	})
}

// checkPlaces asks for messages in every way and compares where they were.
func checkPlaces(t *testing.T, w *town, were map[int][]string) {
	t.Helper()
	for n, want := range were {
		slices.Sort(want)
		questions := []store.MessageQuestion{{MessageID: fmt.Sprintf("<m%d@example.org>", n)}}
		for _, place := range want {
			q := store.MessageQuestion{Account: "info@example.test"}
			var gone bool
			if _, err := fmt.Sscanf(place, "%s %d %t", &q.Path, &q.UID, &gone); err != nil {
				t.Fatal(err)
			}
			questions = append(questions, q)
		}
		for _, q := range questions {
			trail, err := w.dir.MessageAudit(t.Context(), q)
			if err != nil {
				t.Fatalf("%+v: %v", q, err)
			}
			var got []string
			for _, p := range trail.Places {
				got = append(got, fmt.Sprintf("%s %d %v", p.Path, p.UID, p.Gone))
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %q, not %q", q, got, want)
			}
		}
	}
}
