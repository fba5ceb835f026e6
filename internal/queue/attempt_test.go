package queue

import (
	"slices"
	"testing"
	"time"

	"postroom/internal/smtpclient"
	"postroom/internal/store"
)

func TestDeliversLocalAndOutside(t *testing.T) {
	b := newBench(t)
	b.enqueue("info@example.test", store.Recipient{Address: "anna@example.test"},
		store.Recipient{Address: "x@example.org", Notify: "NEVER", Original: "rfc822;X+2B1@example.org"},
		store.Recipient{Address: "y@Example.ORG"}, store.Recipient{Address: "z@example.net"})
	b.drain()
	if got := b.local.got["anna@example.test"]; len(got) != 1 || got[0] != letter {
		t.Errorf("local: %q", got)
	}
	if len(b.remote.calls) != 2 {
		t.Fatalf("%d transactions, want one for each domain", len(b.remote.calls))
	}
	i := slices.IndexFunc(b.remote.calls, func(e smtpclient.Envelope) bool { return len(e.Recipients) == 2 })
	if i < 0 {
		t.Fatal("recipients of one domain are not together")
	}
	r := b.remote.calls[i].Recipients[0]
	if r.OriginalType != "RFC822" || r.Original != "X+1@example.org" || !slices.Equal(r.Notify, []string{"NEVER"}) {
		t.Errorf("%+v", r)
	}
	if n := len(b.list()); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

func TestRetriesOnlyWhoIsLeftWithBackoff(t *testing.T) {
	b := newBench(t)
	b.remote.answers["x@example.org"] = "4.2.0"
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"}, store.Recipient{Address: "y@example.org"})
	b.drain()
	want := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 4 * time.Hour}
	for n, wait := range want {
		list := b.list()
		if len(list) != 1 {
			t.Fatal("the message is gone")
		}
		var waiting store.QueuedRecipient
		for _, r := range list[0].Recipients {
			if r.State == store.Waiting {
				waiting = r
			}
		}
		if waiting.Address != "x@example.org" || waiting.Attempts != n+1 || waiting.Next.Sub(b.clock.Now()) != wait {
			t.Fatalf("after attempt %d: %+v, next in %s", n+1, waiting, waiting.Next.Sub(b.clock.Now()))
		}
		calls := len(b.remote.calls)
		b.clock.Advance(wait - time.Second)
		b.drain()
		if len(b.remote.calls) != calls {
			t.Fatal("tried too early")
		}
		b.clock.Advance(time.Second)
		b.drain()
		if len(b.remote.calls) != calls+1 {
			t.Fatalf("%d attempts instead of one", len(b.remote.calls)-calls)
		}
		if e := b.remote.calls[calls]; len(e.Recipients) != 1 {
			t.Fatalf("tried again for %+v", e.Recipients)
		}
	}
}

func TestDefaults(t *testing.T) {
	w := &Worker{opts: Options{}.withDefaults()}
	if w.opts.Lifetime != 5*24*time.Hour || w.backoff(1) != time.Minute || w.backoff(99) != 4*time.Hour {
		t.Errorf("defaults: %+v", w.opts)
	}
}
