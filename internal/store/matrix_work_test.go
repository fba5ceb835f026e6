package store_test

import (
	"fmt"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

// witness is somebody who may do everything in info@: who finds out the
// numbers of what the others try.
func (w *town) witness() *store.Session {
	w.t.Helper()
	if w.seer == nil {
		w.person("witness")
		w.grant("info", postroom.RootCollection, "witness", rights.Admin)
		w.seer = w.signIn("witness")
	}
	return w.seer
}

// onThread runs an operation on the conversation of the only message.
func onThread(fn func(c cell, thread []postroom.ThreadID) error) func(cell) error {
	return func(c cell) error {
		m, err := c.w.witness().Mailbox(c.ctx, c.ref, store.ReadWrite)
		c.w.must(err)
		for it, err := range m.Fetch(c.ctx, []postroom.UID{1}) {
			c.w.must(err)
			return fn(c, []postroom.ThreadID{it.Thread})
		}
		c.w.t.Fatal("the message is not there")
		return nil
	}
}

// onNote runs an operation on a note of another.
func onNote(fn func(c cell, thread []postroom.ThreadID, id postroom.NoteID) error) func(cell) error {
	return onThread(func(c cell, thread []postroom.ThreadID) error {
		n, err := c.w.witness().AddNote(c.ctx, c.ref.Account, thread[0], store.NoteDraft{Text: "x"})
		c.w.must(err)
		return fn(c, thread, n.ID)
	})
}

// onMention runs an operation on a note that mentions the actor, if they can be
// mentioned: who may not read it cannot.
func onMention(fn func(c cell, id postroom.NoteID) error) func(cell) error {
	return onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		draft := store.NoteDraft{Text: "x", Mentions: []string{c.s.Actor().Address}}
		if _, err := c.w.witness().ChangeNote(c.ctx, c.ref.Account, id, draft); err != nil && postroom.KindOf(err) != postroom.Invalid {
			c.w.t.Fatal(err)
		}
		return fn(c, id)
	})
}

// some is NotFound for an empty list: what may not be seen is left out.
func some[T any](list []T, err error) error {
	if err == nil && len(list) == 0 {
		err = postroom.Errorf(postroom.NotFound, "nothing")
	}
	return err
}

// workOperations are about conversations: rows like mailOperations.
var workOperations = []struct {
	name string
	try  func(cell) error
}{
	{"Session.Work", onThread(func(c cell, thread []postroom.ThreadID) error {
		return some(c.s.Work(c.ctx, c.ref.Account, thread))
	})},
	{"Session.ChangeWork", onThread(func(c cell, thread []postroom.ThreadID) error {
		done := postroom.WorkDone
		return c.s.ChangeWork(c.ctx, c.ref.Account, thread[0], store.WorkChange{Status: &done})
	})},
	{"Session.WorkHistory", onThread(func(c cell, thread []postroom.ThreadID) error {
		_, err := c.s.WorkHistory(c.ctx, c.ref.Account, thread[0])
		return err
	})},
	{"Session.NotesMentioning", func(c cell) error {
		_, err := c.s.NotesMentioning(c.ctx, c.ref.Account)
		return err
	}},
	{"Session.Mentions", func(c cell) error {
		_, _, err := c.s.Mentions(c.ctx, c.ref.Account)
		return err
	}},
	{"Session.SeeMention", onMention(func(c cell, id postroom.NoteID) error { return c.s.SeeMention(c.ctx, c.ref.Account, id) })},
	{"Session.SeeMention of another", onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		return c.s.SeeMention(c.ctx, c.ref.Account, id)
	})},
	{"Mail.NoteState", inMail(func(c cell, m *store.Mail) error { _, err := m.NoteState(c.ctx); return err })},
	{"Session.Colleagues", onThread(func(c cell, thread []postroom.ThreadID) error {
		return some(c.s.Colleagues(c.ctx, c.ref.Account, thread[0]))
	})},
	{"Session.Notes", onNote(func(c cell, thread []postroom.ThreadID, _ postroom.NoteID) error {
		return some(c.s.Notes(c.ctx, c.ref.Account, thread))
	})},
	{"Session.NotesByID", onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		return some(c.s.NotesByID(c.ctx, c.ref.Account, []postroom.NoteID{id}))
	})},
	{"Session.NotesChanged", onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		n, err := c.s.NotesChanged(c.ctx, c.ref.Account, postroom.ModSeq(id)-1)
		return some(n.Changed, err)
	})},
	{"Session.AddNote", onThread(func(c cell, thread []postroom.ThreadID) error {
		_, err := c.s.AddNote(c.ctx, c.ref.Account, thread[0], store.NoteDraft{Text: "x"})
		return err
	})},
	{"Session.ChangeNote another's", onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		_, err := c.s.ChangeNote(c.ctx, c.ref.Account, id, store.NoteDraft{Text: "y"})
		return err
	})},
	{"Session.RemoveNote another's", onNote(func(c cell, _ []postroom.ThreadID, id postroom.NoteID) error {
		return c.s.RemoveNote(c.ctx, c.ref.Account, id)
	})},
	{"Session.SetPresence", onThread(func(c cell, thread []postroom.ThreadID) error {
		err := c.s.SetPresence(c.ctx, c.ref.Account, thread[0], "", postroom.Reading)
		if err == nil {
			c.w.must(c.s.SetPresence(c.ctx, c.ref.Account, thread[0], "", 0))
		}
		return err
	})},
	{"Session.Presence", onThread(func(c cell, thread []postroom.ThreadID) error {
		c.w.must(c.w.witness().SetPresence(c.ctx, c.ref.Account, thread[0], "", postroom.Reading))
		defer func() { c.w.must(c.w.witness().SetPresence(c.ctx, c.ref.Account, thread[0], "", 0)) }()
		return some(c.s.Presence(c.ctx, c.ref.Account))
	})},
}

// submissionOperations are about what the person has sent from an account; who
// may not look anything up there has sent nothing from it.
var submissionOperations = []struct {
	name string
	try  func(cell) error
}{
	{"Mail.ReadOnly", inMail(func(c cell, m *store.Mail) error { _, err := m.ReadOnly(c.ctx); return err })},
	{"Mail.Submissions", inMail(func(c cell, m *store.Mail) error { _, _, err := m.Submissions(c.ctx, nil); return err })},
	{"Mail.SubmissionsChanged", inMail(func(c cell, m *store.Mail) error {
		_, err := m.SubmissionsChanged(c.ctx, fmt.Sprintf("0-%d", c.w.clock.Now().Unix()/86400))
		return err
	})},
	{"Mail.CancelSubmission not one's own", inMail(func(c cell, m *store.Mail) error { return m.CancelSubmission(c.ctx, 1) })},
	{"Mail.DestroySubmission not one's own", inMail(func(c cell, m *store.Mail) error { return m.DestroySubmission(c.ctx, 1) })},
}

// inMail runs an operation in the mail of the account.
func inMail(fn func(c cell, m *store.Mail) error) func(cell) error {
	return func(c cell) error {
		m, err := c.s.Mail(c.ctx, c.ref.Account)
		if err != nil {
			return err
		}
		return fn(c, m)
	}
}
