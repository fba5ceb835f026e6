package main

import (
	"fmt"
	"strings"
)

// expungeRows remove what is marked as deleted: letters that are in another
// mailbox as well, and letters that are gone for good with it.
func expungeRows(s settings) []*imapRow {
	marked := func(prefix string) []string {
		return []string{fmt.Sprintf("SELECT %q", prefix+other), `STORE 1:* +FLAGS.SILENT (\Deleted)`}
	}
	copied := func(prefix string) []string {
		return append([]string{fmt.Sprintf("SELECT %q", prefix+letters), fmt.Sprintf("COPY 1:* %q", prefix+other)}, marked(prefix)...)
	}
	seed := int64(1_000_000) // no letter comes twice
	appended := func(prefix string) []string {
		seed += int64(s.letters)
		return append(appendMany(prefix+other, seed, s.letters), marked(prefix)...)
	}
	commands := func(string) []string { return []string{"EXPUNGE"} }
	return []*imapRow{
		{name: fmt.Sprintf("EXPUNGE of %d copies", s.letters), before: copied, commands: commands, verify: expunged(s.letters), rounds: 5},
		{name: fmt.Sprintf("EXPUNGE of %d letters", s.letters), before: appended, commands: commands, verify: expunged(s.letters), rounds: 3},
	}
}

// appendMany are commands that append n letters, 250 with each (RFC 3502).
func appendMany(box string, seed int64, n int) (commands []string) {
	const atOnce = 250
	for i := 0; i < n; i += atOnce {
		var b strings.Builder
		fmt.Fprintf(&b, "APPEND %q", box)
		for j := i; j < min(i+atOnce, n); j++ {
			text := message(seed+int64(j), letterBytes)
			fmt.Fprintf(&b, " {%d+}\r\n%s", len(text), text)
		}
		commands = append(commands, b.String())
	}
	return commands
}
