package store_test

import (
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// town is an organisation with people, made anew for a test.
type town struct {
	t       testing.TB
	store   *store.Store
	console *store.Session
	dir     *store.Directory
	org     postroom.Organisation
	clock   *storetest.Clock
	ids     map[string]postroom.AccountID
	groups  map[string]postroom.GroupID
	plan    postroom.PlanID // nobody has it
	count   int
	review  int64 // begun last
	seer    *store.Session
}

const password = "correct horse battery"

// inTown runs a test on both databases, in example.test with anna, ben and
// cleo, the shared account info with the alias sales, and the group info-team
// of anna and ben.
func inTown(t *testing.T, test func(*testing.T, *town)) {
	clock := storetest.NewClock(time.Now().Truncate(time.Second))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		test(t, newTown(t, s, clock))
	})
}

func newTown(t testing.TB, s *store.Store, clock *storetest.Clock) *town {
	w := &town{t: t, store: s, clock: clock, console: system.Console(s), ids: map[string]postroom.AccountID{}, groups: map[string]postroom.GroupID{}}
	w.dir = w.console.Directory()
	var err error
	w.org, err = w.dir.CreateOrganisation(t.Context(), "Example")
	w.must(err)
	_, err = w.dir.CreateDomain(t.Context(), w.org.ID, "example.test")
	w.must(err)
	for _, name := range []string{"anna", "ben", "cleo"} {
		w.person(name)
	}
	w.account(store.NewAccount{Address: "info@example.test", Name: "Information", Kind: postroom.Shared})
	w.must(w.dir.AddAlias(t.Context(), postroom.Alias{Address: "sales@example.test", Target: w.send("info")}))
	w.group("info-team", "anna", "ben")
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) account(n store.NewAccount) postroom.AccountID {
	w.t.Helper()
	a, err := w.dir.CreateAccount(w.t.Context(), n)
	w.must(err)
	w.ids[strings.TrimSuffix(n.Address, "@example.test")] = a.ID
	return a.ID
}

func (w *town) person(name string) postroom.AccountID {
	w.t.Helper()
	return w.account(store.NewAccount{Address: name + "@example.test", Name: strings.ToUpper(name[:1]) + name[1:], Password: password})
}

func (w *town) group(name string, members ...string) postroom.GroupID {
	w.t.Helper()
	g, err := w.dir.CreateGroup(w.t.Context(), postroom.Group{Address: name + "@example.test"})
	w.must(err)
	w.groups[name] = g.ID
	for i, m := range members {
		if !strings.Contains(m, "@") {
			members[i] = m + "@example.test"
		}
	}
	w.must(w.dir.AddMembers(w.t.Context(), g.ID, members))
	return g.ID
}

func (w *town) send(name string) postroom.SendTarget {
	if g, ok := w.groups[name]; ok {
		return postroom.SendTarget{Group: g}
	}
	return postroom.SendTarget{Account: w.ids[name]}
}

func (w *town) grantee(name string) postroom.Grantee {
	if g, ok := w.groups[name]; ok {
		return postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(g)}
	}
	return postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(w.ids[name])}
}

func (w *town) grant(owner string, c postroom.CollectionID, grantee string, r postroom.Rights) {
	w.t.Helper()
	w.must(w.dir.PutGrant(w.t.Context(), postroom.Grant{Target: postroom.CollectionRef{Account: w.ids[owner], Collection: c},
		Grantee: w.grantee(grantee), Rights: r}))
}

func (w *town) sendGrant(target, grantee string, r postroom.SendRight) {
	w.t.Helper()
	w.must(w.dir.PutSendGrant(w.t.Context(), postroom.SendGrant{Target: w.send(target), Grantee: w.grantee(grantee), Right: r}))
}

func (w *town) signIn(user string) *store.Session {
	w.t.Helper()
	s, err := w.trySignIn(user, password)
	w.must(err)
	return s
}

func (w *town) trySignIn(user, pass string) (*store.Session, error) {
	if !strings.Contains(user, "@") {
		user += "@example.test"
	}
	return login.Authenticate(w.t.Context(), w.store, login.Credentials{Username: user, Password: pass, Protocol: "imap", Remote: "192.0.2.7"})
}

