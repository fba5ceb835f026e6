package imapserver

import (
	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
)

// writeFlags tells the flags of one item, unasked.
func (c *conn) writeFlags(place int, m *postroom.ItemMeta) {
	modSeq := uint64(0)
	if c.condStore {
		modSeq = uint64(m.ModSeq)
	}
	c.fetchLine(place, m, imapwire.AppendFlags(nil, flags.Join(m)), modSeq)
}

func flagsOf(m *postroom.ItemMeta) []imapwire.Flag { return flags.Join(m) }
