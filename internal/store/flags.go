package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// FlagOp is what to do with flags.
type FlagOp uint8

// The operations of STORE (RFC 9051 §6.4.6).
const (
	SetFlags FlagOp = iota
	AddFlags
	RemoveFlags
)

// FlagChange changes flags of messages. Only the part one has rights to is
// applied: \Seen needs Seen, \Deleted needs DeleteItems, others need Write.
type FlagChange struct {
	Op       FlagOp
	Flags    postroom.Flags
	Keywords string
	// UnchangedSince, when not negative, leaves items with a higher ModSeq
	// alone and reports them as stale (RFC 7162 §3.1.3).
	UnchangedSince postroom.ModSeq
}

// FlagResult tells what ChangeFlags did.
type FlagResult struct {
	Changed []postroom.ItemMeta // new state of every item touched or asked for
	Stale   []postroom.UID
}

// writeChunk bounds the items one transaction changes, so that others get
// their turn in between.
const writeChunk = 1000

// ChangeFlags applies a change to the messages named. Denied when no part of
// it is permitted. Many messages are changed a thousand at a time.
func (m *Mailbox) ChangeFlags(ctx context.Context, uids []postroom.UID, c FlagChange) (result FlagResult, err error) {
	if c.Keywords, err = cleanKeywords(c.Keywords); err != nil {
		return result, err
	}
	uids = ascending(uids)
	for first := true; first || len(uids) > 0; first = false {
		chunk := uids[:min(len(uids), writeChunk)]
		uids = uids[len(chunk):]
		var part FlagResult
		err := m.act(ctx, toRead, func(ch *change, have postroom.Rights) (err error) {
			part, err = m.changeFlags(ch, have, chunk, c)
			return err
		})
		if err != nil {
			return result, err
		}
		result.Changed = append(result.Changed, part.Changed...)
		result.Stale = append(result.Stale, part.Stale...)
	}
	return result, nil
}

// may restricts a change to what rights allow.
func (c FlagChange) may(have postroom.Rights) (allowed postroom.Flags, keywords bool, err error) {
	allowed, keywords = settable(have), have.Has(postroom.Write)
	touched := c.Flags
	words := c.Keywords != ""
	if c.Op == SetFlags {
		// Replacing also takes away what is not named.
		touched, words = 1<<5-1, true
	}
	if (touched != 0 || words) && touched&allowed == 0 && !(words && keywords) {
		return 0, false, postroom.Errorf(postroom.Denied, "permission denied: these flags may not be changed")
	}
	return allowed, keywords, nil
}

// apply is the state of an item after the change.
func (c FlagChange) apply(it postroom.ItemMeta, allowed postroom.Flags, keywords bool) (postroom.ItemMeta, error) {
	flags := it.Flags
	switch c.Op {
	case SetFlags:
		flags = c.Flags
	case AddFlags:
		flags |= c.Flags
	case RemoveFlags:
		flags &^= c.Flags
	}
	it.Flags = it.Flags&^allowed | flags&allowed
	if !keywords {
		return it, nil
	}
	var err error
	it.Keywords, err = changeKeywords(it.Keywords, c.Op, c.Keywords)
	return it, err
}

func (m *Mailbox) changeFlags(c *change, have postroom.Rights, uids []postroom.UID, fc FlagChange) (result FlagResult, err error) {
	allowed, keywords, err := fc.may(have)
	if err != nil {
		return result, err
	}
	rows, err := readRows(c.tx, m.ref, uids)
	if err != nil {
		return result, err
	}
	each, err := seenPerUser(c.tx, m.ref)
	if err != nil {
		return result, err
	}
	var own map[postroom.UID]ownState
	if each {
		if own, err = readOwn(c.tx, m.ref, m.session.Actor().Account, rows); err != nil {
			return result, err
		}
	}
	var t tally
	var touched []postroom.UID
	forAll := false // something changed for other readers too
	for _, r := range rows {
		seen := own[r.UID].over(r.ItemMeta)
		if fc.UnchangedSince >= 0 && seen.ModSeq > fc.UnchangedSince {
			result.Stale = append(result.Stale, r.UID)
			continue
		}
		next, err := fc.apply(seen, allowed, keywords)
		if err != nil {
			return result, err
		}
		if next != seen {
			if next.ModSeq, err = c.number(); err != nil {
				return result, err
			}
			stored, err := m.reflag(c, r, seen, next, each, &t)
			if err != nil {
				return result, err
			}
			forAll = forAll || stored
			touched = append(touched, r.UID)
		}
		result.Changed = append(result.Changed, next)
	}
	if len(touched) == 0 {
		return result, nil
	}
	if forAll {
		if _, _, err := c.touch(m.ref.Collection, t); err != nil {
			return result, err
		}
	}
	names, err := m.session.messagesNamed(c.tx, "message.flag", m.ref, touched)
	if err != nil {
		return result, err
	}
	return result, m.session.recordMessages(c.tx, "message.flag", m.ref, touched, names, map[string]string{"change": fc.String()})
}

