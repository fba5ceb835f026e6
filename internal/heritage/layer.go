package heritage

import (
	"maps"
	"slices"
	"strings"
)

// Layer is one folder of a server where the nearest folder with an access list
// decides alone. Here each grantee's nearest grant counts, so a folder whose
// list leaves out somebody from above is closed to what comes from above.
type Layer struct {
	Place
	Path string
	// Own says that the folder has its own list, even an empty one; without it
	// the folder has what the one above it has.
	Own bool
	// Grantees of the list; a negative entry is another one than a positive.
	Grantees []string
}

// Closed returns the layers that must not inherit, outermost first. Paths
// begin with a slash, and letters of either case are the same.
func Closed(layers []Layer) []Layer {
	byPath := make(map[string]*Layer, len(layers))
	for i := range layers {
		byPath[strings.ToLower(layers[i].Path)] = &layers[i]
	}
	var closed []Layer
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		l := byPath[path]
		if !l.Own || path == "/" {
			continue
		}
		own := make(map[string]bool)
		for _, g := range l.Grantees {
			own[strings.ToLower(g)] = true
		}
		if reached(byPath, path, own) {
			closed = append(closed, *l)
		}
	}
	return closed
}

// reached reports whether somebody not in own has a grant above path.
func reached(byPath map[string]*Layer, path string, own map[string]bool) bool {
	for path != "/" {
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
		if path == "" {
			path = "/"
		}
		above := byPath[path]
		if above == nil {
			continue
		}
		for _, g := range above.Grantees {
			if !own[strings.ToLower(g)] {
				return true
			}
		}
	}
	return false
}
