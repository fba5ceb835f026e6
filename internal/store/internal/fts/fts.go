// Package fts keeps the words of messages in the search index of the database.
// Both databases are fed the same words (message.Words), so that they give the
// same answers.
package fts

import (
	"strconv"
	"strings"

	"postroom"
	"postroom/internal/store/internal/db"
)

// MaxWords bounds the different words kept of one part of a message: a
// tsvector holds 1 MB.
const MaxWords = 10000

// Field says which words are searched.
type Field uint8

// Body is the words of the body, Anywhere also those of the header.
const (
	Body Field = iota
	Anywhere
)

// row is the key of a message in the index of SQLite. Account numbers stay far
// below 2^31, email numbers below 2^32.
func row(account postroom.AccountID, email postroom.EmailID) int64 {
	return int64(account)<<32 | int64(email)
}

// Put indexes a message that is not yet indexed.
func Put(tx *db.Tx, account postroom.AccountID, email postroom.EmailID, header, body []string) error {
	if tx.Dialect() == db.SQLite {
		_, err := tx.Exec(`INSERT INTO search_text (rowid, header, body) VALUES ($1, $2, $3)`,
			row(account, email), strings.Join(header, " "), strings.Join(body, " "))
		return err
	}
	_, err := tx.Exec(`INSERT INTO search_text (account_id, email_id, header, body)
		VALUES ($1, $2, array_to_tsvector($3::text[]), array_to_tsvector($4::text[])) ON CONFLICT DO NOTHING`,
		account, email, words(header), words(body))
	return err
}

// words is never nil, which would be NULL.
func words(w []string) []string {
	if w == nil {
		return []string{}
	}
	return w
}

// Delete takes a message out of the index; one that is not there is fine.
func Delete(tx *db.Tx, account postroom.AccountID, email postroom.EmailID) error {
	if tx.Dialect() == db.SQLite {
		_, err := tx.Exec(`DELETE FROM search_text WHERE rowid = $1`, row(account, email))
		return err
	}
	_, err := tx.Exec(`DELETE FROM search_text WHERE account_id = $1 AND email_id = $2`, account, email)
	return err
}

// DeleteAccount takes all messages of an account out of the index.
func DeleteAccount(tx *db.Tx, account postroom.AccountID) error {
	if tx.Dialect() == db.SQLite {
		_, err := tx.Exec(`DELETE FROM search_text WHERE rowid BETWEEN $1 AND $2`, row(account, 0), row(account+1, 0)-1)
		return err
	}
	_, err := tx.Exec(`DELETE FROM search_text WHERE account_id = $1`, account)
	return err
}

// Match lists the indexed messages of an account that have all words.
func Match(tx *db.Tx, account postroom.AccountID, f Field, words []string) (map[postroom.EmailID]bool, error) {
	query, args := matchSQLite(account, f, words)
	if tx.Dialect() == db.Postgres {
		query, args = matchPostgres(account, f, words)
	}
	found := make(map[postroom.EmailID]bool)
	err := tx.Each(query, args, func(scan func(...any) error) error {
		var n int64
		if err := scan(&n); err != nil {
			return err
		}
		found[postroom.EmailID(n&(1<<32-1))] = true
		return nil
	})
	return found, err
}

func matchSQLite(account postroom.AccountID, f Field, words []string) (string, []any) {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + strings.ReplaceAll(w, `"`, `""`) + `"`
	}
	match := strings.Join(quoted, " AND ")
	if f == Body {
		match = "body : (" + match + ")"
	}
	return `SELECT rowid FROM search_text WHERE search_text MATCH $1 AND rowid BETWEEN $2 AND $3`,
		[]any{match, row(account, 0), row(account+1, 0) - 1}
}

func matchPostgres(account postroom.AccountID, f Field, words []string) (string, []any) {
	query := `SELECT email_id FROM search_text WHERE account_id = $1`
	args := []any{account}
	for _, w := range words {
		// A quoted word is one lexeme; the text is not parsed again.
		quoted := "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(w) + "'"
		args = append(args, quoted)
		n := "$" + strconv.Itoa(len(args)) + "::tsquery"
		if f == Body {
			query += " AND body @@ " + n
		} else {
			query += " AND (body @@ " + n + " OR header @@ " + n + ")"
		}
	}
	return query, args
}
