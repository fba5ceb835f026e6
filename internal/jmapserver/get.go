package jmapserver

import (
	"slices"

	"postroom/internal/jmapwire"
)

// chosen are the properties asked for, all when none are named; "id" is always
// one of them (RFC 8620 §5.1).
func chosen(asked *[]string, all []string) ([]string, error) {
	if asked == nil {
		return all, nil
	}
	list := []string{"id"}
	for _, name := range *asked {
		if !slices.Contains(all, name) {
			return nil, noProperty(name)
		}
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list, nil
}

func noProperty(name string) *jmapwire.Error {
	e := jmapwire.InvalidArguments("no such property: " + name[:min(len(name), 200)])
	e.Properties = []string{"properties"}
	return e
}

// tooMany refuses more ids than a call may ask for.
func tooMany(n, most int) error {
	if n > most {
		return jmapwire.Fail("requestTooLarge")
	}
	return nil
}

// unique leaves out the ids that are there already.
func unique[T ~string](ids []T) []T {
	seen := make(map[T]bool, len(ids))
	list := make([]T, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}

// got is the response of a /get of all objects there are, or those named.
func got[T any](a jmapwire.Get, state string, all []T, id func(T) jmapwire.ID, object func(T) any) (jmapwire.Got, error) {
	g := jmapwire.Got{AccountID: a.AccountID, State: state, List: []any{}, NotFound: []jmapwire.ID{}}
	if a.IDs == nil {
		if err := tooMany(len(all), limits.ObjectsInGet*10); err != nil {
			return g, err
		}
		for _, t := range all {
			g.List = append(g.List, object(t))
		}
		return g, nil
	}
	if err := tooMany(len(*a.IDs), limits.ObjectsInGet); err != nil {
		return g, err
	}
	by := make(map[jmapwire.ID]T, len(all))
	for _, t := range all {
		by[id(t)] = t
	}
	for _, id := range unique(*a.IDs) {
		if t, is := by[id]; is {
			g.List = append(g.List, object(t))
		} else {
			g.NotFound = append(g.NotFound, id)
		}
	}
	return g, nil
}
