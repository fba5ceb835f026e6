package imapserver

import (
	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
)

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
		text = imapwire.AppendFlags(nil, flags.Join(m))
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
	c.fetchLine(place, m, imapwire.AppendFlags(nil, flags.Join(m)), modSeq)
}

func flagsOf(m *postroom.ItemMeta) []imapwire.Flag { return flags.Join(m) }
