package search

import (
	"fmt"

	"postroom"
)

// EmailID is unique on the whole server (RFC 8474): a session sees messages of
// many accounts.
func EmailID(account postroom.AccountID, id postroom.EmailID) string {
	return fmt.Sprintf("E%d-%d", account, id)
}

// ThreadID is unique on the whole server, or empty for a message without one.
func ThreadID(account postroom.AccountID, id postroom.ThreadID) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf("T%d-%d", account, id)
}
