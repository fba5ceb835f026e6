package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Replace stores a message in another mailbox, or in this one, and removes the
// message uid of this one: both or neither (RFC 8508). Needs Read, DeleteItems
// and Expunge here and Insert there; flags one may not set there are dropped.
// Stale says that uid is not there any more. What the message had of \Deleted
// makes no difference.
func (m *Mailbox) Replace(ctx context.Context, uid postroom.UID, into *Mailbox, msg NewMessage) (done Appended, err error) {
	if err := m.opening.wait(ctx); err != nil {
		return done, err
	}
	s := m.session.store
	err = s.db.Read(ctx, func(tx *db.Tx) error { // who may not need not send the bytes
		return m.mayReplace(tx, into)
	})
	if err != nil {
		return done, err
	}
	words, err := cleanKeywords(msg.Keywords)
	if err != nil {
		return done, err
	}
	b, err := s.receive(msg.Raw, msg.Size)
	if err != nil {
		return done, err
	}
	defer b.Close()
	d := draft{parsed: parse(b), received: s.micros(msg.Received)}
	d.meta.Flags, d.meta.Keywords = msg.Flags, words
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		changes, err := s.lockAll(tx, m.ref.Account, into.ref.Account)
		if err != nil {
			return err
		}
		if err := m.mayReplace(tx, into); err != nil {
			return err
		}
		done, err = m.replace(changes, uid, into, d)
		return err
	})
	return done, err
}

func (m *Mailbox) mayReplace(tx *db.Tx, into *Mailbox) error {
	if _, err := m.need(tx, toRead|postroom.DeleteItems|postroom.Expunge); err != nil {
		return err
	}
	_, err := into.need(tx, postroom.Insert)
	return err
}

func (m *Mailbox) replace(changes map[postroom.AccountID]*change, uid postroom.UID, into *Mailbox, d draft) (Appended, error) {
	c := changes[m.ref.Account]
	rows, err := readRows(c.tx, m.ref, []postroom.UID{uid})
	if err == nil && len(rows) == 0 {
		err = postroom.Errorf(postroom.Stale, "the message to replace is gone")
	}
	if err != nil {
		return Appended{}, err
	}
	st, err := into.stand(c.tx, postroom.Insert)
	if err != nil {
		return Appended{}, err
	}
	done, err := into.append(changes[into.ref.Account], st, []draft{d})
	if err != nil {
		return Appended{}, err
	}
	if done[0].Mailbox == m.ref && done[0].UID == uid {
		return done[0], nil // the server's own copy of a sent message is this one
	}
	gone := []postroom.UID{uid}
	names, err := m.session.messagesNamed(c.tx, "message.delete", m.ref, gone)
	if err != nil {
		return Appended{}, err
	}
	if err := m.session.recordMessages(c.tx, "message.delete", m.ref, gone, names, nil); err != nil {
		return Appended{}, err
	}
	return done[0], c.removeItems(m.ref.Collection, rows, emailsGo)
}
