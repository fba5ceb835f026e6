package login

import (
	"context"

	"postroom/internal/store"
)

// Invitation tells for whom the invitation with a secret is, and leaves it
// open. NotFound for one that is unknown, used, withdrawn or expired; Limit
// after too many of those from one network.
func Invitation(ctx context.Context, s *store.Store, token, protocol, remote string) (store.Invitee, error) {
	return open(s, protocol, remote).Invitation(ctx, token)
}

// Accept uses an invitation up: its account gets the password and is active.
// Invalid for a password that is too short or too long, else as Invitation.
func Accept(ctx context.Context, s *store.Store, token, password, protocol, remote string) (store.Invitee, error) {
	return open(s, protocol, remote).Accept(ctx, token, password)
}
