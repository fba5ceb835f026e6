package storetest_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// awaitHint waits for a hint until ok is true.
func awaitHint(t *testing.T, w *store.Watch, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-w.C:
		case <-limit:
			t.Fatal("no hint came")
		}
	}
}

func TestWatch(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		ben := h.SignIn("ben")
		all, err := ben.Watch(ctx)
		must(t, err)
		defer all.Close()
		one, err := ben.Watch(ctx, h.Ben.ID)
		must(t, err)
		defer one.Close()
		// What becomes visible is watched from then on.
		inbox := storetest.In(h.Info, postroom.InboxCollection)
		h.Grant(inbox, h.Ben, viewer)
		seesInfo := func() bool {
			accounts, err := ben.VisibleAccounts(ctx)
			must(t, err)
			return len(accounts) == 2
		}
		awaitHint(t, all, seesInfo)
		m := h.Open(ben, h.Info, "/Inbox")
		h.Deliver(storetest.Message(1, "x"), h.Info)
		awaitHint(t, all, func() bool { return h.View(m).Total == 1 })
		h.Revoke(inbox, h.Ben)
		awaitHint(t, all, func() bool { return !seesInfo() })
		h.Deliver(storetest.Message(2, "x"), h.Ben)
		own := h.Open(ben, h.Ben, "/Inbox")
		awaitHint(t, one, func() bool { return h.View(own).Total == 1 })
	})
}

// Two nodes on one database hear of each other's changes.
func TestNodes(t *testing.T) {
	url := storetest.Database(t)
	dir := t.TempDir()
	node := func() *store.Store {
		return storetest.Open(t, func(o *store.Options) { o.DatabaseURL, o.Dir = url, dir })
	}
	one := node()
	h := storetest.NewHouse(t, one)
	two := *h
	two.Store = node()
	ben := two.SignIn("ben")
	w, err := ben.Watch(t.Context())
	must(t, err)
	defer w.Close()
	inbox := storetest.In(h.Info, postroom.InboxCollection)
	h.Grant(inbox, h.Ben, viewer)
	sees := func() bool {
		accounts, err := ben.VisibleAccounts(t.Context())
		must(t, err)
		return len(accounts) == 2
	}
	awaitHint(t, w, sees)
	m := two.Open(ben, h.Info, "/Inbox")
	two.View(m)
	h.Deliver(storetest.Message(1, "x"), h.Info)
	awaitHint(t, w, func() bool { return two.View(m).Total == 1 })
	h.Revoke(inbox, h.Ben)
	awaitHint(t, w, func() bool { return !sees() })
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	open := func() *store.Store {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t)})
		must(t, err)
		return s
	}
	s := open()
	h := storetest.NewHouse(t, s)
	raws := []string{storetest.Message(1, "small"), storetest.Message(2, strings.Repeat("large\r\n", 20_000))}
	for _, raw := range raws {
		h.Deliver(raw, h.Anna)
	}
	must(t, s.Close())
	s = open()
	defer s.Close()
	h.Store = s
	m := h.Open(h.SignIn("anna"), h.Anna, "/Inbox")
	for i, raw := range raws {
		if got := text(t, m, postroom.UID(i+1)); got != raw {
			t.Fatal("changed")
		}
	}
	storetest.CheckConsistency(t, s)
}

// What Check finds.
func TestCheckFindsDamage(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{Dir: dir})
	must(t, err)
	defer s.Close()
	h := storetest.NewHouse(t, s)
	h.Deliver(storetest.Message(2, strings.Repeat("large\r\n", 20_000)), h.Anna)
	if faults, err := s.Check(t.Context()); err != nil || len(faults) != 0 {
		t.Fatal(faults, err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "blobs", "??", "*"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	must(t, os.WriteFile(files[0], []byte("other"), 0o600))
	if faults, err := s.Check(t.Context()); err != nil || len(faults) != 1 {
		t.Fatal(faults, err)
	}
	must(t, os.Remove(files[0]))
	if faults, err := s.Check(t.Context()); err != nil || len(faults) != 1 {
		t.Fatal(faults, err)
	}
	_, err = h.Open(h.SignIn("anna"), h.Anna, "/Inbox").Open(t.Context(), 1)
	if !store.IsDamaged(err) {
		t.Fatal(err)
	}
}

// Files that no row names are removed after a day, blobs without references
// too; others stay.
func TestUpkeep(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		anna := h.SignIn("anna")
		m := h.Open(anna, h.Anna, "/Inbox")
		big := storetest.Message(1, strings.Repeat("large\r\n", 20_000))
		h.Deliver(big, h.Anna)
		h.Deliver(storetest.Message(2, "x"), h.Anna)
		h.Deliver(storetest.Message(3, "x"), h.Anna)
		_, err := m.ChangeFlags(t.Context(), []postroom.UID{1, 2}, store.FlagChange{Flags: postroom.FlagDeleted, UnchangedSince: -1})
		must(t, err)
		_, err = m.Expunge(t.Context(), nil)
		must(t, err)
		clock.Advance(48 * time.Hour)
		h.Deliver(big, h.Anna) // the same bytes again, before they were collected
		must(t, s.KeepHouse(t.Context()))
		if got := text(t, m, 4); got != big {
			t.Fatal("collected in use")
		}
		text(t, m, 3)
	})
}

