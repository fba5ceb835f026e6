package delivery

import (
	"strings"
	"testing"

	"postroom"
	"postroom/internal/mailauth"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func (v *village) account(name string) postroom.Account {
	v.t.Helper()
	a, err := system.Console(v.store).Directory().Account(v.t.Context(), name+"@example.test")
	v.must(err)
	return a
}

func (v *village) away(name string, o postroom.OutOfOffice) {
	v.t.Helper()
	v.must(system.Console(v.store).Directory().SetOutOfOffice(v.t.Context(), v.account(name).ID, o))
}

func (v *village) alias(address, name string) {
	v.t.Helper()
	v.must(system.Console(v.store).Directory().AddAlias(v.t.Context(),
		postroom.Alias{Address: address, Target: postroom.SendTarget{Account: v.account(name).ID}}))
}

// emptied takes everything out of the queue and returns it.
func (v *village) emptied() (list []store.QueuedMessage, texts []string) {
	v.t.Helper()
	list, texts = v.queued()
	for _, m := range list {
		v.must(system.Console(v.store).Directory().DeleteQueued(v.t.Context(), m.ID))
	}
	return list, texts
}

// write delivers a letter that names its recipient in To.
func (v *village) write(sender, header string, recipients ...string) {
	v.t.Helper()
	v.deliver(sender, "To: "+strings.Join(recipients, ", ")+"\r\n"+header, recipients...)
}

func TestAutomaticReply(t *testing.T) {
	v := newVillage(t)
	key, err := mailauth.GenerateKey("k1", mailauth.RSA)
	v.must(err)
	pem, err := key.MarshalPEM()
	v.must(err)
	d := system.Console(v.store).Directory()
	dom, err := d.Domain(t.Context(), "example.test")
	v.must(err)
	dom.DKIMSelector, dom.DKIMKey = "k1", string(pem)
	v.must(d.UpdateDomain(t.Context(), dom))
	record, err := key.Record()
	v.must(err)
	v.zone.AddTXT("k1._domainkey.example.test", record)
	v.alias("sales@example.test", "anna")
	v.away("anna", postroom.OutOfOffice{Enabled: true, Text: "Ich bin im Urlaub.\nBis bald – Anna"})

	v.write("X+y@Example.org", "Message-ID: <2@example.org>\r\nReferences: <1@example.org>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n", "Sales+Web@example.test")
	list, texts := v.emptied()
	if len(list) != 1 {
		t.Fatalf("%d messages queued", len(list))
	}
	m, raw := list[0], texts[0]
	if m.Sender != "" || len(m.Recipients) != 1 || m.Recipients[0].Address != "X+y@example.org" || m.Recipients[0].Notify != "NEVER" {
		t.Errorf("%+v", m)
	}
	h := message.HeaderOf([]byte(raw))
	for name, want := range map[string]string{
		"From": "<sales+web@example.test>", "To": "<X+y@example.org>", "Subject": "Auto: Grüße", "Auto-Submitted": "auto-replied",
		"In-Reply-To": "<2@example.org>", "References": "<1@example.org> <2@example.org>", "Content-Transfer-Encoding": "quoted-printable",
	} {
		if got := h.Decoded(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(raw, "\r\n\r\nIch bin im Urlaub.\r\nBis bald =E2=80=93 Anna\r\n") || strings.Contains(raw, "the body") {
		t.Error(raw)
	}
	signatures, err := mailauth.Verify(t.Context(), v.zone, strings.NewReader(raw))
	if err != nil || len(signatures) != 1 || signatures[0].Value != mailauth.Pass || signatures[0].Domain != "example.test" {
		t.Errorf("DKIM: %+v %v", signatures, err)
	}
}

// TestOneReplyToEachSender: once, until what is answered changes or it was off.
func TestOneReplyToEachSender(t *testing.T) {
	v := newVillage(t)
	away := postroom.OutOfOffice{Enabled: true, Text: "Away."}
	v.away("anna", away)
	v.alias("sales@example.test", "anna")
	count := func(what string, want int) {
		t.Helper()
		v.write("x@example.org", "", "anna@example.test")
		v.write("X@Example.org", "", "sales@example.test")
		if list, _ := v.emptied(); len(list) != want {
			t.Errorf("%s: %d replies, want %d", what, len(list), want)
		}
	}
	count("the first", 1)
	count("the second", 0)
	v.away("anna", away)
	count("nothing changed", 0)
	away.Text = "Still away."
	v.away("anna", away)
	count("another text", 1)
	away.Enabled = false
	v.away("anna", away)
	count("off", 0)
	away.Enabled = true
	v.away("anna", away)
	count("on again", 1)
	v.away("anna", postroom.OutOfOffice{})
	count("taken away", 0)

	// Both addresses in one transaction are one delivery.
	v.away("anna", away)
	v.write("x@example.org", "", "anna@example.test", "sales@example.test")
	if list, _ := v.emptied(); len(list) != 1 {
		t.Errorf("%d replies to one message", len(list))
	}
	// Two who are away do not answer each other for ever.
	v.away("ben", away)
	v.write("ben@example.test", "", "anna@example.test")
	list, texts := v.emptied()
	if len(list) != 1 || list[0].Recipients[0].Address != "ben@example.test" {
		t.Fatalf("%+v", list)
	}
	v.must(v.agent.DeliverQueued(t.Context(), list[0], []string{"ben@example.test"}, []byte(texts[0]))[0])
	if list, _ := v.emptied(); len(list) != 0 {
		t.Errorf("a reply was answered")
	}
}

// TestNeverAnswered has every kind of mail that gets no automatic reply.
func TestNeverAnswered(t *testing.T) {
	v := newVillage(t)
	v.zone.AddTXT("forged.test", "v=spf1 -all")
	v.away("anna", postroom.OutOfOffice{Enabled: true, Text: "Away.", Addresses: []string{"old@example.org"}})
	v.away("ben", postroom.OutOfOffice{Enabled: true, Text: "Away."})
	const toAnna = "To: anna@example.test\r\n"
	tests := []struct{ name, sender, header, to string }{
		{"null sender", "", toAnna, "anna@example.test"},
		{"mailer-daemon", "MAILER-DAEMON@example.org", toAnna, "anna@example.test"},
		{"owner of a list", "owner-list@example.org", toAnna, "anna@example.test"},
		{"owner of a list, after", "list-owner@example.org", toAnna, "anna@example.test"},
		{"request address", "list-request@example.org", toAnna, "anna@example.test"},
		{"bounces", "bounces+anna=example.test@example.org", toAnna, "anna@example.test"},
		{"VERP", "list-bounces@example.org", toAnna, "anna@example.test"},
		{"listserv", "LISTSERV@example.org", toAnna, "anna@example.test"},
		{"majordomo", "majordomo@example.org", toAnna, "anna@example.test"},
		{"no-reply", "no-reply@example.org", toAnna, "anna@example.test"},
		{"author is a program", "x@example.org", toAnna + "From: Mail System <MAILER-DAEMON@example.org>\r\n", "anna@example.test"},
		{"own mail", "anna@example.test", toAnna, "anna@example.test"},
		{"own mail, subaddress", "Anna+x@example.test", toAnna, "anna@example.test"},
		{"own mail, elsewhere", "old@example.org", toAnna, "anna@example.test"},
		{"auto-replied", "x@example.org", toAnna + "Auto-Submitted: auto-replied\r\n", "anna@example.test"},
		{"auto-generated", "x@example.org", toAnna + "AUTO-SUBMITTED: Auto-Generated; x=y\r\n", "anna@example.test"},
		{"auto-notified", "x@example.org", toAnna + "Auto-Submitted: (no) auto-notified\r\n", "anna@example.test"},
		{"List-Id", "x@example.org", toAnna + "List-Id: <l.example.org>\r\n", "anna@example.test"},
		{"List-Unsubscribe", "x@example.org", toAnna + "list-unsubscribe: <mailto:l@example.org>\r\n", "anna@example.test"},
		{"Mailing-List", "x@example.org", toAnna + "Mailing-List: l\r\n", "anna@example.test"},
		{"bulk", "x@example.org", toAnna + "Precedence: bulk\r\n", "anna@example.test"},
		{"list", "x@example.org", toAnna + "Precedence:\r\n LIST\r\n", "anna@example.test"},
		{"junk", "x@example.org", toAnna + "Precedence: junk (really)\r\n", "anna@example.test"},
		{"suppressed", "x@example.org", toAnna + "X-Auto-Response-Suppress: DR, OOF\r\n", "anna@example.test"},
		{"spam flag", "x@example.org", toAnna + "X-Spam-Flag: YES\r\n", "anna@example.test"},
		{"spam status", "x@example.org", toAnna + "X-Spam-Status: Yes, score=9\r\n", "anna@example.test"},
		{"report", "x@example.org", toAnna + "Content-Type: multipart/report; report-type=delivery-status\r\n", "anna@example.test"},
		{"not in To or Cc", "x@example.org", "To: somebody@example.org\r\n", "anna@example.test"},
		{"no To at all", "x@example.org", "", "anna@example.test"},
		{"a name that looks like it", "x@example.org", "To: \"anna@example.test\" <y@example.org>\r\n", "anna@example.test"},
		{"by a group", "x@example.org", "To: team@example.test\r\nCc: anna@example.test\r\n", "team@example.test"},
		{"by a nested group", "x@example.org", toAnna, "crew@example.test"},
		{"forged sender", "x@forged.test", toAnna, "anna@example.test"},
	}
	for _, test := range tests {
		v.deliver(test.sender, test.header, test.to)
		list, _ := v.emptied()
		for _, m := range list {
			if m.Recipients[0].Address != "outside@example.org" { // a member of team
				t.Errorf("%s: answered %s", test.name, m.Recipients[0].Address)
			}
		}
	}
	// What is not one of them.
	for i, header := range []string{
		toAnna, "Cc: Ben <x@example.org>, Anna <ANNA+x@example.test>\r\n", toAnna + "Auto-Submitted: No\r\n", "To: old@example.org\r\n",
		"Resent-To: anna@example.test\r\n", toAnna + "X-Spam-Status: No\r\n", toAnna + "Precedence: normal\r\n",
	} {
		v.deliver(string(rune('a'+i))+"@example.org", header, "anna@example.test")
		if list, _ := v.emptied(); len(list) != 1 {
			t.Errorf("%q: %d replies", header, len(list))
		}
	}
}

func TestWhoIsAnsweredWhat(t *testing.T) {
	v := newVillage(t)
	get := func(o postroom.OutOfOffice, sender string) string {
		t.Helper()
		o.Enabled, o.Text, o.OutsideText = true, "Inside.", "Outside."
		v.away("anna", postroom.OutOfOffice{})
		v.away("anna", o)
		v.write(sender, "", "anna@example.test")
		_, texts := v.emptied()
		if len(texts) == 0 {
			return ""
		}
		_, body, _ := strings.Cut(texts[0], "\r\n\r\n")
		return strings.TrimSpace(body)
	}
	for _, test := range []struct {
		outsiders postroom.Outsiders
		sender    string
		want      string
	}{
		{postroom.SameText, "x@example.org", "Inside."}, {postroom.SameText, "ben@example.test", "Inside."},
		{postroom.OtherText, "x@example.org", "Outside."}, {postroom.OtherText, "ben@example.test", "Inside."},
		{postroom.NoReply, "x@example.org", ""}, {postroom.NoReply, "ben@Example.Test", "Inside."},
	} {
		if got := get(postroom.OutOfOffice{Outsiders: test.outsiders}, test.sender); got != test.want {
			t.Errorf("%v, %s: %q", test.outsiders, test.sender, got)
		}
	}
}
