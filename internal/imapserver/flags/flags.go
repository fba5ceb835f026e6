// Package flags translates between the flags of IMAP and those of the store.
package flags

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
)

// System has the system flags in the order they are listed, and the right to
// change each (RFC 4314 §4).
var System = []struct {
	Flag  postroom.Flags
	Name  imapwire.Flag
	Needs postroom.Rights
}{
	{postroom.FlagAnswered, imapwire.FlagAnswered, postroom.Write},
	{postroom.FlagFlagged, imapwire.FlagFlagged, postroom.Write},
	{postroom.FlagDeleted, imapwire.FlagDeleted, postroom.DeleteItems},
	{postroom.FlagSeen, imapwire.FlagSeen, postroom.Seen},
	{postroom.FlagDraft, imapwire.FlagDraft, postroom.Write},
}

// Split turns flags of a client into the store's words: system flags and
// canonical keywords. \Recent and unknown system flags are left out.
func Split(flags []imapwire.Flag) (system postroom.Flags, keywords string) {
	var words []string
	for _, f := range flags {
		if !f.System() {
			words = append(words, strings.ToLower(string(f)))
			continue
		}
		for _, known := range System {
			if known.Name == imapwire.CanonicalFlag(f) {
				system |= known.Flag
			}
		}
	}
	slices.Sort(words)
	return system, strings.Join(slices.Compact(words), " ")
}

// usualKeywords have a spelling of their own (RFC 9051 §2.3.2).
var usualKeywords = map[string]imapwire.Flag{
	"$forwarded": imapwire.FlagForwarded, "$mdnsent": imapwire.FlagMDNSent, "$junk": imapwire.FlagJunk,
	"$notjunk": imapwire.FlagNotJunk, "$phishing": imapwire.FlagPhishing,
}

// Join gives the flags of an item as IMAP has them: it is the inverse of Split.
func Join(m *postroom.ItemMeta) []imapwire.Flag {
	flags := make([]imapwire.Flag, 0, 6)
	for _, known := range System {
		if m.Flags&known.Flag != 0 {
			flags = append(flags, known.Name)
		}
	}
	return append(flags, Keywords(m.Keywords)...)
}

// Keywords are canonical keywords in their usual spelling.
func Keywords(words string) (flags []imapwire.Flag) {
	for word := range strings.FieldsSeq(words) {
		if usual, ok := usualKeywords[word]; ok {
			flags = append(flags, usual)
			continue
		}
		flags = append(flags, imapwire.Flag(word))
	}
	return flags
}
