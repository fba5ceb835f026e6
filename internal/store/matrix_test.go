package store_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
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

// update writes the golden files anew: go test -run Matrix -update.
var update = flag.Bool("update", false, "write the golden files")

// cell is one try: a session before a fresh mailbox with one message.
type cell struct {
	ctx  context.Context
	s    *store.Session
	ref  postroom.CollectionRef // the mailbox, in info@
	path string
	own  postroom.CollectionRef // of the actor, may be the zero one
	w    *town
}

func (c cell) open() (*store.Mailbox, error) { return c.s.Mailbox(c.ctx, c.ref, store.ReadWrite) }

// on runs an operation of a mailbox on its only message.
func on(fn func(c cell, m *store.Mailbox, uids []postroom.UID) error) func(cell) error {
	return func(c cell) error {
		m, err := c.open()
		if err != nil {
			return err
		}
		return fn(c, m, []postroom.UID{1})
	}
}

func flags(op store.FlagOp, f postroom.Flags, keywords string) func(cell) error {
	return on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.ChangeFlags(c.ctx, uids, store.FlagChange{Op: op, Flags: f, Keywords: keywords, UnchangedSince: -1})
		return err
	})
}

func annotate(entry string) func(cell) error {
	return func(c cell) error {
		return c.s.Annotate(c.ctx, c.ref, []store.Annotation{{Entry: entry, Value: []byte("x")}})
	}
}

