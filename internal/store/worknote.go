package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"postroom"
	"postroom/internal/store/internal/db"
)

// Bounds of notes.
const (
	maxNoteBytes    = 16 << 10
	maxNoteMentions = 50
	maxThreadNotes  = 500 // of one conversation
)

// NoteDraft is what a person writes for colleagues.
type NoteDraft struct {
	Text string // plain, at most 16 KB
	// Mentions are the addresses of those who are named in it; each must be
	// able to read the conversation.
	Mentions []string
}

const noteColumns = `SELECT note_id, thread_id, author_id, author, text, mentions, created, changed, modseq FROM note WHERE account_id = $1`

// scanNote reads a row; the names of people are filled in later.
func scanNote(scan func(...any) error) (n postroom.Note, err error) {
	var mentions string
	var created, changed int64
	err = scan(&n.ID, &n.Thread, &n.Author.Account, &n.Author.Address, &n.Text, &mentions, &created, &changed, &n.ModSeq)
	if err != nil {
		return n, err
	}
	n.Created, n.Changed = db.Time(created), db.Time(changed)
	var ids []postroom.AccountID
	if err := json.Unmarshal([]byte(mentions), &ids); err != nil {
		return n, err
	}
	for _, id := range ids {
		n.Mention = append(n.Mention, postroom.Colleague{Account: id})
	}
	return n, nil
}

// Notes lists the notes about conversations of an account, oldest first. Needs
// Read on a mailbox with a message of each; others are passed over, as those
// that are not there.
func (s *Session) Notes(ctx context.Context, account postroom.AccountID, threads []postroom.ThreadID) (list []postroom.Note, err error) {
	if len(threads) > maxWork {
		return nil, postroom.Errorf(postroom.Limit, "at most %d conversations at a time", maxWork)
	}
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		for _, thread := range threads {
			_, err := s.threadItems(tx, account, thread)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			some, err := readNotes(tx, account, ` AND thread_id = $2 AND removed = 0 ORDER BY note_id`, thread)
			if err != nil {
				return err
			}
			list = append(list, some...)
		}
		return nil
	})
	return list, err
}

// NotesByID reads notes by their numbers, those left out that are not there or
// whose conversation the session may not read.
func (s *Session) NotesByID(ctx context.Context, account postroom.AccountID, ids []postroom.NoteID) (list []postroom.Note, err error) {
	if len(ids) > maxWork {
		return nil, postroom.Errorf(postroom.Limit, "at most %d notes at a time", maxWork)
	}
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		list = nil
		for _, id := range ids {
			n, err := s.readableNote(tx, account, id)
			if postroom.KindOf(err) == postroom.NotFound {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, n)
		}
		return nil
	})
	return list, err
}

// NoteChanges are the notes of an account that changed since a ModSeq.
type NoteChanges struct {
	Changed []postroom.Note
	Removed []postroom.NoteID
	// Last is up to where this holds.
	Last postroom.ModSeq
}

// MaxNoteChanges is how many changes are told at a time.
const MaxNoteChanges = 1000

// NotesChanged tells the changes of notes since a ModSeq, as far as the session
// may read their conversations. Of those removed only the numbers are told. With
// more than a thousand, Last is where to go on.
func (s *Session) NotesChanged(ctx context.Context, account postroom.AccountID, since postroom.ModSeq) (c NoteChanges, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		c = NoteChanges{Last: since}
		have, err := s.rightsIn(tx, account)
		if err != nil {
			return err
		}
		if !canReadSome(have) {
			return noSuchMailbox("")
		}
		var notes []postroom.Note
		var removed []bool
		err = tx.Each(`SELECT note_id, thread_id, author_id, author, text, mentions, created, changed, modseq, removed FROM note
			WHERE account_id = $1 AND modseq > $2 ORDER BY modseq LIMIT $3`, []any{account, since, MaxNoteChanges},
			func(scan func(...any) error) error {
				var gone bool
				n, err := scanNote(func(to ...any) error { return scan(append(to, &gone)...) })
				notes, removed = append(notes, n), append(removed, gone)
				return err
			})
		if err != nil {
			return err
		}
		for i := range notes {
			n := &notes[i]
			c.Last = max(c.Last, n.ModSeq)
			_, err := s.threadItems(tx, account, n.Thread)
			switch {
			case removed[i]:
				c.Removed = append(c.Removed, n.ID)
			case postroom.KindOf(err) == postroom.NotFound:
			case err != nil:
				return err
			default:
				if err := nameColleagues(tx, n); err != nil {
					return err
				}
				c.Changed = append(c.Changed, *n)
			}
		}
		return nil
	})
	return c, err
}

