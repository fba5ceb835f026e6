package flags

import (
	"postroom"
	"postroom/internal/imapwire"
)

// Cache keeps the written form of flag sets: a mailbox of a hundred thousand
// messages has a handful of them.
type Cache map[set][]byte

type set struct {
	flags    postroom.Flags
	keywords string
}

// Written is how the flags of an item are written.
func (c Cache) Written(m *postroom.ItemMeta) []byte {
	key := set{m.Flags, m.Keywords}
	text, ok := c[key]
	if !ok {
		text = imapwire.AppendFlags(nil, Join(m))
		c[key] = text
	}
	return text
}
