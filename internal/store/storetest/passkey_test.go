package storetest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// keys are passkeys and a device that holds some.
type keys struct {
	t      *testing.T
	h      *storetest.House
	p      *login.Passkeys
	device storetest.Device
	owner  string // handle
	remote string
}

func newKeys(t *testing.T, h *storetest.House) *keys {
	d := storetest.NewDevice("mail.example.test")
	p, err := login.NewPasskeys(h.Store, login.RelyingParty{ID: d.Site.ID, Name: d.Site.Name, Origin: d.Site.Origin})
	must(t, err)
	return &keys{t: t, h: h, p: p, device: *d, remote: browserAddress}
}

func (k *keys) from() login.From {
	return login.From{Protocol: "web", Remote: k.remote, Agent: "Firefox"}
}

// made is the answer of the device to a request for a new key.
func (k *keys) made(c login.Ceremony, credential virtualwebauthn.Credential) login.KeyAnswer {
	response, err := k.device.Made(c.Options, credential)
	must(k.t, err)
	return login.KeyAnswer{State: c.State, Response: response}
}

// signed is the answer of the device to a challenge.
func (k *keys) signed(c login.Ceremony, credential virtualwebauthn.Credential) login.KeyAnswer {
	response, err := k.device.Signed(c.Options, credential, k.owner)
	must(k.t, err)
	return login.KeyAnswer{State: c.State, Response: response}
}

// add adds a key of the device to the account of a session.
func (k *keys) add(s *store.Session, name, code string) (virtualwebauthn.Credential, error) {
	account, err := s.Directory().AccountByID(k.t.Context(), s.Actor().Account)
	must(k.t, err)
	k.owner = account.UUID
	credential := k.device.NewKey()
	c, err := k.p.BeginAdd(k.t.Context(), s, k.from())
	must(k.t, err)
	return credential, k.p.Add(k.t.Context(), s, name, code, k.made(c, credential), k.from())
}

// signIn signs in with a key.
func (k *keys) signIn(credential virtualwebauthn.Credential) (string, error) {
	c, err := k.p.Begin(k.from())
	must(k.t, err)
	return k.p.SignIn(k.t.Context(), k.signed(c, credential), k.from())
}

func withKeys(t *testing.T, test func(*testing.T, *storetest.House, *keys, *storetest.Clock)) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		test(t, h, newKeys(t, h), clock)
	})
}

// A passkey signs its owner in, until it is removed.
func TestPasskeys(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		ctx := t.Context()
		ben := h.SignIn("ben")
		d := ben.Directory()
		phone, err := k.add(ben, "phone", "")
		must(t, err)
		_, err = k.add(ben, "phone", "")
		wants(t, err, postroom.Exists)
		_, err = k.add(ben, " ", "")
		wants(t, err, postroom.Invalid)

		secret, err := k.signIn(phone)
		must(t, err)
		own, err := web(h, secret)
		must(t, err)
		if own.Actor().Account != h.Ben.ID {
			t.Errorf("signed in as %+v", own.Actor())
		}
		if all, err := d.WebSessions(ctx, h.Ben.ID); err != nil || len(all) != 1 || all[0].With != "phone" {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := d.Passkeys(ctx, h.Ben.ID); err != nil || len(all) != 1 || all[0].Name != "phone" || all[0].Used.Remote != browserAddress {
			t.Errorf("%+v %v", all, err)
		}
		must(t, d.RenamePasskey(ctx, h.Ben.ID, "phone", "old phone"))
		wants(t, d.RenamePasskey(ctx, h.Ben.ID, "phone", "x"), postroom.NotFound)
		wants(t, d.RenamePasskey(ctx, h.Ben.ID, "old phone", "password"), postroom.Invalid)
		must(t, d.RemovePasskey(ctx, h.Ben.ID, "old phone"))
		wants(t, own.Alive(ctx), postroom.SignInDisabled)
		_, err = k.signIn(phone)
		wants(t, err, postroom.SignInFailed)
		wants(t, d.RemovePasskey(ctx, h.Ben.ID, "old phone"), postroom.NotFound)
	})
}

