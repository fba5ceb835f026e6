package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// desk is info@ with one conversation, that anna and ben work on and cleo may
// not see. anna sends as info@.
type desk struct {
	*town
	anna, ben, cleo *store.Session
	info            postroom.AccountID
	thread          postroom.ThreadID
}

func atDesk(t *testing.T, test func(*testing.T, *desk)) {
	t.Helper()
	inTown(t, func(t *testing.T, w *town) {
		w.grant("info", postroom.RootCollection, "info-team", rights.Admin)
		w.sendGrant("info", "info-team", postroom.SendAs)
		d := &desk{town: w, anna: w.signIn("anna"), ben: w.signIn("ben"), cleo: w.signIn("cleo"), info: w.ids["info"]}
		d.arrive(1)
		for it, err := range d.inbox(d.anna).Fetch(t.Context(), []postroom.UID{1}) {
			w.must(err)
			d.thread = it.Thread
		}
		test(t, d)
	})
}

func (d *desk) inbox(s *store.Session) *store.Mailbox {
	d.t.Helper()
	m, err := s.Mailbox(d.t.Context(), postroom.CollectionRef{Account: d.info, Collection: postroom.InboxCollection}, store.ReadWrite)
	d.must(err)
	return m
}

func (d *desk) work(s *store.Session) postroom.Work {
	d.t.Helper()
	list, err := s.Work(d.t.Context(), d.info, []postroom.ThreadID{d.thread, 999})
	d.must(err)
	if len(list) != 1 {
		d.t.Fatalf("%d conversations", len(list))
	}
	return list[0]
}

func (d *desk) set(s *store.Session, status postroom.WorkStatus, assignee string) error {
	return s.ChangeWork(d.t.Context(), d.info, d.thread, store.WorkChange{Status: &status, Assignee: &assignee})
}

// answer has anna answer the conversation as info@.
func (d *desk) answer() {
	d.t.Helper()
	id, err := d.anna.Identity(d.t.Context(), "info@example.test")
	d.must(err)
	raw := "From: info@example.test\r\nMessage-ID: <a1@example.test>\r\nIn-Reply-To: <m1@example.org>\r\nSubject: Re: Number 1\r\n\r\nyes\r\n"
	_, err = id.Submit(d.t.Context(), store.Outgoing{Raw: strings.NewReader(raw), Size: int64(len(raw)), MessageID: "<a1@example.test>",
		InReplyTo: []string{"<m1@example.org>"}, Recipients: []store.Recipient{{Address: "x@example.org"}}})
	d.must(err)
}

// come delivers what somebody outside answers to the conversation.
func (d *desk) come() {
	d.t.Helper()
	h := &storetest.House{T: d.t, Store: d.store}
	h.Deliver("From: x@example.org\r\nMessage-ID: <m9@example.org>\r\nReferences: <m1@example.org> <a1@example.test>\r\nSubject: Re: Number 1\r\n\r\nand?\r\n",
		postroom.Account{ID: d.info})
}

// TestWork follows a conversation from its first message to a reopened one.
func TestWork(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		if w := d.work(d.ben); w.Status != postroom.WorkOpen || w.Assignee != nil || !w.MayChange || len(w.Answers) != 0 {
			t.Fatalf("%+v", w)
		}
		d.must(d.set(d.anna, postroom.WorkWaiting, "Anna@example.test"))
		if w := d.work(d.ben); w.Status != postroom.WorkWaiting || w.Assignee == nil || w.Assignee.Account != d.ids["anna"] {
			t.Fatalf("%+v", w)
		}
		v, err := d.inbox(d.ben).View(t.Context())
		d.must(err)
		if want := "$assigned $assigned:anna@example.test $waiting"; v.Items[0].Keywords != want {
			t.Errorf("keywords are %q, want %q", v.Items[0].Keywords, want)
		}
		d.clock.Advance(time.Minute)
		d.answer()
		d.must(d.set(d.anna, postroom.WorkDone, "ben@example.test"))
		w := d.work(d.ben)
		if w.Status != postroom.WorkDone || w.Assignee.Address != "ben@example.test" || len(w.Answers) != 1 || w.Answers[0].By.Account != d.ids["anna"] {
			t.Fatalf("%+v", w)
		}
		d.clock.Advance(time.Minute)
		d.come()
		if w := d.work(d.anna); w.Status != postroom.WorkOpen || w.Assignee.Address != "ben@example.test" {
			t.Fatalf("a new message: %+v", w)
		}
		d.must(d.set(d.anna, postroom.WorkOpen, ""))
		if w := d.work(d.anna); w.Assignee != nil {
			t.Fatalf("%+v", w)
		}
	})
}

