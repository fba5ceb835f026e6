package store_test

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
)

// delegated is a shared mailbox before somebody who reaches it through a group.
type delegated struct {
	*town
	s     *store.Session
	inbox postroom.CollectionRef
	box   *store.Mailbox
}

// byTeam is how anna comes to info@.
const byTeam = "anna@example.test → info-team@example.test: gives rwidxa on /"

func (d *delegated) ctx() context.Context { return d.t.Context() }

func newDelegated(w *town, messages int) *delegated {
	w.t.Helper()
	w.grant("info", postroom.RootCollection, "info-team", rights.Admin)
	w.sendGrant("info", "info-team", postroom.SendAs)
	d := &delegated{town: w, s: w.signIn("anna"), inbox: postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.InboxCollection}}
	for i := range messages {
		w.arrive(i + 1)
	}
	var err error
	d.box, err = d.s.Mailbox(w.t.Context(), d.inbox, store.ReadWrite)
	w.must(err)
	return d
}

// arrive delivers a message with the Message-ID m<n>@example.org to info@.
func (w *town) arrive(n int) {
	w.t.Helper()
	h := &storetest.House{T: w.t, Store: w.store}
	h.Deliver(storetest.Message(n, "hello"), postroom.Account{ID: w.ids["info"]})
}

func readAll(ctx context.Context, m *store.Mailbox, uids ...postroom.UID) error {
	for o, err := range m.Contents(ctx, uids) {
		if err != nil {
			return err
		}
		o.Content.Close()
	}
	return nil
}

// delegateActs is what a delegate can do, and the records each act leaves.
var delegateActs = []struct {
	name string
	act  func(*delegated) error
	want []string // action, target, details but through, message_ids
}{
	{"opens a mailbox", func(d *delegated) error { _, err := d.box.View(d.ctx()); return err },
		[]string{"collection.open info@example.test:/Inbox"}},
	{"reads messages", func(d *delegated) error { return readAll(d.ctx(), d.box, 1, 2, 3, 5) },
		[]string{"message.read info@example.test:/Inbox uids=1:3,5"}},
	{"reads one", func(d *delegated) error {
		c, err := d.box.Open(d.ctx(), 4)
		if err == nil {
			c.Close()
		}
		return err
	}, []string{"message.read info@example.test:/Inbox uids=4"}},
	{"looks into messages", func(d *delegated) error {
		_, err := d.box.SearchHeader(d.ctx(), "Date", "", []postroom.UID{1, 2})
		return err
	}, []string{"message.search info@example.test:/Inbox uids=1:2"}},
	{"flags", func(d *delegated) error {
		_, err := d.box.ChangeFlags(d.ctx(), []postroom.UID{1, 2}, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagFlagged, UnchangedSince: -1})
		return err
	}, []string{`message.flag info@example.test:/Inbox change=+ \Flagged uids=1:2`}},
	{"copies home", func(d *delegated) error {
		_, err := d.box.Copy(d.ctx(), []postroom.UID{2}, postroom.CollectionRef{Account: d.ids["anna"], Collection: postroom.InboxCollection})
		return err
	}, []string{"message.copy info@example.test:/Inbox to=/Inbox to_account=HOME uids=2"}},
	{"moves", func(d *delegated) error {
		_, err := d.box.Move(d.ctx(), []postroom.UID{2}, postroom.CollectionRef{Account: d.ids["info"], Collection: postroom.TrashCollection})
		return err
	}, []string{"message.move info@example.test:/Inbox to=/Trash to_account=THERE uids=2"}},
	{"adds", func(d *delegated) error {
		_, err := d.box.Append(d.ctx(), []store.NewMessage{{Raw: strings.NewReader("Subject: x\r\n\r\nx\r\n"), Size: 17}})
		return err
	}, []string{"message.append info@example.test:/Inbox uids=6"}},
	{"expunges", func(d *delegated) error {
		_, err := d.box.ChangeFlags(d.ctx(), []postroom.UID{3}, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
		d.must(err)
		_, err = d.box.Expunge(d.ctx(), nil)
		return err
	}, []string{`message.flag info@example.test:/Inbox change=+ \Deleted uids=3`, "message.delete info@example.test:/Inbox uids=3"}},
	{"makes a folder", func(d *delegated) error {
		_, err := d.s.CreateCollection(d.ctx(), "info@example.test", "/a", store.NewCollection{})
		return err
	}, []string{"collection.create info@example.test:/ path=/a"}},
	{"deletes a folder with a message", func(d *delegated) error {
		ref, err := d.s.CreateCollection(d.ctx(), "info@example.test", "/a", store.NewCollection{})
		d.must(err)
		_, err = d.box.Copy(d.ctx(), []postroom.UID{1}, ref)
		d.must(err)
		return d.s.DeleteCollection(d.ctx(), ref)
	}, []string{"collection.create info@example.test:/ path=/a", "message.copy info@example.test:/Inbox to=/a to_account=THERE uids=1",
		"message.delete info@example.test:/a uids=1", "collection.delete info@example.test:/a path=/a"}},
	{"renames a folder", func(d *delegated) error {
		ref, err := d.s.CreateCollection(d.ctx(), "info@example.test", "/a", store.NewCollection{})
		d.must(err)
		return d.s.RenameCollection(d.ctx(), ref, "/b")
	}, []string{"collection.create info@example.test:/ path=/a", "collection.rename info@example.test:/b from=/a to=/b"}},
	{"grants", func(d *delegated) error {
		return d.s.Directory().PutGrant(d.ctx(), postroom.Grant{Target: d.inbox, Grantee: d.grantee("cleo"), Rights: rights.Viewer})
	}, []string{"grant.add info@example.test:/Inbox"}},
	{"revokes", func(d *delegated) error {
		d.grant("info", postroom.InboxCollection, "cleo", rights.Viewer)
		return d.s.Directory().RemoveGrant(d.ctx(), d.inbox, d.grantee("cleo"), store.Positive)
	}, []string{"grant.remove info@example.test:/Inbox grantee=cleo@example.test"}},
	{"sends", func(d *delegated) error { return d.sendAs("info@example.test", "<out@example.test>") },
		[]string{"message.send info@example.test from=info@example.test message_id=<out@example.test> queue=N recipients=1 to=x@outside.test"}},
	{"sends as a group", func(d *delegated) error {
		d.sendGrant("info-team", "anna", postroom.SendAs)
		return d.sendAs("info-team@example.test", "<out@example.test>")
	}, []string{"message.send info-team@example.test from=info-team@example.test message_id=<out@example.test> queue=N recipients=1 to=x@outside.test"}},
	{"reads their own", func(d *delegated) error {
		d.deliver(d.ids["anna"], postroom.InboxCollection, 0)
		own, err := d.s.Mailbox(d.ctx(), postroom.CollectionRef{Account: d.ids["anna"], Collection: postroom.InboxCollection}, store.ReadWrite)
		d.must(err)
		return readAll(d.ctx(), own, 1)
	}, nil},
}

