package storetest_test

import (
	"context"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// signIn opens a session with any password.
func signIn(h *storetest.House, user, password string) (*store.Session, error) {
	return login.Authenticate(context.Background(), h.Store,
		login.Credentials{Username: user + "@example.test", Password: password, Protocol: "imap", Remote: "127.0.0.1"})
}

// A session ends with the account's state, its login or the password it was
// opened with: at the next act, and whoever watches hears of it.
func TestSessionsEnd(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		app, err := d.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, MaySend: true,
			Abilities: postroom.AllAbilities})
		must(t, err)
		set := func(change func(*postroom.Account)) func() error {
			return func() error {
				a, err := d.AccountByID(ctx, h.Ben.ID)
				must(t, err)
				change(&a)
				return d.UpdateAccount(ctx, a)
			}
		}
		password := storetest.Password
		for _, tt := range []struct {
			name     string
			end      func() error
			own, app bool // which sessions end
			undo     func() error
		}{
			{"locked", set(func(a *postroom.Account) { a.State = postroom.Locked }), true, true,
				set(func(a *postroom.Account) { a.State = postroom.Active })},
			{"disabled", set(func(a *postroom.Account) { a.State = postroom.Disabled }), true, true,
				set(func(a *postroom.Account) { a.State = postroom.Active })},
			{"login off", set(func(a *postroom.Account) { a.Login = false }), true, true,
				set(func(a *postroom.Account) { a.Login = true })},
			{"new password", func() error { password = "a new one for ben"; return d.SetPassword(ctx, h.Ben.ID, password) }, true, false, nil},
			{"no app password", func() error { return d.RemoveAppPassword(ctx, h.Ben.ID, "phone") }, false, true, nil},
		} {
			own, err := signIn(h, "ben", password)
			must(t, err)
			phone, err := signIn(h, "ben", app)
			must(t, err)
			for _, s := range []*store.Session{own, phone} {
				must(t, s.Alive(ctx))
			}
			watches := map[bool]*store.Watch{}
			for i, s := range []*store.Session{own, phone} {
				w, err := s.WatchLife(ctx)
				must(t, err)
				watches[i == 0] = w
			}
			must(t, tt.end())
			for isOwn, ended := range map[bool]bool{true: tt.own, false: tt.app} {
				s := phone
				if isOwn {
					s = own
				}
				if ended {
					awaitHint(t, watches[isOwn], func() bool { return s.Alive(ctx) != nil })
					isKind(t, s.Alive(ctx), postroom.SignInDisabled)
				}
				r, err := s.MyRights(ctx, storetest.In(h.Ben, postroom.InboxCollection))
				if lives := err == nil && r.Has(rights.Manager); lives == ended {
					t.Errorf("%s: own %v: %v %v", tt.name, isOwn, r, err)
				}
				if _, err := s.Identity(ctx, "ben@example.test"); (err != nil) != ended {
					t.Errorf("%s: own %v: identity %v", tt.name, isOwn, err)
				}
				if _, err := s.Directory().Identities(ctx, h.Ben.ID); (err != nil) != ended {
					t.Errorf("%s: own %v: directory %v", tt.name, isOwn, err)
				}
				watches[isOwn].Close()
			}
			if tt.undo != nil {
				must(t, tt.undo())
			}
		}
	})
}

// Who changes their own password keeps that session, and no other.
func TestOwnPasswordChange(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx := t.Context()
		changes, other := h.SignIn("ben"), h.SignIn("ben")
		must(t, changes.Directory().SetPassword(ctx, h.Ben.ID, "chosen by ben himself"))
		must(t, changes.Alive(ctx))
		isKind(t, other.Alive(ctx), postroom.SignInDisabled)
		must(t, changes.Directory().SetPassword(ctx, h.Ben.ID, "chosen by ben again"))
		must(t, changes.Alive(ctx))
		must(t, h.Console.Directory().SetPassword(ctx, h.Ben.ID, "by somebody else"))
		isKind(t, changes.Alive(ctx), postroom.SignInDisabled)
	})
}

func TestOneTimePassword(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		ctx, d := t.Context(), h.Console.Directory()
		want := func(id postroom.AccountID, want store.PasswordState) {
			t.Helper()
			if got, err := d.PasswordState(ctx, id); err != nil || got != want {
				t.Errorf("%s, want %s: %v", got, want, err)
			}
		}
		want(h.Info.ID, store.NoPassword)
		want(h.Ben.ID, store.PasswordSet)
		must(t, d.SetOneTimePassword(ctx, h.Ben.ID, "written on a slip"))
		want(h.Ben.ID, store.PasswordOneTime)
		s, err := signIn(h, "ben", "written on a slip")
		must(t, err)
		if !s.PasswordIsOneTime() || h.SignIn("anna").PasswordIsOneTime() {
			t.Error("the mark is not seen")
		}
		must(t, s.Directory().SetPassword(ctx, h.Ben.ID, "chosen by ben himself"))
		want(h.Ben.ID, store.PasswordSet)
	})
}