func (w *town) rightsOf(s *store.Session, owner string, c postroom.CollectionID) postroom.Rights {
	w.t.Helper()
	r, err := s.MyRights(w.t.Context(), postroom.CollectionRef{Account: w.ids[owner], Collection: c})
	if err != nil && postroom.KindOf(err) != postroom.NotFound {
		w.t.Fatal(err)
	}
	return r
}

func wantKind(t *testing.T, err error, kind postroom.ErrorKind, text string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", kind)
	}
	if postroom.KindOf(err) != kind || !strings.Contains(postroom.TextOf(err), text) {
		t.Fatalf("%v (%v), want %v with %q", err, postroom.KindOf(err), kind, text)
	}
}

// TestGroupGivesAndTakes is the main job: rights through a group hold for open
// sessions and end with the membership.
func TestGroupGivesAndTakes(t *testing.T) { inTown(t, testGroupGivesAndTakes) }

func testGroupGivesAndTakes(t *testing.T, w *town) {
	ben := w.signIn("ben")
	if r := w.rightsOf(ben, "info", postroom.InboxCollection); r != 0 {
		t.Fatal("rights before any grant", r)
	}
	w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
	w.sendGrant("info", "info-team", postroom.SendAs)
	if r := w.rightsOf(ben, "info", postroom.InboxCollection); r != rights.Manager {
		t.Fatal("rights through the group:", rights.Zimbra(r))
	}
	if _, err := ben.Identity(t.Context(), "info@example.test"); err != nil {
		t.Fatal(err)
	}
	w.must(w.dir.RemoveMembers(t.Context(), w.groups["info-team"], []string{"ben@example.test"}))
	if r := w.rightsOf(ben, "info", postroom.InboxCollection); r != 0 {
		t.Fatal("rights after leaving:", rights.Zimbra(r))
	}
	_, err := ben.Identity(t.Context(), "info@example.test")
	wantKind(t, err, postroom.Denied, "ben@example.test may not send as info@example.test: no sendAs or sendOnBehalfOf right")
	if r := w.rightsOf(w.signIn("anna"), "info", postroom.SentCollection); r != rights.Manager {
		t.Fatal("anna lost hers:", rights.Zimbra(r))
	}
}

func TestNestedGroupsAndBlocks(t *testing.T) { inTown(t, testNestedGroupsAndBlocks) }

func testNestedGroupsAndBlocks(t *testing.T, w *town) {
	w.group("outer", "info-team")
	w.grant("info", postroom.RootCollection, "outer", rights.Viewer)
	ben := w.signIn("ben")
	if r := w.rightsOf(ben, "info", postroom.InboxCollection); r != rights.Viewer {
		t.Fatal(rights.Zimbra(r))
	}
	err := w.dir.AddMembers(t.Context(), w.groups["info-team"], []string{"outer@example.test"})
	wantKind(t, err, postroom.Invalid, "cannot be a member of itself")
	err = w.dir.AddMembers(t.Context(), w.groups["outer"], []string{"outer@example.test"})
	wantKind(t, err, postroom.Invalid, "cannot be a member of itself")
	w.grant("info", postroom.InboxCollection, "ben", postroom.NoRights)
	if r := w.rightsOf(ben, "info", postroom.InboxCollection); r != 0 {
		t.Fatal("blocked, but", rights.Zimbra(r))
	}
	if r := w.rightsOf(ben, "info", postroom.SentCollection); r != rights.Viewer {
		t.Fatal("block reaches too far")
	}
	w.must(w.dir.RemoveMembers(t.Context(), w.groups["outer"], []string{"info-team@example.test"}))
	if r := w.rightsOf(ben, "info", postroom.SentCollection); r != 0 {
		t.Fatal("rights outlive the nesting")
	}
}

func TestStatesTakeRights(t *testing.T) { inTown(t, testStatesTakeRights) }

