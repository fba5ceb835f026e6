package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Email is a message of an account as a session sees it.
type Email struct {
	ID     postroom.EmailID
	Thread postroom.ThreadID
	Blob   postroom.BlobID
	Size   int64
	// Received is when the first of its copies came.
	Received time.Time
	// Mailboxes are those it is in and one may look up, ascending.
	Mailboxes []postroom.CollectionID
	// Flags and Keywords (canonical) are those of its copies one may read: any
	// has it; \Seen: all have it. \Deleted is left out: it is IMAP's alone.
	Flags    postroom.Flags
	Keywords string
	// Summary is the message.Summary in its binary form.
	Summary []byte
	// copies are its items, in mailboxes one may look up.
	copies []emailCopy
}

// emailCopy is an item of an email, as the reader sees it.
type emailCopy struct {
	box postroom.CollectionID
	row
	reads bool
}

// emailsAtOnce is how many emails one query reads.
const emailsAtOnce = 64

// emailQuery reads emails with their items and the reader's own read state.
var emailQuery = `SELECT i.email_id, i.collection_id, i.uid, i.flags, i.modseq, i.keywords, i.received, i.saved, e.thread_id, e.blob, e.size,
	e.summary, COALESCE(r.seen, 0), COALESCE(r.modseq, 0) FROM item i
	JOIN email e ON e.account_id = i.account_id AND e.email_id = i.email_id
	LEFT JOIN read_state r ON r.account_id = i.account_id AND r.collection_id = i.collection_id AND r.reader_id = $2 AND r.uid = i.uid
	WHERE i.account_id = $1 AND i.email_id IN (` + placeholders(3, emailsAtOnce) + `) ORDER BY i.email_id, i.collection_id, i.uid`

// placeholders are those of n arguments from a number on.
func placeholders(from, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("$%d", from+i)
	}
	return strings.Join(list, ", ")
}

// Emails reads emails in the order of ids; those that may not be read are not
// among them. state is that of the account's emails.
func (m *Mail) Emails(ctx context.Context, ids []postroom.EmailID) (list []Email, state string, err error) {
	err = m.read(ctx, func(tx *db.Tx, r *outlook) error {
		found, err := m.emails(tx, r, ids)
		if err != nil {
			return err
		}
		list = make([]Email, 0, len(found))
		for _, id := range ids {
			if e := found[id]; e != nil {
				list = append(list, *e)
			}
		}
		state, err = m.emailState(tx, r)
		return err
	})
	return list, state, err
}

// emails reads those of ids that may be read.
func (m *Mail) emails(tx *db.Tx, r *outlook, ids []postroom.EmailID) (map[postroom.EmailID]*Email, error) {
	found := make(map[postroom.EmailID]*Email, len(ids))
	sorted := slices.Clone(ids)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	for chunk := range slices.Chunk(sorted, emailsAtOnce) {
		args := []any{m.account, m.session.Actor().Account}
		for i := range emailsAtOnce {
			args = append(args, chunk[min(i, len(chunk)-1)])
		}
		err := tx.Each(emailQuery, args, func(scan func(...any) error) error { return r.scanCopy(scan, found) })
		if err != nil {
			return nil, err
		}
	}
	for id, e := range found {
		if !e.join() {
			delete(found, id)
		}
	}
	return found, nil
}

// scanCopy adds one item to its email.
func (r *outlook) scanCopy(scan func(...any) error, found map[postroom.EmailID]*Email) error {
	var e Email
	var c emailCopy
	var own ownState
	var blob []byte
	err := scan(&c.Email, &c.box, &c.UID, &c.Flags, &c.ModSeq, &c.Keywords, &c.received, &c.saved, &e.Thread, &blob, &e.Size,
		&e.Summary, &own.seen, &own.modseq)
	if err != nil || !r.rights[c.box].Has(postroom.Lookup) {
		return err
	}
	c.size, c.reads = e.Size, r.reads(c.box)
	if r.each[c.box] {
		c.ItemMeta = own.over(c.ItemMeta)
	}
	at := found[c.Email]
	if at == nil {
		copy(e.Blob[:], blob)
		e.ID = c.Email
		at = &e
		found[c.Email] = at
	}
	at.copies = append(at.copies, c)
	return nil
}

// join makes one state of those of the copies; false when none may be read.
func (e *Email) join() bool {
	unread, readable := false, false
	var words []string
	for _, c := range e.copies {
		e.Mailboxes = append(e.Mailboxes, c.box)
		if !c.reads {
			continue
		}
		if at := db.Time(c.received); !readable || at.Before(e.Received) {
			e.Received = at
		}
		readable = true
		unread = unread || c.Flags&postroom.FlagSeen == 0
		e.Flags |= c.Flags
		words = append(words, strings.Fields(c.Keywords)...)
	}
	e.Mailboxes = slices.Compact(e.Mailboxes)
	e.Flags &^= postroom.FlagDeleted
	if unread {
		e.Flags &^= postroom.FlagSeen
	}
	slices.Sort(words)
	e.Keywords = strings.Join(slices.Compact(words), " ")
	return readable
}

// readCopy is the first copy that may be read.
func (e *Email) readCopy() emailCopy {
	return e.copies[slices.IndexFunc(e.copies, func(c emailCopy) bool { return c.reads })]
}

// mailbox is a handle of a mailbox of the account, whose rights its methods
// check.
func (m *Mail) mailbox(id postroom.CollectionID) *Mailbox {
	ref := postroom.CollectionRef{Account: m.account, Collection: id}
	return &Mailbox{session: m.session, ref: ref, mode: ReadWrite, path: ref.String()}
}
