package queue

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

// report is the one report the sender got.
func (b *bench) report() string {
	b.t.Helper()
	got := b.local.got["info@example.test"]
	if len(got) != 1 {
		b.t.Fatalf("%d reports", len(got))
	}
	delete(b.local.got, "info@example.test")
	if last := b.local.senders[len(b.local.senders)-1]; last != "" {
		b.t.Errorf("a report from %q", last)
	}
	return got[0]
}

func TestReportsFailure(t *testing.T) {
	b := newBench(t)
	b.remote.answers["x@example.org"] = "5.1.1"
	b.local.answers["nobody@example.test"] = postroom.Errorf(postroom.NotFound, "no such user: nobody@example.test")
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org", Original: "rfc822;orig@example.org"},
		store.Recipient{Address: "nobody@example.test"}, store.Recipient{Address: "y@example.org"})
	b.drain()
	text := b.report()
	b.contains(text, "To: <info@example.test>", "Subject: Undelivered: a letter", "Auto-Submitted: auto-replied",
		"report-type=delivery-status", "Reporting-MTA: dns; mx.example.test", "Final-Recipient: rfc822; x@example.org",
		"Original-Recipient: rfc822;orig@example.org", "Action: failed", "Status: 5.1.1", "Remote-MTA: dns; mx.example.org",
		"no such user: nobody@example.test", "In-Reply-To: <1@example.test>", "the body")
	if strings.Contains(text, "y@example.org") {
		t.Error("it speaks of a recipient who got the message")
	}
	if n := len(b.list()); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

func TestReportsAsAskedFor(t *testing.T) {
	tests := []struct {
		name, notify, answer string
		passes               bool
		want                 string // action, or "" for no report
	}{
		{"failure by default", "", "5.0.0", false, "failed"},
		{"never", "NEVER", "5.0.0", false, ""},
		{"success only", "SUCCESS", "5.0.0", false, ""},
		{"failure", "FAILURE,DELAY", "5.0.0", false, "failed"},
		{"no success by default", "", "", false, ""},
		{"relayed", "SUCCESS", "", false, "relayed"},
		{"next host reports", "SUCCESS", "", true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.remote.answers["x@example.org"], b.remote.passes = test.answer, test.passes
			b.enqueue("info@example.test", store.Recipient{Address: "x@example.org", Notify: test.notify})
			b.drain()
			if test.want == "" {
				if n := len(b.local.got); n != 0 {
					t.Errorf("%d reports", n)
				}
				return
			}
			b.contains(b.report(), "Action: "+test.want)
		})
	}
	t.Run("delivered", func(t *testing.T) {
		b := newBench(t)
		b.enqueue("info@example.test", store.Recipient{Address: "anna@example.test", Notify: "SUCCESS"})
		b.drain()
		b.contains(b.report(), "Action: delivered", "Status: 2.0.0")
	})
}

func TestReportsDelayOnceAndExpiry(t *testing.T) {
	b := newBench(t)
	b.remote.answers["x@example.org"] = "4.4.1"
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"})
	started := b.clock.Now()
	for b.clock.Now().Sub(started) < 4*time.Hour {
		b.drain()
		if len(b.local.got) != 0 {
			t.Fatalf("a report after %s", b.clock.Now().Sub(started))
		}
		b.clock.Advance(30 * time.Minute)
	}
	b.clock.Advance(4 * time.Hour)
	b.drain()
	b.contains(b.report(), "Action: delayed", "Will-Retry-Until: Sat, 07 Mar 2026 10:00:00 +0000", "Subject: Delayed: a letter")
	for b.clock.Now().Sub(started) < 5*24*time.Hour {
		b.clock.Advance(4 * time.Hour)
		if b.clock.Now().Sub(started) < 5*24*time.Hour {
			b.drain()
			if len(b.local.got) != 0 {
				t.Fatalf("a second report after %s", b.clock.Now().Sub(started))
			}
		}
	}
	b.drain()
	b.contains(b.report(), "Action: failed", "Status: 4.4.7", "delivery time expired")
	if n := len(b.list()); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

// TestNoReportAboutAReport: a report that cannot be delivered ends.
func TestNoReportAboutAReport(t *testing.T) {
	b := newBench(t)
	b.remote.answers["x@example.org"] = "5.0.0"
	b.local.answers["info@example.test"] = postroom.Errorf(postroom.NotFound, "no such user")
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"})
	b.enqueue("", store.Recipient{Address: "x@example.org", Notify: "SUCCESS,FAILURE"})
	b.drain()
	if n := len(b.list()); n != 0 || len(b.local.got) != 0 {
		t.Errorf("%d messages left, %d delivered", n, len(b.local.got))
	}
}

// A report is in the language of who reads it: of the account, or of its
// organisation.
func TestReportsInTheLanguageOfTheReader(t *testing.T) {
	b := newBench(t)
	d := system.Console(b.store).Directory()
	o, err := d.CreateOrganisation(t.Context(), "Here")
	b.must(err)
	_, err = d.CreateDomain(t.Context(), o.ID, "example.test")
	b.must(err)
	_, err = d.CreateAccount(t.Context(), store.NewAccount{Address: "info@example.test", Settings: map[string]string{"zimbraPrefLocale": "de"}})
	b.must(err)
	b.remote.answers["x@example.org"] = "5.1.1"
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"})
	b.drain()
	b.contains(b.report(), "Subject: Nicht zugestellt: a letter", "Action: failed", "Das schreibt der Mailserver mx.example.test.", "From: Mailzustellung <postmaster@example.test>")
}

// TestWordingOfSeveral: a report of delays and failures is one of failure.
func TestWordingOfSeveral(t *testing.T) {
	news := []message.DSNRecipient{{Final: "a@example.org", Action: message.DSNDelayed, WillRetryUntil: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)},
		{Final: "b@example.org", Action: message.DSNFailed}}
	german, say := reportWordsFor("de_AT").report(news, "Grüße", "mx.example.test", zoneOf("Europe/Vienna"))
	if german != "Nicht zugestellt: Grüße" || !strings.Contains(say, "Mailserver mx.example.test.") || !strings.Contains(say, "bis 02.03.2026 11:00 CET") ||
		strings.Contains(say, "Your") {
		t.Errorf("%s\n%s", german, say)
	}
	for action, text := range reportsInEnglish.sentences {
		if text == "" || reportsInGerman.sentences[action] == "" || reportsInGerman.titles[action] == "" || !slices.Contains(reportOrder, action) {
			t.Errorf("%s is not said in both languages", action)
		}
	}
	subject, text := reportWordsFor("").report(news, "", "mx.example.test", time.UTC)
	if subject != "Undelivered mail" || !strings.Contains(text, "<a@example.org>") || !strings.Contains(text, "<b@example.org>") {
		t.Errorf("%s\n%s", subject, text)
	}
}

func FuzzOriginal(f *testing.F) {
	f.Add("rfc822;Bob+2B1@example.org")
	f.Add("utf-8;\\x{E4}@example.org")
	f.Add("rfc822;+0D+0A+")
	f.Fuzz(func(t *testing.T, orcpt string) {
		_, address := original(orcpt)
		if strings.ContainsAny(address, "\r\n") && !strings.ContainsAny(orcpt, "\r\n") {
			t.Errorf("%q became %q", orcpt, address)
		}
	})
}
