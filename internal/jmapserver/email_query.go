package jmapserver

import (
	"postroom/internal/jmapwire"
)

// sortOptions are the properties emails can be sorted by (RFC 8621 §4.4.2).
var sortOptions = []string{"receivedAt"}

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
	ids := make([]jmapwire.ID, len(found.emails))
	for i, e := range found.emails {
		ids[i] = jmapwire.EmailID(m.Account(), e)
	}
	return page(a.Query, ids, found.state, true)
}
