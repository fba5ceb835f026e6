package store

import (
	"context"
	"slices"

	"postroom"
)

// Expunge removes messages that have \Deleted: those of uids, or all when uids
// is nil. Needs Expunge. It returns the UIDs removed. Many messages are removed
// a thousand at a time.
func (m *Mailbox) Expunge(ctx context.Context, uids []postroom.UID) (removed []postroom.UID, err error) {
	if uids != nil {
		uids = ascending(uids)
	}
	for first := true; first || len(uids) > 0; first = false {
		chunk := uids[:min(len(uids), writeChunk)]
		for {
			var part []postroom.UID
			err := m.act(ctx, toRead|postroom.Expunge, func(c *change, _ postroom.Rights) (err error) {
				part, err = m.expunge(c, chunk, uids == nil)
				return err
			})
			if err != nil {
				return removed, err
			}
			removed = append(removed, part...)
			if uids != nil || len(part) < writeChunk {
				break
			}
		}
		uids = uids[len(chunk):]
		if len(uids) == 0 {
			break
		}
	}
	return removed, nil
}

// expunge removes the messages with \Deleted among uids, or the first of all.
func (m *Mailbox) expunge(c *change, uids []postroom.UID, all bool) ([]postroom.UID, error) {
	var rows []row
	var err error
	if all {
		// The counter spares most calls the walk over the mailbox.
		var deleted int
		err = c.tx.QueryRow(`SELECT deleted FROM collection WHERE account_id = $1 AND collection_id = $2`,
			m.ref.Account, m.ref.Collection).Scan(&deleted)
		if err != nil || deleted == 0 {
			return nil, err
		}
		err = c.tx.Each(rowColumns+` AND (flags & 8) <> 0 ORDER BY uid LIMIT $3`,
			[]any{m.ref.Account, m.ref.Collection, writeChunk}, func(scan func(...any) error) error {
				r, err := scanRow(scan)
				rows = append(rows, r)
				return err
			})
	} else {
		rows, err = readRows(c.tx, m.ref, uids)
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.Flags&postroom.FlagDeleted == 0 })
	}
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	gone := uidsOf(rows)
	names, err := m.session.messagesNamed(c.tx, "message.delete", m.ref, gone)
	if err != nil {
		return nil, err
	}
	if err := m.session.recordMessages(c.tx, "message.delete", m.ref, gone, names, nil); err != nil {
		return nil, err
	}
	return gone, c.removeItems(m.ref.Collection, rows, emailsGo)
}