// TestWorkByKeyword: what another program says by keywords is what it is.
func TestWorkByKeyword(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		_, err := d.inbox(d.ben).ChangeFlags(t.Context(), []postroom.UID{1}, store.FlagChange{Op: store.AddFlags,
			Keywords: "$Done $Assigned:gone@example.test", UnchangedSince: -1})
		d.must(err)
		if w := d.work(d.anna); w.Status != postroom.WorkDone || w.Assignee == nil || *w.Assignee != (postroom.Colleague{Address: "gone@example.test"}) {
			t.Fatalf("%+v", w)
		}
	})
}

func TestWorkRefused(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		wantKind(t, d.set(d.anna, postroom.WorkOpen, "cleo@example.test"), postroom.Invalid, "cannot read this conversation")
		wantKind(t, d.set(d.anna, postroom.WorkOpen, "info@example.test"), postroom.Invalid, "cannot read this conversation")
		wantKind(t, d.set(d.anna, 3, ""), postroom.Invalid, "open, waiting or done")
		wantKind(t, d.set(d.cleo, postroom.WorkDone, ""), postroom.NotFound, "no such conversation")
		_, err := d.cleo.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: "x"})
		wantKind(t, err, postroom.NotFound, "no such conversation")
		for what, draft := range map[string]store.NoteDraft{"needs a text": {Text: " \n"}, "cannot read": {Text: "x", Mentions: []string{"cleo@example.test"}}} {
			_, err := d.anna.AddNote(t.Context(), d.info, d.thread, draft)
			wantKind(t, err, postroom.Invalid, what)
		}
		_, err = d.anna.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: strings.Repeat("x", 16<<10+1)})
		wantKind(t, err, postroom.TooLarge, "bytes")
		list, err := d.anna.Colleagues(t.Context(), d.info, d.thread)
		d.must(err)
		if len(list) != 2 || list[0].Address != "anna@example.test" || list[1].Address != "ben@example.test" {
			t.Errorf("%+v", list)
		}
	})
}

func TestNotesOfConversations(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		n, err := d.anna.AddNote(ctx, d.info, d.thread, store.NoteDraft{Text: "call them\r\n@ben ", Mentions: []string{"ben@example.test"}})
		d.must(err)
		list, err := d.ben.Notes(ctx, d.info, []postroom.ThreadID{d.thread, 999})
		d.must(err)
		if len(list) != 1 || list[0].Text != "call them\n@ben" || list[0].Author.Account != d.ids["anna"] || len(list[0].Mention) != 1 ||
			list[0].Mention[0].Address != "ben@example.test" {
			t.Fatalf("%+v", list)
		}
		_, err = d.ben.ChangeNote(ctx, d.info, n.ID, store.NoteDraft{Text: "y"})
		wantKind(t, err, postroom.Denied, "anna@example.test wrote")
		d.clock.Advance(time.Minute)
		changed, err := d.anna.ChangeNote(ctx, d.info, n.ID, store.NoteDraft{Text: "called"})
		d.must(err)
		if changed.Text != "called" || !changed.Changed.After(changed.Created) || len(changed.Mention) != 0 {
			t.Fatalf("%+v", changed)
		}
		news, err := d.ben.NotesChanged(ctx, d.info, n.ModSeq)
		d.must(err)
		if len(news.Changed) != 1 || news.Last != changed.ModSeq {
			t.Fatalf("%+v", news)
		}
		d.must(d.anna.RemoveNote(ctx, d.info, n.ID))
		wantKind(t, d.anna.RemoveNote(ctx, d.info, n.ID), postroom.NotFound, "no such note")
		if news, err = d.ben.NotesChanged(ctx, d.info, news.Last); err != nil || !slices.Equal(news.Removed, []postroom.NoteID{n.ID}) {
			t.Fatalf("%+v, %v", news, err)
		}
		records, err := d.dir.AuditRecords(ctx, store.AuditFilter{Action: "message.note"})
		d.must(err)
		if len(records) != 3 || records[0].TargetAddress != "info@example.test" || strings.Contains(records[0].Details["note"], "call") {
			t.Fatalf("%+v", records)
		}
	})
}

