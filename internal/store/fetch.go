package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// fetchChunk bounds what Fetch reads in one snapshot.
const fetchChunk = 500

// Fetch yields items with their stored summary in ascending UID order; unknown
// UIDs are passed over. Needs Read. Stop at the first error.
func (m *Mailbox) Fetch(ctx context.Context, uids []postroom.UID) iter.Seq2[postroom.Item, error] {
	return func(yield func(postroom.Item, error) bool) {
		for left := ascending(uids); len(left) > 0; {
			chunk := left[:min(len(left), fetchChunk)]
			left = left[len(chunk):]
			var items []postroom.Item
			err := m.read(ctx, func(tx *db.Tx, _ postroom.Rights) (err error) {
				items, err = m.items(tx, chunk)
				return err
			})
			if err != nil {
				yield(postroom.Item{}, err)
				return
			}
			for _, it := range items {
				if !yield(it, nil) {
					return
				}
			}
		}
	}
}

const itemColumns = `SELECT i.uid, i.flags, i.modseq, i.email_id, i.keywords, e.thread_id, e.blob, i.size, i.received,
	i.saved, e.summary FROM item i JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
	WHERE i.account_id = $1 AND i.collection_id = $2`

// readItems reads the items named with what the database has of their messages.
func (m *Mailbox) readItems(tx *db.Tx, uids []postroom.UID) ([]postroom.Item, error) {
	items := make([]postroom.Item, 0, len(uids))
	take := func(scan func(...any) error) error {
		var it postroom.Item
		var b []byte
		var received, saved int64
		err := scan(&it.UID, &it.Flags, &it.ModSeq, &it.Email, &it.Keywords, &it.Thread, &b, &it.Size, &received,
			&saved, &it.Summary)
		if err != nil || !has(uids, it.UID) {
			return err
		}
		copy(it.Blob[:], b)
		it.Received, it.Saved = db.Time(received), db.Time(saved)
		items = append(items, it)
		return nil
	}
	var err error
	first, last := uids[0], uids[len(uids)-1]
	if int64(last)-int64(first) < 2*int64(len(uids)) {
		err = tx.Each(itemColumns+` AND i.uid BETWEEN $3 AND $4 ORDER BY i.uid`,
			[]any{m.ref.Account, m.ref.Collection, first, last}, take)
	} else {
		// They lie far apart: what is between them is not read.
		for _, uid := range uids {
			if err = tx.Each(itemColumns+` AND i.uid = $3`, []any{m.ref.Account, m.ref.Collection, uid}, take); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return items, m.overlay(tx, items)
}

// overlay puts the reader's own read state over items, where each has one.
func (m *Mailbox) overlay(tx *db.Tx, items []postroom.Item) error {
	if len(items) == 0 {
		return nil
	}
	each, err := seenPerUser(tx, m.ref)
	if err != nil || !each {
		return err
	}
	var ends [2]row
	ends[0].UID, ends[1].UID = items[0].UID, items[len(items)-1].UID
	own, err := readOwn(tx, m.ref, m.session.Actor().Account, ends[:])
	for i := range items {
		items[i].ItemMeta = own[items[i].UID].over(items[i].ItemMeta)
	}
	return err
}

// Content is the bytes of a message.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Open opens the bytes of a message. Needs Read. It is audited as
// message.read when the reader is not the owner, once a sitting.
func (m *Mailbox) Open(ctx context.Context, uid postroom.UID) (Content, error) {
	for it, err := range m.Contents(ctx, []postroom.UID{uid}) {
		return it.Content, err
	}
	return nil, postroom.Errorf(postroom.NotFound, "no such message")
}

// OpenedItem is a message with its bytes, which the receiver closes.
type OpenedItem struct {
	UID     postroom.UID
	Content Content
}

const (
	// contentChunk and contentBytes bound what Contents opens at once, beyond
	// one message, and so what a reader may still be given of who can take
	// rights away without this node hearing of it.
	contentChunk = 200
	contentBytes = 1 << 20
)

// Contents opens the bytes of messages in ascending UID order; unknown UIDs
// are passed over. Needs Read, and asks for it again before each message when
// rights have changed meanwhile or a second has gone by: whoever reads slowly is
// given no message after the right is gone. A delegate's reading is audited before the bytes
// are given, all messages in one record, each message once a sitting.
func (m *Mailbox) Contents(ctx context.Context, uids []postroom.UID) iter.Seq2[OpenedItem, error] {
	return m.contents(ctx, "message.read", uids)
}

// BeginReading begins to audit that messages are about to be read, so that the
// calls of Contents that follow find them noted, or wait for it: a command that
// reads in many steps is one record. What it returns waits until the record is
// durable. Needs Read.
func (m *Mailbox) BeginReading(ctx context.Context, uids []postroom.UID) (durable func() error) {
	r := m.noteAhead(ctx, "message.read", ascending(uids))
	return func() error { return r.wait(ctx) }
}

func (m *Mailbox) contents(ctx context.Context, action string, uids []postroom.UID) iter.Seq2[OpenedItem, error] {
	return func(yield func(OpenedItem, error) bool) {
		left := ascending(uids)
		noted := m.noteAhead(ctx, action, left)
		for len(left) > 0 {
			last := m.session.store.asking()
			opened, rest, err := m.open(ctx, left)
			if err == nil {
				if err = noted.wait(ctx); err != nil {
					closeAll(opened)
				}
			}
			if err != nil {
				yield(OpenedItem{}, err)
				return
			}
			left = rest
			opened = slices.DeleteFunc(opened, func(it OpenedItem) bool {
				if !noted.leavesOut(it.UID) {
					return false
				}
				it.Content.Close()
				return true
			})
			for i, it := range opened {
				if err := m.askAgain(ctx, &last); err != nil {
					closeAll(opened[i:])
					yield(OpenedItem{}, err)
					return
				}
				if !yield(it, nil) {
					closeAll(opened[i+1:])
					return
				}
			}
		}
	}
}

// asked is when rights were read: at what time, and after how many changes of
// rights that this node has heard of.
type asked struct {
	at    time.Time
	moves uint64
}

func (s *Store) asking() asked { return asked{s.now(), s.hub.moves.Load()} }

// askedFor is how long rights that were read hold without being read again.
const askedFor = time.Second

// askingAgain reports whether rights that were read may be others by now.
func (s *Store) askingAgain(last asked) bool {
	now := s.asking()
	return now.moves != last.moves || now.at.Sub(last.at) >= askedFor
}

// askAgain reads the rights anew if they may be others than when they were asked
// for.
func (m *Mailbox) askAgain(ctx context.Context, last *asked) error {
	if !m.session.store.askingAgain(*last) {
		return nil
	}
	*last = m.session.store.asking()
	if _, ok := m.glimpse(ctx); ok {
		return nil
	}
	return m.read(ctx, func(*db.Tx, postroom.Rights) error { return nil })
}

func closeAll(items []OpenedItem) {
	for _, it := range items {
		it.Content.Close()
	}
}

// open opens the first of uids and returns the others.
func (m *Mailbox) open(ctx context.Context, uids []postroom.UID) (opened []OpenedItem, rest []postroom.UID, err error) {
	chunk := uids[:min(len(uids), contentChunk)]
	last := chunk[len(chunk)-1]
	err = m.read(ctx, func(tx *db.Tx, _ postroom.Rights) (err error) {
		opened, err = m.openSome(tx, chunk)
		return err
	})
	if errors.Is(err, errChunkFull) {
		last, err = opened[len(opened)-1].UID, nil
	}
	if err != nil {
		closeAll(opened)
		return nil, nil, err
	}
	for len(uids) > 0 && uids[0] <= last {
		uids = uids[1:]
	}
	return opened, uids, nil
}

// errChunkFull ends the reading of contents that are enough for now.
var errChunkFull = errors.New("store: enough was read")

const contentColumns = `SELECT i.uid, i.size, e.blob, e.prefix, b.size, b.data FROM item i
	JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id LEFT JOIN blob b ON b.id = e.blob
	WHERE i.account_id = $1 AND i.collection_id = $2`

// openSome opens messages until they are enough: then it returns errChunkFull.
func (m *Mailbox) openSome(tx *db.Tx, uids []postroom.UID) (opened []OpenedItem, err error) {
	held := int64(0)
	take := func(scan func(...any) error) error {
		var uid postroom.UID
		var size int64
		var length sql.NullInt64
		var id, prefix, data sql.RawBytes // copied below, each once
		if err := scan(&uid, &size, &id, &prefix, &length, &data); err != nil || !has(uids, uid) {
			return err
		}
		if !length.Valid {
			return fmt.Errorf("%w: %x", blob.ErrMissing, id)
		}
		c, err := m.session.store.blobs.Content(postroom.BlobID(id), prefix, length.Int64, data)
		if err != nil {
			return err
		}
		opened = append(opened, OpenedItem{uid, c})
		if held += size; held > contentBytes {
			return errChunkFull
		}
		return nil
	}
	first, last := uids[0], uids[len(uids)-1]
	if int64(last)-int64(first) < 2*int64(len(uids)) {
		err = tx.Each(contentColumns+` AND i.uid BETWEEN $3 AND $4 ORDER BY i.uid`, []any{m.ref.Account, m.ref.Collection, first, last}, take)
		return opened, err
	}
	for _, uid := range uids { // what lies between them is not read
		if err = tx.Each(contentColumns+` AND i.uid = $3`, []any{m.ref.Account, m.ref.Collection, uid}, take); err != nil {
			break
		}
	}
	return opened, err
}
