package login_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/xdg-go/scram"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func inHouse(t *testing.T, test func(*testing.T, *storetest.House)) {
	storetest.Run(t, func(t *testing.T, s *store.Store) { test(t, storetest.NewHouse(t, s)) })
}

func try(h *storetest.House, user, authzid, password string) (*store.Session, error) {
	return login.Authenticate(h.T.Context(), h.Store, login.Credentials{Username: user, Authzid: authzid, Password: password, Protocol: "imap"})
}

func want(t *testing.T, err error, kind postroom.ErrorKind) {
	t.Helper()
	if err == nil || postroom.KindOf(err) != kind {
		t.Errorf("%v, want %v", err, kind)
	}
}

func TestAuthenticate(t *testing.T) { inHouse(t, testAuthenticate) }

func testAuthenticate(t *testing.T, h *storetest.House) {
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, rights.Manager)
	const pass = storetest.Password
	for _, tt := range []struct {
		user, authzid, password string
		actor, home             postroom.AccountID
	}{
		{"anna@example.test", "", pass, h.Anna.ID, h.Anna.ID},
		{" ANNA@Example.Test ", "", pass, h.Anna.ID, h.Anna.ID},
		{"anna@example.test", "anna@example.test", pass, h.Anna.ID, h.Anna.ID},
		{"anna@example.test", "info@example.test", pass, h.Anna.ID, h.Info.ID},
		{"info@example.test*anna@example.test", "", pass, h.Anna.ID, h.Info.ID},
		{"anna@example.test\\info@example.test", "", pass, h.Anna.ID, h.Info.ID},
		{"anna@example.test\\info@example.test", "INFO@example.test", pass, h.Anna.ID, h.Info.ID},
		{"anna@example.test\\info@example.test", "ben@example.test", pass, 0, 0},
		{"anna@example.test", "", pass + "x", 0, 0},
		{"anna@example.test", "", "", 0, 0},
		{"anna@example.test", "cleo@example.test", pass, 0, 0},
		{"anna@example.test", "nobody@example.test", pass, 0, 0},
		{"cleo@example.test", "info@example.test", pass, 0, 0},
		{"info@example.test*cleo@example.test", "", pass, 0, 0},
		{"nobody@example.test", "", pass, 0, 0},
		{"info@example.test", "", "", 0, 0},
		{"info@example.test", "", pass, 0, 0},
		{"", "", pass, 0, 0},
		{"*", "", pass, 0, 0},
		{"anna@example.test*", "", pass, 0, 0},
	} {
		s, err := try(h, tt.user, tt.authzid, tt.password)
		if tt.actor == 0 {
			if err == nil || postroom.KindOf(err) != postroom.SignInFailed || postroom.TextOf(err) != "wrong user name or password" {
				t.Errorf("%q %q: %v", tt.user, tt.authzid, err)
			}
			continue
		}
		if err != nil || s.Actor().Account != tt.actor || s.Home() != tt.home {
			t.Errorf("%q %q: %v", tt.user, tt.authzid, err)
		}
	}
	// The delegate's rights, not the owner's.
	s, err := try(h, "info@example.test*anna@example.test", "", pass)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := s.MyRights(t.Context(), storetest.In(h.Info, postroom.InboxCollection)); err != nil || r != rights.Manager {
		t.Error(rights.Zimbra(r), err)
	}
	h.Revoke(storetest.In(h.Info, postroom.RootCollection), h.Anna)
	_, err = s.MyRights(t.Context(), storetest.In(h.Info, postroom.InboxCollection))
	want(t, err, postroom.NotFound)
}

func TestPasswordChanges(t *testing.T) { inHouse(t, testPasswordChanges) }

func testPasswordChanges(t *testing.T, h *storetest.House) {
	d := h.Console.Directory()
	if _, err := try(h, "anna@example.test", "", storetest.Password); err != nil {
		t.Fatal(err)
	}
	if err := d.SetPassword(t.Context(), h.Anna.ID, "another passphrase"); err != nil {
		t.Fatal(err)
	}
	_, err := try(h, "anna@example.test", "", storetest.Password)
	want(t, err, postroom.SignInFailed)
	if _, err := try(h, "anna@example.test", "", "another passphrase"); err != nil {
		t.Error(err)
	}
	app, err := d.AddAppPassword(t.Context(), h.Anna.ID, store.AppPassword{Name: "phone", Mask: rights.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	s, err := try(h, "anna@example.test", "", app)
	if err != nil || s.Actor().Credential != "phone" {
		t.Fatal(err)
	}
	if r, err := s.MyRights(t.Context(), storetest.In(h.Anna, postroom.InboxCollection)); err != nil || r != rights.Viewer {
		t.Error("the mask of an app password:", rights.Zimbra(r), err)
	}
	_, err = s.Identity(t.Context(), "anna@example.test")
	want(t, err, postroom.Denied)
	want(t, s.Directory().SetPassword(t.Context(), h.Anna.ID, "taken over by a phone"), postroom.Denied)
	if err := d.RemoveAppPassword(t.Context(), h.Anna.ID, "phone"); err != nil {
		t.Fatal(err)
	}
	_, err = try(h, "anna@example.test", "", app)
	want(t, err, postroom.SignInFailed)
	anna, err := d.Account(t.Context(), "anna@example.test")
	if err != nil {
		t.Fatal(err)
	}
	anna.Login = false
	if err := d.UpdateAccount(t.Context(), anna); err != nil {
		t.Fatal(err)
	}
	_, err = try(h, "anna@example.test", "", "another passphrase")
	want(t, err, postroom.SignInDisabled)
	_, err = try(h, "anna@example.test", "", "wrong")
	want(t, err, postroom.SignInFailed)
}

// TestUnknownTakesAsLong: an unknown user must not be told by the time.
func TestUnknownTakesAsLong(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(o *store.Options) {
		o.PasswordCost = store.PasswordCost{Memory: 19 << 10, Passes: 2, Iterations: 10_000} // as in a server: enough to be measured
	}))
	// The work is measured, and not the time that passes: that is others' on a busy
	// machine.
	work := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	five := func(round int, user string) time.Duration {
		began := work()
		for range 5 {
			c := login.Credentials{Username: user, Password: "wrong", Remote: fmt.Sprintf("10.%d.0.1", round)} // a new guesser each round
			_, err := login.Authenticate(t.Context(), h.Store, c)
			want(t, err, postroom.SignInFailed)
		}
		return work() - began
	}
	five(0, "nobody@example.test") // makes the decoy
	known, unknown := time.Hour, time.Hour
	for round := range 5 {
		known, unknown = min(known, five(round+1, "anna@example.test")), min(unknown, five(round+1, "nobody@example.test"))
		if ratio := float64(unknown) / float64(known); ratio > 0.5 && ratio < 2 {
			return
		}
	}
	t.Errorf("known %v, unknown %v", known, unknown)
}

