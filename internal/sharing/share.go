package sharing

import (
	"strings"
	"time"

	"postroom/internal/store"
)

// ShareText says in sentences what somebody has on an account or group, in the
// language of a locale: what it is about, and what one can do.
func ShareText(s *store.NoticeShare, locale string) []string {
	w := &writer{words: wordsFor(locale), zone: time.UTC}
	var lines []string
	for _, it := range w.items(s, true) {
		line := it.head
		if len(it.lines) > 0 {
			line += ": " + strings.Join(it.lines, " ")
		}
		if !strings.HasSuffix(line, ".") {
			line += "."
		}
		lines = append(lines, line)
	}
	return lines
}
