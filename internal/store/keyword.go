package store

import (
	"slices"
	"strings"

	"postroom"
)

const (
	maxKeywords     = 200  // of one item
	maxKeywordBytes = 4096 // of all of them
)

// cleanKeywords brings keywords into their canonical form: lower case, sorted,
// one space between. Limit.
func cleanKeywords(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	words := strings.Fields(strings.ToLower(s))
	slices.Sort(words)
	words = slices.Compact(words)
	joined := strings.Join(words, " ")
	if len(words) > maxKeywords || len(joined) > maxKeywordBytes {
		return "", postroom.Errorf(postroom.Limit, "too many keywords")
	}
	if strings.ContainsFunc(joined, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", postroom.Errorf(postroom.Invalid, "bad keyword")
	}
	return joined, nil
}

// changeKeywords applies an operation to keywords in canonical form.
func changeKeywords(have string, op FlagOp, words string) (string, error) {
	switch {
	case op == SetFlags:
		return words, nil
	case words == "":
		return have, nil
	case op == AddFlags:
		return cleanKeywords(have + " " + words)
	}
	drop := strings.Fields(words)
	return strings.Join(slices.DeleteFunc(strings.Fields(have), func(w string) bool {
		return slices.Contains(drop, w)
	}), " "), nil
}
