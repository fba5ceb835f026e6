package storetest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

const browserAddress = "192.0.2.7"

// browse signs in by the web and returns the secret and a way to ask for its
// session.
func browse(h *storetest.House, user, password, code string) (string, error) {
	return login.BeginWeb(h.T.Context(), h.Store, login.Credentials{Username: user + "@example.test", Password: password,
		Protocol: "web", Remote: browserAddress}, code, "Firefox")
}

func web(h *storetest.House, secret string) (*store.Session, error) {
	return login.NewRemembered(h.Store).Web(h.T.Context(), secret, "web", browserAddress, "Firefox")
}

func wants(t *testing.T, err error, kind postroom.ErrorKind) {
	t.Helper()
	if err == nil || postroom.KindOf(err) != kind {
		t.Errorf("%v, want %v", err, kind)
	}
}

// A web session ends with what it was opened with, and with its time.
func TestWebSessions(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, d := t.Context(), h.Console.Directory()
		for name, end := range map[string]func(own *store.Session, secret string) error{
			"password changed": func(*store.Session, string) error {
				return d.SetPassword(ctx, h.Ben.ID, storetest.Password)
			},
			"signed out": func(_ *store.Session, secret string) error {
				return login.EndWeb(ctx, s, secret, "web", browserAddress)
			},
			"ended by name": func(own *store.Session, _ string) error {
				return d.EndWebSession(ctx, h.Ben.ID, own.Actor().Credential)
			},
			"ended with all":  func(*store.Session, string) error { return d.EndWebSessions(ctx, h.Ben.ID) },
			"not used":        func(*store.Session, string) error { clock.Advance(store.WebSessionIdle); return nil },
			"locked for once": func(*store.Session, string) error { return setState(h, postroom.Locked, postroom.Active) },
		} {
			secret, err := browse(h, "ben", storetest.Password, "")
			must(t, err)
			own, err := web(h, secret)
			must(t, err)
			if a := own.Actor(); a.Account != h.Ben.ID || !strings.HasPrefix(a.Credential, "web-") {
				t.Errorf("%s: actor %+v", name, a)
			}
			must(t, own.Alive(ctx))
			must(t, end(own, secret))
			if _, err := web(h, secret); postroom.KindOf(err) != postroom.SignInFailed || err == nil {
				t.Errorf("%s: %v", name, err)
			}
			if name != "not used" { // the connection is in use
				wants(t, own.Alive(ctx), postroom.SignInDisabled)
			}
		}
		_, err := web(h, "")
		wants(t, err, postroom.SignInFailed)
		must(t, s.KeepHouse(ctx))
		if list, err := d.WebSessions(ctx, h.Ben.ID); err != nil || len(list) > 0 {
			t.Errorf("left over: %v %v", list, err)
		}
	})
}

func setState(h *storetest.House, states ...postroom.AccountState) error {
	d := h.Console.Directory()
	for _, state := range states {
		a, err := d.AccountByID(h.T.Context(), h.Ben.ID)
		if err != nil {
			return err
		}
		a.State = state
		if err := d.UpdateAccount(h.T.Context(), a); err != nil {
			return err
		}
	}
	return nil
}

// However much it is used, a web session has an end; that of who changes the
// password goes on, the others do not.
func TestWebSessionLife(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx := t.Context()
		one, err := browse(h, "ben", storetest.Password, "")
		must(t, err)
		two, err := browse(h, "ben", storetest.Password, "")
		must(t, err)
		own, err := web(h, one)
		must(t, err)
		other, err := web(h, two)
		must(t, err)
		list, err := own.Directory().WebSessions(ctx, h.Ben.ID)
		if err != nil || len(list) != 2 || !list[0].Own || list[1].Own || list[0].Used.Agent != "Firefox" ||
			list[0].Used.Remote != browserAddress || list[0].With != "password" {
			t.Errorf("%+v %v", list, err)
		}
		must(t, own.Directory().SetPassword(ctx, h.Ben.ID, "another one for ben"))
		must(t, own.Alive(ctx))
		wants(t, other.Alive(ctx), postroom.SignInDisabled)
		for used := time.Duration(0); used < store.WebSessionLife-store.WebSessionIdle; used += store.WebSessionIdle - time.Hour {
			if _, err := web(h, one); err != nil {
				t.Fatalf("after %v: %v", used, err)
			}
			clock.Advance(store.WebSessionIdle - time.Hour)
		}
		clock.Advance(store.WebSessionIdle)
		_, err = web(h, one)
		wants(t, err, postroom.SignInFailed)
		wants(t, own.Alive(ctx), postroom.SignInDisabled)
	})
}

