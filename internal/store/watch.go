package store

import (
	"context"

	"postroom"
)

// Watch tells that something may have changed in the accounts watched, or in
// anybody's rights. It is a hint: whoever gets one reads again, and sees what
// their rights then allow.
type Watch struct {
	// C has capacity one; hints that pile up are one.
	C <-chan struct{}
}

// Watch begins to watch accounts; an empty list watches all accounts visible
// to the session, also those that become so. Close it when done.
func (s *Session) Watch(ctx context.Context, accounts ...postroom.AccountID) (*Watch, error) {
	panic("unbuilt")
}

// Close ends the watch.
func (w *Watch) Close() { panic("unbuilt") }
