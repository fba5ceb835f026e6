package store_test

import (
	"slices"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// TestWorkStates: each state moves with what it stands for, for who may read it,
// and for nobody else.
func TestWorkStates(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		d.grant("info", postroom.SentCollection, "cleo", rights.Viewer)
		states := func(s *store.Session) store.MailStates {
			all, err := s.MailStates(t.Context())
			d.must(err)
			return all[d.info]
		}
		var note postroom.Note
		for what, row := range map[string]struct {
			act            func() error
			note, presence bool
		}{
			"a note": {func() (err error) {
				note, err = d.anna.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: "x"})
				return err
			}, true, false},
			"reading": {func() error { return d.anna.SetPresence(t.Context(), d.info, d.thread, "", postroom.Reading) }, false, true},
			"work":    {func() error { return d.set(d.anna, postroom.WorkDone, "ben@example.test") }, false, false},
		} {
			ben, cleo := states(d.ben), states(d.cleo)
			d.must(row.act())
			now := states(d.ben)
			if moved := now.Note != ben.Note; moved != row.note {
				t.Errorf("%s: state of notes %s to %s", what, ben.Note, now.Note)
			}
			if moved := now.Presence != ben.Presence; moved != row.presence {
				t.Errorf("%s: state of presence %s to %s", what, ben.Presence, now.Presence)
			}
			if after := states(d.cleo); after.Note != cleo.Note || after.Presence != cleo.Presence {
				t.Errorf("%s: cleo, who may not read it, sees %+v become %+v", what, cleo, after)
			}
		}
		before := states(d.ben)
		d.must(d.anna.RemoveNote(t.Context(), d.info, note.ID))
		d.must(d.anna.SetPresence(t.Context(), d.info, d.thread, "", postroom.Answering))
		if now := states(d.ben); now.Note == before.Note || now.Presence == before.Presence {
			t.Errorf("%+v became %+v", before, now)
		}
	})
}

func TestMentions(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		first, err := d.anna.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: "one", Mentions: []string{"ben@example.test"}})
		d.must(err)
		for _, n := range []store.NoteDraft{{Text: "two"}, {Text: "three", Mentions: []string{"anna@example.test"}}} {
			_, err = d.anna.AddNote(t.Context(), d.info, d.thread, n)
			d.must(err)
		}
		_, err = d.ben.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: "mine", Mentions: []string{"ben@example.test"}})
		d.must(err)
		list, err := d.ben.NotesMentioning(t.Context(), d.info)
		d.must(err)
		if len(list) != 1 || list[0].ID != first.ID {
			t.Fatalf("%+v", list)
		}
		if list, err = d.anna.NotesMentioning(t.Context(), d.info); err != nil || len(list) != 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		d.must(d.anna.RemoveNote(t.Context(), d.info, first.ID))
		if list, err = d.ben.NotesMentioning(t.Context(), d.info); err != nil || len(list) != 0 {
			t.Fatalf("%+v, %v", list, err)
		}
		_, err = d.cleo.NotesMentioning(t.Context(), d.info)
		wantKind(t, err, postroom.NotFound, "no such")
	})
}

// TestWorkHistory: who may read the log of the mailbox sees who did what; who
// works in it sees who answered, and not the log.
func TestWorkHistory(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.grant("info", postroom.RootCollection, "info-team", rights.Manager)
		w.grant("info", postroom.RootCollection, "cleo", rights.Admin)
		w.sendGrant("info", "info-team", postroom.SendAs)
		d := &desk{town: w, anna: w.signIn("anna"), ben: w.signIn("ben"), cleo: w.signIn("cleo"), info: w.ids["info"]}
		d.arrive(1)
		for it, err := range d.inbox(d.anna).Fetch(t.Context(), []postroom.UID{1}) {
			w.must(err)
			d.thread = it.Thread
		}
		d.must(d.set(d.anna, postroom.WorkWaiting, "ben@example.test"))
		_, err := d.ben.AddNote(t.Context(), d.info, d.thread, store.NoteDraft{Text: "secret words"})
		d.must(err)
		d.answer()
		list, err := d.cleo.WorkHistory(t.Context(), d.info, d.thread)
		d.must(err)
		var got []string
		for _, e := range list {
			line := e.By.Address + " " + e.Action + " " + e.Details["status"] + e.Details["note"]
			if !slices.Contains(got, line) {
				got = append(got, line)
			}
		}
		for _, want := range []string{"anna@example.test message.flag waiting", "ben@example.test message.note added", "anna@example.test message.send "} {
			if !slices.Contains(got, want) {
				t.Errorf("no %q in %q", want, got)
			}
		}
		_, err = d.ben.WorkHistory(t.Context(), d.info, d.thread)
		wantKind(t, err, postroom.Denied, "audit log")
		if d.work(d.ben).MayAudit || !d.work(d.cleo).MayAudit || len(d.work(d.ben).Answers) != 1 {
			t.Errorf("ben %+v, cleo %+v", d.work(d.ben), d.work(d.cleo))
		}
		d.must(d.dir.RemoveGrant(t.Context(), postroom.CollectionRef{Account: d.info, Collection: postroom.RootCollection}, d.grantee("cleo"), store.Positive))
		_, err = d.cleo.WorkHistory(t.Context(), d.info, d.thread)
		wantKind(t, err, postroom.NotFound, "no such conversation")
	})
}

// TestWorkOfIndex: what queries find is what Work says.
func TestWorkOfIndex(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		same := func(status postroom.WorkStatus, assignee string) {
			t.Helper()
			m, err := d.ben.Mail(t.Context(), d.info)
			d.must(err)
			x, err := m.Index(t.Context())
			d.must(err)
			w := d.work(d.ben)
			if got := x.Work()[d.thread]; got != (store.ThreadWork{Status: status, Assignee: assignee}) || w.Status != status {
				t.Errorf("the index says %+v, Work %+v, want %v %s", got, w, status, assignee)
			}
		}
		same(postroom.WorkOpen, "")
		d.must(d.set(d.anna, postroom.WorkWaiting, "anna@example.test"))
		same(postroom.WorkWaiting, "anna@example.test")
		d.answer()
		same(postroom.WorkWaiting, "anna@example.test")
		d.come()
		same(postroom.WorkOpen, "anna@example.test")
		d.must(d.set(d.anna, postroom.WorkDone, ""))
		same(postroom.WorkDone, "")
	})
}