// What is wrong with an answer opens nothing.
func TestPasskeyAttacks(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx := t.Context()
		ben, anna := h.SignIn("ben"), h.SignIn("anna")
		hers, err := k.add(anna, "hers", "")
		must(t, err)
		phone, err := k.add(ben, "phone", "")
		must(t, err)
		begin := func() login.Ceremony {
			c, err := k.p.Begin(k.from())
			must(t, err)
			return c
		}
		annas, err := h.Console.Directory().AccountByID(ctx, h.Anna.ID)
		must(t, err)
		attempt := 0
		for name, make := range map[string]func(*keys) login.KeyAnswer{
			"another origin": func(k *keys) login.KeyAnswer {
				k.device.Site.Origin = "https://mail.example.test.evil.test"
				return k.signed(begin(), phone)
			},
			"another site": func(k *keys) login.KeyAnswer { k.device.Site.ID = "evil.test"; return k.signed(begin(), phone) },
			"not verified": func(k *keys) login.KeyAnswer {
				k.device.Authenticator.Options.UserNotVerified = true
				return k.signed(begin(), phone)
			},
			"nobody there": func(k *keys) login.KeyAnswer {
				k.device.Authenticator.Options.UserNotPresent = true
				return k.signed(begin(), phone)
			},
			"no owner":      func(k *keys) login.KeyAnswer { k.owner = ""; return k.signed(begin(), phone) },
			"another owner": func(k *keys) login.KeyAnswer { k.owner = annas.UUID; return k.signed(begin(), phone) },
			"another key": func(k *keys) login.KeyAnswer {
				forged := k.device.NewKey()
				forged.ID = phone.ID
				return k.signed(begin(), forged)
			},
			"unknown key": func(k *keys) login.KeyAnswer {
				return k.signed(begin(), k.device.NewKey())
			},
			"another challenge": func(k *keys) login.KeyAnswer { a := k.signed(begin(), phone); a.State = begin().State; return a },
			"a forged state":    func(k *keys) login.KeyAnswer { a := k.signed(begin(), phone); a.State += "A"; return a },
			"no state":          func(k *keys) login.KeyAnswer { a := k.signed(begin(), phone); a.State = ""; return a },
			"of another ceremony": func(k *keys) login.KeyAnswer {
				c, err := k.p.BeginConfirm(ctx, ben, k.from())
				must(t, err)
				return k.signed(c, phone)
			},
			"too late": func(k *keys) login.KeyAnswer { a := k.signed(begin(), phone); clock.Advance(5 * time.Minute); return a },
			"garbage": func(*keys) login.KeyAnswer {
				return login.KeyAnswer{State: begin().State, Response: json.RawMessage(`{"id":1}`)}
			},
			"nothing": func(*keys) login.KeyAnswer { return login.KeyAnswer{State: begin().State} },
		} {
			try := *k
			try.remote = "198.51." + string(rune('0'+attempt/10)) + string(rune('0'+attempt%10)) + ".1"
			attempt++
			if secret, err := k.p.SignIn(ctx, make(&try), try.from()); err == nil || postroom.KindOf(err) != postroom.SignInFailed || secret != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		a := k.signed(begin(), phone)
		_, err = k.p.SignIn(ctx, a, k.from())
		must(t, err)
		_, err = k.p.SignIn(ctx, a, k.from())
		wants(t, err, postroom.SignInFailed)

		// A new key for somebody else's request, and one that nobody verified.
		c, err := k.p.BeginAdd(ctx, anna, k.from())
		must(t, err)
		wants(t, k.p.Add(ctx, ben, "x", "", k.made(c, k.device.NewKey()), k.from()), postroom.Invalid)
		careless := *k
		careless.device.Authenticator.Options.UserNotVerified = true
		_, err = careless.add(ben, "careless", "")
		wants(t, err, postroom.Invalid)
		c, err = k.p.BeginAdd(ctx, ben, k.from())
		must(t, err)
		wants(t, k.p.Add(ctx, ben, "again", "", k.made(c, hers), k.from()), postroom.Exists)
	})
}

