package jmapserver

import (
	"encoding/json"
	"slices"
	"strconv"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// noteProperties are those of a Note.
var noteProperties = []string{"id", "threadId", "author", "text", "mentions", "createdAt", "updatedAt", "isMine"}

func noteID(id postroom.NoteID) jmapwire.ID {
	return jmapwire.ID("N" + strconv.FormatInt(int64(id), 10))
}

func parseNoteID(id jmapwire.ID) (postroom.NoteID, bool) {
	if id == "" || id[0] != 'N' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(id[1:]), 10, 64)
	return postroom.NoteID(n), err == nil && n > 0 && noteID(postroom.NoteID(n)) == id
}

// noteGetArgs are the arguments of Note/get: ids, or threadIds, or mentionsMe.
type noteGetArgs struct {
	jmapwire.Get
	ThreadIDs  *[]jmapwire.ID `jmap:"threadIds"`
	MentionsMe bool           `jmap:"mentionsMe"`
}

// noteGet is Note/get.
func (c *call) noteGet(a noteGetArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, noteProperties)
	if err != nil {
		return nil, err
	}
	var list []postroom.Note
	switch {
	case a.MentionsMe && a.ThreadIDs == nil && a.IDs == nil:
		list, err = c.session.NotesMentioning(c.ctx, m.Account())
	case a.MentionsMe:
		err = jmapwire.InvalidArguments("either ids, or threadIds, or mentionsMe")
	case a.ThreadIDs != nil && a.IDs == nil:
		list, err = c.session.Notes(c.ctx, m.Account(), threads(m.Account(), *a.ThreadIDs))
	case a.IDs != nil && a.ThreadIDs == nil:
		list, err = c.session.NotesByID(c.ctx, m.Account(), noteNumbers(*a.IDs))
	default:
		err = jmapwire.InvalidArguments("either ids, or threadIds, or mentionsMe")
	}
	if err != nil {
		return nil, err
	}
	state, err := m.NoteState(c.ctx)
	if err != nil {
		return nil, err
	}
	return got(a.Get, state, list, func(n postroom.Note) jmapwire.ID { return noteID(n.ID) }, func(n postroom.Note) any {
		return only(map[string]any{"id": noteID(n.ID), "threadId": jmapwire.ThreadID(m.Account(), n.Thread), "author": person(n.Author),
			"text": n.Text, "mentions": persons(n.Mention), "createdAt": jmapwire.UTCDate(n.Created), "updatedAt": jmapwire.UTCDate(n.Changed),
			"isMine": n.Author.Account == c.session.Actor().Account}, properties)
	})
}

func noteNumbers(ids []jmapwire.ID) []postroom.NoteID {
	list := []postroom.NoteID{}
	for _, id := range unique(ids) {
		if n, ok := parseNoteID(id); ok {
			list = append(list, n)
		}
	}
	return list
}

// noteObject is a note to be created or changed.
type noteObject struct {
	ThreadID jmapwire.ID `jmap:"threadId"`
	Text     *string     `jmap:"text"`
	Mentions []string    `jmap:"mentions"` // addresses
}

// noteSet is Note/set.
func (c *call) noteSet(a jmapwire.Set) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	return c.set("Note/set", a, setter{
		state:  func() (string, error) { return m.NoteState(c.ctx) },
		create: func(raw json.RawMessage) (jmapwire.ID, any, error) { return c.noteCreate(m, raw) },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.noteUpdate(m, id, raw) },
		destroy: func(id jmapwire.ID) error {
			n, ok := parseNoteID(id)
			if !ok {
				return jmapwire.Fail("notFound")
			}
			return c.session.RemoveNote(c.ctx, m.Account(), n)
		},
	})
}

// readNote reads the properties of a note.
func readNote(raw json.RawMessage) (n noteObject, err error) {
	var o jmapwire.Object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return n, jmapwire.InvalidProperties("not an object")
	}
	if bad := jmapwire.Decode(o, &n); bad != nil {
		return n, jmapwire.InvalidProperties(bad.Description, bad.Properties...)
	}
	return n, nil
}