func (d *delegated) sendAs(from, id string) error {
	i, err := d.s.Identity(d.ctx(), from)
	d.must(err)
	raw := "From: " + from + "\r\nMessage-ID: " + id + "\r\n\r\nx\r\n"
	_, err = i.Submit(d.ctx(), store.Outgoing{Raw: strings.NewReader(raw), Size: int64(len(raw)), MessageID: id,
		Recipients: []store.Recipient{{Address: "x@outside.test"}}})
	return err
}

// since lists anna's records after a number, as the table writes them.
func (d *delegated) since(after int64) (list []string, all []postroom.AuditRecord) {
	d.t.Helper()
	all, err := d.dir.AuditRecords(d.ctx(), store.AuditFilter{Actor: "anna@example.test", AfterID: after})
	d.must(err)
	home := fmt.Sprintf("%d-", d.ids["anna"])
	for _, r := range all {
		line := r.Action + " " + r.TargetAddress
		if r.Collection != "" {
			line += ":" + r.Collection
		}
		var words []string
		for k, v := range r.Details {
			switch {
			case k == "through" || k == "message_ids" || r.Action == "grant.add":
				continue
			case k == "queue":
				v = "N"
			case k == "to_account":
				v = map[bool]string{true: "HOME", false: "THERE"}[strings.HasPrefix(v, home)]
			}
			words = append(words, k+"="+v)
		}
		slices.Sort(words)
		list = append(list, strings.TrimSpace(line+" "+strings.Join(words, " ")))
	}
	return list, all
}

// TestDelegateActsAreRecorded is the table of acts: what each leaves in the
// log, by whom, with what, from where, and through which grant.
func TestDelegateActsAreRecorded(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		for _, row := range delegateActs {
			inner := newDelegated(w, 5)
			last, err := w.dir.AuditRecords(t.Context(), store.AuditFilter{Latest: true, Max: 1})
			w.must(err)
			w.must(row.act(inner))
			got, records := inner.since(last[0].Seq)
			if !slices.Equal(got, row.want) {
				t.Errorf("%s:\nis     %q\nshould %q", row.name, got, row.want)
			}
			for _, r := range records {
				through := r.Details["through"]
				want := byTeam
				if r.Action == "message.send" {
					want = "anna@example.test → info-team@example.test: gives sendAs on info@example.test"
					if r.TargetAddress == "info-team@example.test" {
						want = "anna@example.test: gives sendAs on info-team@example.test"
					}
				}
				if through != want || r.Actor.Credential == "" || r.Actor.Protocol != "imap" || r.Actor.Remote != "192.0.2.7" {
					t.Errorf("%s: through %q by %+v", row.name, through, r.Actor)
				}
			}
			w.must(w.dir.DeleteAccount(t.Context(), w.ids["info"]))
			w.account(store.NewAccount{Address: "info@example.test", Name: "Information", Kind: postroom.Shared})
		}
	})
}

