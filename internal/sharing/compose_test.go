package sharing

import (
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/rights"
	"postroom/internal/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// allText is the header of a notice as people see it, and its two bodies.
func allText(t *testing.T, raw []byte) string {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, name := range []string{"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id"} {
		text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get(name))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(name + ": " + text + "\n")
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"text/plain; charset=utf-8", "text/html; charset=utf-8"} {
		p, err := parts.NextRawPart()
		if err != nil || p.Header.Get("Content-Type") != want {
			t.Fatal(p, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n======== " + want + "\n" + strings.ReplaceAll(string(text), "\r\n", "\n"))
	}
	return b.String()
}

var (
	ben  = postroom.Account{ID: 9, Address: "ben@example.test", Name: "Ben"}
	info = store.NoticeShare{Target: postroom.SendTarget{Account: 5}, Address: "info@example.test", Name: "Information <desk> & \"more\"",
		Kind: postroom.Shared, Folders: []store.NoticeFolder{
			{Path: "/", Kind: postroom.MailCollection, Rights: rights.Manager, Until: time.Date(2026, 12, 24, 23, 0, 0, 0, time.UTC)},
			{Path: "/Inbox/Secret", Kind: postroom.MailCollection}},
		Send: []store.NoticeSend{{Right: postroom.SendAs}}}
	anna = store.NoticeShare{Target: postroom.SendTarget{Account: 6}, Address: "anna@example.test", Name: "Anna", Kind: postroom.Person,
		Folders: []store.NoticeFolder{{Path: "/Inbox/Clients", Kind: postroom.MailCollection, Rights: rights.Reviewer}}}
	calendar = store.NoticeShare{Target: postroom.SendTarget{Account: 6}, Address: "anna@example.test", Kind: postroom.Person,
		Folders: []store.NoticeFolder{{Path: "/Calendar", Kind: postroom.CalendarCollection, Rights: postroom.FreeBusy}}}
	team = store.NoticeShare{Target: postroom.SendTarget{Group: 7}, Address: "team@example.test", Name: "Team",
		Send: []store.NoticeSend{{Right: postroom.Own}, {Right: postroom.SendTo, Until: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}}}
)

func TestGolden(t *testing.T) {
	at := time.Date(2026, 3, 9, 8, 5, 0, 0, time.UTC)
	boss := postroom.Account{Address: "cleo@example.test", Name: "Cleo"}
	for name, n := range map[string]store.Notice{
		"new":        {Kind: store.ShareNew, By: boss, Group: "info-team@example.test", Shares: []store.NoticeShare{info}},
		"new-folder": {Kind: store.ShareNew, Shares: []store.NoticeShare{anna}},
		"new-send":   {Kind: store.ShareNew, Shares: []store.NoticeShare{{Address: "info@example.test", Kind: postroom.Shared, Send: []store.NoticeSend{{Right: postroom.SendOnBehalfOf}}}}},
		"new-group":  {Kind: store.ShareNew, By: boss, Shares: []store.NoticeShare{team}},
		"changed":    {Kind: store.ShareChanged, By: boss, Shares: []store.NoticeShare{calendar}},
		"revoked":    {Kind: store.ShareRevoked, By: boss, Shares: []store.NoticeShare{info}},
		"expiring":   {Kind: store.ShareExpiring, At: at, Shares: []store.NoticeShare{info}},
		"expired":    {Kind: store.ShareExpired, At: at, Group: "info-team@example.test", Shares: []store.NoticeShare{anna}},
		"accepted": {Kind: store.ShareAnswered, Shares: []store.NoticeShare{anna}, Answers: []store.NoticeAnswer{
			{Who: boss, Path: "/Inbox/Clients", Kind: postroom.MailCollection, State: postroom.ShareAccepted}}},
		"answers": {Kind: store.ShareAnswered, Shares: []store.NoticeShare{info}, Answers: []store.NoticeAnswer{
			{Who: boss, Path: "/", Kind: postroom.MailCollection, State: postroom.ShareDeclined},
			{Who: ben, Path: "/Calendar", Kind: postroom.CalendarCollection, State: postroom.ShareAccepted}}},
		"left": {Kind: store.GroupLeft, By: boss, Group: "info-team@example.test", Shares: []store.NoticeShare{anna, info, team}},
		"left-self": {Kind: store.GroupLeft, By: postroom.Account{ID: 9, Address: "ben@example.test"}, Group: "info-team@example.test",
			Shares: []store.NoticeShare{anna}},
		"group-deleted":  {Kind: store.GroupDeleted, Group: "info-team@example.test", Shares: []store.NoticeShare{info}},
		"deleted":        {Kind: store.ThingDeleted, By: boss, Shares: []store.NoticeShare{info}},
		"deleted-group":  {Kind: store.ThingDeleted, By: boss, Shares: []store.NoticeShare{team}},
		"deleted-folder": {Kind: store.ThingDeleted, Folder: true, Shares: []store.NoticeShare{anna}},
		"mentioned":      {Kind: store.Mentioned, By: boss, Subject: "Offer <desk>", Count: 1, At: at, Shares: []store.NoticeShare{{Address: "info@example.test", Name: "Info"}}},
		"mentioned-more": {Kind: store.Mentioned, By: boss, Count: 3, At: at, Shares: []store.NoticeShare{{Address: "info@example.test"}}},
		"joined":         {Kind: store.GroupJoined, Group: "info-team@example.test", Shares: []store.NoticeShare{anna, info, team}},
	} {
		for _, locale := range []string{"en", "de"} {
			n.To, n.Key = ben, "12.34.abc"
			n.To.Settings = map[string]string{localeSetting: locale}
			if locale == "de" {
				n.To.Settings[localeSetting] = "de_AT"
			}
			raw, err := Compose(&n, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(name, err)
			}
			got, file := allText(t, raw), filepath.Join("testdata", name+"."+locale+".txt")
			if strings.ContainsAny(got, "{}") || strings.Contains(got, "<desk>") && strings.Contains(got[strings.Index(got, "text/html"):], "<desk>") {
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

// Both languages say everything.
func TestLanguagesAreComplete(t *testing.T) {
	for _, w := range []*words{&english, &german} {
		for k := store.ShareNew; k <= store.GroupJoined; k++ {
			s := w.subjects[k]
			if w.leads[k] == "" || k != store.GroupJoined && (w.groupLeads[k] == "" || w.sendLeads[k] == "" || s.mailbox == "" || s.send == "" || s.group == "") {
				t.Errorf("%s: kind %d is not said", w.code, k)
			}
		}
		for k := store.GroupLeft; k <= store.ThingDeleted; k++ {
			if w.lossWords.subjects[k] == "" || w.lossWords.leads[k] == "" {
				t.Errorf("%s: kind %d is not said", w.code, k)
			}
		}
		for r := postroom.SendAs; r <= postroom.Own; r++ {
			if w.send[r] == "" {
				t.Errorf("%s: %v", w.code, r)
			}
		}
		for k := postroom.MailCollection; k <= postroom.TaskCollection; k++ {
			if w.folders[k] == "" {
				t.Errorf("%s: collection %d", w.code, k)
			}
		}
	}
}

func TestRightsInWords(t *testing.T) {
	for letters, want := range map[string]string{
		"r": "Read messages.", "rs": "Read messages and mark messages as read.",
		"rwidx": "Read messages, flag and edit, add messages and folders, move and delete and answer invitations.",
		"i":     "Put messages in.", "": "Not shared with you.",
	} {
		r, err := rights.Parse(letters)
		if err != nil {
			t.Fatal(err)
		}
		if got := english.rights(r, postroom.MailCollection); got != want {
			t.Errorf("%s: %q", letters, got)
		}
	}
}

func TestZones(t *testing.T) {
	for name, want := range map[string]string{"": "UTC", "Local": "UTC", "../../etc/passwd": "UTC", "No/Where": "UTC"} {
		if got := zoneFor(name).String(); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}

// An organisation's own words, in its language, and what is wrong in them.
func TestWording(t *testing.T) {
	n := store.Notice{Kind: store.ShareNew, To: ben, Key: "1", Shares: []store.NoticeShare{anna},
		Organisation: postroom.Organisation{Name: "Example", Locale: "de"}, Wordings: []postroom.Wording{
			{Kind: "new", Locale: "de", Subject: "{{.Organisation}}: {{.What}}", Intro: "Für {{.Person}} <b>neu</b>", Closing: "Fragen?"},
			{Kind: "new", Locale: "en", Subject: "{{.Nothing}}"}}}
	subject, text := Text(&n)
	if subject != "Example: Inbox/Clients von anna@example.test" || !strings.Contains(text, "Für Ben <b>neu</b>") || !strings.Contains(text, "Fragen?\n\n-- ") {
		t.Errorf("%s\n%s", subject, text)
	}
	if page := HTML(&n); !strings.Contains(page, "Für Ben &lt;b&gt;neu&lt;/b&gt;") || strings.Contains(page, "<b>") {
		t.Error(page)
	}
	n.To.Settings = map[string]string{localeSetting: "en_GB"}
	if subject, _ := Text(&n); subject != "Inbox/Clients of anna@example.test is now shared with you" {
		t.Error(subject)
	}
}
