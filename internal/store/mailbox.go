package store

import (
	"context"
	"errors"
	"slices"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Mailbox is an open mailbox. Its methods read the session's rights anew in
// the transaction of the act, so that a revocation holds for the next call:
// they return NotFound or Denied from then on. Rights of a handle are the
// effective grants, less what the credential or the way of opening takes away.
// It is safe for concurrent use.
type Mailbox struct {
	session *Session
	ref     postroom.CollectionRef
	mode    Mode
	path    string // when it was opened, for the text of errors
	// opening is the record of the opening; nil when it was there already.
	opening *remark
}

// Ref names the mailbox.
func (m *Mailbox) Ref() postroom.CollectionRef { return m.ref }

// View is a consistent picture of a mailbox. Items are in ascending UID order
// and must not be changed by the caller: the slice is shared between sessions.
type View struct {
	postroom.Collection
	Rights postroom.Rights
	Items  []postroom.ItemMeta
	gist   *gist
}

// stand is what a handle holds in one transaction.
type stand struct {
	view
	// all is without regard of the mode, have with it.
	all, have postroom.Rights
}

// need answers nil when the handle holds rights, and what it holds in all.
func (m *Mailbox) need(tx *db.Tx, rights postroom.Rights) (postroom.Rights, error) {
	st, err := m.stand(tx, rights)
	return st.have, err
}

// stand is need with what it stands on.
func (m *Mailbox) stand(tx *db.Tx, rights postroom.Rights) (st stand, err error) {
	if st.view, err = m.session.look(tx, m.ref.Account); err != nil {
		return stand{}, err
	}
	st.all = m.session.on(st.view, m.ref.Collection)
	st.have = m.mode.limit(st.all)
	switch {
	case st.have.Has(rights):
		return st, nil
	case st.all.Has(rights):
		return stand{}, postroom.Errorf(postroom.Denied, "the mailbox is open read-only")
	case st.all.Has(postroom.Lookup):
		return stand{}, postroom.Errorf(postroom.Denied, "permission denied: %s", printable(m.path))
	}
	return stand{}, noSuchMailbox(m.path)
}

const toRead = postroom.Lookup | postroom.Read

// read runs fn on a snapshot in which the mailbox may be read. What it read is
// given out once the record of the opening is durable.
func (m *Mailbox) read(ctx context.Context, fn func(*db.Tx, postroom.Rights) error) error {
	err := m.session.store.db.Read(ctx, func(tx *db.Tx) error {
		have, err := m.need(tx, toRead)
		if err != nil {
			return err
		}
		return fn(tx, have)
	})
	if err != nil {
		return err
	}
	return m.opening.wait(ctx)
}

// act runs fn in a transaction that has the account locked, if the handle
// holds rights.
func (m *Mailbox) act(ctx context.Context, rights postroom.Rights, fn func(*change, postroom.Rights) error) error {
	return m.standing(ctx, rights, func(c *change, st stand) error { return fn(c, st.have) })
}

// standing is act for one that needs more than what the handle holds.
func (m *Mailbox) standing(ctx context.Context, rights postroom.Rights, fn func(*change, stand) error) error {
	if err := m.opening.wait(ctx); err != nil {
		return err
	}
	s := m.session.store
	return s.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := s.begin(tx, m.ref.Account)
		if err != nil {
			return err
		}
		st, err := m.stand(tx, rights)
		if err != nil {
			return err
		}
		return fn(c, st)
	})
}

// maxSnapshots bounds how often View begins anew because others were faster.
const maxSnapshots = 20

