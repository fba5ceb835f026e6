package imapserver

import (
	"strings"
	"testing"
)

func TestPlaceOf(t *testing.T) {
	for name, want := range map[string]string{
		"INBOX":                             ":/Inbox",
		"inbox/Sub":                         ":/Inbox/Sub",
		"Inboxes":                           ":/Inboxes",
		"Work/2026":                         ":/Work/2026",
		"Work/":                             ":/Work",
		"Shared/info@example.test/INBOX":    "info@example.test:/Inbox",
		"shared/info@example.test/Sent/Old": "info@example.test:/Sent/Old",
		"Shared/info@example.test":          "info@example.test:/",
		"Other Users/ben@example.test/x":    "ben@example.test:/x",
		"SharedX/y":                         ":/SharedX/y",
		"Shared":                            "", "Shared/": "", "Other Users/": "", "": "", "/": "", "Shared//x": "",
	} {
		p, ok := placeOf(name)
		if got := p.account + ":" + p.path; ok && got != want || !ok && want != "" {
			t.Errorf("%q: %s (%v), want %s", name, got, ok, want)
		}
	}
}

// A name is in one account, or none: never in another namespace's.
func FuzzPlaceOf(f *testing.F) {
	for _, name := range []string{"INBOX", "Shared/a@b/INBOX", "Other Users/a@b", "shared//", "//", "INBOX/Shared/x@y"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		p, ok := placeOf(name)
		if !ok {
			return
		}
		if !strings.HasPrefix(p.path, "/") {
			t.Errorf("%q: path %q", name, p.path)
		}
		_, others := cutPrefixFold(name, othersPrefix)
		_, shared := cutPrefixFold(name, sharedPrefix)
		if (p.account != "") != (others || shared) {
			t.Errorf("%q: account %q", name, p.account)
		}
	})
}
