package delivery

import (
	"io"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/dns"
	"postroom/internal/message"
	"postroom/internal/store"
	"postroom/internal/store/login"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

const password = "correct horse"

// village has anna, ben, full@ (over its quota) and gone@ (disabled); team@ (anna, ben,
// outside@example.org; owned by anna), crew@ (team@ and ben), unowned@ (an outside member),
// closed@ (ben; anna may post).
type village struct {
	t     *testing.T
	store *store.Store
	queue *store.QueueSession
	agent *Agent
	zone  *dns.Zone
}

func newVillage(t *testing.T) *village {
	t.Helper()
	v := &village{t: t, zone: &dns.Zone{}}
	log := slog.New(slog.DiscardHandler)
	var err error
	v.store, err = store.Open(t.Context(), storetest.Prepared(t, store.Options{Dir: storetest.Dir(t), Logger: log, Hostname: "mx.example.test"}))
	v.must(err)
	t.Cleanup(func() { v.store.Close() })
	v.queue = system.Queue(v.store)
	v.agent = New(Options{
		Store: system.Delivery(v.store), Hostname: "mx.example.test", Resolver: v.zone, Logger: log,
	})
	v.settle()
	return v
}

func (v *village) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

func (v *village) settle() {
	ctx, d := v.t.Context(), system.Console(v.store).Directory()
	org, err := d.CreateOrganisation(ctx, "Example")
	v.must(err)
	_, err = d.CreateDomain(ctx, org.ID, "example.test")
	v.must(err)
	var anna postroom.Account
	for _, name := range []string{"gone", "full", "ben", "anna"} {
		a, err := d.CreateAccount(ctx, store.NewAccount{Address: name + "@example.test", Password: password})
		v.must(err)
		switch name {
		case "gone":
			a.State = postroom.Disabled
			v.must(d.UpdateAccount(ctx, a))
		case "full":
			a.QuotaBytes = 1
			v.must(d.UpdateAccount(ctx, a))
		case "anna":
			anna = a
		}
	}
	groups := map[string]postroom.GroupID{}
	for _, g := range []struct{ name, members string }{
		{"team", "anna@example.test ben@example.test outside@example.org"},
		{"crew", "team@example.test ben@example.test"},
		{"unowned", "outside@example.org"},
		{"closed", "ben@example.test"},
	} {
		made, err := d.CreateGroup(ctx, postroom.Group{Address: g.name + "@example.test"})
		v.must(err)
		v.must(d.AddMembers(ctx, made.ID, strings.Fields(g.members)))
		groups[g.name] = made.ID
	}
	grantee, err := d.FindGrantee(ctx, anna.ID, "anna@example.test")
	v.must(err)
	v.must(d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: groups["team"]}, Grantee: grantee, Right: postroom.Own}))
	v.must(d.PutSendGrant(ctx, postroom.SendGrant{Target: postroom.SendTarget{Group: groups["closed"]}, Grantee: grantee, Right: postroom.SendTo}))
	v.deliver("x@example.org", "", "full@example.test") // now it is full
}

const letter = "From: x@example.org\r\nSubject: a letter\r\n\r\nthe body\r\n"

func (v *village) mail(sender, header string, recipients ...string) Mail {
	m := Mail{
		Sender: sender, Raw: []byte(header + letter),
		Peer: Peer{IP: netip.MustParseAddr("192.0.2.1"), Helo: "mail.example.org", With: "ESMTP", ID: "T1"},
	}
	for _, r := range recipients {
		m.Recipients = append(m.Recipients, store.Recipient{Address: r})
	}
	return m
}

func (v *village) deliver(sender, header string, recipients ...string) {
	v.t.Helper()
	for i, err := range v.agent.Deliver(v.t.Context(), v.mail(sender, header, recipients...)) {
		if err != nil {
			v.t.Fatalf("%s: %v", recipients[i], err)
		}
	}
}

func (v *village) inbox(name string) []string {
	v.t.Helper()
	ctx := v.t.Context()
	s, err := login.Authenticate(ctx, v.store, login.Credentials{Username: name + "@example.test", Password: password})
	v.must(err)
	box, err := s.Mailbox(ctx, postroom.CollectionRef{Account: s.Home(), Collection: postroom.InboxCollection}, store.ReadOnly)
	v.must(err)
	view, err := box.View(ctx)
	v.must(err)
	var list []string
	for _, item := range view.Items {
		content, err := box.Open(ctx, item.UID)
		v.must(err)
		raw, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
		v.must(err)
		content.Close()
		list = append(list, string(raw))
	}
	return list
}

func (v *village) queued() (list []store.QueuedMessage, texts []string) {
	v.t.Helper()
	list, err := system.Console(v.store).Directory().QueuedMessages(v.t.Context())
	v.must(err)
	for _, m := range list {
		content, err := v.queue.Content(v.t.Context(), m.ID)
		v.must(err)
		raw, err := io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
		v.must(err)
		content.Close()
		texts = append(texts, string(raw))
	}
	return list, texts
}

