package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func TestIdentity(t *testing.T) { inTown(t, testIdentity) }

func testIdentity(t *testing.T, w *town) {
	ctx := t.Context()
	anna, cleo := w.signIn("anna"), w.signIn("cleo")
	w.sendGrant("info", "info-team", postroom.SendAs)
	allowed := func(s *store.Session, address, sender string, right postroom.SendRight) {
		t.Helper()
		i, err := s.Identity(ctx, address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			return
		}
		if i.Sender != sender || i.Right != right {
			t.Errorf("%s: %+v", address, i)
		}
	}
	refused := func(s *store.Session, address, shown string) {
		t.Helper()
		_, err := s.Identity(ctx, address)
		want := s.Actor().Address + " may not send as " + shown + ": no sendAs or sendOnBehalfOf right"
		if postroom.KindOf(err) != postroom.Denied || postroom.TextOf(err) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	allowed(anna, "anna@example.test", "", 0)
	allowed(anna, `"ANNA"@Example.Test`, "", 0)
	allowed(anna, "anna+list@example.test", "", 0)
	allowed(anna, "info@example.test", "", postroom.SendAs)
	allowed(anna, "info+x@example.test", "", postroom.SendAs)
	refused(anna, "sales@example.test", "sales@example.test")
	refused(anna, "sales+x@example.test", "sales+x@example.test")
	refused(anna, "ben@example.test", "ben@example.test")
	refused(cleo, "INFO@example.test", "info@example.test")
	refused(cleo, "nobody@example.test", "nobody@example.test")
	refused(cleo, "x@outside.test", "x@outside.test")
	refused(cleo, "not an address", "not an address")
	refused(cleo, "info@exаmple.test", "info@xn--exmple-4nf.test") // Cyrillic а

	w.must(w.dir.SetDelegable(ctx, w.send("info"), []string{"sales@example.test"}))
	allowed(anna, "sales@example.test", "", postroom.SendAs)
	refused(anna, "info@example.test", "info@example.test")
	w.must(w.dir.SetDelegable(ctx, w.send("info"), nil))
	allowed(anna, "info@example.test", "", postroom.SendAs)

	w.sendGrant("info", "cleo", postroom.SendOnBehalfOf)
	allowed(cleo, "info@example.test", "cleo@example.test", postroom.SendOnBehalfOf)
	info, err := w.dir.Account(ctx, "info@example.test")
	w.must(err)
	info.Displayed = postroom.ShowSender
	w.must(w.dir.UpdateAccount(ctx, info))
	allowed(anna, "info@example.test", "anna@example.test", postroom.SendAs)
	w.must(w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("anna"), Right: postroom.SendAs,
		Displayed: postroom.HideSender, AddAddresses: []string{"SALES@example.test"}}))
	allowed(anna, "sales@example.test", "", postroom.SendAs)
	wantKind(t, w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("ben"), Right: postroom.SendAs,
		AddAddresses: []string{"cleo@example.test"}}), postroom.Invalid, "is no address of info@example.test")
	wantKind(t, w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("ben"), Right: postroom.SendTo}),
		postroom.Invalid, "is a right on groups")
	wantKind(t, w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: postroom.Grantee{Kind: postroom.GranteePublic},
		Right: postroom.SendAs}), postroom.Invalid, "")
	wantKind(t, w.dir.RemoveSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("cleo"),
		Right: postroom.SendOnBehalfOf, Deny: true}), postroom.NotFound, "no such grant")
	w.must(w.dir.RemoveSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("cleo"), Right: postroom.SendOnBehalfOf}))
	refused(cleo, "info@example.test", "info@example.test")
	if _, err := (&store.Identity{Address: "info@example.test"}).DKIM(ctx); postroom.KindOf(err) != postroom.Denied {
		t.Error("a made-up identity signs", err)
	}
	i, err := anna.Identity(ctx, "anna@example.test")
	w.must(err)
	if dom, err := i.DKIM(ctx); err != nil || !strings.Contains(dom.DKIMKey, "PRIVATE KEY") || dom.DKIMSelector == "" {
		t.Error("no key to sign with", err)
	}
	i.Address = "ben@example.test"
	if _, err := i.DKIM(ctx); postroom.KindOf(err) != postroom.Denied {
		t.Error("an identity changed its address", err)
	}
}

func TestIdentities(t *testing.T) { inTown(t, testIdentities) }

