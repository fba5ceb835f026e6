package queue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom"
	"postroom/internal/message"
	"postroom/internal/smtpclient"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// local takes mail for example.test and answers as told.
type local struct {
	mu      sync.Mutex
	answers map[string]error
	got     map[string][]string // messages by recipient
	senders []string
}

func (l *local) IsLocal(_ context.Context, domain string) (bool, error) {
	return domain == "example.test", nil
}

func (l *local) DeliverQueued(_ context.Context, m store.QueuedMessage, recipients []string, raw []byte) []error {
	l.mu.Lock()
	defer l.mu.Unlock()
	errs := make([]error, len(recipients))
	for i, r := range recipients {
		if errs[i] = l.answers[r]; errs[i] == nil {
			l.got[r] = append(l.got[r], string(raw))
			l.senders = append(l.senders, m.Sender)
		}
	}
	return errs
}

func (l *local) count(recipient string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.got[recipient])
}

// remote is a Transport that answers as told: a status code, or "" for delivered.
type remote struct {
	mu      sync.Mutex
	answers map[string]string
	passes  bool // passes NOTIFY on
	calls   []smtpclient.Envelope
	block   chan struct{} // when not nil, Deliver waits for it or ctx
	began   chan struct{}
}

func (r *remote) Deliver(ctx context.Context, e smtpclient.Envelope, size int64, open func() (io.ReadCloser, error)) ([]smtpclient.Result, error) {
	r.mu.Lock()
	r.calls = append(r.calls, e)
	block := r.block
	r.mu.Unlock()
	if block != nil {
		r.began <- struct{}{}
		select {
		case <-block:
		case <-ctx.Done():
		}
	}
	body, err := open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	if err != nil || n != size {
		return nil, errors.New("size")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	results := make([]smtpclient.Result, len(e.Recipients))
	for i, to := range e.Recipients {
		answer := r.answers[to.Address.String()]
		results[i] = smtpclient.Result{Recipient: to.Address, Enhanced: answer, Text: "as told", Host: "mx.example.org", PassedDSN: r.passes}
		switch {
		case ctx.Err() != nil:
			results[i].Status, results[i].Enhanced = smtpclient.Deferred, "4.0.0"
		case answer == "":
			results[i].Status, results[i].Code, results[i].Enhanced = smtpclient.Delivered, 250, "2.0.0"
		case answer[0] == '4':
			results[i].Status, results[i].Code = smtpclient.Deferred, 450
		default:
			results[i].Status, results[i].Code = smtpclient.Failed, 550
		}
	}
	return results, ctx.Err()
}

type bench struct {
	t      *testing.T
	clock  *clock
	store  *store.Store
	queue  *store.QueueSession
	local  *local
	remote *remote
	worker *Worker
	opts   Options
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		t: t, clock: &clock{now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)},
		local:  &local{answers: map[string]error{}, got: map[string][]string{}},
		remote: &remote{answers: map[string]string{}, began: make(chan struct{}, 10)},
	}
	log := slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), storetest.Prepared(t, store.Options{Dir: storetest.Dir(t), Logger: log, Now: b.clock.Now, Hostname: "mx.example.test"}))
	b.must(err)
	t.Cleanup(func() { s.Close() })
	b.store, b.queue = s, system.Queue(s)
	b.opts = Options{
		Queue: b.queue, Local: b.local, Transport: b.remote, Hostname: "mx.example.test",
		Postmaster: func(context.Context) string { return "postmaster@example.test" }, Logger: log, Now: b.clock.Now, PerDomain: 2,
	}
	b.worker = New(b.opts)
	return b
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

const letter = "From: Info <info@example.test>\r\nSubject: a letter\r\nMessage-ID: <1@example.test>\r\n\r\nthe body\r\n"

func (b *bench) enqueue(sender string, recipients ...store.Recipient) {
	b.t.Helper()
	_, err := b.queue.Enqueue(b.t.Context(), store.NewReport{Sender: sender, Recipients: recipients, Raw: []byte(letter)})
	b.must(err)
}

func (b *bench) drain() {
	b.t.Helper()
	b.must(b.worker.Drain(b.t.Context()))
}

func (b *bench) list() []store.QueuedMessage {
	b.t.Helper()
	list, err := system.Console(b.store).Directory().QueuedMessages(b.t.Context())
	b.must(err)
	return list
}

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
		b.clock.add(wait - time.Second)
		b.drain()
		if len(b.remote.calls) != calls {
			t.Fatal("tried too early")
		}
		b.clock.add(time.Second)
		b.drain()
		if len(b.remote.calls) != calls+1 {
			t.Fatalf("%d attempts instead of one", len(b.remote.calls)-calls)
		}
		if e := b.remote.calls[calls]; len(e.Recipients) != 1 {
			t.Fatalf("tried again for %+v", e.Recipients)
		}
	}
}

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

func (b *bench) contains(text string, words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Errorf("%q is not in:\n%s", word, text)
		}
	}
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
		b.clock.add(30 * time.Minute)
	}
	b.clock.add(4 * time.Hour)
	b.drain()
	b.contains(b.report(), "Action: delayed", "Will-Retry-Until: Sat, 07 Mar 2026 10:00:00 +0000", "Subject: Delayed: a letter")
	for b.clock.Now().Sub(started) < 5*24*time.Hour {
		b.clock.add(4 * time.Hour)
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

func TestReturnsWhatWasAskedFor(t *testing.T) {
	w := &Worker{opts: Options{}.withDefaults()}
	if w.opts.Lifetime != 5*24*time.Hour || w.backoff(1) != time.Minute || w.backoff(99) != 4*time.Hour {
		t.Errorf("defaults: %+v", w.opts)
	}
	subject, text := wording([]message.DSNRecipient{{Final: "a@example.org", Action: message.DSNDelayed}, {Final: "b@example.org", Action: message.DSNFailed}}, "", w.opts)
	if subject != "Undelivered mail" || !strings.Contains(text, "<a@example.org>") || !strings.Contains(text, "<b@example.org>") {
		t.Errorf("%s\n%s", subject, text)
	}
}

// TestRunWakesAndStops: Run takes what is queued without being told the time, keeps the
// lease, and puts back what it could not finish.
func TestRunWakesAndStops(t *testing.T) {
	b := newBench(t)
	b.clock.add(time.Since(b.clock.Now())) // Run waits by the real clock
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
	b.clock.add(time.Since(b.clock.Now()))
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
	b.clock.add(time.Since(b.clock.Now()))
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

func TestOutbox(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(t.TempDir(), "outbox")
	b.opts.Transport, b.opts.PerDomain = &Outbox{Dir: dir, Now: b.clock.Now}, 0
	b.worker = New(b.opts)
	b.enqueue("info@example.test", store.Recipient{Address: "x@example.org"}, store.Recipient{Address: "z@example.net"})
	b.enqueue("", store.Recipient{Address: "x@example.org"})
	b.drain()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	b.must(err)
	if len(files) != 4 {
		t.Fatalf("files: %q", files)
	}
	eml, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	b.must(err)
	var envelopes string
	for _, file := range eml {
		raw, err := os.ReadFile(file)
		b.must(err)
		if string(raw) != letter {
			t.Errorf("%s: %q", file, raw)
		}
		envelope, err := os.ReadFile(strings.TrimSuffix(file, ".eml") + ".json")
		b.must(err)
		envelopes += string(envelope)
	}
	b.contains(envelopes, `"from": "info@example.test"`, `"from": ""`, `"x@example.org"`, `"z@example.net"`)
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