// canReadSome reports whether one of the rights is to read a mailbox.
func canReadSome(have map[postroom.CollectionID]postroom.Rights) bool {
	for _, r := range have {
		if r.Has(toRead) {
			return true
		}
	}
	return false
}

// readableNote reads one note, NotFound also when its conversation may not be
// read.
func (s *Session) readableNote(tx *db.Tx, account postroom.AccountID, id postroom.NoteID) (postroom.Note, error) {
	list, err := readNotes(tx, account, ` AND note_id = $2 AND removed = 0`, id)
	if err == nil && len(list) == 0 {
		err = postroom.Errorf(postroom.NotFound, "no such note")
	}
	if err != nil {
		return postroom.Note{}, err
	}
	if _, err := s.threadItems(tx, account, list[0].Thread); err != nil {
		if postroom.KindOf(err) == postroom.NotFound {
			err = postroom.Errorf(postroom.NotFound, "no such note")
		}
		return postroom.Note{}, err
	}
	return list[0], nil
}

func readNotes(tx *db.Tx, account postroom.AccountID, where string, arg any) ([]postroom.Note, error) {
	return readNotesWhere(tx, where, account, arg)
}

// readNotesWhere reads notes of the account that is the first of args.
func readNotesWhere(tx *db.Tx, where string, args ...any) (list []postroom.Note, err error) {
	err = tx.Each(noteColumns+where, args, func(scan func(...any) error) error {
		n, err := scanNote(scan)
		list = append(list, n)
		return err
	})
	for i := range list {
		if err == nil {
			err = nameColleagues(tx, &list[i])
		}
	}
	return list, err
}

// nameColleagues fills in who wrote a note and who is mentioned, by their names
// of today.
func nameColleagues(tx *db.Tx, n *postroom.Note) (err error) {
	if n.Author, err = colleague(tx, n.Author.Account, n.Author.Address); err != nil {
		return err
	}
	kept := n.Mention[:0]
	for _, m := range n.Mention {
		who, err := colleague(tx, m.Account, "")
		if err != nil {
			return err
		}
		if who.Account != 0 {
			kept = append(kept, who)
		}
	}
	n.Mention = kept
	return nil
}

// AddNote writes a note about a conversation. NotFound without Read on a message
// of it, Denied without Write; Invalid for an empty text or for a mention of
// somebody who cannot read the conversation; TooLarge, Limit.
func (s *Session) AddNote(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID, draft NoteDraft) (n postroom.Note, err error) {
	if err := draft.check(); err != nil {
		return n, err
	}
	err = s.noting(ctx, account, thread, "added", func(c *change, items []threadItem) error {
		var count int
		err := c.tx.QueryRow(`SELECT COUNT(*) FROM note WHERE account_id = $1 AND thread_id = $2 AND removed = 0`, account, thread).Scan(&count)
		if err == nil && count >= maxThreadNotes {
			err = postroom.Errorf(postroom.Limit, "a conversation may have %d notes", maxThreadNotes)
		}
		if err != nil {
			return err
		}
		people, mentions, err := s.mentioned(c.tx, account, items, draft.Mentions)
		if err != nil {
			return err
		}
		m, err := c.number()
		if err != nil {
			return err
		}
		_, err = c.tx.Exec(`INSERT INTO note (account_id, note_id, thread_id, author_id, author, text, mentions, created, changed, modseq)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $2)`,
			account, m, thread, s.Actor().Account, s.Actor().Address, draft.Text, mentions, s.store.micros(time.Time{}))
		if err == nil {
			err = s.mention(c.tx, account, thread, postroom.NoteID(m), people)
		}
		if err != nil {
			return err
		}
		n, err = s.readableNote(c.tx, account, postroom.NoteID(m))
		return err
	})
	return n, err
}

// check brings the text into its form.
func (d *NoteDraft) check() error {
	d.Text = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(d.Text, "\r\n", "\n"), "\ufffd"))
	switch {
	case d.Text == "":
		return postroom.Errorf(postroom.Invalid, "a note needs a text")
	case len(d.Text) > maxNoteBytes:
		return postroom.Errorf(postroom.TooLarge, "a note may have %d bytes", maxNoteBytes)
	case strings.ContainsRune(d.Text, 0):
		return postroom.Errorf(postroom.Invalid, "a note is text")
	case len(d.Mentions) > maxNoteMentions:
		return postroom.Errorf(postroom.Limit, "a note may mention %d people", maxNoteMentions)
	}
	return nil
}

