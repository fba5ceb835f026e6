package store

import (
	"slices"
	"strings"
	"time"

	"postroom/internal/rights"
)

// Way is a way by which somebody has something, or is denied it: what an
// explanation says of one grant, and that in one sentence.
type Way struct {
	Text string
	rights.Step
}

// wayOf is one step in words: through whom, on what, which rights.
func wayOf(s rights.Step) string {
	way := strings.Join(s.Via, " → ") + ": " + string(s.Effect) + " " + s.Rights + " on " + s.On
	if s.Reason != "" {
		way += ", break-glass until " + s.Until.UTC().Format(time.RFC3339) + ": " + s.Reason
	}
	return way
}

// addWay adds a step to ways, once.
func addWay(ways []Way, s rights.Step) []Way {
	text := wayOf(s)
	if slices.ContainsFunc(ways, func(w Way) bool { return w.Text == text }) {
		return ways
	}
	return append(ways, Way{text, s})
}

// waysWithout are those of all that are not among others.
func waysWithout(all, others []Way) (left []Way) {
	for _, w := range all {
		if !slices.ContainsFunc(others, func(o Way) bool { return o.Text == w.Text }) {
			left = append(left, w)
		}
	}
	return left
}