func (c *call) noteCreate(m *store.Mail, raw json.RawMessage) (jmapwire.ID, any, error) {
	n, err := readNote(raw)
	if err != nil {
		return "", nil, err
	}
	thread, ok := jmapwire.ParseThreadID(m.Account(), n.ThreadID)
	if !ok || n.Text == nil {
		return "", nil, jmapwire.InvalidProperties("a note needs a thread and a text", "threadId", "text")
	}
	made, err := c.session.AddNote(c.ctx, m.Account(), thread, store.NoteDraft{Text: *n.Text, Mentions: n.Mentions})
	if postroom.KindOf(err) == postroom.NotFound {
		err = jmapwire.InvalidProperties("no such thread", "threadId")
	}
	if err != nil {
		return "", nil, err
	}
	return noteID(made.ID), map[string]any{"id": noteID(made.ID), "author": person(made.Author), "createdAt": jmapwire.UTCDate(made.Created),
		"updatedAt": jmapwire.UTCDate(made.Changed), "isMine": true}, nil
}

func (c *call) noteUpdate(m *store.Mail, id jmapwire.ID, raw json.RawMessage) error {
	number, ok := parseNoteID(id)
	if !ok {
		return jmapwire.Fail("notFound")
	}
	change, err := readNote(raw)
	if err != nil {
		return err
	}
	if change.ThreadID != "" {
		return jmapwire.InvalidProperties("a note stays with its thread", "threadId")
	}
	old, err := c.session.NotesByID(c.ctx, m.Account(), []postroom.NoteID{number})
	if err != nil {
		return err
	}
	if len(old) == 0 {
		return jmapwire.Fail("notFound")
	}
	draft := store.NoteDraft{Text: old[0].Text, Mentions: change.Mentions}
	if change.Text != nil {
		draft.Text = *change.Text
	}
	if change.Mentions == nil {
		for _, p := range old[0].Mention {
			draft.Mentions = append(draft.Mentions, p.Address)
		}
	}
	_, err = c.session.ChangeNote(c.ctx, m.Account(), number, draft)
	return err
}

// noteChanges is Note/changes.
func (c *call) noteChanges(a jmapwire.Changes) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	state, err := m.NoteState(c.ctx)
	if err != nil {
		return nil, err
	}
	since, rights, ok := splitState(a.SinceState)
	_, now, _ := splitState(state)
	if !ok || rights != now {
		return nil, jmapwire.Fail("cannotCalculateChanges")
	}
	found, err := c.session.NotesChanged(c.ctx, m.Account(), since)
	if err != nil {
		return nil, err
	}
	out := unchanged(a, state)
	for _, n := range found.Changed {
		if postroom.ModSeq(n.ID) > since { // a note's number is when it was made
			out.Created = append(out.Created, noteID(n.ID))
		} else {
			out.Updated = append(out.Updated, noteID(n.ID))
		}
	}
	for _, id := range found.Removed {
		if postroom.ModSeq(id) <= since {
			out.Destroyed = append(out.Destroyed, noteID(id))
		}
	}
	n := len(out.Created) + len(out.Updated) + len(out.Destroyed)
	if n >= store.MaxNoteChanges || a.MaxChanges != nil && n > int(*a.MaxChanges) {
		return nil, jmapwire.Fail("cannotCalculateChanges")
	}
	return out, nil
}

// splitState takes a state of notes apart: the ModSeq, and what stands for the
// rights.
func splitState(state string) (postroom.ModSeq, string, bool) {
	at := slices.Index([]byte(state), '-')
	if at < 0 {
		return 0, "", false
	}
	n, err := strconv.ParseInt(state[:at], 10, 64)
	return postroom.ModSeq(n), state[at:], err == nil
}
