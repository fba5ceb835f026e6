package jmapserver

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
)

// setter is what a /set does with one object. create gives the id of what it
// made and what the client cannot know of it; update what changed besides, or
// nil.
type setter struct {
	state   func() (string, error)
	create  func(raw json.RawMessage) (jmapwire.ID, any, error)
	update  func(id jmapwire.ID, raw json.RawMessage) (any, error)
	destroy func(id jmapwire.ID) error
	// updates does at once what it can of many updates and tells what became of
	// each; what it says nothing of is left to update. It may be nil.
	updates func(all map[jmapwire.ID]json.RawMessage) map[jmapwire.ID]error
}

// set runs a /set (RFC 8620 §5.3): what is created first, then what is updated,
// then what is destroyed.
func (c *call) set(method string, a jmapwire.Set, s setter) (out jmapwire.WasSet, err error) {
	if err := tooMany(len(a.Create)+len(a.Update)+len(a.Destroy), limits.ObjectsInSet); err != nil {
		return out, err
	}
	for id := range a.Create {
		if !id.Valid() {
			return out, jmapwire.InvalidArguments("create has a key that is no id")
		}
	}
	out.AccountID = a.AccountID
	if out.OldState, err = s.state(); err != nil {
		return out, err
	}
	if a.IfInState != nil && *a.IfInState != out.OldState {
		return out, jmapwire.Fail("stateMismatch")
	}
	if err := c.creations(method, a, s, &out); err != nil {
		return out, err
	}
	if err := c.updates(method, a, s, &out); err != nil {
		return out, err
	}
	for _, ref := range unique(a.Destroy) {
		id, err := c.refer(ref)
		if err == nil {
			err = s.destroy(id)
		}
		if err != nil {
			put(&out.NotDestroyed, cmp.Or(id, jmapwire.ID(ref)), c.setError(method, err))
			continue
		}
		out.Destroyed = append(out.Destroyed, id)
	}
	out.NewState, err = s.state()
	if postroom.KindOf(err) == postroom.NotFound {
		out.NewState, err = out.OldState, nil // the act took the account out of sight
	}
	return out, err
}

func (c *call) creations(method string, a jmapwire.Set, s setter, out *jmapwire.WasSet) error {
	for _, key := range creationOrder(a.Create) {
		id, more, err := s.create(a.Create[key])
		if err != nil {
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			put(&out.NotCreated, key, c.setError(method, err))
			continue
		}
		c.created[key] = id
		put(&out.Created, key, more)
	}
	return nil
}

// together runs the updates that can be made at once, of objects that were there
// before.
func (c *call) together(a jmapwire.Set, s setter) map[jmapwire.ID]error {
	if s.updates == nil || len(a.Update) < 2 {
		return nil
	}
	all := make(map[jmapwire.ID]json.RawMessage, len(a.Update))
	for ref, raw := range a.Update {
		if !strings.HasPrefix(string(ref), "#") && !slices.Contains(a.Destroy, ref) {
			all[jmapwire.ID(ref)] = raw
		}
	}
	return s.updates(all)
}

func (c *call) updates(method string, a jmapwire.Set, s setter, out *jmapwire.WasSet) error {
	done := c.together(a, s)
	for _, ref := range slices.Sorted(maps.Keys(a.Update)) {
		id, err := c.refer(ref)
		var more any
		made, is := done[jmapwire.ID(ref)]
		switch {
		case err != nil:
		case is:
			err = made
		case slices.Contains(a.Destroy, ref):
			err = jmapwire.Fail("willDestroy")
		default:
			more, err = s.update(id, a.Update[ref])
		}
		if err != nil {
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			put(&out.NotUpdated, cmp.Or(id, jmapwire.ID(ref)), c.setError(method, err))
			continue
		}
		put(&out.Updated, id, more)
	}
	return nil
}

// refer is id, as an error of one object.
func (c *call) refer(ref jmapwire.Ref) (jmapwire.ID, error) {
	id, ok := c.id(ref)
	if !ok {
		return "", jmapwire.Fail("notFound")
	}
	return id, nil
}

func put[V any](m *map[jmapwire.ID]V, key jmapwire.ID, v V) {
	if *m == nil {
		*m = make(map[jmapwire.ID]V)
	}
	(*m)[key] = v
}

// creationOrder puts what refers to another that is to be created behind that.
func creationOrder(create map[jmapwire.ID]json.RawMessage) []jmapwire.ID {
	left := slices.Sorted(maps.Keys(create))
	order := make([]jmapwire.ID, 0, len(left))
	refers := make(map[jmapwire.ID]bool) // to any
	for _, key := range left {
		refers[key] = bytes.Contains(create[key], []byte(`"#`))
	}
	for len(left) > 0 {
		var waiting []jmapwire.ID
		for _, key := range left {
			waits := refers[key] && slices.ContainsFunc(left, func(other jmapwire.ID) bool {
				return other != key && bytes.Contains(create[key], []byte(`"#`+string(other)+`"`))
			})
			if waits {
				waiting = append(waiting, key)
			} else {
				order = append(order, key)
			}
		}
		if len(waiting) == len(left) { // in a ring: none of them can be made
			return append(order, waiting...)
		}
		left = waiting
	}
	return order
}
