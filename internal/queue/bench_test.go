package queue

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"postroom/internal/smtpclient"
	"postroom/internal/store"
	"postroom/internal/store/storetest"
	"postroom/internal/store/system"
)

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
	clock  *storetest.Clock
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
		t: t, clock: storetest.NewClock(time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)),
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

func (b *bench) contains(text string, words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Errorf("%q is not in:\n%s", word, text)
		}
	}
}
