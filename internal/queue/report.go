package queue

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"postroom/internal/message"
	"postroom/internal/store"
)

// Sizes of originals that a report carries.
const (
	returnSmall   = 64 << 10 // in full when the sender did not say
	returnLargest = 10 << 20 // in full when they asked for it
)

// report tells the sender what has to be told: failures, a delay, and success where
// it was asked for (RFC 3461 §5.2). Nobody hears of a message without a sender: a
// report about a report would go on for ever.
func (a *attempt) report(ctx context.Context) {
	news := a.news()
	if len(news) == 0 {
		return
	}
	if a.message.Sender == "" {
		for _, n := range news {
			if n.Action == message.DSNFailed {
				a.worker.opts.Logger.Warn("queue: double bounce, for the postmaster", "message", a.message.ID,
					"recipient", n.Final, "status", n.Status, "reply", n.Diagnostic)
			}
		}
		return
	}
	raw, err := a.buildReport(ctx, news)
	if err == nil {
		_, err = a.worker.opts.Queue.Enqueue(ctx, store.NewReport{
			Recipients: []store.Recipient{{Address: a.message.Sender, Notify: "NEVER"}},
			Raw:        raw, SMTPUTF8: a.message.SMTPUTF8,
		})
	}
	if err != nil {
		a.worker.opts.Logger.Error("queue: report", "message", a.message.ID, "error", err)
	}
}

// news lists what is new and wanted, and notes that a delay was told.
func (a *attempt) news() []message.DSNRecipient {
	var list []message.DSNRecipient
	for i := range a.message.Recipients {
		r := &a.message.Recipients[i]
		if r.Attempts == a.before[i] {
			continue // nothing was tried now
		}
		action, wanted := message.DSNAction(""), false
		switch r.State {
		case store.Failed:
			action, wanted = message.DSNFailed, r.Notify == "" || has(r.Notify, "FAILURE")
		case store.Delivered:
			action, wanted = a.success(i)
		case store.Waiting:
			late := a.now.Sub(a.message.Queued) >= a.worker.opts.DelayNotice
			action = message.DSNDelayed
			wanted = late && !r.Delayed && (r.Notify == "" || has(r.Notify, "DELAY"))
			r.Delayed = r.Delayed || wanted
		}
		if wanted {
			list = append(list, a.entry(r, action))
		}
	}
	return list
}

// success is the action for a delivered recipient, and whether it is told.
func (a *attempt) success(i int) (message.DSNAction, bool) {
	r := &a.message.Recipients[i]
	if !has(r.Notify, "SUCCESS") || a.passedDSN[i] {
		return "", false
	}
	if r.Remote == a.worker.opts.Hostname {
		return message.DSNDelivered, true
	}
	return message.DSNRelayed, true // RFC 3461 §5.2.2: the next host will not tell
}

func (a *attempt) entry(r *store.QueuedRecipient, action message.DSNAction) message.DSNRecipient {
	e := message.DSNRecipient{
		Final: r.Address, Original: r.Original, Action: action, Status: r.Enhanced,
		RemoteMTA: r.Remote, Diagnostic: replyText(r), LastAttempt: a.now,
	}
	switch action {
	case message.DSNDelayed:
		e.WillRetryUntil = a.message.Queued.Add(a.worker.opts.Lifetime)
	case message.DSNDelivered, message.DSNRelayed:
		e.Status, e.Diagnostic = "2.0.0", ""
	}
	if e.Status == "" {
		e.Status = "5.0.0"
	}
	return e
}

// has reports whether a NOTIFY value names a word.
func has(notify, word string) bool {
	for _, w := range strings.Split(notify, ",") {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// buildReport makes the message (RFC 3464).
func (a *attempt) buildReport(ctx context.Context, news []message.DSNRecipient) ([]byte, error) {
	var originalText []byte
	full := a.message.Return == "FULL" && a.message.Size <= returnLargest ||
		a.message.Return == "" && a.message.Size <= returnSmall
	if a.content != nil {
		if full {
			raw, release, err := a.raw(ctx)
			if err != nil {
				return nil, err
			}
			defer release()
			originalText = raw
		} else {
			header, err := a.header()
			if err != nil {
				return nil, err
			}
			originalText = header
		}
	}
	header := message.HeaderOf(originalText)
	locale, zone, err := a.worker.opts.Queue.Reader(ctx, a.message.Sender)
	if err != nil { // a report in English is better than none
		a.worker.opts.Logger.Warn("queue: the language of a report", "to", a.message.Sender, "error", err)
	}
	words := reportWordsFor(locale)
	subject, text := words.report(news, header.Decoded("Subject"), a.worker.opts.Hostname, zoneOf(zone))
	d := message.DSN{
		Heading: message.Heading{
			FromName: words.from, From: a.worker.postmaster(ctx), To: []string{a.message.Sender},
			Subject: subject, Date: a.now, MessageID: rand.Text() + "@" + a.worker.opts.Hostname,
		},
		Text: text, ReportingMTA: a.worker.opts.Hostname, EnvelopeID: a.message.EnvelopeID,
		Arrival: a.message.Queued, Recipients: news, Original: originalText, UTF8: a.message.SMTPUTF8,
	}
	if ids := header.MessageIDs("Message-ID"); len(ids) > 0 {
		d.InReplyTo = ids[0]
	}
	if full {
		d.Return = message.ReturnFull
	}
	return d.Build()
}

// postmaster is the address a report is from.
func (w *Worker) postmaster(ctx context.Context) string {
	if w.opts.Postmaster != nil {
		if address := w.opts.Postmaster(ctx); address != "" {
			return address
		}
	}
	return "postmaster@" + w.opts.Hostname
}

// original takes ORCPT apart and undoes its encoding: what is not xtext stays as
// it is.
func original(orcpt string) (kind, address string) {
	kind, encoded, ok := strings.Cut(orcpt, ";")
	if !ok {
		return "", ""
	}
	return strings.ToUpper(kind), decodeXtext(encoded)
}

// decodeXtext undoes RFC 3461 §4.
func decodeXtext(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '+' && i+2 < len(s) {
			if n, err := fmt.Sscanf(s[i+1:i+3], "%02X", &c); n == 1 && err == nil && c >= ' ' && c < 0x7f {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
