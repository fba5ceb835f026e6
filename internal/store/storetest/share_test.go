package storetest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// listed are the collections of others that a person's lists show.
func (h *noticeHouse) listed(a postroom.Account) (list []string) {
	h.t.Helper()
	s := h.SignIn(a.Address)
	seen, err := s.Collections(h.t.Context(), postroom.MailCollection)
	must(h.t, err)
	for _, c := range seen {
		if c.Owner.ID != a.ID && c.Rights.Has(postroom.Lookup) {
			list = append(list, strings.TrimSuffix(c.Owner.Address, "@example.test")+c.Path)
		}
	}
	// The directory's list is the same, but for the roots.
	shared, err := s.Directory().SharedCollections(h.t.Context(), a.ID)
	must(h.t, err)
	var other []string
	for _, c := range shared {
		if c.Path != "/" {
			other = append(other, strings.TrimSuffix(c.Owner.Address, "@example.test")+c.Path)
		}
	}
	if !slices.Equal(list, other) {
		h.t.Fatalf("listed %v, shared %v", list, other)
	}
	return list
}

// shares lists what is shared with a person: target, state, name.
func (h *noticeHouse) shares(a postroom.Account, state postroom.ShareState) (list []string) {
	h.t.Helper()
	all, err := h.SignIn(a.Address).Directory().Shares(h.t.Context(), store.ShareFilter{With: a.ID, State: state})
	must(h.t, err)
	for _, s := range all {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s:%s %s %s", s.Owner.Address, s.Path, s.State, s.Name)))
	}
	return list
}

func (h *noticeHouse) accept(a postroom.Account, c postroom.CollectionRef, name string) error {
	return h.SignIn(a.Address).Directory().AcceptShare(h.t.Context(), a.ID, c, name)
}

func (h *noticeHouse) decline(a postroom.Account, c postroom.CollectionRef) {
	h.t.Helper()
	must(h.t, h.SignIn(a.Address).Directory().DeclineShare(h.t.Context(), a.ID, c))
}

func (h *noticeHouse) wantList(what string, got []string, want ...string) {
	h.t.Helper()
	if !slices.Equal(got, want) {
		h.t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func TestOffer(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		sent := storetest.In(h.Info, postroom.SentCollection)
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.wantList("offered", h.shares(h.Ben, 0), "info@example.test:/Sent pending")
		h.wantList("an offer is seen at once", h.listed(h.Ben), "info/Sent")
		h.decline(h.Ben, sent)
		h.wantList("declined", h.shares(h.Ben, postroom.ShareDeclined), "info@example.test:/Sent declined")
		h.wantList("declined is not listed", h.listed(h.Ben))
		accounts, err := h.SignIn("ben").VisibleAccounts(t.Context())
		must(t, err)
		if len(accounts) != 1 {
			t.Errorf("accounts: %+v", accounts)
		}
		// The right stays.
		if _, err := h.SignIn("ben").AccountInReach(t.Context(), "info@example.test"); err != nil {
			t.Error(err)
		}
		h.View(h.Open(h.SignIn("ben"), h.Info, "/Sent"))
		must(t, h.accept(h.Ben, sent, "/Team/Sent of info"))
		h.wantList("accepted", h.shares(h.Ben, 0), "info@example.test:/Sent accepted /Team/Sent of info")
		h.wantList("accepted is listed", h.listed(h.Ben), "info/Sent")
		// Other rights are the same share; taken back and given again it is a new one.
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Manager, time.Time{})
		h.wantList("changed", h.shares(h.Ben, postroom.ShareAccepted), "info@example.test:/Sent accepted /Team/Sent of info")
		h.Revoke(sent, h.Ben)
		h.wantList("revoked", h.shares(h.Ben, 0))
		isKind(t, h.accept(h.Ben, sent, ""), postroom.NotFound)
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.wantList("given again", h.shares(h.Ben, 0), "info@example.test:/Sent pending")
	})
}

