package storetest_test

import (
	"errors"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

// browserOf is the session of somebody in a browser.
func browserOf(h *storetest.House, user string) *store.Session {
	h.T.Helper()
	secret, err := browse(h, user, storetest.Password, "")
	if err != nil {
		h.T.Fatal(err)
	}
	s, err := web(h, secret)
	if err != nil {
		h.T.Fatal(err)
	}
	return s
}

var webFrom = login.From{Protocol: "web", Remote: browserAddress, Agent: "Firefox"}

// TestProof: what outlives a web session takes a recent proof of who is there,
// on one's own account and on those one administers; what ends something does
// not, and neither does a session that shows its password each time.
func TestProof(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx := t.Context()
		must(t, h.Console.Directory().SetAdministrator(ctx, h.Anna.ID, postroom.OrgAdmin, 0))
		acts := map[string]func(*store.Directory, postroom.AccountID) error{
			"password": func(d *store.Directory, id postroom.AccountID) error {
				return d.SetPassword(ctx, id, "another password")
			},
			"one-time": func(d *store.Directory, id postroom.AccountID) error {
				return d.SetOneTimePassword(ctx, id, "another password")
			},
			"no password": func(d *store.Directory, id postroom.AccountID) error { return d.SetPassword(ctx, id, "") },
			"app password": func(d *store.Directory, id postroom.AccountID) error {
				return ignored(d.AddAppPassword(ctx, id, store.AppPassword{Name: "x"}))
			},
			"token": func(d *store.Directory, id postroom.AccountID) error {
				return ignored(d.AddToken(ctx, id, store.Token{Name: "x"}))
			},
			"passkey": func(d *store.Directory, id postroom.AccountID) error {
				return d.AddPasskey(ctx, id, "x", "", store.NewPasskey{})
			},
			"rename":         func(d *store.Directory, id postroom.AccountID) error { return d.RenamePasskey(ctx, id, "x", "y") },
			"remove passkey": func(d *store.Directory, id postroom.AccountID) error { return d.RemovePasskey(ctx, id, "x") },
			"link": func(d *store.Directory, id postroom.AccountID) error {
				return d.LinkProvider(ctx, id, "", store.ProvenAccount{})
			},
			"remove provider": func(d *store.Directory, id postroom.AccountID) error { return d.RemoveProviderAccount(ctx, id, "corp") },
			"begin factor":    func(d *store.Directory, id postroom.AccountID) error { return ignored(d.BeginSecondFactor(ctx, id)) },
			"confirm factor": func(d *store.Directory, id postroom.AccountID) error {
				return ignored(d.ConfirmSecondFactor(ctx, id, ""))
			},
			"keys as factor": func(d *store.Directory, id postroom.AccountID) error {
				return ignored(d.PasskeysAsSecondFactor(ctx, id))
			},
			"recovery codes": func(d *store.Directory, id postroom.AccountID) error { return ignored(d.NewRecoveryCodes(ctx, id, "")) },
			"factor off":     func(d *store.Directory, id postroom.AccountID) error { return d.RemoveSecondFactor(ctx, id, "") },
			"nothing yet":    func(d *store.Directory, _ postroom.AccountID) error { return d.Proven(ctx) },
		}
		ofOthers := map[string]func(*store.Directory, postroom.AccountID) error{
			"administrator": func(d *store.Directory, id postroom.AccountID) error {
				return d.SetAdministrator(ctx, id, postroom.OrgAdmin, 0)
			},
			"provider": func(d *store.Directory, id postroom.AccountID) error {
				return d.AddProviderAccount(ctx, id, store.ProviderAccount{Provider: "corp", Issuer: "https://login.example.test", Subject: "7"})
			},
		}
		for _, name := range []string{"password", "one-time", "no password", "app password", "token", "remove passkey", "remove provider", "factor off"} {
			ofOthers[name] = acts[name]
		}
		shared := maps.Clone(ofOthers)
		delete(shared, "administrator") // only a person is one
		type who struct {
			is, account string
			id          postroom.AccountID
			acts        map[string]func(*store.Directory, postroom.AccountID) error
		}
		for _, w := range []who{{"own", "cleo", h.Cleo.ID, acts}, {"of others", "anna", h.Ben.ID, ofOthers}, {"shared", "anna", h.Info.ID, shared}} {
			own := browserOf(h, w.account)
			clock.Advance(store.ProofLife - time.Second)
			must(t, own.Directory().Proven(ctx))
			clock.Advance(time.Second)
			// The session itself goes on, and ends others.
			must(t, ignored(own.Directory().AccountByID(ctx, w.id)))
			must(t, own.Directory().EndWebSessions(ctx, own.Actor().Account))
			program := h.SignIn(w.account)
			for name, act := range w.acts {
				wants(t, act(own.Directory(), w.id), postroom.ConfirmationNeeded)
				// Nothing of it was done: the password still holds.
				if err := ignored(login.Authenticate(ctx, s, login.Credentials{Username: w.account + "@example.test", Password: storetest.Password})); err != nil {
					t.Fatalf("%s %s: %v", w.is, name, err)
				}
			}
			must(t, program.Directory().Proven(ctx))
			must(t, program.Directory().SetPassword(ctx, w.id, storetest.Password))
		}
	})
}

