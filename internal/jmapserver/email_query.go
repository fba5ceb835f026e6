package jmapserver

import (
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// emailQueryArgs are the arguments of Email/query (RFC 8621 §4.4).
type emailQueryArgs struct {
	jmapwire.Query
	CollapseThreads bool `jmap:"collapseThreads"`
}

// emailQuery is Email/query.
func (c *call) emailQuery(a emailQueryArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	found, err := c.findEmails(m, a.Filter, a.Sort, a.CollapseThreads)
	if err != nil {
		return nil, err
	}
	out, err := pageOf(a.Query, found.emails, func(n postroom.EmailID) jmapwire.ID { return jmapwire.EmailID(m.Account(), n) }, found.state, true)
	if err != nil {
		return nil, err
	}
	return struct {
		jmapwire.Queried
		CollapseThreads bool `json:"collapseThreads"`
	}{out, a.CollapseThreads}, nil
}

func emailIDsOf(m *store.Mail, numbers []postroom.EmailID) []jmapwire.ID {
	ids := make([]jmapwire.ID, len(numbers))
	for i, n := range numbers {
		ids[i] = jmapwire.EmailID(m.Account(), n)
	}
	return ids
}

// emailQueryChangesArgs are the arguments of Email/queryChanges (§4.5).
type emailQueryChangesArgs struct {
	jmapwire.QueryChanges
	CollapseThreads bool `jmap:"collapseThreads"`
}

// emailQueryChanges is Email/queryChanges. Whatever changed, with the emails of
// its thread, may have come, gone or moved.
func (c *call) emailQueryChanges(a emailQueryChangesArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	changes, err := m.Changes(c.ctx, a.SinceQueryState, store.MaxMailChanges)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	threads, err := m.ThreadChanges(c.ctx, a.SinceQueryState, store.MaxMailChanges)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	if changes.More || threads.More {
		return nil, jmapwire.Fail("tooManyChanges")
	}
	found, err := c.findEmails(m, a.Filter, a.Sort, a.CollapseThreads)
	if err != nil {
		return nil, err
	}
	x, err := m.Index(c.ctx)
	if err != nil {
		return nil, err
	}
	if found.state != x.State {
		return nil, jmapwire.Fail("serverUnavailable") // it changed meanwhile
	}
	touched := make(map[jmapwire.ID]bool)
	emails := make(map[int64]bool)
	for _, n := range slices.Concat(changes.Created, changes.Updated, changes.Destroyed) {
		touched[jmapwire.EmailID(m.Account(), postroom.EmailID(n))] = true
		emails[n] = true
	}
	moved := make(map[postroom.ThreadID]bool)
	for _, n := range slices.Concat(threads.Created, threads.Updated) {
		moved[postroom.ThreadID(n)] = true
	}
	for _, r := range x.Rows {
		moved[r.Thread] = moved[r.Thread] || emails[int64(r.Email)]
	}
	for _, r := range x.Rows {
		if moved[r.Thread] {
			touched[jmapwire.EmailID(m.Account(), r.Email)] = true
		}
	}
	return queryChanged(a.QueryChanges, emailIDsOf(m, found.emails), found.state, touched)
}
