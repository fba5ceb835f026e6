package imapserver

import (
	"slices"
	"strings"

	"postroom"
	"postroom/internal/imapwire"
)

// splitFlags turns flags of a client into the store's words: system flags and
// canonical keywords. \Recent and unknown system flags are left out.
func splitFlags(flags []imapwire.Flag) (system postroom.Flags, keywords string) {
	var words []string
	for _, f := range flags {
		if !f.System() {
			words = append(words, strings.ToLower(string(f)))
			continue
		}
		for _, known := range systemFlags {
			if known.name == imapwire.CanonicalFlag(f) {
				system |= known.flag
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

// joinFlags is the inverse of splitFlags.
func joinFlags(m *postroom.ItemMeta) []imapwire.Flag {
	flags := make([]imapwire.Flag, 0, 6)
	for _, known := range systemFlags {
		if m.Flags&known.flag != 0 {
			flags = append(flags, known.name)
		}
	}
	return append(flags, keywordFlags(m.Keywords)...)
}

// keywordFlags are canonical keywords in their usual spelling.
func keywordFlags(words string) (flags []imapwire.Flag) {
	for word := range strings.FieldsSeq(words) {
		if usual, ok := usualKeywords[word]; ok {
			flags = append(flags, usual)
			continue
		}
		flags = append(flags, imapwire.Flag(word))
	}
	return flags
}

// flagCache keeps the written form of flag sets: a mailbox of a hundred
// thousand messages has a handful of them.
type flagCache map[flagSet][]byte

type flagSet struct {
	flags    postroom.Flags
	keywords string
}

func (fc flagCache) written(m *postroom.ItemMeta) []byte {
	key := flagSet{m.Flags, m.Keywords}
	text, ok := fc[key]
	if !ok {
		text = imapwire.AppendFlags(nil, joinFlags(m))
		fc[key] = text
	}
	return text
}

// writeFlags tells the flags of one item, unasked.
func (c *conn) writeFlags(place int, m *postroom.ItemMeta) {
	modSeq := uint64(0)
	if c.condStore {
		modSeq = uint64(m.ModSeq)
	}
	c.fetchLine(place, m, imapwire.AppendFlags(nil, joinFlags(m)), modSeq)
}