func testStatesTakeRights(t *testing.T, w *town) {
	w.grant("info", postroom.RootCollection, "anna", rights.Manager)
	anna := w.signIn("anna")
	a, err := w.dir.Account(t.Context(), "anna@example.test")
	w.must(err)
	a.State = postroom.Invited
	wantKind(t, w.dir.UpdateAccount(t.Context(), a), postroom.Invalid, "only a new account is invited")
	for _, state := range []postroom.AccountState{postroom.Locked, postroom.Disabled} {
		a.State = state
		w.must(w.dir.UpdateAccount(t.Context(), a))
		for _, owner := range []string{"info", "anna"} {
			if r := w.rightsOf(anna, owner, postroom.InboxCollection); r != 0 {
				t.Errorf("%v has %v on %s", state, rights.Zimbra(r), owner)
			}
		}
		_, err := w.trySignIn("anna", password)
		wantKind(t, err, postroom.SignInDisabled, "")
		_, err = anna.Identity(t.Context(), "anna@example.test")
		wantKind(t, err, postroom.Denied, "may not send as")
		_, err = anna.Directory().Accounts(t.Context(), "")
		wantKind(t, err, postroom.Denied, "")
	}
	a.State = postroom.Active
	w.must(w.dir.UpdateAccount(t.Context(), a))
	if r := w.rightsOf(anna, "info", postroom.InboxCollection); r != rights.Manager {
		t.Error("not back")
	}
	w.must(w.dir.DeleteAccount(t.Context(), a.ID))
	if r := w.rightsOf(anna, "anna", postroom.InboxCollection); r != 0 {
		t.Error("the deleted have rights")
	}
	// A name used again inherits nothing.
	w.person("anna")
	if r := w.rightsOf(w.signIn("anna"), "info", postroom.InboxCollection); r != 0 {
		t.Error("the name inherited", rights.Zimbra(r))
	}
}

func TestExpiry(t *testing.T) { inTown(t, testExpiry) }

func testExpiry(t *testing.T, w *town) {
	g := postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection},
		Grantee: w.grantee("cleo"), Rights: rights.Viewer, Until: w.clock.Now().Add(time.Hour)}
	w.must(w.dir.PutGrant(t.Context(), g))
	cleo := w.signIn("cleo")
	if r := w.rightsOf(cleo, "info", postroom.InboxCollection); r != rights.Viewer {
		t.Fatal(r)
	}
	w.clock.Advance(time.Hour)
	if r := w.rightsOf(cleo, "info", postroom.InboxCollection); r != 0 {
		t.Fatal("expired, but", rights.Zimbra(r))
	}
	wantKind(t, w.dir.PutGrant(t.Context(), g), postroom.Invalid, "time is in the past")
}

func TestGrantErrors(t *testing.T) { inTown(t, testGrantErrors) }

func testGrantErrors(t *testing.T, w *town) {
	ctx := t.Context()
	root := postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection}
	g := postroom.Grant{Target: root, Grantee: w.grantee("info-team"), Rights: rights.Manager}
	w.must(w.dir.PutGrant(ctx, g))
	wantKind(t, w.dir.PutGrant(ctx, g), postroom.Exists, "already there")
	g.Rights = rights.Viewer
	w.must(w.dir.PutGrant(ctx, g))
	entries, err := w.dir.Grants(ctx, root)
	w.must(err)
	if len(entries) != 1 || entries[0].Rights != rights.Viewer || entries[0].Name != "info-team@example.test" || entries[0].Mode != postroom.Automount {
		t.Fatalf("%+v", entries)
	}
	g.Grantee = w.grantee("info")
	wantKind(t, w.dir.PutGrant(ctx, g), postroom.Invalid, "is the owner")
	a, err := w.dir.CreateAccount(ctx, store.NewAccount{Address: "dora@example.test", Invite: store.SendInvitation})
	w.must(err)
	g.Grantee.ID = int64(a.ID)
	wantKind(t, w.dir.PutGrant(ctx, g), postroom.Invalid, "invitation must be accepted first")
	w.must(w.dir.AcceptInvitation(ctx, a.ID))
	w.must(w.dir.PutGrant(ctx, g))
	g.Grantee.ID = 1 << 40
	wantKind(t, w.dir.PutGrant(ctx, g), postroom.NotFound, "no such")
	wantKind(t, w.dir.RemoveGrant(ctx, root, w.grantee("cleo"), store.Positive), postroom.NotFound, "no such grant")
	_, err = w.dir.FindGrantee(ctx, w.ids["info"], "nobody@example.test")
	wantKind(t, err, postroom.NotFound, "no such account: nobody@example.test")
	_, err = w.dir.FindGrantee(ctx, w.ids["info"], "guest:nobody@example.test")
	wantKind(t, err, postroom.Invalid, "not a guest")
	for word, kind := range map[string]postroom.GranteeKind{"cleo@EXAMPLE.test": postroom.GranteeAccount, "sales@example.test": postroom.GranteeAccount,
		"info-team@example.test": postroom.GranteeGroup, "domain:example.test": postroom.GranteeDomain, "plan:default": postroom.GranteePlan,
		"org": postroom.GranteeOrg, "all": postroom.GranteeAll, "public": postroom.GranteePublic, "guest:x@outside.test": postroom.GranteeGuest} {
		g, err := w.dir.FindGrantee(ctx, w.ids["info"], word)
		if err != nil || g.Kind != kind {
			t.Errorf("%s: %v %v", word, g, err)
		}
		name, err := w.dir.GranteeName(ctx, g)
		if err != nil || word != name && kind > postroom.GranteeGroup {
			t.Errorf("%s: name %q %v", word, name, err)
		}
		w.must(w.dir.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["ben"], Collection: 2}, Grantee: g, Rights: rights.Viewer, Mode: postroom.Offer}))
	}
}

