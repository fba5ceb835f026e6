package imapserver

import (
	"postroom"
	"postroom/internal/imapserver/flags"
	"postroom/internal/imapwire"
)

// writeFlags tells the flags of one item, unasked.
func (c *conn) writeFlags(place int, m *postroom.ItemMeta, written flags.Cache) {
	modSeq := uint64(0)
	if c.condStore {
		modSeq = uint64(m.ModSeq)
	}
	c.fetchLine(place, m, written.Written(m), modSeq)
}

func flagsOf(m *postroom.ItemMeta) []imapwire.Flag { return flags.Join(m) }