// A key that counts must count on: a copy of it that is used is noticed.
func TestPasskeyCount(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		phone, err := k.add(h.SignIn("ben"), "phone", "")
		must(t, err)
		phone.Counter = 7
		_, err = k.signIn(phone)
		must(t, err)
		for _, count := range []uint32{7, 3, 0} {
			phone.Counter = count
			_, err = k.signIn(phone)
			wants(t, err, postroom.SignInFailed)
		}
		phone.Counter = 8
		_, err = k.signIn(phone)
		must(t, err)
		records, err := h.Console.Directory().AuditRecords(t.Context(), store.AuditFilter{Action: "account.passkey.copied"})
		if err != nil || len(records) != 3 {
			t.Errorf("%+v %v", records, err)
		}
	})
}

// Who tries keys is slowed down as who tries passwords.
func TestPasskeysAreLimited(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		phone, err := k.add(h.SignIn("ben"), "phone", "")
		must(t, err)
		for range 10 {
			_, err := k.signIn(k.device.NewKey())
			wants(t, err, postroom.SignInFailed)
		}
		_, err = k.signIn(phone)
		wants(t, err, postroom.SignInFailed)
		away := *k
		away.remote = "203.0.113.9"
		_, err = away.signIn(phone)
		must(t, err)
		clock.Advance(15 * time.Minute)
		_, err = k.signIn(phone)
		must(t, err)
	})
}

// second signs in with the password and, where it is asked for, a key.
func (k *keys) second(credential virtualwebauthn.Credential) (string, error) {
	c := login.Credentials{Username: "ben@example.test", Password: storetest.Password, Protocol: "web", Remote: k.remote}
	_, err := k.p.Password(k.t.Context(), k.h.Store, c, login.Second{}, "Firefox")
	need, ok := err.(*login.StepNeeded)
	if !ok || need.Key == nil {
		k.t.Fatalf("no key is asked for: %v", err)
	}
	a := k.signed(*need.Key, credential)
	return k.p.Password(k.t.Context(), k.h.Store, c, login.Second{Key: &a}, "Firefox")
}

// Passkeys are a second factor, with an authenticator app and without.
func TestPasskeyAsSecondFactor(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx := t.Context()
		secret, err := browse(h, "ben", storetest.Password, "")
		must(t, err)
		ben, err := web(h, secret)
		must(t, err)
		d := ben.Directory()
		_, err = d.PasskeysAsSecondFactor(ctx, h.Ben.ID)
		wants(t, err, postroom.Invalid)
		hers, err := k.add(h.SignIn("anna"), "hers", "")
		must(t, err)
		phone, err := k.add(ben, "phone", "")
		must(t, err)
		recovery, err := d.PasskeysAsSecondFactor(ctx, h.Ben.ID)
		if err != nil || len(recovery) != 10 {
			t.Fatal(recovery, err)
		}
		_, err = d.PasskeysAsSecondFactor(ctx, h.Ben.ID)
		wants(t, err, postroom.Exists)
		if state, err := d.SecondFactor(ctx, h.Ben.ID); err != nil || !state.On || state.App {
			t.Errorf("%+v %v", state, err)
		}
		_, err = signIn(h, "ben", storetest.Password)
		wants(t, err, postroom.SignInDisabled)
		_, err = k.second(phone)
		must(t, err)
		_, err = k.second(hers)
		wants(t, err, postroom.SignInFailed)
		_, err = browse(h, "ben", storetest.Password, "000000")
		wants(t, err, postroom.SignInFailed)
		_, err = browse(h, "ben", storetest.Password, recovery[0])
		must(t, err)
		_, err = k.signIn(phone)
		must(t, err)

		// What changes the second factor takes one.
		wants(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"), postroom.Invalid)
		_, err = k.add(ben, "laptop", "")
		wants(t, err, postroom.Invalid)
		confirm := func() string {
			c, err := k.p.BeginConfirm(ctx, ben, k.from())
			must(t, err)
			code, err := k.p.Confirm(ctx, ben, k.signed(c, phone), k.from())
			must(t, err)
			return code
		}
		code := confirm()
		_, err = k.add(ben, "laptop", code)
		must(t, err)
		_, err = k.add(ben, "tablet", code)
		wants(t, err, postroom.Invalid)
		c, err := k.p.BeginConfirm(ctx, ben, k.from())
		must(t, err)
		_, err = k.p.Confirm(ctx, ben, k.signed(c, hers), k.from())
		wants(t, err, postroom.Invalid)
		late := confirm()
		clock.Advance(5 * time.Minute)
		wants(t, d.RemoveSecondFactor(ctx, h.Ben.ID, late), postroom.Invalid)
		must(t, d.RemovePasskey(ctx, h.Ben.ID, "laptop"))
		must(t, d.RemoveSecondFactor(ctx, h.Ben.ID, confirm()))
		must(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"))
		_, err = signIn(h, "ben", storetest.Password)
		must(t, err)
		must(t, h.Store.KeepHouse(ctx))
	})
}

