package zimbra

import "strings"

// splitLine takes a line of a command file apart as the tools do: words are
// separated by white space; single and double quotes keep it, and may begin in
// the middle of a word; a backslash keeps the next character, also inside
// double quotes. An open quote ends with the line. A line that begins with "#"
// is a comment.
func splitLine(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, begun = true, true
		case quote != 0:
			if r == quote {
				quote = 0
				continue
			}
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, begun = r, true
		case r == ' ' || r == '\t' || r == '\r':
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		case r == '#' && !begun && len(words) == 0:
			return nil
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}