// View reads the present picture, from a cache that the change log keeps
// fresh. Needs Read. The first of a session is audited as collection.open when
// the reader is not the owner.
func (m *Mailbox) View(ctx context.Context) (*View, error) {
	opened := m.noteOpening(ctx)
	if v, ok := m.glimpse(ctx); ok {
		return v, m.settled(ctx, opened)
	}
	for range maxSnapshots {
		var v *View
		err := m.read(ctx, func(tx *db.Tx, have postroom.Rights) error {
			c, err := readCollection(tx, m.ref)
			if err == nil {
				v, err = m.picture(tx, have, c)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if v != nil {
			return v, opened.wait(ctx)
		}
	}
	return nil, errTooQuick()
}

// settled waits for the record of the opening, and for another.
func (m *Mailbox) settled(ctx context.Context, r *remark) error {
	if err := m.opening.wait(ctx); err != nil {
		return err
	}
	return r.wait(ctx)
}

func errTooQuick() error {
	return postroom.Errorf(postroom.Unavailable, "the mailbox changes too quickly, try again")
}

// picture is the picture of the mailbox as tx read it; nil when somebody with a
// newer snapshot was faster.
func (m *Mailbox) picture(tx *db.Tx, have postroom.Rights, c postroom.Collection) (*View, error) {
	c, key, err := m.stateOf(tx, c)
	if err != nil {
		return nil, err
	}
	items, ok, err := m.session.store.pictures.items(tx, key, c.ModSeq)
	if err != nil || !ok {
		return nil, err
	}
	if st, ok := stampOf(tx, m.ref.Account); ok {
		if v, ok := m.session.store.pictures.stamped(key, st, c); ok {
			v.Rights = have
			return v, nil
		}
	}
	return &View{Collection: c, Rights: have, Items: items, gist: &gist{items: items}}, nil
}

// state reads the mailbox, with the ModSeq and the number of unread messages
// that this reader sees, and which picture of it that is.
func (m *Mailbox) state(tx *db.Tx) (postroom.Collection, pictureKey, error) {
	c, err := readCollection(tx, m.ref)
	if err != nil {
		return c, pictureKey{ref: m.ref}, err
	}
	return m.stateOf(tx, c)
}

// stateOf is state of a mailbox that was read.
func (m *Mailbox) stateOf(tx *db.Tx, c postroom.Collection) (postroom.Collection, pictureKey, error) {
	key := pictureKey{ref: m.ref}
	each, err := seenPerUser(tx, m.ref)
	if each {
		key.reader = m.session.Actor().Account
	}
	if err == nil {
		c.ModSeq, err = key.newest(tx, c.ModSeq)
	}
	if err == nil {
		err = m.session.countUnseen(tx, each, &c)
	}
	return c, key, err
}

// Status is View without the items. Needs Read.
func (m *Mailbox) Status(ctx context.Context) (c postroom.Collection, have postroom.Rights, err error) {
	if v, ok := m.glimpse(ctx); ok {
		return v.Collection, v.Rights, m.opening.wait(ctx)
	}
	err = m.read(ctx, func(tx *db.Tx, rights postroom.Rights) (err error) {
		have = rights
		c, _, err = m.state(tx)
		return err
	})
	return c, have, err
}

// countUnseen makes Unseen that of this reader, where each has their own.
func (s *Session) countUnseen(tx *db.Tx, each bool, c *postroom.Collection) error {
	if !each {
		return nil
	}
	var fewer int
	err := tx.QueryRow(`SELECT COALESCE(SUM(r.seen - i.flags % 2), 0) FROM read_state r JOIN item i
		ON i.account_id = r.account_id AND i.collection_id = r.collection_id AND i.uid = r.uid
		WHERE r.account_id = $1 AND r.collection_id = $2 AND r.reader_id = $3`,
		c.Ref.Account, c.Ref.Collection, s.Actor().Account).Scan(&fewer)
	c.Unseen -= fewer
	return err
}

// Vanished lists the UIDs expunged since modseq (RFC 7162 §3.2.5.2), in
// ascending order; all that can have been when that is forgotten. Needs Read.
func (m *Mailbox) Vanished(ctx context.Context, since postroom.ModSeq) (uids []postroom.UID, err error) {
	err = m.read(ctx, func(tx *db.Tx, _ postroom.Rights) (err error) {
		uids, err = readVanished(tx, m.ref, since)
		if errors.Is(err, errForgotten) {
			uids, err = readAbsent(tx, m.ref)
		}
		return err
	})
	return slices.Compact(uids), err
}
