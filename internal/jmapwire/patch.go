package jmapwire

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Patch is one entry of a PatchObject (RFC 8620 §5.3): where, and what is put
// there; null takes away.
type Patch struct {
	Path  []string
	Value json.RawMessage
}

// ParsePatch reads a PatchObject. No path may go through another. Its entries
// are in the order of their paths.
func ParsePatch(raw json.RawMessage) ([]Patch, *Error) {
	var o Object
	if !isObject(raw) || json.Unmarshal(raw, &o) != nil {
		return nil, InvalidPatch("not an object")
	}
	list := make([]Patch, 0, len(o))
	for _, key := range slices.Sorted(maps.Keys(o)) {
		path, ok := pointer("/" + key)
		if !ok {
			return nil, InvalidPatch("not a path: " + printable(key))
		}
		list = append(list, Patch{path, o[key]})
	}
	keys := make(map[string]bool, len(o))
	for key := range o {
		keys[key] = true
	}
	for key := range o {
		for i, c := range []byte(key) {
			if c == '/' && keys[key[:i]] {
				return nil, InvalidPatch("one path goes through another: " + printable(key))
			}
		}
	}
	return list, nil
}

// Key is the path as it was written.
func (p Patch) Key() string {
	words := make([]string, len(p.Path))
	for i, w := range p.Path {
		words[i] = strings.ReplaceAll(strings.ReplaceAll(w, "~", "~0"), "/", "~1")
	}
	return strings.Join(words, "/")
}

// ParseSet reads a map whose values are all true; null is the empty one.
func ParseSet(raw json.RawMessage) ([]string, bool) {
	if IsNull(raw) {
		return nil, true
	}
	var o Object
	if !isObject(raw) || json.Unmarshal(raw, &o) != nil {
		return nil, false
	}
	for _, v := range o {
		if string(v) != "true" {
			return nil, false
		}
	}
	return slices.Sorted(maps.Keys(o)), true
}
