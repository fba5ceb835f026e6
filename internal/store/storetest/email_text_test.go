package storetest_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// Emails are ranked by texts as their texts compare, also those that come
// later, and emails that are alike have the same rank.
func TestRanksOfTexts(t *testing.T) {
	inHouse(t, func(t *testing.T, h *storetest.House) {
		m, err := h.SignIn("anna").Mail(t.Context(), h.Anna.ID)
		must(t, err)
		random := rand.New(rand.NewPCG(3, 4))
		subjects, attached := map[postroom.EmailID]string{}, map[postroom.EmailID]bool{}
		for round := range 4 {
			for range 15 {
				subject := fmt.Sprintf("%c%d", "aAbB"[random.IntN(4)], random.IntN(5))
				raw := "Subject: Re: " + subject + "\r\nFrom: \"Z " + subject + "\" <x@y.test>\r\nTo: " + subject + "@y.test\r\n"
				with := random.IntN(2) == 0
				if with {
					raw += "MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n"
				}
				e, err := m.Insert(t.Context(), store.NewEmail{Raw: strings.NewReader(raw + "\r\nx\r\n"), Size: int64(len(raw) + 5), Mailboxes: []postroom.CollectionID{postroom.InboxCollection}})
				must(t, err)
				subjects[e.ID], attached[e.ID] = strings.ToLower(subject), with
			}
			x, err := m.Index(t.Context(), store.WithTexts)
			must(t, err)
			if len(x.Rows) != len(subjects) {
				t.Fatal(len(x.Rows))
			}
			for i := range x.Rows {
				a := &x.Rows[i]
				if a.Attached != attached[a.Email] {
					t.Errorf("attachment of %d: %t", a.Email, a.Attached)
				}
				b := &x.Rows[random.IntN(len(x.Rows))]
				want := cmp.Compare(subjects[a.Email], subjects[b.Email])
				for _, by := range []store.SortText{store.ByFrom, store.ByTo, store.BySubject} {
					if got := cmp.Compare(x.Rank(a, by), x.Rank(b, by)); got != want {
						t.Errorf("round %d: %q and %q by %d: %d", round, subjects[a.Email], subjects[b.Email], by, got)
					}
				}
			}
			// What is gone leaves the others where they are.
			gone := x.Rows[random.IntN(len(x.Rows))].Email
			must(t, m.Destroy(t.Context(), gone))
			delete(subjects, gone)
		}
	})
}
