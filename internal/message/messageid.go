package message

import "strings"

// ParseMessageIDs gives the message identifiers in a value, without angle brackets
// and white space, each once, in order. Words without brackets count when they
// hold an "@" and there is none in brackets. At most [MaxReferences] are kept: the
// first and the last.
func ParseMessageIDs(value string) []string {
	var ids []string
	seen := map[string]bool{}
	add := func(id string) {
		id = strings.Join(strings.Fields(oneLine(guessString(id))), "")
		if id != "" && len(id) <= 998 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for rest := value; ; {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			break
		}
		id, next, ok := strings.Cut(after, ">")
		if !ok {
			break
		}
		if i := strings.LastIndexByte(id, '<'); i >= 0 {
			id = id[i+1:]
		}
		add(id)
		rest = next
	}
	if len(ids) == 0 {
		for _, word := range strings.Fields(value) {
			if word = strings.Trim(word, "<>,;\""); strings.Contains(word, "@") {
				add(word)
			}
		}
	}
	return keepEnds(ids, MaxReferences)
}
