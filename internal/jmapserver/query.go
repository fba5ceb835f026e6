package jmapserver

import (
	"slices"

	"postroom/internal/jmapwire"
)

// maxQueried bounds the ids one query gives.
const maxQueried = 10_000

// page is the part of the results of a query that was asked for (RFC 8620
// §5.5).
func page(q jmapwire.Query, all []jmapwire.ID, state string, changes bool) (jmapwire.Queried, error) {
	return pageOf(q, all, func(id jmapwire.ID) jmapwire.ID { return id }, state, changes)
}

// pageOf is page of what has ids that are spelled when they are asked for.
func pageOf[T any](q jmapwire.Query, all []T, spell func(T) jmapwire.ID, state string, changes bool) (jmapwire.Queried, error) {
	out := jmapwire.Queried{AccountID: q.AccountID, QueryState: state, CanCalculateChanges: changes, IDs: []jmapwire.ID{}}
	at := int(q.Position)
	if q.Anchor != nil {
		i := slices.IndexFunc(all, func(t T) bool { return spell(t) == *q.Anchor })
		if i < 0 {
			return out, jmapwire.Fail("anchorNotFound")
		}
		at = max(i+int(q.AnchorOffset), 0)
	} else if at < 0 {
		at = max(len(all)+at, 0)
	}
	most := maxQueried
	if q.Limit != nil {
		most = min(most, int(*q.Limit))
	}
	if q.Limit == nil && len(all)-at > most || q.Limit != nil && int(*q.Limit) > most {
		out.Limit = &most
	}
	out.Position = at
	if at < len(all) {
		for _, t := range all[at:min(len(all), at+most)] {
			out.IDs = append(out.IDs, spell(t))
		}
	}
	if q.CalculateTotal {
		total := len(all)
		out.Total = &total
	}
	return out, nil
}
