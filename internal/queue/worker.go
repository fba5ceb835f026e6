// Package queue sends on its way what the store has queued: to this server's own
// accounts through delivery, to others through a transport. It keeps nothing itself:
// a message is leased from the store, each recipient is tried, and the outcome is
// recorded there, so that any number of workers on any number of nodes can share a
// queue and a crash only means that the lease runs out.
package queue

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"postroom/internal/smtpclient"
	"postroom/internal/store"
)

// Local delivers to accounts of this server; delivery.Agent is one.
type Local interface {
	// IsLocal reports whether a domain is one of this server's.
	IsLocal(ctx context.Context, domain string) (bool, error)
	// DeliverQueued delivers and returns what became of each recipient.
	DeliverQueued(ctx context.Context, m store.QueuedMessage, recipients []string, raw []byte) []error
}

// Transport delivers to other servers; smtpclient.Dialer is one, and Outbox.
type Transport interface {
	// Deliver tries each recipient once; see smtpclient.Dialer.Deliver.
	Deliver(ctx context.Context, e smtpclient.Envelope, size int64, open func() (io.ReadCloser, error)) ([]smtpclient.Result, error)
}

// Options of a Worker; zero fields get their defaults.
type Options struct {
	Queue     *store.QueueSession // required
	Local     Local               // required
	Transport Transport           // required
	// Hostname of this server in reports. Required.
	Hostname string
	// Postmaster gives the address reports are from; nil, or "" for an answer,
	// is postmaster@Hostname.
	Postmaster func(context.Context) string
	Logger     *slog.Logger // required

	// Schedule is how long to wait after the first attempt, the second, …;
	// the last entry repeats. Default: 1m 5m 15m 30m 1h 2h 4h.
	Schedule []time.Duration
	// Lifetime after which a recipient fails; default 5 days (RFC 5321 §4.5.4.1).
	Lifetime time.Duration
	// DelayNotice is when the sender hears that a message waits; default 4h.
	DelayNotice time.Duration
	// Messages at once that are begun and delivered to local accounts; default
	// 16. With PerDomain 0 also the transactions with the next host at once.
	Messages int
	// Outside is how many messages at once may wait for other servers: they
	// keep nobody's local mail waiting. Default 256.
	Outside int
	// PerDomain bounds transactions with one domain at a time. 0 hands all
	// outside recipients of a message over at once, as a smarthost wants it.
	PerDomain int
	// Lease is for how long a message is nobody else's; it is renewed while
	// the message is worked on. Default 1 minute.
	Lease time.Duration
	// Attempt bounds one attempt; default 20 minutes.
	Attempt time.Duration
	// Grace is how long attempts may go on after Run was told to end;
	// default 5 seconds.
	Grace time.Duration
	// Memory for messages that are in memory for local delivery or a
	// report; default 256 MiB.
	Memory int64
	// Attempted is told how each attempt at a recipient ended; nil is not.
	Attempted func(smtpclient.Status)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	if len(o.Schedule) == 0 {
		o.Schedule = []time.Duration{
			time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
			time.Hour, 2 * time.Hour, 4 * time.Hour,
		}
	}
	set(&o.Lifetime, 5*24*time.Hour)
	set(&o.DelayNotice, 4*time.Hour)
	set(&o.Lease, time.Minute)
	set(&o.Attempt, 20*time.Minute)
	set(&o.Grace, 5*time.Second)
	if o.Messages == 0 {
		o.Messages = 16
	}
	if o.Outside == 0 {
		o.Outside = 256
	}
	if o.Memory == 0 {
		o.Memory = 256 << 20
	}
	if o.Attempted == nil {
		o.Attempted = func(smtpclient.Status) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Worker works on a queue.
type Worker struct {
	opts    Options
	slots   chan struct{} // one in it is one message that may be begun
	outside chan struct{} // one in it is one message waiting for other servers
	relays  chan struct{} // one in it is one transaction with the next host, PerDomain being 0
	again   chan struct{} // a message was put back
	memory  *semaphore.Weighted
	domains domainSlots
	wait    sync.WaitGroup
}

// New makes a Worker. It panics when something required is missing.
func New(o Options) *Worker {
	if o.Queue == nil || o.Local == nil || o.Transport == nil || o.Hostname == "" || o.Logger == nil {
		panic("queue: Queue, Local, Transport, Hostname and Logger are required")
	}
	o = o.withDefaults()
	w := &Worker{
		opts:    o,
		slots:   make(chan struct{}, o.Messages),
		outside: make(chan struct{}, o.Outside),
		relays:  make(chan struct{}, o.Messages),
		again:   make(chan struct{}, 1),
		memory:  semaphore.NewWeighted(o.Memory),
		domains: domainSlots{limit: o.PerDomain, busy: map[string]chan struct{}{}},
	}
	for range o.Messages {
		w.slots <- struct{}{}
	}
	return w
}

// Run works until ctx ends, lets attempts under way finish for the time of
// Options.Grace, and returns nil.
func (w *Worker) Run(ctx context.Context) error {
	attempts, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	if err := w.opts.Queue.Resume(ctx); err != nil && ctx.Err() == nil {
		w.opts.Logger.Error("queue: resume", "error", err)
	}
	for ctx.Err() == nil {
		n, err := w.begin(ctx, attempts)
		if err != nil && ctx.Err() == nil {
			w.opts.Logger.Error("queue: lease", "error", err)
		}
		if n == 0 || err != nil {
			w.sleep(ctx, err)
		}
	}
	timer := time.AfterFunc(w.opts.Grace, cut)
	defer timer.Stop()
	w.wait.Wait()
	return nil
}

// Drain works until nothing is due any more.
func (w *Worker) Drain(ctx context.Context) error {
	for {
		n, err := w.begin(ctx, ctx)
		w.wait.Wait()
		if n == 0 || err != nil {
			return err
		}
	}
}

// begin leases as many messages as there are free slots, one at least, and starts
// on them.
func (w *Worker) begin(ctx, attempts context.Context) (int, error) {
	free := 0
	select {
	case <-w.slots:
		free++
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for more := true; more; {
		select {
		case <-w.slots:
			free++
		default:
			more = false
		}
	}
	messages, err := w.opts.Queue.Lease(ctx, free, w.opts.Lease)
	for range free - len(messages) {
		w.slots <- struct{}{}
	}
	for _, m := range messages {
		w.wait.Add(1)
		go func() {
			defer w.wait.Done()
			defer func() {
				select {
				case w.again <- struct{}{}:
				default:
				}
			}()
			release := sync.OnceFunc(func() { w.slots <- struct{}{} })
			defer release()
			w.work(attempts, m, release)
		}()
	}
	return len(messages), err
}

// sleep waits until something may be due.
func (w *Worker) sleep(ctx context.Context, failed error) {
	const longest, shortest = time.Minute, 200 * time.Millisecond
	d := longest
	due, err := w.opts.Queue.NextDue(ctx)
	switch {
	case err != nil || failed != nil:
		d = 5 * time.Second
	case !due.IsZero():
		d = min(max(due.Sub(w.opts.Now()), shortest), longest)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.opts.Queue.Wake():
	case <-w.again:
	case <-ctx.Done():
	}
}

// domainSlots bounds the transactions with one domain.
type domainSlots struct {
	limit int
	mu    sync.Mutex
	busy  map[string]chan struct{}
	users map[string]int
}

// take waits for a slot; the function returned gives it back.
func (s *domainSlots) take(ctx context.Context, domain string) (release func(), err error) {
	s.mu.Lock()
	if s.users == nil {
		s.users = map[string]int{}
	}
	slot := s.busy[domain]
	if slot == nil {
		slot = make(chan struct{}, s.limit)
		s.busy[domain] = slot
	}
	s.users[domain]++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users[domain]--; s.users[domain] == 0 {
			delete(s.users, domain)
			delete(s.busy, domain)
		}
	}
	select {
	case slot <- struct{}{}:
		return func() { <-slot; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
