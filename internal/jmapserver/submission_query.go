package jmapserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"postroom/internal/jmapwire"
	"postroom/internal/store"
)

// submissionCondition is a FilterCondition of submissions (RFC 8621 §7.3.1).
type submissionCondition struct {
	IdentityIDs []jmapwire.ID `jmap:"identityIds"`
	EmailIDs    []jmapwire.ID `jmap:"emailIds"`
	ThreadIDs   []jmapwire.ID `jmap:"threadIds"`
	UndoStatus  *string       `jmap:"undoStatus"`
	period
}

func (f *submissionCondition) matches(s sentMail) bool {
	return within(f.IdentityIDs, jmapwire.ID(s.Identity)) && within(f.EmailIDs, s.email) && within(f.ThreadIDs, s.thread) &&
		(f.UndoStatus == nil || *f.UndoStatus == s.Undo.String()) && f.holds(s.SendAt)
}

// within reports whether a list names an id; one that is not there names all.
func within(list []jmapwire.ID, id jmapwire.ID) bool { return list == nil || slices.Contains(list, id) }

// sentMail is a submission with the ids it is found by.
type sentMail struct {
	store.SentMail
	email, thread jmapwire.ID
}

// submissionOrders are the properties that submissions are sorted by. The RFC
// writes sentAt for what the object calls sendAt.
var submissionOrders = map[string]func(a, b sentMail) int{
	"emailId":  func(a, b sentMail) int { return strings.Compare(string(a.email), string(b.email)) },
	"threadId": func(a, b sentMail) int { return strings.Compare(string(a.thread), string(b.thread)) },
	"sentAt":   func(a, b sentMail) int { return a.SendAt.Compare(b.SendAt) },
	"sendAt":   func(a, b sentMail) int { return a.SendAt.Compare(b.SendAt) },
}

// submissionQuery is EmailSubmission/query (RFC 8621 §7.3).
func (c *call) submissionQuery(a jmapwire.Query) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	ids, state, err := c.findSubmissions(m, a.Filter, a.Sort)
	if err != nil {
		return nil, err
	}
	return page(a, ids, state, true)
}

// submissionQueryChanges is EmailSubmission/queryChanges (RFC 8621 §7.4).
func (c *call) submissionQueryChanges(a jmapwire.QueryChanges) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	found, err := m.SubmissionsChanged(c.ctx, a.SinceQueryState)
	if err != nil {
		return nil, cannotCalculate(err)
	}
	ids, state, err := c.findSubmissions(m, a.Filter, a.Sort)
	if err != nil {
		return nil, err
	}
	if state != found.State {
		return nil, jmapwire.Fail("serverUnavailable") // it changed meanwhile
	}
	touched := make(map[jmapwire.ID]bool)
	for _, id := range slices.Concat(found.Created, found.Updated, found.Destroyed) {
		touched[submissionID(id)] = true
	}
	return queryChanged(a, ids, state, touched)
}

// findSubmissions runs a query: without an order the latest comes first.
func (c *call) findSubmissions(m *store.Mail, filter, sort json.RawMessage) (ids []jmapwire.ID, state string, err error) {
	f, conditions, bad := submissionFilter(filter)
	if bad != nil {
		return nil, "", bad
	}
	compare, bad := submissionOrder(sort)
	if bad != nil {
		return nil, "", bad
	}
	list, state, err := m.Submissions(c.ctx, nil)
	if err != nil {
		return nil, "", err
	}
	var found []sentMail
	for _, s := range list {
		one := sentMail{s, jmapwire.EmailID(m.Account(), s.Email), jmapwire.ThreadID(m.Account(), s.Thread)}
		if f.Match(func(f *jmapwire.Filter) bool { return conditions[f].matches(one) }) {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, compare)
	ids = make([]jmapwire.ID, len(found))
	for i, s := range found {
		ids[i] = submissionID(s.ID)
	}
	return ids, state, nil
}

func submissionFilter(filter json.RawMessage) (*jmapwire.Filter, map[*jmapwire.Filter]*submissionCondition, *jmapwire.Error) {
	f, bad := jmapwire.ParseFilter(filter)
	if bad != nil {
		return nil, nil, bad
	}
	conditions := make(map[*jmapwire.Filter]*submissionCondition)
	bad = f.Each(func(f *jmapwire.Filter) *jmapwire.Error {
		of := &submissionCondition{}
		if err := jmapwire.Decode(f.Condition, of); err != nil {
			return &jmapwire.Error{Type: "unsupportedFilter", Description: err.Description}
		}
		conditions[f] = of
		return of.parse()
	})
	return f, conditions, bad
}

func submissionOrder(sort json.RawMessage) (func(a, b sentMail) int, *jmapwire.Error) {
	order, bad := jmapwire.ParseSort(sort)
	if bad != nil {
		return nil, bad
	}
	for _, by := range order {
		if submissionOrders[by.Property] == nil || by.Keyword != nil {
			return nil, &jmapwire.Error{Type: "unsupportedSort", Description: "submissions are sorted by emailId, threadId or sentAt"}
		}
	}
	return func(a, b sentMail) int {
		for _, by := range order {
			n := submissionOrders[by.Property](a, b)
			if !by.IsAscending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return cmp.Compare(b.ID, a.ID)
	}, nil
}
