package queue

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/message"
	"postroom/internal/smtpclient"
	"postroom/internal/store"
)

// attempt is one leased message being worked on.
type attempt struct {
	worker  *Worker
	message store.QueuedMessage
	content store.Content
	before  []int  // attempts of each recipient when it was leased
	release func() // lets another message begin
	now     time.Time

	mu        sync.Mutex
	passedDSN map[int]bool // recipients whose next host reports itself
}

// work tries all recipients of a message that are due, reports and records. It
// calls release when it has done with local accounts.
func (w *Worker) work(ctx context.Context, m store.QueuedMessage, release func()) {
	// What has been done is recorded even when attempts were cut.
	lasting := context.WithoutCancel(ctx)
	stopRenewal := w.renew(lasting, m.ID)
	a := &attempt{worker: w, message: m, release: release, now: w.opts.Now(), passedDSN: map[int]bool{}}
	for _, r := range m.Recipients {
		a.before = append(a.before, r.Attempts)
	}
	attemptCtx, cancel := context.WithTimeout(ctx, w.opts.Attempt)
	a.try(attemptCtx)
	cut := ctx.Err() != nil
	cancel()
	if cut {
		a.forgive()
	}
	a.expire()
	a.report(lasting)
	if a.content != nil {
		a.content.Close()
	}
	stopRenewal()
	if err := w.opts.Queue.Record(lasting, a.message); err != nil {
		w.opts.Logger.Error("queue: record", "message", m.ID, "error", err)
	}
}

// renew keeps the lease until the function returned is called.
func (w *Worker) renew(ctx context.Context, id int64) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Go(func() {
		ticker := time.NewTicker(w.opts.Lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if err := w.opts.Queue.Extend(ctx, id, w.opts.Lease); err != nil && ctx.Err() == nil {
					w.opts.Logger.Warn("queue: lease not renewed", "message", id, "error", err)
				}
			}
		}
	})
	return func() { cancel(); wait.Wait() }
}

// due reports whether a recipient is to be tried now.
func (a *attempt) due(r *store.QueuedRecipient) bool {
	return r.State == store.Waiting && !r.Next.After(a.now)
}

// try makes one attempt for each recipient that is due.
func (a *attempt) try(ctx context.Context) {
	var err error
	if a.content, err = a.worker.opts.Queue.Content(ctx, a.message.ID); err != nil {
		a.deferAll(a.allDue(), err)
		return
	}
	if a.message.Refused != "" {
		for _, i := range a.allDue() {
			a.settle(i, outcome{status: smtpclient.Failed, code: 550, enhanced: "5.7.1", text: a.message.Refused})
		}
		return
	}
	var local, outside []int
	for _, i := range a.allDue() {
		parsed, err := addr.Parse(a.message.Recipients[i].Address)
		if err != nil {
			a.settle(i, outcome{status: smtpclient.Failed, enhanced: "5.1.3", text: err.Error()})
			continue
		}
		isLocal, err := a.worker.opts.Local.IsLocal(ctx, parsed.Domain)
		switch {
		case err != nil:
			a.deferAll([]int{i}, err)
		case isLocal:
			local = append(local, i)
		default:
			outside = append(outside, i)
		}
	}
	a.tryLocal(ctx, local)
	if len(outside) == 0 {
		return
	}
	a.note(ctx, local)
	select {
	case a.worker.outside <- struct{}{}:
		defer func() { <-a.worker.outside }()
		a.release()
		a.tryOutside(ctx, outside)
	case <-ctx.Done():
		a.deferAll(outside, ctx.Err())
	}
}

// note stores who has the message already, before others are tried, which may take
// long: a crash meanwhile must not deliver to them twice. Of whom the sender is to be
// told is left to the end, or the crash would take the report.
func (a *attempt) note(ctx context.Context, which []int) {
	var have []int
	for _, i := range which {
		r := &a.message.Recipients[i]
		if r.State == store.Delivered && !has(r.Notify, "SUCCESS") {
			have = append(have, i)
		}
	}
	if len(have) == 0 {
		return
	}
	if err := a.worker.opts.Queue.Note(context.WithoutCancel(ctx), a.message, have); err != nil {
		a.worker.opts.Logger.Error("queue: note", "message", a.message.ID, "error", err)
	}
}

func (a *attempt) allDue() []int {
	var list []int
	for i := range a.message.Recipients {
		if a.due(&a.message.Recipients[i]) {
			list = append(list, i)
		}
	}
	return list
}

// raw reads the whole message; release gives its memory back.
func (a *attempt) raw(ctx context.Context) (raw []byte, release func(), err error) {
	n := min(max(a.content.Size(), 1), a.worker.opts.Memory)
	if err := a.worker.memory.Acquire(ctx, n); err != nil {
		return nil, nil, err
	}
	raw = make([]byte, a.content.Size())
	if _, err = a.content.ReadAt(raw, 0); err != nil && !errors.Is(err, io.EOF) {
		a.worker.memory.Release(n)
		return nil, nil, err
	}
	return raw, func() { a.worker.memory.Release(n) }, nil
}