func testIdentities(t *testing.T, w *town) {
	ctx := t.Context()
	w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
	w.sendGrant("info", "info-team", postroom.SendAs)
	addresses := func(s *store.Session) (list []string) {
		t.Helper()
		all, err := s.Identities(ctx)
		w.must(err)
		for _, i := range all {
			list = append(list, i.Address)
		}
		return list
	}
	want := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	anna := w.signIn("anna")
	want(addresses(anna), "anna@example.test", "info@example.test")
	want(addresses(w.signIn("info@example.test*anna@example.test")), "info@example.test", "anna@example.test")
	_, err := anna.Directory().CreateIdentity(ctx, postroom.Identity{Account: w.ids["anna"], Name: "Front desk", Display: "Desk", Address: "info@example.test"})
	w.must(err)
	_, err = anna.Directory().CreateIdentity(ctx, postroom.Identity{Account: w.ids["anna"], Name: "FRONT desk", Address: "info@example.test"})
	wantKind(t, err, postroom.Exists, "")
	_, err = anna.Directory().CreateIdentity(ctx, postroom.Identity{Account: w.ids["ben"], Name: "x", Address: "info@example.test"})
	wantKind(t, err, postroom.Denied, "")
	_, err = anna.Directory().CreateIdentity(ctx, postroom.Identity{Account: w.ids["anna"], Name: "a\r\nBcc: x", Address: "info@example.test"})
	wantKind(t, err, postroom.Invalid, "")
	want(addresses(anna), "info@example.test", "anna@example.test")
	w.must(w.dir.RemoveMembers(ctx, w.groups["info-team"], []string{"anna@example.test"}))
	want(addresses(anna), "anna@example.test")
}

func TestResolve(t *testing.T) { inTown(t, testResolve) }

func testResolve(t *testing.T, w *town) {
	ctx := t.Context()
	d := system.Delivery(w.store)
	w.group("all", "info-team", "info", "cleo", "ext@outside.test")
	if _, err := d.Resolve(ctx, "x@elsewhere.test", "", nil); postroom.KindOf(err) != postroom.Invalid {
		t.Fatal(err)
	}
	route := func(address string) store.Route {
		t.Helper()
		r, err := d.Resolve(ctx, address, "x@outside.test", nil)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		return r
	}
	for _, address := range []string{"info@example.test", "INFO@EXAMPLE.TEST", "sales@example.test", "info+folder@example.test", `"info"@example.test`} {
		if r := route(address); !slices.Equal(r.Accounts, []postroom.AccountID{w.ids["info"]}) || r.Group != 0 {
			t.Errorf("%s: %+v", address, r)
		}
	}
	everybody := []postroom.AccountID{w.ids["anna"], w.ids["ben"], w.ids["cleo"], w.ids["info"]}
	slices.Sort(everybody)
	r := route("all+x@example.test")
	if !slices.Equal(r.Accounts, everybody) || !slices.Equal(r.Outside, []string{"ext@outside.test"}) ||
		r.Group != w.groups["all"] || r.GroupAddress != "all@example.test" {
		t.Errorf("%+v", r)
	}
	fails := func(address, sender string, actor *postroom.Actor, kind postroom.ErrorKind) {
		t.Helper()
		_, err := d.Resolve(ctx, address, sender, actor)
		if postroom.KindOf(err) != kind {
			t.Errorf("%s from %s: %v", address, sender, err)
		}
	}
	fails("nobody@example.test", "", nil, postroom.NotFound)
	fails("nobody+x@example.test", "", nil, postroom.NotFound)
	fails("postmaster@example.test", "", nil, postroom.NotFound)
	fails("garbage", "", nil, postroom.Invalid)

	w.sendGrant("all", "anna", postroom.SendTo)
	anna, cleo := w.signIn("anna").Actor(), w.signIn("cleo").Actor()
	fails("all@example.test", "x@outside.test", nil, postroom.Denied)
	fails("all@example.test", "anna@example.test", nil, postroom.Denied) // says so, did not sign in
	fails("all@example.test", "cleo@example.test", &cleo, postroom.Denied)
	if _, err := d.Resolve(ctx, "all@example.test", "anna@example.test", &anna); err != nil {
		t.Error(err)
	}
	a, err := w.dir.Account(ctx, "cleo@example.test")
	w.must(err)
	a.State = postroom.Locked
	w.must(w.dir.UpdateAccount(ctx, a))
	route("cleo@example.test")
	a.State = postroom.Disabled
	w.must(w.dir.UpdateAccount(ctx, a))
	fails("cleo@example.test", "", nil, postroom.Unavailable)
	r, err = d.Resolve(ctx, "all@example.test", "anna@example.test", &anna)
	if err != nil || slices.Contains(r.Accounts, w.ids["cleo"]) {
		t.Error(r, err)
	}
	for domain, want := range map[string]bool{"example.test": true, "EXAMPLE.test": true, "x.example.test": false} {
		if local, err := d.IsLocal(ctx, domain); err != nil || local != want {
			t.Error(domain, local, err)
		}
	}
}