// Everything at once: what is there at the end fits together, and views never
// contradict themselves.
func TestStorm(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := context.Background()
		root := storetest.In(h.Info, postroom.RootCollection)
		for _, a := range []postroom.Account{h.Anna, h.Ben} {
			h.Grant(root, a, manager)
		}
		var wg sync.WaitGroup
		fail := func(err error) {
			switch postroom.KindOf(err) {
			case postroom.NotFound, postroom.Denied, postroom.Unavailable:
			default:
				t.Error(err)
			}
		}
		delivery := system.Delivery(h.Store)
		for w := range 3 {
			wg.Go(func() {
				for i := range 40 {
					err := delivery.Deliver(ctx, store.Arrival{Raw: []byte(storetest.Message(w*1000+i, "x")),
						Copies: []store.ArrivalCopy{{Account: h.Info.ID}, {Account: h.Anna.ID, Prefix: []byte("Delivered-To: anna\r\n")}}})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, name := range []string{"anna", "ben"} {
			s := h.SignIn(name)
			inbox, trash := h.Open(s, h.Info, "/Inbox"), h.Open(s, h.Info, "/Trash")
			wg.Go(func() {
				for range 40 {
					if err := disturb(ctx, inbox, trash); err != nil {
						fail(err)
					}
				}
			})
		}
		wg.Go(func() {
			for range 10 {
				h.Revoke(root, h.Ben)
				h.Grant(root, h.Ben, manager)
			}
		})
		wg.Wait()
	})
}

// disturb does something to a mailbox and checks the view of it.
func disturb(ctx context.Context, inbox, trash *store.Mailbox) error {
	v, err := inbox.View(ctx)
	if err != nil {
		return err
	}
	unseen := 0
	for i, it := range v.Items {
		if it.Flags&postroom.FlagSeen == 0 {
			unseen++
		}
		if i > 0 && it.UID <= v.Items[i-1].UID || it.ModSeq > v.ModSeq || it.UID >= v.UIDNext {
			return fmt.Errorf("view out of order: %+v", v.Collection)
		}
	}
	if len(v.Items) != v.Total || unseen != v.Unseen {
		return fmt.Errorf("%d items, %d unseen; counters say %d, %d", len(v.Items), unseen, v.Total, v.Unseen)
	}
	if len(v.Items) == 0 {
		return nil
	}
	uids := []postroom.UID{v.Items[rand.N(len(v.Items))].UID}
	switch rand.N(5) {
	case 0:
		_, err = inbox.ChangeFlags(ctx, uids, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagSeen, UnchangedSince: -1})
	case 1:
		_, err = inbox.Move(ctx, uids, trash.Ref())
	case 2:
		_, err = inbox.Copy(ctx, uids, trash.Ref())
	case 3:
		_, err = inbox.ChangeFlags(ctx, uids, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
		if err == nil {
			_, err = inbox.Expunge(ctx, uids)
		}
	case 4:
		var c store.Content
		if c, err = inbox.Open(ctx, uids[0]); err == nil {
			_, err = io.Copy(io.Discard, io.NewSectionReader(c, 0, c.Size()))
			c.Close()
		}
	}
	return err
}

// A hint says of which account it is; one about rights, that of anything.
func TestHints(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Ben, viewer)
		w, err := h.SignIn("ben").Watch(t.Context(), h.Ben.ID, h.Info.ID)
		must(t, err)
		defer w.Close()
		w.Hints() // what came before
		h.Deliver(storetest.Message(1, "x"), h.Info)
		var got store.Hints
		awaitHint(t, w, func() bool { got = w.Hints(); return len(got.Accounts) > 0 || got.Everything })
		if got.Everything || len(got.Accounts) != 1 || got.Accounts[0] != h.Info.ID {
			t.Errorf("a letter to info: %+v", got)
		}
		h.Revoke(storetest.In(h.Info, postroom.InboxCollection), h.Ben)
		awaitHint(t, w, func() bool { return w.Hints().Everything })
		if again := w.Hints(); again.Everything || len(again.Accounts) > 0 {
			t.Errorf("hinted twice: %+v", again)
		}
	})
}