func field(raw, name string) string { return message.HeaderOf([]byte(raw)).Get(name) }

func TestTraceFields(t *testing.T) {
	v := newVillage(t)
	v.zone.AddTXT("example.org", "v=spf1 ip4:192.0.2.1 -all")
	v.deliver("x@example.org", "Authentication-Results: mx.example.test; dkim=pass header.d=bank.example\r\n"+
		"Authentication-Results: other.example.org; spf=pass\r\nReturn-Path: <forged@example.org>\r\n", "Anna+lists@Example.Test")
	list := v.inbox("anna")
	if len(list) != 1 {
		t.Fatalf("%d messages", len(list))
	}
	raw := list[0]
	if !strings.HasPrefix(raw, "Return-Path: <x@example.org>\r\nDelivered-To: anna+lists@example.test\r\nAuthentication-Results: mx.example.test;\r\n") {
		t.Error(raw)
	}
	received := field(raw, "Received")
	for _, word := range []string{"from mail.example.org ([192.0.2.1])", "by mx.example.test with ESMTP id T1", "for <Anna+lists@Example.Test>;"} {
		if !strings.Contains(received, word) {
			t.Errorf("%q is not in %q", word, received)
		}
	}
	header := message.HeaderOf([]byte(raw))
	if header.Count("Authentication-Results") != 2 || header.Count("Return-Path") != 1 || strings.Contains(raw, "bank.example") {
		t.Errorf("forged fields are still there:\n%s", raw)
	}
	if got := field(raw, "Authentication-Results"); !strings.Contains(got, "spf=pass") || !strings.Contains(got, "dkim=none") {
		t.Errorf("results: %q", got)
	}
	if !strings.HasSuffix(raw, letter) {
		t.Errorf("the message has changed:\n%s", raw)
	}
}

func TestOneCopyForEachAccount(t *testing.T) {
	v := newVillage(t)
	v.deliver("x@example.org", "", "anna@example.test", "crew@example.test", "team@example.test", "anna+x@example.test")
	for _, name := range []string{"anna", "ben"} {
		if n := len(v.inbox(name)); n != 1 {
			t.Errorf("%s has %d copies", name, n)
		}
	}
	anna, ben := v.inbox("anna")[0], v.inbox("ben")[0]
	if field(anna, "List-Id") != "" || field(ben, "List-Id") != "<crew.example.test>" {
		t.Errorf("List-Id: %q and %q", field(anna, "List-Id"), field(ben, "List-Id"))
	}
	if strings.Contains(anna+ben, "for <") || strings.Contains(anna+ben, "Delivered-To") {
		t.Error("one recipient is told of the others")
	}
}

func TestOutsideMembers(t *testing.T) {
	v := newVillage(t)
	tests := []struct{ sender, group, want, notify string }{
		{"x@example.org", "team@example.test", "anna@example.test", ""},
		{"x@example.org", "unowned@example.test", "", "NEVER"},
	}
	for n, test := range tests {
		v.deliver(test.sender, "", test.group)
		list, texts := v.queued()
		if len(list) != n+1 {
			t.Fatalf("%d messages queued", len(list))
		}
		m, raw := list[n], texts[n]
		if m.Sender != test.want || len(m.Recipients) != 1 || m.Recipients[0].Address != "outside@example.org" || m.Recipients[0].Notify != test.notify {
			t.Errorf("%+v: %+v", test, m)
		}
		local, _, _ := strings.Cut(test.group, "@")
		if field(raw, "Delivered-To") != test.group || field(raw, "List-Id") != "<"+local+".example.test>" || !strings.HasSuffix(raw, letter) {
			t.Errorf("queued:\n%s", raw)
		}
	}
	// What comes back is not sent out again.
	_, texts := v.queued()
	m := v.mail("x@example.org", "", "team@example.test")
	m.Raw = []byte(texts[0])
	if err := v.agent.Deliver(t.Context(), m)[0]; postroom.KindOf(err) != postroom.Denied {
		t.Errorf("a loop: %v", err)
	}
	if list, _ := v.queued(); len(list) != len(tests) {
		t.Errorf("%d messages queued", len(list))
	}
}

func TestRefusals(t *testing.T) {
	v := newVillage(t)
	for recipient, kind := range map[string]postroom.ErrorKind{
		"nobody@example.test": postroom.NotFound, "gone@example.test": postroom.Unavailable,
		"full@example.test": postroom.OverQuota, "closed@example.test": postroom.Denied,
		"x@example.org": postroom.Invalid, "@": postroom.NotFound, "an na@example.test": postroom.NotFound,
	} {
		results := v.agent.Deliver(t.Context(), v.mail("ben@example.test", "", recipient, "anna@example.test"))
		if postroom.KindOf(results[0]) != kind || results[0] == nil || results[1] != nil {
			t.Errorf("%s: %v, and %v", recipient, results[0], results[1])
		}
		if err := v.agent.Check(t.Context(), recipient, "ben@example.test", nil); postroom.KindOf(err) != kind || err == nil {
			t.Errorf("Check %s: %v", recipient, err)
		}
	}
	if n := len(v.inbox("anna")); n != 7 {
		t.Errorf("anna has %d of 7 messages", n)
	}
}

