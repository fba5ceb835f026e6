package queue

import (
	"context"
	"slices"
	"testing"
	"time"

	"postroom/internal/store"
)

// TestRunWakesAndStops: Run takes what is queued without being told the time, keeps the
// lease, and puts back what it could not finish.
func TestRunWakesAndStops(t *testing.T) {
	b := newBench(t)
	b.clock.Advance(time.Since(b.clock.Now())) // Run waits by the real clock
	b.opts.Grace = time.Millisecond
	b.worker = New(b.opts)
	b.remote.block = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.worker.Run(ctx) }()
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"})
	<-b.remote.began
	if list, err := b.queue.Lease(t.Context(), 10, time.Minute); err != nil || len(list) != 0 {
		t.Errorf("a message under way was leased again: %v %v", list, err)
	}
	cancel()
	b.must(<-done)
	list := b.list()
	if len(list) != 1 || list[0].Recipients[0].Attempts != 0 || list[0].Recipients[0].State != store.Waiting {
		t.Fatalf("an attempt that was cut counts: %+v", list)
	}
	b.remote.block = nil
	b.drain()
	if n := len(b.list()); n != 0 {
		t.Errorf("%d messages left", n)
	}
}

// run has the worker work by the real clock until the test ends.
func (b *bench) run() {
	b.t.Helper()
	b.clock.Advance(time.Since(b.clock.Now()))
	b.opts.Grace = time.Millisecond
	b.worker = New(b.opts)
	b.remote.block = make(chan struct{})
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.worker.Run(ctx) }()
	b.t.Cleanup(func() { cancel(); <-done })
}

// await waits until cond holds.
func (b *bench) await(what string, cond func() bool) {
	b.t.Helper()
	for limit := time.Now().Add(20 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			b.t.Fatal("not in time: " + what)
		}
	}
}

// TestSlowServersKeepNoLocalMailWaiting: more messages than are begun at once hang at
// servers that do not answer, and colleagues' mail still arrives.
func TestSlowServersKeepNoLocalMailWaiting(t *testing.T) {
	for _, perDomain := range []int{0, 2} {
		b := newBench(t)
		b.opts.PerDomain, b.opts.Messages = perDomain, 2
		b.run()
		for range 6 {
			b.enqueue("info@example.test", store.Recipient{Address: "x@slow.example.org"})
		}
		<-b.remote.began
		<-b.remote.began
		b.enqueue("info@example.test", store.Recipient{Address: "anna@example.test"})
		b.await("local mail", func() bool { return b.local.count("anna@example.test") == 1 })
		b.remote.mu.Lock()
		calls := len(b.remote.calls)
		b.remote.mu.Unlock()
		if calls != 2 {
			t.Errorf("PerDomain %d: %d transactions at once, want 2", perDomain, calls)
		}
	}
}

// TestRunResumesAfterACrash: what the process before had leased is not left waiting
// until its leases run out.
func TestRunResumesAfterACrash(t *testing.T) {
	b := newBench(t)
	b.enqueue("info@example.test", store.Recipient{Address: "anna@example.test"})
	b.clock.Advance(time.Since(b.clock.Now()))
	if list, err := b.queue.Lease(t.Context(), 10, time.Hour); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	b.run()
	b.await("mail leased before the crash", func() bool { return b.local.count("anna@example.test") == 1 })
}

// TestCrashDeliversToNobodyTwice: who has the message is stored before a slow server
// is waited for; who is to be told about it is not.
func TestCrashDeliversToNobodyTwice(t *testing.T) {
	b := newBench(t)
	b.run()
	b.enqueue("info@example.test", store.Recipient{Address: "anna@example.test"},
		store.Recipient{Address: "ben@example.test", Notify: "SUCCESS"}, store.Recipient{Address: "x@slow.example.org"})
	<-b.remote.began
	var states []store.RecipientState
	for _, r := range b.list()[0].Recipients {
		states = append(states, r.State)
	}
	if want := []store.RecipientState{store.Delivered, store.Waiting, store.Waiting}; !slices.Equal(states, want) {
		t.Errorf("what a crash would leave: %v, want %v", states, want)
	}
	if list, err := b.queue.Lease(t.Context(), 10, time.Minute); err != nil || len(list) != 0 {
		t.Errorf("the lease ended: %v %v", list, err)
	}
}
