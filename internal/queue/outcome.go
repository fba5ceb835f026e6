package queue

import (
	"strconv"
	"strings"
	"time"

	"postroom"
	"postroom/internal/smtpclient"
	"postroom/internal/store"
)

// outcome is what an attempt did for one recipient.
type outcome struct {
	status    smtpclient.Status
	code      int
	enhanced  string // RFC 3463
	text      string
	host      string
	passedDSN bool
}

// outcomeOf maps what local delivery says to the reply it stands for.
func outcomeOf(err error) outcome {
	if err == nil {
		return outcome{status: smtpclient.Delivered, code: 250, enhanced: "2.0.0", text: "delivered"}
	}
	text := postroom.TextOf(err)
	switch postroom.KindOf(err) {
	case postroom.NotFound:
		return outcome{status: smtpclient.Failed, code: 550, enhanced: "5.1.1", text: text}
	case postroom.Denied, postroom.Invalid:
		return outcome{status: smtpclient.Failed, code: 550, enhanced: "5.7.1", text: text}
	case postroom.Unavailable: // a disabled account
		return outcome{status: smtpclient.Failed, code: 550, enhanced: "5.2.1", text: text}
	case postroom.TooLarge:
		return outcome{status: smtpclient.Failed, code: 552, enhanced: "5.3.4", text: text}
	case postroom.OverQuota:
		return outcome{status: smtpclient.Deferred, code: 452, enhanced: "4.2.2", text: text}
	case postroom.Exists, postroom.NotEmpty, postroom.SignInFailed, postroom.SignInDisabled, postroom.ConfirmationNeeded:
		return outcome{status: smtpclient.Failed, code: 554, enhanced: "5.3.0", text: text}
	case postroom.Limit, postroom.Stale, postroom.Internal:
		return outcome{status: smtpclient.Deferred, code: 451, enhanced: "4.3.0", text: text}
	}
	return outcome{status: smtpclient.Deferred, code: 451, enhanced: "4.3.0", text: text}
}

// settle notes the outcome for recipient i.
func (a *attempt) settle(i int, o outcome) {
	r := &a.message.Recipients[i]
	r.Attempts++
	a.worker.opts.Attempted(o.status)
	r.Code, r.Enhanced, r.Text, r.Remote = o.code, o.enhanced, o.text, o.host
	switch o.status {
	case smtpclient.Delivered:
		r.State = store.Delivered
		if o.passedDSN {
			a.markPassed(i)
		}
	case smtpclient.Failed:
		r.State = store.Failed
	case smtpclient.Deferred:
		r.Next = a.now.Add(a.worker.backoff(r.Attempts))
	}
	a.worker.opts.Logger.Info("queue: attempt", "message", a.message.ID, "recipient", r.Address,
		"state", string(r.State), "attempts", r.Attempts, "status", o.enhanced, "reply", o.text, "host", o.host)
}

// markPassed notes that the next host reports success itself.
func (a *attempt) markPassed(i int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.passedDSN[i] = true
}

// backoff is the time from attempt n (from 1) to the next.
func (w *Worker) backoff(n int) time.Duration {
	return w.opts.Schedule[min(max(n, 1), len(w.opts.Schedule))-1]
}

// forgive makes attempts that were cut by the end of the server not count.
func (a *attempt) forgive() {
	for i := range a.message.Recipients {
		r := &a.message.Recipients[i]
		if r.State == store.Waiting && r.Next.After(a.now) && r.Attempts > a.before[i] {
			r.Attempts, r.Next = a.before[i], a.now
		}
	}
}

// expire fails recipients that have waited for too long.
func (a *attempt) expire() {
	if a.now.Sub(a.message.Queued) < a.worker.opts.Lifetime {
		return
	}
	for i := range a.message.Recipients {
		r := &a.message.Recipients[i]
		if r.State == store.Waiting && r.Attempts > a.before[i] {
			r.State = store.Failed
			r.Text = strings.TrimSpace("delivery time expired; last answer: " + replyText(r))
			r.Code, r.Enhanced = 0, "4.4.7" // RFC 3463 §3.5
		}
	}
}

// replyText writes a reply as the host gave it.
func replyText(r *store.QueuedRecipient) string {
	if r.Code == 0 {
		return r.Text
	}
	return strconv.Itoa(r.Code) + " " + r.Enhanced + " " + r.Text
}
