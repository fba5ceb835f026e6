package jmapserver

import (
	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// most is the bound of a /changes; zero is the store's own.
func most(max *jmapwire.UInt) (int, error) {
	if max == nil {
		return 0, nil
	}
	if *max == 0 {
		return 0, jmapwire.InvalidArguments("maxChanges is zero")
	}
	return int(min(*max, store.MaxMailChanges)), nil
}

// changed is the response of a /changes.
func changed(a jmapwire.Changes, c store.Changes, id func(int64) jmapwire.ID) jmapwire.Changed {
	list := func(numbers []int64) []jmapwire.ID {
		ids := make([]jmapwire.ID, len(numbers))
		for i, n := range numbers {
			ids[i] = id(n)
		}
		return ids
	}
	return jmapwire.Changed{AccountID: a.AccountID, OldState: a.SinceState, NewState: c.State, HasMoreChanges: c.More,
		Created: list(c.Created), Updated: list(c.Updated), Destroyed: list(c.Destroyed)}
}

// cannotCalculate makes of the store's answer the one of a /changes.
func cannotCalculate(err error) error {
	if postroom.KindOf(err) == postroom.Stale {
		return saying("cannotCalculateChanges", err)
	}
	return err
}

// emailChanges is Email/changes (RFC 8621 §4.3).
func (c *call) emailChanges(a jmapwire.Changes) (any, error) {
	m, n, err := c.changesOf(a)
	if err != nil {
		return nil, err
	}
	found, err := m.Changes(c.ctx, a.SinceState, n)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	return changed(a, found, func(n int64) jmapwire.ID { return jmapwire.EmailID(m.Account(), postroom.EmailID(n)) }), nil
}

// threadChanges is Thread/changes (RFC 8621 §3.2).
func (c *call) threadChanges(a jmapwire.Changes) (any, error) {
	m, n, err := c.changesOf(a)
	if err != nil {
		return nil, err
	}
	found, err := m.ThreadChanges(c.ctx, a.SinceState, n)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	return changed(a, found, func(n int64) jmapwire.ID { return jmapwire.ThreadID(m.Account(), postroom.ThreadID(n)) }), nil
}

// mailboxChanged is the response of Mailbox/changes.
type mailboxChanged struct {
	jmapwire.Changed
	UpdatedProperties []string `json:"updatedProperties"`
}

// mailboxCounts are the properties that change with the emails.
var mailboxCounts = []string{"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"}

// mailboxChanges is Mailbox/changes (RFC 8621 §2.2).
func (c *call) mailboxChanges(a jmapwire.Changes) (any, error) {
	m, n, err := c.changesOf(a)
	if err != nil {
		return nil, err
	}
	found, err := m.MailboxChanges(c.ctx, a.SinceState, n)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	out := mailboxChanged{Changed: changed(a, found.Changes, func(n int64) jmapwire.ID {
		return jmapwire.MailboxID(postroom.CollectionRef{Account: m.Account(), Collection: postroom.CollectionID(n)})
	})}
	if found.CountsOnly && len(found.Updated) > 0 {
		out.UpdatedProperties = mailboxCounts
	}
	return out, nil
}

func (c *call) changesOf(a jmapwire.Changes) (*store.Mail, int, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, 0, err
	}
	n, err := most(a.MaxChanges)
	return m, n, err
}
