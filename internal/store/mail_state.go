package store

import (
	"fmt"

	"postroom"
	"postroom/internal/store/internal/db"
)

// emailState names the state of the emails of the account that the session may
// read.
func (m *Mail) emailState(tx *db.Tx, r *outlook) (string, error) {
	return m.state(tx, r.fingerprint(toRead))
}

// mailboxState names the state of the mailboxes that the session may look up.
func (m *Mail) mailboxState(tx *db.Tx, r *outlook) (string, error) {
	return m.state(tx, r.fingerprint(postroom.AllRights))
}

func (m *Mail) state(tx *db.Tx, fingerprint uint64) (string, error) {
	var at postroom.ModSeq
	err := tx.QueryRow(`SELECT modseq FROM account_counter WHERE account_id = $1`, m.account).Scan(&at)
	return fmt.Sprintf("%d-%x", at, fingerprint), err
}
