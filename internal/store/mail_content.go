package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"postroom"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// Open opens the bytes of an email. It is audited as message.read when the
// reader is not the owner, once a sitting. NotFound.
func (m *Mail) Open(ctx context.Context, id postroom.EmailID) (Content, error) {
	var opened Content
	for e, err := range m.Contents(ctx, []postroom.EmailID{id}) {
		if err != nil {
			return nil, err
		}
		opened = e.Content
	}
	if opened == nil {
		return nil, postroom.Errorf(postroom.NotFound, "no such message")
	}
	return opened, nil
}

// OpenedEmail is an email with its bytes, which the receiver closes.
type OpenedEmail struct {
	ID      postroom.EmailID
	Content Content
}

// Contents opens the bytes of emails one after another; those that may not be
// read are passed over. The right is asked for again before each when rights have
// changed meanwhile or a second has gone by. A delegate's reading is audited before any are given,
// one record a mailbox, each message once a sitting.
func (m *Mail) Contents(ctx context.Context, ids []postroom.EmailID) func(yield func(OpenedEmail, error) bool) {
	return m.contents(ctx, "message.read", ids)
}

// Searched is Contents for a search, which shows nothing of them.
func (m *Mail) Searched(ctx context.Context, ids []postroom.EmailID) func(yield func(OpenedEmail, error) bool) {
	return m.contents(ctx, "message.search", ids)
}

func (m *Mail) contents(ctx context.Context, action string, ids []postroom.EmailID) func(yield func(OpenedEmail, error) bool) {
	return func(yield func(OpenedEmail, error) bool) {
		noted, left, err := m.noteReading(ctx, action, ids)
		for err == nil && len(left) > 0 {
			asked := m.session.store.asking()
			var opened []OpenedEmail
			opened, left, err = m.openFirst(ctx, left)
			if err == nil {
				err = noted.wait(ctx) // the record is written while they are read
			}
			if err != nil {
				closeEmails(opened)
				break
			}
			for i, e := range opened {
				if i > 0 && m.session.store.askingAgain(asked) {
					left = slices.Concat(emailsOpened(opened[i:]), left)
					closeEmails(opened[i:])
					break
				}
				if !yield(e, nil) {
					closeEmails(opened[i+1:])
					return
				}
			}
		}
		if err != nil {
			yield(OpenedEmail{}, err)
		}
	}
}

func emailsOpened(list []OpenedEmail) (ids []postroom.EmailID) {
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

func closeEmails(list []OpenedEmail) {
	for _, e := range list {
		e.Content.Close()
	}
}

// openFirst opens those of the first of ids that may be read, in their order, in
// one snapshot, and returns the ids that it did not get to. What is opened is to be
// closed, also when there is an error.
func (m *Mail) openFirst(ctx context.Context, ids []postroom.EmailID) (opened []OpenedEmail, rest []postroom.EmailID, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		closeEmails(opened) // of a snapshot that had to be taken again
		opened = nil
		chunk := ids[:min(len(ids), emailsAtOnce)]
		sizes := make(map[postroom.EmailID]int64, len(chunk)) // of those that may be read
		err := m.eachPlace(tx, r, chunk, func(p emailPlace) { sizes[p.email] = p.size })
		if err != nil {
			return err
		}
		held, n := int64(0), 0
		for n < len(chunk) && held <= contentBytes {
			held += sizes[chunk[n]]
			n++
		}
		rest = ids[n:]
		chunk = slices.DeleteFunc(slices.Clone(chunk[:n]), func(id postroom.EmailID) bool { _, may := sizes[id]; return !may })
		opened, err = m.openAll(tx, chunk)
		return err
	})
	return opened, rest, err
}

// openAll opens emails that may be read.
func (m *Mail) openAll(tx *db.Tx, ids []postroom.EmailID) (opened []OpenedEmail, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found := make(map[postroom.EmailID]Content, len(ids))
	err = eachOfEmails(tx, `SELECT e.email_id, e.blob, e.prefix, b.size, b.data FROM email e LEFT JOIN blob b ON b.id = e.blob
		WHERE e.account_id = $1 AND e.email_id IN (`+placeholders(2, emailsAtOnce)+`)`, m.account, ids, func(scan func(...any) error) error {
		var email postroom.EmailID
		var length sql.NullInt64
		var id, prefix, data sql.RawBytes // copied below, each once
		if err := scan(&email, &id, &prefix, &length, &data); err != nil {
			return err
		}
		if !length.Valid {
			return fmt.Errorf("%w: %x", blob.ErrMissing, id)
		}
		c, err := m.session.store.blobs.Content(postroom.BlobID(id), prefix, length.Int64, data)
		if err == nil {
			found[email] = c
		}
		return err
	})
	for _, id := range ids {
		if c := found[id]; c != nil {
			opened = append(opened, OpenedEmail{id, c})
			delete(found, id) // named twice it is opened once
		}
	}
	return opened, err
}

// emailPlace is a copy of an email in a mailbox that may be read.
type emailPlace struct {
	email postroom.EmailID
	box   postroom.CollectionID
	uid   postroom.UID
	size  int64
}

// eachPlace tells where emails are that may be read, those of one email in the
// order of mailboxes and UIDs.
func (m *Mail) eachPlace(tx *db.Tx, r *outlook, ids []postroom.EmailID, fn func(emailPlace)) error {
	return eachOfEmails(tx, `SELECT email_id, collection_id, uid, size FROM item WHERE account_id = $1
		AND email_id IN (`+placeholders(2, emailsAtOnce)+`) ORDER BY email_id, collection_id, uid`, m.account, ids, func(scan func(...any) error) error {
		var p emailPlace
		err := scan(&p.email, &p.box, &p.uid, &p.size)
		if err == nil && r.reads(p.box) {
			fn(p)
		}
		return err
	})
}

// remarks are records on their way to the disk.
type remarks []*remark

// wait returns when all are durable.
func (all remarks) wait(ctx context.Context) error {
	var err error
	for _, r := range all {
		err = errors.Join(err, r.wait(ctx))
	}
	return err
}

// noteReading begins to audit that emails are about to be read, each in one
// mailbox. Nothing of them may be given out before the remarks are durable, and
// nothing of others: may are those that are noted, in their order.
func (m *Mail) noteReading(ctx context.Context, action string, ids []postroom.EmailID) (noted remarks, may []postroom.EmailID, err error) {
	if m.session.owns(m.account) {
		return nil, ids, nil
	}
	at := make(map[postroom.EmailID]emailPlace, len(ids))
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		clear(at)
		return m.eachPlace(tx, r, ids, func(p emailPlace) {
			if _, known := at[p.email]; !known {
				at[p.email] = p
			}
		})
	})
	if err != nil {
		return nil, nil, err
	}
	byBox := make(map[postroom.CollectionID][]postroom.UID)
	for _, p := range at {
		byBox[p.box] = append(byBox[p.box], p.uid)
	}
	boxes := make([]postroom.CollectionID, 0, len(byBox))
	for id := range byBox {
		boxes = append(boxes, id)
	}
	slices.SortFunc(boxes, cmp.Compare)
	for _, id := range boxes {
		noted = append(noted, m.mailbox(id).noteAhead(ctx, action, ascending(byBox[id])))
	}
	may = slices.DeleteFunc(slices.Clone(ids), func(id postroom.EmailID) bool { _, known := at[id]; return !known })
	return noted, may, nil
}
