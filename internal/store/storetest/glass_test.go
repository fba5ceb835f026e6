package storetest_test

import (
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// administrator makes somebody one and signs them in.
func (h *noticeHouse) administrator(name string, a postroom.Abilities) (postroom.Account, *store.Directory) {
	who := h.Person(name)
	must(h.t, h.dir().SetAdministrator(h.t.Context(), who.ID, postroom.OrgAdmin, a))
	return who, h.SignIn(name).Directory()
}

func (h *noticeHouse) reads(name string, a postroom.Account) bool {
	h.t.Helper()
	_, err := h.SignIn(name).Mailbox(h.t.Context(), storetest.In(a, postroom.InboxCollection), store.ReadOnly)
	return err == nil
}

// news delivers what is due at once and lists what owners are told.
func (h *noticeHouse) news(want ...string) {
	h.t.Helper()
	var got []string
	for _, word := range h.told() {
		got = append(got, strings.SplitN(word, ", ", 3)[1])
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		h.t.Fatalf("told %q, want %q", got, want)
	}
}

func denied(t *testing.T, err error, part string) {
	t.Helper()
	if postroom.KindOf(err) != postroom.Denied || !strings.Contains(err.Error(), part) {
		t.Fatalf("%v, want a refusal with %q", err, part)
	}
}

func TestBreakGlass(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		dora, d := h.administrator("dora", postroom.BreakGlass)
		otto, usual := h.administrator("otto", postroom.UsualAbilities)
		until := h.clock.Now().Add(2 * time.Hour)
		denied(t, usual.BreakGlass(ctx, h.Ben.ID, otto.ID, until, "a fire"), "permission denied")
		for _, bad := range []error{
			d.BreakGlass(ctx, h.Ben.ID, 0, until, " "),
			d.BreakGlass(ctx, h.Ben.ID, 0, h.clock.Now(), "a fire"),
			d.BreakGlass(ctx, h.Ben.ID, 0, h.clock.Now().Add(25*time.Hour), "a fire"),
			d.BreakGlass(ctx, h.Ben.ID, h.Ben.ID, until, "a fire"),
		} {
			if postroom.KindOf(bad) != postroom.Invalid {
				t.Fatal(bad)
			}
		}
		must(t, d.Quietly().BreakGlass(ctx, h.Ben.ID, 0, until, "a fire"))
		h.news("ben", "otto")
		if !h.reads("dora", h.Ben) {
			t.Fatal("the glass is broken, and dora cannot read")
		}
		list, err := h.dir().Grants(ctx, postroom.CollectionRef{Account: h.Ben.ID})
		must(t, err)
		if len(list) != 1 || list[0].Reason != "a fire" || list[0].Rights != rights.Viewer || !list[0].Until.Equal(until) {
			t.Fatal(list)
		}
		a, err := h.dir().ExplainAccess(ctx, "dora@example.test", "ben@example.test", "/", "r")
		must(t, err)
		if !a.Allowed || !strings.Contains(a.Text, "break-glass: a fire") {
			t.Fatal(a.Text)
		}
		// It ends by itself, and that is told too.
		h.clock.Advance(2 * time.Hour)
		if h.reads("dora", h.Ben) {
			t.Fatal("read after the end")
		}
		must(t, h.notices.NoteEndings(ctx))
		h.news("ben", "dora", "otto")
		must(t, h.notices.NoteEndings(ctx))
		h.news()
		// Who reads may stop before, whatever else they may.
		must(t, d.BreakGlass(ctx, h.Info.ID, 0, h.clock.Now().Add(time.Hour), "a flood"))
		h.news("otto")
		must(t, d.Quietly().RemoveGrant(ctx, storetest.In(h.Info, postroom.RootCollection), toPerson(dora), store.Positive))
		h.news("otto")
	})
}

