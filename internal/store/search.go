package store

import (
	"context"
	"slices"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// TextField says where SearchText looks.
type TextField uint8

// Body is the decoded text of the parts, Anywhere adds the header.
const (
	Body TextField = iota
	Anywhere
)

const (
	// maxQueryWords bounds the words of one query.
	maxQueryWords = 64
	// searchedText bounds the text of one message that is searched, in bytes.
	searchedText = 1 << 20
)

// SearchText returns, of the UIDs given, those whose text holds all words of
// query. Messages that are not yet indexed are read and searched too. Words are
// those of message.Words: case and accents make no difference. A query without
// any word matches all.
func (m *Mailbox) SearchText(ctx context.Context, field TextField, query string, uids []postroom.UID) ([]postroom.UID, error) {
	words := message.UniqueWords(query, maxQueryWords)
	uids = ascending(uids)
	if len(words) == 0 || len(uids) == 0 {
		err := m.read(ctx, func(*db.Tx, postroom.Rights) error { return nil })
		return uids, err
	}
	var found, unread []postroom.UID
	err := m.read(ctx, func(tx *db.Tx, _ postroom.Rights) error {
		found, unread = nil, nil
		matches, err := fts.Match(tx, m.ref.Account, fts.Field(field), words)
		if err != nil {
			return err
		}
		todo, err := unindexed(tx, m.ref.Account)
		if err != nil {
			return err
		}
		return tx.Each(`SELECT uid, email_id FROM item WHERE account_id = $1 AND collection_id = $2
			AND uid BETWEEN $3 AND $4 ORDER BY uid`, []any{m.ref.Account, m.ref.Collection, uids[0], uids[len(uids)-1]},
			func(scan func(...any) error) error {
				var uid postroom.UID
				var email postroom.EmailID
				err := scan(&uid, &email)
				switch {
				case err != nil || !has(uids, uid):
				case todo[email]:
					unread = append(unread, uid)
				case matches[email]:
					found = append(found, uid)
				}
				return err
			})
	})
	if err != nil {
		return nil, err
	}
	return m.searchUnread(ctx, field, words, found, unread)
}

// unindexed lists the emails of an account that are not in the index yet.
func unindexed(tx *db.Tx, account postroom.AccountID) (map[postroom.EmailID]bool, error) {
	todo := make(map[postroom.EmailID]bool)
	err := tx.Each(`SELECT email_id FROM email WHERE account_id = $1 AND indexed = 0`, []any{account},
		func(scan func(...any) error) error {
			var id postroom.EmailID
			err := scan(&id)
			todo[id] = true
			return err
		})
	return todo, err
}

// searchUnread adds those of unread that hold all words.
func (m *Mailbox) searchUnread(ctx context.Context, field TextField, words []string, found, unread []postroom.UID) ([]postroom.UID, error) {
	for _, uid := range unread {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var c Content
		err := m.read(ctx, func(tx *db.Tx, _ postroom.Rights) error {
			rows, err := readRows(tx, m.ref, []postroom.UID{uid})
			if err != nil || len(rows) == 0 {
				return err
			}
			c, err = m.session.store.openEmail(tx, m.ref.Account, rows[0].Email)
			return err
		})
		if err != nil {
			return nil, err
		}
		if c == nil {
			continue
		}
		header, body, err := wordsOf(c)
		if err != nil {
			return nil, err
		}
		if holds(field, words, header, body) {
			found = append(found, uid)
		}
	}
	slices.Sort(found)
	return found, nil
}

// openEmail opens the bytes of an email.
func (s *Store) openEmail(tx *db.Tx, account postroom.AccountID, id postroom.EmailID) (Content, error) {
	var b, prefix []byte
	err := tx.QueryRow(`SELECT blob, prefix FROM email WHERE account_id = $1 AND email_id = $2`, account, id).Scan(&b, &prefix)
	if err != nil {
		return nil, err
	}
	return s.blobs.Open(tx, b, prefix)
}

// wordsOf reads the search words of a message and closes it.
func wordsOf(c Content) (header, body []string, err error) {
	defer c.Close()
	raw := make([]byte, c.Size())
	if n, err := c.ReadAt(raw, 0); err != nil && n < len(raw) {
		return nil, nil, err
	}
	t := message.Text(raw, searchedText)
	return message.UniqueWords(t.Header, fts.MaxWords), message.UniqueWords(t.Body, fts.MaxWords), nil
}

func holds(field TextField, words, header, body []string) bool {
	for _, w := range words {
		if !slices.Contains(body, w) && (field == Body || !slices.Contains(header, w)) {
			return false
		}
	}
	return true
}