// The key of an authenticator app is not in the database as it is, and a
// passkey stands for its code.
func TestAppAndPasskey(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx := t.Context()
		secret, err := browse(h, "ben", storetest.Password, "")
		must(t, err)
		ben, err := web(h, secret)
		must(t, err)
		key, err := ben.Directory().BeginSecondFactor(ctx, h.Ben.ID)
		must(t, err)
		code, err := totp.GenerateCode(key, clock.Now())
		must(t, err)
		_, err = ben.Directory().ConfirmSecondFactor(ctx, h.Ben.ID, code)
		must(t, err)
		clock.Advance(time.Minute)
		code, err = totp.GenerateCode(key, clock.Now())
		must(t, err)
		phone, err := k.add(ben, "phone", code)
		must(t, err)
		_, err = k.second(phone)
		must(t, err)
		must(t, ben.Directory().RemovePasskey(ctx, h.Ben.ID, "phone"))
		if state, err := ben.Directory().SecondFactor(ctx, h.Ben.ID); err != nil || !state.On || !state.App {
			t.Errorf("%+v %v", state, err)
		}
		_, err = k.signIn(phone)
		wants(t, err, postroom.SignInFailed)
	})
}

// Administrators take passkeys back and turn the second factor off; they add
// none. A new password ends what passkeys have opened, but not the passkeys.
func TestPasskeysAndAdministrators(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		ctx, d := t.Context(), h.Console.Directory()
		ben := h.SignIn("ben")
		phone, err := k.add(ben, "phone", "")
		must(t, err)
		secret, err := k.signIn(phone)
		must(t, err)
		own, err := web(h, secret)
		must(t, err)
		must(t, d.SetPassword(ctx, h.Ben.ID, "another one for ben"))
		wants(t, own.Alive(ctx), postroom.SignInDisabled)
		secret, err = k.signIn(phone)
		must(t, err)
		own, err = web(h, secret)
		must(t, err)
		_, err = own.Directory().PasskeysAsSecondFactor(ctx, h.Ben.ID)
		must(t, err)
		must(t, own.Alive(ctx))
		wants(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"), postroom.Invalid)
		must(t, d.RemoveSecondFactor(ctx, h.Ben.ID, ""))
		if all, err := d.Passkeys(ctx, h.Ben.ID); err != nil || len(all) != 1 {
			t.Errorf("%v %v", all, err)
		}
		must(t, d.RemovePasskey(ctx, h.Ben.ID, "phone"))
		wants(t, own.Alive(ctx), postroom.SignInDisabled)
		must(t, setState(h, postroom.Locked))
		_, err = k.signIn(phone)
		wants(t, err, postroom.SignInFailed)
	})
}

// A program with an app password adds no passkey.
func TestProgramsAddNoPasskey(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, _ *storetest.Clock) {
		app, err := h.SignIn("ben").Directory().AddAppPassword(t.Context(), h.Ben.ID, store.AppPassword{Name: "program", Mask: postroom.AllRights,
			MaySend: true, Abilities: postroom.AllAbilities})
		must(t, err)
		program, err := signIn(h, "ben", app)
		must(t, err)
		_, err = k.add(program, "phone", "")
		wants(t, err, postroom.Denied)
		if !strings.Contains(postroom.TextOf(err), "sign in") {
			t.Error(err)
		}
	})
}
