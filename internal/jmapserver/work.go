package jmapserver

import (
	"encoding/json"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// Where conversations stand, what colleagues say about them and who is at them:
// objects of our own capability, described in docs/jmap.md.

var workProperties = []string{"id", "status", "assignee", "answers", "mayChange", "mayReadHistory"}

// person is a Colleague.
func person(p postroom.Colleague) map[string]any {
	o := emailAddress{p.Name, p.Address}.object()
	o["accountId"] = nil
	if p.Account != 0 {
		o["accountId"] = jmapwire.AccountID(p.Account)
	}
	return o
}

func persons(list []postroom.Colleague) []any {
	all := []any{}
	for _, p := range list {
		all = append(all, person(p))
	}
	return all
}

// threads reads the ids of threads; those of no thread are left out.
func threads(account postroom.AccountID, ids []jmapwire.ID) []postroom.ThreadID {
	var list []postroom.ThreadID
	for _, id := range unique(ids) {
		if n, ok := jmapwire.ParseThreadID(account, id); ok {
			list = append(list, n)
		}
	}
	return list
}

// workGet is Work/get: ids are those of threads, and needed.
func (c *call) workGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, workProperties)
	if err != nil {
		return nil, err
	}
	if a.IDs == nil {
		return nil, jmapwire.InvalidArguments("ids are those of threads, and needed")
	}
	list, err := c.session.Work(c.ctx, m.Account(), threads(m.Account(), *a.IDs))
	if err != nil {
		return nil, err
	}
	state, err := c.emailState(m)
	if err != nil {
		return nil, err
	}
	id := func(w postroom.Work) jmapwire.ID { return jmapwire.ThreadID(m.Account(), w.Thread) }
	return got(a, state, list, id, func(w postroom.Work) any {
		all := map[string]any{"id": id(w), "status": w.Status.String(), "assignee": nil, "answers": answers(m.Account(), w.Answers), "mayChange": w.MayChange,
			"mayReadHistory": w.MayAudit}
		if w.Assignee != nil {
			all["assignee"] = person(*w.Assignee)
		}
		return only(all, properties)
	})
}

// only leaves of an object the properties asked for.
func only(all map[string]any, properties []string) map[string]any {
	o := make(map[string]any, len(properties))
	for _, name := range properties {
		o[name] = all[name]
	}
	return o
}

func answers(account postroom.AccountID, list []postroom.Answer) []any {
	all := []any{}
	for _, a := range list {
		all = append(all, map[string]any{"by": person(a.By), "at": jmapwire.UTCDate(a.At), "emailId": jmapwire.EmailID(account, a.Email)})
	}
	return all
}

// workSet is Work/set: only updates, of status and assignee (an address or
// null).
func (c *call) workSet(a jmapwire.Set) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	fixed := &jmapwire.Error{Type: "forbidden", Description: "the work of a thread comes and goes with it"}
	return c.set("Work/set", a, setter{
		state:   func() (string, error) { return c.emailState(m) },
		create:  func(json.RawMessage) (jmapwire.ID, any, error) { return "", nil, fixed },
		destroy: func(jmapwire.ID) error { return fixed },
		update: func(id jmapwire.ID, raw json.RawMessage) (any, error) {
			thread, ok := jmapwire.ParseThreadID(m.Account(), id)
			if !ok {
				return nil, jmapwire.Fail("notFound")
			}
			change, err := workChange(raw)
			if err != nil {
				return nil, err
			}
			return nil, c.session.ChangeWork(c.ctx, m.Account(), thread, change)
		},
	})
}

func workChange(raw json.RawMessage) (w store.WorkChange, err error) {
	patches, bad := jmapwire.ParsePatch(raw)
	if bad != nil {
		return w, bad
	}
	for _, p := range patches {
		var word string
		if !jmapwire.IsNull(p.Value) && json.Unmarshal(p.Value, &word) != nil {
			return w, jmapwire.InvalidProperties("not a string", p.Key())
		}
		switch p.Key() {
		case "status":
			status, ok := postroom.ParseWorkStatus(word)
			if !ok {
				return w, jmapwire.InvalidProperties("open, waiting or done", "status")
			}
			w.Status = &status
		case "assignee":
			w.Assignee = &word
		default:
			return w, because(postroom.Errorf(postroom.Invalid, "cannot be set: %s", p.Key()), p.Key())
		}
	}
	return w, nil
}
