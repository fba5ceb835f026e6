package store

import (
	"context"
	"slices"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// Moved pairs source and target UIDs of a copy or move, in source order.
type Moved struct {
	Target      postroom.CollectionRef
	UIDValidity uint32
	From, To    []postroom.UID
	// Readable is whether the target can be read: of one that cannot, UIDs are
	// not to be told (RFC 4315 §3).
	Readable bool
}

// Copy copies messages into another mailbox, also of another account. Needs
// Read here and Insert there; flags one may not set there are dropped.
// NotFound (of the target) maps to TRYCREATE.
func (m *Mailbox) Copy(ctx context.Context, uids []postroom.UID, to postroom.CollectionRef) (Moved, error) {
	return m.transfer(ctx, uids, to, "message.copy", toRead)
}

// Move moves messages. Needs DeleteItems and Expunge here, Insert there; the
// owner's Trash and Junk as target need nothing there.
func (m *Mailbox) Move(ctx context.Context, uids []postroom.UID, to postroom.CollectionRef) (Moved, error) {
	return m.transfer(ctx, uids, to, "message.move", toRead|postroom.DeleteItems|postroom.Expunge)
}

// transfer is Copy and Move: all or nothing.
func (m *Mailbox) transfer(ctx context.Context, uids []postroom.UID, to postroom.CollectionRef, action string, rights postroom.Rights) (moved Moved, err error) {
	if err := m.opening.wait(ctx); err != nil {
		return moved, err
	}
	s := m.session.store
	uids = ascending(uids)
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		moved = Moved{Target: to}
		changes, err := s.lockAll(tx, m.ref.Account, to.Account)
		if err != nil {
			return err
		}
		if _, err := m.need(tx, rights); err != nil {
			return err
		}
		t, err := m.target(tx, to, action == "message.move")
		if err != nil {
			return err
		}
		rows, err := readRows(tx, m.ref, uids)
		if err != nil || len(rows) == 0 {
			return err
		}
		moved.Readable = t.rights.Has(toRead)
		t.from, t.to = changes[m.ref.Account], changes[to.Account]
		if err := t.fill(m, rows, &moved); err != nil {
			return err
		}
		if err := m.recordTransfer(tx, action, t.box, moved); err != nil || action != "message.move" {
			return err
		}
		fate := emailsGo
		if m.ref.Account == to.Account {
			fate = emailsStay
		}
		return t.from.removeItems(m.ref.Collection, rows, fate)
	})
	return moved, err
}

// recordTransfer writes a copy or move into the log of both accounts, while
// the messages are still where they were.
func (m *Mailbox) recordTransfer(tx *db.Tx, action string, box postroom.Collection, moved Moved) error {
	names, err := m.session.messagesNamed(tx, action, m.ref, moved.From)
	if err != nil {
		return err
	}
	err = m.session.recordMessages(tx, action, m.ref, moved.From, names, map[string]string{"to": box.Path, "to_account": box.Ref.String()})
	if err != nil || box.Ref.Account == m.ref.Account {
		return err
	}
	if names, err = m.session.messagesNamed(tx, "message.append", box.Ref, moved.To); err != nil {
		return err
	}
	return m.session.recordMessages(tx, "message.append", box.Ref, moved.To, names, nil)
}

// transferTarget is where messages go.
type transferTarget struct {
	box      postroom.Collection
	rights   postroom.Rights
	keepAll  bool // flags are kept whatever the rights there
	from, to *change
	// Where each reader has their own read state.
	fromEach, toEach bool
}

// target checks the rights to put messages into a mailbox.
func (m *Mailbox) target(tx *db.Tx, to postroom.CollectionRef, moving bool) (t transferTarget, err error) {
	if t.box, err = readCollection(tx, to); err != nil {
		return t, err
	}
	if t.box.Kind != postroom.MailCollection || to.Collection == postroom.RootCollection {
		return t, noSuchMailbox(t.box.Path)
	}
	bin := t.box.Role == postroom.RoleTrash || t.box.Role == postroom.RoleJunk
	t.keepAll = moving && bin && to.Account == m.ref.Account
	if !t.keepAll {
		if err := m.session.check(tx, to, postroom.Insert, t.box.Path); err != nil {
			return t, err
		}
	}
	if t.rights, err = m.session.rightsOn(tx, to); err != nil {
		return t, err
	}
	if t.fromEach, err = seenPerUser(tx, m.ref); err != nil {
		return t, err
	}
	t.toEach, err = seenPerUser(tx, to)
	return t, err
}

