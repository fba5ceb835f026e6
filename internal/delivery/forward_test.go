package delivery

import (
	"slices"
	"strings"
	"testing"
	"time"

	"postroom"
	"postroom/internal/store"
	"postroom/internal/store/system"
)

func (v *village) forwards(name string, noCopy bool, to ...string) {
	v.t.Helper()
	v.must(system.Console(v.store).Directory().SetForwarding(v.t.Context(), v.account(name).ID, postroom.Forwarding{To: to, NoCopy: noCopy}))
}

// sizes are how many messages somebody has in the inbox.
func (v *village) sizes(names ...string) (list []int) {
	for _, name := range names {
		list = append(list, len(v.inbox(name)))
	}
	return list
}

func TestForwarding(t *testing.T) {
	v := newVillage(t)
	v.forwards("anna", false, "ben@example.test", "x@example.org")
	v.deliver("author@example.org", "", "anna@example.test")
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("copies: %v", got)
	}
	list, texts := v.emptied()
	if len(list) != 1 || list[0].Sender != "anna@example.test" || list[0].Recipients[0].Address != "x@example.org" ||
		len(list[0].Recipients) != 1 || list[0].Return != "FULL" || list[0].Account != v.account("anna").ID {
		t.Fatalf("%+v", list)
	}
	if !strings.HasPrefix(texts[0], "Delivered-To: anna@example.test\r\n") || !strings.HasSuffix(texts[0], letter) {
		t.Error(texts[0])
	}
	// It comes back: kept, and not sent out again.
	m := v.mail("x@example.org", "", "anna@example.test")
	m.Raw = []byte(texts[0])
	v.must(v.agent.Deliver(t.Context(), m)[0])
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("after it came back: %v", got)
	}
	if list, _ := v.emptied(); len(list) != 0 {
		t.Errorf("sent out again: %+v", list)
	}
}

// TestForwardingWithoutACopy: nothing is lost, whatever becomes of it.
func TestForwardingWithoutACopy(t *testing.T) {
	v := newVillage(t)
	v.forwards("full", true, "x@example.org") // over its quota, which does not matter now
	v.deliver("author@example.org", "", "full@example.test")
	if list, _ := v.emptied(); len(list) != 1 || len(v.inbox("full")) != 1 {
		t.Errorf("%+v, %d in the inbox", list, len(v.inbox("full")))
	}
	// What cannot be delivered here now is left to the queue, which tries again.
	v.forwards("anna", true, "full@example.test", "gone@example.test", "team@example.test")
	v.forwards("full", false, "x@example.org")
	v.deliver("author@example.org", "", "anna@example.test")
	list, texts := v.emptied()
	if len(list) != 1 || len(list[0].Recipients) != 3 || len(v.inbox("anna")) != 0 {
		t.Fatalf("%+v", list)
	}
	results := v.agent.DeliverQueued(t.Context(), list[0],
		[]string{"full@example.test", "gone@example.test", "team@example.test"}, []byte(texts[0]))
	if postroom.KindOf(results[0]) != postroom.OverQuota || postroom.KindOf(results[1]) != postroom.Unavailable || results[2] != nil {
		t.Errorf("%v", results)
	}
	// team@ holds anna and ben; anna's is not forwarded twice.
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{1, 1}) {
		t.Errorf("copies: %v", got)
	}
	v.emptied()
	// The report about what failed goes to anna's own mailbox, and stays there.
	v.must(v.agent.DeliverQueued(t.Context(), store.QueuedMessage{}, []string{"anna@example.test"}, []byte(letter))[0])
	if got := v.sizes("anna"); got[0] != 2 {
		t.Errorf("anna has %d", got[0])
	}
	for _, m := range firstOf(v.emptied()) {
		if m.Sender != "" || m.Recipients[0].Notify != "NEVER" {
			t.Errorf("a report could be answered by a report: %+v", m)
		}
	}
	// Who is away and forwards answers all the same.
	v.away("anna", postroom.OutOfOffice{Enabled: true, Text: "Away."})
	v.forwards("anna", true, "ben@example.test")
	v.write("author@example.org", "", "anna@example.test")
	if list, _ := v.emptied(); len(list) != 1 || list[0].Recipients[0].Address != "author@example.org" {
		t.Errorf("%+v", list)
	}
}

func firstOf(list []store.QueuedMessage, _ []string) []store.QueuedMessage { return list }

// TestForwardingInCircles ends, and somebody has the message.
func TestForwardingInCircles(t *testing.T) {
	v := newVillage(t)
	v.forwards("anna", true, "ben+x@example.test")
	v.forwards("ben", true, "anna@example.test")
	v.deliver("author@example.org", "", "anna@example.test")
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("without copies: %v", got)
	}
	v.deliver("author@example.org", "", "anna@example.test", "ben@example.test", "team@example.test")
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{2, 1}) {
		t.Errorf("three ways: %v", got)
	}
	v.emptied()
	v.forwards("ben", false, "anna@example.test")
	v.deliver("author@example.org", "", "anna@example.test")
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{2, 2}) {
		t.Errorf("one keeps it: %v", got)
	}
	if list, _ := v.emptied(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	// A group that holds who forwards to it.
	v.forwards("ben", true, "team@example.test")
	v.forwards("anna", false)
	v.deliver("author@example.org", "", "ben@example.test")
	for range 5 {
		list, err := v.queue.Lease(t.Context(), 10, time.Minute)
		v.must(err)
		for _, m := range list {
			if m.Recipients[0].Address == "team@example.test" {
				_, texts := v.queued()
				v.must(v.agent.DeliverQueued(t.Context(), m, []string{"team@example.test"}, []byte(texts[0]))[0])
			}
		}
	}
	if got := v.sizes("anna", "ben"); !slices.Equal(got, []int{3, 3}) {
		t.Errorf("by the group: %v", got)
	}
}