// confirmation is somebody who confirms.
type confirmation struct {
	t *testing.T
	c *login.Confirmer
	s *store.Session
}

func (c confirmation) by(p login.Proof) (string, error) {
	return c.c.Confirm(c.t.Context(), c.s, p, webFrom)
}

// TestConfirm: the password confirms, in the session in which it is given, and
// nothing else does that anybody else has.
func TestConfirm(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx := t.Context()
		confirmer := login.NewConfirmer(h.Store, k.p, nil)
		ben, other := browserOf(h, "ben"), browserOf(h, "ben")
		app, err := ben.Directory().AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone", Mask: postroom.AllRights, MaySend: true,
			Abilities: postroom.AllAbilities})
		must(t, err)
		cleos, err := k.add(browserOf(h, "cleo"), "laptop", "")
		must(t, err)
		clock.Advance(store.ProofLife)
		me := confirmation{t, confirmer, ben}
		ways, err := confirmer.Ways(ctx, ben, webFrom)
		if err != nil || !ways.Password || ways.Passkey != nil || len(ways.Providers) > 0 {
			t.Errorf("%+v %v", ways, err)
		}
		for name, p := range map[string]login.Proof{"nothing": {}, "wrong": {Password: "a guess"}, "an app password": {Password: app},
			"a code": {Second: login.Second{Code: "123456"}}, "no provider": {Provider: "corp"}} {
			if code, err := me.by(p); postroom.KindOf(err) != postroom.Invalid || err == nil || code != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		// Somebody else's passkey, asked for in one's own session and in theirs.
		c, err := k.p.BeginConfirm(ctx, h.SignIn("cleo"), k.from())
		must(t, err)
		answer := k.signed(c, cleos)
		_, err = me.by(login.Proof{Second: login.Second{Key: &answer}})
		wants(t, err, postroom.Invalid)
		wants(t, ben.Directory().Proven(ctx), postroom.ConfirmationNeeded)

		code, err := me.by(login.Proof{Password: storetest.Password})
		if err != nil || code != "" {
			t.Fatal(code, err)
		}
		must(t, ben.Directory().Proven(ctx))
		wants(t, other.Directory().Proven(ctx), postroom.ConfirmationNeeded)
		// A password of one's own lets the session go on, with its proof.
		must(t, ben.Directory().SetPassword(ctx, h.Ben.ID, "another password"))
		must(t, ben.Directory().Proven(ctx))
		clock.Advance(store.ProofLife)
		wants(t, ben.Directory().Proven(ctx), postroom.ConfirmationNeeded)
		records, err := h.Console.Directory().AuditRecords(ctx, store.AuditFilter{Action: "account.session.confirm"})
		if err != nil || len(records) != 1 || records[0].Details["with"] != "password" || records[0].Details["name"] != ben.Actor().Credential ||
			records[0].Actor.Account != h.Ben.ID {
			t.Errorf("%+v %v", records, err)
		}
		// A program has nothing to confirm.
		_, err = confirmation{t, confirmer, h.SignIn("cleo")}.by(login.Proof{Password: storetest.Password})
		wants(t, err, postroom.Invalid)
		// Who guesses in a session waits, as who guesses without.
		for range 12 {
			_, err = me.by(login.Proof{Password: "a guess"})
			wants(t, err, postroom.Invalid)
		}
		_, err = me.by(login.Proof{Password: "another password"})
		wants(t, err, postroom.Invalid)
		_, err = browse(h, "ben", "another password", "")
		wants(t, err, postroom.SignInFailed)
	})
}

