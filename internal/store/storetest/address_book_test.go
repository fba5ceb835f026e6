package storetest_test

import (
	"slices"
	"testing"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// The address book finds what Accounts and Groups list of the organisation: what
// may not be seen is not found, before and after it changes.
func TestAddressBook(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		d := h.Console.Directory()
		hidden, err := d.CreateAccount(t.Context(), store.NewAccount{Address: "board@example.test", Name: "Board", Kind: postroom.Shared})
		must(t, err)
		hidden.HideInGAL = true
		must(t, d.UpdateAccount(t.Context(), hidden))
		secret, err := d.CreateGroup(t.Context(), postroom.Group{Address: "secret@example.test", Name: "Secret", HideInGAL: true})
		must(t, err)
		_, err = d.CreateGroup(t.Context(), postroom.Group{Address: "team@example.test", Name: "Team"})
		must(t, err)
		anna, ben := h.SignIn("anna"), h.SignIn("ben")
		same := func(when string, who *store.Session) {
			t.Helper()
			own := who.Directory()
			var want []string
			accounts, err := own.Accounts(t.Context(), "")
			must(t, err)
			for _, a := range accounts {
				want = append(want, a.Address)
			}
			groups, err := own.Groups(t.Context(), "")
			must(t, err)
			for _, g := range groups {
				want = append(want, g.Address)
			}
			book, org, mark, err := who.AddressBook(t.Context(), func(*store.BookEntry) bool { return true })
			must(t, err)
			var got []string
			for _, e := range book {
				got = append(got, e.Address)
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) || org != h.Anna.Org {
				t.Errorf("%s: the book has %v of %d, not %v", when, got, org, want)
			}
			if now, err := who.ColleaguesMark(t.Context()); err != nil || now != mark {
				t.Errorf("%s: the mark is %q, not %q %v", when, mark, now, err)
			}
		}
		found := func(when string, who *store.Session, want int) {
			t.Helper()
			book, _, _, err := who.AddressBook(t.Context(), func(e *store.BookEntry) bool { return e.Name == "Board" || e.Name == "Secret" })
			if err != nil || len(book) != want {
				t.Errorf("%s: %d hidden ones are found, not %d %v", when, len(book), want, err)
			}
		}
		same("at first", anna)
		found("at first", anna, 0)
		h.Grant(storetest.In(hidden, postroom.InboxCollection), h.Anna, rights.Viewer)
		same("shared with anna", anna)
		found("shared with anna", anna, 1)
		same("shared with anna", ben)
		found("shared with anna", ben, 0)
		h.Revoke(storetest.In(hidden, postroom.InboxCollection), h.Anna)
		found("revoked", anna, 0)
		must(t, d.DeleteGroup(t.Context(), secret.ID))
		hidden.HideInGAL = false
		must(t, d.UpdateAccount(t.Context(), hidden))
		same("hidden no more", ben)
		found("hidden no more", ben, 1)
		must(t, d.DeleteAccount(t.Context(), hidden.ID))
		same("gone", ben)
		found("gone", ben, 0)
	})
}