// mailOperations are the rows: "Type.Method what".
var mailOperations = []struct {
	name string
	try  func(cell) error
}{
	{"Session.Resolve", func(c cell) error { _, err := c.s.Resolve(c.ctx, "info@example.test", c.path); return err }},
	{"Session.Mailbox", func(c cell) error { _, err := c.open(); return err }},
	{"Session.Open", func(c cell) error {
		o, err := c.s.Open(c.ctx, "info@example.test", c.path, store.ReadWrite, nil)
		if err == nil {
			o.Watch.Close()
		}
		return err
	}},
	{"Session.Target", func(c cell) error {
		_, err := c.s.Target(c.ctx, "info@example.test", c.path, nil)
		return err
	}},
	{"Session.MyRights", func(c cell) error { _, err := c.s.MyRights(c.ctx, c.ref); return err }},
	{"Session.ACL", func(c cell) error { _, err := c.s.ACL(c.ctx, c.ref); return err }},
	{"Session.Quota", func(c cell) error { _, err := c.s.Quota(c.ctx, c.ref); return err }},
	{"Session.CreateCollection", func(c cell) error {
		_, err := c.s.CreateCollection(c.ctx, "info@example.test", c.path+"/child", store.NewCollection{})
		return err
	}},
	{"Session.RenameCollection", func(c cell) error { return c.s.RenameCollection(c.ctx, c.ref, c.path+"x") }},
	{"Session.DeleteCollection", func(c cell) error { return c.s.DeleteCollection(c.ctx, c.ref) }},
	{"Mailbox.View", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error { _, err := m.View(c.ctx); return err })},
	{"Mailbox.Status", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error { _, _, err := m.Status(c.ctx); return err })},
	{"Mailbox.Fetch", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		for _, err := range m.Fetch(c.ctx, uids) {
			return err
		}
		return nil
	})},
	{"Mailbox.Traits", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error { _, err := m.Traits(c.ctx); return err })},
	{"Mailbox.Open", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		content, err := m.Open(c.ctx, uids[0])
		if err == nil {
			content.Close()
		}
		return err
	})},
	{"Mailbox.Contents", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		for _, err := range m.Contents(c.ctx, uids) {
			return err
		}
		return nil
	})},
	{"Mailbox.BeginReading", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error { return m.BeginReading(c.ctx, uids)() })},
	{"Mailbox.SearchText", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.SearchText(c.ctx, store.Anywhere, "x", uids)
		return err
	})},
	{"Mailbox.SearchFuzzy", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.SearchFuzzy(c.ctx, store.Anywhere, "x", uids)
		return err
	})},
	{"Mailbox.SearchHeader", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.SearchHeader(c.ctx, "X-Other", "x", uids)
		return err
	})},
	{"Mailbox.Vanished", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error { _, err := m.Vanished(c.ctx, 1); return err })},
	{"Mailbox.Append", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error {
		_, err := m.Append(c.ctx, []store.NewMessage{{Raw: strings.NewReader("Subject: x\r\n\r\nx\r\n"), Size: 17}})
		return err
	})},
	{"Mailbox.ChangeFlags seen", flags(store.AddFlags, postroom.FlagSeen, "")},
	{"Mailbox.ChangeFlags flagged", flags(store.AddFlags, postroom.FlagFlagged, "")},
	{"Mailbox.ChangeFlags keyword", flags(store.AddFlags, 0, "$label1")},
	{"Mailbox.ChangeFlags deleted", flags(store.RemoveFlags, postroom.FlagDeleted, "")},
	{"Mailbox.Copy from it", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.Copy(c.ctx, uids, c.own)
		return err
	})},
	{"Mailbox.Copy to it", func(c cell) error {
		m, err := c.s.Mailbox(c.ctx, c.own, store.ReadWrite)
		if err == nil {
			_, err = m.Copy(c.ctx, []postroom.UID{1}, c.ref)
		}
		return err
	}},
	{"Mailbox.Move from it", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.Move(c.ctx, uids, c.own)
		return err
	})},
	{"Mailbox.Move to the owner's Trash", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.Move(c.ctx, uids, postroom.CollectionRef{Account: c.ref.Account, Collection: postroom.TrashCollection})
		return err
	})},
	{"Mailbox.Expunge", on(func(c cell, m *store.Mailbox, _ []postroom.UID) error { _, err := m.Expunge(c.ctx, nil); return err })},
	{"Mailbox.Replace", on(func(c cell, m *store.Mailbox, uids []postroom.UID) error {
		_, err := m.Replace(c.ctx, uids[0], m, store.NewMessage{Raw: strings.NewReader("Subject: x\r\n\r\nx\r\n"), Size: 17})
		return err
	})},
	{"Session.Annotations", func(c cell) error { _, err := c.s.Annotations(c.ctx, c.ref); return err }},
	{"Session.AnnotationsChanged", func(c cell) error { _, _, err := c.s.AnnotationsChanged(c.ctx, c.ref, 0); return err }},
	{"Session.Annotate private", annotate("/private/comment")},
	{"Session.Annotate shared", annotate("/shared/comment")},
	{"Directory.PutGrant", func(c cell) error {
		return c.s.Directory().PutGrant(c.ctx, postroom.Grant{Target: c.ref, Grantee: c.w.grantee("ben"), Rights: rights.Viewer})
	}},
	{"Directory.RemoveGrant", func(c cell) error {
		return c.s.Directory().RemoveGrant(c.ctx, c.ref, postroom.Grantee{Kind: postroom.GranteePlan, ID: int64(c.w.plan)}, store.Positive)
	}},
	{"Directory.OutOfOffice", func(c cell) error { _, err := c.s.Directory().OutOfOffice(c.ctx, c.ref.Account); return err }},
	{"Directory.SetOutOfOffice", func(c cell) error {
		return c.s.Directory().SetOutOfOffice(c.ctx, c.ref.Account, postroom.OutOfOffice{})
	}},
	{"Directory.Forwarding", func(c cell) error { _, err := c.s.Directory().Forwarding(c.ctx, c.ref.Account); return err }},
	{"Directory.SetForwarding", func(c cell) error {
		return c.s.Directory().SetForwarding(c.ctx, c.ref.Account, postroom.Forwarding{})
	}},
	{"Directory.CreateCollection", func(c cell) error {
		_, err := c.s.Directory().CreateCollection(c.ctx, c.ref.Account, c.path+"/made")
		return err
	}},
	{"Directory.SetInherit", func(c cell) error { return c.s.Directory().SetInherit(c.ctx, c.ref, store.Inherits) }},
	{"Directory.SetSeen", func(c cell) error { return c.s.Directory().SetSeen(c.ctx, c.ref, postroom.SeenPerUser) }},
	{"Directory.Grants", func(c cell) error { _, err := c.s.Directory().Grants(c.ctx, c.ref); return err }},
	{"Directory.FindCollection", func(c cell) error {
		_, err := c.s.Directory().FindCollection(c.ctx, "info@example.test", c.path)
		return err
	}},
}

// withoutTarget are the methods that speak of no collection: they need no
// right on one, or are rows of the directory's matrix.
var withoutTarget = []string{"Session.Directory", "Session.Identity", "Session.Identities", "Session.Actor", "Session.Home",
	"Session.Collections", "Session.AccountInReach", "Session.VisibleAccounts", "Session.Mail", "Session.MailAccounts",
	"Mail.Account", "Mail.Upload", "Mail.OpenUpload", "Session.ActingFor", "Session.SetSubscribed", "Session.Subscriptions",
	"Session.MailStates", "Session.EndPresence", "Session.ColleaguesMark", "Session.AddressBook", "Session.Moves", "Session.ShareNotifications", "Session.ShareNotificationsChanged",
	"Session.DismissShareNotification", "Session.PushSubscriptions", "Session.AddPushSubscription", "Session.ChangePushSubscription",
	"Session.RemovePushSubscription", "Session.Watch", "Session.WatchLife", "Session.Alive", "Session.MaySendTo", "Session.PasswordIsOneTime", "Mailbox.Ref",
	"Directory.SimulateWithin"} // of the tests alone

