package store

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// NewMessage is a message to append.
type NewMessage struct {
	Raw      io.Reader
	Size     int64
	Flags    postroom.Flags
	Keywords string    // canonical
	Received time.Time // zero: now
}

// Appended tells where a message went. Folded is true when the server already
// had it (a client's own copy in Sent): then Mailbox and UID are those of the
// copy that is there.
type Appended struct {
	Mailbox     postroom.CollectionRef
	UIDValidity uint32
	UID         postroom.UID
	Folded      bool
	// Readable is whether the mailbox appended to can be read: of one that
	// cannot, UIDs are not to be told (RFC 4315 §3).
	Readable bool
}

// foldTime is how long after sending a client's own copy is recognised.
const foldTime = 10 * time.Minute

// draft is a message on its way into a mailbox.
type draft struct {
	*parsed
	meta     postroom.ItemMeta // Flags and Keywords
	received int64
}

// Append stores messages, all or none. Needs Insert; flags beyond the rights
// are dropped. OverQuota, TooLarge. The messages are durable when it returns.
func (m *Mailbox) Append(ctx context.Context, msgs []NewMessage) (done []Appended, err error) {
	s := m.session.store
	if err := m.mayAppend(ctx, msgs); err != nil {
		return nil, err
	}
	drafts := make([]draft, 0, len(msgs))
	defer func() {
		for _, d := range drafts {
			d.draft.Close()
		}
	}()
	for _, msg := range msgs {
		words, err := cleanKeywords(msg.Keywords)
		if err != nil {
			return nil, err
		}
		b, err := s.receive(msg.Raw, msg.Size)
		if err != nil {
			return nil, err
		}
		d := draft{parsed: parse(b), received: s.micros(msg.Received)}
		d.meta.Flags, d.meta.Keywords = msg.Flags, words
		drafts = append(drafts, d)
	}
	err = m.standing(ctx, postroom.Insert, func(c *change, st stand) (err error) {
		done, err = m.append(c, st, drafts)
		return err
	})
	return done, err
}

// mayAppend spares those who may not append the work on more than the
// transaction itself would hold in memory: that decides.
func (m *Mailbox) mayAppend(ctx context.Context, msgs []NewMessage) error {
	if !slices.ContainsFunc(msgs, func(msg NewMessage) bool { return msg.Size <= 0 || msg.Size > blob.Inline }) {
		return nil
	}
	return m.session.store.db.Read(ctx, func(tx *db.Tx) error {
		_, err := m.need(tx, postroom.Insert)
		return err
	})
}

// receive makes a draft of size bytes of r.
func (s *Store) receive(r io.Reader, size int64) (*blob.Draft, error) {
	limit := s.AppendLimit()
	if size > limit {
		return nil, errTooLarge(limit)
	}
	b, err := s.blobs.Receive(r, limit)
	if errors.Is(err, blob.ErrTooLarge) {
		return nil, errTooLarge(limit)
	}
	if err == nil && size != 0 && b.Size != size {
		b.Close()
		return nil, postroom.Errorf(postroom.Invalid, "the message ended before its size")
	}
	return b, err
}

func errTooLarge(limit int64) error {
	return postroom.Errorf(postroom.TooLarge, "the message is larger than %d MB", limit>>20)
}

func (m *Mailbox) append(c *change, st stand, drafts []draft) ([]Appended, error) {
	box := st.tree.nodes[m.ref.Collection] // there are rights on it
	done := make([]Appended, len(drafts))
	var fresh []int
	for i, d := range drafts {
		if box.role == postroom.RoleSent && d.hash != 0 {
			var err error
			if done[i], err = c.foldSent(d.hash); err != nil {
				return nil, err
			}
		}
		done[i].Readable = st.all.Has(toRead)
		if !done[i].Folded {
			fresh = append(fresh, i)
		}
	}
	if len(fresh) == 0 {
		return done, nil
	}
	store := make([]draft, len(fresh))
	var names nameList
	for i, at := range fresh {
		store[i] = drafts[at]
		store[i].meta.Flags, store[i].meta.Keywords = permitted(st.have, store[i].meta.Flags, store[i].meta.Keywords)
		names.add(store[i].summary.MessageID)
	}
	c.tree = st.tree
	first, validity, err := c.insert(m.ref.Collection, store, m.session.Actor().Account)
	if err != nil {
		return nil, err
	}
	uids := make([]postroom.UID, len(fresh))
	for i, at := range fresh {
		uids[i] = first + postroom.UID(i)
		done[at] = Appended{Mailbox: m.ref, UIDValidity: validity, UID: uids[i], Readable: st.all.Has(toRead)}
	}
	return done, m.session.recordMessagesIn(c.tx, st.view, "message.append", m.ref, uids, names.String(), nil)
}

// permitted is the part of flags that rights allow to set.
func permitted(have postroom.Rights, flags postroom.Flags, keywords string) (postroom.Flags, string) {
	flags &= settable(have)
	if !have.Has(postroom.Write) {
		keywords = ""
	}
	return flags, keywords
}

// settable is the flags one may change: \Seen needs Seen, \Deleted needs
// DeleteItems, others need Write (RFC 4314 §4).
func settable(have postroom.Rights) (flags postroom.Flags) {
	if have.Has(postroom.Seen) {
		flags |= postroom.FlagSeen
	}
	if have.Has(postroom.DeleteItems) {
		flags |= postroom.FlagDeleted
	}
	if have.Has(postroom.Write) {
		flags |= postroom.FlagAnswered | postroom.FlagFlagged | postroom.FlagDraft
	}
	return flags
}