// TestReportsToGroups: a report goes to the owners of a group, closed or not,
// without any to the administrators, and never to the members.
func TestReportsToGroups(t *testing.T) { inTown(t, testReportsToGroups) }

func testReportsToGroups(t *testing.T, w *town) {
	ctx := t.Context()
	d := system.Delivery(w.store)
	w.group("list", "cleo", "ext@outside.test")
	w.group("owners", "ben", "elsewhere@outside.test")
	w.sendGrant("list", "anna", postroom.SendTo) // closed
	want := func(when string, names ...string) {
		t.Helper()
		r, err := d.Resolve(ctx, "list@example.test", "", nil)
		var ids []postroom.AccountID
		for _, name := range names {
			ids = append(ids, w.ids[name])
		}
		if len(ids) == 0 && postroom.KindOf(err) != postroom.Denied || len(ids) > 0 && err != nil ||
			!slices.Equal(r.Accounts, ids) || len(r.Outside) > 0 || r.Group != 0 {
			t.Errorf("%s: %+v %v", when, r, err)
		}
	}
	want("nobody owns or administers it")
	w.ids["boss"] = w.account(store.NewAccount{Address: "boss@example.test", Admin: postroom.OrgAdmin})
	want("without owners", "boss")
	w.must(w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("list"), Grantee: w.grantee("anna"), Right: postroom.Own,
		Until: w.clock.Now().Add(time.Hour)}))
	want("an owner", "anna")
	w.sendGrant("list", "owners", postroom.Own)
	want("and a group that owns it", "anna", "ben")
	w.must(w.dir.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("list"), Grantee: w.grantee("ben"), Right: postroom.Own, Deny: true}))
	want("one of that group is denied", "anna")
	w.clock.Advance(time.Hour)
	want("expired", "boss")
}

// TestDeliverAndGoOnward: copies are stored and the rest is queued together, or
// neither, so that a sender who tries again makes no second copy.
func TestDeliverAndGoOnward(t *testing.T) { inTown(t, testDeliverAndGoOnward) }

func testDeliverAndGoOnward(t *testing.T, w *town) {
	ctx := t.Context()
	d := system.Delivery(w.store)
	stored := func() (inbox, queued int) {
		t.Helper()
		tree, err := w.dir.CollectionTree(ctx, w.ids["anna"])
		w.must(err)
		for _, c := range tree {
			inbox += c.Total
		}
		list, err := w.dir.QueuedMessages(ctx)
		w.must(err)
		return inbox, len(list)
	}
	to := []store.Recipient{{Address: "ext@outside.test"}}
	onward := store.NewReport{Raw: []byte("Delivered-To: list@example.test\r\n\r\nx"), Recipients: to}
	a := store.Arrival{Raw: []byte("Subject: x\r\n\r\nx"), Copies: []store.ArrivalCopy{{Account: w.ids["anna"]}},
		Onward: []store.NewReport{onward, {Raw: onward.Raw}}}
	wantKind(t, d.Deliver(ctx, a), postroom.Invalid, "no recipients")
	if inbox, queued := stored(); inbox != 0 || queued != 0 {
		t.Errorf("half of it was done: %d stored, %d queued", inbox, queued)
	}
	a.Onward = a.Onward[:1]
	w.must(d.Deliver(ctx, a))
	if inbox, queued := stored(); inbox != 1 || queued != 1 {
		t.Errorf("%d stored, %d queued", inbox, queued)
	}
	a.Copies = nil
	w.must(d.Deliver(ctx, a))
	a.Onward = nil
	wantKind(t, d.Deliver(ctx, a), postroom.NotFound, "no such user")
	if inbox, queued := stored(); inbox != 1 || queued != 2 {
		t.Errorf("%d stored, %d queued", inbox, queued)
	}
}

func TestAudit(t *testing.T) { inTown(t, testAudit) }