// TestMatrixIsComplete: a new method of a handle needs a row.
func TestMatrixIsComplete(t *testing.T) {
	known := make(map[string]bool)
	for _, name := range withoutTarget {
		known[name] = true
	}
	for _, op := range slices.Concat(mailOperations, workOperations, submissionOperations, emailOperations) {
		known[strings.Fields(op.name)[0]] = true
	}
	for _, op := range directoryOperations {
		known["Directory."+strings.Fields(op.name)[0]] = true
	}
	for _, handle := range []any{(*store.Session)(nil), (*store.Mailbox)(nil), (*store.Mail)(nil), (*store.Directory)(nil)} {
		typ := reflect.TypeOf(handle)
		for i := range typ.NumMethod() {
			name := typ.Elem().Name() + "." + typ.Method(i).Name
			if !known[name] {
				t.Errorf("%s has no row in the matrix", name)
			}
			delete(known, name)
		}
	}
	for name := range known {
		t.Errorf("%s has a row and is not there", name)
	}
}

// matrixRights are the sets of rights tried, in RFC 4314 letters; fewRights
// those tried where another way to the same rights is all that differs.
var (
	matrixRights = []string{"", "l", "lr", "lrs", "lrw", "lri", "lrk", "lrx", "lrt", "lre", "lrte", "lra", "i", "a", "lrswikxtea"}
	fewRights    = []string{"", "l", "lr", "lrswikxtea"}
)

// answer is how a cell is written.
func answer(err error) string {
	switch postroom.KindOf(err) {
	case postroom.Denied:
		return "denied"
	case postroom.NotFound:
		return "notFound"
	}
	if err != nil {
		return "error: " + err.Error()
	}
	return "done"
}

// newMatrix adds to the town what the matrix needs.
func newMatrix(t *testing.T, s *store.Store) *town {
	w := newTown(t, s, storetest.NewClock(time.Now()))
	p, err := w.dir.CreatePlan(t.Context(), postroom.Plan{Org: w.org.ID, Name: "nobody's"})
	w.must(err)
	w.plan = p.ID
	w.person("ben2")
	w.grant("info", postroom.RootCollection, "cleo", rights.Viewer) // who tells which email is where
	w.group("inner", "ben2")
	w.group("outer", "inner")
	for _, name := range []string{"anna", "ben2"} {
		w.deliver(w.ids[name], postroom.InboxCollection, 0)
	}
	return w
}

func (w *town) deliver(to postroom.AccountID, mailbox postroom.CollectionID, f postroom.Flags) {
	w.t.Helper()
	w.must(system.Delivery(w.store).Deliver(w.t.Context(), store.Arrival{Raw: []byte("Subject: a\r\n\r\nx\r\n"), Sender: "x@outside.test",
		Copies: []store.ArrivalCopy{{Account: to, Mailbox: mailbox, Flags: f}}}))
}

// fresh makes a mailbox with one message in info@, and gives rights on it.
func (w *town) fresh(acting *store.Session, g postroom.Grantee, letters string) (postroom.CollectionRef, string) {
	w.t.Helper()
	w.count++
	path := fmt.Sprintf("/m%d", w.count)
	ref, err := acting.CreateCollection(w.t.Context(), "info@example.test", path, store.NewCollection{})
	w.must(err)
	w.deliver(ref.Account, ref.Collection, postroom.FlagDeleted)
	r, err := rights.ParseIMAP(letters)
	w.must(err)
	// So that there is a grant to remove; nobody has that plan.
	w.must(w.dir.PutGrant(w.t.Context(), postroom.Grant{Target: ref, Rights: rights.Viewer,
		Grantee: postroom.Grantee{Kind: postroom.GranteePlan, ID: int64(w.plan)}}))
	if letters != "" {
		w.must(w.dir.PutGrant(w.t.Context(), postroom.Grant{Target: ref, Grantee: g, Rights: r}))
	}
	return ref, path
}

// column tries every operation for one actor, under every set of rights or,
// for an actor that no grant reaches, without any.
func (w *town) column(t *testing.T, rows map[string]map[string]string, actor string, s *store.Session, g postroom.Grantee) {
	acting, err := system.ActingFor(t.Context(), w.console, w.ids["info"])
	w.must(err)
	sets := fewRights
	if actor == "account" {
		sets = matrixRights
	} else if g.Kind == 0 {
		sets = sets[:1]
	}
	for _, op := range slices.Concat(mailOperations, workOperations, submissionOperations, emailOperations) {
		for _, letters := range sets {
			ref, path := w.fresh(acting, g, letters)
			c := cell{ctx: t.Context(), s: s, ref: ref, path: path, w: w,
				own: postroom.CollectionRef{Account: s.Actor().Account, Collection: postroom.InboxCollection}}
			row := fmt.Sprintf("%-36s %-10s", op.name, cmp.Or(letters, "-"))
			if rows[row] == nil {
				rows[row] = map[string]string{}
			}
			rows[row][actor] = answer(op.try(c))
			// Most are gone or empty by now; the tree stays small.
			_ = acting.DeleteCollection(c.ctx, ref)
		}
	}
}

