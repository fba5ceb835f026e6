package sharing

import (
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
)

func TestOwnerNews(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	n := store.Notice{Kind: store.GlassBroken, To: postroom.Account{Address: "ben@example.test", Name: "Ben"}, At: at, Reason: "a fire",
		By: postroom.Account{Address: "dora@example.test"}, Reader: postroom.Account{Address: "dora@example.test"},
		Shares: []store.NoticeShare{{Address: "ben@example.test", Kind: postroom.Person}}}
	for _, locale := range []string{"en", "de"} {
		n.Organisation.Locale = locale
		for _, kind := range []store.NoticeKind{store.GlassBroken, store.GlassEnded} {
			n.Kind = kind
			subject, text := Text(&n)
			for _, part := range []string{"ben@example.test", "dora@example.test", "a fire", "2026"} {
				if !strings.Contains(text, part) {
					t.Errorf("%s %d: no %q in\n%s\n%s", locale, kind, part, subject, text)
				}
			}
		}
		n.Kind = store.AdministratorActed
		for _, act := range []store.OwnerAct{store.ActPassword, store.ActAppPassword, store.ActToken, store.ActFactor, store.ActPasskey, store.ActProvider, store.ActForwarding, store.ActGrant, store.ActRename, store.ActMembers} {
			n.Act = act
			if _, text := Text(&n); !strings.Contains(text, "dora@example.test") || !strings.Contains(text, "ben@example.test") || strings.Contains(text, "{") {
				t.Errorf("%s %s:\n%s", locale, act, text)
			}
		}
	}
}