func TestAutomountIsPutAway(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		root := storetest.In(h.Info, postroom.RootCollection)
		all := []string{"info/Drafts", "info/Inbox", "info/Junk", "info/Sent", "info/Trash"}
		h.put(postroom.RootCollection, toPerson(h.Ben), rights.Manager, time.Time{})
		h.wantList("automount", h.shares(h.Ben, 0), "info@example.test:/ accepted")
		h.wantList("all", h.listed(h.Ben), all...)
		h.decline(h.Ben, root)
		h.wantList("put away", h.listed(h.Ben))
		// A share below one that was put away is one of its own.
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Manager, time.Time{})
		h.wantList("below", h.listed(h.Ben), "info/Sent")
		must(t, h.accept(h.Ben, root, ""))
		h.decline(h.Ben, storetest.In(h.Info, postroom.SentCollection))
		h.wantList("all but one", h.listed(h.Ben), "info/Drafts", "info/Inbox", "info/Junk", "info/Trash")
		// The mailbox itself is not touched by what its delegates put away.
		seen, err := h.SignIn("info@example.test*ben@example.test").Collections(t.Context(), postroom.MailCollection)
		must(t, err)
		if len(seen) != 5 {
			t.Errorf("%d collections of its own", len(seen))
		}
	})
}

// Each member answers for themselves, and the answer goes with the member.
func TestGroupShareIsAnsweredByEach(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, sent := t.Context(), storetest.In(h.Info, postroom.SentCollection)
		h.add(h.team, "ben", "cleo")
		h.put(postroom.SentCollection, toGroup(h.all), rights.Viewer, time.Time{})
		must(t, h.accept(h.Ben, sent, ""))
		h.decline(h.Cleo, sent)
		h.wantList("ben", h.shares(h.Ben, 0), "info@example.test:/Sent accepted")
		h.wantList("cleo", h.shares(h.Cleo, 0), "info@example.test:/Sent declined")
		offered, err := h.dir().Shares(ctx, store.ShareFilter{OfferedBy: h.Info.ID})
		must(t, err)
		if len(offered) != 2 || offered[0].With.Address != "ben@example.test" || offered[0].Via[0] != "all@example.test" {
			t.Errorf("offered: %+v", offered)
		}
		leave := func(g postroom.Group, name string) {
			must(t, h.dir().RemoveMembers(ctx, g.ID, []string{name}))
			storetest.CheckConsistency(t, h.Store)
		}
		leave(h.team, "cleo@example.test")
		h.add(h.team, "cleo")
		h.wantList("back again", h.shares(h.Cleo, 0), "info@example.test:/Sent pending")
		leave(h.all, "team@example.test")
		h.add(h.all, "team")
		h.wantList("the group back again", h.shares(h.Ben, 0), "info@example.test:/Sent pending")
		// An own grant beside it asks by itself, and a yes to one is a yes.
		must(t, h.accept(h.Ben, sent, ""))
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Manager, time.Time{})
		h.wantList("two ways", h.shares(h.Ben, 0), "info@example.test:/Sent accepted")
		h.decline(h.Ben, sent)
		h.Revoke(sent, h.Ben)
		h.wantList("one way left", h.shares(h.Ben, 0), "info@example.test:/Sent declined")
	})
}

