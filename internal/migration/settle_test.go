package migration_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/heritage"
	"postroom/internal/migration"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
)

// settle does steps and returns each outcome as "result: why".
func settle(t *testing.T, h *storetest.House, steps ...heritage.Step) []string {
	t.Helper()
	for i := range steps {
		steps[i].File, steps[i].Line = "f", i+1
	}
	s := migration.Settling{Directory: h.Console.Directory()}
	done, err := s.Settle(context.Background(), steps)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(done))
	for i, d := range done {
		all[i] = strings.TrimSuffix(string(d.Result)+": "+d.Why, ": ")
	}
	return all
}

func want(t *testing.T, got []string, prefixes ...string) {
	t.Helper()
	if len(got) != len(prefixes) {
		t.Fatalf("%d outcomes: %q", len(got), got)
	}
	for i := range got {
		if !strings.HasPrefix(got[i], prefixes[i]) {
			t.Errorf("step %d: %q, want %q", i+1, got[i], prefixes[i])
		}
	}
}

func grant(target, grantee, rights string) heritage.Step {
	return heritage.Step{Act: heritage.PutGrant, Target: target, Grantee: grantee, Rights: rights, IMAP: true}
}

func denied(target, grantee, rights string) heritage.Step {
	s := grant(target, grantee, rights)
	s.Negative = true
	return s
}

// What gives is not done when a step that restricts it was refused; a person
// who is not here is not missed.
func TestSettleRefusedRestriction(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		unknownPerson := denied("ben@example.test:/Inbox", "nobody@example.test", "r")
		unknownPerson.Person = true
		got := settle(t, h,
			denied("anna@example.test:/Inbox", "ghosts@example.test", "r"),
			unknownPerson,
			heritage.Step{Act: heritage.Close, Target: "info@example.test:/Nowhere"},
			grant("anna@example.test:/Inbox", "ben@example.test", "lr"),
			grant("ANNA@example.test:/", "ben@example.test", "lr"),
			grant("ben@example.test:/Inbox", "anna@example.test", "lr"),
			heritage.Step{Act: heritage.PutSendRight, Target: "info@example.test", Grantee: "anna@example.test", Right: "sendAs"},
			denied("anna@example.test:/Inbox", "cleo@example.test", "r"),
		)
		want(t, got, "refused: ", "refused: ", "refused: ", "refused: not given: f:1, which restricts it", "refused: not given: f:1",
			"done", "refused: not given: f:3", "done")
	})
}

// A list whose posters could not be taken is closed: with no entry at all
// everybody might post.
func TestSettleRefusedPoster(t *testing.T) {
	storetest.Run(t, func(t *testing.T, s *store.Store) {
		h := storetest.NewHouse(t, s)
		d, ctx := h.Console.Directory(), context.Background()
		g, err := d.CreateGroup(ctx, postroom.Group{Address: "list@example.test"})
		if err != nil {
			t.Fatal(err)
		}
		poster := heritage.Step{Act: heritage.PutSendRight, Target: "list@example.test", Grantee: "nobody@example.test", Right: "sendTo", Person: true}
		allowed := heritage.Step{Act: heritage.PutSendRight, Target: "list@example.test", Grantee: "anna@example.test", Right: "sendTo"}
		want(t, settle(t, h, poster, allowed), "refused: ", "done")
		entries, err := d.SendGrants(ctx, postroom.SendTarget{Group: g.ID})
		if err != nil {
			t.Fatal(err)
		}
		closing := false
		for _, e := range entries {
			closing = closing || e.Deny && e.Right == postroom.SendTo && e.Grantee.Kind == postroom.GranteeOrg
		}
		if !closing || len(entries) != 2 {
			t.Errorf("the list is not closed: %+v", entries)
		}
	})
}

// Replies and forwarding are set, and there the second time; a reply whose time
// is over is switched off.
func TestSettleAbsence(t *testing.T) {
	h := storetest.NewHouse(t, storetest.Open(t, func(*store.Options) {}))
	past, from := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	steps := func() []heritage.Step {
		return []heritage.Step{
			{Act: heritage.SetReply, Target: "anna@example.test", Reply: &heritage.Reply{Enabled: true, Text: "Away\n", Outsiders: "none"}},
			{Act: heritage.SetReply, Target: "ben@example.test", Reply: &heritage.Reply{Enabled: true, From: &from, Until: &past, Text: "Gone"}},
			{Act: heritage.SetForward, Target: "ben@example.test", Forward: &heritage.Forward{To: []string{"Anna@example.test"}, NoCopy: true}},
			{Act: heritage.SetForward, Target: "cleo@example.test", Forward: &heritage.Forward{Fixed: []string{"nobody@example.test"}}},
		}
	}
	want(t, settle(t, h, steps()...), "done", "done", "done", "refused: ")
	want(t, settle(t, h, steps()...), "already there", "already there", "already there", "refused: ")
	o, err := h.Console.Directory().OutOfOffice(context.Background(), h.Ben.ID)
	if err != nil || o.Enabled || o.Text != "Gone" {
		t.Errorf("%+v, %v", o, err)
	}
}
