package storetest_test

import (
	"slices"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// TestWhoTendsASharedAccount: who holds Administer on the root of a shared
// account sets its reply and its forwarding; of a person only the person does.
func TestWhoTendsASharedAccount(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		ben := h.SignIn("ben").Directory()
		isKind(t, ben.SetOutOfOffice(t.Context(), h.Info.ID, postroom.OutOfOffice{}), postroom.Denied)
		h.Grant(storetest.In(h.Info, postroom.InboxCollection), h.Ben, postroom.AllRights)
		isKind(t, ben.SetForwarding(t.Context(), h.Info.ID, postroom.Forwarding{}), postroom.Denied)
		h.Grant(storetest.In(h.Info, postroom.RootCollection), h.Ben, postroom.AllRights)
		h.Grant(storetest.In(h.Anna, postroom.RootCollection), h.Ben, postroom.AllRights)

		away := postroom.OutOfOffice{Enabled: true, Text: "Away.", Subject: "Holiday", Outsiders: postroom.OtherText,
			OutsideText: "Closed.", Days: 3, Until: time.Now().Add(time.Hour).Truncate(time.Second), Addresses: []string{"old@example.org"}}
		must(t, ben.SetOutOfOffice(t.Context(), h.Info.ID, away))
		got, err := ben.OutOfOffice(t.Context(), h.Info.ID)
		must(t, err)
		if !got.Until.Equal(away.Until) || got.Text != away.Text || got.Subject != away.Subject || got.Outsiders != away.Outsiders ||
			got.OutsideText != away.OutsideText || got.Days != 3 || !slices.Equal(got.Addresses, away.Addresses) || !got.Enabled {
			t.Errorf("%+v", got)
		}
		must(t, ben.SetForwarding(t.Context(), h.Info.ID, postroom.Forwarding{To: []string{"Anna+x@example.test", "x@example.org"}, NoCopy: true}))
		f, err := ben.Forwarding(t.Context(), h.Info.ID)
		must(t, err)
		if !slices.Equal(f.To, []string{"anna+x@example.test", "x@example.org"}) || !f.NoCopy || len(f.Fixed) != 0 {
			t.Errorf("%+v", f)
		}
		isKind(t, ben.SetForwarding(t.Context(), h.Info.ID, postroom.Forwarding{Fixed: []string{"x@example.org"}}), postroom.Denied)

		isKind(t, ben.SetOutOfOffice(t.Context(), h.Anna.ID, away), postroom.Denied)
		_, err = ben.Forwarding(t.Context(), h.Anna.ID)
		isKind(t, err, postroom.Denied)
		anna := h.SignIn("anna").Directory()
		must(t, anna.SetOutOfOffice(t.Context(), h.Anna.ID, away))
		must(t, anna.SetForwarding(t.Context(), h.Anna.ID, postroom.Forwarding{To: []string{"ben@example.test"}}))
		must(t, anna.SetOutOfOffice(t.Context(), h.Anna.ID, postroom.OutOfOffice{}))
		got, err = anna.OutOfOffice(t.Context(), h.Anna.ID)
		must(t, err)
		if got.Enabled || got.Text != "" {
			t.Errorf("not taken away: %+v", got)
		}
	})
}

// TestSettingsThatAreNone: what would do nothing as a preference is refused as one.
func TestSettingsThatAreNone(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		for _, name := range []string{"zimbraPrefOutOfOfficeReply", "ZIMBRAPREFMAILFORWARDINGADDRESS", "zimbraPrefMailLocalDeliveryDisabled"} {
			a := h.Anna
			a.Settings = map[string]string{name: "x"}
			isKind(t, h.Console.Directory().UpdateAccount(t.Context(), a), postroom.Invalid)
		}
	})
}

// awayHouse is a house with a clock; anna is away from an hour on, for ten days.
type awayHouse struct {
	*storetest.House
	t        *testing.T
	clock    *storetest.Clock
	delivery *store.DeliverySession
}

// deliver brings mail of x@ twice at once, and wants one reply or none.
func (h *awayHouse) deliver(want bool) {
	h.t.Helper()
	r, err := h.delivery.Resolve(h.t.Context(), "anna@example.test", "x@example.org", nil)
	must(h.t, err)
	if (r.Absence != nil) != want {
		h.t.Fatalf("at %s: %+v, want %v", h.clock.Now(), r.Absence, want)
	}
	if want {
		h.bring(r.Absence)
		h.bring(r.Absence)
		h.wantQueued(1)
	}
}

func (h *awayHouse) bring(away *store.Absence) {
	h.t.Helper()
	must(h.t, h.delivery.Deliver(h.t.Context(), store.Arrival{Raw: []byte("Subject: x\r\n\r\n"),
		Copies:  []store.ArrivalCopy{{Account: h.Anna.ID}},
		Replies: []store.Reply{{Absence: away, To: "x@example.org", Raw: []byte("Subject: Auto: x\r\n\r\n")}}}))
}