func TestAnswersGoWithTheShare(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, d := t.Context(), h.dir()
		acting := h.SignIn("anna")
		ref, err := acting.CreateCollection(ctx, "", "/Plans", store.NewCollection{})
		must(t, err)
		give := func(target postroom.CollectionRef, until time.Time) {
			must(t, d.PutGrant(ctx, postroom.Grant{Target: target, Grantee: toPerson(h.Ben), Rights: rights.Viewer, Until: until}))
		}
		give(ref, time.Time{})
		must(t, h.accept(h.Ben, ref, "/Anna"))
		must(t, acting.DeleteCollection(ctx, ref))
		storetest.CheckConsistency(t, h.Store)
		// Expiry.
		drafts := storetest.In(h.Anna, postroom.DraftsCollection)
		give(drafts, h.clock.Now().Add(time.Hour))
		must(t, h.accept(h.Ben, drafts, "/Anna"))
		h.clock.Advance(2 * time.Hour)
		h.wantList("expired", h.shares(h.Ben, 0))
		must(t, h.Store.KeepHouse(ctx))
		give(drafts, time.Time{})
		h.wantList("given again", h.shares(h.Ben, 0), "anna@example.test:/Drafts pending")
		must(t, h.accept(h.Ben, drafts, ""))
		give(drafts, h.clock.Now().Add(time.Hour)) // the same share, with an end
		h.clock.Advance(2 * time.Hour)
		give(drafts, time.Time{})
		h.wantList("given again before the house was kept", h.shares(h.Ben, 0), "anna@example.test:/Drafts pending")
		// Accounts and groups.
		must(t, h.accept(h.Ben, drafts, ""))
		h.add(h.team, "cleo")
		must(t, d.PutGrant(ctx, postroom.Grant{Target: drafts, Grantee: toGroup(h.team), Rights: rights.Viewer}))
		must(t, h.accept(h.Cleo, drafts, ""))
		must(t, d.DeleteGroup(ctx, h.team.ID))
		storetest.CheckConsistency(t, h.Store)
		must(t, d.DeleteAccount(ctx, h.Ben.ID))
		storetest.CheckConsistency(t, h.Store)
		must(t, d.PutGrant(ctx, postroom.Grant{Target: drafts, Grantee: toPerson(h.Cleo), Rights: rights.Viewer}))
		must(t, h.accept(h.Cleo, drafts, ""))
		must(t, d.DeleteAccount(ctx, h.Anna.ID))
		storetest.CheckConsistency(t, h.Store)
	})
}

func TestMountNames(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		sent, drafts := storetest.In(h.Info, postroom.SentCollection), storetest.In(h.Info, postroom.DraftsCollection)
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.put(postroom.DraftsCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		must(t, h.accept(h.Ben, sent, "Mine"))
		must(t, h.accept(h.Ben, sent, "/Mine"))
		isKind(t, h.accept(h.Ben, drafts, "/mine"), postroom.Exists)
		isKind(t, h.accept(h.Ben, drafts, "/inbox"), postroom.Exists)
		for _, bad := range []string{"/", "/a//b", "/a\x00b", "/..", "/" + strings.Repeat("x", 5000)} {
			isKind(t, h.accept(h.Ben, drafts, bad), postroom.Invalid)
		}
		seen, err := h.SignIn("ben").Collections(t.Context(), postroom.MailCollection)
		must(t, err)
		if i := slices.IndexFunc(seen, func(c store.SeenCollection) bool { return c.Ref == sent }); i < 0 || seen[i].Mount != "/Mine" {
			t.Errorf("%+v", seen)
		}
	})
}

// Whoever offered is told of an answer, after it has settled, once.
func TestAnswersAreTold(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		anna := h.SignIn("anna").Directory()
		give := func(c postroom.CollectionID, to postroom.Grantee, m postroom.ShareMode) {
			must(t, anna.PutGrant(t.Context(), postroom.Grant{Target: storetest.In(h.Anna, c), Grantee: to, Rights: rights.Viewer, Mode: m}))
		}
		give(postroom.SentCollection, toPerson(h.Ben), postroom.Offer)
		give(postroom.DraftsCollection, toPerson(h.Ben), postroom.Automount)
		h.clock.Advance(time.Minute)
		h.told()
		sent, drafts := storetest.In(h.Anna, postroom.SentCollection), storetest.In(h.Anna, postroom.DraftsCollection)
		settled := func(want ...string) {
			t.Helper()
			h.clock.Advance(time.Minute)
			h.wantList("told", h.told(), want...)
		}
		must(t, h.accept(h.Ben, sent, ""))
		h.wantList("not settled", h.told())
		settled("answered, anna, anna, ben /Sent accepted")
		must(t, h.accept(h.Ben, sent, "/Other name"))
		settled()
		h.decline(h.Ben, sent)
		must(t, h.accept(h.Ben, sent, ""))
		settled()
		h.decline(h.Ben, sent)
		settled("answered, anna, anna, ben /Sent declined")
		h.decline(h.Ben, drafts) // by itself there
		settled()
		// What the console gave is answered to nobody.
		h.put(postroom.SentCollection, toPerson(h.Ben), rights.Viewer, time.Time{})
		h.clock.Advance(time.Minute)
		h.told()
		must(t, h.accept(h.Ben, storetest.In(h.Info, postroom.SentCollection), ""))
		settled()
	})
}