// An access token can do what its mask leaves, until it ends or is taken back.
func TestTokens(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx := t.Context()
		d := h.SignIn("ben").Directory()
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Ben, rights.Manager)
		open := func(token, user string) (*store.Session, error) {
			return login.AuthenticateBearer(ctx, s, login.Bearer{Token: token, User: user, Protocol: "imap", Remote: browserAddress})
		}
		token, err := d.AddToken(ctx, h.Ben.ID, store.Token{Name: "reader", Mask: rights.Viewer, Until: clock.Now().Add(time.Hour)})
		must(t, err)
		for user, home := range map[string]postroom.AccountID{"": h.Ben.ID, "ben@example.test": h.Ben.ID, "info@example.test": h.Info.ID,
			"info@example.test*ben@example.test": h.Info.ID, "ben@example.test\\info@example.test": h.Info.ID,
			"info@example.test*cleo@example.test": 0, "cleo@example.test": 0, "nobody@example.test": 0, "nonsense": 0} {
			s, err := open(token, user)
			if home == 0 {
				wants(t, err, postroom.SignInFailed)
			} else if err != nil || s.Home() != home || s.Actor().Account != h.Ben.ID || s.Actor().Credential != "reader" {
				t.Errorf("%q: %v", user, err)
			}
		}
		session, err := open(token, "")
		must(t, err)
		inbox, err := session.Resolve(ctx, "", "/Inbox")
		if err != nil || inbox.Rights != rights.Viewer {
			t.Errorf("the mask leaves %v, %v", inbox.Rights, err)
		}
		_, err = session.Directory().AddToken(ctx, h.Ben.ID, store.Token{Name: "greater", Mask: postroom.AllRights})
		wants(t, err, postroom.Denied)
		if list, err := d.Tokens(ctx, h.Ben.ID); err != nil || len(list) != 1 || list[0].Used.Remote != browserAddress {
			t.Errorf("%+v %v", list, err)
		}
		for _, wrong := range []string{"", "postroom_", token + "x", strings.ToLower(token), storetest.Password} {
			_, err := open(wrong, "")
			wants(t, err, postroom.SignInFailed)
		}
		clock.Advance(time.Hour)
		wants(t, session.Alive(ctx), postroom.SignInDisabled)
		_, err = open(token, "")
		wants(t, err, postroom.SignInFailed)
		_, err = d.AddToken(ctx, h.Ben.ID, store.Token{Name: "late", Until: clock.Now()})
		wants(t, err, postroom.Invalid)

		token, err = d.AddToken(ctx, h.Ben.ID, store.Token{Name: "more", Mask: postroom.AllRights, MaySend: true})
		must(t, err)
		session, err = open(token, "")
		must(t, err)
		must(t, d.RemoveToken(ctx, h.Ben.ID, "more"))
		wants(t, session.Alive(ctx), postroom.SignInDisabled)
		_, err = open(token, "")
		wants(t, err, postroom.SignInFailed)
		// Whoever leaves loses them.
		token, err = d.AddToken(ctx, h.Ben.ID, store.Token{Name: "last", Mask: postroom.AllRights})
		must(t, err)
		must(t, h.Console.Directory().Retire(ctx, h.Ben.ID))
		must(t, setState(h, postroom.Active))
		_, err = open(token, "")
		wants(t, err, postroom.SignInFailed)
	})
}