// tryLocal hands the message to delivery.
func (a *attempt) tryLocal(ctx context.Context, which []int) {
	if len(which) == 0 {
		return
	}
	raw, release, err := a.raw(ctx)
	if err != nil {
		a.deferAll(which, err)
		return
	}
	defer release()
	addresses := make([]string, len(which))
	for n, i := range which {
		addresses[n] = a.message.Recipients[i].Address
	}
	for n, err := range a.worker.opts.Local.DeliverQueued(ctx, a.message, addresses, raw) {
		o := outcomeOf(err)
		o.host = a.worker.opts.Hostname
		a.settle(which[n], o)
	}
}

// tryOutside hands the message to the transport, domain by domain when the number of
// transactions with each is bounded.
func (a *attempt) tryOutside(ctx context.Context, which []int) {
	if a.worker.opts.PerDomain == 0 {
		select {
		case a.worker.relays <- struct{}{}:
			defer func() { <-a.worker.relays }()
			a.send(ctx, which)
		case <-ctx.Done():
			a.deferAll(which, ctx.Err())
		}
		return
	}
	groups := map[string][]int{}
	for _, i := range which {
		_, domain, _ := strings.Cut(a.message.Recipients[i].Address, "@")
		if parsed, err := addr.Parse(a.message.Recipients[i].Address); err == nil {
			domain = addr.CanonicalDomain(parsed.Domain)
		}
		groups[domain] = append(groups[domain], i)
	}
	var wait sync.WaitGroup
	atOnce := make(chan struct{}, 8) // domains of one message
	for domain, group := range groups {
		atOnce <- struct{}{}
		wait.Go(func() {
			defer func() { <-atOnce }()
			release, err := a.worker.domains.take(ctx, domain)
			if err != nil {
				a.deferAll(group, err)
				return
			}
			defer release()
			a.send(ctx, group)
			if len(groups) > 1 {
				a.note(ctx, group)
			}
		})
	}
	wait.Wait()
}

// send makes one call of the transport. Groups of one message run at once: each
// settles its own recipients only.
func (a *attempt) send(ctx context.Context, which []int) {
	if len(which) == 0 {
		return
	}
	envelope, err := a.envelope(which)
	if err != nil {
		a.deferAll(which, err)
		return
	}
	open := func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(a.content, 0, a.content.Size())), nil
	}
	results, err := a.worker.opts.Transport.Deliver(ctx, envelope, a.content.Size(), open)
	if err != nil && ctx.Err() == nil {
		a.worker.opts.Logger.Error("queue: transport", "message", a.message.ID, "error", err)
	}
	for n, i := range which {
		if n >= len(results) {
			a.deferAll([]int{i}, err)
			continue
		}
		r := results[n]
		a.settle(i, outcome{r.Status, r.Code, r.Enhanced, r.Text, r.Host, r.PassedDSN})
	}
}

func (a *attempt) envelope(which []int) (smtpclient.Envelope, error) {
	e := smtpclient.Envelope{Return: a.message.Return, ID: a.message.EnvelopeID}
	if a.message.Sender != "" {
		from, err := addr.Parse(a.message.Sender)
		if err != nil {
			return e, err
		}
		e.From = from
	}
	header, err := a.header()
	if err != nil {
		return e, err
	}
	e.UTF8Header = hasNonASCII(header)
	for _, i := range which {
		q := &a.message.Recipients[i]
		to, err := addr.Parse(q.Address)
		if err != nil {
			return e, err
		}
		r := smtpclient.Recipient{Address: to}
		if q.Notify != "" {
			r.Notify = strings.Split(q.Notify, ",")
		}
		r.OriginalType, r.Original = original(q.Original)
		e.Recipients = append(e.Recipients, r)
	}
	return e, nil
}

// maxHeader is how much of a message is read for its header.
const maxHeader = 1 << 20

func (a *attempt) header() (message.Header, error) {
	head := make([]byte, min(a.content.Size(), maxHeader))
	if _, err := a.content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return message.HeaderOf(head), nil
}

func hasNonASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// deferAll puts recipients off for a fault that is not theirs.
func (a *attempt) deferAll(which []int, err error) {
	for _, i := range which {
		o := outcomeOf(err)
		if err == nil || o.status == smtpclient.Failed {
			o = outcome{status: smtpclient.Deferred, code: 451, enhanced: "4.3.0", text: postroom.TextOf(err)}
		}
		a.settle(i, o)
	}
	if err != nil {
		a.worker.opts.Logger.Error("queue: attempt", "message", a.message.ID, "error", err)
	}
}