// reflag stores the new state of an item. Where each reader has their own read
// state, \Seen goes there and the rest to the item: forAll says that there is a
// rest.
func (m *Mailbox) reflag(c *change, r row, before, after postroom.ItemMeta, each bool, t *tally) (forAll bool, err error) {
	stored := after.Flags
	if each {
		stored = after.Flags&^postroom.FlagSeen | r.Flags&postroom.FlagSeen
		if (before.Flags^after.Flags)&postroom.FlagSeen != 0 {
			seen := int(after.Flags & postroom.FlagSeen)
			if err := c.setOwnSeen(m.ref.Collection, m.session.Actor().Account, r.UID, seen); err != nil {
				return false, err
			}
		}
		if stored == r.Flags && after.Keywords == r.Keywords {
			return false, nil
		}
	}
	t.reflag(r.Flags, -1)
	t.reflag(stored, 1)
	return true, c.updateItem(m.ref.Collection, r.UID, stored, after.Keywords)
}

func (c *change) updateItem(collection postroom.CollectionID, uid postroom.UID, flags postroom.Flags, keywords string) error {
	_, err := c.tx.Exec(`UPDATE item SET flags = $4, keywords = $5, modseq = $6
		WHERE account_id = $1 AND collection_id = $2 AND uid = $3`,
		c.account, collection, uid, flags, keywords, c.modseq)
	return err
}

// String is the change as the audit log shows it.
func (c FlagChange) String() string {
	s := [...]string{"=", "+", "-"}[min(int(c.Op), 2)]
	for i, name := range [...]string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`} {
		if c.Flags&(1<<i) != 0 {
			s += " " + name
		}
	}
	if c.Keywords != "" {
		s += " " + c.Keywords
	}
	return s
}

// ownState is the read state of one reader where each has their own.
type ownState struct {
	seen   int
	modseq postroom.ModSeq // zero: none, the item's holds
}

// over puts a reader's own state over an item's.
func (o ownState) over(it postroom.ItemMeta) postroom.ItemMeta {
	if o.modseq != 0 {
		it.Flags = it.Flags&^postroom.FlagSeen | postroom.Flags(o.seen)&postroom.FlagSeen
		it.ModSeq = max(it.ModSeq, o.modseq)
	}
	return it
}

// readOwn reads a reader's own state of items in ascending UID order.
func readOwn(tx *db.Tx, ref postroom.CollectionRef, reader postroom.AccountID, rows []row) (map[postroom.UID]ownState, error) {
	own := make(map[postroom.UID]ownState)
	if len(rows) == 0 {
		return own, nil
	}
	err := tx.Each(`SELECT uid, seen, modseq FROM read_state WHERE account_id = $1 AND collection_id = $2
		AND reader_id = $3 AND uid BETWEEN $4 AND $5`,
		[]any{ref.Account, ref.Collection, reader, rows[0].UID, rows[len(rows)-1].UID},
		func(scan func(...any) error) error {
			var uid postroom.UID
			var o ownState
			err := scan(&uid, &o.seen, &o.modseq)
			own[uid] = o
			return err
		})
	return own, err
}

// setOwnSeen stores a reader's own read state.
func (c *change) setOwnSeen(collection postroom.CollectionID, reader postroom.AccountID, uid postroom.UID, seen int) error {
	_, err := c.tx.Exec(`INSERT INTO read_state (account_id, collection_id, reader_id, uid, seen, modseq)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, collection_id, reader_id, uid)
		DO UPDATE SET seen = excluded.seen, modseq = excluded.modseq`,
		c.account, collection, reader, uid, seen, c.modseq)
	return err
}

// copyOwn copies all readers' own states of an item to another.
func (c *change) copyOwn(from postroom.CollectionID, fromUID postroom.UID, to postroom.CollectionID, toUID postroom.UID) error {
	_, err := c.tx.Exec(`INSERT INTO read_state (account_id, collection_id, reader_id, uid, seen, modseq)
		SELECT account_id, $4, reader_id, $5, seen, $6 FROM read_state
		WHERE account_id = $1 AND collection_id = $2 AND uid = $3 ORDER BY reader_id`,
		c.account, from, fromUID, to, toUID, c.modseq)
	return err
}

// uidsOf lists the UIDs of rows.
func uidsOf(rows []row) []postroom.UID {
	uids := make([]postroom.UID, len(rows))
	for i, r := range rows {
		uids[i] = r.UID
	}
	slices.Sort(uids)
	return uids
}