func testAudit(t *testing.T, w *town) {
	ctx := t.Context()
	w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
	w.signIn("info@example.test*anna@example.test")
	_, err := w.dir.AddAppPassword(ctx, w.ids["anna"], store.AppPassword{Name: "forged line 2026", Mask: postroom.AllRights})
	w.must(err)
	n, err := w.dir.VerifyAudit(ctx)
	if err != nil || n < 8 {
		t.Fatal(n, err)
	}
	records, err := w.dir.AuditRecords(ctx, store.AuditFilter{Action: "session."})
	if err != nil || len(records) != 1 {
		t.Fatal(records, err)
	}
	r := records[0]
	if r.Action != "session.open" || r.Actor.Address != "anna@example.test" || r.TargetAddress != "info@example.test" ||
		r.Actor.Protocol != "imap" || r.Actor.Remote != "192.0.2.7" || r.Actor.Credential != "password" || !r.At.Equal(w.clock.Now()) {
		t.Fatalf("%+v", r)
	}
	records, err = w.dir.AuditRecords(ctx, store.AuditFilter{Target: w.ids["info"], Action: "grant.add", From: w.clock.Now().Add(-time.Hour)})
	if err != nil || len(records) != 1 || records[0].Collection != "/" || records[0].Details["grantee"] != "info-team@example.test" {
		t.Fatal(records, err)
	}
	_, err = w.signIn("anna").Directory().AuditRecords(ctx, store.AuditFilter{})
	wantKind(t, err, postroom.Denied, "")
	if err := w.store.TamperForTest(ctx, `UPDATE audit SET details = '{"grantee":"x"}' WHERE action = 'grant.add'`); err != nil {
		t.Fatal(err)
	}
	_, err = w.dir.VerifyAudit(ctx)
	wantKind(t, err, postroom.Invalid, "does not fit the chain")
	// The end cut off is seen as well.
	w.must(w.store.TamperForTest(ctx, `DELETE FROM audit WHERE seq > 3`))
	_, err = w.dir.VerifyAudit(ctx)
	wantKind(t, err, postroom.Invalid, "ends at record 3")
	w.must(w.store.TamperForTest(ctx, `DELETE FROM audit`))
	w.must(w.store.TamperForTest(ctx, `UPDATE audit_head SET seq = 0, hash = ''`))
}

func TestAccess(t *testing.T) { inTown(t, testAccess) }

func testAccess(t *testing.T, w *town) {
	ctx := t.Context()
	w.group("outer", "info-team")
	w.grant("info", postroom.RootCollection, "outer", rights.Viewer)
	w.grant("info", postroom.InboxCollection, "ben", rights.Manager)
	w.sendGrant("info", "info-team", postroom.SendAs)
	w.sendGrant("info-team", "cleo", postroom.Own)
	explain := func(user, target, path, action string, want bool) string {
		t.Helper()
		a, err := w.dir.ExplainAccess(ctx, user, target, path, action)
		if err != nil || a.Allowed != want {
			t.Errorf("%s %s:%s %s: %v %v\n%s", user, target, path, action, a.Allowed, err, a.Text)
		}
		return a.Text
	}
	text := explain("anna@example.test", "info@example.test", "/inbox", "r", true)
	for _, part := range []string{"outer@example.test", "info-team@example.test", "/"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %s in\n%s", part, text)
		}
	}
	explain("anna@example.test", "info@example.test", "/inbox", "delete", false)
	explain("ben@example.test", "info@example.test", "/inbox", "d", true)
	explain("cleo@example.test", "info@example.test", "", "read", false)
	explain("anna@example.test", "info@example.test", "", "sendAs", true)
	explain("anna@example.test", "sales@example.test", "", "sendAs", false)
	explain("cleo@example.test", "info-team@example.test", "", "own", true)
	_, err := w.dir.ExplainAccess(ctx, "anna@example.test", "info@example.test", "", "q")
	wantKind(t, err, postroom.Invalid, "unknown action: q")
	_, err = w.signIn("cleo").Directory().ExplainAccess(ctx, "anna@example.test", "info@example.test", "", "r")
	wantKind(t, err, postroom.Denied, "")

	who, err := w.dir.WhoHasAccess(ctx, "info@example.test")
	w.must(err)
	var lines []string
	for _, h := range who {
		lines = append(lines, h.Account.Address+" "+h.Collection+" "+rights.Zimbra(h.Rights)+" "+strings.Join(h.Send, ","))
	}
	want := []string{"anna@example.test / r sendAs,sendOnBehalfOf", "ben@example.test / r sendAs,sendOnBehalfOf", "ben@example.test /Inbox rwidx "}
	if !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	what, err := w.signIn("cleo").Directory().WhatAccess(ctx, "cleo@example.test")
	if err != nil || len(what) != 1 || what[0].Account.Address != "info-team@example.test" || what[0].Send[0] != "own" {
		t.Error(what, err)
	}
	_, err = w.signIn("cleo").Directory().WhatAccess(ctx, "anna@example.test")
	wantKind(t, err, postroom.Denied, "")
}