// TestNotesGoWithTheConversation: nothing is left of what hangs on it.
func TestNotesGoWithTheConversation(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		n, err := d.anna.AddNote(ctx, d.info, d.thread, store.NoteDraft{Text: "x"})
		d.must(err)
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Reading))
		_, err = d.inbox(d.anna).ChangeFlags(ctx, []postroom.UID{1}, store.FlagChange{Op: store.AddFlags, Flags: postroom.FlagDeleted, UnchangedSince: -1})
		d.must(err)
		_, err = d.inbox(d.anna).Expunge(ctx, nil)
		d.must(err)
		list, err := d.anna.NotesByID(ctx, d.info, []postroom.NoteID{n.ID})
		d.must(err)
		there, err := d.anna.Presence(ctx, d.info)
		d.must(err)
		if len(list) != 0 || len(there) != 0 {
			t.Fatalf("left: %+v, %+v", list, there)
		}
	})
}

func TestPresence(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		ctx := t.Context()
		watch, err := d.anna.Watch(ctx, d.info)
		d.must(err)
		defer watch.Close()
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Reading))
		select {
		case <-watch.C:
		case <-time.After(time.Minute):
			t.Fatal("anna was not told")
		}
		seen := func(want ...postroom.Activity) {
			t.Helper()
			list, err := d.anna.Presence(ctx, d.info)
			d.must(err)
			var got []postroom.Activity
			for _, p := range list {
				if p.Thread != d.thread || p.Who.Account != d.ids["ben"] {
					t.Errorf("%+v", p)
				}
				got = append(got, p.Activity)
			}
			if !slices.Equal(got, want) {
				t.Errorf("anna sees %v, want %v", got, want)
			}
		}
		seen(postroom.Reading)
		d.clock.Advance(30 * time.Second)
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Answering))
		d.clock.Advance(30 * time.Second)
		seen(postroom.Answering)
		d.clock.Advance(30 * time.Second)
		seen()
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Reading))
		d.must(d.anna.EndPresence(ctx, "")) // of nobody else
		seen(postroom.Reading)
		d.must(d.ben.EndPresence(ctx, ""))
		seen()
		d.must(d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Reading))
		d.must(d.dir.RemoveMembers(ctx, d.groups["info-team"], []string{"ben@example.test"}))
		seen() // who has lost the right is not there any more
		wantKind(t, d.ben.SetPresence(ctx, d.info, d.thread, "", postroom.Reading), postroom.NotFound, "no such conversation")
		wantKind(t, d.anna.SetPresence(ctx, d.info, d.thread, "", 9), postroom.Invalid, "reads or answers")
	})
}

func TestAssigneeKeyword(t *testing.T) {
	for _, address := range []string{"anna@example.test", `"a b"@example.test`, "grüße@example.test", "a=b%c@example.test", "x{*}@example.test"} {
		word := strings.ToLower(store.EscapeKeyword(address))
		if strings.ContainsAny(word, "(){ %*\"\\]") || store.UnescapeKeyword(word) != address {
			t.Errorf("%q becomes %q, and %q", address, word, store.UnescapeKeyword(word))
		}
	}
}