// TestAdministratorsGainNothing tries every way by which an administrator could
// come to read what they may not.
func TestAdministratorsGainNothing(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, c := t.Context(), h.dir().Quietly()
		const glass = "break-glass"
		root := storetest.In(h.Ben, postroom.RootCollection)
		inbox := storetest.In(h.Info, postroom.InboxCollection)
		must(t, c.PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Info, postroom.RootCollection), Grantee: toGroup(h.team), Rights: rights.Manager}))
		own, err := c.CreateGroup(ctx, postroom.Group{Address: "own@example.test"})
		must(t, err)
		dora, d := h.administrator("dora", postroom.UsualAbilities)
		must(t, c.AddMembers(ctx, own.ID, []string{"dora@example.test"}))
		h.clock.Advance(time.Hour)
		h.told()

		for _, g := range []postroom.Grantee{toPerson(dora), toGroup(own), {Kind: postroom.GranteeOrg, ID: int64(h.Org.ID)},
			{Kind: postroom.GranteePlan, ID: int64(dora.Plan)}, {Kind: postroom.GranteeDomain, ID: int64(dora.Domain)}, {Kind: postroom.GranteeAll}} {
			denied(t, d.PutGrant(ctx, postroom.Grant{Target: root, Grantee: g, Rights: rights.Viewer}), glass)
			denied(t, d.PutGrant(ctx, postroom.Grant{Target: root, Grantee: g, Rights: postroom.Administer}), glass)
		}
		denied(t, d.AddMembers(ctx, h.team.ID, []string{"dora@example.test"}), glass)
		denied(t, d.AddMembers(ctx, h.team.ID, []string{"own@example.test"}), glass)
		// An owner of the group who administers may make themselves one.
		must(t, c.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: h.team.ID}, Grantee: toPerson(dora), Right: postroom.Own}))
		denied(t, d.AddMembers(ctx, h.team.ID, []string{"dora@example.test"}), glass)
		// A folder that was closed stays so.
		must(t, c.PutGrant(ctx, postroom.Grant{Target: inbox, Grantee: toPerson(dora), Rights: postroom.NoRights}))
		must(t, c.AddMembers(ctx, h.team.ID, []string{"dora@example.test"}))
		denied(t, d.RemoveGrant(ctx, inbox, toPerson(dora), store.Positive), glass)
		must(t, c.RemoveGrant(ctx, inbox, toPerson(dora), store.Positive))
		must(t, c.SetInherit(ctx, inbox, store.Closed))
		denied(t, d.SetInherit(ctx, inbox, store.Inherits), glass)
		// What was given with Administer is theirs to give.
		must(t, c.PutGrant(ctx, postroom.Grant{Target: inbox, Grantee: toPerson(dora), Rights: postroom.Administer | postroom.Lookup}))
		must(t, d.PutGrant(ctx, postroom.Grant{Target: inbox, Grantee: toPerson(dora), Rights: rights.Viewer | postroom.Administer}))

		denied(t, d.SetForwarding(ctx, h.Ben.ID, postroom.Forwarding{To: []string{"dora@example.test"}}), glass)
		denied(t, d.SetForwarding(ctx, h.Ben.ID, postroom.Forwarding{Fixed: []string{"own@example.test"}}), glass)
		_, err = d.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "x", Mask: rights.Viewer})
		denied(t, err, "no app password that reads")
		if h.reads("dora", h.Ben) {
			t.Fatal("dora reads ben's mail")
		}
	})
}

// TestOwnersAreTold: what administrators may do to a mailbox, its owner hears,
// however quietly it is done.
func TestOwnersAreTold(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx := t.Context()
		_, admin := h.administrator("dora", postroom.UsualAbilities)
		h.clock.Advance(time.Hour)
		h.told()
		d := admin.Quietly()
		must(t, d.PutGrant(ctx, postroom.Grant{Target: storetest.In(h.Ben, postroom.RootCollection), Grantee: toPerson(h.Cleo), Rights: rights.Viewer}))
		h.news("ben")
		must(t, d.SetForwarding(ctx, h.Ben.ID, postroom.Forwarding{To: []string{"x@outside.test"}}))
		h.news("ben")
		must(t, d.SetForwarding(ctx, h.Ben.ID, postroom.Forwarding{}))
		h.news()
		_, err := d.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "scanner", MaySend: true})
		must(t, err)
		h.news("ben")
		must(t, d.RenameAccount(ctx, h.Ben.ID, "benno@example.test"))
		h.news("benno")
		must(t, h.dir().PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: h.team.ID}, Grantee: toPerson(h.Anna), Right: postroom.Own}))
		h.clock.Advance(time.Hour)
		h.told()
		must(t, d.AddMembers(ctx, h.team.ID, []string{"cleo@example.test"}))
		h.news("anna")
		must(t, d.SetPassword(ctx, h.Ben.ID, "another horse battery"))
		h.news("benno")
		// Nobody is told of their own acts, or of the console's.
		must(t, h.SignIn("anna").Directory().SetForwarding(ctx, h.Anna.ID, postroom.Forwarding{To: []string{"x@outside.test"}}))
		must(t, h.dir().SetForwarding(ctx, h.Cleo.ID, postroom.Forwarding{To: []string{"x@outside.test"}}))
		h.news()
	})
}
