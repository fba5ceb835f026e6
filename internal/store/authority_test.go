package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// TestRevocationRace: once RemoveGrant has returned, no session has the right
// any more, on any node; whatever was cached.
func TestRevocationRace(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s := storetest.Open(t, func(*store.Options) {})
		revocationRace(t, s, s)
	})
	t.Run("postgres", func(t *testing.T) {
		url := storetest.Database(t)
		set := func(o *store.Options) { o.DatabaseURL = url }
		revocationRace(t, storetest.Open(t, set), storetest.Open(t, set))
	})
}

func revocationRace(t *testing.T, here, there *store.Store) {
	w := newTown(t, here, storetest.NewClock(time.Now()))
	other := *w
	other.store = there
	ben := other.signIn("ben")
	root := postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection}
	inbox := postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.InboxCollection}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					ben.MyRights(t.Context(), inbox)
					ben.VisibleAccounts(t.Context())
				}
			}
		})
	}
	for round := range 30 {
		g := postroom.Grant{Target: root, Grantee: w.grantee("info-team"), Rights: rights.Viewer}
		w.must(w.dir.PutGrant(t.Context(), g))
		if r := other.rightsOf(ben, "info", inbox.Collection); r != rights.Viewer {
			t.Fatalf("round %d: granted, has %q", round, rights.Zimbra(r))
		}
		if seen, err := ben.VisibleAccounts(t.Context()); err != nil || len(seen) != 2 {
			t.Fatalf("round %d: sees %v %v", round, seen, err)
		}
		if round%2 == 0 {
			w.must(w.dir.RemoveGrant(t.Context(), root, g.Grantee, store.Positive))
		} else {
			w.must(w.dir.RemoveMembers(t.Context(), w.groups["info-team"], []string{"ben@example.test"}))
		}
		if r := other.rightsOf(ben, "info", inbox.Collection); r != 0 {
			t.Fatalf("round %d: revoked, has %q", round, rights.Zimbra(r))
		}
		if seen, err := ben.VisibleAccounts(t.Context()); err != nil || len(seen) != 1 {
			t.Fatalf("round %d: still sees %v %v", round, seen, err)
		}
		if round%2 == 1 {
			w.must(w.dir.AddMembers(t.Context(), w.groups["info-team"], []string{"ben@example.test"}))
			w.must(w.dir.RemoveGrant(t.Context(), root, g.Grantee, store.Positive))
		}
	}
	close(stop)
	readers.Wait()
}

// BenchmarkRights compares the rights of the owner with those through a nested
// group of 10,000 members.
func BenchmarkRights(b *testing.B) {
	w := newTown(b, storetest.Open(b, func(*store.Options) {}), storetest.NewClock(time.Now()))
	members := make([]string, 0, 10_000)
	for i := range 9_999 {
		members = append(members, fmt.Sprintf("m%d@outside.test", i))
	}
	w.group("large", append(members, "anna")...)
	w.group("larger", "large")
	w.grant("info", postroom.RootCollection, "larger", rights.Manager)
	anna := w.signIn("anna")
	for _, owner := range []string{"anna", "info"} {
		ref := postroom.CollectionRef{Account: w.ids[owner], Collection: postroom.InboxCollection}
		b.Run("open/"+owner, func(b *testing.B) {
			for b.Loop() {
				if _, err := anna.Mailbox(b.Context(), ref, store.ReadWrite); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("rights/"+owner, func(b *testing.B) {
			for b.Loop() {
				if _, err := anna.MyRights(b.Context(), ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
