package jmapserver

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// emailCondition is a FilterCondition (RFC 8621 §4.4.1).
type emailCondition struct {
	InMailbox               *jmapwire.ID   `jmap:"inMailbox"`
	InMailboxOtherThan      []jmapwire.ID  `jmap:"inMailboxOtherThan"`
	Before                  *string        `jmap:"before"`
	After                   *string        `jmap:"after"`
	MinSize                 *jmapwire.UInt `jmap:"minSize"`
	MaxSize                 *jmapwire.UInt `jmap:"maxSize"`
	AllInThreadHaveKeyword  *string        `jmap:"allInThreadHaveKeyword"`
	SomeInThreadHaveKeyword *string        `jmap:"someInThreadHaveKeyword"`
	NoneInThreadHaveKeyword *string        `jmap:"noneInThreadHaveKeyword"`
	HasKeyword              *string        `jmap:"hasKeyword"`
	NotKeyword              *string        `jmap:"notKeyword"`
	HasAttachment           *bool          `jmap:"hasAttachment"`
	Text                    *string        `jmap:"text"`
	From                    *string        `jmap:"from"`
	To                      *string        `jmap:"to"`
	Cc                      *string        `jmap:"cc"`
	Bcc                     *string        `jmap:"bcc"`
	Subject                 *string        `jmap:"subject"`
	Body                    *string        `jmap:"body"`
	Header                  []string       `jmap:"header"`
	// Of our own capability: where the conversation stands, and whose it is.
	WorkStatus *string `jmap:"workStatus"`
	Assignee   *string `jmap:"assignee"` // empty: nobody's

	before, after int64 // microseconds
	mailbox       postroom.CollectionID
	others        []postroom.CollectionID
	// found is what text was found in; nil when none was looked for. told are the
	// marks of the indexes that tell it.
	found emailSet
	told  []store.IndexMark
}

// emailSet has true at the number of each email in it.
type emailSet []bool

func (s emailSet) has(id postroom.EmailID) bool { return int(id) < len(s) && s[id] }

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
	if e.WorkStatus != nil {
		if _, ok := postroom.ParseWorkStatus(*e.WorkStatus); !ok {
			return jmapwire.InvalidArguments("workStatus is open, waiting or done")
		}
	}
	if e.Header != nil && (len(e.Header) < 1 || len(e.Header) > 2 || e.Header[0] == "") {
		return jmapwire.InvalidArguments("header is a name, or a name and a text")
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

// texts are the texts looked for.
func (e *emailCondition) texts() (all []store.TextQuery) {
	for _, f := range []struct {
		field store.TextField
		text  *string
	}{{store.Anywhere, e.Text}, {store.From, e.From}, {store.To, e.To}, {store.Cc, e.Cc}, {store.Bcc, e.Bcc}, {store.Subject, e.Subject}, {store.Body, e.Body}} {
		if f.text != nil {
			all = append(all, store.TextQuery{Field: f.field, Text: *f.text, How: store.Words})
		}
	}
	return all
}

// look looks for the texts of a condition.
func (e *emailCondition) look(c *call, m *store.Mail) error {
	narrow := func(hits []postroom.EmailID, err error) error {
		if err != nil {
			return err
		}
		last := postroom.EmailID(0)
		if len(hits) > 0 {
			last = slices.Max(hits)
		}
		found := make(emailSet, last+1)
		for _, id := range hits {
			found[id] = e.found == nil || e.found.has(id)
		}
		e.found = found
		return nil
	}
	if e.Header != nil {
		text := ""
		if len(e.Header) == 2 {
			text = e.Header[1]
		}
		if err := narrow(m.SearchHeader(c.ctx, e.Header[0], text)); err != nil {
			return err
		}
	}
	for _, q := range e.texts() {
		hits, err := m.SearchText(c.ctx, q)
		if err := narrow(hits.Emails, err); err != nil {
			return err
		}
		e.told = append(e.told, hits.Mark)
	}
	return nil
}

// match tells whether an email matches, but for what it needs of others.
func (e *emailCondition) match(s *survey, m *candidate) bool {
	switch {
	case e.InMailbox != nil && !m.in(func(box postroom.CollectionID) bool { return box == e.mailbox }):
	case e.InMailboxOtherThan != nil && !m.in(func(box postroom.CollectionID) bool { return !slices.Contains(e.others, box) }):
	case e.Before != nil && m.Received >= e.before:
	case e.After != nil && m.Received < e.after:
	case e.MinSize != nil && m.Size < int64(*e.MinSize):
	case e.MaxSize != nil && m.Size >= int64(*e.MaxSize):
	case e.HasKeyword != nil && !m.has(*e.HasKeyword):
	case e.NotKeyword != nil && m.has(*e.NotKeyword):
	case e.AllInThreadHaveKeyword != nil && !s.thread(m, *e.AllInThreadHaveKeyword).all:
	case e.SomeInThreadHaveKeyword != nil && !s.thread(m, *e.SomeInThreadHaveKeyword).some:
	case e.NoneInThreadHaveKeyword != nil && s.thread(m, *e.NoneInThreadHaveKeyword).some:
	case e.WorkStatus != nil && s.stands(m).Status.String() != *e.WorkStatus:
	case e.Assignee != nil && !strings.EqualFold(s.stands(m).Assignee, *e.Assignee):
	case e.HasAttachment != nil && m.Attached != *e.HasAttachment:
	case e.found != nil && !e.found.has(m.Email):
	default:
		return true
	}
	return false
}

// ofThreads reports whether a condition asks for other emails of the thread.
func (e *emailCondition) ofThreads() bool {
	return e.AllInThreadHaveKeyword != nil || e.SomeInThreadHaveKeyword != nil || e.NoneInThreadHaveKeyword != nil ||
		e.WorkStatus != nil || e.Assignee != nil
}

// onlyMailbox is the mailbox in which all results are, when nothing is asked
// that depends on others.
func onlyMailbox(f *jmapwire.Filter, conditions map[*jmapwire.Filter]*emailCondition, order []jmapwire.Comparator) (postroom.CollectionID, bool) {
	if f == nil || f.Operator != "" {
		return 0, false
	}
	e := conditions[f]
	if e.InMailbox == nil || e.InMailboxOtherThan != nil || e.HasKeyword != nil || e.NotKeyword != nil || e.ofThreads() {
		return 0, false
	}
	return e.mailbox, !slices.ContainsFunc(order, func(by jmapwire.Comparator) bool { return by.Keyword != nil })
}