func (h *awayHouse) wantQueued(n int) {
	h.t.Helper()
	d := h.Console.Directory()
	list, err := d.QueuedMessages(h.t.Context())
	must(h.t, err)
	if len(list) != n {
		h.t.Fatalf("%d replies are queued, want %d", len(list), n)
	}
	for _, m := range list {
		must(h.t, d.DeleteQueued(h.t.Context(), m.ID))
	}
}

// TestAnsweredOnceInAPeriod: within its time, each sender once in a period, and
// nothing that was made for another text.
func TestAnsweredOnceInAPeriod(t *testing.T) {
	clock := storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	storetest.RunWith(t, func(o *store.Options) { o.Now = clock.Now }, func(t *testing.T, s *store.Store) {
		h := &awayHouse{House: storetest.NewHouse(t, s), t: t, clock: clock, delivery: system.Delivery(s)}
		away := postroom.OutOfOffice{Enabled: true, Text: "Away.", Days: 2,
			From: clock.Now().Add(time.Hour), Until: clock.Now().Add(240 * time.Hour)}
		set := func(o postroom.OutOfOffice) {
			t.Helper()
			must(t, h.Console.Directory().SetOutOfOffice(t.Context(), h.Anna.ID, o))
		}
		set(away)
		for _, step := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {time.Hour, true}, {0, false}, {47 * time.Hour, false}, {time.Hour, true}, {72 * time.Hour, true}, {240 * time.Hour, false}} {
			clock.Advance(step.after)
			must(t, s.KeepHouse(t.Context()))
			h.deliver(step.want)
		}
		away.From, away.Until = time.Time{}, time.Time{}
		set(away)
		r, err := h.delivery.Resolve(t.Context(), "anna@example.test", "x@example.org", nil)
		must(t, err)
		set(postroom.OutOfOffice{})
		h.bring(r.Absence)
		h.wantQueued(0)
	})
}

func TestOutOfOfficeIsChecked(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		now := time.Now()
		for name, bad := range map[string]postroom.OutOfOffice{
			"no text":         {Enabled: true, Text: " \n"},
			"no outside text": {Enabled: true, Text: "x", Outsiders: postroom.OtherText},
			"past":            {Enabled: true, Text: "x", Until: now.Add(-time.Minute)},
			"turned round":    {Text: "x", From: now.Add(2 * time.Hour), Until: now.Add(time.Hour)},
			"too many days":   {Text: "x", Days: 366},
			"negative days":   {Text: "x", Days: -1},
			"outsiders":       {Text: "x", Outsiders: 3},
			"line in subject": {Subject: "x\r\nBcc: y@example.org"},
			"NUL":             {Text: "a\x00b"},
			"no address":      {Text: "x", Addresses: []string{"nobody"}},
		} {
			if err := h.Console.Directory().SetOutOfOffice(t.Context(), h.Anna.ID, bad); postroom.KindOf(err) != postroom.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestForwardsFollow: an address that is forwarded to takes the forwards along
// when it changes, and leaves none to who has it next.
func TestForwardsFollow(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		d := h.Console.Directory()
		set := func(f postroom.Forwarding) error { return d.SetForwarding(t.Context(), h.Anna.ID, f) }
		isKind(t, set(postroom.Forwarding{To: []string{"nobody@example.test"}}), postroom.NotFound)
		isKind(t, set(postroom.Forwarding{To: []string{"nobody"}}), postroom.Invalid)
		must(t, d.AddAlias(t.Context(), postroom.Alias{Address: "a@example.test", Target: postroom.SendTarget{Account: h.Anna.ID}}))
		for _, own := range []string{"anna@example.test", "ANNA+x@Example.Test", "a@example.test"} {
			isKind(t, set(postroom.Forwarding{Fixed: []string{own}}), postroom.Invalid)
		}
		must(t, set(postroom.Forwarding{To: []string{"ben@example.test", "ben+x@example.test"}, Fixed: []string{"ben@example.test"}}))
		want := func(to, fixed []string) {
			t.Helper()
			f, err := d.Forwarding(t.Context(), h.Anna.ID)
			must(t, err)
			if !slices.Equal(f.To, to) || !slices.Equal(f.Fixed, fixed) {
				t.Errorf("%+v, want %q and %q", f, to, fixed)
			}
		}
		must(t, d.RenameAccount(t.Context(), h.Ben.ID, "benno@example.test"))
		want([]string{"benno+x@example.test", "benno@example.test"}, []string{"benno@example.test"})
		must(t, d.DeleteAccount(t.Context(), h.Ben.ID))
		want(nil, nil)
		must(t, set(postroom.Forwarding{To: []string{"x@example.org"}}))
		must(t, d.DeleteAccount(t.Context(), h.Anna.ID))
	})
}
