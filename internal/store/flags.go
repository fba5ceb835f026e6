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
// their turn in between; flagChunk those whose flags it changes, which goes many
// at a time.
const writeChunk, flagChunk = 1000, 10_000

// ChangeFlags applies a change to the messages named. Denied when no part of
// it is permitted. Many messages are changed ten thousand at a time.
func (m *Mailbox) ChangeFlags(ctx context.Context, uids []postroom.UID, c FlagChange) (result FlagResult, err error) {
	if c.Keywords, err = cleanKeywords(c.Keywords); err != nil {
		return result, err
	}
	uids = ascending(uids)
	for first := true; first || len(uids) > 0; first = false {
		chunk := uids[:min(len(uids), flagChunk)]
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

// Expected is the state of an item after the change as somebody expects it who
// knows it as it is here: with all of the change applied.
func (c FlagChange) Expected(it postroom.ItemMeta) postroom.ItemMeta {
	words, err := cleanKeywords(c.Keywords)
	if err != nil {
		return it
	}
	c.Keywords = words
	after, err := c.apply(it, 1<<5-1, true)
	if err != nil {
		return it
	}
	return after
}

func (m *Mailbox) changeFlags(c *change, have postroom.Rights, uids []postroom.UID, fc FlagChange) (result FlagResult, err error) {
	allowed, keywords, err := fc.may(have)
	if err != nil {
		return result, err
	}
	each, err := seenPerUser(c.tx, m.ref)
	if err != nil {
		return result, err
	}
	rows, err := m.rowsToFlag(c.tx, uids, each)
	if err != nil {
		return result, err
	}
	result.Changed = make([]postroom.ItemMeta, 0, len(rows))
	var own map[postroom.UID]ownState
	if each {
		if own, err = readOwn(c.tx, m.ref, m.session.Actor().Account, rows); err != nil {
			return result, err
		}
	}
	var t tally
	touched, states := make([]postroom.UID, 0, len(rows)), make([]itemState, 0, len(rows))
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
			state, other, err := m.reflag(c, r, seen, next, each, &t)
			if err != nil {
				return result, err
			}
			if other {
				states = append(states, state)
			}
			touched = append(touched, r.UID)
		}
		result.Changed = append(result.Changed, next)
	}
	if len(touched) == 0 {
		return result, nil
	}
	if !each {
		if err := m.carry(c, result.Changed); err != nil {
			return result, err
		}
	}
	return result, m.store(c, states, t, touched, fc)
}

// rowsToFlag are the items named, with what there is to know of flags: many of
// them from the picture of the present state, if it is kept.
func (m *Mailbox) rowsToFlag(tx *db.Tx, uids []postroom.UID, each bool) ([]row, error) {
	if each || len(uids) <= fewUIDs {
		return readRows(tx, m.ref, uids)
	}
	there, ok, err := m.present(tx, uids)
	if err != nil {
		return nil, err
	}
	if !ok {
		return readRows(tx, m.ref, uids)
	}
	rows := make([]row, len(there))
	for i, it := range there {
		rows[i].ItemMeta = it
	}
	return rows, nil
}

// store writes what a change of flags did, and its record.
func (m *Mailbox) store(c *change, states []itemState, t tally, touched []postroom.UID, fc FlagChange) error {
	if err := c.updateItems(m.ref.Collection, states); err != nil {
		return err
	}
	if len(states) > 0 { // else nothing has changed for other readers
		if _, _, err := c.touch(m.ref.Collection, t); err != nil {
			return err
		}
	}
	names, err := m.session.messagesNamed(c.tx, "message.flag", m.ref, touched)
	if err != nil {
		return err
	}
	return m.session.recordMessages(c.tx, "message.flag", m.ref, touched, names, map[string]string{"change": fc.String()})
}

// reflag counts the new state of an item, and returns it if the item itself is
// to change. Where each reader has their own read state, \Seen is stored there.
func (m *Mailbox) reflag(c *change, r row, before, after postroom.ItemMeta, each bool, t *tally) (state itemState, other bool, err error) {
	stored := after.Flags
	if each {
		stored = after.Flags&^postroom.FlagSeen | r.Flags&postroom.FlagSeen
		if (before.Flags^after.Flags)&postroom.FlagSeen != 0 {
			seen := int(after.Flags & postroom.FlagSeen)
			if err := c.setOwnSeen(m.ref.Collection, m.session.Actor().Account, r.UID, seen); err != nil {
				return state, false, err
			}
		}
		if stored == r.Flags && after.Keywords == r.Keywords {
			return state, false, nil
		}
	}
	t.reflag(r.Flags, -1)
	t.reflag(stored, 1)
	return itemState{r.UID, stored, after.Keywords}, true, nil
}

// itemState is what an item is to become.
type itemState struct {
	uid      postroom.UID
	flags    postroom.Flags
	keywords string
}

// follows reports whether an item can be changed together with the one before.
func (s itemState) follows(before itemState) bool {
	return s.uid == before.uid+1 && s.flags == before.flags && s.keywords == before.keywords
}

func (c *change) updateItem(collection postroom.CollectionID, uid postroom.UID, flags postroom.Flags, keywords string) error {
	return c.updateItems(collection, []itemState{{uid, flags, keywords}})
}

// updateItems stores states of items that are there, in ascending UID order.
// Those that follow one another go in one statement.
func (c *change) updateItems(collection postroom.CollectionID, states []itemState) error {
	if len(states) == 0 {
		return nil
	}
	uids := make([]postroom.UID, len(states))
	for i, s := range states {
		uids[i] = s.uid
	}
	if err := c.logChange(collection, uids); err != nil {
		return err
	}
	for i := 0; i < len(states); {
		j := i + 1
		for j < len(states) && states[j].follows(states[j-1]) {
			j++
		}
		_, err := c.tx.Exec(`UPDATE item SET flags = $5, keywords = $6, modseq = $7
			WHERE account_id = $1 AND collection_id = $2 AND uid BETWEEN $3 AND $4`,
			c.account, collection, states[i].uid, states[j-1].uid, states[i].flags, states[i].keywords, c.modseq)
		if err != nil {
			return err
		}
		i = j
	}
	return nil
}

// carry brings the kept picture of the mailbox along when this change is
// committed, so that it need not be read again. The mailbox has not been touched
// yet.
func (m *Mailbox) carry(c *change, changed []postroom.ItemMeta) error {
	if len(changed) <= fewUIDs {
		return nil
	}
	box, err := readCollection(c.tx, m.ref)
	if err != nil {
		return err
	}
	pictures, key, at := m.session.store.pictures, pictureKey{ref: m.ref}, c.modseq
	c.tx.AfterCommit(func() { pictures.advance(key, box.ModSeq, at, changed) })
	return nil
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