// TestDeleteTakesGrants: everything to and on what is deleted goes with it.
func TestDeleteTakesGrants(t *testing.T) { inTown(t, testDeleteTakesGrants) }

func testDeleteTakesGrants(t *testing.T, w *town) {
	ctx := t.Context()
	w.grant("info", postroom.RootCollection, "info-team", rights.Viewer)
	w.grant("anna", postroom.InboxCollection, "cleo", rights.Viewer)
	w.sendGrant("info", "info-team", postroom.SendAs)
	w.sendGrant("info-team", "cleo", postroom.Own)
	w.must(w.dir.DeleteGroup(ctx, w.groups["info-team"]))
	entries, err := w.dir.Grants(ctx, postroom.CollectionRef{Account: w.ids["info"]})
	if err != nil || len(entries) != 0 {
		t.Fatal(entries, err)
	}
	send, err := w.dir.SendGrants(ctx, postroom.SendTarget{})
	if err != nil || len(send) != 0 {
		t.Fatal(send, err)
	}
	cleo := w.signIn("cleo")
	w.must(w.dir.DeleteAccount(ctx, w.ids["anna"]))
	if r := w.rightsOf(cleo, "anna", postroom.InboxCollection); r != 0 {
		t.Fatal("rights on a deleted account")
	}
	_, err = w.dir.Account(ctx, "anna@example.test")
	wantKind(t, err, postroom.NotFound, "no such account: anna@example.test")
	wantKind(t, w.dir.DeleteDomain(ctx, 1), postroom.NotFound, "")
	dom, err := w.dir.Domain(ctx, "example.test")
	w.must(err)
	wantKind(t, w.dir.DeleteDomain(ctx, dom.ID), postroom.NotEmpty, "")
	wantKind(t, w.dir.DeleteOrganisation(ctx, w.org.ID), postroom.NotEmpty, "")
}

// TestOrganisationsDoNotLeak: somebody of another organisation finds nothing.
func TestOrganisationsDoNotLeak(t *testing.T) { inTown(t, testOrganisationsDoNotLeak) }

func testOrganisationsDoNotLeak(t *testing.T, w *town) {
	ctx := t.Context()
	other, err := w.dir.CreateOrganisation(ctx, "Other")
	w.must(err)
	_, err = w.dir.CreateDomain(ctx, other.ID, "other.test")
	w.must(err)
	boss, err := w.dir.CreateAccount(ctx, store.NewAccount{Address: "boss@other.test", Password: password, Admin: postroom.OrgAdmin})
	w.must(err)
	w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
	d := w.signIn("boss@other.test").Directory()
	_, err = d.Account(ctx, "anna@example.test")
	wantKind(t, err, postroom.NotFound, "no such account")
	_, err = d.AccountByID(ctx, w.ids["anna"])
	wantKind(t, err, postroom.NotFound, "")
	_, err = d.Group(ctx, "info-team@example.test")
	wantKind(t, err, postroom.NotFound, "")
	_, err = d.Domain(ctx, "example.test")
	wantKind(t, err, postroom.NotFound, "")
	_, err = d.Organisation(ctx, "Example")
	wantKind(t, err, postroom.NotFound, "")
	all, err := d.Accounts(ctx, "")
	if err != nil || len(all) != 1 || all[0].ID != boss.ID {
		t.Fatal(all, err)
	}
	groups, err := d.Groups(ctx, "")
	if err != nil || len(groups) != 0 {
		t.Fatal(groups, err)
	}
	_, err = d.Grants(ctx, postroom.CollectionRef{Account: w.ids["info"]})
	wantKind(t, err, postroom.NotFound, "")
	wantKind(t, d.DeleteAccount(ctx, w.ids["anna"]), postroom.NotFound, "")
	wantKind(t, d.AddMembers(ctx, w.groups["info-team"], []string{"boss@other.test"}), postroom.NotFound, "")
	// The console itself cannot grant across.
	err = w.dir.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: 1},
		Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(boss.ID)}, Rights: rights.Viewer})
	wantKind(t, err, postroom.NotFound, "")
	_, err = w.dir.FindGrantee(ctx, w.ids["info"], "boss@other.test")
	wantKind(t, err, postroom.NotFound, "")
}

