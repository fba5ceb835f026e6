package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// emailsFound are the results of a query, in order.
type emailsFound struct {
	emails []postroom.EmailID
	state  string
}

// candidate is an email with its copies.
type candidate struct {
	rows []store.MailRow // at least one
	// flags and words are those of the email.
	flags postroom.Flags
	words []string
}

// emailCondition is a FilterCondition that was read (RFC 8621 §4.4.1).
type emailCondition struct {
	InMailbox          *jmapwire.ID   `jmap:"inMailbox"`
	InMailboxOtherThan []jmapwire.ID  `jmap:"inMailboxOtherThan"`
	Before             *string        `jmap:"before"`
	After              *string        `jmap:"after"`
	MinSize            *jmapwire.UInt `jmap:"minSize"`
	MaxSize            *jmapwire.UInt `jmap:"maxSize"`
	HasKeyword         *string        `jmap:"hasKeyword"`
	NotKeyword         *string        `jmap:"notKeyword"`

	before, after int64
	mailbox       postroom.CollectionID
	others        []postroom.CollectionID
}

// findEmails runs a query.
func (c *call) findEmails(m *store.Mail, filter, sort json.RawMessage, collapse bool) (*emailsFound, error) {
	f, bad := jmapwire.ParseFilter(filter)
	if bad != nil {
		return nil, bad
	}
	order, bad := jmapwire.ParseSort(sort)
	if bad != nil {
		return nil, bad
	}
	for _, by := range order {
		if !slices.Contains(sortOptions, by.Property) {
			return nil, &jmapwire.Error{Type: "unsupportedSort", Description: by.Property}
		}
	}
	conditions := make(map[*jmapwire.Filter]*emailCondition)
	bad = f.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		e := &emailCondition{}
		if bad := e.read(m.Account(), f.Condition); bad != nil {
			return bad
		}
		conditions[f] = e
		return nil
	})
	if bad != nil {
		return nil, bad
	}
	x, err := m.Index(c.ctx)
	if err != nil {
		return nil, err
	}
	list := candidates(x.Rows)
	list = slices.DeleteFunc(list, func(e *candidate) bool {
		return !f.Match(func(f *jmapwire.Filter) bool { return conditions[f].match(e) })
	})
	slices.SortStableFunc(list, func(a, b *candidate) int { return compare(order, a, b) })
	found := &emailsFound{state: x.State}
	threads := make(map[postroom.ThreadID]bool)
	for _, e := range list {
		if collapse && threads[e.rows[0].Thread] {
			continue
		}
		threads[e.rows[0].Thread] = true
		found.emails = append(found.emails, e.rows[0].Email)
	}
	return found, nil
}

// candidates puts the copies of an email together.
func candidates(rows []store.MailRow) []*candidate {
	by := make(map[postroom.EmailID]*candidate, len(rows))
	list := make([]*candidate, 0, len(rows))
	for _, r := range rows {
		e := by[r.Email]
		if e == nil {
			e = &candidate{flags: postroom.FlagSeen}
			by[r.Email] = e
			list = append(list, e)
		}
		e.rows = append(e.rows, r)
		e.flags = e.flags&r.Flags&postroom.FlagSeen | (e.flags|r.Flags)&^postroom.FlagSeen
		if r.Keywords != "" {
			e.words = append(e.words, strings.Fields(r.Keywords)...)
		}
	}
	return list
}

func (e *emailCondition) read(account postroom.AccountID, o jmapwire.Object) *jmapwire.Error {
	if err := jmapwire.Decode(o, e); err != nil {
		return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
	}
	if e.InMailbox != nil {
		e.mailbox, _ = jmapwire.ParseMailboxID(account, *e.InMailbox)
	}
	for _, id := range e.InMailboxOtherThan {
		if n, ok := jmapwire.ParseMailboxID(account, id); ok {
			e.others = append(e.others, n)
		}
	}
	for _, d := range []struct {
		text *string
		into *int64
	}{{e.Before, &e.before}, {e.After, &e.after}} {
		if d.text == nil {
			continue
		}
		t, ok := jmapwire.ParseUTCDate(*d.text)
		if !ok {
			return jmapwire.InvalidArguments("not a UTCDate")
		}
		*d.into = t.UnixMicro()
	}
	return nil
}

func (e *emailCondition) match(m *candidate) bool {
	in := func(list ...postroom.CollectionID) func(store.MailRow) bool {
		return func(r store.MailRow) bool { return slices.Contains(list, r.Mailbox) }
	}
	r := m.rows[0]
	switch {
	case e.InMailbox != nil && !slices.ContainsFunc(m.rows, in(e.mailbox)):
	case e.InMailboxOtherThan != nil && !slices.ContainsFunc(m.rows, func(r store.MailRow) bool { return !in(e.others...)(r) }):
	case e.Before != nil && r.Received >= e.before:
	case e.After != nil && r.Received < e.after:
	case e.MinSize != nil && r.Size < int64(*e.MinSize):
	case e.MaxSize != nil && r.Size >= int64(*e.MaxSize):
	case e.HasKeyword != nil && !m.has(*e.HasKeyword):
	case e.NotKeyword != nil && m.has(*e.NotKeyword):
	default:
		return true
	}
	return false
}

// has reports whether an email has a keyword.
func (m *candidate) has(word string) bool {
	word = strings.ToLower(word)
	for _, k := range systemKeywords {
		if k.word == word {
			return m.flags&k.flag != 0
		}
	}
	return slices.Contains(m.words, word)
}

// compare orders emails; the later ones first where the order leaves it open.
func compare(order []jmapwire.Comparator, a, b *candidate) int {
	for _, by := range order {
		n := cmp.Compare(a.rows[0].Received, b.rows[0].Received)
		if !by.IsAscending {
			n = -n
		}
		if n != 0 {
			return n
		}
	}
	return cmp.Compare(b.rows[0].Email, a.rows[0].Email)
}
