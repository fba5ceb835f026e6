package storetest_test

import (
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// signInBy signs anna in by a protocol.
func signInBy(h *storetest.House, protocol, password string) (*store.Session, error) {
	return login.Authenticate(h.T.Context(), h.Store, login.Credentials{Username: "anna@example.test", Password: password,
		Protocol: protocol, Remote: "192.0.2.1"})
}

// TestPlans: what a plan does not include is refused where it bites, at once.
func TestPlans(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, d := t.Context(), h.Console.Directory()
		p, err := d.Plan(ctx, "default")
		must(t, err)
		if p.Features != postroom.AllFeatures || p.MaxAliases != -1 {
			t.Fatal(p)
		}
		app, err := d.AddAppPassword(ctx, h.Anna.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, MaySend: true})
		must(t, err)
		open, err := signInBy(h, "imap", app)
		must(t, err)
		sends, err := signInBy(h, "smtp", app)
		must(t, err)
		must(t, sends.MaySendTo(ctx, "x@outside.test"))

		set := func(f postroom.Features) {
			t.Helper()
			p.Features = f
			must(t, d.UpdatePlan(ctx, p))
		}
		refused := func(err error, part string) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Fatalf("%v, want a refusal with %q", err, part)
			}
		}
		set(postroom.AllFeatures &^ postroom.UseIMAP)
		_, err = signInBy(h, "imap", app)
		refused(err, "does not include IMAP")
		refused(open.Alive(ctx), "ended")
		must(t, sends.Alive(ctx))

		set(postroom.AllFeatures &^ postroom.UseAppPasswords)
		_, err = signInBy(h, "smtp", app)
		refused(err, "does not include app passwords")
		_, err = d.AddAppPassword(ctx, h.Anna.ID, store.AppPassword{Name: "more"})
		refused(err, "does not include app passwords")

		set(postroom.AllFeatures &^ (postroom.UseSendingOutside | postroom.UseForwardingOutside))
		sends, err = signInBy(h, "smtp", app)
		must(t, err)
		must(t, sends.MaySendTo(ctx, "ben@example.test"))
		refused(sends.MaySendTo(ctx, "x@outside.test"), "outside of the organisation: x@outside.test")
		from, err := sends.Identity(ctx, "anna@example.test")
		must(t, err)
		_, err = from.Submit(ctx, store.Outgoing{Raw: strings.NewReader("Subject: x\r\n\r\n"), Recipients: []store.Recipient{{Address: "x@outside.test"}}})
		refused(err, "outside of the organisation")
		refused(d.SetForwarding(ctx, h.Anna.ID, postroom.Forwarding{To: []string{"x@outside.test"}}), "forwarding outside")
		must(t, d.SetForwarding(ctx, h.Anna.ID, postroom.Forwarding{To: []string{"ben@example.test"}}))

		set(postroom.AllFeatures &^ postroom.UseSending)
		_, err = signInBy(h, "smtp", app)
		refused(err, "does not include sending mail")
		set(postroom.AllFeatures)
		p.MaxAliases, p.MessageBytes = 0, 100
		must(t, d.UpdatePlan(ctx, p))
		refused(d.AddAlias(ctx, postroom.Alias{Address: "a@example.test", Target: postroom.SendTarget{Account: h.Anna.ID}}), "allows 0 aliases")
		_, err = from.Submit(ctx, store.Outgoing{Raw: strings.NewReader("Subject: x\r\n\r\n" + strings.Repeat("x", 200)),
			Recipients: []store.Recipient{{Address: "ben@example.test"}}})
		refused(err, "larger than the 100 bytes")
	})
}

// TestOrganisationLimits: plans by kind, and how much an organisation may have.
func TestOrganisationLimits(t *testing.T) {
	inNoticeHouse(t, func(h *noticeHouse) {
		ctx, d := t.Context(), h.dir()
		desk, err := d.CreatePlan(ctx, postroom.Plan{Org: h.Org.ID, Name: "desk"})
		must(t, err)
		o, err := d.Organisation(ctx, "Example")
		must(t, err)
		o.SharedPlan = desk.ID
		must(t, d.UpdateOrganisation(ctx, o))
		a, err := d.CreateAccount(ctx, store.NewAccount{Address: "desk@example.test", Kind: postroom.Shared})
		must(t, err)
		if a.Plan != desk.ID {
			t.Fatal("a new shared mailbox has another plan")
		}
		must(t, d.ConvertAccount(ctx, h.Cleo.ID, postroom.Shared, 0))
		if a, err = d.AccountByID(ctx, h.Cleo.ID); err != nil || a.Plan != desk.ID {
			t.Fatal(a.Plan, err)
		}
		if err := d.DeletePlan(ctx, desk.ID); postroom.KindOf(err) != postroom.NotEmpty {
			t.Fatal(err)
		}
		o.Limits = postroom.OrgLimits{Accounts: 3, Shared: 0, Domains: 1}
		_, admin := h.administrator("dora", postroom.UsualAbilities)
		denied(t, admin.UpdateOrganisation(ctx, o), "set limits")
		must(t, d.UpdateOrganisation(ctx, o))
		for _, n := range []store.NewAccount{{Address: "x@example.test"}, {Address: "y@example.test", Kind: postroom.Shared}} {
			if _, err := d.CreateAccount(ctx, n); postroom.KindOf(err) != postroom.Limit {
				t.Fatal(n, err)
			}
		}
		if _, err := d.CreateDomain(ctx, h.Org.ID, "more.test"); postroom.KindOf(err) != postroom.Limit {
			t.Fatal(err)
		}
		o.BreakGlass = 0
		must(t, d.UpdateOrganisation(ctx, o))
		must(t, d.SetAdministrator(ctx, h.Ben.ID, postroom.OrgAdmin, postroom.BreakGlass))
		glass := h.SignIn("ben").Directory()
		denied(t, glass.BreakGlass(ctx, h.Anna.ID, 0, h.clock.Now().Add(60e9), "a fire"), "permission denied")
	})
}