// mailActors are the columns; sign opens the session, grantee is by whom the
// rights reach it, none for an actor that no grant is made for.
var mailActors = []struct {
	name    string
	sign    func(*testing.T, *town) *store.Session
	grantee string
}{
	{"account", func(t *testing.T, w *town) *store.Session { return w.signIn("anna") }, "anna"},
	{"group", func(t *testing.T, w *town) *store.Session { return w.signIn("ben2") }, "outer"},
	{"delegate", func(t *testing.T, w *town) *store.Session {
		// The sign-in needs the root; what is tried stands on the grants.
		root := postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.RootCollection}
		w.grant("info", root.Collection, "anna", rights.Viewer)
		s := w.signIn("info@example.test*anna@example.test")
		w.must(w.dir.RemoveGrant(t.Context(), root, w.grantee("anna"), store.Positive))
		return s
	}, "anna"},
	{"masked lr", func(t *testing.T, w *town) *store.Session {
		pass, err := w.dir.AddAppPassword(t.Context(), w.ids["anna"], store.AppPassword{Name: "reader", Mask: rights.Viewer})
		w.must(err)
		s, err := w.trySignIn("anna", pass)
		w.must(err)
		return s
	}, "anna"},
	{"owner", func(t *testing.T, w *town) *store.Session {
		a, err := w.dir.Account(t.Context(), "info@example.test")
		w.must(err)
		a.Login = true
		w.must(w.dir.UpdateAccount(t.Context(), a))
		w.must(w.dir.SetPassword(t.Context(), a.ID, password))
		return w.signIn("info")
	}, ""},
	{"admin", func(t *testing.T, w *town) *store.Session { return w.admin(postroom.ServerAdmin) }, ""},
	{"console", func(t *testing.T, w *town) *store.Session { return w.console }, ""},
	{"acting", func(t *testing.T, w *town) *store.Session {
		s, err := system.ActingFor(t.Context(), w.console, w.ids["info"])
		w.must(err)
		return s
	}, ""},
	{"foreign", func(t *testing.T, w *town) *store.Session { return w.foreigner() }, ""},
}

// admin makes and signs in an administrator.
func (w *town) admin(scope postroom.AdminScope) *store.Session {
	name := fmt.Sprintf("admin%d", scope)
	w.account(store.NewAccount{Address: name + "@example.test", Password: password, Admin: scope})
	return w.signIn(name)
}

// adminWith makes and signs in an administrator with abilities.
func (w *town) adminWith(name string, scope postroom.AdminScope, abilities postroom.Abilities) *store.Session {
	w.account(store.NewAccount{Address: name + "@example.test", Password: password, Admin: scope, Abilities: abilities})
	return w.signIn(name)
}

// foreigner signs in an administrator of another organisation.
func (w *town) foreigner() *store.Session {
	ctx := w.t.Context()
	other, err := w.dir.CreateOrganisation(ctx, "Other")
	w.must(err)
	_, err = w.dir.CreateDomain(ctx, other.ID, "other.test")
	w.must(err)
	_, err = w.dir.CreateAccount(ctx, store.NewAccount{Address: "boss@other.test", Password: password, Admin: postroom.OrgAdmin})
	w.must(err)
	return w.signIn("boss@other.test")
}

// render writes the rows in their order, the columns that a row has in theirs.
func render(rows map[string]map[string]string, columns []string) string {
	var out strings.Builder
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		out.WriteString(row)
		for _, c := range columns {
			if v, ok := rows[row][c]; ok {
				out.WriteString("  " + c + "=" + v)
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

// golden compares with a file line by line; only says which columns count.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, g := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, b string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			t.Errorf("line %d:\nis     %s\nshould %s", i+1, b, a)
		}
	}
}

// TestMatrix tries every operation on a mailbox, under every set of rights, by
// every kind of actor.
func TestMatrix(t *testing.T) {
	t.Parallel()
	w := newMatrix(t, storetest.Open(t, func(*store.Options) {}))
	rows := make(map[string]map[string]string)
	var columns []string
	for _, a := range mailActors {
		var g postroom.Grantee
		if a.grantee != "" {
			g = w.grantee(a.grantee)
		}
		columns = append(columns, a.name)
		w.column(t, rows, a.name, a.sign(t, w), g)
	}
	golden(t, "matrix.golden", render(rows, columns))
}
