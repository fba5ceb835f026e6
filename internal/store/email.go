package store

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store/internal/blob"
	"postroom/internal/store/internal/db"
)

// parsed is a message that is ready to be stored: read once, outside of any
// transaction.
type parsed struct {
	draft   *blob.Draft
	summary *message.Summary
	hash    int64   // of the Message-ID; zero without one
	threads []int64 // nearest relation first
	binary  map[int64][]byte
	ahead   []byte // fields that a copy in Sent has before those of the draft
}

// maxThreadKeys bounds the identifiers by which a message finds its thread:
// its own, what it answers, the nearest references and the first.
const maxThreadKeys = 16

// parse reads a draft. It keeps nothing of its bytes.
func parse(d *blob.Draft) *parsed {
	p := &parsed{draft: d, summary: message.Summarize(d.Bytes()), binary: make(map[int64][]byte)}
	p.hash = messageHash(p.summary.MessageID)
	p.threads = threadHashes(p.summary.ThreadKeys())
	p.bytes(0)
	return p
}

// maxBlind bounds the fields that only a copy in Sent has.
const maxBlind = 256 << 10

// parseSent is parse for a copy in Sent: the draft as it left, with the fields
// of its author that did not leave before it.
func parseSent(d *blob.Draft, blind []byte, messageID string) *parsed {
	p := parse(d)
	if h := messageHash(messageID); h != 0 {
		p.hash = h
	}
	if len(blind) > 0 {
		p.ahead, p.binary = blind, make(map[int64][]byte)
		p.summary = message.Summarize(slices.Concat(blind, d.Bytes()))
	}
	return p
}

// threadHashes is the identifiers by which a message finds its thread, as they
// are stored.
func threadHashes(keys []message.ThreadKey) []int64 {
	if len(keys) > maxThreadKeys {
		keys[maxThreadKeys-1] = keys[len(keys)-1]
		keys = keys[:maxThreadKeys]
	}
	hashes := make([]int64, 0, len(keys))
	for _, k := range keys {
		if n, err := strconv.ParseUint(string(k[:16]), 16, 64); err == nil {
			hashes = append(hashes, int64(n))
		}
	}
	return hashes
}

// bytes is the summary in its binary form, of the message with a prefix of n
// bytes of trace fields. They are in no part of the summary but the size.
func (p *parsed) bytes(n int) []byte {
	size := p.draft.Size + int64(n)
	if b := p.binary[size]; b != nil {
		return b
	}
	p.summary.Size = size
	b, _ := p.summary.MarshalBinary()
	p.binary[size] = b
	return b
}

// messageHash stands for a Message-ID, with angle brackets or without.
func messageHash(id string) int64 {
	id = strings.Trim(id, "<> \t")
	if id == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(id))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// insertEmail stores an email under a number that count has taken, in the
// thread it belongs to or else in a new one. The blob is counted by the caller.
func (c *change) insertEmail(p *parsed, prefix []byte, id postroom.EmailID, fresh postroom.ThreadID) error {
	thread, err := c.findThread(p.threads, fresh)
	if err != nil {
		return err
	}
	_, err = c.tx.Exec(`INSERT INTO email (account_id, email_id, thread_id, blob, prefix, size, message_hash, summary, attached)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, c.account, id, thread, p.draft.ID[:], orNone(prefix),
		p.draft.Size+int64(len(prefix)), p.hash, p.bytes(len(prefix)), attached(p.summary))
	return err
}

// attached is what the column of that name holds for a message.
func attached(s *message.Summary) int {
	if s.HasAttachment {
		return 1
	}
	return 0
}

// orNone makes NULL an empty value.
func orNone(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// findThread finds the thread of the nearest relation, and has the thread know
// all of keys.
func (c *change) findThread(keys []int64, fresh postroom.ThreadID) (thread postroom.ThreadID, err error) {
	if len(keys) == 0 {
		return fresh, nil
	}
	if len(keys) == 1 { // most messages: one statement does both
		err = c.tx.QueryRow(`INSERT INTO thread_ref (account_id, hash, thread_id) VALUES ($1, $2, $3)
			ON CONFLICT (account_id, hash) DO UPDATE SET thread_id = thread_ref.thread_id RETURNING thread_id`,
			c.account, keys[0], fresh).Scan(&thread)
		return thread, err
	}
	known, err := c.threadsOf(keys)
	if err != nil {
		return 0, err
	}
	thread = fresh
	for _, k := range slices.Backward(keys) {
		if t, ok := known[k]; ok {
			thread = t
		}
	}
	var rows []string
	args := []any{c.account, thread}
	for _, k := range keys {
		if _, ok := known[k]; !ok {
			args = append(args, k)
			rows = append(rows, fmt.Sprintf("($1, $%d, $2)", len(args)))
		}
	}
	if len(rows) > 0 {
		_, err = c.tx.Exec(`INSERT INTO thread_ref (account_id, hash, thread_id) VALUES `+strings.Join(rows, ", ")+
			` ON CONFLICT DO NOTHING`, args...)
	}
	return thread, err
}

// threadsOf are the threads that know keys.
func (c *change) threadsOf(keys []int64) (map[int64]postroom.ThreadID, error) {
	known := make(map[int64]postroom.ThreadID)
	args := []any{c.account}
	for _, k := range keys {
		args = append(args, k)
	}
	err := c.tx.Each(`SELECT hash, thread_id FROM thread_ref WHERE account_id = $1 AND hash IN (`+placeholders(2, len(keys))+`)`, args,
		func(scan func(...any) error) error {
			var key int64
			var thread postroom.ThreadID
			err := scan(&key, &thread)
			known[key] = thread
			return err
		})
	return known, err
}

// quota selects the limit of an account in bytes: its own, or its plan's when
// that is zero; negative when there is none.
const quota = `SELECT CASE WHEN a.quota_bytes <> 0 THEN a.quota_bytes ELSE COALESCE(p.quota_bytes, -1) END
	FROM account a LEFT JOIN plan p ON p.id = a.plan_id WHERE a.id = `

// quotaOf is the limit of an account in bytes; negative when there is none.
func quotaOf(tx *db.Tx, account postroom.AccountID) (limit int64, err error) {
	err = tx.QueryRow(quota+`$1`, account).Scan(&limit)
	if noRow(err) {
		return -1, nil
	}
	return limit, err
}

// micros is a time as it is stored, now when it is zero.
func (s *Store) micros(t time.Time) int64 {
	if t.IsZero() {
		t = s.now()
	}
	return db.Micros(t)
}