// scramAs runs a whole exchange as a client would.
func scramAs(h *storetest.House, b login.Binding, client *scram.ClientConversation) (*login.Exchange, error) {
	e, err := login.SCRAM(h.T.Context(), h.Store, b, "smtp", "192.0.2.1")
	if err != nil {
		return nil, err
	}
	if c, done, err := e.Next(nil); err != nil || done || len(c) != 0 {
		h.T.Error("no initial response:", c, done, err)
	}
	var fromServer string
	for {
		out, err := client.Step(fromServer)
		if err != nil {
			return e, err
		}
		if client.Done() {
			return e, nil
		}
		challenge, done, err := e.Next([]byte(out))
		if err != nil {
			return e, err
		}
		fromServer = string(challenge)
		if done {
			_, err := client.Step(fromServer)
			return e, err
		}
	}
}

func TestSCRAM(t *testing.T) { inHouse(t, testSCRAM) }

func testSCRAM(t *testing.T, h *storetest.House) {
	h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Anna, rights.Viewer)
	client := func(user, password, authzid string) *scram.Client {
		c, err := scram.SHA256.NewClient(user, password, authzid)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, tt := range []struct {
		user, password, authzid string
		home                    postroom.AccountID
	}{
		{"anna@example.test", storetest.Password, "", h.Anna.ID},
		{"anna@example.test", storetest.Password, "info@example.test", h.Info.ID},
		{"info@example.test*anna@example.test", storetest.Password, "", h.Info.ID},
		{"anna@example.test", "wrong", "", 0},
		{"nobody@example.test", storetest.Password, "", 0},
		{"cleo@example.test", storetest.Password, "info@example.test", 0},
		{"info@example.test", "", "", 0},
	} {
		e, err := scramAs(h, login.Binding{}, client(tt.user, tt.password, tt.authzid).NewConversation())
		if tt.home == 0 {
			if e.Session() != nil {
				t.Errorf("%q: signed in", tt.user)
			}
			want(t, err, postroom.SignInFailed)
		} else if err != nil || e.Session() == nil || e.Session().Home() != tt.home || e.Session().Actor().Account != h.Anna.ID {
			t.Errorf("%q: %v", tt.user, err)
		}
	}
	binding := scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: []byte("of this connection")}
	other := scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: []byte("of a man in the middle")}
	anna := client("anna@example.test", storetest.Password, "")
	plus := login.Binding{Channels: []scram.ChannelBinding{binding}, Plus: true}
	if e, err := scramAs(h, plus, anna.NewConversationWithChannelBinding(binding)); err != nil || e.Session() == nil {
		t.Error("PLUS:", err)
	}
	e, err := scramAs(h, plus, anna.NewConversationWithChannelBinding(other))
	if err == nil || e.Session() != nil {
		t.Error("another connection's binding was taken")
	}
	e, err = scramAs(h, plus, anna.NewConversation())
	if err == nil || e.Session() != nil {
		t.Error("PLUS without a binding")
	}
	e, err = scramAs(h, login.Binding{Channels: []scram.ChannelBinding{binding}}, anna.NewConversationAdvertisingChannelBinding())
	if err == nil || e.Session() != nil {
		t.Error("a downgrade was not noticed")
	}
}

// TestSCRAMGarbage: no message of a client makes a session or a panic.
func TestSCRAMGarbage(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	for _, messages := range [][]string{
		{""}, {"x"}, {"n,,n=,r="}, {"n,,n=anna@example.test,r=x", "c=biws,r=x,p="}, {"n,a=info@example.test,n=anna@example.test,r=x", "\x00"},
		{string(make([]byte, 1<<20))}, {"n,,n=anna@example.test,r=x", "n,,n=anna@example.test,r=x"},
	} {
		e, err := login.SCRAM(t.Context(), h.Store, login.Binding{}, "imap", "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			_, done, _ := e.Next([]byte(m))
			if done || e.Session() != nil {
				t.Errorf("%q signed in", messages)
			}
		}
	}
}

// TestGuessingIsSlowedDown: after too many failures even the right password is
// refused from there, and not from elsewhere.
func TestGuessingIsSlowedDown(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	from := func(remote, password string) error {
		_, err := login.Authenticate(t.Context(), h.Store, login.Credentials{Username: "anna@example.test", Password: password, Remote: remote})
		return err
	}
	for range 12 {
		want(t, from("192.0.2.9", "guess"), postroom.SignInFailed)
	}
	want(t, from("192.0.2.9", storetest.Password), postroom.SignInFailed)
	if err := from("198.51.100.1", storetest.Password); err != nil {
		t.Error(err)
	}
}
