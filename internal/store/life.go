package store

import (
	"context"

	"postroom"
	"postroom/internal/store/internal/db"
	"postroom/internal/store/internal/mint"
)

// Alive answers nil while the session may do anything. SignInDisabled when the
// account was locked, disabled or deleted, its login was switched off, or the
// password the session was opened with is no more. Every act checks the same;
// this is for front ends that end a connection nobody can use.
func (s *Session) Alive(ctx context.Context) error {
	if s.warrant.Purpose != mint.Person {
		return nil
	}
	return s.store.db.Read(ctx, func(tx *db.Tx) error {
		m, _, err := s.store.facts.now(tx, 0)
		if err != nil {
			return err
		}
		p, err := m.principal(s.warrant.Actor.Account)
		if err == nil && !s.lives(p) {
			err = postroom.Errorf(postroom.SignInDisabled, "the session has ended: sign in again")
		}
		return err
	})
}

// WatchLife hints whenever the session may have ended: ask Alive then. Close it
// when done.
func (s *Session) WatchLife(ctx context.Context) (*Watch, error) { return s.watch(ctx, &Watch{}) }

// PasswordIsOneTime reports whether the session was opened with a password that
// was handed out and that its owner is to change.
func (s *Session) PasswordIsOneTime() bool { return s.warrant.OneTime }