// trailOf is the trail of a message, one line a record.
func trailOf(t *testing.T, d *store.Directory, q store.MessageQuestion) (lines []string) {
	t.Helper()
	trail, err := d.MessageAudit(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range trail.Places {
		lines = append(lines, fmt.Sprintf("%s:%s %d %v", p.Account, p.Path, p.UID, p.Gone))
	}
	for _, r := range trail.Records {
		lines = append(lines, r.Actor.Address+" "+r.Action)
	}
	return lines
}

func TestMessageAudit(t *testing.T) {
	t.Parallel()
	inTown(t, func(t *testing.T, w *town) {
		d := newDelegated(w, 200)
		ctx := t.Context()
		w.must(readAll(ctx, d.box, 1, 2, 3, 4, 5, 6, 7, 8, 100))
		trash := postroom.CollectionRef{Account: w.ids["info"], Collection: postroom.TrashCollection}
		_, err := d.box.Move(ctx, []postroom.UID{7}, trash)
		w.must(err)
		ben := w.signIn("ben")
		bin, err := ben.Mailbox(ctx, trash, store.ReadWrite)
		w.must(err)
		_, err = bin.ChangeFlags(ctx, []postroom.UID{1}, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
		w.must(err)
		_, err = bin.Expunge(ctx, nil)
		w.must(err)
		want := []string{"info@example.test:/Inbox 7 true", "info@example.test:/Trash 1 true", "anna@example.test message.read",
			"anna@example.test message.move", "ben@example.test message.flag", "ben@example.test message.delete"}
		byID := store.MessageQuestion{MessageID: "<m7@example.org>"}
		for name, q := range map[string]store.MessageQuestion{"by Message-ID": byID,
			"by UID": {Account: "info@example.test", Path: "/Inbox", UID: 7}, "by last UID": {Account: "info@example.test", Path: "/Trash", UID: 1}} {
			if got := trailOf(t, w.dir, q); !slices.Equal(got, want) {
				t.Errorf("%s: %q", name, got)
			}
		}
		// Who holds Administer there may ask; others know of nothing.
		if got := trailOf(t, d.s.Directory(), byID); !slices.Equal(got, want) {
			t.Errorf("asked by anna: %q", got)
		}
		_, err = w.signIn("cleo").Directory().MessageAudit(ctx, byID)
		if postroom.KindOf(err) != postroom.NotFound {
			t.Errorf("asked by cleo: %v", err)
		}
		w.must(d.sendAs("info@example.test", "<sent@example.test>"))
		if got := trailOf(t, w.dir, store.MessageQuestion{MessageID: "sent@example.test"}); !slices.Contains(got, "anna@example.test message.send") {
			t.Errorf("sent: %q", got)
		}
		if got := trailOf(t, w.dir, store.MessageQuestion{MessageID: "m9@example.org"}); len(got) != 1 {
			t.Errorf("not read: %q", got)
		}
		// What is known outlives the account.
		w.must(w.dir.DeleteAccount(ctx, w.ids["info"]))
		if got := trailOf(t, w.dir, byID); !slices.Equal(got[2:], want[2:]) {
			t.Errorf("account gone: %q", got)
		}
	})
}

// TestReadingIsOneRecord: a command on a thousand messages is one record; what
// does not fit is split, and every message is found.
func TestReadingIsOneRecord(t *testing.T) {
	t.Parallel()
	w := newTown(t, storetest.Open(t, func(*store.Options) {}), storetest.NewClock(time.Now()))
	d := newDelegated(w, 1)
	ctx := t.Context()
	for n := 1; n < 2048; n *= 2 {
		var uids []postroom.UID
		for u := range n {
			uids = append(uids, postroom.UID(u+1))
		}
		_, err := d.box.Copy(ctx, uids, d.inbox)
		w.must(err)
	}
	var even []postroom.UID
	for u := postroom.UID(2); u <= 2048; u += 2 {
		even = append(even, u)
	}
	w.must(readAll(ctx, d.box, 1, 3, 5))
	w.must(d.box.BeginReading(ctx, even)())
	records, err := w.dir.AuditRecords(ctx, store.AuditFilter{Action: "message.read"})
	w.must(err)
	count := 0
	for _, r := range records {
		count += strings.Count(r.Details["uids"], ",") + 1
	}
	if len(records) < 2 || len(records) > 8 || count != 1024+3 {
		t.Errorf("%d records of %d messages", len(records), count)
	}
	ben := w.signIn("ben")
	box, err := ben.Mailbox(ctx, d.inbox, store.ReadWrite)
	w.must(err)
	var all []postroom.UID
	for u := postroom.UID(1); u <= 2048; u++ {
		all = append(all, u)
	}
	w.must(readAll(ctx, box, all...))
	records, err = w.dir.AuditRecords(ctx, store.AuditFilter{Action: "message.read", Actor: "ben@example.test"})
	w.must(err)
	if len(records) != 1 || records[0].Details["uids"] != "1:2048" {
		t.Errorf("%d records: %+v", len(records), records)
	}
}