// insert stores drafts in a collection if the quota has room, and returns the
// first of their UIDs. Where each reader has their own read state, \Seen is
// that of reader.
func (c *change) insert(collection postroom.CollectionID, drafts []draft, reader postroom.AccountID) (postroom.UID, uint32, error) {
	var bytes int64
	for _, d := range drafts {
		bytes += d.draft.Size
	}
	taken, err := c.count(counters{emails: len(drafts), bytes: bytes})
	if err != nil {
		return 0, 0, err
	}
	if err := taken.full(); err != nil {
		return 0, 0, err
	}
	each, err := c.eachSees(collection)
	if err != nil {
		return 0, 0, err
	}
	flags := make([]postroom.Flags, len(drafts))
	t := tally{uids: len(drafts)}
	for i, d := range drafts {
		flags[i] = d.meta.Flags
		if each {
			flags[i] &^= postroom.FlagSeen
		}
		t.add(flags[i], d.draft.Size, 1)
	}
	first, validity, err := c.touch(collection, t)
	if err != nil {
		return 0, 0, err
	}
	for i, d := range drafts {
		r := row{size: d.draft.Size, received: d.received, saved: c.store.micros(time.Time{})}
		r.UID, r.Flags, r.Keywords = first+postroom.UID(i), flags[i], d.meta.Keywords
		r.Email = taken.email + postroom.EmailID(i)
		if err := c.insertMessage(collection, d.parsed, nil, r, taken.thread+postroom.ThreadID(i)); err != nil {
			return 0, 0, err
		}
		if each && d.meta.Flags&postroom.FlagSeen != 0 {
			if err := c.setOwnSeen(collection, reader, r.UID, 1); err != nil {
				return 0, 0, err
			}
		}
	}
	return first, validity, nil
}

// insertMessage stores one email with one item of it and one reference to its blob.
func (c *change) insertMessage(collection postroom.CollectionID, p *parsed, prefix []byte, r row, thread postroom.ThreadID) error {
	if err := p.draft.Keep(c.tx, 1); err != nil {
		return err
	}
	if err := c.insertEmail(p, prefix, r.Email, thread); err != nil {
		return err
	}
	return c.insertItem(collection, r)
}

// foldSent looks for the copy that the server filed of a message that the
// client now wants to file itself.
func (c *change) foldSent(hash int64) (a Appended, err error) {
	since := c.store.now().Add(-foldTime)
	err = c.tx.QueryRow(`SELECT s.copy_account, s.copy_collection, s.copy_uid, f.uidvalidity
		FROM sent_copy s JOIN collection f ON f.account_id = s.copy_account AND f.collection_id = s.copy_collection
		JOIN item i ON i.account_id = s.copy_account AND i.collection_id = s.copy_collection AND i.uid = s.copy_uid
		WHERE s.account_id = $1 AND s.message_hash = $2 AND s.filed > $3`, c.account, hash, since).
		Scan(&a.Mailbox.Account, &a.Mailbox.Collection, &a.UID, &a.UIDValidity)
	if noRow(err) {
		return Appended{}, nil
	}
	a.Folded = err == nil
	return a, err
}

// fileSent stores a message that was sent in the Sent mailbox of an account,
// read. A full mailbox does not keep it away: it has left already.
func (c *change) fileSent(p *parsed) (Appended, error) {
	box, err := collectionByRole(c.tx, c.account, postroom.RoleSent)
	if err != nil {
		return Appended{}, err
	}
	size := p.draft.Size + int64(len(p.ahead))
	taken, err := c.count(counters{emails: 1, bytes: size})
	if err != nil {
		return Appended{}, err
	}
	r := row{size: size, received: c.store.micros(time.Time{})}
	r.saved, r.Flags, r.Email = r.received, postroom.FlagSeen, taken.email
	t := tally{uids: 1}
	t.add(r.Flags, r.size, 1)
	uid, validity, err := c.touch(box.Ref.Collection, t)
	if err != nil {
		return Appended{}, err
	}
	r.UID = uid
	a := Appended{Mailbox: box.Ref, UIDValidity: validity, UID: uid}
	return a, c.insertMessage(box.Ref.Collection, p, p.ahead, r, taken.thread)
}

// rememberSent lets the client's own copy in a Sent mailbox of account fold
// into one that the server filed.
func (s *Store) rememberSent(tx *db.Tx, account postroom.AccountID, hash int64, a Appended) error {
	if hash == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO sent_copy (account_id, message_hash, copy_account, copy_collection, copy_uid, filed)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, message_hash) DO UPDATE SET
		copy_account = excluded.copy_account, copy_collection = excluded.copy_collection,
		copy_uid = excluded.copy_uid, filed = excluded.filed`,
		account, hash, a.Mailbox.Account, a.Mailbox.Collection, a.UID, s.now())
	return err
}

// lockAll begins a change in each of several accounts, in ascending order.
func (s *Store) lockAll(tx *db.Tx, accounts ...postroom.AccountID) (map[postroom.AccountID]*change, error) {
	if err := tx.ShareRights(); err != nil {
		return nil, err
	}
	slices.Sort(accounts)
	all := make(map[postroom.AccountID]*change, len(accounts))
	for _, id := range slices.Compact(accounts) {
		c, err := s.begin(tx, id)
		if err != nil {
			return nil, err
		}
		all[id] = c
	}
	return all, nil
}
