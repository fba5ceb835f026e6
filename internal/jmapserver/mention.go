package jmapserver

import (
	"encoding/json"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// mentionProperties are those of a Mention.
var mentionProperties = []string{"id", "threadId", "isSeen"}

// mentionGet is Mention/get: in which notes others mention the person, the
// latest first. The id is that of the note.
func (c *call) mentionGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, mentionProperties)
	if err != nil {
		return nil, err
	}
	list, state, err := c.session.Mentions(c.ctx, m.Account())
	if err != nil {
		return nil, err
	}
	return got(a, state, list, func(n postroom.Mention) jmapwire.ID { return noteID(n.Note) }, func(n postroom.Mention) any {
		return only(map[string]any{"id": noteID(n.Note), "threadId": jmapwire.ThreadID(m.Account(), n.Thread), "isSeen": n.Seen}, properties)
	})
}

// mentionSet is Mention/set: only updates, of isSeen to true.
func (c *call) mentionSet(a jmapwire.Set) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	fixed := &jmapwire.Error{Type: "forbidden", Description: "a mention comes and goes with its note"}
	return c.set("Mention/set", a, setter{
		state: func() (string, error) {
			_, state, err := c.session.Mentions(c.ctx, m.Account())
			return state, err
		},
		create:  func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, fixed },
		destroy: func(jmapwire.ID) error { return fixed },
		update:  func(id jmapwire.ID, raw json.RawMessage) (any, error) { return nil, c.mentionUpdate(m, id, raw) },
	})
}

func (c *call) mentionUpdate(m *store.Mail, id jmapwire.ID, raw json.RawMessage) error {
	note, ok := parseNoteID(id)
	if !ok {
		return jmapwire.Fail("notFound")
	}
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return bad
	}
	for _, p := range patches {
		var seen bool
		if p.Key() != "isSeen" || json.Unmarshal(p.Value, &seen) != nil || !seen {
			return jmapwire.InvalidProperties("only isSeen can be set, to true", p.Key())
		}
	}
	return c.session.SeeMention(c.ctx, m.Account(), note)
}