// fill puts copies of rows into the target.
func (t *transferTarget) fill(m *Mailbox, rows []row, moved *Moved) error {
	actor := m.session.Actor().Account
	var own map[postroom.UID]ownState
	if t.fromEach {
		var err error
		if own, err = readOwn(t.from.tx, m.ref, actor, rows); err != nil {
			return err
		}
	}
	same := t.from == t.to
	copies := make([]row, len(rows))
	seen := make([]bool, len(rows)) // by the actor, where each has their own
	tl := tally{uids: len(rows)}
	for i, r := range rows {
		n := r
		if t.fromEach && !same {
			n.ItemMeta = own[r.UID].over(r.ItemMeta)
		}
		if !t.keepAll {
			n.Flags, n.Keywords = permitted(t.rights, n.Flags, n.Keywords)
		}
		if t.toEach && !same {
			seen[i] = n.Flags&postroom.FlagSeen != 0
			n.Flags &^= postroom.FlagSeen
		}
		n.saved = t.to.store.micros(time.Time{})
		tl.add(n.Flags, n.size, 1)
		copies[i] = n
	}
	if !same {
		if err := t.copyEmails(copies); err != nil {
			return err
		}
	}
	first, validity, err := t.to.touch(t.box.Ref.Collection, tl)
	if err != nil {
		return err
	}
	moved.UIDValidity = validity
	for i := range copies {
		copies[i].UID = first + postroom.UID(i)
	}
	if err := t.insert(m.ref.Collection, rows, copies); err != nil {
		return err
	}
	for i, n := range copies {
		moved.From, moved.To = append(moved.From, rows[i].UID), append(moved.To, n.UID)
		switch {
		case same && t.toEach:
			err = t.to.copyOwn(m.ref.Collection, rows[i].UID, t.box.Ref.Collection, n.UID)
		case seen[i]:
			err = t.to.setOwnSeen(t.box.Ref.Collection, actor, n.UID, 1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insert puts copies into the target. Copies in the same account that are no
// other than what they are copies of go many in one statement.
func (t *transferTarget) insert(from postroom.CollectionID, rows, copies []row) error {
	same := t.from == t.to
	for run := range runsOf(rows) {
		part := copies[:len(run)]
		copies = copies[len(run):]
		alike := same && !slices.ContainsFunc(part, func(n row) bool {
			r := run[n.UID-part[0].UID]
			return n.Flags != r.Flags || n.Keywords != r.Keywords
		})
		if alike {
			_, err := t.to.tx.Exec(`INSERT INTO item (account_id, collection_id, uid, email_id, flags, modseq, keywords, size, received, saved, added)
				SELECT account_id, $5, uid + $6, email_id, flags, $7, keywords, size, received, $8, $7 FROM item
				WHERE account_id = $1 AND collection_id = $2 AND uid BETWEEN $3 AND $4`, t.to.account, from, run[0].UID, run[len(run)-1].UID,
				t.box.Ref.Collection, int64(part[0].UID)-int64(run[0].UID), t.to.modseq, part[0].saved)
			if err != nil {
				return err
			}
			continue
		}
		for _, n := range part {
			if err := t.to.insertItem(t.box.Ref.Collection, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyEmails gives the emails of rows to the target's account, within its
// quota; the blobs are shared. It puts the new numbers into rows.
func (t *transferTarget) copyEmails(rows []row) error {
	numbers := make(map[postroom.EmailID]postroom.EmailID)
	var bytes int64
	for _, r := range rows {
		if _, ok := numbers[r.Email]; !ok {
			numbers[r.Email] = 0
			bytes += r.size
		}
	}
	taken, err := t.to.count(counters{emails: len(numbers), bytes: bytes})
	if err != nil {
		return err
	}
	if err := taken.full(); err != nil {
		return err
	}
	next := taken.email
	for i := range rows {
		old := rows[i].Email
		if numbers[old] == 0 {
			numbers[old] = next
			thread := taken.thread + postroom.ThreadID(next-taken.email)
			if err := t.copyEmail(old, next, thread); err != nil {
				return err
			}
			next++
		}
		rows[i].Email = numbers[old]
	}
	return nil
}

func (t *transferTarget) copyEmail(from, to postroom.EmailID, fresh postroom.ThreadID) error {
	tx := t.to.tx
	var id, prefix, summary []byte
	var size, hash int64
	err := tx.QueryRow(`SELECT blob, prefix, size, message_hash, summary FROM email WHERE account_id = $1 AND email_id = $2`,
		t.from.account, from).Scan(&id, &prefix, &size, &hash, &summary)
	if err != nil {
		return err
	}
	var s message.Summary
	if err := s.UnmarshalBinary(summary); err != nil {
		return err
	}
	thread, err := t.to.findThread(threadHashes(s.ThreadKeys()), fresh)
	if err != nil {
		return err
	}
	if err := blob.Share(tx, id); err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO email (account_id, email_id, thread_id, blob, prefix, size, message_hash, summary, attached)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, t.to.account, to, thread, id, orNone(prefix), size, hash, summary, attached(&s))
	return err
}
