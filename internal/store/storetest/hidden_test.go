package storetest_test

import (
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// A hidden group, by every method that could tell of it: board is hidden, holds
// ben and is held by all, and manages the mailbox info, where cleo gives grants.
// dora owns board; anna has nothing to do with any of it.
func TestHiddenGroups(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		h.Person("dora")
		dora, err := h.dir().Account(ctx, "dora@example.test")
		must(t, err)
		board, err := h.dir().CreateGroup(ctx, postroom.Group{Address: "board@example.test"})
		must(t, err)
		board.HideInGAL = true
		must(t, h.dir().UpdateGroup(ctx, board))
		must(t, h.dir().AddAlias(ctx, postroom.Alias{Address: "vip@example.test", Target: postroom.SendTarget{Group: board.ID}}))
		h.add(board, "ben")
		h.add(h.all, "board")
		h.send(postroom.SendTarget{Group: board.ID}, toPerson(dora), postroom.Own)
		h.put(postroom.RootCollection, toGroup(board), rights.Manager, time.Time{})
		h.put(postroom.RootCollection, toPerson(h.Cleo), rights.Admin, time.Time{})
		for name, sees := range map[string]struct{ it, itself, named bool }{
			"anna": {}, "ben": {itself: true}, "cleo": {named: true}, "dora": {it: true},
		} {
			d := h.SignIn(name).Directory()
			kind := func(what string, err error, yes bool) {
				t.Helper()
				if yes && err != nil || !yes && postroom.KindOf(err) != postroom.NotFound {
					t.Errorf("%s: %s: %v", name, what, err)
				}
			}
			_, err := d.Group(ctx, "board@example.test")
			kind("Group", err, sees.it)
			_, err = d.Group(ctx, "vip@example.test")
			kind("Group by alias", err, sees.it)
			_, err = d.GroupByID(ctx, board.ID)
			kind("GroupByID", err, sees.it)
			_, err = d.Members(ctx, board.ID)
			kind("Members", err, sees.it)
			_, err = d.Aliases(ctx, postroom.SendTarget{Group: board.ID})
			kind("Aliases", err, sees.it)
			_, err = d.Memberships(ctx, postroom.Member{Group: board.ID})
			kind("Memberships of it", err, sees.it)
			_, err = d.GranteeName(ctx, toGroup(board))
			kind("GranteeName", err, sees.it)
			_, err = d.FindGrantee(ctx, h.Anna.ID, "board@example.test")
			kind("FindGrantee", err, sees.it)
			if name != "anna" {
				_, err = d.FindGrantee(ctx, h.Info.ID, "board@example.test")
				kind("FindGrantee on info", err, sees.it || sees.named)
			}
			list, err := d.Groups(ctx, "")
			must(t, err)
			if got := strings.Contains(groupNames(list), "board@"); got != sees.it {
				t.Errorf("%s: Groups: %v", name, got)
			}
			members, err := d.Members(ctx, h.all.ID)
			must(t, err)
			got := false
			for _, m := range members {
				got = got || m.Group == board.ID
			}
			if got != sees.it {
				t.Errorf("%s: Members of all: %v", name, members)
			}
			held, err := d.Memberships(ctx, postroom.Member{Account: h.Ben.ID})
			must(t, err)
			text := ""
			for _, m := range held {
				text += m.Group.Address + " " + m.ViaAddress + " "
			}
			if got := strings.Contains(text, "board@"); got != (sees.it || sees.itself) || !strings.Contains(text, "all@") {
				t.Errorf("%s: Memberships of ben: %s", name, text)
			}
			answer, err := d.ExplainAccess(ctx, "ben@example.test", "info@example.test", "/Inbox", "r")
			switch {
			case name == "anna" && err == nil, strings.Contains(answer.Text, "board@") != (sees.named || sees.itself):
				t.Errorf("%s: Explain: %s %v", name, answer.Text, err)
			}
		}
		// Who gives grants takes those away that the list names.
		cleo := h.SignIn("cleo")
		g, err := cleo.Directory().FindGrantee(ctx, h.Info.ID, "board@example.test")
		must(t, err)
		must(t, cleo.Directory().RemoveGrant(ctx, storetest.In(h.Info, postroom.RootCollection), g, 0))
		// A refusal names the address that was asked for, and no other.
		h.send(postroom.SendTarget{Group: board.ID}, toPerson(h.Ben), postroom.SendTo)
		_, err = system.Delivery(h.Store).Resolve(ctx, "vip@example.test", "x@example.org", nil)
		if postroom.KindOf(err) != postroom.Denied || strings.Contains(err.Error(), "board@") {
			t.Error(err)
		}
	})
}

func groupNames(list []postroom.Group) (names string) {
	for _, g := range list {
		names += g.Address + " "
	}
	return names
}

// Where a list goes on tells nothing either: behind an entry that is hidden from
// the caller there is as little as behind one that is not there.
func TestListsGoOnBehindNothingHidden(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		h.Info.HideInGAL = true
		must(t, d.UpdateAccount(ctx, h.Info))
		board, err := d.CreateGroup(ctx, postroom.Group{Address: "board@example.test"})
		must(t, err)
		board.HideInGAL = true
		must(t, d.UpdateGroup(ctx, board))
		behind := func(s *store.Session, address string) (accounts, groups error) {
			f := store.EntryFilter{Order: store.ByName, After: address}
			_, accounts = s.Directory().FindAccounts(ctx, f)
			_, groups = s.Directory().FindGroups(ctx, f)
			return accounts, groups
		}
		anna := h.SignIn("anna")
		account, _ := behind(anna, "info@example.test")
		_, group := behind(anna, "board@example.test")
		noAccount, noGroup := behind(anna, "nobody@example.test")
		for _, c := range []struct {
			address     string
			got, absent error
		}{{"info@example.test", account, noAccount}, {"board@example.test", group, noGroup}} {
			isKind(t, c.absent, postroom.Stale)
			if c.got == nil || c.got.Error() != strings.ReplaceAll(c.absent.Error(), "nobody@example.test", c.address) {
				t.Errorf("behind %s: %v, and behind nobody: %v", c.address, c.got, c.absent)
			}
		}
		// Who may see them goes on behind them.
		account, _ = behind(h.Console, "info@example.test")
		must(t, account)
		_, group = behind(h.Console, "board@example.test")
		must(t, group)
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Anna, rights.Viewer)
		account, _ = behind(anna, "info@example.test")
		must(t, account)
	})
}
