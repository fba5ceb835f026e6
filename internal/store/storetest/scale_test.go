package storetest_test

import (
	"fmt"
	"testing"

	"postroom"
	"postroom/internal/rights/world"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// A filled organisation is the one that its arithmetic says.
func TestFill(t *testing.T) {
	w := world.World{Accounts: 300, Groups: 40, Grants: 1500}
	dir := t.TempDir()
	must(t, storetest.Fill(t.Context(), dir, w))
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: storetest.Logger(t), Hostname: "mx.large.test"})
	must(t, err)
	defer s.Close()
	d := system.Console(s).Directory()
	allowed := 0
	for account := 0; account < w.Accounts; account += 60 {
		must(t, d.SetPassword(t.Context(), postroom.AccountID(storetest.FirstAccount+account), storetest.Password))
		session, err := login.Authenticate(t.Context(), s, login.Credentials{Username: fmt.Sprintf("a%d@large.test", account),
			Password: storetest.Password, Protocol: "imap", Remote: "127.0.0.1"})
		must(t, err)
		for target := range w.Accounts {
			have, err := session.MyRights(t.Context(), storetest.LargeMailbox(target))
			if err != nil && postroom.KindOf(err) != postroom.NotFound {
				t.Fatal(err)
			}
			if want := w.MayRead(account, target); have.Has(postroom.Read) != want {
				t.Fatalf("account %d on %d: %v, want %v", account, target, have, want)
			}
			if have.Has(postroom.Read) {
				allowed++
			}
		}
	}
	if allowed < 20 {
		t.Errorf("only %d answers were yes", allowed)
	}
	for _, q := range w.Questions(20) {
		if q.Account >= w.Accounts || q.Target >= w.Accounts {
			t.Errorf("%+v is outside of the world", q)
		}
	}
	storetest.CheckConsistency(t, s)
}
