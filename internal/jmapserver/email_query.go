package jmapserver

import (
	"slices"
	"strings"

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

// emailQueryChangesArgs are the arguments of Email/queryChanges (§4.5).
type emailQueryChangesArgs struct {
	jmapwire.QueryChanges
	CollapseThreads bool `jmap:"collapseThreads"`
}

// emailQueryChanges is Email/queryChanges. Whatever changed may have come, gone
// or moved; where others of a thread decide, so may the emails of its thread.
func (c *call) emailQueryChanges(a emailQueryChangesArgs) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	_, conditions, order, err := readQuery(m.Account(), a.Filter, a.Sort)
	if err != nil {
		return nil, err
	}
	touched, state, err := c.touchedEmails(m, a.SinceQueryState, a.CollapseThreads || byThreads(conditions, order))
	if err != nil {
		return nil, err
	}
	found, err := c.findEmails(m, a.Filter, a.Sort, a.CollapseThreads)
	if err != nil {
		return nil, err
	}
	if found.state != state {
		return nil, jmapwire.Fail("serverUnavailable") // it changed meanwhile
	}
	return queryChangedOf(a.QueryChanges, found.emails, found.state, touched, func(n postroom.EmailID) jmapwire.ID { return jmapwire.EmailID(m.Account(), n) })
}

// byThreads reports whether in the results of a query, and in which order, an
// email stands depends on others of its thread.
func byThreads(conditions map[*jmapwire.Filter]*emailCondition, order []jmapwire.Comparator) bool {
	for _, e := range conditions {
		if e.ofThreads() {
			return true
		}
	}
	return slices.ContainsFunc(order, func(by jmapwire.Comparator) bool { return strings.Contains(by.Property, "InThread") })
}

// touchedEmails are the emails that changed since a state, with threads those of
// their threads, and the state until which that is told.
func (c *call) touchedEmails(m *store.Mail, since string, threads bool) (map[postroom.EmailID]bool, string, error) {
	changes, err := m.Changes(c.ctx, since, store.MaxMailChanges)
	if err != nil {
		return nil, "", cannotCalculate(err)
	}
	touched := make(map[postroom.EmailID]bool)
	for _, n := range slices.Concat(changes.Created, changes.Updated, changes.Destroyed) {
		touched[postroom.EmailID(n)] = true
	}
	more := changes.More
	if threads && !more {
		if more, err = c.touchThreads(m, since, changes.State, touched); err != nil {
			return nil, "", err
		}
	}
	if more {
		return nil, "", jmapwire.Fail("tooManyChanges")
	}
	return touched, changes.State, nil
}

// touchThreads adds the emails of the threads that changed between two states.
func (c *call) touchThreads(m *store.Mail, since, state string, touched map[postroom.EmailID]bool) (more bool, err error) {
	threads, err := m.ThreadChanges(c.ctx, since, store.MaxMailChanges)
	if err != nil {
		return false, cannotCalculate(err)
	}
	x, err := m.Index(c.ctx)
	if err != nil {
		return false, err
	}
	if !threads.More && (threads.State != state || x.State != state) {
		return false, jmapwire.Fail("serverUnavailable") // it changed meanwhile
	}
	moved := make(map[postroom.ThreadID]bool)
	for _, n := range slices.Concat(threads.Created, threads.Updated) {
		moved[postroom.ThreadID(n)] = true
	}
	for i := range x.Rows {
		if r := &x.Rows[i]; touched[r.Email] {
			moved[r.Thread] = true
		}
	}
	for i := range x.Rows {
		if r := &x.Rows[i]; moved[r.Thread] {
			touched[r.Email] = true
		}
	}
	return threads.More, nil
}