func TestDirectoryNeedsAuthority(t *testing.T) { inTown(t, testDirectoryNeedsAuthority) }

func testDirectoryNeedsAuthority(t *testing.T, w *town) {
	ctx := t.Context()
	anna := w.signIn("anna")
	d := anna.Directory()
	_, err := d.CreateOrganisation(ctx, "Mine")
	wantKind(t, err, postroom.Denied, "")
	_, err = d.CreateDomain(ctx, w.org.ID, "mine.test")
	wantKind(t, err, postroom.Denied, "")
	_, err = d.CreateAccount(ctx, store.NewAccount{Address: "x@example.test"})
	wantKind(t, err, postroom.Denied, "")
	_, err = d.CreateGroup(ctx, postroom.Group{Address: "x@example.test"})
	wantKind(t, err, postroom.Denied, "")
	wantKind(t, d.AddMembers(ctx, w.groups["info-team"], []string{"cleo@example.test"}), postroom.Denied, "")
	wantKind(t, d.SetPassword(ctx, w.ids["ben"], "x"), postroom.Denied, "")
	wantKind(t, d.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info"), Grantee: w.grantee("anna"), Right: postroom.SendAs}), postroom.Denied, "")
	wantKind(t, d.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: 1},
		Grantee: w.grantee("anna"), Rights: rights.Viewer}), postroom.NotFound, "")
	w.must(d.PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["anna"], Collection: 2},
		Grantee: w.grantee("cleo"), Rights: rights.Viewer}))
	self, err := d.Account(ctx, "anna@example.test")
	w.must(err)
	self.Settings = map[string]string{"zimbraPrefReplyToAddress": "anna@example.test"}
	w.must(d.UpdateAccount(ctx, self))
	self.Admin = postroom.ServerAdmin
	wantKind(t, d.UpdateAccount(ctx, self), postroom.Denied, "")
	other, err := d.Account(ctx, "ben@example.test")
	if err != nil || other.Settings != nil || other.Plan != 0 {
		t.Fatal(other, err)
	}
	dom, err := d.Domain(ctx, "example.test")
	if err != nil || dom.DKIMKey != "" {
		t.Fatal("a person gets the signing key", err)
	}
	// The owner of a group manages it.
	w.sendGrant("info-team", "anna", postroom.Own)
	w.must(d.AddMembers(ctx, w.groups["info-team"], []string{"cleo@example.test", "x@outside.test"}))
	w.must(d.PutSendGrant(ctx, postroom.SendGrant{Target: w.send("info-team"), Grantee: w.grantee("ben"), Right: postroom.SendTo}))
	wantKind(t, d.DeleteGroup(ctx, w.groups["info-team"]), postroom.Denied, "")
	// Organisation administrators read no mail.
	a, err := w.dir.Account(ctx, "cleo@example.test")
	w.must(err)
	a.Admin = postroom.ServerAdmin
	w.must(w.dir.UpdateAccount(ctx, a))
	cleo := w.signIn("cleo")
	if r := w.rightsOf(cleo, "info", postroom.InboxCollection); r != 0 {
		t.Fatal("an administrator reads mail")
	}
	w.must(cleo.Directory().PutGrant(ctx, postroom.Grant{Target: postroom.CollectionRef{Account: w.ids["info"], Collection: 1},
		Grantee: w.grantee("ben"), Rights: rights.Viewer}))
}