// TestPostingPolicy: an envelope sender is a claim, signing in is not.
func TestPostingPolicy(t *testing.T) {
	v := newVillage(t)
	if err := v.agent.Check(t.Context(), "closed@example.test", "anna@example.test", nil); postroom.KindOf(err) != postroom.Denied {
		t.Errorf("a stranger in anna's name: %v", err)
	}
	s, err := login.Authenticate(t.Context(), v.store, login.Credentials{Username: "anna@example.test", Password: password})
	v.must(err)
	actor := s.Actor()
	v.must(v.agent.Check(t.Context(), "closed@example.test", "anna@example.test", &actor))
	results := v.agent.DeliverQueued(t.Context(), store.QueuedMessage{Account: actor.Account, Sender: "anna@example.test"},
		[]string{"closed@example.test"}, []byte(letter))
	v.must(results[0])
	if list := v.inbox("ben"); len(list) != 1 || !strings.HasPrefix(list[0], "Return-Path: <anna@example.test>\r\n") {
		t.Errorf("ben has %q", list)
	}
}

// TestReportToAGroup: a report about mail sent as a group goes to its owners.
func TestReportToAGroup(t *testing.T) {
	v := newVillage(t)
	v.must(v.agent.DeliverQueued(t.Context(), store.QueuedMessage{}, []string{"team@example.test"}, []byte(letter))[0])
	v.deliver("", "", "team@example.test") // from another server
	if a, b := len(v.inbox("anna")), len(v.inbox("ben")); a != 2 || b != 0 {
		t.Errorf("the owner has %d, a member %d", a, b)
	}
	if raw := v.inbox("anna")[0]; field(raw, "List-Id") != "" || field(raw, "Delivered-To") != "team@example.test" {
		t.Errorf("%s", raw)
	}
	if list, _ := v.queued(); len(list) != 0 {
		t.Errorf("%d went outside", len(list))
	}
}

// TestCrashAfterAQueuedDelivery: who has the message is off the queue in the same
// transaction, but for those of whom the sender wants to hear.
func TestCrashAfterAQueuedDelivery(t *testing.T) {
	v := newVillage(t)
	_, err := v.queue.Enqueue(t.Context(), store.NewReport{Sender: "x@outside.test", Raw: []byte(letter), Recipients: []store.Recipient{
		{Address: "anna@example.test"}, {Address: "nobody@example.test"}, {Address: "ben@example.test", Notify: "SUCCESS"}}})
	v.must(err)
	list, err := v.queue.Lease(t.Context(), 1, time.Minute)
	v.must(err)
	v.agent.DeliverQueued(t.Context(), list[0], []string{"anna@example.test", "nobody@example.test", "ben@example.test"}, []byte(letter))
	// The crash: nothing is recorded.
	left, _ := v.queued()
	var states []store.RecipientState
	for _, r := range left[0].Recipients {
		states = append(states, r.State)
	}
	if want := []store.RecipientState{store.Delivered, store.Waiting, store.Waiting}; !slices.Equal(states, want) {
		t.Errorf("what is left in the queue: %v, want %v", states, want)
	}
	if n := len(v.inbox("anna")); n != 1 {
		t.Errorf("anna has %d", n)
	}
}

// TestDeliverAll: one answer for several recipients; who cannot be reached now is queued.
func TestDeliverAll(t *testing.T) {
	v := newVillage(t)
	ctx := t.Context()
	v.must(v.agent.DeliverAll(ctx, v.mail("x@example.org", "", "anna@example.test", "full@example.test")))
	list, texts := v.queued()
	if len(list) != 1 || list[0].Sender != "x@example.org" || list[0].Recipients[0].Address != "full@example.test" {
		t.Fatalf("queued: %+v", list)
	}
	if field(texts[0], "Received") == "" || field(texts[0], "Authentication-Results") == "" {
		t.Errorf("trace fields are missing:\n%s", texts[0])
	}
	if n := len(v.inbox("anna")); n != 1 {
		t.Errorf("anna has %d messages", n)
	}
	if err := v.agent.DeliverAll(ctx, v.mail("x@example.org", "", "full@example.test", "gone@example.test")); postroom.KindOf(err) != postroom.OverQuota {
		t.Errorf("nobody reached: %v", err)
	}
}

func TestRelayIsBelieved(t *testing.T) {
	v := newVillage(t)
	m := v.mail("x@example.org", "Authentication-Results: mx.example.test; spf=pass\r\n", "anna@example.test")
	m.Peer.Trust = Relay
	v.must(v.agent.Deliver(t.Context(), m)[0])
	raw := v.inbox("anna")[0]
	if message.HeaderOf([]byte(raw)).Count("Authentication-Results") != 1 || field(raw, "Authentication-Results") != "mx.example.test; spf=pass" {
		t.Errorf("%s", raw)
	}
}
