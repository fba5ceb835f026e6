// Package login is the only way for a human into the store: credentials in,
// a session out.
package login

import (
	"context"

	"postroom/internal/store"
)

// Credentials are what a client presented.
type Credentials struct {
	// Username is an address, or one of the delegated spellings:
	// "info@example.test*anna@example.test", "anna@example.test\info@example.test".
	Username string
	// Authzid is the SASL authorization identity; "" for the user itself.
	Authzid  string
	Password string
	// Protocol and Remote go into the audit log.
	Protocol, Remote string
}

// Authenticate checks credentials. SignInFailed for anything wrong, the same
// whether the account exists or not, in the same time; SignInDisabled when
// they are right but the account may not sign in. For a delegated sign-in the
// actor needs Lookup and Read on the root of the other account.
func Authenticate(ctx context.Context, s *store.Store, c Credentials) (*store.Session, error) {
	panic("unbuilt")
}
