package storetest_test

import (
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// keptTown is ben before info@, by what two nodes keep of it: on SQLite they are one.
type keptTown struct {
	*storetest.House
	t     *testing.T
	mails []*store.Mail
	annas []*store.Mail
	clock *storetest.Clock
}

// sees checks which mailboxes of info@ ben may look up, on each node, and twice: also
// by what is kept.
func (w *keptTown) sees(when string, want ...string) {
	w.t.Helper()
	for i, m := range w.mails {
		for range 2 {
			list, _, err := m.Mailboxes(w.t.Context())
			if len(want) == 0 && postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			must(w.t, err)
			seen := make(map[string]bool)
			for _, b := range list {
				if b.Rights.Has(postroom.Lookup) {
					seen[b.Path] = true
				}
			}
			for _, path := range want {
				if !seen[path] {
					w.t.Errorf("%s, node %d: %s is not seen", when, i, path)
				}
			}
			if len(seen) != len(want) {
				w.t.Errorf("%s, node %d: %v is seen, not %q", when, i, seen, want)
			}
		}
	}
}

// states are those of the emails, for ben on each node.
func (w *keptTown) states() (all []string) {
	for _, m := range w.mails {
		_, state, err := m.Emails(w.t.Context(), nil)
		must(w.t, err)
		all = append(all, state)
	}
	return all
}

// What is kept of an account is that of the moment: grants that come, go and expire,
// groups, names and whose read state is shown, whichever node it was changed on.
func TestWhatIsKeptIsOfTheMoment(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	sqlite := func(t *testing.T) []*store.Store {
		return []*store.Store{storetest.Open(t, func(o *store.Options) { o.Now = clock.Now })}
	}
	postgres := func(t *testing.T) []*store.Store {
		url := storetest.Database(t)
		set := func(o *store.Options) { o.Now, o.DatabaseURL = clock.Now, url }
		return []*store.Store{storetest.Open(t, set), storetest.Open(t, set)}
	}
	t.Run("sqlite", func(t *testing.T) { keptIsOfTheMoment(t, clock, sqlite(t)) })
	t.Run("postgres, two nodes", func(t *testing.T) { keptIsOfTheMoment(t, clock, postgres(t)) })
}

func keptIsOfTheMoment(t *testing.T, clock *storetest.Clock, nodes []*store.Store) {
	w := &keptTown{House: storetest.NewHouse(t, nodes[0]), t: t, clock: clock}
	d, ctx := w.Console.Directory(), t.Context()
	inbox, sent := storetest.In(w.Info, postroom.InboxCollection), storetest.In(w.Info, postroom.SentCollection)
	w.Grant(inbox, w.Ben, rights.Reviewer)
	w.Grant(storetest.In(w.Info, postroom.RootCollection), w.Anna, postroom.AllRights)
	w.Deliver(storetest.Message(1, "x"), w.Info)
	for _, node := range nodes {
		at := *w.House
		at.Store = node
		for name, to := range map[string]*[]*store.Mail{"ben": &w.mails, "anna": &w.annas} {
			m, err := at.SignIn(name).Mail(ctx, w.Info.ID)
			must(t, err)
			*to = append(*to, m)
		}
	}
	w.sees("one grant", "/Inbox")
	w.Grant(sent, w.Ben, rights.Viewer)
	w.sees("another", "/Inbox", "/Sent")
	w.Revoke(sent, w.Ben)
	w.sees("revoked", "/Inbox")
	crew, err := d.CreateGroup(ctx, postroom.Group{Address: "crew@example.test"})
	must(t, err)
	team := postroom.Grantee{Kind: postroom.GranteeGroup, ID: int64(crew.ID)}
	must(t, d.PutGrant(ctx, postroom.Grant{Target: sent, Grantee: team, Rights: rights.Viewer}))
	w.sees("a group of others", "/Inbox")
	must(t, d.AddMembers(ctx, crew.ID, []string{"ben@example.test"}))
	w.sees("a member", "/Inbox", "/Sent")
	must(t, d.RemoveMembers(ctx, crew.ID, []string{"ben@example.test"}))
	w.sees("no member", "/Inbox")
	anna := w.SignIn("anna")
	ref, err := anna.CreateCollection(ctx, w.Info.Address, "/Inbox/a", store.NewCollection{})
	must(t, err)
	w.sees("one below", "/Inbox", "/Inbox/a")
	must(t, anna.RenameCollection(ctx, ref, "/Inbox/b"))
	w.sees("another name", "/Inbox", "/Inbox/b")
	must(t, anna.RenameCollection(ctx, ref, "/b"))
	w.sees("another place", "/Inbox")
	must(t, d.PutGrant(ctx, postroom.Grant{Target: ref, Grantee: postroom.Grantee{Kind: postroom.GranteeAccount, ID: int64(w.Ben.ID)},
		Rights: rights.Viewer, Until: clock.Now().Add(time.Hour)}))
	w.sees("for an hour", "/Inbox", "/b")
	clock.Advance(2 * time.Hour)
	w.sees("after it", "/Inbox")

	before := w.states()
	must(t, d.SetSeen(ctx, inbox, postroom.SeenPerUser))
	for i, state := range w.states() {
		if state == before[i] {
			t.Errorf("node %d: a read state of their own moves no state", i)
		}
	}
	for i := range nodes {
		ask := func(mails []*store.Mail, want int) {
			t.Helper()
			list, _, err := mails[i].Mailboxes(ctx)
			must(t, err)
			for _, b := range list {
				if b.Path == "/Inbox" && b.Counts.Unread != want {
					t.Errorf("node %d: %d unread, not %d", i, b.Counts.Unread, want)
				}
			}
		}
		w.Deliver(storetest.Message(10+i, "x"), w.Info)
		email := postroom.EmailID(2 + i)
		ask(w.annas, 2+i)
		ask(w.mails, 2) // the first stays unread, the others are read as they come
		_, err := w.mails[i].Change(ctx, email, store.EmailChange{Add: store.Tags{Flags: postroom.FlagSeen}})
		must(t, err)
		ask(w.annas, 2+i)
		ask(w.mails, 1)
	}
	w.Revoke(inbox, w.Ben)
	w.sees("nothing any more")
}
