package store

import (
	"context"
	"maps"
	"slices"

	"postroom"
)

// tagStep is a change that is made to many messages of a mailbox at once.
type tagStep struct {
	box  postroom.CollectionID
	op   FlagOp
	tags Tags
}

// ChangeTags changes the keywords of emails as Change does, all in one
// transaction; of each change only Tags, or Add and Remove, may be set (Invalid).
// refused has those that were not changed, and why: NotFound, Denied, Invalid.
// With an error nothing was changed: one of them may be at fault, and the others
// can be changed one by one.
func (m *Mail) ChangeTags(ctx context.Context, changes map[postroom.EmailID]EmailChange) (refused map[postroom.EmailID]error, err error) {
	for _, x := range changes {
		if x.Once != "" || x.Mailboxes != nil || x.Enter != nil || x.Leave != nil {
			return nil, postroom.Errorf(postroom.Invalid, "only keywords can be changed of many messages at once")
		}
	}
	ids := slices.Sorted(maps.Keys(changes))
	err = m.write(ctx, func(c *change, r *outlook) error {
		refused = make(map[postroom.EmailID]error)
		found, err := m.emails(c.tx, r, ids)
		if err != nil {
			return err
		}
		steps := make(map[tagStep][]postroom.UID)
		var order []tagStep
		for _, id := range ids {
			e, x := found[id], changes[id]
			if e == nil {
				refused[id] = errNoEmail()
				continue
			}
			add, remove, err := x.tags(e)
			if err == nil {
				err = m.mayChange(r, e, add, remove, nil, nil)
			}
			if err != nil {
				refused[id] = err
				continue
			}
			for _, step := range e.tagSteps(add, remove) {
				if steps[step.tagStep] == nil {
					order = append(order, step.tagStep)
				}
				steps[step.tagStep] = append(steps[step.tagStep], step.uid)
			}
		}
		for _, step := range order {
			fc := FlagChange{Op: step.op, Flags: step.tags.Flags, Keywords: step.tags.Words, UnchangedSince: -1}
			if _, err := m.mailbox(step.box).changeFlags(c, r.rights[step.box], ascending(steps[step]), fc); err != nil {
				return err
			}
		}
		return nil
	})
	return refused, err
}

// copyStep is a tagStep of one copy of an email.
type copyStep struct {
	tagStep
	uid postroom.UID
}

// tagSteps are the changes of all copies of an email.
func (e *Email) tagSteps(add, remove Tags) (steps []copyStep) {
	for _, step := range []tagStep{{op: AddFlags, tags: add}, {op: RemoveFlags, tags: remove}} {
		if step.tags == (Tags{}) {
			continue
		}
		for _, item := range e.copies {
			step.box = item.box
			steps = append(steps, copyStep{step, item.UID})
		}
	}
	return steps
}