// TestConfirmWithSecondFactor: the password is half of it; the code it was
// completed with stands for the one that the act itself asks for.
func TestConfirmWithSecondFactor(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx := t.Context()
		ben := browserOf(h, "ben")
		d := ben.Directory()
		secret, err := d.BeginSecondFactor(ctx, h.Ben.ID)
		must(t, err)
		code := func() string {
			text, err := totp.GenerateCode(secret, clock.Now())
			must(t, err)
			return text
		}
		must(t, ignored(d.ConfirmSecondFactor(ctx, h.Ben.ID, code())))
		clock.Advance(store.ProofLife)
		me := confirmation{t, login.NewConfirmer(h.Store, nil, nil), ben}
		// The refusal leaves the code for the confirmation.
		wants(t, d.RemoveSecondFactor(ctx, h.Ben.ID, code()), postroom.ConfirmationNeeded)
		_, err = me.by(login.Proof{Password: storetest.Password})
		var need *login.StepNeeded
		if !errors.As(err, &need) || !need.App || need.Key != nil {
			t.Fatal(err)
		}
		_, err = me.by(login.Proof{Password: storetest.Password, Second: login.Second{Code: "000000"}})
		wants(t, err, postroom.Invalid)
		_, err = me.by(login.Proof{Second: login.Second{Code: code()}})
		wants(t, err, postroom.Invalid)
		wants(t, d.Proven(ctx), postroom.ConfirmationNeeded)
		used := code()
		stands, err := me.by(login.Proof{Password: storetest.Password, Second: login.Second{Code: used}})
		if err != nil || stands == "" {
			t.Fatal(stands, err)
		}
		wants(t, d.RemoveSecondFactor(ctx, h.Ben.ID, used), postroom.Invalid)
		must(t, d.RemoveSecondFactor(ctx, h.Ben.ID, stands))
	})
}

// TestConfirmWithoutPassword: who signs in with a passkey or at a provider
// confirms so.
func TestConfirmWithoutPassword(t *testing.T) {
	withKeys(t, func(t *testing.T, h *storetest.House, k *keys, clock *storetest.Clock) {
		ctx, p := t.Context(), newProvider(t, h, login.BySelf)
		confirmer := login.NewConfirmer(h.Store, k.p, p.list)
		ben := browserOf(h, "ben")
		key, err := k.add(ben, "laptop", "")
		must(t, err)
		must(t, ben.Directory().SetPassword(ctx, h.Ben.ID, ""))
		secret, err := k.signIn(key)
		must(t, err)
		ben, err = web(h, secret)
		must(t, err)
		clock.Advance(store.ProofLife)
		wants(t, ignored(k.p.BeginAdd(ctx, ben, k.from())), postroom.ConfirmationNeeded)
		ways, err := confirmer.Ways(ctx, ben, webFrom)
		if err != nil || ways.Password || ways.Passkey == nil {
			t.Fatalf("%+v %v", ways, err)
		}
		answer := k.signed(*ways.Passkey, key)
		me := confirmation{t, confirmer, ben}
		must(t, ignored(me.by(login.Proof{Second: login.Second{Key: &answer}})))
		must(t, ben.Directory().Proven(ctx))
		must(t, ben.Directory().SetPassword(ctx, h.Ben.ID, "a new password"))
		clock.Advance(store.ProofLife)
		_, err = me.by(login.Proof{Second: login.Second{Key: &answer}}) // a second time
		wants(t, err, postroom.Invalid)
	})
}