// mentioned finds those who are mentioned, and how the note keeps them.
func (s *Session) mentioned(tx *db.Tx, account postroom.AccountID, items []threadItem, addresses []string) (ids []postroom.AccountID, kept string, err error) {
	ids = []postroom.AccountID{}
	if len(addresses) > 0 {
		all, err := s.readersOf(tx, account, items)
		if err != nil {
			return nil, "", err
		}
		for _, address := range addresses {
			t, found, err := entryNamed(tx, address)
			if err != nil {
				return nil, "", err
			}
			at := slices.IndexFunc(all, func(c postroom.Colleague) bool { return found && c.Account == t.Account })
			if at < 0 {
				return nil, "", postroom.Errorf(postroom.Invalid, "%s cannot read this conversation", printable(address))
			}
			ids = append(ids, all[at].Account)
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	b, err := json.Marshal(ids)
	return ids, string(b), err
}

// noting runs the change of a note in the transaction that checks the rights,
// and records it.
func (s *Session) noting(ctx context.Context, account postroom.AccountID, thread postroom.ThreadID, what string, do func(*change, []threadItem) error) error {
	return s.store.db.Write(ctx, func(tx *db.Tx) error {
		if err := tx.ShareRights(); err != nil {
			return err
		}
		c, err := s.store.begin(tx, account)
		if err != nil {
			return err
		}
		items, err := s.writable(tx, account, thread)
		if err != nil {
			return err
		}
		if err := do(c, items); err != nil {
			return err
		}
		// The latest message stands for the conversation.
		it := items[len(items)-1]
		uids := []postroom.UID{it.UID}
		names, err := s.messagesNamed(tx, "message.note", it.ref, uids)
		if err != nil {
			return err
		}
		return s.recordMessages(tx, "message.note", it.ref, uids, names, map[string]string{"note": what})
	})
}

// ChangeNote replaces the text and the mentions of a note. Denied for what
// another wrote.
func (s *Session) ChangeNote(ctx context.Context, account postroom.AccountID, id postroom.NoteID, draft NoteDraft) (n postroom.Note, err error) {
	if err := draft.check(); err != nil {
		return n, err
	}
	thread, err := s.ownNote(ctx, account, id)
	if err != nil {
		return n, err
	}
	err = s.noting(ctx, account, thread, "changed", func(c *change, items []threadItem) error {
		people, mentions, err := s.mentioned(c.tx, account, items, draft.Mentions)
		if err != nil {
			return err
		}
		m, err := c.number()
		if err == nil {
			err = s.touchNote(c.tx, account, id, `text = $4, mentions = $5, changed = $6, modseq = $7`,
				draft.Text, mentions, s.store.micros(time.Time{}), m)
		}
		if err == nil {
			err = s.mention(c.tx, account, thread, id, people)
		}
		if err != nil {
			return err
		}
		n, err = s.readableNote(c.tx, account, id)
		return err
	})
	return n, err
}

// RemoveNote removes a note. Denied for what another wrote.
func (s *Session) RemoveNote(ctx context.Context, account postroom.AccountID, id postroom.NoteID) error {
	thread, err := s.ownNote(ctx, account, id)
	if err != nil {
		return err
	}
	return s.noting(ctx, account, thread, "removed", func(c *change, _ []threadItem) error {
		m, err := c.number()
		if err != nil {
			return err
		}
		if err := s.touchNote(c.tx, account, id, `text = '', mentions = '[]', removed = 1, modseq = $4`, m); err != nil {
			return err
		}
		return s.mention(c.tx, account, thread, id, nil)
	})
}

// touchNote changes one of the session's own notes that is still there.
func (s *Session) touchNote(tx *db.Tx, account postroom.AccountID, id postroom.NoteID, set string, args ...any) error {
	n, err := tx.Exec(`UPDATE note SET `+set+` WHERE account_id = $1 AND note_id = $2 AND author_id = $3 AND removed = 0`,
		append([]any{account, id, s.Actor().Account}, args...)...)
	if err == nil && n == 0 {
		err = postroom.Errorf(postroom.NotFound, "no such note")
	}
	return err
}

// ownNote finds the conversation of a note that the session wrote.
func (s *Session) ownNote(ctx context.Context, account postroom.AccountID, id postroom.NoteID) (thread postroom.ThreadID, err error) {
	err = s.store.db.Read(ctx, func(tx *db.Tx) error {
		n, err := s.readableNote(tx, account, id)
		if err != nil {
			return err
		}
		if n.Author.Account != s.Actor().Account {
			return postroom.Errorf(postroom.Denied, "permission denied: %s wrote this note", n.Author.Address)
		}
		thread = n.Thread
		return nil
	})
	return thread, err
}
