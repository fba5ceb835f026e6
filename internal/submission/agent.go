// Package submission is the one place that decides how a message of a signed-in
// person may leave: who it may be from, whether a Sender is shown, what is added,
// taken out and signed. Every front end (SMTP, JMAP, web, calendar, API) submits
// here, so that the same refusal comes everywhere.
package submission

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/mailauth"
	"postroom/internal/message"
	"postroom/internal/store"
)

// Options of an Agent.
type Options struct {
	// Hostname of this server, for trace fields.
	Hostname string
	// Logger is never nil.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Agent submits. It is safe for concurrent use.
type Agent struct {
	opts Options
	keys mailauth.Keyring
}

// New makes an Agent. It panics when something required is missing.
func New(o Options) *Agent {
	if o.Hostname == "" || o.Logger == nil {
		panic("submission: Hostname and Logger are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Agent{opts: o}
}

// Display says whether recipients learn who sent for another address.
type Display uint8

const (
	// ByPolicy follows the displayed-sender setting. A Sender field in the
	// message is then no wish: some programs write it by themselves.
	ByPolicy Display = iota
	// ShowActor shows the person in Sender even where sendAs would hide them.
	ShowActor
)

// Mail is a message to be sent.
type Mail struct {
	// Sender is the envelope sender the client gave; it must be an address
	// the session may use, "" is none given. Bounces go to the address in
	// From, whatever it is.
	Sender string
	// NullSender says that the client gave the null reverse-path, as for a
	// disposition notification (RFC 8098 §3): nobody gets a bounce.
	NullSender bool
	Recipients []store.Recipient
	// EnvelopeID and Return are ENVID and RET of RFC 3461.
	EnvelopeID, Return string
	// SMTPUTF8 permits UTF-8 in the header (RFC 6531).
	SMTPUTF8 bool
	// Raw is the message as the client made it, lines ending in CRLF.
	Raw     []byte
	Display Display
	// With and ID go into Received: the protocol of RFC 3848 (or "HTTP")
	// and the name of the transaction.
	With, ID string
	// HoldUntil and Submission are as in store.Outgoing.
	HoldUntil  time.Time
	Submission *store.NewSubmission
}

// MaySend checks an envelope sender alone, for a protocol that gives it first. The
// error is Denied with the whole refusal as its text.
func (a *Agent) MaySend(ctx context.Context, s *store.Session, sender string) error {
	if sender == "" { // a disposition notification: From is checked later
		return nil
	}
	_, err := s.Identity(ctx, sender)
	return err
}

// Submit checks and completes a message, signs it and hands it to the store, which
// queues it, files the copies in Sent and marks the original. It is durable when
// it returns. Denied: an address in From, Sender, Resent-* or the envelope that the
// session may not use. Invalid: a header that does not say without doubt who the
// message is from. TooLarge, OverQuota.
func (a *Agent) Submit(ctx context.Context, s *store.Session, m Mail) (store.Submitted, error) {
	if len(m.Recipients) == 0 {
		return store.Submitted{}, postroom.Errorf(postroom.Invalid, "no recipients")
	}
	if err := a.MaySend(ctx, s, m.Sender); err != nil {
		return store.Submitted{}, err
	}
	o, err := checkOrigin(ctx, s, m)
	if err != nil {
		return store.Submitted{}, err
	}
	raw, err := a.complete(m, o)
	if err != nil {
		return store.Submitted{}, err
	}
	signature, err := a.sign(ctx, raw, o.from)
	if err != nil {
		return store.Submitted{}, err
	}
	raw = message.Prepend(raw, signature, a.received(m))
	out := outgoing(raw, m)
	out.Blind = message.KeepFields(m.Raw, message.BlindFields...)
	return o.from.Submit(ctx, out)
}

// complete makes the header fit to leave.
func (a *Agent) complete(m Mail, o *origin) ([]byte, error) {
	from, err := addr.Parse(o.from.Address)
	if err != nil {
		return nil, postroom.Errorf(postroom.Invalid, "From: %s", postroom.TextOf(err))
	}
	raw := mailauth.StripResults(m.Raw, a.opts.Hostname)
	id := rand.Text() + "@" + addr.CanonicalDomain(from.Domain)
	if raw, err = message.CompleteSubmission(raw, a.opts.Now(), id); err != nil {
		return nil, badField(err)
	}
	if raw, err = o.display(raw, m.Display); err != nil {
		return nil, badField(err)
	}
	return raw, nil
}

func badField(err error) error {
	return postroom.Errorf(postroom.Invalid, "the header cannot be completed").By(err)
}

// received is the trace field of a submission (RFC 5321 §4.4). It is the same for
// everybody and names neither the person nor their machine: for sendAs that would
// be a trace of the sender, and for others it is nobody's business.
func (a *Agent) received(m Mail) []byte {
	line := "Received: by " + a.opts.Hostname
	if m.With != "" {
		line += " with " + m.With
	}
	if m.ID != "" {
		line += " id " + m.ID
	}
	return []byte(line + ";\r\n\t" + message.FormatDate(a.opts.Now()) + "\r\n")
}

// outgoing reads from the finished message what the store wants to know of it.
func outgoing(raw []byte, m Mail) store.Outgoing {
	h := message.HeaderOf(raw)
	out := store.Outgoing{
		Raw: bytes.NewReader(raw), Size: int64(len(raw)),
		MessageID:  firstID(h.MessageIDs("Message-ID")),
		InReplyTo:  bracketed(h.MessageIDs("In-Reply-To")),
		References: bracketed(h.MessageIDs("References")),
		Recipients: m.Recipients,
		EnvelopeID: m.EnvelopeID, Return: m.Return,
		NullSender: m.NullSender && m.Sender == "",
		SMTPUTF8:   m.SMTPUTF8,
		HoldUntil:  m.HoldUntil,
		Submission: m.Submission,
	}
	// Forwarding has no field of its own; programs use one of these.
	if ids := h.MessageIDs("X-Forwarded-Message-Id"); len(ids) > 0 {
		out.Forwarded, out.InReplyTo = true, bracketed(ids)
	} else if len(out.InReplyTo) == 0 && len(out.References) > 0 && isForward(h.Decoded("Subject")) {
		out.Forwarded = true
	}
	return out
}

func firstID(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "<" + ids[0] + ">"
}

func bracketed(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = "<" + id + ">"
	}
	return out
}
