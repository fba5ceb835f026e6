package store

import (
	"context"
	"slices"
	"strings"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/fts"
)

// TextField says where a text is looked for.
type TextField uint8

// Body is the decoded text of the parts, Anywhere the header, decoded, or the
// body. The others are of the envelope; an address is searched as "Name
// <local@domain>".
const (
	Body TextField = iota
	Anywhere
	Subject
	From
	To
	Cc
	Bcc
)

// indexed are the fields of the index that each is in.
var indexed = [...]fts.Fields{
	Body: fts.Body, Anywhere: fts.Header | fts.Body, Subject: fts.Subject, From: fts.From, To: fts.To, Cc: fts.Cc, Bcc: fts.Bcc,
}

// searchedText bounds the text of one message that is searched, in bytes.
const searchedText = 1 << 20

// SearchText returns, of the UIDs given, those whose text holds query, in
// ascending order. The comparison is i;unicode-casemap (RFC 5051), so case makes
// no difference and accents do; white space of any length is one space. The
// first MB of a body is searched. Messages that are not yet indexed are read and
// searched too. The empty query matches all. Needs Read.
func (m *Mailbox) SearchText(ctx context.Context, field TextField, query string, uids []postroom.UID) ([]postroom.UID, error) {
	key := message.SearchKey(query)
	needles, decided := message.Needles(key)
	if key == "" {
		err := m.read(ctx, func(*db.Tx, postroom.Rights) error { return nil })
		return ascending(uids), err
	}
	sure, doubtful, err := m.sift(ctx, uids, func(tx *db.Tx) (*fts.Set, error) {
		return m.session.store.terms.Match(tx, m.ref.Account, indexed[field], needles)
	})
	if err != nil {
		return nil, err
	}
	if !decided {
		sure, doubtful = nil, ascending(append(doubtful, sure...))
	}
	verified, err := m.verify(ctx, doubtful, field, key)
	return ascending(append(sure, verified...)), err
}

// verify gives those of uids whose text holds key.
func (m *Mailbox) verify(ctx context.Context, uids []postroom.UID, field TextField, key string) ([]postroom.UID, error) {
	if field == Body || field == Anywhere {
		return m.verifyContents(ctx, uids, field, key)
	}
	var found []postroom.UID
	for it, err := range m.Fetch(ctx, uids) {
		if err != nil {
			return nil, err
		}
		if s := (&message.Summary{}); s.UnmarshalFields(it.Summary) == nil && envelopeHolds(s.Envelope, field, key) {
			found = append(found, it.UID)
		}
	}
	return found, nil
}

// withItems calls do with the items of the mailbox, in ascending order of UIDs,
// in a transaction in which it may be read.
func (m *Mailbox) withItems(ctx context.Context, do func(*db.Tx, []postroom.ItemMeta) error) error {
	for range maxSnapshots {
		ok := false
		err := m.read(ctx, func(tx *db.Tx, _ postroom.Rights) error {
			c, key, err := m.state(tx)
			if err != nil {
				return err
			}
			var items []postroom.ItemMeta
			if items, ok, err = m.session.store.pictures.items(tx, key, c.ModSeq); err != nil || !ok {
				return err
			}
			return do(tx, items)
		})
		if err != nil || ok {
			return err
		}
	}
	return postroom.Errorf(postroom.Unavailable, "the mailbox changes too quickly, try again")
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

// verifyContents reads messages and gives those whose text holds key.
func (m *Mailbox) verifyContents(ctx context.Context, uids []postroom.UID, field TextField, key string) (found []postroom.UID, err error) {
	err = m.eachText(ctx, uids, func(uid postroom.UID, t *searchable) {
		if t.holds(field, key) {
			found = append(found, uid)
		}
	})
	return found, err
}

// eachText reads messages one after another.
func (m *Mailbox) eachText(ctx context.Context, uids []postroom.UID, do func(postroom.UID, *searchable)) (err error) {
	for len(uids) > 0 {
		var opened []OpenedItem
		if opened, uids, err = m.open(ctx, uids); err != nil {
			return err
		}
		for i, it := range opened {
			t, err := readText(it.Content)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				closeAll(opened[i+1:])
				return err
			}
			do(it.UID, t)
		}
	}
	return nil
}

// searchable is the text of a message as it is searched, each part by its
// message.SearchKey when it is asked for.
type searchable struct {
	text     message.SearchText
	header   message.Header
	envelope *message.Envelope
}

// readText reads a message and closes it.
func readText(c Content) (*searchable, error) {
	defer c.Close()
	raw := make([]byte, c.Size())
	if n, err := c.ReadAt(raw, 0); err != nil && n < len(raw) {
		return nil, err
	}
	p := message.Index(raw)
	h := p.Header(raw)
	return &searchable{p.Text(raw, searchedText), h, message.EnvelopeOf(h)}, nil
}

func (t *searchable) holds(field TextField, key string) bool {
	switch field {
	case Body:
		return strings.Contains(message.SearchKey(t.text.Body), key)
	case Anywhere:
		return strings.Contains(message.SearchKey(t.text.Header), key) || strings.Contains(message.SearchKey(t.text.Body), key)
	}
	return envelopeHolds(t.envelope, field, key)
}

// document is what goes into the index. What it leaves out cannot be found.
func (t *searchable) document(id postroom.EmailID) fts.Document {
	d := fts.Document{Email: id}
	d.Add(message.SearchKey(t.text.Header), fts.Header)
	d.Add(message.SearchKey(t.text.Body), fts.Body)
	for field := Subject; field <= Bcc; field++ {
		for _, key := range envelopeKeys(t.envelope, field) {
			d.Add(key, indexed[field])
		}
	}
	return d
}

// envelopeKeys are the texts of a field of the envelope.
func envelopeKeys(e *message.Envelope, field TextField) (keys []string) {
	if e == nil {
		return nil
	}
	list := e.From
	switch field {
	case Subject:
		return []string{message.SearchKey(message.DecodeWords(e.Subject))}
	case To:
		list = e.To
	case Cc:
		list = e.Cc
	case Bcc:
		list = e.Bcc
	}
	for _, a := range list {
		if a.Kind != message.GroupEnd {
			keys = append(keys, message.AddressKey(a))
		}
	}
	return keys
}

func envelopeHolds(e *message.Envelope, field TextField, key string) bool {
	return slices.ContainsFunc(envelopeKeys(e, field), func(text string) bool { return strings.Contains(text, key) })
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