// TestConfirmAtProvider: the provider is asked to have somebody sign in anew,
// and only its word that they did so counts, once, in the session it was for.
func TestConfirmAtProvider(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	storetest.RunWith(t, func(o *store.Options) {
		o.Now, o.Providers = clock.Now, map[string][]string{"corp": {"example.test"}}
	}, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, p := t.Context(), newProvider(t, h, login.BySelf)
		confirmer := login.NewConfirmer(h.Store, nil, p.list)
		for who, subject := range map[string]string{"ben": "7", "cleo": "8"} {
			own := h.SignIn(who)
			must(t, p.list.Link(ctx, own, p.proved(own, subject), "", p.from))
		}
		came, err := p.signIn("7")
		must(t, err)
		ben, err := web(h, came.Session)
		must(t, err)
		cleo := browserOf(h, "cleo")
		must(t, ben.Directory().SetPassword(ctx, h.Ben.ID, ""))
		clock.Advance(store.ProofLife)
		ways, err := confirmer.Ways(ctx, ben, webFrom)
		if err != nil || ways.Password || ways.Passkey != nil || len(ways.Providers) != 1 || ways.Providers[0].Client.ID() != "corp" {
			t.Fatalf("%+v %v", ways, err)
		}
		// again goes there and comes back as subject, who has signed in there.
		again := func(s *store.Session, subject string, at any) (login.Return, error) {
			to, kept, err := p.list.BeginProof(ctx, s, "corp", p.from)
			must(t, err)
			u, err := url.Parse(to)
			must(t, err)
			if q := u.Query(); q.Get("prompt") != "login" || q.Get("max_age") != "0" {
				t.Error(to)
			}
			home, err := url.Parse(p.fake.Code(u.Query()))
			must(t, err)
			p.fake.Claims = map[string]any{"sub": subject, "auth_time": at}
			return p.list.Finish(ctx, "corp", kept, home.Query(), p.from)
		}
		now := time.Now().Unix()
		for name, at := range map[string]any{"not said": nil, "long ago": now - 3600, "no time": "now"} {
			if back, err := again(ben, "7", at); err == nil || !back.Proving || back.Linking || back.Proof+back.Session+back.Link != "" {
				t.Errorf("%s: %+v %v", name, back, err)
			}
		}
		me := confirmation{t, confirmer, ben}
		stranger, err := again(ben, "8", now)
		must(t, err)
		_, err = me.by(login.Proof{Provider: stranger.Proof}) // cleo's, in ben's browser
		wants(t, err, postroom.Invalid)
		back, err := again(ben, "7", now)
		if err != nil || back.Proof == "" || back.Session != "" {
			t.Fatalf("%+v %v", back, err)
		}
		_, err = confirmation{t, confirmer, cleo}.by(login.Proof{Provider: back.Proof})
		wants(t, err, postroom.Invalid)
		wants(t, p.list.Link(ctx, cleo, back.Proof, "", p.from), postroom.Invalid)
		wants(t, ben.Directory().Proven(ctx), postroom.ConfirmationNeeded)
		must(t, ignored(me.by(login.Proof{Provider: back.Proof})))
		must(t, ben.Directory().SetPassword(ctx, h.Ben.ID, "a new password"))
		clock.Advance(time.Minute)
		_, err = me.by(login.Proof{Provider: back.Proof}) // a second time
		wants(t, err, postroom.Invalid)
	})
}

// TestNobodyIsLeftOutside: administrators leave a person no less a way in than
// people do themselves; who is to stay out is switched off. What has no owner who
// signs in needs none, and the console may do what it must.
func TestNobodyIsLeftOutside(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ctx, console := t.Context(), h.Console.Directory()
		must(t, console.SetAdministrator(ctx, h.Anna.ID, postroom.OrgAdmin, 0))
		d := h.SignIn("anna").Directory()
		must(t, ignored(console.AddAppPassword(ctx, h.Ben.ID, store.AppPassword{Name: "phone"})))
		wants(t, d.SetPassword(ctx, h.Ben.ID, ""), postroom.Invalid)
		wants(t, d.SetPassword(ctx, h.Anna.ID, ""), postroom.Invalid)
		h.SignIn("ben") // still
		must(t, d.SetPassword(ctx, h.Info.ID, "for a program"))
		must(t, d.SetPassword(ctx, h.Info.ID, ""))
		ben, err := d.AccountByID(ctx, h.Ben.ID)
		must(t, err)
		ben.Login = false
		must(t, d.UpdateAccount(ctx, ben))
		must(t, d.SetPassword(ctx, h.Ben.ID, ""))
		must(t, console.SetPassword(ctx, h.Cleo.ID, ""))
	})
}