// With a second factor the password alone opens nothing, and no code counts
// twice.
func TestSecondFactor(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx := t.Context()
		secret, err := browse(h, "ben", storetest.Password, "")
		must(t, err)
		own, err := web(h, secret)
		must(t, err)
		plain, err := signIn(h, "ben", storetest.Password)
		must(t, err)
		d := own.Directory()
		app, err := d.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, MaySend: true,
			Abilities: postroom.AllAbilities})
		must(t, err)
		phone, err := signIn(h, "ben", app)
		must(t, err)
		_, err = phone.Directory().BeginSecondFactor(ctx, h.Ben.ID)
		wants(t, err, postroom.Denied)
		key, err := d.BeginSecondFactor(ctx, h.Ben.ID)
		must(t, err)
		code := func() string { // a fresh one
			clock.Advance(30 * time.Second)
			c, err := totp.GenerateCode(key, clock.Now())
			must(t, err)
			return c
		}
		_, err = d.ConfirmSecondFactor(ctx, h.Ben.ID, "000000")
		wants(t, err, postroom.Invalid)
		must(t, plain.Alive(ctx)) // not yet
		first := code()
		recovery, err := d.ConfirmSecondFactor(ctx, h.Ben.ID, first)
		if err != nil || len(recovery) != 10 {
			t.Fatal(recovery, err)
		}
		must(t, own.Alive(ctx))
		must(t, phone.Alive(ctx))
		wants(t, plain.Alive(ctx), postroom.SignInDisabled)
		_, err = signIn(h, "ben", storetest.Password)
		wants(t, err, postroom.SignInDisabled)
		_, err = signIn(h, "ben", "wrong")
		wants(t, err, postroom.SignInFailed)

		if _, err := browse(h, "ben", storetest.Password, ""); !errors.Is(err, login.ErrSecondFactor) {
			t.Errorf("without a code: %v", err)
		}
		for _, wrong := range []string{first, "000000", "12345", "x", recovery[0][:18]} {
			_, err = browse(h, "ben", storetest.Password, wrong)
			wants(t, err, postroom.SignInFailed)
		}
		_, err = browse(h, "ben", "wrong", code())
		wants(t, err, postroom.SignInFailed)
		good := code()
		_, err = browse(h, "ben", storetest.Password, good[:3]+" "+good[3:])
		must(t, err)
		_, err = browse(h, "ben", storetest.Password, good)
		wants(t, err, postroom.SignInFailed)
		_, err = browse(h, "ben", storetest.Password, strings.ToUpper(recovery[3]))
		must(t, err)
		_, err = browse(h, "ben", storetest.Password, recovery[3])
		wants(t, err, postroom.SignInFailed)
		if state, err := d.SecondFactor(ctx, h.Ben.ID); err != nil || !state.On || state.RecoveryCodes != 9 {
			t.Errorf("%+v %v", state, err)
		}

		wants(t, d.RemoveSecondFactor(ctx, h.Ben.ID, ""), postroom.Invalid)
		wants(t, phone.Directory().RemoveSecondFactor(ctx, h.Ben.ID, code()), postroom.Denied)
		fresh, err := d.NewRecoveryCodes(ctx, h.Ben.ID, code())
		must(t, err)
		wants(t, d.RemoveSecondFactor(ctx, h.Ben.ID, recovery[4]), postroom.Invalid)
		must(t, d.RemoveSecondFactor(ctx, h.Ben.ID, fresh[0]))
		_, err = signIn(h, "ben", storetest.Password)
		must(t, err)
	})
}

// Who knows the password does not get to try codes without end.
func TestCodesAreLimited(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		d := h.SignIn("ben").Directory()
		key, err := d.BeginSecondFactor(t.Context(), h.Ben.ID)
		must(t, err)
		code, err := totp.GenerateCode(key, clock.Now())
		must(t, err)
		_, err = d.ConfirmSecondFactor(t.Context(), h.Ben.ID, code)
		must(t, err)
		for range 10 {
			_, err := browse(h, "ben", storetest.Password, "000000")
			wants(t, err, postroom.SignInFailed)
		}
		clock.Advance(time.Minute)
		code, err = totp.GenerateCode(key, clock.Now())
		must(t, err)
		_, err = browse(h, "ben", storetest.Password, code)
		wants(t, err, postroom.SignInFailed)
		clock.Advance(time.Hour)
		code, err = totp.GenerateCode(key, clock.Now())
		must(t, err)
		_, err = browse(h, "ben", storetest.Password, code)
		must(t, err)
	})
}
