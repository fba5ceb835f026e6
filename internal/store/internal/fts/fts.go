// Package fts keeps an index of the terms of messages (message.EachTerm), for
// each account its own: what a search costs, and so what its time tells, depends
// on that account alone, and both databases give the same answers.
//
// The index of an account is a number of segments, each the terms of some
// messages, written once and never changed. Small segments are merged into
// larger ones as they come to be many. Messages that are gone stay in their
// segment until it is merged or purged; callers pass over numbers that they do
// not know.
package fts

import (
	"math/rand/v2"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/db"
)

// Fields says in which parts of a message a term stands.
type Fields uint8

// The parts. Header is all fields of the header, Body the text of the parts.
const (
	Subject Fields = 1 << iota
	From
	To
	Cc
	Bcc
	Header
	Body
)

// Document is the terms of a message, and where each stands.
type Document struct {
	Email postroom.EmailID
	Terms map[string]Fields
}

// Add puts the terms of a text in; key is its message.SearchKey.
func (d *Document) Add(key string, f Fields) {
	if d.Terms == nil {
		d.Terms = make(map[string]Fields, len(key)/8+16)
	}
	message.EachTerm(key, func(term string) { d.Terms[term] |= f })
}

// Put writes a segment of messages that are in none, in ascending order.
func Put(tx *db.Tx, account postroom.AccountID, docs []Document) error {
	if len(docs) == 0 {
		return nil
	}
	b := newBuilder()
	for _, d := range docs {
		b.add(d)
	}
	return insert(tx, account, b.bytes())
}

// insert stores the bytes of a segment. Its number is drawn by lot, so that it
// is never that of one that was.
func insert(tx *db.Tx, account postroom.AccountID, s encoded) error {
	id := rand.Int64()
	_, err := tx.Exec(`INSERT INTO search_segment (account_id, segment_id, docs, docs_size, terms_size, bytes)
		VALUES ($1, $2, $3, $4, $5, $6)`, account, id, s.docs, s.docsSize, s.termsSize, len(s.data))
	for n := 0; err == nil && n*pageSize < len(s.data); n++ {
		page := s.data[n*pageSize : min(len(s.data), (n+1)*pageSize)]
		_, err = tx.Exec(`INSERT INTO search_page (account_id, segment_id, page, data) VALUES ($1, $2, $3, $4)`,
			account, id, n, page)
	}
	return err
}

// meta is the row of a segment.
type meta struct {
	account             postroom.AccountID
	id                  int64
	docs                int
	docsSize, termsSize int
	bytes               int
}

// segments lists the segments of an account.
func segments(tx *db.Tx, account postroom.AccountID) (list []meta, err error) {
	err = tx.Each(`SELECT segment_id, docs, docs_size, terms_size, bytes FROM search_segment WHERE account_id = $1
		ORDER BY segment_id`, []any{account}, func(scan func(...any) error) error {
		m := meta{account: account}
		err := scan(&m.id, &m.docs, &m.docsSize, &m.termsSize, &m.bytes)
		list = append(list, m)
		return err
	})
	return list, err
}

// DeleteAccount deletes the index of an account.
func DeleteAccount(tx *db.Tx, account postroom.AccountID) error {
	for _, table := range []string{"search_segment", "search_page"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE account_id = $1`, account); err != nil {
			return err
		}
	}
	return nil
}
