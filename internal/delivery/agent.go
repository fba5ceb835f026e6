// Package delivery puts mail for this server's addresses where it belongs: it
// finds the accounts behind a recipient, adds the trace fields and the results of
// the sender checks, and has the store file one blob for all of them in one
// transaction. What goes on to outside members and forwards is queued.
package delivery

import (
	"cmp"
	"context"
	"log/slog"
	"net/netip"
	"time"

	"postroom"
	"postroom/internal/addr"
	"postroom/internal/mailauth"
	"postroom/internal/store"
)

// checkTime bounds the sender checks of one message; what is not known by then is
// a temperror.
const checkTime = 20 * time.Second

// Options of an Agent.
type Options struct {
	// Store resolves, files, and queues what goes onward. Required.
	Store *store.DeliverySession
	// Hostname of this server: in trace fields, and its authserv-id (RFC 8601
	// §2.5).
	Hostname string
	// Resolver for SPF, DKIM and DMARC; nil makes no checks.
	Resolver mailauth.Resolver
	// Logger is never nil.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Agent delivers. It is safe for concurrent use.
type Agent struct {
	opts Options
	keys mailauth.Keyring
}

// New makes an Agent. It panics when something required is missing.
func New(o Options) *Agent {
	if o.Store == nil || o.Logger == nil || o.Hostname == "" {
		panic("delivery: Store, Logger and Hostname are required")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Agent{opts: o}
}

// Trust is how far what a peer says of a message is believed.
type Trust uint8

const (
	// Stranger: the message is checked, and results it carries in this
	// server's name are removed.
	Stranger Trust = iota
	// Relay: a relay of this site has checked it; its results stay.
	Relay
)

// Peer is where a message came from.
type Peer struct {
	IP    netip.Addr // zero when unknown
	Helo  string     // printable ASCII without specials
	With  string     // RFC 3848: "ESMTPS"
	TLS   string     // version and cipher, "" without
	ID    string     // of the transaction
	Trust Trust
}

// Mail is a message that reached this server.
type Mail struct {
	// Sender is the envelope sender, "" for the null reverse-path.
	Sender string
	// Recipients, all in domains of this server.
	Recipients []store.Recipient
	// Raw is the message as it came, lines ending in CRLF.
	Raw        []byte
	SMTPUTF8   bool
	EnvelopeID string // ENVID of RFC 3461
	Return     string // RET of RFC 3461
	Peer       Peer
}

// IsLocal reports whether a domain, however spelled, is one of this server's.
func (a *Agent) IsLocal(ctx context.Context, domain string) (bool, error) {
	return a.opts.Store.IsLocal(ctx, addr.CanonicalDomain(domain))
}

// Postmaster is the address for mail about the server itself, "" while the server
// has no domain. An error is logged and answers "" too.
func (a *Agent) Postmaster(ctx context.Context) string {
	address, err := a.opts.Store.Postmaster(ctx)
	if err != nil {
		a.opts.Logger.Error("delivery: postmaster", "error", err)
	}
	return address
}

// Check tells whether mail from sender to recipient would be taken: nil, or the
// error of store.DeliverySession.Resolve. signedIn is who submits it, nil for
// mail from outside.
func (a *Agent) Check(ctx context.Context, recipient, sender string, signedIn *postroom.Actor) error {
	_, err := a.resolve(ctx, recipient, sender, signedIn)
	return err
}

func (a *Agent) resolve(ctx context.Context, recipient, sender string, signedIn *postroom.Actor) (store.Route, error) {
	parsed, err := addr.Parse(recipient)
	if err != nil {
		return store.Route{}, postroom.Errorf(postroom.NotFound, "no such user: %v", err)
	}
	return a.opts.Store.Resolve(ctx, parsed.Canonical().String(), sender, signedIn)
}

// Deliver delivers to all recipients and returns what became of each, in order; nil
// is delivered, and durable.
func (a *Agent) Deliver(ctx context.Context, m Mail) []error {
	d := a.prepare(ctx, m)
	return d.run(ctx)
}

// DeliverAll is Deliver for a protocol that has one answer for all recipients
// (RFC 5321 §6.1). When only some cannot be reached, the message is accepted and
// those are queued, in the same transaction: the queue tries again and reports to
// the sender.
func (a *Agent) DeliverAll(ctx context.Context, m Mail) error {
	d := a.prepare(ctx, m)
	d.resolve(ctx)
	d.answerGroups(ctx)
	var failed []store.Recipient
	var first error
	for i, t := range d.targets {
		if t.err != nil {
			failed = append(failed, m.Recipients[i])
			first = cmp.Or(first, t.err)
		}
	}
	if len(failed) == len(m.Recipients) {
		return first
	}
	if len(failed) > 0 {
		a.opts.Logger.Info("delivery: some recipients failed and are queued", "id", m.Peer.ID, "failed", len(failed), "error", first)
		d.onward = append(d.onward, store.NewReport{
			Sender: m.Sender, Recipients: failed, Raw: join(d.trace, d.raw), SMTPUTF8: m.SMTPUTF8,
		})
	}
	d.plan()
	return d.file(ctx)
}

// DeliverQueued delivers a queued message to those of its recipients whose domain
// is local and returns what became of each, in order.
func (a *Agent) DeliverQueued(ctx context.Context, m store.QueuedMessage, recipients []string, raw []byte) []error {
	d := &drop{
		agent: a, sender: m.Sender, raw: withoutReturnPath(raw), utf8: m.SMTPUTF8,
		addresses: recipients, queued: m,
	}
	if m.Account != 0 {
		d.signedIn = &postroom.Actor{Account: m.Account, Address: m.Sender, Protocol: "queue"}
	}
	return d.run(ctx)
}

func addressesOf(recipients []store.Recipient) []string {
	list := make([]string, len(recipients))
	for i, r := range recipients {
		list[i] = r.Address
	}
	return list
}
