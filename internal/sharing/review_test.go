package sharing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

func reviewItems() []store.ReviewItem {
	since := time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)
	to := func(kind postroom.GranteeKind) postroom.Grantee { return postroom.Grantee{Kind: kind, ID: 9} }
	return []store.ReviewItem{
		{Number: 1, Kind: store.ReviewGrant, Address: "info@example.test", Path: "/", Name: "team@example.test", Grantee: to(postroom.GranteeGroup),
			Rights: rights.Editor, Holds: postroom.MailCollection, Since: since, By: "console"},
		{Number: 2, Kind: store.ReviewGrant, Address: "info@example.test", Path: "/Inbox/<b>", Name: "guest:pat@outside.test",
			Grantee: to(postroom.GranteeGuest), Rights: rights.Viewer, Holds: postroom.MailCollection, Since: since, By: "cleo@example.test",
			Until: since.AddDate(2, 0, 0)},
		{Number: 3, Kind: store.ReviewGrant, Address: "anna@example.test", Path: "/Calendar", Name: "org", Grantee: to(postroom.GranteeOrg),
			Rights: postroom.FreeBusy, Holds: postroom.CalendarCollection, Since: since, By: "anna@example.test"},
		{Number: 7, Kind: store.ReviewSend, Address: "info@example.test", Name: "domain:example.test", Grantee: to(postroom.GranteeDomain),
			Send: postroom.SendOnBehalfOf, Since: since, By: "cleo@example.test"},
		{Number: 8, Kind: store.ReviewMember, Address: "team@example.test", Name: "cleo@example.test", Grantee: to(postroom.GranteeAccount), Since: since,
			Gives: []store.ReviewGift{{Address: "info@example.test", Path: "/", Holds: postroom.MailCollection, Rights: rights.Editor},
				{Address: "info@example.test", Send: postroom.SendAs}}},
	}
}

func TestReviewGolden(t *testing.T) {
	for name, l := range map[string]store.ReviewLetter{
		"review":          {Kind: store.LetterStart, Items: reviewItems(), Open: 5, Review: store.Review{Lapse: true}},
		"review-reminder": {Kind: store.LetterReminder, Items: reviewItems()[:1], Open: 70},
		"review-more":     {Kind: store.LetterPutOff, Items: reviewItems()[4:], Open: 1, Review: store.Review{Lapse: true}},
	} {
		for _, locale := range []string{"en", "de"} {
			l.To, l.Key = ben, "review.12.34"
			l.Review.ID, l.Review.Due = 12, time.Date(2026, 3, 30, 10, 0, 0, 0, time.UTC)
			l.Organisation.Locale = locale
			raw, err := ComposeReview(&l, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(name, err)
			}
			got, file := allText(t, raw), filepath.Join("testdata", name+"."+locale+".txt")
			if strings.ContainsAny(got, "{}") || strings.Contains(got[strings.Index(got, "text/html"):], "<b>") {
				t.Errorf("%s: %s", file, got)
			}
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got != string(want) {
				t.Errorf("%s: %v\n%s", file, err, got)
			}
		}
	}
}

// An organisation's own words.
func TestReviewWording(t *testing.T) {
	l := SampleReview(ben, postroom.Organisation{Name: "Example", Locale: "de"}, []postroom.Wording{
		{Kind: "new", Locale: "de", Subject: "no"}, {Kind: store.ReviewWording, Locale: "de", Subject: "{{.Organisation}}: bis {{.Date}}", Closing: "Fragen?"}},
		time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	subject, text, _ := ReviewText(&l)
	if subject != "Example: bis 30. März 2026 um 10:00 UTC" || !strings.Contains(text, "Fragen?\n\n-- ") || !strings.Contains(text, "Guten Tag Ben") {
		t.Errorf("%s\n%s", subject, text)
	}
}
