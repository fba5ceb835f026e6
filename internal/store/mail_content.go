package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
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
		for len(ids) > 0 {
			noted, left, err := m.noteReading(ctx, action, ids)
			ids = nil
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
				opened = keepEmails(opened, func(id postroom.EmailID) bool {
					if !noted.speaksOf(id) {
						ids = append(ids, id) // once more, for where it is now
					}
					return noted.speaksOf(id)
				})
				if !m.give(ctx, asked, opened, yield) {
					return
				}
			}
			if err != nil {
				yield(OpenedEmail{}, err)
				return
			}
		}
	}
}

// give yields what was opened when rights were asked for, and closes the others
// when it is told to end. Whoever may not read one any more is not given it.
func (m *Mail) give(ctx context.Context, asked asked, opened []OpenedEmail, yield func(OpenedEmail, error) bool) (more bool) {
	for len(opened) > 0 {
		if m.session.store.askingAgain(asked) {
			asked = m.session.store.asking()
			var err error
			if opened, err = m.askForAll(ctx, opened); err != nil {
				yield(OpenedEmail{}, err)
				return false
			}
			if len(opened) == 0 {
				break
			}
		}
		e := opened[0]
		opened = opened[1:]
		if !yield(e, nil) {
			closeEmails(opened)
			return false
		}
	}
	return true
}

// askForAll closes what may not be read any more. What was opened is closed, also
// when there is an error.
func (m *Mail) askForAll(ctx context.Context, opened []OpenedEmail) ([]OpenedEmail, error) {
	ids := make([]postroom.EmailID, len(opened))
	for i, e := range opened {
		ids[i] = e.ID
	}
	may := make(map[postroom.EmailID]bool, len(opened))
	err := m.read(ctx, func(tx *db.Tx, r *outlook) error {
		clear(may)
		return m.eachPlace(tx, r, ids, func(p emailPlace) { may[p.email] = true })
	})
	if err != nil {
		clear(may)
	}
	return keepEmails(opened, func(id postroom.EmailID) bool { return may[id] }), err
}

// keepEmails keeps some of what was opened, in its order, and closes the others.
func keepEmails(opened []OpenedEmail, keep func(postroom.EmailID) bool) []OpenedEmail {
	return slices.DeleteFunc(opened, func(e OpenedEmail) bool {
		if keep(e.ID) {
			return false
		}
		e.Content.Close()
		return true
	})
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

// remarks are records on their way to the disk, and of which place of each email
// they are.
type remarks struct {
	at map[postroom.EmailID]emailPlace
	by map[postroom.CollectionID]*remark
}

// wait returns when all are durable.
func (all remarks) wait(ctx context.Context) error {
	var err error
	for _, r := range all.by {
		err = errors.Join(err, r.wait(ctx))
	}
	return err
}

// speaksOf reports whether an email stands in the records, once they are durable:
// one that left its place before is not in them.
func (all remarks) speaksOf(id postroom.EmailID) bool {
	p := all.at[id]
	return !all.by[p.box].leavesOut(p.uid)
}

// noteReading begins to audit that emails are about to be read, each in one
// mailbox. Nothing of them may be given out before the remarks are durable, and
// nothing of others, or of those that they do not speak of then: may are those that
// are noted, in their order.
func (m *Mail) noteReading(ctx context.Context, action string, ids []postroom.EmailID) (noted remarks, may []postroom.EmailID, err error) {
	if m.session.owns(m.account) {
		return noted, ids, nil
	}
	noted.at, noted.by = make(map[postroom.EmailID]emailPlace, len(ids)), make(map[postroom.CollectionID]*remark)
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		clear(noted.at)
		return m.eachPlace(tx, r, ids, func(p emailPlace) {
			if _, known := noted.at[p.email]; !known {
				noted.at[p.email] = p
			}
		})
	})
	if err != nil {
		return noted, nil, err
	}
	byBox := make(map[postroom.CollectionID][]postroom.UID)
	for _, p := range noted.at {
		byBox[p.box] = append(byBox[p.box], p.uid)
	}
	for _, id := range slices.Sorted(maps.Keys(byBox)) {
		noted.by[id] = m.mailbox(id).noteAhead(ctx, action, ascending(byBox[id]))
	}
	may = slices.DeleteFunc(slices.Clone(ids), func(id postroom.EmailID) bool { _, known := noted.at[id]; return !known })
	return noted, may, nil
}

// noteAll is noteReading that waits; may are those that are noted.
func (m *Mail) noteAll(ctx context.Context, action string, ids []postroom.EmailID) (may []postroom.EmailID, err error) {
	for len(ids) > 0 {
		noted, left, err := m.noteReading(ctx, action, ids)
		if err == nil {
			err = noted.wait(ctx)
		}
		if err != nil {
			return nil, err
		}
		ids = nil
		for _, id := range left {
			if noted.speaksOf(id) {
				may = append(may, id)
			} else {
				ids = append(ids, id)
			}
		}
	}
	return may, nil
}
