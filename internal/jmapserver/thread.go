package jmapserver

import (
	"slices"

	"postroom"
	"postroom/internal/jmapwire"
)

// threadGet is Thread/get (RFC 8621 §3.1). All threads at once are not given:
// there are as many as conversations.
func (c *call) threadGet(a jmapwire.Get) (any, error) {
	m, err := c.mail(a.AccountID)
	if err != nil {
		return nil, err
	}
	properties, err := chosen(a.Properties, []string{"id", "emailIds"})
	if err != nil {
		return nil, err
	}
	if a.IDs == nil {
		return nil, jmapwire.Fail("requestTooLarge")
	}
	if err := tooMany(len(*a.IDs), limits.ObjectsInGet); err != nil {
		return nil, err
	}
	ids := unique(*a.IDs)
	numbers := make([]postroom.ThreadID, 0, len(ids))
	for _, id := range ids {
		if n, ok := jmapwire.ParseThreadID(m.Account(), id); ok {
			numbers = append(numbers, n)
		}
	}
	threads, state, err := m.Threads(c.ctx, numbers)
	if err != nil {
		return nil, err
	}
	g := jmapwire.Got{AccountID: a.AccountID, State: state, List: []any{}, NotFound: []jmapwire.ID{}}
	for _, id := range ids {
		n, ok := jmapwire.ParseThreadID(m.Account(), id)
		emails := threads[n]
		if !ok || len(emails) == 0 {
			g.NotFound = append(g.NotFound, id)
			continue
		}
		o := map[string]any{"id": id}
		if slices.Contains(properties, "emailIds") {
			list := make([]jmapwire.ID, len(emails))
			for i, e := range emails {
				list[i] = jmapwire.EmailID(m.Account(), e)
			}
			o["emailIds"] = list
		}
		g.List = append(g.List, o)
	}
	return g, nil
}
