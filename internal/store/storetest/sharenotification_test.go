package storetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// told writes what somebody was told, the first first.
func told(t *testing.T, s *store.Session) (lines []string) {
	t.Helper()
	list, _, err := s.ShareNotifications(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range slices.Backward(list) {
		lines = append(lines, fmt.Sprintf("%s %s: %s > %s by %q", n.Mailbox, n.Name, rights.IMAP(n.Old), rights.IMAP(n.New), n.By.Name))
	}
	return lines
}

func TestShareNotifications(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, d := t.Context(), h.Console.Directory()
		ben, anna := h.SignIn("ben"), h.SignIn("anna")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		want := func(what string, lines ...string) {
			t.Helper()
			got := told(t, ben)
			for i, l := range got {
				got[i] = strings.ReplaceAll(strings.ReplaceAll(l, fmt.Sprint(h.Info.ID)+"-", "info-"), fmt.Sprint(h.Anna.ID)+"-", "anna-")
			}
			if !slices.Equal(got, lines) {
				t.Errorf("%s:\nis     %q\nshould %q", what, got, lines)
			}
		}
		root := storetest.In(h.Info, postroom.RootCollection)
		_, begin, err := ben.ShareNotifications(ctx, []int64{})
		must(err)
		h.Grant(root, h.Ben, rights.Viewer)
		want("given a mailbox", `info-2 info@example.test:  > lr by ""`)
		must(anna.Directory().PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Anna, postroom.JunkCollection), Rights: rights.Editor,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(h.Ben.ID)}}))
		if got := told(t, ben); len(got) != 2 || !strings.HasSuffix(got[1], `by "Anna"`) {
			t.Errorf("given a folder by anna: %q", got)
		}
		if got := told(t, anna); len(got) != 0 {
			t.Errorf("who shares is told: %q", got)
		}
		_, state, err := ben.ShareNotifications(ctx, []int64{})
		must(err)
		h.Revoke(root, h.Ben)
		if got := told(t, ben); len(got) != 1 {
			t.Errorf("given and taken back at once: %q", got)
		}
		c, err := ben.ShareNotificationsChanged(ctx, state, 0)
		if err != nil || len(c.Created) != 0 || len(c.Destroyed) != 1 || c.More {
			t.Errorf("changes: %+v, %v", c, err)
		}
		if c, err = ben.ShareNotificationsChanged(ctx, begin, 0); err != nil || len(c.Created) != 1 || len(c.Destroyed) != 0 {
			t.Errorf("changes from the beginning: %+v, %v", c, err)
		}
		for _, bad := range []string{"", "5", "Nx", "N999999", "N-1", "N01"} {
			if _, err := ben.ShareNotificationsChanged(ctx, bad, 0); postroom.KindOf(err) != postroom.Stale {
				t.Errorf("state %q: %v", bad, err)
			}
		}

		// By a group, and by the way out of it.
		group, err := d.CreateGroup(ctx, postroom.Group{Address: "team@example.test"})
		must(err)
		must(d.PutGrant(ctx, postroom.Grant{Target: root, Rights: rights.Editor, Grantee: postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(group.ID)}}))
		must(d.AddMembers(ctx, group.ID, []string{"ben@example.test"}))
		if got := told(t, ben); len(got) != 2 || !strings.Contains(got[1], "info@example.test:  > lrswi") {
			t.Errorf("joined: %q", got)
		}
		ids := func() []int64 {
			list, _, err := ben.ShareNotifications(ctx, nil)
			must(err)
			var ids []int64
			for _, n := range list {
				ids = append(ids, n.ID)
			}
			return ids
		}
		for _, id := range ids() {
			must(ben.DismissShareNotification(ctx, id))
		}
		if err := ben.DismissShareNotification(ctx, 1); postroom.KindOf(err) != postroom.NotFound {
			t.Errorf("dismissed twice: %v", err)
		}
		must(d.RemoveMembers(ctx, group.ID, []string{"ben@example.test"}))
		if got := told(t, ben); len(got) != 1 || !strings.Contains(got[0], "> "+" by") {
			t.Errorf("left: %q", got)
		}

		// A folder that is deleted.
		ref, err := anna.CreateCollection(ctx, "", "/Plans", store.NewCollection{})
		must(err)
		must(anna.Directory().PutGrant(ctx, postroom.Grant{Target: ref, Rights: rights.Viewer,
			Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(h.Ben.ID)}}))
		before := len(ids())
		must(anna.DeleteCollection(ctx, ref))
		if after := len(ids()); after != before-1 {
			t.Errorf("given and deleted at once: %d > %d", before, after)
		}
		must(d.DeleteAccount(ctx, h.Ben.ID))
	})
}

// A share that ends by itself is told too, and what was told is forgotten in time.
func TestShareNotificationsOfTime(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	s := storetest.Open(t, func(o *store.Options) { o.Now = clock.Now })
	h := storetest.NewHouse(t, s)
	ctx := context.Background()
	err := h.Console.Directory().PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Info, postroom.RootCollection), Rights: rights.Viewer,
		Until: clock.Now().Add(time.Hour), Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(h.Ben.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	ben := h.SignIn("ben")
	_, begin, _ := ben.ShareNotifications(ctx, nil)
	clock.Advance(2 * time.Hour)
	if err := system.Notices(s).NoteEndings(ctx); err != nil {
		t.Fatal(err)
	}
	got := told(t, ben)
	if len(got) != 2 || !strings.Contains(got[1], "lr >  by") {
		t.Errorf("told: %q", got)
	}
	clock.Advance(91 * 24 * time.Hour)
	for range 2 {
		if err := s.KeepHouse(ctx); err != nil {
			t.Fatal(err)
		}
		clock.Advance(31 * 24 * time.Hour)
	}
	if got := told(t, ben); len(got) != 0 {
		t.Errorf("still there: %q", got)
	}
	if _, err := ben.ShareNotificationsChanged(ctx, begin, 0); postroom.KindOf(err) != postroom.Stale {
		t.Errorf("a forgotten state: %v", err)
	}
}
