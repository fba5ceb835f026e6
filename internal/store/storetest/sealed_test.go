package storetest_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Keys of authenticator apps that are in the clear are sealed when a store is
// opened, and go on working; without the key file no code is taken, and with it
// again they are.
func TestFactorsAreSealed(t *testing.T) {
	dir := t.TempDir()
	clock := storetest.NewClock(time.Now())
	open := func() *store.Store {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: clock.Now})
		must(t, err)
		return s
	}
	inDatabase := func(query string, args ...any) (text string) {
		db, err := sql.Open("sqlite", filepath.Join(dir, "postroom.db"))
		must(t, err)
		must(t, db.QueryRow(query, args...).Scan(&text))
		must(t, db.Close())
		return text
	}
	s := open()
	h := storetest.NewHouse(t, s)
	key, err := h.SignIn("ben").Directory().BeginSecondFactor(t.Context(), h.Ben.ID)
	must(t, err)
	code, err := totp.GenerateCode(key, clock.Now())
	must(t, err)
	recovery, err := h.SignIn("ben").Directory().ConfirmSecondFactor(t.Context(), h.Ben.ID, code)
	must(t, err)
	must(t, s.Close())
	if text := inDatabase(`SELECT secret FROM second_factor`); strings.Contains(text, key) || !strings.HasPrefix(text, "sealed1.") {
		t.Errorf("in the database: %s", text)
	}
	inDatabase(`UPDATE second_factor SET secret = $1 RETURNING secret`, key) // as it was before

	in := func(code string) error {
		s := open()
		defer func() { must(t, s.Close()) }()
		h.Store = s
		_, err := browse(h, "ben", storetest.Password, code)
		return err
	}
	fresh := func() string {
		clock.Advance(time.Minute)
		code, err := totp.GenerateCode(key, clock.Now())
		must(t, err)
		return code
	}
	must(t, in(fresh()))
	if text := inDatabase(`SELECT secret FROM second_factor`); !strings.HasPrefix(text, "sealed1.") {
		t.Errorf("not sealed: %s", text)
	}
	file := filepath.Join(dir, "secret.key")
	must(t, os.Rename(file, file+".old"))
	wants(t, in(fresh()), postroom.Unavailable)
	must(t, in(recovery[0]))
	must(t, os.Rename(file+".old", file))
	must(t, in(fresh()))
}
